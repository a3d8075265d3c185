/**
 * Records what a real `HttpClient` exchanged, and answers from the recording.
 *
 * **When to use**: for tests that need the answers of the real service, without its price, its moods and the network: record once, commit
 * the file, replay everywhere.
 *
 * **Details**: a cassette is JSON for people to read and compare: first what was asked and then what was answered, the fields of bodies
 * sorted, one chunk of a stream a line, long text line by line, base64 only for bytes that are no text. Of headers only those that are listed
 * are kept, and never those that hold secrets (`authorization`, `cookie`, `x-api-key`, …). What such headers, cookies, the password in a
 * URL and parameters like `key` or `token` hold is redacted in URLs and bodies too, as are uncommon values of other headers that are not kept;
 * the option `secrets` names more. Files that were
 * uploaded are kept as their name, type, size and SHA-256. Streams keep their chunks and the milliseconds between them.
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
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { withCookies } from "../internal/secrets.js"
import { formatPath } from "../internal/issues.js"
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
 * @category models
 */
export type RequestBody =
  | { readonly json: unknown }
  | { readonly form: { readonly [name: string]: unknown } }
  | { readonly text: string }
  | { readonly sha256: string; readonly size: number }

/**
 * A recorded request.
 * @category models
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
 * @category models
 */
export type Piece =
  | { readonly after: number; readonly json: unknown }
  | { readonly after: number; readonly text: string }
  | { readonly after: number; readonly base64: string }

/**
 * A request and its answer, or what kept one from coming.
 * @category models
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
        /**
         * `"end"`; `"reset"` where the connection broke; `"left"` where the client went before the end. The last two break when they are
         * replayed; with recorded timing, what was left stands still, so that the client goes again.
         */
        readonly ending: "end" | "reset" | "left"
      }
    | {
        /** The client went before there was an answer. Replayed with recorded timing alone: no answer comes. */
        readonly ending: "unanswered"
        readonly wait: number
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
 * @category models
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
 * @category models
 */
export interface Tape {
  readonly version: 1
  readonly rules: Rules
  readonly exchanges: ReadonlyArray<TapeExchange>
}

/** To a schema an unknown field may be absent. */
const Json = /*#__PURE__*/ Schema.Unknown.pipe(
  Schema.filter((value): boolean => value !== undefined, { message: () => "is missing" })
)

const Base64 = /*#__PURE__*/ Schema.String.pipe(
  Schema.filter((text) => Either.isRight(Encoding.decodeBase64(text)), { message: () => "Expected base64" })
)

const Line: Schema.Schema<tape.FileLine> = /*#__PURE__*/ Schema.Union(Schema.String, Schema.Struct({ data: Json }))

/** Of several lines, a file has a list. */
const Text = /*#__PURE__*/ Schema.transform(Schema.Union(Line, Schema.Array(Line)), Schema.String, {
  strict: true,
  decode: (text) =>
    (Array.isArray as (value: unknown) => value is ReadonlyArray<tape.FileLine>)(text)
      ? text.map(tape.ofLine).join("")
      : tape.ofLine(text),
  encode: (text) => text
})

/**
 * The schema of a cassette's JSON: of a `Tape` from what is in a file.
 * @category schemas
 */
export const Tape: Schema.Schema<Tape, unknown> = /*#__PURE__*/ Schema.compose(
  Schema.Unknown,
  /*#__PURE__*/ Schema.Struct({
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
              Schema.Struct({ text: Text }),
              Schema.Struct({ sha256: Schema.String, size: Schema.Number }),
              Schema.Struct({ json: Json })
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
                Schema.Struct({ after: Milliseconds, text: Text }),
                Schema.Struct({ after: Milliseconds, base64: Base64 }),
                Schema.Struct({ after: Milliseconds, json: Json })
              )
            ),
            ending: Schema.Literal("end", "reset", "left")
          }),
          Schema.Struct({ failure: Schema.String, wait: Milliseconds }),
          Schema.Struct({ ending: Schema.Literal("unanswered"), wait: Milliseconds })
        )
      })
    )
  }),
  { strict: false }
).annotations({ identifier: "Tape" })

const standard: Rules = {
  requestHeaders: ["accept", "content-type"],
  responseHeaders: ["content-type", "retry-after", "retry-after-ms"],
  query: [],
  redactRequest: [],
  redactResponse: []
}

