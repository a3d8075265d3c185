/**
 * Records what a real `HttpClient` exchanged, and answers from the recording.
 *
 * **When to use**: for tests that need the answers of the real service, without its price, its moods and the network: record once, commit
 * the file, replay everywhere.
 *
 * **Details**: a cassette is JSON for people to read and compare: fields in order, bodies as JSON or text, base64 only for bytes that are
 * no text. Of headers only those that are listed are kept, and never those that hold secrets (`authorization`, `cookie`, `x-api-key`, …);
 * what such a header holds is blotted out of URLs and bodies too. Files that were uploaded are kept as their name, type, size and SHA-256.
 * Streams keep their chunks and the milliseconds between them.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer, Ref } from "effect"
 * import { Serverless, Tokens } from "effect-friendli"
 * import { Cassette } from "effect-friendli/testing"
 *
 * const call = Tokens.tokenize({ model: "meta-llama-3.1-8b-instruct", prompt: "Hello!" })
 *
 * const program = Effect.gen(function* () {
 *   const tape = yield* Ref.make(Cassette.empty)
 *   const recording = Cassette.record(tape).pipe(Layer.provide(FetchHttpClient.layer))
 *   const real = yield* Effect.provide(call, Serverless.layerConfig().pipe(Layer.provide(recording)))
 *
 *   // and now without a network
 *   const replaying = Cassette.replay(yield* Ref.get(tape))
 *   const again = yield* Effect.provide(call, Serverless.layerConfig().pipe(Layer.provide(replaying)))
 *   console.log(real.tokens.length, again.tokens.length)
 * })
 * Effect.runPromise(program)
 * // => 3 3
 * ```
 *
 * @since 0.1.0
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type * as ParseResult from "effect/ParseResult"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type Captured, capture } from "./internal/bodies.js"
import { compare, format as formatDifferences } from "./internal/diff.js"
import { begin, isBodiless, responseOf, serve } from "./internal/serve.js"
import * as tape from "./internal/tape.js"
import type { Difference } from "./MockHttpClient.js"
import * as Reply from "./Reply.js"

// ---------------------------------------------------------------------------
// what a cassette holds
// ---------------------------------------------------------------------------

const Headers = Schema.Record({ key: Schema.String, value: Schema.String })
const Milliseconds = Schema.Number.pipe(Schema.finite(), Schema.nonNegative())
const Names = Schema.Array(Schema.String)

/**
 * The body of a recorded request: JSON, a form by the names of its parts, text, or the hash of what is none of these.
 *
 * @category models
 * @since 0.1.0
 */
export type RequestBody =
  | { readonly json: unknown }
  | { readonly form: { readonly [name: string]: unknown } }
  | { readonly text: string }
  | { readonly sha256: string; readonly size: number }

/**
 * A recorded request.
 *
 * @category models
 * @since 0.1.0
 */
