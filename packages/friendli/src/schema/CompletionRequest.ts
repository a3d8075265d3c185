/** The body of a completion request: continues a text or tokens. */
import * as Schema from "effect/Schema"
import { SentenceId } from "../internal/annotations.js"
import { FiniteNumber, finiteNumber, Int, ModelName, nullish, Text } from "./primitives.js"
import type { ResponseFormat } from "./ResponseFormat.js"
import { LimitFields, SamplingFields } from "./Sampling.js"

/** A sequence of token ids. Wire: `TokenSequence`. */
export const TokenSequence = Schema.Struct({
  /** The ids, in order. */
  tokens: nullish(Schema.Array(Int))
}).annotations({ identifier: "TokenSequence" })

export interface TokenSequence extends Schema.Schema.Type<typeof TokenSequence> {
  readonly tokens?: ReadonlyArray<number> | null | undefined
}

const CompletionFields = {
  /**
   * The model. Serverless: a model code. Dedicated: an endpoint id, or `ENDPOINT_ID:ADAPTER_ROUTE`. Container: an
   * adapter route, or nothing. Absent or `null`: the deployment's default.
   */
  model: nullish(ModelName),
  ...SamplingFields,
  ...LimitFields,
  /** The maximum number of tokens of prompt and generated text together. Not together with `max_tokens`. */
  max_total_tokens: nullish(Int),
  /** The minimum number of tokens of prompt and generated text together. Not together with `min_tokens`. */
  min_total_tokens: nullish(Int),
  /** How many of the most likely tokens to report at each position, with their log probabilities. */
  logprobs: nullish(Int),
  /** Generation ends before the first of these token sequences. */
  stop_tokens: nullish(Schema.Array(TokenSequence)),
  /** Texts that must not be generated. Server default: none. */
  bad_words: nullish(Schema.Array(Text)),
  /** Token sequences that must not be generated. */
  bad_word_tokens: nullish(Schema.Array(TokenSequence)),
  /** The length of token sequences that must not be generated twice; 1 switches it off. Server default: 1. */
  no_repeat_ngram: nullish(Int),
  /**
   * The length of token sequences of the encoder's input that must not be repeated; 1 switches it off. Server default:
   * 1.
   */
  encoder_no_repeat_ngram: nullish(Int),
  /** Like `repetition_penalty`, for tokens of the encoder's input. Above 0. */
  encoder_repetition_penalty: nullish(finiteNumber({ exclusiveMinimum: 0 })),
  /** Token ids that the text must begin with. */
  forced_output_tokens: nullish(Schema.Array(Int)),
  /** Embeddings that replace prompt tokens, concatenated in one list. Finite numbers. */
  embedding_to_replace: nullish(Schema.Array(FiniteNumber)),
  /** Positions of the prompt tokens whose embeddings are replaced. */
  token_index_to_replace: nullish(Schema.Array(Int))
} as const

const notTogether = "prompt and tokens cannot be given together"

// a plain `optional` would merge the annotated `undefined` with its own and lose the message
const Absent = Schema.optionalWith(
  Schema.Undefined.annotations({ [SentenceId]: notTogether, message: () => notTogether }),
  { exact: true }
)

/** Continues a text. Wire: `CompletionsServerlessBodyWithPrompt` and its twins. */
export const PromptCompletionRequest = Schema.Struct({
  ...CompletionFields,
  /** The text to continue, or several texts. */
  prompt: Schema.Union(Text, Schema.Array(Text)),
  /** Not together with `prompt`. */
  tokens: Absent
}).annotations({ identifier: "PromptCompletionRequest" })

export interface PromptCompletionRequest extends Schema.Schema.Type<typeof PromptCompletionRequest> {
  readonly prompt: string | ReadonlyArray<string>
  readonly response_format?: ResponseFormat | null | undefined
  readonly stop_tokens?: ReadonlyArray<TokenSequence> | null | undefined
  readonly bad_word_tokens?: ReadonlyArray<TokenSequence> | null | undefined
}

/** Continues a sequence of token ids. Wire: `CompletionsServerlessBodyWithTokens` and its twins. */
export const TokensCompletionRequest = Schema.Struct({
  ...CompletionFields,
  /** The token ids to continue, from the model's tokenizer. */
  tokens: Schema.Array(Int),
  /** Not together with `tokens`. */
  prompt: Absent
}).annotations({ identifier: "TokensCompletionRequest" })

export interface TokensCompletionRequest extends Schema.Schema.Type<typeof TokensCompletionRequest> {
  readonly tokens: ReadonlyArray<number>
  readonly response_format?: ResponseFormat | null | undefined
  readonly stop_tokens?: ReadonlyArray<TokenSequence> | null | undefined
  readonly bad_word_tokens?: ReadonlyArray<TokenSequence> | null | undefined
}

/**
 * A request for the continuation of a text (`prompt`) or of token ids (`tokens`). Wire: `ServerlessCompletionsBody` and
 * twins.
 *
 * **When to use**: with `Inference.completion` and `Inference.completionStream`. `stream` is not a field: the function
 * that is called decides.
 *
 * **Details**: the server checks rules between fields: not `max_tokens` with `max_total_tokens`, and not `min_tokens`
 * with `min_total_tokens` or `response_format`.
 */
export const CompletionRequest = Schema.Union(PromptCompletionRequest, TokensCompletionRequest).annotations({
  identifier: "CompletionRequest"
})

/** A request for the continuation of a text or of token ids. */
export type CompletionRequest = PromptCompletionRequest | TokensCompletionRequest
