/** The elements of a completion stream. */
import * as Schema from "effect/Schema"
import { CompletionLogprobs } from "./Logprobs.js"
import { nullish, openLiteral, Text, WholeNumber } from "./primitives.js"
import { Usage } from "./Usage.js"

/**
 * What a chunk adds to one of the `n` continuations. Wire: `StreamedCompletionsChoice`.
 * @category schemas
 */
export const CompletionChunkChoice = Schema.Struct({
  /** Which of the `n` continuations this belongs to, counted from 0. */
  index: WholeNumber,
  /** Text to append. */
  text: Text,
  /** The id of the new token. */
  token: nullish(WholeNumber),
  /** Why the continuation ended, in its last chunk. Some servers write the string `null` before that. */
  finish_reason: nullish(openLiteral("stop", "length", "null")),
  /** Log probabilities of the new tokens, when the request asked for them. */
  logprobs: nullish(CompletionLogprobs)
}).annotations({ identifier: "CompletionChunkChoice" })

/** @category models */
export interface CompletionChunkChoice extends Schema.Schema.Type<typeof CompletionChunkChoice> {
  readonly text: string
  readonly logprobs?: CompletionLogprobs | null | undefined
}

/**
 * An element of a completion stream. Wire: `StreamedCompletionData`.
 *
 * **Details**: the chunk with the token counts usually has no choices. A paid stream must not fail over what nobody needs, so
 * much may be absent. `Completions.stream` fills a missing `text`, the `index` of a single choice, and `choices` where usage or cost
 * came without them, before it decodes; this schema does not.
 * @category schemas
 */
export const CompletionChunk = Schema.Struct({
  /** Names the answer; the same in all its chunks. */
  id: nullish(Text),
  /** `text_completion`. */
  object: nullish(openLiteral("text_completion")),
  /** When the answer was begun: Unix time in seconds. */
  created: nullish(Schema.Number),
  /** Which model answers; on dedicated, the endpoint id. */
  model: nullish(Text),
  /** What is new, by continuation. May be empty. */
  choices: Schema.Array(CompletionChunkChoice),
  /** Token counts, usually in the last chunk. */
  usage: nullish(Usage)
}).annotations({ identifier: "CompletionChunk" })

/** @category models */
export interface CompletionChunk extends Schema.Schema.Type<typeof CompletionChunk> {
  readonly choices: ReadonlyArray<CompletionChunkChoice>
  readonly usage?: Usage | null | undefined
}