export interface TapeRequest {
  readonly method: string
  /** Without credentials and fragment, and with those query parameters alone that are listed. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: RequestBody | undefined
}

/**
 * A piece of a recorded body, and the milliseconds between it and the one before (the first: since the head).
 *
 * @category models
 * @since 0.1.0
 */
export type Piece =
  | { readonly after: number; readonly json: unknown }
  | { readonly after: number; readonly text: string }
  | { readonly after: number; readonly base64: string }

/**
 * A request and its answer, or what kept one from coming.
 *
 * @category models
 * @since 0.1.0
 */
export interface TapeExchange {
  readonly request: TapeRequest
  readonly outcome:
    | {
        readonly status: number
        readonly headers: Readonly<Record<string, string>>
        /** Milliseconds until the head. */
        readonly wait: number
        readonly body: ReadonlyArray<Piece>
        /** `"end"`; `"reset"` where the connection broke; `"left"` where the client went before the end. The last two break when they are replayed. */
        readonly ending: "end" | "reset" | "left"
      }
    | {
        /** The connection failed: the code of the socket's error, where it had one. */
        readonly failure: string
        readonly wait: number
      }
}

/**
 * What is kept of exchanges, and what is blotted out. It is part of the cassette, since a request is compared in the form in which it
 * would have been recorded.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rules {
  readonly requestHeaders: ReadonlyArray<string>
  readonly responseHeaders: ReadonlyArray<string>
  readonly query: ReadonlyArray<string>
  readonly redactRequest: ReadonlyArray<string>
  readonly redactResponse: ReadonlyArray<string>
}

/**
 * Everything that was recorded.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tape {
  readonly version: 1
  readonly rules: Rules
  readonly exchanges: ReadonlyArray<TapeExchange>
}

/**
 * The schema of a cassette's JSON.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Cassette } from "effect-friendli/testing"
 *
 * console.log(Schema.is(Cassette.Tape)(Cassette.empty), Schema.is(Cassette.Tape)({ version: 2 }))
 * // => true false
 * ```
 *
 * @category schemas
 * @since 0.1.0
 */
export const Tape: Schema.Schema<Tape> = /*#__PURE__*/ Schema.Struct({
  version: Schema.Literal(1),
  rules: Schema.Struct({
    requestHeaders: Names,
    responseHeaders: Names,
    query: Names,
    redactRequest: Names,
    redactResponse: Names
  }),
  exchanges: Schema.Array(
    Schema.Struct({
      request: Schema.Struct({
        method: Schema.String,
        url: Schema.String,
        headers: Headers,
        body: Schema.optional(
          Schema.Union(
            Schema.Struct({ form: Schema.Record({ key: Schema.String, value: Schema.Unknown }) }),
            Schema.Struct({ text: Schema.String }),
            Schema.Struct({ sha256: Schema.String, size: Schema.Number }),
            // to a schema an unknown field may be absent: it comes last
            Schema.Struct({ json: Schema.Unknown })
          )
        )
      }),
      outcome: Schema.Union(
        Schema.Struct({
          status: Schema.Number,
          headers: Headers,
          wait: Milliseconds,
          body: Schema.Array(
            Schema.Union(
              Schema.Struct({ after: Milliseconds, text: Schema.String }),
              Schema.Struct({ after: Milliseconds, base64: Schema.String }),
              Schema.Struct({ after: Milliseconds, json: Schema.Unknown })
            )
          ),
          ending: Schema.Literal("end", "reset", "left")
        }),
        Schema.Struct({ failure: Schema.String, wait: Milliseconds })
      )
    })
  )
}).annotations({ identifier: "Tape" })

const standard: Rules = {
  requestHeaders: ["accept", "content-type"],
  responseHeaders: ["content-type", "retry-after", "retry-after-ms"],
  query: [],
  redactRequest: [],
  redactResponse: []
}

/**
 * A cassette with nothing on it.
 *
 * @example
 * ```ts
 * import { Cassette } from "effect-friendli/testing"
 *
 * console.log(Cassette.empty.rules.requestHeaders, Cassette.empty.rules.responseHeaders)
 * // => [ 'accept', 'content-type' ] [ 'content-type', 'retry-after', 'retry-after-ms' ]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const empty: Tape = { version: 1, rules: standard, exchanges: [] }

/**
 * The text of a cassette's file: JSON with its fields in order, so that two recordings can be compared line by line.
 *
 * @example
 * ```ts
 * import { Cassette } from "effect-friendli/testing"
 *
 * console.log(Cassette.format(Cassette.empty).split("\n")[1])
 * // =>   "exchanges": [],
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const format = (recorded: Tape): string => `${JSON.stringify(tape.sorted(recorded), null, 2)}\n`

/**
 * A file is no cassette.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import { Cassette } from "effect-friendli/testing"
 *
 * const read = Cassette.parse("{}")
 * console.log(Either.isLeft(read) && read.left._tag)
 * // => CassetteUnreadable
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class CassetteUnreadable extends Data.TaggedError("CassetteUnreadable")<{ readonly message: string }> {}

const decodeText = (text: string): Either.Either<Tape, ParseResult.ParseError> =>
  Schema.decodeUnknownEither(Schema.parseJson(Tape))(text)

/**
 * Reads the text of a cassette's file.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import { Cassette } from "effect-friendli/testing"
 *
 * console.log(Either.getOrThrow(Cassette.parse(Cassette.format(Cassette.empty))).exchanges)
 * // => []
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const parse = (text: string): Either.Either<Tape, CassetteUnreadable> =>
  Either.mapLeft(
    decodeText(text),
    (error) => new CassetteUnreadable({ message: `this is no cassette: ${error.message}` })
  )

// ---------------------------------------------------------------------------
// recording
// ---------------------------------------------------------------------------

/**
 * What is recorded of an exchange.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecordOptions {
  /** The request headers that are kept. Default: `accept`, `content-type`. Headers that hold secrets are not kept even so. */
  readonly requestHeaders?: ReadonlyArray<string> | undefined
  /** The response headers that are kept. Default: `content-type`, `retry-after`, `retry-after-ms`. */
  readonly responseHeaders?: ReadonlyArray<string> | undefined
  /** The query parameters that are kept. Default: none. */
  readonly query?: ReadonlyArray<string> | undefined
  /**
   * Fields of bodies whose values become `<redacted>`, as `messages.*.content` (`*` is any field or index): of JSON and of forms; of
   * responses also in each event of a stream. Text that is no JSON has no fields.
   */
  readonly redact?:
    | {
        readonly request?: ReadonlyArray<string> | undefined
        readonly response?: ReadonlyArray<string> | undefined
      }
    | undefined
  /** Whether waits are kept. Default true; false gives recordings that change only when answers do. */
  readonly timing?: boolean | undefined
}

