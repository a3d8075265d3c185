/** The elements of a completion stream. */
import * as Schema from "effect/Schema"
import { CompletionLogprobs } from "./Logprobs.js"
import { nullish, openLiteral, Text, WholeNumber } from "./primitives.js"
import { Usage } from "./Usage.js"

/** The part of a chunk for one of the `n` continuations. Wire: `StreamedCompletionsChoice`. */
export const CompletionChunkChoice = Schema.Struct({
  /** Which of the `n` continuations this belongs to, counted from 0. */
  index: WholeNumber,
  /** Text to append. */
  text: Text,
  /** The id of the new token. */
  token: nullish(WholeNumber),
  /** Why the continuation ended, in its last chunk. Some servers write the string `null` before that. */
  finish_reason: nullish(openLiteral("stop", "length", "null")),
  /** Log probabilities of the new tokens, if the request asked for them. */
  logprobs: nullish(CompletionLogprobs)
}).annotations({ identifier: "CompletionChunkChoice" })

export interface CompletionChunkChoice extends Schema.Schema.Type<typeof CompletionChunkChoice> {
  readonly text: string
  readonly logprobs?: CompletionLogprobs | null | undefined
}

/**
 * An element of a completion stream. Wire: `StreamedCompletionData`.
 *
 * **Details**: the chunk with the token counts usually has no choices. Many fields may be absent, because a paid stream
 * should not fail over fields that a program can do without. `Completions.stream` adds a missing `text`, the `index` of
 * a single choice, and missing `choices` of a chunk with only usage or cost, before it decodes; this schema does not.
 */
export const CompletionChunk = Schema.Struct({
  /** The id of the answer, the same in all its chunks. */
  id: nullish(Text),
  /** `text_completion`. */
  object: nullish(openLiteral("text_completion")),
  /** When the answer began: Unix time in seconds. */
  created: nullish(Schema.Number),
  /** The model; on dedicated endpoints, the endpoint id. */
  model: nullish(Text),
  /** The deltas of the continuations. May be empty. */
  choices: Schema.Array(CompletionChunkChoice),
  /** Token counts, usually in the last chunk. */
  usage: nullish(Usage)
}).annotations({ identifier: "CompletionChunk" })

export interface CompletionChunk extends Schema.Schema.Type<typeof CompletionChunk> {
  readonly choices: ReadonlyArray<CompletionChunkChoice>
  readonly usage?: Usage | null | undefined
}
