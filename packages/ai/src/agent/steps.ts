/** What a run has done: its calls with their outcomes, its steps, and the sums. */
import type * as Prompt from "@effect/ai/Prompt"
import type * as Response from "@effect/ai/Response"
import type * as AiTool from "@effect/ai/Tool"
import * as BigDecimal from "effect/BigDecimal"
import type * as Duration from "effect/Duration"

/** Tools by their names, as a `Toolkit` has them. */
export type Tools = Record<string, AiTool.Any>

/**
 * Why a call was not executed, or not completed.
 *
 * - `"invalid"`: its arguments are not a JSON object, are incomplete, or do not match the schema of the tool
 * - `"unknown"`: there is no tool of this name
 * - `"denied"`: a person denied it
 * - `"budget"`: a budget was used up before the call
 * - `"cancelled"`: the run was stopped while the call ran
 * - `"skipped"`: the same step gave the result of the run
 */
export type Rejection = "invalid" | "unknown" | "denied" | "budget" | "cancelled" | "skipped"

/** A call that was not executed, or not completed. The model receives `message`. */
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

/** The outcome of a call. `name` is the tool and determines the types of `params` and `result`. */
export type Outcome<T extends Tools> =
  | Rejected
  | {
      readonly [Name in keyof T & string]:
        | Succeeded<Name, AiTool.Parameters<T[Name]>, AiTool.Success<T[Name]>>
        | Failed<Name, AiTool.Parameters<T[Name]>, AiTool.Failure<T[Name]>>
    }[keyof T & string]

/** Token counts; 0 if the provider does not report them. */
export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly totalTokens: number
  readonly reasoningTokens: number
  readonly cachedInputTokens: number
}

/** One request and the calls of its answer. */
export interface Step<T extends Tools> {
  /** From 0. A resumed run continues the count of its transcript. */
  readonly index: number
  readonly text: string
  readonly reasoning: string
  /** The outcomes of the calls, in order, without calls that wait for approval. */
  readonly outcomes: ReadonlyArray<Outcome<T>>
  readonly finishReason: Response.FinishReason
  readonly usage: Usage
  /** The model that answered, if it was reported. */
  readonly model: string | undefined
}

/** The sums of a run, including those of the transcript that it resumes. */
export interface Totals {
  /** The number of requests. */
  readonly steps: number
  /** The number of tool calls that were executed. */
  readonly toolCalls: number
  readonly usage: Usage
  /** The cost in USD of the steps whose price is known. 0 without the option `price`. */
  readonly cost: BigDecimal.BigDecimal
  /** The number of steps whose price is not known. They are not in `cost`. */
  readonly unpriced: number
  /** How long the run has worked, without the time that it waited for approval. */
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

/** The counts of a finish part; 0 for unknown counts. */
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

/** The fields of every result. */
export interface Common<T extends Tools> {
  /** The text of the last step. */
  readonly text: string
  readonly steps: ReadonlyArray<Step<T>>
  readonly totals: Totals
  /** The conversation, with everything that the run has added. It can be the prompt of the next run. */
  readonly prompt: Prompt.Prompt
}