interface Recording {
  readonly request: TapeRequest
  outcome: (() => TapeExchange["outcome"]) | undefined
  open: boolean
}

const codeOf = (error: unknown): string => {
  for (let at = error, depth = 0; typeof at === "object" && at !== null && depth < 5; depth++) {
    const level = at as { readonly code?: unknown; readonly cause?: unknown }
    if (typeof level.code === "string") return level.code
    at = level.cause
  }
  return "UNKNOWN"
}

const unreadable = (request: HttpClientRequest.HttpClientRequest) => (cause: unknown) =>
  new HttpClientError.RequestError({ request, reason: "Encode", cause, description: "the body can not be read" })

const makeRecorder = (
  upstream: HttpClient.HttpClient,
  rules: Rules,
  timing: boolean,
  changed: (snapshot: () => Tape) => void
) => {
  const recordings: Array<Recording> = []

  const snapshot = (): Tape => ({
    version: 1,
    rules,
    exchanges: recordings.flatMap(({ outcome, request }) =>
      outcome === undefined ? [] : [{ request, outcome: outcome() }]
    )
  })

  const perform = (
    { request }: Captured,
    recording: Recording,
    signal: AbortSignal
  ): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const runtime = yield* Effect.runtime<never>()
      const now = (): number => (timing ? clock.unsafeCurrentTimeMillis() : 0)
      const began = now()
      const response = yield* upstream.execute(request).pipe(
        // the span of the recorder is the call's; one is enough
        Effect.withTracerEnabled(false),
        Effect.tapErrorTag("RequestError", (error) =>
          Effect.sync(() => {
            const failure = codeOf(error)
            const wait = now() - began
            recording.outcome = () => ({ failure, wait })
            changed(snapshot)
          })
        )
      )
      const headAt = now()
      const { headers, status } = response
      const secrets = tape.secretsOf(request.headers)
      const arrivals: Array<tape.Arrival> = []
      let ending: "end" | "reset" | "left" = isBodiless(status) ? "end" : "left"
      recording.open = ending === "left"
      recording.outcome = () => ({
        status,
        headers: tape.keptHeaders(headers, rules.responseHeaders, secrets),
        wait: headAt - began,
        body: tape.piecesOf(arrivals, headers["content-type"], ending === "end", rules, secrets),
        ending
      })

      const aborted = yield* Deferred.make<never, unknown>()
      const abort = (): void =>
        Deferred.unsafeDone(aborted, Effect.fail(new DOMException("This operation was aborted", "AbortError")))
      signal.addEventListener("abort", abort)
      if (signal.aborted) abort()

      const body = response.stream.pipe(
        Stream.catchAll((error) => (error.reason === "EmptyBody" ? Stream.empty : Stream.fail(error.cause ?? error))),
        Stream.tap((bytes) =>
          Effect.sync(() => {
            if (bytes.length > 0) arrivals.push({ at: now() - headAt, bytes: Uint8Array.from(bytes) })
          })
        ),
        Stream.interruptWhenDeferred(aborted),
        Stream.ensuringWith((exit) =>
          Effect.sync(() => {
            signal.removeEventListener("abort", abort)
            if (Exit.isSuccess(exit)) ending = "end"
            else if (!Exit.isInterrupted(exit) && !signal.aborted) ending = "reset"
            recording.open = false
            changed(snapshot)
          })
        )
      )
      const whole = responseOf({ status, headers }, () =>
        Stream.toReadableStreamRuntime(body, runtime, { strategy: { highWaterMark: 0 } })
      )
      changed(snapshot)
      return HttpClientResponse.fromWeb(request, whole)
    })

  const client = HttpClient.make((request, url, signal) =>
    Effect.flatMap(Effect.mapError(capture(request), unreadable(request)), (captured) =>
      Effect.flatMap(tape.describe(captured, url, rules), (described) => {
        const recording: Recording = { request: described, outcome: undefined, open: false }
        recordings.push(recording)
        return perform(captured, recording, signal)
      })
    )
  )

  return { client, snapshot, isOpen: () => recordings.some((recording) => recording.open) }
}

