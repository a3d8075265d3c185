/** An operation is a value that describes a request and its answer. `FriendliClient` runs it. */
import type * as HttpBody from "@effect/platform/HttpBody"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import type * as Schema from "effect/Schema"
import type { ParseOptions } from "effect/SchemaAST"
import { failedChoice } from "../errors/reasons.js"
import * as check from "../internal/check.js"
import * as decoding from "../internal/decoding.js"
import { parseJson } from "../internal/json.js"
import type { SseFrame } from "../internal/sse.js"

/** A JSON object of a request or an answer. */
export interface JsonRecord {
  readonly [field: string]: unknown
}

/** Facts about an answer, for spans, metrics and rate limits. Facts that the server did not report are absent. */
export interface AnswerFacts {
  /** The server's id of the answer. */
  readonly id?: string | undefined
  /** The model that answered. */
  readonly model?: string | undefined
  /** Why each choice ended, for example `"stop"`. */
  readonly finishReasons?: ReadonlyArray<string> | undefined
  /** Input and output tokens, and the part of the input that came from a cache. */
  readonly usage?:
    | {
        readonly inputTokens?: number | undefined
        readonly cachedInputTokens?: number | undefined
        readonly outputTokens?: number | undefined
      }
    | undefined
}

/** Collects the facts of one answer: it sees the whole answer, or each event of a stream. */
export interface Observer<in A> {
  readonly observe: (value: A) => void
  readonly facts: () => AnswerFacts
}

/** Decides whether the events of a stream are a complete answer, for streams that end without `[DONE]`. */
export interface CompletionDetector<Event> {
  readonly add: (event: Event) => void
  readonly isComplete: () => boolean
}

/** Callbacks of a body while it is sent. */
export interface BodyWatcher {
  /** Bytes have been passed to the transport, which resets the headers timeout. */
  readonly onSent: () => void
  /** The source of the body could not be read. */
  readonly onUnreadable: (reason: unknown) => void
}

/** A body that is not JSON. Each attempt makes it again. */
export interface RequestBody {
  /** Whether a retry can send it again. */
  readonly repeatable: boolean
  readonly make: (watcher: BodyWatcher) => HttpBody.HttpBody
}

/** The context of an answer, for adding its missing fields. */
export interface AnswerContext {
  /** The body of the request. */
  readonly body: JsonRecord
  /** The number of earlier events of the stream; 0 for a whole answer. */
  readonly events: number
}

/** The query of a URL. */
export interface QueryParameters {
  readonly [name: string]: string | number | boolean | ReadonlyArray<string | number> | null | undefined
}

/** A server-sent event: its name, its data as text, and the last event id. */
export interface SseEvent extends SseFrame {}

/** The common properties of unary and streaming operations. */
export interface Any<in Request, out Result> {
  /** Module and function, for example `"Chat.complete"`: the name of spans, and the `operation` of errors. */
  readonly name: string
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /**
   * The path above the prefix for an operation whose URL does not depend on the client's deployment: `"/dedicated"`, or `""`. It replaces
   * the path of the deployment. `undefined`: the path of the deployment is used.
   */
  readonly pathPrefix: string | undefined
  /** The version segment, or `""` for paths without one. */
  readonly prefix: string
  /**
   * The path below the prefix: a string with its leading slash, used unchanged, or a function that gives the segments for a request.
   * Segments are percent-encoded; a segment that is empty, `.` or `..` causes an `InvalidRequestError` before anything is sent.
   */
  readonly path: string | ((request: Request) => ReadonlyArray<string | number>)
  /** The query for a request: values that are `undefined` or `null` are left out, a list repeats its name. */
  readonly query: ((request: Request) => QueryParameters) | undefined
  /** Fields of the request that are in the path or the query, and therefore not in the body. */
  readonly parameters: ReadonlyArray<string>
  /** Whether a body is sent. */
  readonly hasBody: boolean
  /** Whether the body has a `model`, which the deployment's default fills in. */
  readonly model: boolean
  /**
   * `"safe"`: may be sent again after a transient failure. `"ifNotProcessed"`: only if the server certainly did not process it (writes).
   */
  readonly retryMode: "safe" | "ifNotProcessed"
  /**
   * Whether the server generates the answer, and bills it. The headers timeout of a whole answer is then ten minutes
   * (`RequestOptions.generationDefaults`), and an attempt that exceeds it is not repeated: the answer may be generated, and billed,
   * anyway.
   */
  readonly generates: boolean
  /** Whether a successful answer may have no body. It is then decoded as `null`. */
  readonly mayBeEmpty: boolean
  /**
   * Advice for a status: the last sentence of its error, instead of the general one. The advice for 200 is for an error inside an answer,
   * if that error has no status.
   */
  readonly advice: Readonly<Record<number, string>> | undefined
  /** The name of the operation in OpenTelemetry's GenAI conventions, such as `"chat"`. */
  readonly genAi: string
  /** Fields that the operation itself sets, such as `{ stream: true }`. */
  readonly bodyOverrides: JsonRecord
  /** Completes the encoded body with defaults. */
  readonly withBodyDefaults: (body: JsonRecord) => JsonRecord
  /** How the encoded body is sent; `undefined` for JSON. */
  readonly encodeBody: ((body: JsonRecord) => RequestBody) | undefined
  readonly encode: (request: Request) => Either.Either<JsonRecord, ParseResult.ParseIssue>
  /** Adds missing fields whose value is certain, then decodes. */
  readonly decode: (json: unknown, context?: AnswerContext) => Either.Either<Result, ParseResult.ParseIssue>
}

