/**
 * Completions: a prompt, as text or as tokens, goes on.
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
import { unwrap } from "./internal/streams.js"
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
 * The capability: what a program that completes text needs in its `R`.
 *
 * **When to use**: through the accessors below; as a tag to provide a mock: `Layer.mock(Completions.Completions, { complete: … })`.
 * @category tags
 */
export class Completions extends Context.Tag("effect-friendli/Completions")<Completions, Completions.Service>() {}

export declare namespace Completions {
  /**
   * What `Completions.layer` provides, and what a mock replaces.
   *
   * @category models
   */
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
    /** The answer as it is written. */
    readonly stream: (
      request: CompletionRequest,
      options?: RequestOptions
    ) => Stream.Stream<CompletionChunk, FriendliStreamError>
    /** The opened stream with status, headers and request id; it lives as long as the scope and runs once. */
    readonly streamWithResponse: (
      request: CompletionRequest,
      options?: RequestOptions
    ) => Effect.Effect<
      WithResponse<Stream.Stream<CompletionChunk, FriendliStreamError>>,
      FriendliStreamError,
      Scope.Scope
    >
    /** The events of a stream as text, with their names and ids, nothing decoded. */
    readonly events: (
      request: CompletionRequest,
      options?: RequestOptions
    ) => Stream.Stream<SseEvent, FriendliStreamError>
  }
}

/**
 * The operation behind `complete`, for `FriendliClient.execute`.
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
 * The operation behind `stream`, for `FriendliClient.stream` and, undecoded, `FriendliClient.events`.
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
 * Makes the capability out of a client.
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
 * The capability over whatever client is provided. The deployment layers hold it already.
 * @category layers
 */
export const layer: Layer.Layer<Completions, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Completions, make)

/**
 * Asks for a whole continuation.
 *
 * **When to use**: when nothing is shown before the answer is complete. Otherwise `stream`.
 *
 * **Details**: `request` as in the API, wire names kept; `prompt` (a string, or several at once) or `tokens`. `model` may be left out where the deployment has a
 * default. Fails with `InvalidRequestError` before anything is sent when the request is invalid; see `FriendliError` for the
 * rest. The answer has `choices` (one, or `n` for each prompt), each with `text`, `tokens`, `seed` and `finish_reason`, and `usage` in tokens.
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
 * As `complete`, with what the response said besides: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const completeWithResponse = (
  request: CompletionRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<Completion>, FriendliError, Completions> =>
  Effect.flatMap(Completions, (completions) => completions.completeWithResponse(request, options))

/**
 * Asks for a continuation as it is written.
 *
 * **When to use**: to show text as it comes; with `CompletionStream.text` or `CompletionStream.fold`.
 *
 * **Details**: the request is sent when the stream runs, each time it runs. `stream_options.include_usage` is true unless you set it,
 * so that the last chunk has `usage`. Leaving early closes the connection. A stream that ends without its end, stands still,
 * breaks off or carries an error fails typed (`StreamTruncatedError`, `RequestTimeoutError`, `ConnectionError`, `ServerError` …)
 * after every chunk that had arrived.
 * @category accessors
 */
export const stream = (
  request: CompletionRequest,
  options?: RequestOptions
): Stream.Stream<CompletionChunk, FriendliStreamError, Completions> =>
  unwrap(Effect.map(Completions, (completions) => completions.stream(request, options)))

/**
 * As `stream`, opened: gives status, headers and request id once the first chunk is there. The stream belongs to the scope and
 * runs once.
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
 * The events of a streamed answer as they come: name, id and the text of the data, nothing decoded and nothing judged.
 *
 * **When to use**: to see what a server sends, or to read what this version does not know. Otherwise `stream`.
 *
 * **Gotchas**: an error event is an element here, and an answer that breaks off between events ends like a whole one.
 * @category accessors
 */
export const events = (
  request: CompletionRequest,
  options?: RequestOptions
): Stream.Stream<SseEvent, FriendliStreamError, Completions> =>
  unwrap(Effect.map(Completions, (completions) => completions.events(request, options)))