const rulesOf = (options: RecordOptions | undefined): Rules => ({
  requestHeaders: options?.requestHeaders ?? standard.requestHeaders,
  responseHeaders: options?.responseHeaders ?? standard.responseHeaders,
  query: options?.query ?? standard.query,
  redactRequest: options?.redact?.request ?? standard.redactRequest,
  redactResponse: options?.redact?.response ?? standard.redactResponse
})

/** Whoever stops at `[DONE]` leaves the last bytes on their way; they come in real time, whatever clock the test has. */
const settled = (isOpen: () => boolean): Effect.Effect<void> =>
  Effect.sync(isOpen).pipe(
    Effect.repeat({ while: (open) => open, schedule: Schedule.spaced("10 millis").pipe(Schedule.upTo("1 second")) }),
    Effect.withClock(Clock.make()),
    Effect.asVoid
  )

const folderOf = (file: string): string | undefined => /^(.*[^/\\])[/\\]+[^/\\]*$/.exec(file)?.[1]

/**
 * An `HttpClient` that passes everything on to the real one, and records it: to a file, which is written when the layer is closed, or to a
 * `Ref`.
 *
 * **Details**: the file is replaced, and folders on the way to it are made. Exchanges stand in the order in which requests were sent. A
 * request that was interrupted before its answer is not recorded.
 *
 * **Gotchas**: prompts and answers are kept unless `redact` names them. A field that is redacted in an answer has to be text, or the answer
 * will not decode. A client that fails by status (`HttpClient.filterStatusOk`) belongs around this one, not under it.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer, Ref } from "effect"
 * import { Serverless, Tokens } from "effect-friendli"
 * import { Cassette } from "effect-friendli/testing"
 *
 * const program = Effect.gen(function* () {
 *   const tape = yield* Ref.make(Cassette.empty)
 *   const http = Cassette.record(tape, { redact: { request: ["prompt"] } }).pipe(Layer.provide(FetchHttpClient.layer))
 *   yield* Tokens.tokenize({ model: "meta-llama-3.1-8b-instruct", prompt: "a secret" }).pipe(
 *     Effect.provide(Serverless.layerConfig().pipe(Layer.provide(http)))
 *   )
 *   const { exchanges } = yield* Ref.get(tape)
 *   console.log(exchanges[0]?.request.body)
 * })
 * Effect.runPromise(program)
 * // => { json: { model: 'meta-llama-3.1-8b-instruct', prompt: '<redacted>' } }
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const record: {
  (
    file: string,
    options?: RecordOptions
  ): Layer.Layer<HttpClient.HttpClient, PlatformError, HttpClient.HttpClient | FileSystem.FileSystem>
  (ref: Ref.Ref<Tape>, options?: RecordOptions): Layer.Layer<HttpClient.HttpClient, never, HttpClient.HttpClient>
} = ((target: string | Ref.Ref<Tape>, options?: RecordOptions) => {
  const rules = rulesOf(options)
  const timing = options?.timing ?? true
  if (typeof target !== "string") {
    return Layer.scoped(
      HttpClient.HttpClient,
      Effect.flatMap(HttpClient.HttpClient, (upstream) => {
        const recorder = makeRecorder(upstream, rules, timing, (snapshot) =>
          Effect.runSync(Ref.set(target, snapshot()))
        )
        return Effect.as(
          Effect.addFinalizer(() => settled(recorder.isOpen)),
          recorder.client
        )
      })
    )
  }
  return Layer.scoped(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const upstream = yield* HttpClient.HttpClient
      const files = yield* FileSystem.FileSystem
      const folder = folderOf(target)
      if (folder !== undefined) yield* files.makeDirectory(folder, { recursive: true })
      // better now than after a recording that was paid for
      yield* Effect.scoped(files.open(target, { flag: "a" }))
      const recorder = makeRecorder(upstream, rules, timing, () => {})
      yield* Effect.addFinalizer(() =>
        Effect.zipRight(
          settled(recorder.isOpen),
          Effect.orDie(Effect.suspend(() => files.writeFileString(target, format(recorder.snapshot()))))
        )
      )
      return recorder.client
    })
  )
}) as never

// ---------------------------------------------------------------------------
// replaying
// ---------------------------------------------------------------------------

/**
 * How a cassette is replayed.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReplayOptions {
  /** `"none"`: everything comes at once. `"recorded"`: with the recorded waits, on the `Clock` of the call. Default `"none"`. */
  readonly timing?: "none" | "recorded" | undefined
  /**
   * In what a request must be as recorded. `"path"` is the URL without its origin, for recordings of another host. Default: `method`, `url`,
   * `body`.
   */
  readonly match?: ReadonlyArray<"method" | "url" | "path" | "headers" | "body"> | undefined
  /** Whether the last exchange of its kind is given again when it is asked for more often than it was recorded. Default false. */
  readonly reuse?: boolean | undefined
}

