/**
 * An `HttpClient` that answers from a script and records what it was asked.
 *
 * **When to use**: to test what a program sends, and how it fares with failures, retries, clocks and broken streams, without a socket.
 * For a program that only needs answers, `Layer.mock(Chat.Chat, { … })` is lighter.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Chat, Serverless } from "effect-friendli"
 * import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
 *
 * const program = Effect.gen(function* () {
 *   const answer = yield* Chat.complete({ model: "m", messages: [{ role: "user", content: "Hello!" }] })
 *   const requests = yield* MockHttpClient.requests
 *   console.log(answer.choices[0]?.message.content, requests.map((request) => `${request.method} ${request.url}`))
 * })
 *
 * const http = MockHttpClient.layer([
 *   Reply.status(503, { retryAfter: 0 }),
 *   Reply.json(Wire.chatCompletion("Hi!"))
 * ])
 * const friendli = Serverless.layer({ token: "flp_example" }).pipe(Layer.provideMerge(http))
 *
 * Effect.runPromise(Effect.provide(program, friendli))
 * // => Hi! [
 * // =>   'POST https://api.friendli.ai/serverless/v1/chat/completions',
 * // =>   'POST https://api.friendli.ai/serverless/v1/chat/completions'
 * // => ]
 * ```
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import type { Answer, Ending, Reply } from "./Reply.js"

/**
 * A request as it would have gone out.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecordedRequest {
  /** When it was sent, in milliseconds of the `Clock`: under `TestClock` the waits between attempts, exactly. */
  readonly at: number
  readonly method: string
  /** With query and fragment. */
  readonly url: string
  /** Names in lower case, all but `authorization`. */
  readonly headers: Readonly<Record<string, string>>
  /** The `authorization` header. Redacted, so that a recording can be printed. */
  readonly authorization: Redacted.Redacted | undefined
  /** The body as text, `""` when there is none. */
  readonly body: string
  /** The body as JSON, `undefined` when it is none. */
  readonly json: unknown
}

/**
 * What became of a request: `"waiting"` for the answer to begin; `"open"`: its body has not ended; `"read"` to its end; `"cancelled"` or
 * `"aborted"` by the client; `"reset"` or `"refused"` as scripted.
 *
 * @category models
 * @since 0.1.0
 */
export type State = "waiting" | "open" | "read" | "cancelled" | "aborted" | "reset" | "refused"

/**
 * What the mock has seen.
 *
 * @category tags
 * @since 0.1.0
 */
export class MockHttpClient extends Context.Tag("effect-friendli/testing/MockHttpClient")<
  MockHttpClient,
  MockHttpClient.Service
>() {}

/**
 * @since 0.1.0
 */
export declare namespace MockHttpClient {
  /**
   * @category models
   * @since 0.1.0
   */
  export interface Service {
    /** Every request until now, in order. */
    readonly requests: Effect.Effect<ReadonlyArray<RecordedRequest>>
    /** What became of each, in the same order. */
    readonly states: Effect.Effect<ReadonlyArray<State>>
    /** Whether each is over: its body read, cancelled, aborted or broken. */
    readonly closed: Effect.Effect<ReadonlyArray<boolean>>
    /** How many are not. */
    readonly open: Effect.Effect<number>
    /** Waits until none is open. */
    readonly whenClosed: Effect.Effect<void>
    /** How many replies of the script are left; `Infinity` for a function. */
    readonly remaining: Effect.Effect<number>
  }
}

/**
 * Replies in order, or a function of the request and of how many came before it.
 *
 * @category models
 * @since 0.1.0
 */
export type Script = ReadonlyArray<Reply> | ((request: RecordedRequest, index: number) => Reply)

/** One request and its answer. */
interface Exchange {
  readonly request: RecordedRequest
  readonly state: State
  /** The first end counts: an abort after the last byte changes nothing. */
  readonly become: (state: State) => void
}

const isOver = (state: State): boolean => state !== "waiting" && state !== "open"

const decoder = /*#__PURE__*/ new TextDecoder()

