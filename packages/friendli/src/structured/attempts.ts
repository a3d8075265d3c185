/**
 * The results of structured answers: the attempts, the value, and the error when all attempts were rejected. The public names are in
 * `StructuredOutput`.
 */
import { NodeInspectSymbol } from "effect/Inspectable"
import * as Schema from "effect/Schema"
import { Issue } from "../errors/FriendliError.js"
import { formatPath } from "../internal/issues.js"
import type { DeepPartial } from "../partialJson/PartialJson.js"

/**
 * The outcome of one answer.
 *
 * - `"accepted"`: it was decoded
 * - `"invalid"`: its text is not JSON, or the schema rejects it
 * - `"length"`: a token limit cut it short
 * - `"refused"`: the model refused, or a filter removed the answer
 */
export type Outcome = "accepted" | "invalid" | "length" | "refused"

/** One answer of the model, which was billed. `Answer` is the answer of the capability: a whole answer, or a folded stream. */
export interface Attempt<Answer, Usage> {
  readonly outcome: Outcome
  /** The text of the answer. */
  readonly text: string
  /** Its problems, with their paths. Empty if it was accepted. */
  readonly issues: ReadonlyArray<Issue>
  /** The server's reason why the answer ended. */
  readonly finishReason: string | undefined
  /** The token counts of this attempt, if the server reports them. */
  readonly usage: Usage | undefined
  readonly answer: Answer
}

/** The decoded value, and its attempts. */
export interface Output<A, Answer, Usage> {
  readonly value: A
  /** The accepted answer. */
  readonly answer: Answer
  /** The token counts of all attempts together. A count that no answer reports is absent. */
  readonly usage: Usage
  /** All attempts in order; the last one was accepted. */
  readonly attempts: ReadonlyArray<Attempt<Answer, Usage>>
}

/** The answer is incomplete. `value` is the value so far, on the encoded side of the schema. */
export interface Growing<I> {
  readonly _tag: "Growing"
  /** The number of the attempt, from 1. */
  readonly attempt: number
  readonly value: DeepPartial<I>
  /** The text so far. */
  readonly text: string
}

/** An attempt was rejected, and the model is asked again: discard what was shown of it. */
export interface Rejected<Answer, Usage> {
  readonly _tag: "Rejected"
  /** The number of the rejected attempt, from 1. */
  readonly attempt: number
  readonly rejected: Attempt<Answer, Usage>
}

/** The last element: the decoded value. */
export interface Complete<A, Answer, Usage> extends Output<A, Answer, Usage> {
  readonly _tag: "Complete"
  /** The number of the accepted attempt, from 1. */
  readonly attempt: number
}

/** The state of a value while its JSON arrives. */
export type Progress<A, I, Answer, Usage> = Growing<I> | Rejected<Answer, Usage> | Complete<A, Answer, Usage>

const AttemptSchema = Schema.Struct({
  outcome: Schema.Literal("accepted", "invalid", "length", "refused"),
  text: Schema.String,
  issues: Schema.Array(Issue),
  finishReason: Schema.UndefinedOr(Schema.String),
  usage: Schema.Unknown,
  answer: Schema.Unknown
})

/**
 * Every answer that the model gave was rejected.
 *
 * **When to use**: `reason` says why the last answer was rejected. `"invalid"`: show or log `attempts.at(-1).issues`, or ask another
 * model. `"length"`: raise `max_tokens`. `"refused"`: change the prompt.
 *
 * **Details**: `attempts` has each answer with its text, issues, finish reason, usage and the answer itself. `message` has no text of the
 * model. When the error is printed or becomes JSON by `JSON.stringify`, the texts are left out, because they may repeat the prompt;
 * `Schema.encode` keeps them.
 * @category errors
 */
export class OutputRejectedError extends Schema.TaggedError<OutputRejectedError>("effect-friendli/OutputRejectedError")(
  "OutputRejectedError",
  {
    /** The function, as module and name: `"ChatObject.complete"`. */
    operation: Schema.String,
    /** What happened, and what to do. */
    message: Schema.String,
    /** Why the last answer was rejected. */
    reason: Schema.Literal("invalid", "length", "refused"),
    attempts: Schema.Array(AttemptSchema)
  }
) {
  override toJSON(): object {
    const { attempts, message, operation, reason, _tag } = this
    return {
      _tag,
      operation,
      message,
      reason,
      attempts: attempts.map(({ finishReason, issues, outcome, text, usage }) => ({
        outcome,
        issues,
        finishReason,
        usage,
        characters: text.length
      }))
    }
  }

  /** Node, Bun and Deno call this when they print an object. */
  override [NodeInspectSymbol](): object {
    return this.toJSON()
  }
}

/** The error with the types of its answers. */
export interface OutputRejected<Answer, Usage> extends OutputRejectedError {
  readonly attempts: ReadonlyArray<Attempt<Answer, Usage>>
}

/** An issue as one line. */
export const sentenceOf = ({ message, path }: Issue): string =>
  path.length === 0 ? message : `${formatPath(path)}: ${message}`

/** The number of issues in the message of an error: each item of a long list can have an issue. */
const shownIssues = 3

const summary = (issues: ReadonlyArray<Issue>): string => {
  const more = issues.length - shownIssues
  const shown = issues.slice(0, shownIssues).map((issue) => sentenceOf(issue).slice(0, 200))
  return `${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`
}

const whatHappened = (last: Attempt<unknown, unknown>): string => {
  switch (last.outcome) {
    case "length":
      return "The answer was cut short by a token limit, so its JSON is incomplete. Raise the limit of tokens, or ask for less."
    case "refused":
      return "The model did not answer: it refused, or a filter removed the answer. Change the prompt."
    default:
      return `The answer does not match the schema: ${summary(last.issues)}.`
  }
}

/** The error after the last attempt. */
export const rejectedError = <Answer, Usage>(
  operation: string,
  attempts: ReadonlyArray<Attempt<Answer, Usage>>
): OutputRejected<Answer, Usage> => {
  const last = attempts.at(-1)!
  const times = attempts.length === 1 ? "" : ` This was attempt ${attempts.length}.`
  const error = new OutputRejectedError({
    operation,
    message: `${whatHappened(last)}${times}`,
    // The last attempt was not accepted.
    reason: last.outcome === "accepted" ? "invalid" : last.outcome,
    attempts
  })
  // The class cannot have a type parameter; the attempts have the given types.
  return error as OutputRejected<Answer, Usage>
}

const isCounts = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const sum = (a: unknown, b: unknown): unknown => {
  if (typeof a === "number" && typeof b === "number") return a + b
  if (!isCounts(a) || !isCounts(b)) return b ?? a
  const total = new Map(Object.entries(a))
  for (const [name, count] of Object.entries(b)) total.set(name, sum(total.get(name), count))
  return Object.fromEntries(total)
}

/** The token counts of several answers together, field by field. */
export const totalUsage = <Usage extends object>(attempts: ReadonlyArray<Attempt<unknown, Usage>>): Usage =>
  // Every field of a usage may be absent, so an empty object is a usage, too.
  attempts.reduce<unknown>((total, { usage }) => sum(total, usage), {}) as Usage
