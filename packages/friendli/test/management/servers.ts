/** Servers of one's own for tests of files: an API that names a store, and a store that keeps what it is sent. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"

/** A request as it came. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: Http.IncomingHttpHeaders
  body: Buffer
  /** The bytes that came so far. */
  size: number
  state: "open" | "whole" | "aborted"
}

export type Handler = (request: Received, response: Http.ServerResponse) => void

/** A server that answers when a request is whole; what it never answers stays open. */
export const serve = (answer: Handler, onBytes?: (request: Received, response: Http.ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly received: Array<Received>; readonly server: Http.Server }>(
      (resume) => {
        const received: Array<Received> = []
        const server = Http.createServer((request, response) => {
          const entry: Received = {
            method: request.method ?? "",
            path: request.url ?? "",
            headers: request.headers,
            body: Buffer.alloc(0),
            size: 0,
            state: "open"
          }
          received.push(entry)
          const chunks: Array<Buffer> = []
          request.on("data", (chunk: Buffer) => {
            chunks.push(chunk)
            entry.size += chunk.length
            onBytes?.(entry, response)
          })
          request.on("end", () => {
            entry.body = Buffer.concat(chunks)
            answer(entry, response)
          })
          request.on("error", () => {})
          response.on("close", () => {
            entry.state = response.writableFinished ? "whole" : "aborted"
          })
        })
        server.listen(0, "127.0.0.1", () => {
          const { port } = server.address() as AddressInfo
          resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, received, server }))
        })
      }
    ),
    ({ server }) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

export const json = (response: Http.ServerResponse, value: unknown, status = 200): void => {
  response.writeHead(status, { "content-type": "application/json" })
  response.end(JSON.stringify(value))
}

/** The form of a request. */
export const formOf = ({ body, headers }: Received) =>
  Effect.promise(() =>
    new Response(Uint8Array.from(body), { headers: { "content-type": headers["content-type"]! } }).formData()
  )

/** Waits for something that another party brings about. */
export const eventually = (what: string, holds: () => boolean) =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.fail(`${what} did not come about`))).pipe(
    Effect.retry(Schedule.spaced("10 millis").pipe(Schedule.upTo("8 seconds"))),
    Effect.orDie
  )