/** An operation with one answer. */
export interface Unary<in out Request, in out Response> extends Any<Request, Response> {
  readonly _tag: "Unary"
  readonly observer: () => Observer<Response>
  /** The error body in an answer that reports its own failure, or nothing. Gets the answer as JSON and decoded. */
  readonly failureOf: (json: unknown, response: Response) => unknown
}

/** An operation that answers with a stream of events. */
export interface Streaming<in out Request, in out Event> extends Any<Request, Event> {
  readonly _tag: "Streaming"
  /** The data that ends the stream. */
  readonly sentinel: string
  readonly observer: () => Observer<Event>
  /** The error body in an event that reports a failure, or nothing. Gets the event as JSON and decoded. */
  readonly failureOf: (json: unknown, event: Event) => unknown
  readonly completion: (body: JsonRecord) => CompletionDetector<Event>
  /** Whether events are decoded with their names, as `{ name, data }`, and no event is skipped. */
  readonly includeEventName: boolean
  /** Whether this event is the last one, with or without `[DONE]`. */
  readonly isTerminal: (event: Event) => boolean
  /**
   * Whether the stream succeeds at the sentinel. If not, it succeeds only at a terminal event, and a sentinel before that means that the
   * stream was cut short.
   */
  readonly sentinelEnds: boolean
  /** Whether the `error` in the parsed data of an event is a part of the answer and does not fail the stream. */
  readonly hasOwnError: (name: string | undefined, data: unknown) => boolean
  /** Whether events are passed on unchanged: see `raw`. */
  readonly isRaw: boolean
}

interface Options<Request, RequestEncoded, Result, ResultEncoded> {
  readonly name: string
  readonly path: Any<Request, Result>["path"]
  readonly query?: Any<Request, Result>["query"]
  readonly parameters?: ReadonlyArray<Extract<keyof RequestEncoded, string>> | undefined
  readonly hasBody?: boolean | undefined
  readonly method?: Any<Request, Result>["method"] | undefined
  readonly pathPrefix?: string | undefined
  readonly prefix?: string | undefined
  readonly model?: boolean | undefined
  readonly retryMode?: "safe" | "ifNotProcessed" | undefined
  readonly generates?: boolean | undefined
  readonly mayBeEmpty?: boolean | undefined
  readonly advice?: Any<Request, Result>["advice"]
  readonly genAi?: string | undefined
  readonly bodyOverrides?: JsonRecord | undefined
  readonly withBodyDefaults?: ((body: JsonRecord) => JsonRecord) | undefined
  readonly encodeBody?: ((body: JsonRecord) => RequestBody) | undefined
  readonly request: Schema.Schema<Request, RequestEncoded>
  readonly observer?: (() => Observer<Result>) | undefined
  readonly fillMissing?: ((json: unknown, context: AnswerContext) => unknown) | undefined
  readonly failureOf?: ((json: unknown, result: Result) => unknown) | undefined
  readonly result: Schema.Schema<Result, ResultEncoded>
}

/** Requests are strict: a misspelt field is an error before it is sent. */
const strict: ParseOptions = { errors: "all", onExcessProperty: "error" }

/** Answers are tolerant: unknown fields are kept. */
const tolerant: ParseOptions = { onExcessProperty: "preserve" }

