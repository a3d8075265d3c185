/** Token counts of a generation. */
import * as Schema from "effect/Schema"
import { nullish } from "./primitives.js"

/**
 * How the tokens of the prompt were served. Wire: `PromptTokensDetails`.
 * @category schemas
 */
export const PromptTokensDetails = Schema.Struct({
  /** Tokens of the prompt that came from the server's prefix cache instead of being computed. */
  cached_tokens: nullish(Schema.Number)
}).annotations({ identifier: "PromptTokensDetails" })

/** @category models */
export interface PromptTokensDetails extends Schema.Schema.Type<typeof PromptTokensDetails> {
  readonly cached_tokens?: number | null | undefined
}

/**
 * How many tokens a call read and wrote: the basis of its price. Wire: `ChatUsage`, `TextUsage`.
 *
 * **Details**: a stream has it only in its last chunk, and only with `stream_options: { include_usage: true }`, which
 * this SDK asks for unless told otherwise. Each count may be missing.
 * @category schemas
 */
export const Usage = Schema.Struct({
  /** Tokens read: the prompt with the chat template around it. */
  prompt_tokens: nullish(Schema.Number),
  /** Tokens generated, over all choices. Reasoning counts too. */
  completion_tokens: nullish(Schema.Number),
  /** The sum of both. */
  total_tokens: nullish(Schema.Number),
  /** How the prompt was served, where the server tells. */
  prompt_tokens_details: nullish(PromptTokensDetails)
}).annotations({ identifier: "Usage" })

/** @category models */
export interface Usage extends Schema.Schema.Type<typeof Usage> {
  readonly prompt_tokens_details?: PromptTokensDetails | null | undefined
}