/**
 * A request has no exchange on the cassette. The message tells its differences from the nearest one.
 *
 * **Details**: an `HttpClient` fails with a `RequestError` whose `cause` this is; the SDK makes a `ConnectionError` of that, with the
 * request's text blotted out. `Cassette.mismatches` has it whole.
 *
 * @example
 * ```ts
 * import { HttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Cassette } from "effect-friendli/testing"
 *
 * const program = HttpClient.get("http://localhost/a").pipe(
 *   Effect.catchTag("RequestError", (error) => Effect.succeed(error.cause instanceof Cassette.CassetteMismatch))
 * )
 * Effect.runPromise(Effect.provide(program, Cassette.replay(Cassette.empty))).then(console.log)
 * // => true
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class CassetteMismatch extends Data.TaggedError("CassetteMismatch")<{
  readonly message: string
  readonly request: TapeRequest
  /** Of the nearest exchange that is left; empty where none is, or where all of this kind are used. */
  readonly differences: ReadonlyArray<Difference>
}> {}

/**
 * What became of a replay.
 *
 * @category tags
 * @since 0.1.0
 */
export class Replay extends Context.Tag("effect-friendli/testing/Cassette/Replay")<Replay, Replay.Service>() {}

/**
 * @since 0.1.0
 */
export declare namespace Replay {
  /**
   * @category models
   * @since 0.1.0
   */
  export interface Service {
    /** The exchanges that no request has asked for yet. */
    readonly unused: Effect.Effect<ReadonlyArray<TapeExchange>>
    /** The requests that no exchange was found for. */
    readonly mismatches: Effect.Effect<ReadonlyArray<CassetteMismatch>>
  }
}

type Match = NonNullable<ReplayOptions["match"]>[number]

const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url, "http://localhost")
  return pathname + search
}

