/** Why a run stops before the model is done: budgets, and conditions of the user, which combine. */
import * as BigDecimal from "effect/BigDecimal"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { Class as PipeableClass } from "effect/Pipeable"
import type { Step, Tools, Totals } from "./steps.js"

/**
 * How much a run may use. It stops when a budget is used up: before the next request, and before the next tool. The time budget also interrupts
 * running requests and tools.
 */
export interface Budget {
  /** The maximum number of requests. Default: 20. */
  readonly steps?: number | undefined
  /** The maximum number of tool calls that are executed. Default: no limit. */
  readonly toolCalls?: number | undefined
  /** The maximum number of tokens of all requests together, input and output. An answer that exceeds it is the last one. Default: no limit. */
  readonly tokens?: number | undefined
  /** The maximum cost in USD. Without the option `price`, it does not compile. An answer that exceeds it is the last one. Default: no limit. */
  readonly cost?: number | BigDecimal.BigDecimal | undefined
  /** The maximum time, without the time that the run waits for approval. Default: no limit. */
  readonly time?: Duration.DurationInput | undefined
}

/**
 * Why a run was stopped.
 *
 * - `Steps`, `ToolCalls`, `Tokens`, `Cost`, `Time`: a budget was used up
 * - `Loop`: the model made the same call several times in a row
 * - `Condition`: `stopWhen`
 * - `Length`, `ContentFilter`, `ModelError`: the last answer was cut short by its limit of tokens, by a filter, or by an error that the server
 *   reports as its end
 */
export type StoppedBy =
  | { readonly _tag: "Steps"; readonly limit: number }
  | { readonly _tag: "ToolCalls"; readonly limit: number }
  | { readonly _tag: "Tokens"; readonly limit: number }
  | { readonly _tag: "Cost"; readonly limit: BigDecimal.BigDecimal }
  | { readonly _tag: "Time"; readonly limit: Duration.Duration }
  | { readonly _tag: "Loop"; readonly name: string; readonly times: number }
  | { readonly _tag: "Condition"; readonly name: string }
  | { readonly _tag: "Length" }
  | { readonly _tag: "ContentFilter" }
  | { readonly _tag: "ModelError" }

/** A sentence for the model and for people. */
export const sentence = (stoppedBy: StoppedBy): string => {
  switch (stoppedBy._tag) {
    case "Steps":
      return `the budget of ${stoppedBy.limit} steps is used up`
    case "ToolCalls":
      return `the budget of ${stoppedBy.limit} tool calls is used up`
    case "Tokens":
      return `the budget of ${stoppedBy.limit} tokens is used up`
    case "Cost":
      return `the budget of ${BigDecimal.format(stoppedBy.limit)} USD is used up`
    case "Time":
      return `the budget of ${Duration.format(stoppedBy.limit)} is used up`
    case "Loop":
      return `${stoppedBy.name} was called ${stoppedBy.times} times in a row with the same arguments`
    case "Condition":
      return `the condition "${stoppedBy.name}" is met`
    case "Length":
      return "the answer was cut short by its limit of tokens"
    case "ContentFilter":
      return "the answer was cut short by a filter"
    case "ModelError":
      return "the answer was cut short by an error of the model"
  }
}

/** The input of a stop condition, after each step. */
export interface Progress {
  /** The steps so far; in a resumed run, the steps since it was resumed. */
  readonly steps: ReadonlyArray<Step<Tools>>
  readonly totals: Totals
}

/** A condition that ends a run. Conditions are values: `and`, `or` and `not` combine them. */
export class StopCondition extends PipeableClass() {
  constructor(
    /** The name in `stoppedBy`. */
    readonly name: string,
    readonly isMet: (progress: Progress) => boolean
  ) {
    super()
  }
}

/** A budget as numbers, with its defaults. */
export interface Limits {
  readonly steps: number
  readonly toolCalls: number
  readonly tokens: number
  readonly cost: BigDecimal.BigDecimal | undefined
  /** Milliseconds. */
  readonly time: number
}

const amount = (cost: Budget["cost"]): BigDecimal.BigDecimal | undefined =>
  typeof cost === "number" ? Option.getOrUndefined(BigDecimal.safeFromNumber(cost)) : cost

export const limitsOf = (budget: Budget | undefined): Limits => ({
  steps: budget?.steps ?? 20,
  toolCalls: budget?.toolCalls ?? Number.POSITIVE_INFINITY,
  tokens: budget?.tokens ?? Number.POSITIVE_INFINITY,
  cost: amount(budget?.cost),
  time: budget?.time === undefined ? Number.POSITIVE_INFINITY : Duration.toMillis(budget.time)
})

/** The budget that is used up before a request (`"request"`) or a tool (`"tool"`). */
export const exceeded = (limits: Limits, totals: Totals, before: "request" | "tool"): StoppedBy | undefined => {
  if (before === "request" && totals.steps >= limits.steps) return { _tag: "Steps", limit: limits.steps }
  if (before === "tool" && totals.toolCalls >= limits.toolCalls) return { _tag: "ToolCalls", limit: limits.toolCalls }
  if (totals.usage.totalTokens >= limits.tokens) return { _tag: "Tokens", limit: limits.tokens }
  const { cost } = limits
  if (cost !== undefined && BigDecimal.greaterThanOrEqualTo(totals.cost, cost)) return { _tag: "Cost", limit: cost }
  if (Duration.toMillis(totals.elapsed) >= limits.time) return { _tag: "Time", limit: Duration.millis(limits.time) }
  return undefined
}
