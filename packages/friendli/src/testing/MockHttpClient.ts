/**
 * An `HttpClient` that answers from a script and records the requests.
 *
 * **When to use**: to test what a program sends, and how it handles failures, retries, timeouts and broken streams,
 * without a socket. For a program that only needs answers, `Layer.mock(Chat.Chat, { … })` is simpler.
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
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { capture, formOf, jsonOf, textOf } from "./internal/bodies.js"
import { type Difference, format } from "./internal/diff.js"
import { differencesOf, type Expected, type RecordedRequest, valueOf } from "./internal/expectations.js"
import { begin, type Course, isOver, serve, type State } from "./internal/serve.js"
import type { Reply } from "./Reply.js"

export type { FormPart } from "./internal/bodies.js"
export type { Difference } from "./internal/diff.js"
export type { Expected, ExpectedFile, RecordedRequest } from "./internal/expectations.js"
export type { State } from "./internal/serve.js"

/**
 * A request differs from the expected one, or is missing. The message has every difference, so a test needs no other
 * matcher.
 *
 * @example
 * ```ts
 * import { HttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { MockHttpClient, Reply } from "effect-friendli/testing"
 *
 * const program = HttpClient.get("http://localhost/a").pipe(
 *   Effect.zipRight(MockHttpClient.expectRequest({ method: "GET", path: "/b" })),
 *   Effect.catchTag("RequestMismatch", (mismatch) => Effect.succeed(mismatch.message))
 * )
 * Effect.runPromise(Effect.provide(program, MockHttpClient.layer([Reply.status(200)]))).then(console.log)
 * // => request 1 of 1 (GET http://localhost/a) is not what was expected (- expected, + sent):
 * // =>   path
 * // =>     - "/b"
 * // =>     + "/a"
 * ```
 * @category errors
 */
export class RequestMismatch extends Data.TaggedError("RequestMismatch")<{
  readonly message: string
  readonly differences: ReadonlyArray<Difference>
}> {}

/**
 * The recorded requests and their states.
 * @category tags
 */
export class MockHttpClient extends Context.Tag("effect-friendli/testing/MockHttpClient")<
  MockHttpClient,
  MockHttpClient.Service
>() {}

export declare namespace MockHttpClient {
  /** The requests that the mock has received, and the state of each. */
  export interface Service {
    /** All requests so far, in order. */
    readonly requests: Effect.Effect<ReadonlyArray<RecordedRequest>>
    /** The state of each request, in the same order. */
    readonly states: Effect.Effect<ReadonlyArray<State>>
    /** Whether each request has ended: its body was read, cancelled, aborted or broken. */
    readonly closed: Effect.Effect<ReadonlyArray<boolean>>
    /** How many requests have not ended. */
    readonly open: Effect.Effect<number>
    /** Waits until all requests have ended. */
    readonly whenClosed: Effect.Effect<void>
    /** How many replies of the script are not used yet; `Infinity` for a function. */
    readonly remaining: Effect.Effect<number>
  }
}

/** Replies in order, or a function of the request and its index. */
export type Script = ReadonlyArray<Reply> | ((request: RecordedRequest, index: number) => Reply)

/**
 * A request was sent after the last reply of the script. The message names the request.
 *
 * **Details**: it is a defect, like a call of a method that a `Layer.mock` leaves out: no policy retries it and no
 * fallback hides it, so that the test ends at once.
 * @category errors
 */
export class ScriptExhausted extends Data.TaggedError("ScriptExhausted")<{ readonly message: string }> {}

/** One request and its progress. */
interface Exchange {
  readonly request: RecordedRequest
  readonly course: Course
}

const nothing = { bytes: /*#__PURE__*/ new Uint8Array(0), contentType: undefined }

const record = (request: HttpClientRequest.HttpClientRequest, url: URL): Effect.Effect<RecordedRequest> =>
  Effect.zipWith(
    Clock.currentTimeMillis,
    // a body that cannot be read was not sent
    Effect.orElseSucceed(capture(request), () => nothing),
    (at, { bytes, contentType }) => {
      const { authorization, ...headers } = request.headers
      const body = textOf(bytes)
      const recorded = {
        at,
        method: request.method,
        url: url.toString(),
        headers,
        authorization: authorization === undefined ? undefined : Redacted.make(authorization),
        body,
        json: jsonOf(body),
        form: formOf(bytes, contentType),
        bytes
      }
      return Object.defineProperty(recorded, "bytes", { enumerable: false })
    }
  )