/** Built on first use: an import should not have to compile the parsers of schemas. */
const lazily = <A, B, C>(make: () => (a: A, b?: B) => C): ((a: A, b?: B) => C) => {
  let made: ((a: A, b?: B) => C) | undefined
  return (a, b) => (made ??= make())(a, b)
}

const noContext: AnswerContext = { body: {}, events: 0 }

const silent = <A>(): Observer<A> => ({ observe: () => {}, facts: () => ({}) })

const identity = (body: JsonRecord): JsonRecord => body

const common = <Request, RequestEncoded, Result, ResultEncoded>(
  options: Options<Request, RequestEncoded, Result, ResultEncoded>
) => ({
  name: options.name,
  method: options.method ?? "POST",
  pathPrefix: options.pathPrefix,
  prefix: options.prefix ?? "/v1",
  path: options.path,
  query: options.query,
  parameters: options.parameters ?? [],
  hasBody: options.hasBody ?? (options.method !== "GET" && options.method !== "DELETE"),
  model: options.model ?? true,
  retryMode: options.retryMode ?? "safe",
  generates: options.generates ?? false,
  mayBeEmpty: options.mayBeEmpty ?? false,
  advice: options.advice,
  genAi: options.genAi ?? options.name,
  bodyOverrides: options.bodyOverrides ?? {},
  withBodyDefaults: options.withBodyDefaults ?? identity,
  encodeBody: options.encodeBody,
  encode: lazily<Request, void, Either.Either<JsonRecord, ParseResult.ParseIssue>>(() => {
    const isValid = check.ofEncoding(options.request)
    const encode = ParseResult.encodeUnknownEither(options.request, strict)
    // A request schema describes a JSON object, as `Operation.unary` requires.
    return (request) => (isValid(request) ? Either.right(request) : encode(request)) as never
  }),
  decode: lazily<unknown, AnswerContext, Either.Either<Result, ParseResult.ParseIssue>>(() => {
    const isValid = check.ofDecoding(options.result)
    const decode = decoding.decodeUnknownEither(options.result, tolerant)
    const { fillMissing } = options
    return (json, context = noContext) => {
      if (isValid(json)) return Either.right(json as Result)
      if (fillMissing === undefined) return decode(json)
      const filled = fillMissing(json, context)
      return filled !== json && isValid(filled) ? Either.right(filled as Result) : decode(filled)
    }
  }),
  failureOf: options.failureOf ?? failedChoice,
  observer: options.observer ?? silent
})

/**
 * Describes an operation with one answer.
 *
 * **When to use**: for an operation that this SDK lacks; run it with `FriendliClient.execute` and it has the same authorization, retries,
 * timeouts, errors and spans as every other.
 *
 * **Details**: `prefix` defaults to `"/v1"`, `method` to `POST`, `model` to true (the body has a `model`), `retryMode` to `"safe"`,
 * `generates` to false (the answer costs nothing, so the request is retried after a minute without an answer), `mayBeEmpty` to false (an
 * answer without a body fails with a `ResponseDecodeError`). `pathPrefix` is for operations that do not depend on the deployment of the
 * client. `request` must describe a JSON object. `fillMissing` gets an answer that the schema would reject, and may return a copy with
 * fields that the server left out and whose value is certain; it must not change the answer in place. `failureOf` is for answers that can
 * report their own failure: the call then fails with the error that the returned body describes, and the answer is in its
 * `received.partial`. By default a choice with the finish reason `error` is such a failure.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Schema } from "effect"
 * import { FriendliClient, Operation, Serverless } from "effect-friendli"
 *
 * const countTokens = Operation.unary({
 *   name: "Example.countTokens",
 *   path: "/tokenize",
 *   request: Schema.Struct({ model: Schema.optional(Schema.String), prompt: Schema.String }),
 *   response: Schema.Struct({ tokens: Schema.Array(Schema.Int) })
 * })
 *
 * const program = Effect.flatMap(FriendliClient.FriendliClient, (client) =>
 *   client.execute(countTokens, { model: "meta-llama-3.1-8b-instruct", prompt: "What is generative AI?" })
 * )
 *
 * program.pipe(
 *   Effect.map((response) => response.tokens.length),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => 7
 * ```
 * @category constructors
 */
export const unary = <Request, RequestEncoded, Response, ResponseEncoded>(
  options: Omit<Options<Request, RequestEncoded, Response, ResponseEncoded>, "result"> & {
    readonly response: Schema.Schema<Response, ResponseEncoded>
  }
): Unary<Request, Response> => ({ _tag: "Unary", ...common({ ...options, result: options.response }) })

