/**
 * A server of bytes on a socket. It knows only enough HTTP to find the end of a request. Its answers are scripts of bytes, so that it can send
 * answers that no framework would send.
 */
import * as Net from "node:net"

/** One step of a script. */
export type Step =
  /** Writes, and gives the client time to read, so that pieces arrive separately. */
  | { readonly _tag: "Write"; readonly bytes: Uint8Array }
  /** Writes the same bytes several times, never faster than the client reads them. */
  | { readonly _tag: "Repeat"; readonly bytes: Uint8Array; readonly times: number; readonly every: number }
  | { readonly _tag: "Wait"; readonly millis: number }
  /** Waits until the client has closed the connection. */
  | { readonly _tag: "UntilClosed" }
  /** RST: the connection is gone, with all bytes that were not read. */
  | { readonly _tag: "Reset" }
  /** FIN: nothing more will be written. */
  | { readonly _tag: "HalfClose" }
  /** Records a violation unless the condition is true. */
  | { readonly _tag: "Expect"; readonly what: string; readonly holds: (request: Received) => boolean }
  /** Runs code of the scenario, and waits for it. */
  | { readonly _tag: "Call"; readonly run: (request: Received) => void | Promise<void> }

export type Steps = ReadonlyArray<Step>

export interface Script {
  /** Runs for each connection before a request is read from it. */
  readonly connection?: ((connection: number) => Steps) | undefined
  /** Runs for each request. The second argument is the number of the request, from 0. */
  readonly request: (request: Received, at: number) => Steps
}

/** A request, and the state of its answer. */
export interface Received {
  /** The number of its connection, from 1. */
  readonly connection: number
  /** The time of its last byte, in milliseconds. */
  readonly at: number
  /** Request line and headers, unchanged. */
  readonly head: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** How many bytes of the answer the system has accepted. */
  written: number
  /** Whether the script has ended. */
  done: boolean
  /** How and when the client closed the connection while the script was running. */
  closed: { readonly by: "FIN" | "RST"; readonly at: number } | undefined
}

export interface RawServer {
  readonly url: string
  readonly port: number
  readonly requests: ReadonlyArray<Received>
  /** The violations of `Expect` steps. */
  readonly violations: ReadonlyArray<string>
  readonly connections: { readonly accepted: number; readonly open: number }
  /** All received bytes, also those that are not a complete request. */
  readonly bytesReceived: number
  readonly close: () => Promise<void>
}

const bytesOf = (text: string | Uint8Array): Uint8Array => (typeof text === "string" ? Buffer.from(text) : text)

export const write = (text: string | Uint8Array): Step => ({ _tag: "Write", bytes: bytesOf(text) })
export const repeat = (text: string | Uint8Array, times = Infinity, every = 0): Step => ({
  _tag: "Repeat",
  bytes: bytesOf(text),
  times,
  every
})
export const wait = (millis: number): Step => ({ _tag: "Wait", millis })
export const untilClosed: Step = { _tag: "UntilClosed" }
export const reset: Step = { _tag: "Reset" }
export const halfClose: Step = { _tag: "HalfClose" }
export const expect = (what: string, holds: (request: Received) => boolean): Step => ({ _tag: "Expect", what, holds })
export const call = (run: (request: Received) => void | Promise<void>): Step => ({ _tag: "Call", run })

/** The same answer to every request. */
export const always = (...steps: Steps): Script => ({ request: () => steps })

/** One answer after the other; the last one for all later requests. */
export const inTurn = (...answers: ReadonlyArray<Steps>): Script => ({
  request: (_, at) => answers[Math.min(at, answers.length - 1)] ?? []
})

const HEAD_END = Buffer.from("\r\n\r\n")

interface Parsed {
  readonly head: string
  readonly headers: Record<string, string>
  readonly body: Buffer
  readonly size: number
}