/**
 * Makes the client and the service that reads its recordings.
 * @category constructors
 */
export const make = (
  script: Script
): Effect.Effect<{ readonly client: HttpClient.HttpClient; readonly service: MockHttpClient.Service }> =>
  Effect.sync(() => {
    const exchanges: Array<Exchange> = []
    const waiting = new Set<() => void>()
    const openCount = (): number => exchanges.filter(({ course }) => !isOver(course.state)).length
    const settle = (): void => {
      if (waiting.size === 0 || openCount() > 0) return
      for (const resume of waiting) resume()
      waiting.clear()
    }

    const client = HttpClient.make((request, url, signal) =>
      Effect.flatMap(record(request, url), (recorded) => {
        const index = exchanges.length
        const course = begin(settle)
        exchanges.push({ request: recorded, course })
        const reply = typeof script === "function" ? script(recorded, index) : script[index]
        if (reply === undefined) {
          course.become("refused")
          const replies = `${index} ${index === 1 ? "reply" : "replies"}`
          const description = `the script of MockHttpClient has ${replies}, but request ${index + 1} was sent: ${recorded.method} ${recorded.url}`
          return Effect.die(new ScriptExhausted({ message: description }))
        }
        return serve(reply, course, request, signal)
      })
    )

    const service: MockHttpClient.Service = {
      requests: Effect.sync(() => exchanges.map((exchange) => exchange.request)),
      states: Effect.sync(() => exchanges.map(({ course }) => course.state)),
      closed: Effect.sync(() => exchanges.map(({ course }) => isOver(course.state))),
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
 * The mock as a layer: an `HttpClient`, and the service with its recordings.
 *
 * **Details**: each reply is used once, in order; a function answers any number of requests. The bodies are web streams
 * that the platform's own code reads. Delays run on the `Clock` of the call, so `TestClock` controls them.
 *
 * **Gotchas**: when no reply is left, the next request dies with a `ScriptExhausted`. A retry policy sends requests
 * again: provide as many replies as attempts, or use `Retry.never`.
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
 * @category layers
 */
export const layer = (script: Script): Layer.Layer<HttpClient.HttpClient | MockHttpClient> =>
  Layer.effectContext(
    Effect.map(make(script), ({ client, service }) =>
      Context.make(HttpClient.HttpClient, client).pipe(Context.add(MockHttpClient, service))
    )
  )

/**
 * All requests so far.
 * @category accessors
 */
export const requests: Effect.Effect<
  ReadonlyArray<RecordedRequest>,
  never,
  MockHttpClient
> = /*#__PURE__*/ Effect.flatMap(MockHttpClient, (mock) => mock.requests)

/**
 * The state of each request.
 *
 * @example
 * ```ts
 * import { HttpClient } from "@effect/platform"
 * import { Effect, Stream } from "effect"
 * import { MockHttpClient, Reply } from "effect-friendli/testing"
 *
 * // a client that disconnects after the first chunk
 * const program = HttpClient.get("http://localhost/a").pipe(
 *   Effect.flatMap((response) => Stream.runDrain(Stream.take(response.stream, 1))),
 *   Effect.zipRight(MockHttpClient.states)
 * )
 * const http = MockHttpClient.layer([Reply.text("abc", { cuts: "bytes" })])
 * Effect.runPromise(Effect.provide(program, http)).then(console.log)
 * // => [ 'cancelled' ]
 * ```
 * @category accessors
 */
export const states: Effect.Effect<ReadonlyArray<State>, never, MockHttpClient> = /*#__PURE__*/ Effect.flatMap(
  MockHttpClient,
  (mock) => mock.states
)

/**
 * Whether each request has ended: its body was read, cancelled, aborted or broken.
 * @category accessors
 */
export const closed: Effect.Effect<ReadonlyArray<boolean>, never, MockHttpClient> = /*#__PURE__*/ Effect.flatMap(
  MockHttpClient,
  (mock) => mock.closed
)

/**
 * How many requests have not ended.
 * @category accessors
 */
export const open: Effect.Effect<number, never, MockHttpClient> = /*#__PURE__*/ Effect.flatMap(
  MockHttpClient,
  (mock) => mock.open
)

/**
 * Waits until all requests have ended.
 *
 * **When to use**: after an interruption, a failure or an early end. The SDK cancels a body without waiting for the
 * transport, so the body may close a moment after the call has ended.
 * @category accessors
 */
export const whenClosed: Effect.Effect<void, never, MockHttpClient> = /*#__PURE__*/ Effect.flatMap(
  MockHttpClient,
  (mock) => mock.whenClosed
)

/**
 * How many replies of the script are not used yet.
 * @category accessors
 */
export const remaining: Effect.Effect<number, never, MockHttpClient> = /*#__PURE__*/ Effect.flatMap(
  MockHttpClient,
  (mock) => mock.remaining
)

/**
 * The last request. Fails if there was none.
 * @category assertions
 */
export const lastRequest: Effect.Effect<RecordedRequest, RequestMismatch, MockHttpClient> =
  /*#__PURE__*/ Effect.flatMap(requests, (all) => {
    const last = all.at(-1)
    return last === undefined ? Effect.fail(missing(0, 0)) : Effect.succeed(last)
  })

/**
 * The body of each request as a value: the JSON, else the parts of the form by name (a file as `{ filename, type, size }`), else
 * the text.
 * @category assertions
 */
export const bodies: Effect.Effect<ReadonlyArray<unknown>, never, MockHttpClient> = /*#__PURE__*/ Effect.map(
  requests,
  (all) => all.map(valueOf)
)

const missing = (count: number, index: number): RequestMismatch =>
  new RequestMismatch({
    message:
      count === 0
        ? "no request was sent"
        : `request ${index + 1} was not sent: there ${count === 1 ? "was" : "were"} ${count}`,
    differences: []
  })

const judge = (
  all: ReadonlyArray<RecordedRequest>,
  index: number,
  expected: Expected
): Effect.Effect<RecordedRequest, RequestMismatch> => {
  const sent = all.at(index)
  if (sent === undefined) return Effect.fail(missing(all.length, index))
  const differences = differencesOf(sent, expected)
  if (differences.length === 0) return Effect.succeed(sent)
  const place = `request ${(index < 0 ? all.length + index : index) + 1} of ${all.length} (${sent.method} ${sent.url})`
  const message = `${place} is not what was expected (- expected, + sent):\n${format(differences)}`
  return Effect.fail(new RequestMismatch({ message, differences }))
}

/**
 * Checks a request and returns it: the last one, or the one at `index` (0 is the first).
 *
 * **When to use**: to check what a program sends. It fails with the differences in its message, which every test runner
 * shows.
 *
 * **Details**: properties that are left out are not checked. `json` is the whole body, `fields` a part of it. A form
 * needs all its parts; a file any of `filename`, `type`, `size` and `content`. Neither the message nor `differences`
 * contains the token.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Audio, Serverless } from "effect-friendli"
 * import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
 *
 * const program = Effect.gen(function* () {
 *   yield* Audio.transcribe({ file: new File(["RIFF"], "a.wav", { type: "audio/wav" }), language: "en" })
 *   const sent = yield* MockHttpClient.expectRequest({
 *     path: "/serverless/v1/audio/transcriptions",
 *     token: "flp_example",
 *     form: { model: "m", file: { filename: "a.wav", type: "audio/wav", content: "RIFF" }, language: "en" }
 *   })
 *   console.log(sent.method)
 * })
 *
 * const http = MockHttpClient.layer([Reply.json(Wire.transcription("Hello."))])
 * const friendli = Serverless.layer({ token: "flp_example", model: "m" }).pipe(Layer.provideMerge(http))
 * Effect.runPromise(Effect.provide(program, friendli))
 * // => POST
 * ```
 * @category assertions
 */
export const expectRequest = (
  expected: Expected,
  options?: { readonly index?: number | undefined }
): Effect.Effect<RecordedRequest, RequestMismatch, MockHttpClient> =>
  Effect.flatMap(requests, (all) => judge(all, options?.index ?? -1, expected))

/**
 * Checks that exactly these requests were sent, in this order.
 * @category assertions
 */
export const expectRequests = (
  expected: ReadonlyArray<Expected>
): Effect.Effect<ReadonlyArray<RecordedRequest>, RequestMismatch, MockHttpClient> =>
  Effect.flatMap(requests, (all) =>
    Effect.zipRight(
      Effect.forEach(expected, (each, index) => judge(all, index, each)),
      all.length > expected.length
        ? Effect.fail(
            new RequestMismatch({
              message: `${expected.length} ${expected.length === 1 ? "request was" : "requests were"} expected, and ${all.length} were sent; the first extra request is ${all[expected.length]!.method} ${all[expected.length]!.url}`,
              differences: []
            })
          )
        : Effect.succeed(all)
    )
  )
