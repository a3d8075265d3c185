/**
 * Completions: continues a prompt that is text or tokens.
 *
 * On every deployment. Source: "Completions" of the API reference, `POST …/v1/completions`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { FriendliError, FriendliStreamError } from "./errors/FriendliError.js"
import { FriendliClient, type SseEvent, type WithResponse } from "./client/FriendliClient.js"
import * as endings from "./accumulators/completion.js"
import * as missing from "./accumulators/missing.js"
import * as observers from "./accumulators/facts.js"
import * as streams from "./internal/streams.js"
import * as Operation from "./core/Operation.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import { Completion } from "./schema/Completion.js"
import { CompletionChunk } from "./schema/CompletionChunk.js"
import { CompletionRequest } from "./schema/CompletionRequest.js"
import { withUsage } from "./core/bodyDefaults.js"

export {
  /** The schema of one event of a streamed answer. See `schema/CompletionChunk`. */
  CompletionChunk,
  /** The schema of a whole answer. See `schema/Completion`. */
  Completion,
  /** The schema of the request. See `schema/CompletionRequest`. */
  CompletionRequest
}

/**
 * The capability: a program that completes text has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock:
 * `Layer.mock(Completions.Completions, { complete: … })`.
 * @category tags
 */
export class Completions extends Context.Tag("effect-friendli/Completions")<Completions, Completions.Service>() {}

export declare namespace Completions {
  /** What `Completions.layer` provides, and what a mock replaces. */
  export interface Service {
    /** The whole answer. */
    readonly complete: (
      request: CompletionRequest,
      options?: RequestOptions
    ) => Effect.Effect<Completion, FriendliError>
    /** The whole answer with status, headers and request id. */
    readonly completeWithResponse: (
      request: CompletionRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<Completion>, FriendliError>
    /** The streamed answer. */
    readonly stream: (
      request: CompletionRequest,
      options?: RequestOptions
    ) => Stream.Stream<CompletionChunk, FriendliStreamError>
    /** The opened stream with status, headers and request id. It belongs to the scope and runs once. */
    readonly streamWithResponse: (
      request: CompletionRequest,
      options?: RequestOptions
    ) => Effect.Effect<
      WithResponse<Stream.Stream<CompletionChunk, FriendliStreamError>>,
      FriendliStreamError,
      Scope.Scope
    >
    /** The server-sent events with their names and ids, and their data as text. */
    readonly events: (
      request: CompletionRequest,
      options?: RequestOptions
    ) => Stream.Stream<SseEvent, FriendliStreamError>
  }
}

/**
 * The operation of `complete`, for `FriendliClient.execute`.
 * @category operations
 */
export const completeOperation: Operation.Unary<CompletionRequest, Completion> = /*#__PURE__*/ Operation.unary({
  name: "Completions.complete",
  path: "/completions",
  genAi: "text_completion",
  generates: true,
  request: CompletionRequest,
  response: Completion,
  observer: observers.answer,
  fillMissing: missing.completion
})

/**
 * The operation of `stream` and `events`, for `FriendliClient.stream` and `FriendliClient.events`.
 * @category operations
 */
export const streamOperation: Operation.Streaming<CompletionRequest, CompletionChunk> =
  /*#__PURE__*/ Operation.streaming({
    name: "Completions.stream",
    path: "/completions",
    genAi: "text_completion",
    generates: true,
    bodyOverrides: { stream: true },
    withBodyDefaults: withUsage,
    request: CompletionRequest,
    event: CompletionChunk,
    observer: observers.answer,
    fillMissing: missing.completionChunk,
    completion: endings.completion
  })

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<Completions.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): Completions.Service => ({
    complete: (request, options) => client.execute(completeOperation, request, options),
    completeWithResponse: (request, options) => client.executeWithResponse(completeOperation, request, options),
    stream: (request, options) => client.stream(streamOperation, request, options),
    streamWithResponse: (request, options) => client.streamWithResponse(streamOperation, request, options),
    events: (request, options) => client.events(streamOperation, request, options)
  })
)

/**
 * The capability over the provided client. The deployment layers include it.
 * @category layers
 */
export const layer: Layer.Layer<Completions, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Completions, make)

