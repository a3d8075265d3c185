/**
 * The front door: the four operations of the API under the names of the reference documents.
 *
 * One implementation each, in `Chat`, `Completions` and `Tokens`; this module gives them their reference names.
 */
export {
  /**
   * Chat completion: `inference.chat_completion` of the reference. The same function as `Chat.complete`.
   *
   * @example
   * ```ts
   * import { FetchHttpClient } from "@effect/platform"
   * import { Effect } from "effect"
   * import { Inference, Serverless } from "effect-friendli"
   *
   * const program = Inference.chatCompletion({
   *   model: "meta-llama-3.1-8b-instruct",
   *   messages: [
   *     { role: "system", content: "You are a helpful assistant." },
   *     { role: "user", content: "Hello!" }
   *   ],
   *   max_tokens: 200
   * })
   *
   * program.pipe(
   *   Effect.map((answer) => answer.choices.length),
   *   Effect.provide(Serverless.layerConfig()),
   *   Effect.provide(FetchHttpClient.layer),
   *   Effect.runPromise
   * ).then(console.log)
   * // => 1
   * ```
   *
   * @category operations
   */
  complete as chatCompletion,
  /**
   * Streamed chat completion. The same function as `Chat.stream`.
   *
   * @example
   * ```ts
   * import { ChatStream, Inference } from "effect-friendli"
   *
   * const text = ChatStream.text(Inference.chatCompletionStream({
   *   model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }]
   * }))
   * ```
   *
   * @category operations
   */
  stream as chatCompletionStream
} from "./Chat.js"
export {
  /**
   * Completion: `inference.completion` of the reference. The same function as `Completions.complete`.
   *
   * @example
   * ```ts
   * import { FetchHttpClient } from "@effect/platform"
   * import { Effect } from "effect"
   * import { Inference, Serverless } from "effect-friendli"
   *
   * Inference.completion({ model: "meta-llama-3.1-8b-instruct", prompt: "Say this is a test!", max_tokens: 200, top_k: 1 }).pipe(
   *   Effect.map((answer) => answer.choices.length),
   *   Effect.provide(Serverless.layerConfig()),
   *   Effect.provide(FetchHttpClient.layer),
   *   Effect.runPromise
   * ).then(console.log)
   * // => 1
   * ```
   *
   * @category operations
   */
  complete as completion,
  /**
   * Streamed completion. The same function as `Completions.stream`.
   *
   * @example
   * ```ts
   * import { CompletionStream, Inference } from "effect-friendli"
   *
   * const text = CompletionStream.text(Inference.completionStream({
   *   model: "meta-llama-3.1-8b-instruct", prompt: "Say this is a test!", max_tokens: 200
   * }))
   * ```
   *
   * @category operations
   */
  stream as completionStream
} from "./Completions.js"
export {
  /**
   * Detokenization: `inference.detokenization` of the reference. The same function as `Tokens.detokenize`.
   *
   * @example
   * ```ts
   * import { Inference } from "effect-friendli"
   *
   * const program = Inference.detokenization({
   *   model: "meta-llama-3.1-8b-instruct", tokens: [128000, 3923, 374, 1803, 1413, 15592, 30]
   * })
   * ```
   *
   * @category operations
   */
  detokenize as detokenization,
  /**
   * Tokenization: `inference.tokenization` of the reference. The same function as `Tokens.tokenize`.
   *
   * @example
   * ```ts
   * import { Inference } from "effect-friendli"
   *
   * const program = Inference.tokenization({ model: "meta-llama-3.1-8b-instruct", prompt: "What is generative AI?" })
   * ```
   *
   * @category operations
   */
  tokenize as tokenization
} from "./Tokens.js"