const differencesOf = (
  recorded: TapeRequest,
  actual: TapeRequest,
  match: ReadonlyArray<Match>
): ReadonlyArray<Difference> =>
  match.flatMap((part) =>
    part === "path"
      ? compare(part, pathOf(recorded.url), pathOf(actual.url), false)
      : compare(part, recorded[part], actual[part], false)
  )

const encoder = /*#__PURE__*/ new TextEncoder()

const bytesOf = (piece: Piece): Uint8Array<ArrayBuffer> => {
  if ("json" in piece) return encoder.encode(JSON.stringify(piece.json))
  if ("text" in piece) return encoder.encode(piece.text)
  return Uint8Array.from(Either.getOrElse(Encoding.decodeBase64(piece.base64), () => new Uint8Array(0)))
}

const replyOf = ({ outcome }: TapeExchange, timing: boolean): Reply.Reply => {
  const wait = (millis: number): Duration.Duration => Duration.millis(timing ? millis : 0)
  const reply: Reply.Reply =
    "failure" in outcome
      ? Reply.refused(outcome.failure)
      : {
          _tag: "Answer",
          status: outcome.status,
          headers: outcome.headers,
          chunks: outcome.body.map((piece) => ({ bytes: bytesOf(piece), delay: wait(piece.after) })),
          ending: outcome.ending === "end" ? "end" : "reset"
        }
  return timing && outcome.wait > 0 ? Reply.slowHeaders(wait(outcome.wait), reply) : reply
}

/** Another address is further away than another body. */
const distance = (differences: ReadonlyArray<Difference>): number =>
  differences.reduce((sum, { path }) => sum + (path === "url" || path === "path" || path === "method" ? 100 : 1), 0)

const makePlayer = (recorded: Tape, options: ReplayOptions | undefined) => {
  const match = options?.match ?? ["method", "url", "body"]
  const reuse = options?.reuse ?? false
  const timing = options?.timing === "recorded"
  const used = new Set<TapeExchange>()
  const mismatches: Array<CassetteMismatch> = []

  const mismatch = (request: TapeRequest, same: number): CassetteMismatch => {
    const left = recorded.exchanges.filter((exchange) => !used.has(exchange))
    const [nearest] = left
      .map((exchange) => ({ exchange, differences: differencesOf(exchange.request, request, match) }))
      .sort((one, other) => distance(one.differences) - distance(other.differences))
    const asked = `${request.method} ${request.url}`
    if (same > 0 || nearest === undefined) {
      const why =
        same > 0
          ? `was recorded ${same === 1 ? "once" : `${same} times`}, and this is one more (the option reuse allows it)`
          : recorded.exchanges.length === 0
            ? "is not on the cassette, which is empty"
            : "is not on the cassette, or all its exchanges are used"
      return new CassetteMismatch({ message: `${asked} ${why}`, request, differences: [] })
    }
    const { differences, exchange } = nearest
    const place = `exchange ${recorded.exchanges.indexOf(exchange) + 1} of ${recorded.exchanges.length}`
    return new CassetteMismatch({
      message: `${asked} is not on the cassette; the nearest is ${place} (- recorded, + asked):\n${formatDifferences(differences)}`,
      request,
      differences
    })
  }

  const find = (request: TapeRequest): Either.Either<TapeExchange, CassetteMismatch> => {
    const same = recorded.exchanges.filter((each) => differencesOf(each.request, request, match).length === 0)
    const next = same.find((exchange) => !used.has(exchange)) ?? (reuse ? same.at(-1) : undefined)
    if (next !== undefined) {
      used.add(next)
      return Either.right(next)
    }
    const failure = mismatch(request, same.length)
    mismatches.push(failure)
    return Either.left(failure)
  }

  const client = HttpClient.make((request, url, signal) =>
    Effect.mapError(capture(request), unreadable(request)).pipe(
      Effect.flatMap((captured) => tape.describe(captured, url, recorded.rules)),
      Effect.flatMap((described) =>
        Either.match(find(described), {
          onLeft: (cause) =>
            Effect.fail(
              new HttpClientError.RequestError({ request, reason: "Transport", cause, description: cause.message })
            ),
          onRight: (exchange) =>
            serve(
              replyOf(exchange, timing),
              begin(() => {}),
              request,
              signal
            )
        })
      )
    )
  )

  const service: Replay.Service = {
    unused: Effect.sync(() => recorded.exchanges.filter((exchange) => !used.has(exchange))),
    mismatches: Effect.sync(() => [...mismatches])
  }
  return Context.make(HttpClient.HttpClient, client).pipe(Context.add(Replay, service))
}

