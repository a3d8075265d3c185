/** The errors of every operation, as classes. Each has a row in `table.ts`: a class without a row does not compile. */
import * as Schema from "effect/Schema"

/**
 * One issue of a request: the place, and what was expected there.
 *
 * `path` is the path of the field (`["messages", 0, "role"]`), or starts with `"options"` for an option of the call.
 * `message` never contains text of the request.
 * @category details
 */
export const Issue = Schema.Struct({
  path: Schema.Array(Schema.Union(Schema.String, Schema.Number)),
  message: Schema.String
}).annotations({ identifier: "Issue" })

export interface Issue extends Schema.Schema.Type<typeof Issue> {}

/**
 * A snapshot of the causing error: its name, message and code. Not the error itself, which may contain the request with
 * its token.
 * @category details
 */
export const CauseSnapshot = Schema.Struct({
  name: Schema.String,
  message: Schema.String,
  code: Schema.optional(Schema.String)
}).annotations({ identifier: "CauseSnapshot" })

export interface CauseSnapshot extends Schema.Schema.Type<typeof CauseSnapshot> {}

/**
 * The progress of a stream before it failed: the number of events, and the answer so far if it was folded.
 *
 * `partial` has the shape of the result of the fold; read it with `ChatStream.partial`, `CompletionStream.partial`,
 * `MessageStream.partial` or `TranscriptStream.partial`.
 * @category details
 */
export const Received = Schema.Struct({
  events: Schema.Number,
  partial: Schema.optional(Schema.Unknown)
}).annotations({ identifier: "Received" })

export interface Received extends Schema.Schema.Type<typeof Received> {}

/** The fields of every error. */
const commonFields = {
  /** The operation, as module and function: `"Chat.complete"`. */
  operation: Schema.String,
  /** `"serverless"`, `"dedicated"`, `"container"`, or the name of your own deployment. */
  deployment: Schema.String,
  /** What happened, and what to do. */
  message: Schema.String,
  /** The HTTP method. */
  method: Schema.optional(Schema.String),
  /** The URL without credentials, query and fragment; a key in the path of the base URL is `<redacted>`. */
  url: Schema.optional(Schema.String),
  /** The HTTP status, if there was an answer. For an error frame of a stream: the status in the frame. */
  status: Schema.optional(Schema.Number),
  /**
   * The server's code or type of the error, for example `"rate_limit_exceeded"`; the reason if a layer of `Resilience`
   * rejected the operation.
   */
  code: Schema.optional(Schema.String),
  /** The server's id of the request, for support. */
  requestId: Schema.optional(Schema.String),
  /** How long the server asked to wait before the next attempt. */
  retryAfter: Schema.optional(Schema.DurationFromMillis),
  /** The beginning of the body, at most 2048 characters, without credentials and without text of the request. */
  body: Schema.optional(Schema.String),
  /** The progress of a stream before it failed. */
  received: Schema.optional(Received),
  /** A snapshot of the causing error. */
  cause: Schema.optional(CauseSnapshot)
} as const

/**
 * The request is invalid, according to the SDK before anything was sent, or to the server (400, 413, 422).
 *
 * **When to use**: show `issues` to the author of the request; a retry cannot help. `status` is absent if the SDK
 * itself rejected the request.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Inference, Serverless } from "effect-friendli"
 *
 * const program = Inference.chatCompletion({ model: "meta-llama-3.1-8b-instruct", messages: [], temperature: NaN }).pipe(
 *   Effect.catchTag("InvalidRequestError", (error) => Effect.succeed(error.issues.map((issue) => issue.path.join("."))))
 * )
 *
 * program.pipe(
 *   Effect.provide(Serverless.layer({ token: "flp_example" })),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.tap(Effect.log),
 *   Effect.runPromise
 * )
 * ```
 * @category errors
 */
export class InvalidRequestError extends Schema.TaggedError<InvalidRequestError>("effect-friendli/InvalidRequestError")(
  "InvalidRequestError",
  { ...commonFields, issues: Schema.Array(Issue) }
) {}

/**
 * The token is missing, expired or invalid (401).
 * @category errors
 */
export class AuthenticationError extends Schema.TaggedError<AuthenticationError>("effect-friendli/AuthenticationError")(
  "AuthenticationError",
  commonFields
) {}

/**
 * The token is valid but has no permission (403): another team, a plan, a region.
 * @category errors
 */
export class PermissionDeniedError extends Schema.TaggedError<PermissionDeniedError>(
  "effect-friendli/PermissionDeniedError"
)("PermissionDeniedError", commonFields) {}

/**
 * The model, the endpoint or the path does not exist (404).
 * @category errors
 */
export class NotFoundError extends Schema.TaggedError<NotFoundError>("effect-friendli/NotFoundError")(
  "NotFoundError",
  commonFields
) {}

/**
 * Too many requests or tokens (429). `retryAfter` is the delay that the server asks for, if any.
 *
 * @example
 * ```ts
 * import { Duration } from "effect"
 * import { FriendliError } from "effect-friendli"
 *
 * const error = new FriendliError.RateLimitError({
 *   operation: "Chat.complete", deployment: "serverless", message: "slow down", status: 429, retryAfter: Duration.seconds(2)
 * })
 * console.log(Duration.format(error.retryAfter!))
 * // => 2s
 * ```
 * @category errors
 */