/**
 * A cassette with nothing on it.
 * @category constructors
 */
export const empty: Tape = { version: 1, rules: standard, exchanges: [] }

/**
 * The text of a cassette's file, made to be compared line by line: JSON in a fixed order, the fields of bodies sorted, one piece of a body a
 * line.
 *
 * **Details**: text of several lines is a list of its lines, and events with JSON are written as `{ "data": … }`, no quotes escaped; numbers in
 * a row (tokens, vectors) share a line. `parse` gives back the same tape.
 * @category conversions
 */
export const format = (recorded: Tape): string => tape.textOfTape(recorded)

/**
 * There is no cassette to replay: the file is missing, is no cassette, or is one of another format.
 *
 * **Details**: `reason` is `"missing"`, `"corrupt"` (no JSON, cut short, or with fields of other types: the message says which) or `"version"`
 * (written in another format). The message names the file and says what to do.
 * @category errors
 */
export class CassetteUnreadable extends Data.TaggedError("CassetteUnreadable")<{
  readonly message: string
  readonly reason: "missing" | "corrupt" | "version"
  /** Where it was looked for, when it was in a file. */
  readonly file?: string | undefined
}> {}

const decodeTape = /*#__PURE__*/ Schema.decodeUnknownEither(Tape)

const decodeJson = /*#__PURE__*/ Schema.decodeUnknownOption(/*#__PURE__*/ Schema.parseJson())

/** Of what a schema complains of, one thing: alternatives complain one by one, and the one that fits best gets furthest. */
const complaintOf = (error: ParseResult.ParseError): string => {
  const [first] = ParseResult.ArrayFormatter.formatErrorSync(error)
    .map(({ message, path }) => ({
      message: message.replace(/\s+/g, " "),
      path: path as ReadonlyArray<string | number>
    }))
    .sort(
      (one, other) =>
        other.path.length - one.path.length ||
        Number(one.message.endsWith("is missing")) - Number(other.message.endsWith("is missing"))
    )
  if (first === undefined) return error.message
  return first.path.length === 0 ? first.message : `${formatPath(first.path)}: ${first.message}`
}

const read = (text: string, file: string | undefined): Either.Either<Tape, CassetteUnreadable> => {
  const name = file === undefined ? "The cassette" : `The cassette ${file}`
  const unreadable = (reason: "corrupt" | "version", message: string) =>
    Either.left(new CassetteUnreadable({ message: `${name} ${message} Record it again.`, reason, file }))
  if (text.trim() === "") return unreadable("corrupt", "is empty: its recording was not finished.")
  const json = decodeJson(text)
  if (Option.isNone(json)) return unreadable("corrupt", "is no JSON: it was cut short or edited.")
  const version = Predicate.isRecord(json.value) ? json.value["version"] : undefined
  if (typeof version === "number" && version !== empty.version) {
    return unreadable(
      "version",
      `has format ${version}, and this version of effect-friendli reads format ${empty.version}.`
    )
  }
  return Either.match(decodeTape(json.value), {
    onLeft: (error) => unreadable("corrupt", `can not be read. ${complaintOf(error)}.`),
    onRight: (recorded) => Either.right(recorded)
  })
}

/**
 * Reads the text of a cassette's file.
 * @category conversions
 */
export const parse = (text: string): Either.Either<Tape, CassetteUnreadable> => read(text, undefined)

// ---------------------------------------------------------------------------
// recording
// ---------------------------------------------------------------------------

/**
 * What is recorded of an exchange.
 * @category models
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
  /**
   * Values that are blotted out wherever they stand, beside those of headers, cookies and URLs that hold secrets: a key in the path of a
   * gateway, a name of your own. Replay with the values of then or with others, also in `secrets`.
   */
  readonly secrets?: ReadonlyArray<string | Redacted.Redacted> | undefined
  /**
   * Whether waits are kept, and where the network cut a stream. Default true; false gives recordings that change only when answers do: of
   * event streams one event a piece.
   */
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

const named = (secrets: RecordOptions["secrets"]): ReadonlyArray<string> =>
  (secrets ?? []).map((secret) => (typeof secret === "string" ? secret : Redacted.value(secret)))