/**
 * Asks for a whole continuation.
 *
 * **When to use**: when nothing is shown before the answer is complete. Otherwise use `stream`.
 *
 * **Details**: `request` has the field names of the API, and either `prompt` (a string or several) or `tokens`. `model`
 * may be left out if the deployment has a default. An invalid request fails with an `InvalidRequestError` before
 * anything is sent; for the other errors see `FriendliError`. The answer has `choices` (one, or `n` for each prompt),
 * each with `text`, `tokens`, `seed` and `finish_reason`, and `usage` in tokens.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Completions, Serverless } from "effect-friendli"
 *
 * const program = Completions.complete({
 *   model: "meta-llama-3.1-8b-instruct",
 *   prompt: "Say this is a test!",
 *   max_tokens: 200,
 *   top_k: 1
 * })
 *
 * program.pipe(
 *   Effect.map((answer) => answer.object),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => text_completion
 * ```
 * @category accessors
 */
export const complete = (
  request: CompletionRequest,
  options?: RequestOptions
): Effect.Effect<Completion, FriendliError, Completions> =>
  Effect.flatMap(Completions, (completions) => completions.complete(request, options))

/**
 * As `complete`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const completeWithResponse = (
  request: CompletionRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<Completion>, FriendliError, Completions> =>
  Effect.flatMap(Completions, (completions) => completions.completeWithResponse(request, options))

/**
 * Asks for a streamed continuation.
 *
 * **When to use**: to show text as it arrives; combine it with `CompletionStream.text` or `CompletionStream.fold`.
 *
 * **Details**: the request is sent when the stream runs, each time it runs. `stream_options.include_usage` is true
 * unless you set it, so that the last chunk has `usage`. Stopping early closes the connection. A stream that is cut
 * short, sends no data for too long, loses its connection or carries an error fails with a typed error
 * (`StreamTruncatedError`, `RequestTimeoutError`, `ConnectionError`, `ServerError` …) after the chunks that arrived.
 * @category accessors
 */
export const stream = (
  request: CompletionRequest,
  options?: RequestOptions
): Stream.Stream<CompletionChunk, FriendliStreamError, Completions> =>
  streams.unwrap(Effect.map(Completions, (completions) => completions.stream(request, options)))

/**
 * As `stream`, but runs it: calls `use` with each chunk, one after another, and succeeds when the stream has ended.
 *
 * **When to use**: in servers that have many streams at once. It costs a fraction of `Stream.runForEach`, because it does without the
 * parts that combinators need. To use combinators, use `stream`.
 *
 * **Details**: `use` returns nothing, or an effect that runs before the next chunk; while it runs, the server waits (back-pressure). A
 * failure of the effect ends the stream and closes the connection. Errors, retries, timeouts and interruption are those of `stream`.
 * @category accessors
 */
export const forEach = <E = never, R = never>(
  request: CompletionRequest,
  use: (chunk: CompletionChunk) => Effect.Effect<unknown, E, R> | void,
  options?: RequestOptions
): Effect.Effect<void, FriendliStreamError | E, Completions | R> =>
  Effect.flatMap(Completions, (completions) => streams.forEach(completions.stream(request, options), use))

/**
 * As `stream`, but opened: gives status, headers and request id as soon as the first chunk has arrived. The stream
 * belongs to the scope and runs once.
 * @category accessors
 */
export const streamWithResponse = (
  request: CompletionRequest,
  options?: RequestOptions
): Effect.Effect<
  WithResponse<Stream.Stream<CompletionChunk, FriendliStreamError>>,
  FriendliStreamError,
  Completions | Scope.Scope
> => Effect.flatMap(Completions, (completions) => completions.streamWithResponse(request, options))

/**
 * The server-sent events of a streamed answer as they arrive: name, id and the text of the data. Nothing is decoded or checked.
 *
 * **When to use**: to see what a server sends, or to read fields that this version does not know. Otherwise use
 * `stream`.
 *
 * **Gotchas**: an error event is an element here, and a stream that is cut short between events ends without a failure.
 * @category accessors
 */
export const events = (
  request: CompletionRequest,
  options?: RequestOptions
): Stream.Stream<SseEvent, FriendliStreamError, Completions> =>
  streams.unwrap(Effect.map(Completions, (completions) => completions.events(request, options)))