const textOf = (request: HttpClientRequest.HttpClientRequest): Effect.Effect<string> => {
  switch (request.body._tag) {
    case "Uint8Array":
      return Effect.succeed(decoder.decode(request.body.body))
    case "Raw":
      return Effect.succeed(typeof request.body.body === "string" ? request.body.body : "")
    case "Stream":
      return Stream.runCollect(Stream.decodeText(request.body.stream)).pipe(
        Effect.map(Chunk.join("")),
        Effect.orElseSucceed(() => "")
      )
    default:
      return Effect.succeed("")
  }
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const record = (request: HttpClientRequest.HttpClientRequest, url: URL): Effect.Effect<RecordedRequest> =>
  Effect.zipWith(Clock.currentTimeMillis, textOf(request), (at, body) => {
    const { authorization, ...headers } = request.headers
    return {
      at,
      method: request.method,
      url: url.toString(),
      headers,
      authorization: authorization === undefined ? undefined : Redacted.make(authorization),
      body,
      json: jsonOf(body)
    }
  })

/** An error as Node's and others' sockets make it: the code is what tells. */
const socketError = (message: string, code: string): Error => Object.assign(new Error(message), { code })

const refusedBy = (request: HttpClientRequest.HttpClientRequest, code: string) =>
  new HttpClientError.RequestError({
    request,
    reason: "Transport",
    cause: new TypeError("fetch failed", { cause: socketError(`connect ${code}`, code) })
  })

/** Statuses that come without a body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

/** Gives the chunks on demand, each after its pause, and then the ending. */
const bodyOf = (
  reply: Answer,
  exchange: Exchange,
  signal: AbortSignal,
  runtime: Runtime.Runtime<never>
): ReadableStream<Uint8Array> => {
  const { chunks, ending } = reply
  const stuck = ending === "stuck"
  let next = 0
  let pause: Fiber.RuntimeFiber<void> | undefined
  let abort: (() => void) | undefined

  const leave = (state: State): void => {
    if (abort !== undefined) signal.removeEventListener("abort", abort)
    if (pause !== undefined) Runtime.runFork(runtime)(Fiber.interrupt(pause))
    exchange.become(state)
  }
  const sleep = async (delay: Duration.Duration): Promise<void> => {
    if (Duration.toMillis(delay) === 0) return
    pause = Runtime.runFork(runtime)(Effect.sleep(delay))
    await Runtime.runPromise(runtime)(Fiber.await(pause))
    pause = undefined
  }
  const ends: Readonly<
    Record<Ending, (controller: ReadableStreamDefaultController<Uint8Array>) => void | Promise<void>>
  > = {
    end: (controller) => {
      leave("read")
      controller.close()
    },
    reset: (controller) => {
      leave("reset")
      controller.error(new TypeError("terminated", { cause: socketError("read ECONNRESET", "ECONNRESET") }))
    },
    stall: () => new Promise(() => {}),
    stuck: () => new Promise(() => {})
  }

  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        abort = () => {
          if (isOver(exchange.state)) return
          leave("aborted")
          // a stuck transport takes note and does nothing
          if (!stuck) controller.error(new DOMException("This operation was aborted", "AbortError"))
        }
        if (signal.aborted) abort()
        else signal.addEventListener("abort", abort)
      },
      pull: async (controller) => {
        const chunk = chunks[next++]
        if (chunk === undefined) return ends[ending](controller)
        await sleep(chunk.delay)
        if (!isOver(exchange.state)) controller.enqueue(chunk.bytes)
        else if (stuck) await new Promise(() => {})
      },
      cancel: () => {
        leave("cancelled")
        return stuck ? new Promise(() => {}) : undefined
      }
    },
    // no reading ahead: what was not asked for was not sent
    { highWaterMark: 0 }
  )
}

/** A `Response` refuses statuses that a broken server can send all the same. */
const responseOf = (reply: Answer, body: ReadableStream<Uint8Array> | null): Response => {
  const possible = reply.status >= 200 && reply.status <= 599
  const response = new Response(body, { status: possible ? reply.status : 200, headers: reply.headers })
  return possible ? response : Object.defineProperty(response, "status", { value: reply.status })
}

const perform = (
  reply: Reply,
  exchange: Exchange,
  request: HttpClientRequest.HttpClientRequest,
  signal: AbortSignal
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
  switch (reply._tag) {
    case "Never":
      return Effect.never
    case "SlowHeaders":
      return Effect.zipRight(
        Effect.sleep(reply.delay),
        Effect.suspend(() => perform(reply.reply, exchange, request, signal))
      )
    case "Refused":
      return Effect.suspend(() => {
        exchange.become("refused")
        return Effect.fail(refusedBy(request, reply.code))
      })
    case "Answer":
      return Effect.map(Effect.runtime<never>(), (runtime) => {
        const empty = bodiless.has(reply.status)
        exchange.become(empty ? "read" : "open")
        const response = responseOf(reply, empty ? null : bodyOf(reply, exchange, signal, runtime))
        return HttpClientResponse.fromWeb(request, response)
      })
  }
}

