/** The errors that a run itself makes. Their messages contain no text of the conversation. */
import * as Data from "effect/Data"
import * as Schema from "effect/Schema"
import { Issue } from "effect-friendli/FriendliError"
import type { Common, Tools } from "./steps.js"
import type { StoppedBy } from "./stop.js"

/**
 * The run was stopped, and the option `onStop` is `"fail"`. `progress` has everything so far.
 * @category errors
 */
export class AgentStoppedError extends Data.TaggedError("AgentStoppedError")<{
  readonly message: string
  readonly stoppedBy: StoppedBy
}> {
  /** What the run has done: steps, totals, conversation. Not enumerable, because errors are logged. */
  declare readonly progress: Common<Tools>

  constructor({ progress, ...shown }: { message: string; stoppedBy: StoppedBy; progress: Common<Tools> }) {
    super(shown)
    Object.defineProperty(this, "progress", { value: progress, enumerable: false })
  }
}

/**
 * The model gave no result that matches the schema `output`, although it was asked again. `issues` has the places, without the values.
 * @category errors
 */
export class InvalidOutputError extends Schema.TaggedError<InvalidOutputError>("effect-friendli-ai/InvalidOutputError")(
  "InvalidOutputError",
  {
    message: Schema.String,
    /** How often the model was asked. */
    attempts: Schema.Number,
    issues: Schema.Array(Issue)
  }
) {}

/**
 * A transcript cannot be resumed. Nothing has been executed.
 *
 * - `UnknownCall`: a decision is for a call that does not wait
 * - `MissingTool`, `ChangedTool`: a tool is missing, or its definition has changed since the transcript was made
 * - `ChangedModel`: another model would be asked
 * - `MissingPrice`: it has a cost budget, and the option `price` is missing
 * @category errors
 */
export class TranscriptError extends Schema.TaggedError<TranscriptError>("effect-friendli-ai/TranscriptError")(
  "TranscriptError",
  {
    message: Schema.String,
    reason: Schema.Literal("UnknownCall", "MissingTool", "ChangedTool", "ChangedModel", "MissingPrice"),
    /** The id of the call, if the error is about one. */
    id: Schema.optional(Schema.String),
    /** The name of the tool, if the error is about one. */
    tool: Schema.optional(Schema.String)
  }
) {}
