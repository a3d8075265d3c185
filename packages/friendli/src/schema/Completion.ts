/** The answer to a completion request. */
import * as Schema from "effect/Schema"
import { CompletionLogprobs } from "./Logprobs.js"
import { atLeastOne, nullish, openLiteral, Text, WholeNumber } from "./primitives.js"
import { Usage } from "./Usage.js"

/**
 * Why a completion ended: `stop` (the model was done, or generated a stop text) or `length` (a token limit). New
 * reasons pass as strings.
 */
export const CompletionFinishReason = openLiteral("stop", "length")

export type CompletionFinishReason = Schema.Schema.Type<typeof CompletionFinishReason>

/** One of the `n` continuations. Wire: `CompletionsChoice`. */
export const CompletionChoice = Schema.Struct({
  /** Which of the `n` continuations this is, counted from 0. */
  index: WholeNumber,
  /** The generated text. */
  text: Text,
  /** The seed that was used, if the server reports it. A seed above 2^53 has lost digits. */
  seed: nullish(Schema.Number),
  /** Why it ended, if the server reports it. */
  finish_reason: nullish(CompletionFinishReason),
  /** The ids of the generated tokens, if the server reports them. */
  tokens: nullish(Schema.Array(WholeNumber)),
  /** Log probabilities, if the request asked for them. */
  logprobs: nullish(CompletionLogprobs)
}).annotations({ identifier: "CompletionChoice" })

export interface CompletionChoice extends Schema.Schema.Type<typeof CompletionChoice> {
  readonly text: string
  readonly logprobs?: CompletionLogprobs | null | undefined
}

/**
 * The answer to a completion request. Wire: `ContainerCompletionsSuccess` (the same on every deployment).
 *
 * **Details**: unknown fields are kept, and enums accept unknown values. `Completions.complete` adds a missing `index`,
 * and reads `text: null` as `""`, before it decodes; this schema does not.
 */
export const Completion = Schema.Struct({
  /** The id of the answer, if the server reports it. */
  id: nullish(Text),
  /** `text_completion`. */
  object: nullish(openLiteral("text_completion")),
  /** When it was created: Unix time in seconds, if the server reports it. */
  created: nullish(Schema.Number),
  /** The model; on dedicated endpoints, the endpoint id. */
  model: nullish(Text),
  /** The continuations: one, or `n` for each prompt. */
  choices: atLeastOne(CompletionChoice, "choice"),
  /** Token counts, if the server reports them. */
  usage: nullish(Usage)
}).annotations({ identifier: "Completion" })

export interface Completion extends Schema.Schema.Type<typeof Completion> {
  readonly choices: ReadonlyArray<CompletionChoice>
  readonly usage?: Usage | null | undefined
}