/**
 * Describes an operation that answers with server-sent events.
 *
 * **Details**: as `unary`; `event` is the schema of the JSON in each event, `sentinel` (default `"[DONE]"`) ends the stream, and
 * `completion` decides whether a stream that closes without the sentinel was complete (default: never). `isTerminal` decides which events
 * end the stream; with `sentinelEnds: false` only these do. `hasOwnError` decides in which events an `error` belongs to the answer; in
 * all others it fails the stream. With `includeEventName: true` the schema decodes `{ name, data }`: the name of the event, if it has
 * one, and its data, as text if it is not JSON. Then no event is skipped: an event that the schema rejects fails the stream, so the
 * schema must accept all other events that may come.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Operation } from "effect-friendli"
 *
 * const ticks = Operation.streaming({
 *   name: "Example.ticks",
 *   path: "/ticks",
 *   model: false,
 *   bodyOverrides: { stream: true },
 *   request: Schema.Struct({ count: Schema.Int }),
 *   event: Schema.Struct({ tick: Schema.Int })
 * })
 * console.log(ticks.name, ticks.sentinel)
 * // => Example.ticks [DONE]
 * ```
 * @category constructors
 */
export const streaming = <Request, RequestEncoded, Event, EventEncoded>(
  options: Omit<Options<Request, RequestEncoded, Event, EventEncoded>, "result"> & {
    readonly event: Schema.Schema<Event, EventEncoded>
    readonly sentinel?: string | undefined
    readonly completion?: ((body: JsonRecord) => CompletionDetector<Event>) | undefined
    readonly includeEventName?: boolean | undefined
    readonly isTerminal?: ((event: Event) => boolean) | undefined
    readonly sentinelEnds?: boolean | undefined
    readonly hasOwnError?: ((name: string | undefined, data: unknown) => boolean) | undefined
  }
): Streaming<Request, Event> => ({
  _tag: "Streaming",
  ...common({ ...options, result: options.event }),
  sentinel: options.sentinel ?? "[DONE]",
  completion: options.completion ?? (() => ({ add: () => {}, isComplete: () => false })),
  includeEventName: options.includeEventName ?? false,
  isTerminal: options.isTerminal ?? (() => false),
  sentinelEnds: options.sentinelEnds ?? true,
  hasOwnError: options.hasOwnError ?? (() => false),
  isRaw: false
})

const rawOperations = /*#__PURE__*/ new WeakMap<object, Streaming<never, SseEvent>>()

/**
 * The same operation, with the events as the server sent them: nothing is decoded, and only comments and the sentinel are left out. A raw
 * stream also succeeds when the server closes it.
 *
 * **When to use**: `FriendliClient.events` does this. Middleware sees raw streams as operations like all others, with the same name.
 * @category combinators
 */
export const raw = <Request, Event>(operation: Streaming<Request, Event>): Streaming<Request, SseEvent> => {
  const made = rawOperations.get(operation) as unknown as Streaming<Request, SseEvent> | undefined
  if (made !== undefined) return made
  const rawOperation: Streaming<Request, SseEvent> = {
    ...operation,
    decode: (json) => Either.right(json as SseEvent),
    completion: () => ({ add: () => {}, isComplete: () => true }),
    isTerminal: () => false,
    failureOf: () => undefined,
    isRaw: true,
    // the facts are in the events, which are decoded only if somebody asks for facts
    observer: () => {
      const { facts, observe } = operation.observer()
      return {
        observe: ({ data, event }) => {
          const json = Either.getOrElse(parseJson(data), () => data)
          const decoded = decodeData(operation, event, json)
          if (Either.isRight(decoded)) observe(decoded.right)
        },
        facts
      }
    }
  }
  rawOperations.set(operation, rawOperation as unknown as Streaming<never, SseEvent>)
  return rawOperation
}

/** Decodes an event with the schema of the operation. Its data has been parsed if it is JSON. */
export const decodeData = <Request, Event>(
  operation: Pick<Streaming<Request, Event>, "decode" | "includeEventName">,
  name: string | undefined,
  data: unknown,
  context?: AnswerContext
): Either.Either<Event, ParseResult.ParseIssue> =>
  operation.decode(operation.includeEventName ? { ...(name === undefined ? {} : { name }), data } : data, context)