/** The request at the beginning of the bytes, if it is complete. */
const parse = (bytes: Buffer): Parsed | undefined => {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd === -1) return undefined
  const head = bytes.toString("latin1", 0, headEnd)
  const headers: Record<string, string> = {}
  for (const line of head.split("\r\n").slice(1)) {
    const colon = line.indexOf(":")
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  const start = headEnd + HEAD_END.length
  if (headers["transfer-encoding"]?.toLowerCase() === "chunked") {
    const parts: Array<Buffer> = []
    for (let at = start; ;) {
      const lineEnd = bytes.indexOf("\r\n", at)
      if (lineEnd === -1) return undefined
      const length = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16)
      const end = lineEnd + 2 + length
      if (bytes.length < end + 2) return undefined
      if (length === 0) return { head, headers, body: Buffer.concat(parts), size: end + 2 }
      parts.push(bytes.subarray(lineEnd + 2, end))
      at = end + 2
    }
  }
  const end = start + Number(headers["content-length"] ?? 0)
  return bytes.length < end ? undefined : { head, headers, body: bytes.subarray(start, end), size: end }
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export const listen = async (script: Script): Promise<RawServer> => {
  const requests: Array<Received> = []
  const violations: Array<string> = []
  const sockets = new Set<Net.Socket>()
  let accepted = 0
  let bytesReceived = 0

  const server = Net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = ++accepted
    sockets.add(socket)
    let buffered: Buffer = Buffer.alloc(0)
    let current: Received | undefined
    let busy = true
    let gone = false
    const leaving: Array<() => void> = []

    const left = (by: "FIN" | "RST"): void => {
      if (gone) return
      gone = true
      if (current !== undefined && !current.done) current.closed = { by, at: Date.now() }
      for (const notify of leaving.splice(0)) notify()
    }
    /** Resolves when the step is done or the client has disconnected, whichever is first. */
    const orDisconnected = (start: (done: () => void) => void): Promise<void> =>
      new Promise((resolve) => {
        if (gone) return resolve()
        leaving.push(resolve)
        start(() => {
          const at = leaving.indexOf(resolve)
          if (at !== -1) leaving.splice(at, 1)
          resolve()
        })
      })

    const send = (bytes: Uint8Array): Promise<void> =>
      orDisconnected((done) => {
        socket.write(bytes, (error) => {
          if (!error && current !== undefined) current.written += bytes.length
          done()
        })
      })

    const perform = async (step: Step): Promise<void> => {
      switch (step._tag) {
        case "Write":
          await send(step.bytes)
          await soon()
          return
        case "Repeat":
          for (let at = 0; at < step.times && !gone; at++) {
            await send(step.bytes)
            if (step.every > 0) await orDisconnected((done) => setTimeout(done, step.every))
            else if (at % 16 === 0) await soon()
          }
          return
        case "Wait":
          return orDisconnected((done) => setTimeout(done, step.millis))
        case "UntilClosed":
          return orDisconnected(() => {})
        case "Reset":
          // earlier bytes must arrive before the reset
          await orDisconnected((done) => setTimeout(done, 30))
          await soon()
          gone = true
          socket.resetAndDestroy()
          return
        case "HalfClose":
          socket.end()
          return
        case "Expect":
          if (current !== undefined && !step.holds(current)) violations.push(step.what)
          return
        case "Call":
          await (current === undefined ? undefined : step.run(current))
      }
    }

    const performAll = async (steps: Steps): Promise<void> => {
      for (const step of steps) {
        if (gone) return
        await perform(step)
      }
    }

    const serve = async (): Promise<void> => {
      for (;;) {
        const parsed = gone ? undefined : parse(buffered)
        if (parsed === undefined) return
        buffered = buffered.subarray(parsed.size)
        const [method = "", path = ""] = parsed.head.split(" ", 2)
        const request: Received = {
          connection,
          at: Date.now(),
          head: parsed.head,
          method,
          path,
          headers: parsed.headers,
          body: parsed.body,
          written: 0,
          done: false,
          closed: undefined
        }
        current = request
        requests.push(request)
        await performAll(script.request(request, requests.length - 1))
        if (!gone) request.done = true
      }
    }

    /** Handles one request after the other, however the bytes are split. */
    const work = (): void => {
      if (busy) return
      busy = true
      void serve().then(() => {
        busy = false
        if (!gone && parse(buffered) !== undefined) work()
      })
    }

    socket.on("data", (bytes) => {
      bytesReceived += bytes.length
      buffered = buffered.length === 0 ? bytes : Buffer.concat([buffered, bytes])
      work()
    })
    socket.on("end", () => {
      left("FIN")
      socket.end()
    })
    socket.on("error", () => left("RST"))
    socket.on("close", () => {
      left("RST")
      sockets.delete(socket)
    })
    void performAll(script.connection?.(connection) ?? []).then(() => {
      busy = false
      work()
    })
  })

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, resolve)
  })
  const { port } = server.address() as Net.AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    violations,
    connections: {
      get accepted() {
        return accepted
      },
      get open() {
        return sockets.size
      }
    },
    get bytesReceived() {
      return bytesReceived
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
  }
}
