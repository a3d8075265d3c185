/** What a run has done: its calls with their outcomes, its steps, and the sums. */
import type * as Prompt from "@effect/ai/Prompt"
import type * as Response from "@effect/ai/Response"
import type * as AiTool from "@effect/ai/Tool"
import * as BigDecimal from "effect/BigDecimal"
import type * as Duration from "effect/Duration"

/** Tools by their names, as a `Toolkit` has them. */
export type Tools = Record<string, AiTool.Any>

/**
 * Why a call was not executed, or not to its end.
 *
 * - `"invalid"`: its arguments are no JSON object, cut short, or do not match the schema of the tool
 * - `"unknown"`: there is no tool of this name
 * - `"denied"`: a person said no
 * - `"budget"`: a budget was used up before it
 * - `"cancelled"`: the run was stopped while it ran
 * - `"skipped"`: the run was over: its output came in the same step
 */
export type Rejection = "invalid" | "unknown" | "denied" | "budget" | "cancelled" | "skipped"

/** A call that was not executed, or not to its end. The model is told the message. */
export interface Rejected {
  readonly _tag: "Rejected"
  readonly id: string
  readonly name: string
  readonly reason: Rejection
  readonly message: string
}

/** A call whose handler succeeded. */
export interface Succeeded<Name, Params, Success> {
  readonly _tag: "Succeeded"
  readonly id: string
  readonly name: Name
  readonly params: Params
  readonly result: Success
}

/** A call whose handler failed, with the failure of a tool whose `failureMode` is `"return"`. */
export interface Failed<Name, Params, Failure> {
  readonly _tag: "Failed"
  readonly id: string
  readonly name: Name
  readonly params: Params
  readonly result: Failure
}

/** What became of a call. `name` is the tool, and determines the types of `params` and `result`. */
export type Outcome<T extends Tools> =
  | Rejected
  | {
      readonly [Name in keyof T & string]:
        | Succeeded<Name, AiTool.Parameters<T[Name]>, AiTool.Success<T[Name]>>
        | Failed<Name, AiTool.Parameters<T[Name]>, AiTool.Failure<T[Name]>>
    }[keyof T & string]

/** Token counts. Where a provider reports none, they are 0. */
export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly totalTokens: number
  readonly reasoningTokens: number
  readonly cachedInputTokens: number
}

/** One request and the calls of its answer. */
export interface Step<T extends Tools> {
  /** From 0. In a resumed run it goes on where the transcript ended. */
  readonly index: number
  readonly text: string
  readonly reasoning: string
  /** What became of the calls, in their order. Calls that wait for approval are not among them. */
  readonly outcomes: ReadonlyArray<Outcome<T>>
  readonly finishReason: Response.FinishReason
  readonly usage: Usage
  /** The model that answered, if it was reported. */
  readonly model: string | undefined
}

/** The sums of a run, those of the transcript that it resumes included. */
export interface Totals {
  /** Requests. */
  readonly steps: number
  /** Tools that were executed. */
  readonly toolCalls: number
  readonly usage: Usage
  /** In USD: of the steps whose price is known. 0 without the option `price`. */
  readonly cost: BigDecimal.BigDecimal
  /** The number of steps whose price is not known. They are not in `cost`. */
  readonly unpriced: number
  readonly elapsed: Duration.Duration
}

export const noUsage: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: 0,
  reasoningTokens: 0,
  cachedInputTokens: 0
}

export const addUsage = (a: Usage, b: Usage): Usage => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  totalTokens: a.totalTokens + b.totalTokens,
  reasoningTokens: a.reasoningTokens + b.reasoningTokens,
  cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens
})

/** The counts of a finish part, with 0 for what is not known. */
export const usageOf = (usage: typeof Response.Usage.Type): Usage => {
  const inputTokens = usage.inputTokens ?? 0
  const outputTokens = usage.outputTokens ?? 0
  return {
    inputTokens,
    outputTokens,
    totalTokens: usage.totalTokens ?? inputTokens + outputTokens,
    reasoningTokens: usage.reasoningTokens ?? 0,
    cachedInputTokens: usage.cachedInputTokens ?? 0
  }
}

export const noCost: BigDecimal.BigDecimal = BigDecimal.fromBigInt(0n)

/** What every run gives. */
export interface Common<T extends Tools> {
  /** The text of the last step. */
  readonly text: string
  readonly steps: ReadonlyArray<Step<T>>
  readonly totals: Totals
  /** The conversation, with everything that the run has added: the prompt of the next run. */
  readonly prompt: Prompt.Prompt
}
