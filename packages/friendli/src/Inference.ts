/**
 * The four core operations of the API under the names of the API reference.
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
   * @category operations
   */
  complete as chatCompletion,
  /** Streamed chat completion. The same function as `Chat.stream`. */
  stream as chatCompletionStream
} from "./Chat.js"
export {
  /** Completion: `inference.completion` of the reference. The same function as `Completions.complete`. */
  complete as completion,
  /** Streamed completion. The same function as `Completions.stream`. */
  stream as completionStream
} from "./Completions.js"
export {
  /** Detokenization: `inference.detokenization` of the reference. The same function as `Tokens.detokenize`. */
  detokenize as detokenization,
  /** Tokenization: `inference.tokenization` of the reference. The same function as `Tokens.tokenize`. */
  tokenize as tokenization
} from "./Tokens.js"
