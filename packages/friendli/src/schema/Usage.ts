/** Token counts of a generation. */
import * as Schema from "effect/Schema"
import { nullish } from "./primitives.js"

/** Details about the prompt tokens. Wire: `PromptTokensDetails`. */
export const PromptTokensDetails = Schema.Struct({
  /** Prompt tokens that came from the server's prefix cache. */
  cached_tokens: nullish(Schema.Number)
}).annotations({ identifier: "PromptTokensDetails" })

export interface PromptTokensDetails extends Schema.Schema.Type<typeof PromptTokensDetails> {
  readonly cached_tokens?: number | null | undefined
}

/**
 * The token counts of a call: the basis of its price. Wire: `ChatUsage`, `TextUsage`.
 *
 * **Details**: a stream has it only in its last chunk, and only with `stream_options: { include_usage: true }`, which
 * this SDK sends by default. Each count may be missing.
 */
export const Usage = Schema.Struct({
  /** Input tokens: the prompt with the chat template. */
  prompt_tokens: nullish(Schema.Number),
  /** Generated tokens of all choices, including reasoning. */
  completion_tokens: nullish(Schema.Number),
  /** The sum of input and output tokens. */
  total_tokens: nullish(Schema.Number),
  /** Details about the prompt tokens, if the server reports them. */
  prompt_tokens_details: nullish(PromptTokensDetails)
}).annotations({ identifier: "Usage" })

export interface Usage extends Schema.Schema.Type<typeof Usage> {
  readonly prompt_tokens_details?: PromptTokensDetails | null | undefined
}
