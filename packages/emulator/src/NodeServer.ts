/**
 * The emulator on a socket, for Node, Bun and any client.
 */
import { getRequestListener } from "@hono/node-server"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { announcesMoreThan, type Bytes } from "./base/bytes.js"
import { yieldToEventLoop } from "./base/time.js"
import type { EmulatorOptions } from "./base/types.js"
import { readScript, type ScriptChange, watchScript } from "./config/scriptFile.js"
import type { Emulator } from "./Emulator.js"
import { isLoopback } from "./server/cors.js"
import { makeEmulatorOf } from "./server/emulator.js"
import type { Wire } from "./server/exchange.js"
import { defaultMaxBodyBytes, makeHandler } from "./server/handler.js"
import type { Upstream } from "./server/upstream.js"

/**
 * How the real API is recorded.
 *
 * @category models
 */
export interface RecordOptions {
  /** The file of the cassette. It is replaced; missing folders are created. */
  readonly file: string
  /** The URL of the API, without a path. Default: `https://api.friendli.ai`. */
  readonly upstream?: string
  /**
   * Paths of fields whose values become `<redacted>`, for example `messages.*.content`. Tokens and other secrets of headers and URLs are always
   * redacted. Default: none.
   */
  readonly redact?: { readonly request?: ReadonlyArray<string>; readonly response?: ReadonlyArray<string> }
}

/**
 * Where the server listens, and how the emulator behaves.
 *
 * @category models
 */
export interface ListenOptions extends EmulatorOptions {
  /** The address to listen on. Default: `"127.0.0.1"`, which other machines cannot reach. */
  readonly host?: string
  /** The port, from 0 to 65535; 0 chooses a free one. Default: 0. */
  readonly port?: number
  /**
   * Forwards every request to the real API and records it on a cassette, instead of answering it. The faults of the emulator still apply. Default:
   * the emulator answers itself.
   */
  readonly record?: RecordOptions
  /**
   * The file of a cassette that answers instead of the emulator, with the recorded pauses. A request that was not recorded gets a 404 that describes
   * how it differs from the most similar recorded one. Default: the emulator answers itself.
   */
  readonly replay?: string
  /**
   * A file with the rules of a script, in JSON or YAML, instead of the option `script`. It is read again after each change; after an invalid change,
   * the earlier rules stay in use. `listen` rejects with `ScriptError` if the file is invalid at the start.
   */
  readonly scriptFile?: string
  /** Called after each change of the script file, with the number of its rules or with its error. */
  readonly onScriptChange?: (change: ScriptChange) => void
}

/**
 * An emulator that listens on a socket.
 *
 * @category models
 */
export interface RunningEmulator extends Emulator {
  /** `http://host:port`, without a slash at the end. It is also the base URL for container clients. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** Number of open sockets. */
  readonly openConnections: number
  /** Number of sockets accepted since the start. */
  readonly connectionsAccepted: number
  /** Closes the server and all its sockets. Later calls have no effect. */
  readonly close: () => Promise<void>
}

/** An RST discards bytes that the client has not read. This time is enough to read them, also on a machine under load. */
const GRACE_MS = 25

const KEEP_ALIVE_MS = 65_000

/**
 * Reads a body up to the limit. After that, the data is still read but not kept: otherwise a client that still sends would see a reset connection
 * instead of the answer.
 */
const readIncoming = (incoming: IncomingMessage, limit: number): Promise<Bytes> =>
  new Promise((resolve, reject) => {
    const { connection, "content-length": length, expect } = incoming.headers
    let pieces: Array<Buffer> = []
    let size = 0
    let isTooLarge = false
    const rejectSize = (): void => {
      isTooLarge = true
      pieces = []
      // Node closes the connection right after the answer when the client asked for that. Such clients send everything before they
      // read, unless they wait to be told to send.
      if (connection?.toLowerCase() !== "close" || expect !== undefined) resolve("tooLarge")
    }
    if (announcesMoreThan(limit, length)) rejectSize()
    incoming.on("data", (piece: Buffer) => {
      size += piece.length
      if (isTooLarge) return
      if (size > limit) rejectSize()
      else pieces.push(piece)
    })
    incoming.on("end", () => resolve(isTooLarge ? "tooLarge" : new Uint8Array(Buffer.concat(pieces))))
    // The signal of the request aborts in the same turn; the stage that waits must find it aborted.
    incoming.on("close", () => setImmediate(reject, new Error("The client disconnected")))
    incoming.on("error", () => undefined)
  })