/**
 * Makes the client and what it records.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { MockHttpClient, Reply } from "effect-friendli/testing"
 *
 * const program = Effect.gen(function* () {
 *   const { client, service } = yield* MockHttpClient.make([Reply.text("hello")])
 *   const response = yield* client.get("http://localhost/greeting")
 *   return [yield* response.text, yield* service.remaining]
 * })
 * Effect.runPromise(program).then(console.log)
 * // => [ 'hello', 0 ]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  script: Script
): Effect.Effect<{ readonly client: HttpClient.HttpClient; readonly service: MockHttpClient.Service }> =>
  Effect.sync(() => {
    const exchanges: Array<Exchange> = []
    const waiting = new Set<() => void>()
    const openCount = (): number => exchanges.filter((exchange) => !isOver(exchange.state)).length
    const settle = (): void => {
      if (openCount() > 0) return
      for (const resume of waiting) resume()
      waiting.clear()
    }

    const begin = (request: RecordedRequest): Exchange => {
      let state: State = "waiting"
      const exchange: Exchange = {
        request,
        get state() {
          return state
        },
        become: (to) => {
          if (isOver(state)) return
          state = to
          settle()
        }
      }
      exchanges.push(exchange)
      return exchange
    }

    const client = HttpClient.make((request, url, signal) =>
      Effect.flatMap(record(request, url), (recorded) => {
        const index = exchanges.length
        const exchange = begin(recorded)
        const reply = typeof script === "function" ? script(recorded, index) : script[index]
        if (reply === undefined) {
          exchange.become("refused")
          const description = `the script of MockHttpClient ran out: ${index} ${index === 1 ? "reply" : "replies"}, and then came request ${index + 1}`
          return Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", description }))
        }
        return Effect.onInterrupt(perform(reply, exchange, request, signal), () =>
          Effect.sync(() => exchange.become("aborted"))
        )
      })
    )

    const service: MockHttpClient.Service = {
      requests: Effect.sync(() => exchanges.map((exchange) => exchange.request)),
      states: Effect.sync(() => exchanges.map((exchange) => exchange.state)),
      closed: Effect.sync(() => exchanges.map((exchange) => isOver(exchange.state))),
      open: Effect.sync(openCount),
      whenClosed: Effect.async<void>((resume) => {
        const done = () => resume(Effect.void)
        waiting.add(done)
        settle()
        return Effect.sync(() => waiting.delete(done))
      }),
      remaining: Effect.sync(() =>
        typeof script === "function" ? Number.POSITIVE_INFINITY : Math.max(0, script.length - exchanges.length)
      )
    }
    return { client, service }
  })

/**
 * The mock as a layer: an `HttpClient`, and the tag to ask what it has seen.
 *
 * **Details**: each reply is given once, in order; a function answers any number of requests. The bodies are web streams read by the
 * platform's own code; pauses run on the `Clock` of the call, so `TestClock` drives them.
 *
 * **Gotchas**: when the script runs out, the request fails with a `RequestError` (in this SDK a `ConnectionError` with phase `"connect"`)
 * that says so. A retry policy repeats it like any failed connection: provide as many replies as the policy has tries, or ask for
 * `Retry.never`.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Container, Tokens } from "effect-friendli"
 * import { MockHttpClient, Reply } from "effect-friendli/testing"
 *
 * // a function of the request
 * const http = MockHttpClient.layer((request) =>
 *   request.url.endsWith("/tokenize") ? Reply.json({ tokens: [128000, 9906] }) : Reply.status(404)
 * )
 * Tokens.tokenize({ prompt: "Hello" }).pipe(
 *   Effect.provide(Container.layer().pipe(Layer.provide(http))),
 *   Effect.runPromise
 * ).then(console.log)
 * // => { tokens: [ 128000, 9906 ] }
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (script: Script): Layer.Layer<HttpClient.HttpClient | MockHttpClient> =>
  Layer.effectContext(
    Effect.map(make(script), ({ client, service }) =>
      Context.make(HttpClient.HttpClient, client).pipe(Context.add(MockHttpClient, service))
    )
  )

/**
 * Every request until now.
 *
 * @example
 * ```ts
 * import { HttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { MockHttpClient, Reply } from "effect-friendli/testing"
 *
 * const program = HttpClient.get("http://localhost/a").pipe(Effect.zipRight(MockHttpClient.requests))
 * Effect.runPromise(Effect.provide(program, MockHttpClient.layer([Reply.status(204)]))).then((requests) => console.log(requests[0]?.url))
 * // => http://localhost/a
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const requests: Effect.Effect<
  ReadonlyArray<RecordedRequest>,
  never,
  MockHttpClient
> = /*#__PURE__*/ Effect.flatMap(MockHttpClient, (mock) => mock.requests)

