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
 * What a stream carries besides the text. Wire: `StreamOptions`.
 * @category schemas
 */
export const StreamOptions = Schema.Struct({
  /** Whether the stream ends with a chunk that holds the token counts. */
  include_usage: nullish(Schema.Boolean)
}).annotations({ identifier: "StreamOptions" })

/** @category models */
export interface StreamOptions extends Schema.Schema.Type<typeof StreamOptions> {
  readonly include_usage?: boolean | null | undefined
}

/**
 * How much a reasoning model thinks, in chat and in messages. Another level than these passes: new ones come with new models.
 * @category schemas
 */
export const ReasoningEffort = openEnum("minimal", "low", "medium", "high", "xhigh", "max", "ultracode")

/** @category models */
export type ReasoningEffort = Schema.Schema.Type<typeof ReasoningEffort>

/**
 * How each token is chosen.
 * @category fields
 */
export const SamplingFields = {
  /**
   * How freely tokens are drawn: near 0 always the likeliest, 1 as the model says, above 1 flatter. Any finite number;
   * the server defines what it accepts. Server default: 1.
   */
  temperature: nullish(FiniteNumber),
  /** Draw only among the k likeliest tokens. Integer of at least 0; 0 draws among all. Server default: 0. */
  top_k: nullish(int({ minimum: 0 })),
  /** Draw only among the likeliest tokens that together reach this probability. Above 0, at most 1. Server default: 1. */
  top_p: nullish(finiteNumber({ exclusiveMinimum: 0, maximum: 1 })),
  /**
   * Draw only tokens at least this probable, as a share of the likeliest token's probability. 0 to 1; 0 switches it off.
   * Server default: 0.
   */
  min_p: nullish(finiteNumber({ minimum: 0, maximum: 1 })),
  /**
   * XTC: tokens above this probability, except the least likely of them, may be excluded to get less usual text. 0 to 1.
   * Server default: 0.
   */
  xtc_threshold: nullish(finiteNumber({ minimum: 0, maximum: 1 })),
  /** XTC: how often that exclusion happens, as a probability. 0 to 1; 0 switches it off. Server default: 0. */
  xtc_probability: nullish(finiteNumber({ minimum: 0, maximum: 1 })),
  /** Makes tokens less likely the more often the text has them already; negative values make them likelier. -2 to 2. */
  frequency_penalty: nullish(finiteNumber({ minimum: -2, maximum: 2 })),
  /** Makes tokens less likely once the text has them, however often; negative values make them likelier. -2 to 2. */
  presence_penalty: nullish(finiteNumber({ minimum: -2, maximum: 2 })),
  /** Divides the score of tokens that prompt or text hold already: above 1 avoids repetition, 1 is neutral. Above 0. */
  repetition_penalty: nullish(finiteNumber({ exclusiveMinimum: 0 })),
  /**
   * Starts the random draw: the same seed with the same request gives the same text, as far as the server can. A list
   * gives one seed to each of the `n` choices. Safe integers.
   */
  seed: nullish(Schema.Union(Int, Schema.Array(Int)))
} as const

/**
 * How much is generated, and what ends it.
 * @category fields
 */
export const LimitFields = {
  /** How many independent answers to generate. Each is paid for. Server default: 1. */
  n: nullish(Int),
  /** The most tokens to generate for each choice. A choice that reaches it has finish reason `length`. */
  max_tokens: nullish(Int),
  /** The fewest tokens to generate. Not together with `response_format`, nor with a chat's `tools`. Server default: 0. */
  min_tokens: nullish(Int),
  /** Generation ends before the first of these texts. Server default: none. */
  stop: nullish(Schema.Array(Text)),
  /** Ids of the tokens that end the text, in place of the model's own. */
  eos_token: nullish(Schema.Array(Int)),
  /** The form that the text must have. Not together with `min_tokens`, nor with a chat's `tools`. */
  response_format: nullish(ResponseFormat),
  /** What a stream carries besides the text. Only streaming calls send it. */
  stream_options: nullish(StreamOptions)
} as const
