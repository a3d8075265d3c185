/**
 * A server that answers from memory with very little work: it finds the end of a request, looks at the path, and writes prepared bytes. The beginning
 * of the path selects the answer:
 *
 * - `/whole/…`: a whole answer
 * - `/stream-<texts>-<events per write>/…`: a stream without pauses
 * - `/pause-<texts>-<milliseconds>/…`: a stream that pauses after its first text
 * - `/turns-<texts>-<milliseconds>/…`: all such streams in turns, one event each, then the pause, which may be 0
 * - `/pace-<texts>-<milliseconds>/…`: streams with one event per this number of milliseconds, each stream at its own moment
 * - `/task/…`: calls of tools; the report, if the request asks for a format
 * - `/rejection-<megabytes>-<json or page>/…`: a 422 with a large body
 * - `/usage`: the usage of the server itself for streams at a pace, as JSON
 */
import * as Net from "node:net"
import * as Answers from "./answers.js"
import * as Task from "./task.js"

export interface Server {
  readonly port: number
  /** Connections that were opened since the start. */
  readonly connections: () => number
  readonly close: () => Promise<void>
}

/** Sends an answer, never faster than the socket accepts it. */
const send = (socket: Net.Socket, { head, block, blocks, tail }: Answers.Answer): void => {
  socket.write(head)
  let sent = 0
  const more = (): void => {
    while (sent < blocks) {
      sent++
      if (!socket.write(block)) {
        socket.once("drain", more)
        return
      }
    }
    if (tail.length > 0) socket.write(tail)
  }
  more()
}

const sendAfterPause = (socket: Net.Socket, pieces: number, milliseconds: number): void => {
  const events = Answers.writtenEvents(pieces)
  socket.write(Buffer.concat([Answers.streamHead, events[0]!, events[1]!]))
  setTimeout(() => {
    if (socket.writable) socket.write(Buffer.concat([...events.slice(2), Answers.streamEnd]))
  }, milliseconds)
}

/** Streams that get their events in turns, with one clock for all of them. */
class StreamsInTurns {
  private readonly events: ReadonlyArray<Buffer>
  private readonly places = new Map<Net.Socket, number>()

  constructor(
    pieces: number,
    private readonly milliseconds: number
  ) {
    this.events = Answers.writtenEvents(pieces)
  }

  add(socket: Net.Socket): void {
    socket.write(Answers.streamHead)
    if (this.places.size === 0) this.wait()
    this.places.set(socket, 0)
  }

  private wait(): void {
    const turn = (): void => this.turn()
    if (this.milliseconds > 0) setTimeout(turn, this.milliseconds)
    else setImmediate(turn)
  }

  private turn(): void {
    for (const [socket, place] of this.places) {
      if (!socket.writable || place === this.events.length) {
        if (socket.writable) socket.write(Answers.streamEnd)
        this.places.delete(socket)
      } else {
        socket.write(this.events[place]!)
        this.places.set(socket, place + 1)
      }
    }
    if (this.places.size > 0) this.wait()
  }
}

/** The usage of the server for the last streams at a pace, during the time in which all of them were running. */
export interface Usage {
  /** Of one core, in percent. */
  readonly share: number
  /** The longest delay of a stream, in ms. */
  readonly late: number
}

const processorTime = (): number => {
  const { system, user } = process.cpuUsage()
  return (user + system) / 1000
}

/** Streams with a pace, each at its own moment: as many begin in each millisecond as in any other. */
class StreamsAtPace {
  private readonly events: ReadonlyArray<Buffer>
  /** The streams of each millisecond, with their next event. */
  private readonly moments: ReadonlyArray<Map<Net.Socket, number>>
  private added = 0
  private open = 0
  private started = 0
  private ticks = 0
  /** The ticks between which the server measures itself. */
  private readonly watched: { readonly from: number; readonly to: number }
  private watch: { readonly cpu: number; readonly wall: number } | undefined
  private late = 0

  constructor(
    pieces: number,
    milliseconds: number,
    private readonly onUsage: (usage: Usage) => void
  ) {
    this.events = Answers.writtenEvents(pieces)
    const length = this.events.length * milliseconds
    this.watched = { from: Math.floor(length * 0.4), to: Math.floor(length * 0.9) }
    this.moments = Array.from({ length: milliseconds }, () => new Map())
  }

