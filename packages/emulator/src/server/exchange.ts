/**
 * One request and its answer, from arrival to end. In: a request, and a socket if there is one. Out: the
 * record of the exchange, its abort signal, and the ways to answer. Every way to answer also ends the record,
 * so that the journal is right however the exchange ends.
 */
import type { ReadBytes } from "../base/bytes.js"
import { newId } from "../base/ids.js"
import type { EmulatorOptions } from "../base/types.js"
import { errorBodyAt } from "../base/errors.js"
import type { Entry, Journal } from "./journal.js"
import { Cut } from "./responseBody.js"

/** The actions that only a socket has. It is absent if the emulator runs in process. */
export interface Wire {
  /** Reads the body of the request. The rest of a body that is too large is read and discarded, so that its client reads the answer. */
  readonly read: ReadBytes
  /** Sends an RST at once. */
  readonly resetNow: () => void
  /** Sends an RST after all written bytes have left. */
  readonly reset: () => Promise<void>
  /** Closes the socket without the end of the body, after all written bytes have left. */
  readonly close: () => Promise<void>
}

type HeaderRecord = Readonly<Record<string, string>>

/** A request in progress. Every stage gets it. Each way to answer ends it, or streams the rest. */
export interface Exchange {
  readonly request: Request
  readonly requestId: string
  readonly entry: Entry
  /** Aborts when the client disconnects, and when a fault breaks the connection. */
  readonly signal: AbortSignal
  /** Answers with a body that is complete. */
  readonly send: (status: number, body: string | null, headers: Headers) => Response
  /** Answers with JSON. `headers` can replace the usual ones. */
  readonly json: (status: number, value: unknown, headers?: HeaderRecord) => Response
  /** Answers with a JSON error in the usual shape. */
  readonly fail: (status: number, message: string, headers?: HeaderRecord) => Response
  /** Answers with bytes that are produced as the client reads them. */
  readonly stream: (status: number, bytes: AsyncGenerator<Uint8Array, void, undefined>, headers: Headers) => Response
  /** Ends the exchange after an error before the head: answers 500, or throws what a failed `fetch` throws. */
  readonly recover: (error: unknown) => Response
}

/**
 * The error of `fetch` when the connection is reset: tests in process see the same error as tests over a socket.
 */
const connectionReset = (): TypeError =>
  new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) })

/** The error of a `fetch` body when the connection closes before its end. */
const terminated = (): TypeError => new TypeError("terminated", { cause: new Error("other side closed") })

const byteLength = (text: string): number => new TextEncoder().encode(text).length

/**
 * Stage: opens the exchange.
 *
 * In: the request, and the socket if there is one. Out: the exchange, recorded in the journal. It is opened before anything can
 * fail, so that every request is recorded and every answer has its id.
 */
export const openExchange = (
  request: Request,
  wire: Wire | undefined,
  journal: Journal,
  onRequest: EmulatorOptions["onRequest"]
): Exchange => {
  const requestId = newId("req_")
  const entry = journal.open(request, requestId)
  const arrived = performance.now()
  const abort = new AbortController()
  const { signal } = abort

  /** Ends the record. Only the first call counts: an answer that is complete is not also aborted. */
  const finish = (aborted = false): void => {
    if (entry.finished) return
    entry.finished = true
    entry.duration = Math.round(performance.now() - arrived)
    entry.aborted = aborted
    request.signal.removeEventListener("abort", onDisconnect)
    onRequest?.(entry)
  }
  /** The client has disconnected: everything that runs for it ends. */
  const onDisconnect = (): void => {
    finish(true)
    abort.abort(request.signal.reason)
  }
  if (request.signal.aborted) onDisconnect()
  else request.signal.addEventListener("abort", onDisconnect)

  /** The answer breaks in the middle of its body: by a fault, or by an error of the emulator. */
  const breakBody = async (error: unknown, controller: ReadableStreamDefaultController): Promise<void> => {
    finish()
    // Everything that still runs for this request ends.
    abort.abort()
    const isReset = error instanceof Cut && error.how === "reset"
    if (wire !== undefined) await (isReset ? wire.reset() : wire.close())
    else controller.error(isReset ? connectionReset() : terminated())
  }

  // The reader pulls, and nothing is buffered: no token is generated for a client that has disconnected.
  /** A body that is made while it is read. */
  const readable = (bytes: AsyncGenerator<Uint8Array, void, undefined>): ReadableStream<Uint8Array> =>
    new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          // In process nothing else fails the body of an aborted request, as a real `fetch` does.
          if (wire !== undefined) return
          request.signal.addEventListener("abort", () => {
            if (entry.aborted) controller.error(signal.reason)
          })
        },
        pull: async (controller) => {
          try {
            const next = await bytes.next()
            if (signal.aborted) return
            if (next.done === true) {
              finish()
              controller.close()
              return
            }
            // Counted when the client takes it, so the journal shows how much a client that left had
            // received.
            entry.bytesSent += next.value.length
            controller.enqueue(next.value)
          } catch (error) {
            await breakBody(error, controller)
          }
        },
        cancel: async (reason) => {
          finish(true)
          abort.abort(reason)
          await bytes.return()
        }
      },
      { highWaterMark: 0 }
    )

  const send: Exchange["send"] = (status, body, headers) => {
    entry.status = status
    entry.bytesSent = body === null ? 0 : byteLength(body)
    headers.set("x-request-id", requestId)
    finish()
    return new Response(body, { status, headers })
  }

  const stream: Exchange["stream"] = (status, bytes, headers) => {
    entry.status = status
    headers.set("x-request-id", requestId)
    return new Response(readable(bytes), { status, headers })
  }

  const json: Exchange["json"] = (status, value, extra) => {
    const body = JSON.stringify(value)
    const headers = new Headers({
      "content-type": "application/json",
      "content-length": String(byteLength(body)),
      "x-request-id": requestId,
      ...extra
    })
    const response = new Response(body, { status, headers })
    entry.status = status
    entry.bytesSent = Number(headers.get("content-length"))
    finish()
    return response
  }

  const fail: Exchange["fail"] = (status, message, headers) => {
    entry.reason = message
    return json(status, errorBodyAt(entry.path, status, message, requestId), headers)
  }

  return {
    request,
    requestId,
    entry,
    signal,
    send,
    json,
    fail,
    stream,
    recover: (error) => {
      // The client is gone, so there is no status to record: the error is the one of its abort.
      if (signal.aborted) {
        entry.status = undefined
        throw error
      }
      if (error instanceof Cut) {
        finish()
        // Over a socket the connection is reset; in process the same error is thrown that `fetch` would
        // throw.
        wire?.resetNow()
        throw connectionReset()
      }
      return fail(500, "The emulator failed: this is a bug in it")
    }
  }
}
