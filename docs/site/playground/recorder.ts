/**
 * Records the requests and answers of a program at its `fetch`. In: a function that sends. Out: a `fetch` for the SDK, and the exchanges as
 * state.
 *
 * The answer is passed through unchanged, and a client that stops reading cancels it as usual. Credentials are not recorded.
 */
import * as Effect from "effect/Effect"
import * as SubscriptionRef from "effect/SubscriptionRef"

/** What the server recorded about a request, if it reports this. */
export interface ServerLog {
  readonly eventsSent: number
  readonly tokensGenerated: number
  /** True if the client disconnected before the answer had ended. */
  readonly aborted: boolean
  readonly finished: boolean
}

/** A running request. */
export interface Sending {
  readonly response: Promise<Response>
  readonly log?: () => ServerLog | undefined
  /** Calls `listener` when the server has ended the request. */
  readonly onEnd?: (listener: () => void) => void
}

export type Send = (input: RequestInfo | URL, init?: RequestInit) => Sending

/** The state of an exchange. */
export type Stage = "waiting" | "receiving" | "complete" | "cancelled" | "failed"

/** One request and its answer, as they were on the wire. */
export interface Exchange {
  readonly id: number
  readonly method: string
  readonly url: string
  readonly requestHeaders: ReadonlyArray<readonly [name: string, value: string]>
  readonly requestBody: string
  readonly stage: Stage
  readonly status: number | undefined
  readonly responseHeaders: ReadonlyArray<readonly [name: string, value: string]>
  /** The answer: one entry per event of a stream, otherwise the whole body. */
  readonly events: ReadonlyArray<string>
  readonly bytes: number
  /** Milliseconds from the request to the last byte so far. */
  readonly duration: number
  readonly failure: string | undefined
  readonly server: ServerLog | undefined
}

export interface Recorder {
  readonly exchanges: SubscriptionRef.SubscriptionRef<ReadonlyArray<Exchange>>
  readonly clear: Effect.Effect<void>
  /** A `fetch` that records. */
  readonly fetch: (send: Send) => typeof globalThis.fetch
}

/** Older exchanges are dropped. */
const keptExchanges = 100
/** The maximum number of events that an exchange shows. */
const keptEvents = 2000

const secretHeaders: ReadonlySet<string> = new Set(["authorization", "cookie", "set-cookie", "x-api-key"])

const headersOf = (headers: Headers): ReadonlyArray<readonly [string, string]> =>
  [...headers].map(([name, value]) => [name, secretHeaders.has(name) ? "••••••" : value] as const)

const bodyOf = (body: BodyInit | null | undefined): string => {
  const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : typeof body === "string" ? body : ""
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** The events of a body as it arrives: texts that end with an empty line. A body that is not a stream is one text. */
export const splitEvents = (isStream: boolean) => {
  let rest = ""
  return (text: string): ReadonlyArray<string> => {
    rest += text
    if (!isStream) return []
    const parts = rest.split(/\r?\n\r?\n/)
    rest = parts.pop() ?? ""
    return parts
  }
}

export const makeRecorder: Effect.Effect<Recorder> = Effect.gen(function* () {
  const exchanges = yield* SubscriptionRef.make<ReadonlyArray<Exchange>>([])
  let lastId = 0

  const change = (id: number, how: (exchange: Exchange) => Partial<Exchange>): void => {
    Effect.runFork(
      SubscriptionRef.update(exchanges, (all) =>
        all.map((exchange) => (exchange.id === id ? { ...exchange, ...how(exchange) } : exchange))
      )
    )
  }

  const open = (input: RequestInfo | URL, init: RequestInit | undefined): Exchange => {
    const exchange: Exchange = {
      id: ++lastId,
      method: init?.method ?? "GET",
      url: String(input instanceof Request ? input.url : input),
      requestHeaders: headersOf(new Headers(init?.headers)),
      requestBody: bodyOf(init?.body),
      stage: "waiting",
      status: undefined,
      responseHeaders: [],
      events: [],
      bytes: 0,
      duration: 0,
      failure: undefined,
      server: undefined
    }
    Effect.runFork(SubscriptionRef.update(exchanges, (all) => [...all, exchange].slice(-keptExchanges)))
    return exchange
  }

  const record =
    (send: Send) =>
    async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      const { id } = open(input, init)
      const began = performance.now()
      const sending = send(input, init)
      const elapsed = () => Math.round(performance.now() - began)
      let ended = false
      let sawEnd = false

      /** Only the first end counts. */
      const end = (stage: Stage, failure?: string): void => {
        if (ended) return
        ended = true
        change(id, () => ({ stage, failure, duration: elapsed(), server: sending.log?.() }))
      }
      const fail = (error: unknown): void =>
        init?.signal?.aborted === true
          ? end("cancelled")
          : end("failed", error instanceof Error ? error.message : "The connection failed")
      // A client that has read the last event closes the connection, too.
      const leave = (): void => end(sawEnd ? "complete" : "cancelled")

      sending.onEnd?.(() => change(id, () => ({ server: sending.log?.() })))
      init?.signal?.addEventListener("abort", leave)

      try {
        const response = await sending.response
        change(id, () => ({
          stage: ended ? "cancelled" : "receiving",
          status: response.status,
          responseHeaders: headersOf(response.headers),
          duration: elapsed()
        }))
        if (response.body === null) {
          end("complete")
          return response
        }

        const isStream = response.headers.get("content-type")?.includes("event-stream") === true
        const split = splitEvents(isStream)
        const decoder = new TextDecoder()
        const reader = response.body.getReader()
        const receive = (bytes: Uint8Array): void => {
          const text = decoder.decode(bytes, { stream: true })
          const events = split(text)
          sawEnd ||= events.some((event) => event.endsWith("[DONE]"))
          change(id, (exchange) => ({
            events: isStream ? [...exchange.events, ...events].slice(-keptEvents) : [(exchange.events[0] ?? "") + text],
            bytes: exchange.bytes + bytes.byteLength,
            duration: elapsed(),
            server: sending.log?.()
          }))
        }
        const body = new ReadableStream<Uint8Array>(
          {
            pull: async (controller) => {
              try {
                const { done, value } = await reader.read()
                if (done) {
                  end("complete")
                  controller.close()
                } else {
                  receive(value)
                  controller.enqueue(value)
                }
              } catch (error) {
                fail(error)
                controller.error(error)
              }
            },
            cancel: (reason) => {
              leave()
              return reader.cancel(reason)
            }
          },
          { highWaterMark: 0 }
        )
        const { headers, status, statusText } = response
        return new Response(body, { headers, status, statusText })
      } catch (error) {
        fail(error)
        throw error
      }
    }

  return { exchanges, clear: SubscriptionRef.set(exchanges, []), fetch: record }
})
