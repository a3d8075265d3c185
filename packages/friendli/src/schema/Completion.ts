/** The answer to a completion request. */
import * as Schema from "effect/Schema"
import { ExpectedId } from "../internal/annotations.js"
import { CompletionLogprobs } from "./Logprobs.js"
import { nullish, openLiteral, Text, WholeNumber } from "./primitives.js"
import { Usage } from "./Usage.js"

/**
 * Why a completion ended: `stop` (the model was done, or a stop text came) or `length` (a token limit). Newer reasons
 * pass as strings.
 * @category schemas
 */
export const CompletionFinishReason = openLiteral("stop", "length")

/** @category models */
export type CompletionFinishReason = Schema.Schema.Type<typeof CompletionFinishReason>

/**
 * One of the `n` continuations. Wire: `CompletionsChoice`.
 * @category schemas
 */
export const CompletionChoice = Schema.Struct({
  /** Which of the `n` continuations this is, counted from 0. */
  index: WholeNumber,
  /** What the model wrote. */
  text: Text,
  /** The seed that was used, where the server tells. A seed beyond 2^53 has lost digits. */
  seed: nullish(Schema.Number),
  /** Why it ended, where the server tells. */
  finish_reason: nullish(CompletionFinishReason),
  /** The ids of the generated tokens, where the server tells. */
  tokens: nullish(Schema.Array(WholeNumber)),
  /** Log probabilities, when the request asked for them. */
  logprobs: nullish(CompletionLogprobs)
}).annotations({ identifier: "CompletionChoice" })

/** @category models */
export interface CompletionChoice extends Schema.Schema.Type<typeof CompletionChoice> {
  readonly text: string
  readonly logprobs?: CompletionLogprobs | null | undefined
}

/**
 * The answer to a completion request. Wire: `ContainerCompletionsSuccess` (the same on every deployment).
 *
 * **Details**: fields that this version does not know are kept; enums are open. `Completions.complete` fills a missing `index`, and
 * reads `text: null` as `""`, before it decodes; this schema does not.
 * @category schemas
 */
export const Completion = Schema.Struct({
  /** Names this answer, where the server tells. */
  id: nullish(Text),
  /** `text_completion`. */
  object: nullish(openLiteral("text_completion")),
  /** When it was made: Unix time in seconds, where the server tells. */
  created: nullish(Schema.Number),
  /** Which model answered; on dedicated, the endpoint id. */
  model: nullish(Text),
  /** The continuations: one, or as many as `n` asked for. */
  choices: Schema.Array(CompletionChoice).pipe(
    Schema.minItems(1, { [ExpectedId]: "at least one choice", message: () => "expected at least one choice" })
  ),
  /** Token counts, where the server tells. */
  usage: nullish(Usage)
}).annotations({ identifier: "Completion" })

/** @category models */
export interface Completion extends Schema.Schema.Type<typeof Completion> {
  readonly choices: ReadonlyArray<CompletionChoice>
  readonly usage?: Usage | null | undefined
}
