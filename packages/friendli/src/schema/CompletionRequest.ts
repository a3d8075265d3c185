/** The body of a completion request: continue a text, or continue tokens. */
import * as Schema from "effect/Schema"
import { SentenceId } from "../internal/annotations.js"
import { FiniteNumber, finiteNumber, Int, nullish, Text } from "./primitives.js"
import type { ResponseFormat } from "./ResponseFormat.js"
import { LimitFields, SamplingFields } from "./Sampling.js"

/**
 * A sequence of token ids. Wire: `TokenSequence`.
 * @category schemas
 */
export const TokenSequence = Schema.Struct({
  /** The ids, in order. */
  tokens: nullish(Schema.Array(Int))
}).annotations({ identifier: "TokenSequence" })

/** @category models */
export interface TokenSequence extends Schema.Schema.Type<typeof TokenSequence> {
  readonly tokens?: ReadonlyArray<number> | null | undefined
}

const CompletionFields = {
  /**
   * Which model continues. Serverless: a model code. Dedicated: an endpoint id, or `ENDPOINT_ID:ADAPTER_ROUTE`.
   * Container: an adapter route, or nothing. Absent or `null` takes the deployment's default.
   */
  model: nullish(Text),
  ...SamplingFields,
  ...LimitFields,
  /** The most tokens of prompt and text together. Not together with `max_tokens`. */
  max_total_tokens: nullish(Int),
  /** The fewest tokens of prompt and text together. Not together with `min_tokens`. */
  min_total_tokens: nullish(Int),
  /** How many of the likeliest tokens to tell at each position, with their log probabilities. */
  logprobs: nullish(Int),
  /** Generation ends before the first of these token sequences. */
  stop_tokens: nullish(Schema.Array(TokenSequence)),
  /** Texts that must not be generated. Server default: none. */
  bad_words: nullish(Schema.Array(Text)),
  /** Token sequences that must not be generated. */
  bad_word_tokens: nullish(Schema.Array(TokenSequence)),
  /** No sequence of this many tokens is generated twice; 1 switches it off. Server default: 1. */
  no_repeat_ngram: nullish(Int),
  /** No sequence of this many tokens of the encoder's input is repeated; 1 switches it off. Server default: 1. */
  encoder_no_repeat_ngram: nullish(Int),
  /** Like `repetition_penalty`, for tokens of the encoder's input. Above 0. */
  encoder_repetition_penalty: nullish(finiteNumber({ exclusiveMinimum: 0 })),
  /** Token ids that the text must begin with. */
  forced_output_tokens: nullish(Schema.Array(Int)),
  /** Embeddings that take the place of prompt tokens, one after another as one flat list. Finite numbers. */
  embedding_to_replace: nullish(Schema.Array(FiniteNumber)),
  /** Positions of the prompt tokens whose embeddings are replaced. */
  token_index_to_replace: nullish(Schema.Array(Int))
} as const

const notTogether = "prompt and tokens cannot be given together"

// a plain `optional` would merge the annotated `undefined` with its own and lose the sentence
const Absent = Schema.optionalWith(
  Schema.Undefined.annotations({ [SentenceId]: notTogether, message: () => notTogether }),
  { exact: true }
)

/**
 * Continues a text. Wire: `CompletionsServerlessBodyWithPrompt` and its twins.
 * @category schemas
 */
export const PromptCompletionRequest = Schema.Struct({
  ...CompletionFields,
  /** The text to continue, or several texts. */
  prompt: Schema.Union(Text, Schema.Array(Text)),
  /** Not together with `prompt`. */
  tokens: Absent
}).annotations({ identifier: "PromptCompletionRequest" })

/** @category models */
export interface PromptCompletionRequest extends Schema.Schema.Type<typeof PromptCompletionRequest> {
  readonly prompt: string | ReadonlyArray<string>
  readonly response_format?: ResponseFormat | null | undefined
  readonly stop_tokens?: ReadonlyArray<TokenSequence> | null | undefined
  readonly bad_word_tokens?: ReadonlyArray<TokenSequence> | null | undefined
}

/**
 * Continues a sequence of token ids. Wire: `CompletionsServerlessBodyWithTokens` and its twins.
 * @category schemas
 */
export const TokensCompletionRequest = Schema.Struct({
  ...CompletionFields,
  /** The token ids to continue, of the model's own tokenizer. */
  tokens: Schema.Array(Int),
  /** Not together with `tokens`. */
  prompt: Absent
}).annotations({ identifier: "TokensCompletionRequest" })

/** @category models */
export interface TokensCompletionRequest extends Schema.Schema.Type<typeof TokensCompletionRequest> {
  readonly tokens: ReadonlyArray<number>
  readonly response_format?: ResponseFormat | null | undefined
  readonly stop_tokens?: ReadonlyArray<TokenSequence> | null | undefined
  readonly bad_word_tokens?: ReadonlyArray<TokenSequence> | null | undefined
}

/**
 * Asks for the continuation of a text (`prompt`) or of token ids (`tokens`). Wire: `ServerlessCompletionsBody` and twins.
 *
 * **When to use**: with `Inference.completion` and `Inference.completionStream`. `stream` is not a field: the function
 * that is called decides.
 *
 * **Details**: rules between fields are left to the server: not `max_tokens` with `max_total_tokens`, not `min_tokens`
 * with `min_total_tokens` or `response_format`.
 * @category schemas
 */
export const CompletionRequest = Schema.Union(PromptCompletionRequest, TokensCompletionRequest).annotations({
  identifier: "CompletionRequest"
})

/**
 * Asks for the continuation of a text or of token ids.
 * @category models
 */
export type CompletionRequest = PromptCompletionRequest | TokensCompletionRequest
