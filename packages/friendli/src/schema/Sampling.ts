/**
 * The fields that chat and completion requests share: how tokens are chosen, and when generation ends.
 *
 * They are plain records of schema fields, to spread into `Schema.Struct`. Every field is optional; absent or `null`
 * means the server's default.
 */
import * as Schema from "effect/Schema"
import { FiniteNumber, finiteNumber, Int, int, nullish, openEnum, Text } from "./primitives.js"
import { ResponseFormat } from "./ResponseFormat.js"

/**
 * Options of a stream. Wire: `StreamOptions`.
 * @category settings
 */
export const StreamOptions = Schema.Struct({
  /** Whether the stream ends with a chunk with the token counts. */
  include_usage: nullish(Schema.Boolean)
}).annotations({ identifier: "StreamOptions" })

export interface StreamOptions extends Schema.Schema.Type<typeof StreamOptions> {
  readonly include_usage?: boolean | null | undefined
}

/**
 * How much a reasoning model reasons, in chat and in messages. Other levels pass too, because new models add some.
 * @category settings
 */
export const ReasoningEffort = openEnum("minimal", "low", "medium", "high", "xhigh", "max", "ultracode")

export type ReasoningEffort = Schema.Schema.Type<typeof ReasoningEffort>

/**
 * How each token is sampled.
 * @category fields
 */
export const SamplingFields = {
  /**
   * The sampling temperature: near 0 always the most likely token, 1 the model's own probabilities, above 1 more
   * random. Any finite number; the server defines the accepted range. Server default: 1.
   */
  temperature: nullish(FiniteNumber),
  /** Sample only from the k most likely tokens. Integer of at least 0; 0 means all tokens. Server default: 0. */
  top_k: nullish(int({ minimum: 0 })),
  /**
   * Sample only from the most likely tokens that together reach this probability. Above 0, at most 1. Server default:
   * 1.
   */
  top_p: nullish(finiteNumber({ exclusiveMinimum: 0, maximum: 1 })),
  /**
   * Sample only tokens with at least this fraction of the most likely token's probability. 0 to 1; 0 switches it off.
   * Server default: 0.
   */
  min_p: nullish(finiteNumber({ minimum: 0, maximum: 1 })),
  /**
   * XTC: tokens above this probability, except the least likely of them, may be excluded for more unusual text. 0 to 1.
   * Server default: 0.
   */
  xtc_threshold: nullish(finiteNumber({ minimum: 0, maximum: 1 })),
  /** XTC: the probability of that exclusion. 0 to 1; 0 switches it off. Server default: 0. */
  xtc_probability: nullish(finiteNumber({ minimum: 0, maximum: 1 })),
  /**
   * Makes tokens less likely in proportion to how often the text already has them; negative values make them more
   * likely. -2 to 2.
   */
  frequency_penalty: nullish(finiteNumber({ minimum: -2, maximum: 2 })),
  /**
   * Makes tokens less likely if the text already has them, independent of how often; negative values make them more
   * likely. -2 to 2.
   */
  presence_penalty: nullish(finiteNumber({ minimum: -2, maximum: 2 })),
  /**
   * Divides the score of tokens that are already in the prompt or text: above 1 avoids repetition, 1 is neutral. Above
   * 0.
   */
  repetition_penalty: nullish(finiteNumber({ exclusiveMinimum: 0 })),
  /**
   * The random seed: the same seed with the same request gives the same text, as far as the server supports it. A list
   * has one seed for each of the `n` choices. Safe integers.
   */
  seed: nullish(Schema.Union(Int, Schema.Array(Int)))
} as const

/**
 * How much is generated, and what ends the generation.
 * @category fields
 */
export const LimitFields = {
  /** How many independent answers to generate. Each is billed. Server default: 1. */
  n: nullish(Int),
  /**
   * The maximum number of tokens to generate for each choice. A choice that reaches it has the finish reason `length`.
   */
  max_tokens: nullish(Int),
  /**
   * The minimum number of tokens to generate. Not together with `response_format`, nor with a chat's `tools`. Server
   * default: 0.
   */
  min_tokens: nullish(Int),
  /** Generation ends before the first of these texts. Server default: none. */
  stop: nullish(Schema.Array(Text)),
  /** Ids of the tokens that end the text, instead of the model's own. */
  eos_token: nullish(Schema.Array(Int)),
  /** The format that the text must have. Not together with `min_tokens`, nor with a chat's `tools`. */
  response_format: nullish(ResponseFormat),
  /** Options of a stream. Only streaming calls send them. */
  stream_options: nullish(StreamOptions)
} as const
