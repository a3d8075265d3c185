/**
 * Tokenization: turns text into the token ids of a model, and back.
 *
 * On every deployment. Source: "Tokenization" and "Detokenization" of the API reference, `POST …/v1/tokenize`, `…/v1/detokenize`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { FriendliError } from "./errors/FriendliError.js"
import { FriendliClient, type WithResponse } from "./client/FriendliClient.js"
import * as observers from "./accumulators/facts.js"
import * as Operation from "./core/Operation.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import { Detokenized, DetokenizeRequest, Tokenized, TokenizeRequest } from "./schema/Tokens.js"

export {
  /** The schema of the answer of `detokenize`. See `schema/Tokens`. */
  Detokenized,
  /** The schema of the request of `detokenize`. See `schema/Tokens`. */
  DetokenizeRequest,
  /** The schema of the answer of `tokenize`. See `schema/Tokens`. */
  Tokenized,
  /** The schema of the request of `tokenize`. See `schema/Tokens`. */
  TokenizeRequest
}

/**
 * The capability: a program that tokenizes or detokenizes text has it in its `R`.
 * @category tags
 */
export class Tokens extends Context.Tag("effect-friendli/Tokens")<Tokens, Tokens.Service>() {}

export declare namespace Tokens {
  /** What `Tokens.layer` provides, and what a mock replaces. */
  export interface Service {
    /** Turns text into token ids. */
    readonly tokenize: (request: TokenizeRequest, options?: RequestOptions) => Effect.Effect<Tokenized, FriendliError>
    /** Turns text into token ids, with status, headers and request id. */
    readonly tokenizeWithResponse: (
      request: TokenizeRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<Tokenized>, FriendliError>
    /** Turns token ids into text. */
    readonly detokenize: (
      request: DetokenizeRequest,
      options?: RequestOptions
    ) => Effect.Effect<Detokenized, FriendliError>
    /** Turns token ids into text, with status, headers and request id. */
    readonly detokenizeWithResponse: (
      request: DetokenizeRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<Detokenized>, FriendliError>
  }
}

/**
 * The operation of `tokenize`, for `FriendliClient.execute`.
 * @category operations
 */
export const tokenizeOperation: Operation.Unary<TokenizeRequest, Tokenized> = /*#__PURE__*/ Operation.unary({
  name: "Tokens.tokenize",
  path: "/tokenize",
  genAi: "tokenize",
  request: TokenizeRequest,
  response: Tokenized,
  observer: observers.tokens
})

/**
 * The operation of `detokenize`, for `FriendliClient.execute`.
 * @category operations
 */
export const detokenizeOperation: Operation.Unary<DetokenizeRequest, Detokenized> = /*#__PURE__*/ Operation.unary({
  name: "Tokens.detokenize",
  path: "/detokenize",
  genAi: "detokenize",
  request: DetokenizeRequest,
  response: Detokenized
})

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<Tokens.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): Tokens.Service => ({
    tokenize: (request, options) => client.execute(tokenizeOperation, request, options),
    tokenizeWithResponse: (request, options) => client.executeWithResponse(tokenizeOperation, request, options),
    detokenize: (request, options) => client.execute(detokenizeOperation, request, options),
    detokenizeWithResponse: (request, options) => client.executeWithResponse(detokenizeOperation, request, options)
  })
)

/**
 * The capability over the provided client. The deployment layers include it.
 * @category layers
 */
export const layer: Layer.Layer<Tokens, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Tokens, make)

/**
 * Turns text into the token ids of a model.
 *
 * **When to use**: to count tokens before a request, or to see how a model reads a text.
 *
 * **Details**: the answer is `{ tokens }`, including the beginning-of-text token. Fails with a `FriendliError`.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Serverless, Tokens } from "effect-friendli"
 *
 * Tokens.tokenize({ model: "meta-llama-3.1-8b-instruct", prompt: "What is generative AI?" }).pipe(
 *   Effect.map(({ tokens }) => tokens.join(" ")),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => 128000 3923 374 1803 1413 15592 30
 * ```
 * @category accessors
 */
export const tokenize = (
  request: TokenizeRequest,
  options?: RequestOptions
): Effect.Effect<Tokenized, FriendliError, Tokens> =>
  Effect.flatMap(Tokens, (tokens) => tokens.tokenize(request, options))

/**
 * As `tokenize`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const tokenizeWithResponse = (
  request: TokenizeRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<Tokenized>, FriendliError, Tokens> =>
  Effect.flatMap(Tokens, (tokens) => tokens.tokenizeWithResponse(request, options))

/**
 * Turns token ids back into text.
 *
 * **When to use**: to read a sequence of ids. The ids of special tokens have no text.
 *
 * **Details**: the answer is `{ text }`. Fails with a `FriendliError`.
 * @category accessors
 */
export const detokenize = (
  request: DetokenizeRequest,
  options?: RequestOptions
): Effect.Effect<Detokenized, FriendliError, Tokens> =>
  Effect.flatMap(Tokens, (tokens) => tokens.detokenize(request, options))

/**
 * As `detokenize`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const detokenizeWithResponse = (
  request: DetokenizeRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<Detokenized>, FriendliError, Tokens> =>
  Effect.flatMap(Tokens, (tokens) => tokens.detokenizeWithResponse(request, options))
