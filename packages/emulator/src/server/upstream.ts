/**
 * The upstream that answers instead of the emulator: the real API while it is recorded, or a recording. In: a request and its body. Out: an answer,
 * or an `UpstreamError` with a sentence for the client.
 */
import type { Exchange } from "./exchange.js"

/** A request for the upstream. Everything is as the client sent it. */
export interface UpstreamRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: Headers
  readonly body: Uint8Array<ArrayBuffer>
  readonly signal: AbortSignal
}

/** An answer of the upstream. Its body fails when the connection to the upstream breaks. */
export interface UpstreamAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: ReadableStream<Uint8Array>
}

/** Answers instead of the emulator, until it is closed. */
export interface Upstream {
  readonly answer: (request: UpstreamRequest) => Promise<UpstreamAnswer>
  readonly close: () => Promise<void>
}

/** No answer: the status to send instead, and the reason. */
export class UpstreamError extends Error {
  readonly status: number
  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** Answers an exchange with the answer of the upstream. */
export const upstreamAnswer = async (
  upstream: Upstream,
  exchange: Exchange,
  body: Uint8Array<ArrayBuffer>
): Promise<Response> => {
  const { request, signal } = exchange
  const { pathname, search } = new URL(request.url)
  try {
    const answer = await upstream.answer({
      method: request.method,
      target: pathname + search,
      headers: request.headers,
      body,
      signal
    })
    return exchange.stream(answer.status, piecesOf(answer.body), answer.headers)
  } catch (error) {
    if (error instanceof UpstreamError) return exchange.fail(error.status, error.message)
    throw error
  }
}

/** The chunks of a body as they arrive. Ending early cancels the body. */
async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* body
}
