/** The failures of every operation, as classes. Each is a row of `table.ts` too: a class without a row does not compile. */
import * as Schema from "effect/Schema"

/**
 * One thing that is wrong with a request: where, and what was expected there.
 *
 * `path` leads from the request to the field (`["messages", 0, "role"]`), or starts with `"options"` for a per-call
 * option. `message` never repeats the text that was sent.
 *
 * @category models
 */
export const Issue = Schema.Struct({
  path: Schema.Array(Schema.Union(Schema.String, Schema.Number)),
  message: Schema.String
}).annotations({ identifier: "Issue" })

/** @category models */
export interface Issue extends Schema.Schema.Type<typeof Issue> {}

/**
 * What is kept of a lower failure: its name, its message and its code. Never the live object, which may hold the request
 * with its token.
 *
 * @category models
 */
export const CauseSnapshot = Schema.Struct({
  name: Schema.String,
  message: Schema.String,
  code: Schema.optional(Schema.String)
}).annotations({ identifier: "CauseSnapshot" })

/** @category models */
export interface CauseSnapshot extends Schema.Schema.Type<typeof CauseSnapshot> {}

/**
 * What a stream had given before it failed: how many events, and, when it was folded, the answer so far.
 *
 * `partial` has the shape that the fold would have returned; read it typed with `ChatStream.partial`,
 * `CompletionStream.partial`, `MessageStream.partial` or `TranscriptStream.partial`.
 *
 * @category models
 */
export const Received = Schema.Struct({
  events: Schema.Number,
  partial: Schema.optional(Schema.Unknown)
}).annotations({ identifier: "Received" })

/** @category models */
export interface Received extends Schema.Schema.Type<typeof Received> {}

/** What every error says. */
const commonFields = {
  /** The operation as its module names it: `"Chat.complete"`. */
  operation: Schema.String,
  /** `"serverless"`, `"dedicated"`, `"container"`, or the name of a deployment of your own. */
  deployment: Schema.String,
  /** A sentence that says what happened and what to do. */
  message: Schema.String,
  /** The HTTP method. */
  method: Schema.optional(Schema.String),
  /** The URL without credentials, query and fragment; a key in the path of the base URL is `<redacted>`. */
  url: Schema.optional(Schema.String),
  /** The HTTP status, where there was an answer. In an error frame of a stream: the status that the frame names. */
  status: Schema.optional(Schema.Number),
  /** The server's own code or type of the error, as `"rate_limit_exceeded"`; of a refusal (`Resilience.isRejected`) its reason. */
  code: Schema.optional(Schema.String),
  /** The server's id of the request: what support will ask for. */
  requestId: Schema.optional(Schema.String),
  /** How long the server asked to wait before the next try. */
  retryAfter: Schema.optional(Schema.DurationFromMillis),
  /** The beginning of the body, at most 2048 characters, without credentials and without text of the request. */
  body: Schema.optional(Schema.String),
  /** What a stream had given before it failed. */
  received: Schema.optional(Received),
  /** What lay below, as a snapshot. */
  cause: Schema.optional(CauseSnapshot)
} as const

/**
 * The request is wrong: found here before anything was sent, or by the server (400, 413, 422).
 *
 * **When to use**: show `issues` to whoever wrote the request; a retry can not help. `status` is absent when the SDK
 * itself refused it.
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
 *
 * @category errors
 */
export class InvalidRequestError extends Schema.TaggedError<InvalidRequestError>("effect-friendli/InvalidRequestError")(
  "InvalidRequestError",
  { ...commonFields, issues: Schema.Array(Issue) }
) {}

/**
 * The token is missing, expired or not valid (401).
 *
 * @category errors
 */
export class AuthenticationError extends Schema.TaggedError<AuthenticationError>("effect-friendli/AuthenticationError")(
  "AuthenticationError",
  commonFields
) {}

/**
 * The token is known but may not do this (403): another team, a plan, a region.
 *
 * @category errors
 */
export class PermissionDeniedError extends Schema.TaggedError<PermissionDeniedError>(
  "effect-friendli/PermissionDeniedError"
)("PermissionDeniedError", commonFields) {}

/**
 * The model, the endpoint or the path does not exist (404).
 *
 * @category errors
 */
export class NotFoundError extends Schema.TaggedError<NotFoundError>("effect-friendli/NotFoundError")(
  "NotFoundError",
  commonFields
) {}

/**
 * Too many requests or tokens for now (429). `retryAfter` says how long to wait, where the server told.
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
 *
 * @category errors
 */