/**
 * What became of each request.
 *
 * @example
 * ```ts
 * import { HttpClient } from "@effect/platform"
 * import { Effect, Stream } from "effect"
 * import { MockHttpClient, Reply } from "effect-friendli/testing"
 *
 * // a client that leaves after the first chunk
 * const program = HttpClient.get("http://localhost/a").pipe(
 *   Effect.flatMap((response) => Stream.runDrain(Stream.take(response.stream, 1))),
 *   Effect.zipRight(MockHttpClient.states)
 * )
 * const http = MockHttpClient.layer([Reply.text("abc", { cuts: "bytes" })])
 * Effect.runPromise(Effect.provide(program, http)).then(console.log)
 * // => [ 'cancelled' ]
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const states: Effect.Effect<ReadonlyArray<State>, never, MockHttpClient> = /*#__PURE__*/ Effect.flatMap(
  MockHttpClient,
  (mock) => mock.states
)

/**
 * Whether each request is over: its body read, cancelled, aborted or broken.
 *
 * @example
 * ```ts
 * import { HttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { MockHttpClient, Reply } from "effect-friendli/testing"
 *
 * const program = HttpClient.get("http://localhost/a").pipe(Effect.zipRight(MockHttpClient.closed))
 * Effect.runPromise(Effect.provide(program, MockHttpClient.layer([Reply.text("not read")]))).then(console.log)
 * // => [ false ]
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const closed: Effect.Effect<ReadonlyArray<boolean>, never, MockHttpClient> = /*#__PURE__*/ Effect.flatMap(
  MockHttpClient,
  (mock) => mock.closed
)

/**
 * How many requests are not over.
 *
 * @example
 * ```ts
 * import { HttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { MockHttpClient, Reply } from "effect-friendli/testing"
 *
 * const program = HttpClient.get("http://localhost/a").pipe(Effect.zipRight(MockHttpClient.open))
 * Effect.runPromise(Effect.provide(program, MockHttpClient.layer([Reply.text("not read")]))).then(console.log)
 * // => 1
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const open: Effect.Effect<number, never, MockHttpClient> = /*#__PURE__*/ Effect.flatMap(
  MockHttpClient,
  (mock) => mock.open
)

/**
 * Waits until no request is open.
 *
 * **When to use**: after an interruption, a failure or an early end. The SDK lets go of a body without waiting for the transport, so
 * that the body may be closed a moment after the call is over.
 *
 * @example
 * ```ts
 * import { HttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { MockHttpClient, Reply } from "effect-friendli/testing"
 *
 * const program = HttpClient.get("http://localhost/a").pipe(
 *   Effect.flatMap((response) => response.text),
 *   Effect.zipLeft(MockHttpClient.whenClosed)
 * )
 * Effect.runPromise(Effect.provide(program, MockHttpClient.layer([Reply.text("read")]))).then(console.log)
 * // => read
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const whenClosed: Effect.Effect<void, never, MockHttpClient> = /*#__PURE__*/ Effect.flatMap(
  MockHttpClient,
  (mock) => mock.whenClosed
)

/**
 * How many replies of the script are left.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { MockHttpClient, Reply } from "effect-friendli/testing"
 *
 * Effect.runPromise(Effect.provide(MockHttpClient.remaining, MockHttpClient.layer([Reply.status(200)]))).then(console.log)
 * // => 1
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const remaining: Effect.Effect<number, never, MockHttpClient> = /*#__PURE__*/ Effect.flatMap(
  MockHttpClient,
  (mock) => mock.remaining
)