const wireOf = (incoming: IncomingMessage, outgoing: ServerResponse): Wire => {
  const { socket } = incoming
  const drained = async (): Promise<void> => {
    while (!socket.destroyed && (!outgoing.headersSent || socket.writableLength > 0)) await yieldToEventLoop()
    await new Promise((resolve) => setTimeout(resolve, GRACE_MS))
  }
  return {
    read: (limit) => readIncoming(incoming, limit),
    resetNow: () => {
      socket.resetAndDestroy()
    },
    reset: async () => {
      await drained()
      socket.resetAndDestroy()
    },
    close: async () => {
      await drained()
      socket.destroy()
    }
  }
}

/** The upstream that answers instead of the emulator, if there is one. It is loaded only then, because the emulator itself needs no HTTP client. */
const upstreamOf = async ({ record, replay }: ListenOptions): Promise<Upstream | undefined> => {
  if (record !== undefined && replay !== undefined) throw new TypeError("either `record` or `replay`, not both")
  if (record === undefined && replay === undefined) return undefined
  const { friendliApi, recordUpstream, replayUpstream } = await import("./proxy/cassette.js")
  return record === undefined ? replayUpstream(replay!) : recordUpstream({ upstream: friendliApi, ...record })
}

/**
 * Starts the emulator on a socket.
 *
 * **When to use** when a client needs a real connection: from another process or another language, or in a test of bytes and connections. Rejects
 * with the system's error (`EADDRINUSE`, `EACCES`) if it cannot listen on the address.
 *
 * @example
 * ```ts
 * import { listen } from "effect-friendli-emulator/NodeServer"
 *
 * const server = await listen()
 * const response = await fetch(`${server.url}/v1/detokenize`, {
 *   method: "POST",
 *   headers: { "content-type": "application/json" },
 *   body: JSON.stringify({ tokens: [128000, 3923, 374, 1803, 1413, 15592, 30] })
 * })
 * console.log(await response.json()) // { text: "What is generative AI?" }
 * await server.close()
 * ```
 * @category constructors
 */
export const listen = async (options: ListenOptions = {}): Promise<RunningEmulator> => {
  const { scriptFile } = options
  const script = scriptFile === undefined ? {} : { script: await readScript(scriptFile) }
  const upstream = await upstreamOf(options)
  const host = options.host ?? "127.0.0.1"
  const handler = makeHandler(
    { ...options, ...script, ...(options.cors === undefined && !isLoopback(host) ? { cors: false } : {}) },
    upstream
  )
  const { handle } = handler
  const sockets = new Set<Socket>()
  let accepted = 0

  const listener = getRequestListener(
    async (request, env) => {
      const { incoming, outgoing } = env as { incoming: IncomingMessage; outgoing: ServerResponse }
      const response = await handle(request, wireOf(incoming, outgoing))
      // The listener buffers the first pieces of a body of unknown length, to join them and to set a length. With this header,
      // it sends the head at once and each piece in a write of its own.
      if (response.body !== null && !response.headers.has("content-length")) {
        response.headers.set("transfer-encoding", "chunked")
      }
      return response
    },
    // The handler rejects only when there is no client left to answer.
    // Node reads and discards the rest of a body after the answer. The listener would close the socket instead.
    { overrideGlobalObjects: false, autoCleanupIncoming: false, errorHandler: () => undefined }
  )
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing))
  // A client that asks before it sends its body does not have to send one that is too large.
  server.on("checkContinue", (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (announcesMoreThan(options.maxBodyBytes ?? defaultMaxBodyBytes, incoming.headers["content-length"])) {
      outgoing.setHeader("connection", "close")
    } else outgoing.writeContinue()
    void listener(incoming, outgoing)
  })
  server.keepAliveTimeout = KEEP_ALIVE_MS
  // Node answers 408 on a connection that is open for a minute without a request. Connection pools open such connections for calls
  // that are cancelled. The emulator must not fail without a fault.
  server.headersTimeout = 0
  server.requestTimeout = 0
  server.on("connection", (socket) => {
    accepted++
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(options.port ?? 0, host, () => {
      server.off("error", reject)
      resolve()
    })
  }).catch(async (error: unknown) => {
    await upstream?.close()
    throw error
  })
  const stopWatching =
    scriptFile === undefined
      ? undefined
      : watchScript(scriptFile, handler.setScript, (change) => options.onScriptChange?.(change))
  const { port } = server.address() as AddressInfo
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`

  let closing: Promise<void> | undefined
  return {
    ...makeEmulatorOf(handler),
    url,
    host,
    port,
    get openConnections() {
      return sockets.size
    },
    get connectionsAccepted() {
      return accepted
    },
    close: () => {
      closing ??= (async () => {
        stopWatching?.()
        const stopped = new Promise<void>((resolve) => server.close(() => resolve()))
        const closed = [...sockets].map(
          (socket) => new Promise<void>((resolve) => socket.once("close", () => resolve()))
        )
        for (const socket of sockets) socket.destroy()
        await Promise.all([stopped, ...closed])
        await upstream?.close()
      })()
      return closing
    }
  }
}