  add(socket: Net.Socket): void {
    socket.write(Answers.streamHead)
    this.moments[this.added++ % this.moments.length]!.set(socket, 0)
    if (this.open++ > 0) return
    this.started = performance.now()
    this.ticks = 0
    this.watch = undefined
    this.wait()
  }

  private wait(): void {
    setTimeout(() => this.catchUp(), 1)
  }

  /** Timers can be late, so one call may have to do the work of several milliseconds. */
  private catchUp(): void {
    const now = performance.now() - this.started
    this.observe(now)
    while (this.ticks < now) this.write(this.moments[this.ticks++ % this.moments.length]!)
    if (this.open > 0) this.wait()
  }

  private observe(now: number): void {
    if (this.ticks >= this.watched.to) {
      if (this.watch === undefined) return
      const { cpu, wall } = this.watch
      this.onUsage({ share: ((processorTime() - cpu) / (now - wall)) * 100, late: this.late })
      this.watch = undefined
    } else if (this.watch !== undefined) {
      this.late = Math.max(this.late, now - this.ticks)
    } else if (this.ticks >= this.watched.from) {
      this.watch = { cpu: processorTime(), wall: now }
      this.late = 0
    }
  }

  private write(streams: Map<Net.Socket, number>): void {
    for (const [socket, place] of streams) {
      if (socket.writable && place < this.events.length) {
        socket.write(this.events[place]!)
        streams.set(socket, place + 1)
      } else {
        if (socket.writable) socket.write(Answers.streamEnd)
        streams.delete(socket)
        this.open--
      }
    }
  }
}

type Reply = (socket: Net.Socket, body: string) => void

/** The reply for a path. */
const replyOf = (target: string, onUsage: (usage: Usage) => void): Reply => {
  const [kind, first = "", second = ""] = target.split("-")
  const [pieces, parameter] = [Number(first), Number(second)]
  if (kind === "whole") return (socket) => send(socket, Answers.whole)
  if (kind === "task") {
    return (socket, body) =>
      send(socket, body.includes(`"response_format"`) ? Task.answers.reported : Task.answers.asked)
  }
  if (kind === "rejection" && pieces >= 0 && (second === "json" || second === "page")) {
    const answer = Answers.rejection(pieces, second)
    return (socket) => send(socket, answer)
  }
  if (!(pieces > 1) || !(parameter >= 0)) throw new Error(`there is no such answer: ${target}`)
  if (kind === "stream") {
    const answer = Answers.stream(pieces, parameter)
    return (socket) => send(socket, answer)
  }
  if (kind === "pause") return (socket) => sendAfterPause(socket, pieces, parameter)
  if (kind === "turns") {
    const streams = new StreamsInTurns(pieces, parameter)
    return (socket) => streams.add(socket)
  }
  if (kind === "pace" && parameter >= 1) {
    const streams = new StreamsAtPace(pieces, parameter, onUsage)
    return (socket) => streams.add(socket)
  }
  throw new Error(`there is no such answer: ${target}`)
}

/** Calls back for every complete request. */
const onRequest = (socket: Net.Socket, reply: (target: string, body: string) => void): void => {
  let pending = ""
  socket.on("data", (bytes) => {
    pending += bytes.toString("latin1")
    for (;;) {
      const end = pending.indexOf("\r\n\r\n")
      if (end < 0) return
      const head = pending.slice(0, end)
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      if (pending.length < end + 4 + length) return
      const body = pending.slice(end + 4, end + 4 + length)
      pending = pending.slice(end + 4 + length)
      reply(/^\S+ \/([^/ ]*)/.exec(head)?.[1] ?? "", body)
    }
  })
}

export const listen = async (): Promise<Server> => {
  const replies = new Map<string, Reply>()
  const sockets = new Set<Net.Socket>()
  let connections = 0
  let usage: Usage = { share: 0, late: 0 }
  const onUsage = (next: Usage): void => {
    usage = next
  }
  replies.set("usage", (socket) => send(socket, Answers.json(200, JSON.stringify(usage))))
  const server = Net.createServer({ noDelay: true }, (socket) => {
    connections++
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
    socket.on("error", () => socket.destroy())
    onRequest(socket, (target, body) => {
      let reply = replies.get(target)
      if (reply === undefined) replies.set(target, (reply = replyOf(target, onUsage)))
      reply(socket, body)
    })
  })
  await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return {
    port: address.port,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      })
  }
}