/**
 * An `HttpClient` that answers from a cassette: a file, or a `Tape`. No network.
 *
 * **Details**: each exchange is given once, and those of equal requests in the order in which they were recorded. JSON is given with its
 * fields in order, everything else byte for byte and chunk by chunk. A request that was not recorded fails with a `CassetteMismatch` as
 * its cause, which tells what is different from the nearest one.
 *
 * **Gotchas**: to the SDK a mismatch is a connection that failed, so that its policy tries again. Where that is in the way, call with
 * `Retry.never`; what was wrong is in `Cassette.mismatches`.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Container, Tokens } from "effect-friendli"
 * import { Cassette } from "effect-friendli/testing"
 *
 * const tape: Cassette.Tape = {
 *   ...Cassette.empty,
 *   exchanges: [
 *     {
 *       request: { method: "POST", url: "http://localhost:8000/v1/tokenize", headers: {}, body: { json: { prompt: "Hello" } } },
 *       outcome: { status: 200, headers: {}, wait: 12, body: [{ after: 1, json: { tokens: [9906] } }], ending: "end" }
 *     }
 *   ]
 * }
 * const program = Effect.gen(function* () {
 *   console.log(yield* Tokens.tokenize({ prompt: "Hello" }))
 *   console.log((yield* Cassette.unused).length)
 * })
 * Effect.runPromise(Effect.provide(program, Container.layer().pipe(Layer.provideMerge(Cassette.replay(tape)))))
 * // => { tokens: [ 9906 ] }
 * // => 0
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const replay: {
  (
    file: string,
    options?: ReplayOptions
  ): Layer.Layer<HttpClient.HttpClient | Replay, PlatformError | CassetteUnreadable, FileSystem.FileSystem>
  (recorded: Tape, options?: ReplayOptions): Layer.Layer<HttpClient.HttpClient | Replay>
} = ((source: string | Tape, options?: ReplayOptions) =>
  Layer.effectContext(
    typeof source === "string"
      ? Effect.flatMap(FileSystem.FileSystem, (files) => files.readFileString(source)).pipe(
          Effect.flatMap(parse),
          Effect.map((recorded) => makePlayer(recorded, options))
        )
      : Effect.sync(() => makePlayer(source, options))
  )) as never

/**
 * The exchanges that no request has asked for yet: a test that expects none finds calls that its program no longer makes.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Cassette } from "effect-friendli/testing"
 *
 * Effect.runPromise(Effect.provide(Cassette.unused, Cassette.replay(Cassette.empty))).then(console.log)
 * // => []
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const unused: Effect.Effect<ReadonlyArray<TapeExchange>, never, Replay> = /*#__PURE__*/ Effect.flatMap(
  Replay,
  (player) => player.unused
)

/**
 * The requests that no exchange was found for, each with its differences from the nearest.
 *
 * @example
 * ```ts
 * import { HttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Cassette } from "effect-friendli/testing"
 *
 * const program = HttpClient.get("http://localhost/a").pipe(
 *   Effect.ignore,
 *   Effect.zipRight(Cassette.mismatches),
 *   Effect.map((all) => all.map((mismatch) => mismatch.message))
 * )
 * Effect.runPromise(Effect.provide(program, Cassette.replay(Cassette.empty))).then(console.log)
 * // => [ 'GET http://localhost/a is not on the cassette, which is empty' ]
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const mismatches: Effect.Effect<ReadonlyArray<CassetteMismatch>, never, Replay> = /*#__PURE__*/ Effect.flatMap(
  Replay,
  (player) => player.mismatches
)