export class RateLimitError extends Schema.TaggedError<RateLimitError>("effect-friendli/RateLimitError")(
  "RateLimitError",
  commonFields
) {}

/**
 * The service has no room or the endpoint is waking up (503, 529). Dedicated endpoints that sleep answer so until they are
 * warm: see `Resilience.layerColdStart`, which wakes them, and `Retry.coldStart`.
 *
 * @example
 * ```ts
 * import { FriendliError } from "effect-friendli"
 *
 * const error = new FriendliError.OverloadedError({
 *   operation: "Chat.complete", deployment: "dedicated", message: "waking up", status: 503
 * })
 * console.log(error._tag)
 * // => OverloadedError
 * ```
 *
 * @category errors
 */
export class OverloadedError extends Schema.TaggedError<OverloadedError>("effect-friendli/OverloadedError")(
  "OverloadedError",
  commonFields
) {}

/**
 * The server failed (any other 5xx, or an error frame inside a stream without a better name).
 *
 * @category errors
 */
export class ServerError extends Schema.TaggedError<ServerError>("effect-friendli/ServerError")(
  "ServerError",
  commonFields
) {}

/**
 * A status that no other error stands for (a redirect that was not followed, 405, 408, 409, 418 …).
 *
 * @category errors
 */
export class UnexpectedStatusError extends Schema.TaggedError<UnexpectedStatusError>(
  "effect-friendli/UnexpectedStatusError"
)("UnexpectedStatusError", { ...commonFields, status: Schema.Number }) {}

/**
 * The connection failed. `phase: "connect"`: there was no answer (refused, unknown host, reset before the first header);
 * `phase: "body"`: the answer had begun and broke off, so the work may have been done and paid.
 *
 * @example
 * ```ts
 * import { FriendliError } from "effect-friendli"
 *
 * const error = new FriendliError.ConnectionError({
 *   operation: "Chat.complete", deployment: "container", message: "refused", phase: "connect",
 *   cause: { name: "Error", message: "connect ECONNREFUSED 127.0.0.1:8000", code: "ECONNREFUSED" }
 * })
 * console.log(error.phase)
 * // => connect
 * ```
 *
 * @category errors
 */
export class ConnectionError extends Schema.TaggedError<ConnectionError>("effect-friendli/ConnectionError")(
  "ConnectionError",
  { ...commonFields, phase: Schema.Literal("connect", "body") }
) {}

/**
 * A clock rang. `clock` says which: `"headers"` (no answer began), `"idle"` (the answer stood still), `"total"` (the whole
 * call, its retries included, took too long). `after` is the time that was allowed.
 *
 * `mayBeBilled` is true for operations that generate: the server may finish the answer, and bill it, although nobody waits for it
 * any more. So `isTransient` says no, and no policy of `Retry` repeats it unless its `when` asks for that.
 *
 * @example
 * ```ts
 * import { Duration } from "effect"
 * import { FriendliError } from "effect-friendli"
 *
 * const error = new FriendliError.RequestTimeoutError({
 *   operation: "Chat.stream", deployment: "serverless", message: "stood still", kind: "idle", after: Duration.seconds(60)
 * })
 * console.log(error.kind)
 * // => idle
 * ```
 *
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
 * The answer came but is not what the API promises: no JSON, a wrong shape, an event stream where JSON was due or the other
 * way round. `issues` names the fields where a schema found them.
 *
 * @category errors
 */
export class ResponseDecodeError extends Schema.TaggedError<ResponseDecodeError>("effect-friendli/ResponseDecodeError")(
  "ResponseDecodeError",
  { ...commonFields, issues: Schema.Array(Issue) }
) {}

/**
 * A stream ended without its end: neither `[DONE]` nor a final event was seen. What had arrived is in `received`.
 *
 * @example
 * ```ts
 * import { FriendliError } from "effect-friendli"
 *
 * const error = new FriendliError.StreamTruncatedError({
 *   operation: "Chat.stream", deployment: "serverless", message: "cut short", received: { events: 12 }
 * })
 * console.log(error.received.events)
 * // => 12
 * ```
 *
 * @category errors
 */
export class StreamTruncatedError extends Schema.TaggedError<StreamTruncatedError>(
  "effect-friendli/StreamTruncatedError"
)("StreamTruncatedError", { ...commonFields, received: Received }) {}

/**
 * How an operation can fail.
 *
 * **When to use**: in signatures of your own functions; handle single members with `Effect.catchTag` / `catchTags`.
 *
 * @category models
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

/**
 * How a streaming operation can fail: as any operation, or cut short.
 *
 * @category models
 */
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
 *
 * @category schemas
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
