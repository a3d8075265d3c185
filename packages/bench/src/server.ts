/**
 * A server that answers from memory and spends next to nothing on it: it finds the end of a request, looks at the path, and
 * writes bytes that were ready before. Paths begin with what is wanted, whatever follows:
 *
 * - `/whole/…`: a whole answer
 * - `/stream-<texts>-<events a write>/…`: a stream without gaps
 * - `/pause-<texts>-<milliseconds>/…`: a stream that pauses after its first text
 * - `/turns-<texts>-<milliseconds>/…`: all such streams in step, an event each, then the pause, which may be 0
 */
import * as Net from "node:net"
import * as Answers from "./answers.js"

export interface Server {
  readonly port: number
  /** Connections that were opened since the start. */
  readonly connections: () => number
  readonly close: () => Promise<void>
}

/** Sends an answer, and never more than the socket takes. */
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

/** Streams that get their events in turns, over one clock for all of them. */
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

type Reply = (socket: Net.Socket) => void

/** What a path asks for. */
const replyOf = (target: string): Reply => {
  const [kind, first = "", second = ""] = target.split("-")
  const [pieces, parameter] = [Number(first), Number(second)]
  if (kind === "whole") return (socket) => send(socket, Answers.whole)
  if (!(pieces > 1) || !(parameter >= 0)) throw new Error(`no such answer: ${target}`)
  if (kind === "stream") {
    const answer = Answers.stream(pieces, parameter)
    return (socket) => send(socket, answer)
  }
  if (kind === "pause") return (socket) => sendAfterPause(socket, pieces, parameter)
  if (kind === "turns") {
    const streams = new StreamsInTurns(pieces, parameter)
    return (socket) => streams.add(socket)
  }
  throw new Error(`no such answer: ${target}`)
}

/** Calls back for every request that has come in whole. */
const onRequest = (socket: Net.Socket, reply: (target: string) => void): void => {
  let pending = ""
  socket.on("data", (bytes) => {
    pending += bytes.toString("latin1")
    for (;;) {
      const end = pending.indexOf("\r\n\r\n")
      if (end < 0) return
      const head = pending.slice(0, end)
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      if (pending.length < end + 4 + length) return
      pending = pending.slice(end + 4 + length)
      reply(/^\S+ \/([^/ ]*)/.exec(head)?.[1] ?? "")
    }
  })
}

export const listen = async (): Promise<Server> => {
  const replies = new Map<string, Reply>()
  const sockets = new Set<Net.Socket>()
  let connections = 0
  const server = Net.createServer({ noDelay: true }, (socket) => {
    connections++
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
    socket.on("error", () => socket.destroy())
    onRequest(socket, (target) => {
      let reply = replies.get(target)
      if (reply === undefined) replies.set(target, (reply = replyOf(target)))
      reply(socket)
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