export class RateLimitError extends Schema.TaggedError<RateLimitError>("effect-friendli/RateLimitError")(
  "RateLimitError",
  commonFields
) {}

/**
 * The service is overloaded, or the endpoint is waking up (503, 529). A sleeping dedicated endpoint answers with it
 * until it is ready: see `Resilience.layerColdStart`, which wakes it, and `Retry.coldStart`.
 * @category errors
 */
export class OverloadedError extends Schema.TaggedError<OverloadedError>("effect-friendli/OverloadedError")(
  "OverloadedError",
  commonFields
) {}

/**
 * The server failed (any other 5xx, or an error frame inside a stream without a better name).
 * @category errors
 */
export class ServerError extends Schema.TaggedError<ServerError>("effect-friendli/ServerError")(
  "ServerError",
  commonFields
) {}

/**
 * Any other status (a redirect that was not followed, 405, 408, 409, 418 …).
 * @category errors
 */
export class UnexpectedStatusError extends Schema.TaggedError<UnexpectedStatusError>(
  "effect-friendli/UnexpectedStatusError"
)("UnexpectedStatusError", { ...commonFields, status: Schema.Number }) {}

/**
 * The connection failed. `phase: "connect"`: there was no answer (refused, unknown host, reset before the first
 * header); `phase: "body"`: the connection failed in the middle of the answer, which may be billed.
 * @category errors
 */
export class ConnectionError extends Schema.TaggedError<ConnectionError>("effect-friendli/ConnectionError")(
  "ConnectionError",
  { ...commonFields, phase: Schema.Literal("connect", "body") }
) {}

/**
 * A timeout expired. `kind` says which: `"headers"` (no answer began), `"idle"` (the answer sent no data), `"total"`
 * (the whole call, including its retries, took too long). `limit` is the duration of the timeout.
 *
 * `mayBeBilled` is true for operations that generate: the server may finish the answer and bill it although the client
 * has stopped waiting. Such an error is not transient, so no policy of `Retry` retries it by default.
 *
 * @example
 * ```ts
 * import { Duration } from "effect"
 * import { FriendliError } from "effect-friendli"
 *
 * const error = new FriendliError.RequestTimeoutError({
 *   operation: "Chat.stream", deployment: "serverless", message: "no data", kind: "idle", limit: Duration.seconds(60)
 * })
 * console.log(error.kind)
 * // => idle
 * ```
 * @category errors
 */
export class RequestTimeoutError extends Schema.TaggedError<RequestTimeoutError>("effect-friendli/RequestTimeoutError")(
  "RequestTimeoutError",
  {
    ...commonFields,
    kind: Schema.Literal("headers", "idle", "total"),
    limit: Schema.DurationFromMillis,
    mayBeBilled: Schema.optional(Schema.Boolean)
  }
) {}

/**
 * The answer does not match the API: it is not JSON, has another shape, or is an event stream instead of JSON or the
 * reverse. `issues` has the fields that do not match the schema.
 * @category errors
 */
export class ResponseDecodeError extends Schema.TaggedError<ResponseDecodeError>("effect-friendli/ResponseDecodeError")(
  "ResponseDecodeError",
  { ...commonFields, issues: Schema.Array(Issue) }
) {}

/**
 * A stream was cut short: it ended without `[DONE]` and without a final event. `received` has what arrived.
 * @category errors
 */
export class StreamTruncatedError extends Schema.TaggedError<StreamTruncatedError>(
  "effect-friendli/StreamTruncatedError"
)("StreamTruncatedError", { ...commonFields, received: Received }) {}

/**
 * The errors of an operation.
 *
 * **When to use**: in signatures of your own functions. Handle single errors with `Effect.catchTag` or `catchTags`.
 */
export type FriendliError =
  | InvalidRequestError
  | AuthenticationError
  | PermissionDeniedError
  | NotFoundError
  | RateLimitError
  | OverloadedError
  | ServerError
  | UnexpectedStatusError
  | ConnectionError
  | RequestTimeoutError
  | ResponseDecodeError

/** The errors of a streaming operation: those of every operation, and `StreamTruncatedError`. */
export type FriendliStreamError = FriendliError | StreamTruncatedError

/**
 * The union as a schema: errors encode to plain JSON and back, for queues, logs and RPC.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { FriendliError } from "effect-friendli"
 *
 * const error = new FriendliError.NotFoundError({ operation: "Chat.complete", deployment: "serverless", message: "no such model" })
 * const json = Schema.encodeSync(FriendliError.FriendliStreamError)(error)
 * console.log(Schema.decodeSync(FriendliError.FriendliStreamError)(json)._tag)
 * // => NotFoundError
 * ```
 * @category errors
 */
export const FriendliStreamError = Schema.Union(
  InvalidRequestError,
  AuthenticationError,
  PermissionDeniedError,
  NotFoundError,
  RateLimitError,
  OverloadedError,
  ServerError,
  UnexpectedStatusError,
  ConnectionError,
  RequestTimeoutError,
  ResponseDecodeError,
  StreamTruncatedError
)