const makeRecorder = (
  upstream: HttpClient.HttpClient,
  rules: Rules,
  known: ReadonlyArray<string>,
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
    sent: ReadonlyArray<string>,
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
        ),
        Effect.onInterrupt(() =>
          Effect.sync(() => {
            const wait = now() - began
            recording.outcome = () => ({ wait, ending: "unanswered" })
            changed(snapshot)
          })
        )
      )
      const headAt = now()
      const { headers, status } = response
      const cookies = Object.values(response.cookies.cookies)
      const secrets = withCookies(
        sent,
        cookies.flatMap(({ value, valueEncoded }) => [value, valueEncoded])
      )
      const arrivals: Array<tape.Arrival> = []
      let ending: "end" | "reset" | "left" = isBodiless(status) ? "end" : "left"
      recording.open = ending === "left"
      recording.outcome = () => ({
        status,
        headers: tape.keptHeaders(headers, rules.responseHeaders, secrets),
        wait: headAt - began,
        body: tape.piecesOf(arrivals, headers["content-type"], ending === "end", timing, rules, secrets),
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
    Effect.flatMap(Effect.mapError(capture(request), unreadable(request)), (captured) => {
      const secrets = tape.credentialsOf(request.headers, url, rules, known)
      return Effect.flatMap(tape.describe(captured, url, rules, secrets), (described) => {
        const recording: Recording = { request: described, outcome: undefined, open: false }
        recordings.push(recording)
        return perform(captured, recording, secrets, signal)
      })
    })
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
 * **Details**: the file is replaced, and folders on the way to it are made. Exchanges stand in the order in which requests were sent, failed
 * connections, broken answers and requests that were interrupted among them.
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
 * @category layers
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
  const known = named(options?.secrets)
  if (typeof target !== "string") {
    return Layer.scoped(
      HttpClient.HttpClient,
      Effect.flatMap(HttpClient.HttpClient, (upstream) => {
        const recorder = makeRecorder(upstream, rules, known, timing, (snapshot) =>
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
      const recorder = makeRecorder(upstream, rules, known, timing, () => {})
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
 * @category models
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
  /** As in `RecordOptions`: values of now that stand where secrets were blotted out. */
  readonly secrets?: ReadonlyArray<string | Redacted.Redacted> | undefined
  /**
   * What a request without an exchange does. `"die"`: a defect, which no policy repeats and no fallback hides, so that a test ends with the
   * differences at once. `"fail"`: a connection that fails. Default `"die"`.
   */
  readonly onMismatch?: "die" | "fail" | undefined
}

/**
 * A request has no exchange on the cassette. The message tells its differences from the nearest one.
 *
 * **Details**: it is a defect, unless `onMismatch` is `"fail"`: then an `HttpClient` fails with a `RequestError` whose `cause` this is, and the
 * SDK makes a `ConnectionError` of that, with the request's text blotted out. `Cassette.mismatches` has all of them, whole.
 *
 * @example
 * ```ts
 * import { Cause, Effect, Layer } from "effect"
 * import { Container, Tokens } from "effect-friendli"
 * import { Cassette } from "effect-friendli/testing"
 *
 * const tape: Cassette.Tape = {
 *   ...Cassette.empty,
 *   exchanges: [
 *     {
 *       request: { method: "POST", url: "http://localhost:8000/v1/tokenize", headers: {}, body: { json: { prompt: "Hello" } } },
 *       outcome: { wait: 0, status: 200, headers: {}, body: [{ after: 0, json: { tokens: [9906] } }], ending: "end" }
 *     }
 *   ]
 * }
 * Tokens.tokenize({ prompt: "Goodbye" }).pipe(
 *   Effect.sandbox,
 *   Effect.flip,
 *   Effect.provide(Container.layer().pipe(Layer.provide(Cassette.replay(tape)))),
 *   Effect.runPromise
 * ).then((cause) => {
 *   const defect = Cause.squash(cause)
 *   if (defect instanceof Cassette.CassetteMismatch) console.log(defect.message)
 * })
 * // => POST http://localhost:8000/v1/tokenize is not on the cassette; the nearest is exchange 1 of 1 (- recorded, + asked):
 * // =>   body.json.prompt
 * // =>     - "Hello"
 * // =>     + "Goodbye"
 * ```
 * @category errors
 */
export class CassetteMismatch extends Data.TaggedError("CassetteMismatch")<{
  readonly message: string
  readonly request: TapeRequest
  /** Of the nearest exchange that is left; empty where none is, or where all of this kind are used. */
  readonly differences: ReadonlyArray<Difference>
}> {}

/**
 * What became of a replay.
 * @category tags
 */
export class Replay extends Context.Tag("effect-friendli/testing/Cassette/Replay")<Replay, Replay.Service>() {}

export declare namespace Replay {
  /**
   * What a test can ask after a replay: what was not used, and what did not match.
   *
   * @category models
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
      : !("status" in outcome)
        ? Reply.never
        : {
            _tag: "Answer",
            status: outcome.status,
            headers: outcome.headers,
            chunks: outcome.body.map((piece) => ({ bytes: bytesOf(piece), delay: wait(piece.after) })),
            ending: outcome.ending === "left" ? (timing ? "stall" : "reset") : outcome.ending
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
  const known = named(options?.secrets)
  // without the waits nobody would leave what is never answered
  const exchanges = timing
    ? recorded.exchanges
    : recorded.exchanges.filter(({ outcome }) => "failure" in outcome || "status" in outcome)
  const used = new Set<TapeExchange>()
  const mismatches: Array<CassetteMismatch> = []

  const mismatch = (request: TapeRequest, same: number): CassetteMismatch => {
    const left = exchanges.filter((exchange) => !used.has(exchange))
    const [nearest] = left
      .map((exchange) => ({ exchange, differences: differencesOf(exchange.request, request, match) }))
      .sort((one, other) => distance(one.differences) - distance(other.differences))
    const asked = `${request.method} ${request.url}`
    if (same > 0 || nearest === undefined) {
      const why =
        same > 0
          ? `was recorded ${same === 1 ? "once" : `${same} times`}, and this is one more (the option reuse allows it)`
          : exchanges.length === 0
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
    const same = exchanges.filter((each) => differencesOf(each.request, request, match).length === 0)
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
      Effect.flatMap((captured) =>
        tape.describe(captured, url, recorded.rules, tape.credentialsOf(request.headers, url, recorded.rules, known))
      ),
      Effect.flatMap((described) =>
        Either.match(find(described), {
          onLeft: (cause) =>
            options?.onMismatch === "fail"
              ? Effect.fail(
                  new HttpClientError.RequestError({ request, reason: "Transport", cause, description: cause.message })
                )
              : Effect.die(cause),
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
    unused: Effect.sync(() => exchanges.filter((exchange) => !used.has(exchange))),
    mismatches: Effect.sync(() => [...mismatches])
  }
  return Context.make(HttpClient.HttpClient, client).pipe(Context.add(Replay, service))
}

/**
 * An `HttpClient` that answers from a cassette: a file, or a `Tape`. No network.
 *
 * **Details**: each exchange is given once, and those of equal requests in the order in which they were recorded. JSON is given with its
 * fields sorted and in one piece, everything else byte for byte and chunk by chunk; failed and broken connections fail and break again. A
 * request that was not recorded dies with a `CassetteMismatch`, which tells what is different from the nearest one. A file that is
 * missing, corrupt or of another format is a `CassetteUnreadable` before anything is asked.
 *
 * **Gotchas**: requests are compared with their secrets and redacted fields blotted out, so that the token may be another. A request that
 * the client gave up before its answer, by a timeout or a hedge, is replayed with `timing: "recorded"` alone.
 * @category layers
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
          Effect.catchIf(
            (error) => error._tag === "SystemError" && error.reason === "NotFound",
            () =>
              new CassetteUnreadable({
                message: `There is no cassette ${source}. Record it first, with Cassette.record.`,
                reason: "missing",
                file: source
              })
          ),
          Effect.flatMap((text) => read(text, source)),
          Effect.map((recorded) => makePlayer(recorded, options))
        )
      : Effect.sync(() => makePlayer(source, options))
  )) as never

/**
 * The exchanges that no request has asked for yet: a test that expects none finds calls that its program no longer makes.
 * @category accessors
 */
export const unused: Effect.Effect<ReadonlyArray<TapeExchange>, never, Replay> = /*#__PURE__*/ Effect.flatMap(
  Replay,
  (player) => player.unused
)

/**
 * The requests that no exchange was found for, each with its differences from the nearest.
 * @category accessors
 */
export const mismatches: Effect.Effect<ReadonlyArray<CassetteMismatch>, never, Replay> = /*#__PURE__*/ Effect.flatMap(
  Replay,
  (player) => player.mismatches
)
