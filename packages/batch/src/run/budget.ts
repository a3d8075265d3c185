/** The budgets of a batch. In: the amounts used. Out: whether another call may start, and which budget is reached. */
import * as BigDecimal from "effect/BigDecimal"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { InvalidBatchError } from "../BatchError.js"

/** The most that a batch may use. */
export interface BudgetOptions {
  /** The cost in USD, above 0: a number, a decimal string (`"5"`, `"$0.25"`), or an exact decimal. It needs prices: see the option `prices`. */
  readonly cost?: BigDecimal.BigDecimal | number | string | undefined
  /** The tokens, input plus output. An integer of at least 1. */
  readonly tokens?: number | undefined
  /** The time from the start, above 0. */
  readonly time?: Duration.DurationInput | undefined
  /** The share of rows that may fail, from 0 to 1. It is checked from the tenth row on. */
  readonly failures?: number | undefined
}

/** Budgets with valid values. */
export interface Budget {
  readonly cost: BigDecimal.BigDecimal | undefined
  readonly tokens: number | undefined
  readonly millis: number | undefined
  readonly failures: number | undefined
}

/** The amounts that a run has used. */
export interface Used {
  readonly cost: BigDecimal.BigDecimal
  readonly tokens: number
  readonly millis: number
  /** The new rows that ended, and how many of them failed. */
  readonly ended: number
  readonly failed: number
}

/** With fewer rows, the share of failures is not meaningful. */
const firstJudgement = 10

const zero = BigDecimal.fromBigInt(0n)

const invalid = (message: string) => Either.left(new InvalidBatchError({ message }))

/** The number of USD. */
const dollars = (input: BigDecimal.BigDecimal | number | string): Option.Option<BigDecimal.BigDecimal> =>
  BigDecimal.isBigDecimal(input)
    ? Option.some(input)
    : BigDecimal.fromString(
        String(input)
          .trim()
          .replace(/^\$\s*/, "")
      )

/** Checks budgets. */
export const make = (options: BudgetOptions = {}): Either.Either<Budget, InvalidBatchError> => {
  const { cost, failures, time, tokens } = options
  const money = cost === undefined ? Option.none() : dollars(cost)
  if (cost !== undefined && !Option.exists(money, BigDecimal.greaterThan(zero))) {
    return invalid(`budget.cost: expected an amount in USD above 0, such as 5 or "$0.25"`)
  }
  if (tokens !== undefined && !(Number.isInteger(tokens) && tokens >= 1)) {
    return invalid("budget.tokens: expected an integer of at least 1")
  }
  if (failures !== undefined && !(failures >= 0 && failures <= 1)) {
    return invalid("budget.failures: expected a share from 0 to 1")
  }
  const duration = time === undefined ? Option.none() : Duration.decodeUnknown(time)
  if (time !== undefined && !Option.exists(duration, Duration.greaterThan(Duration.zero))) {
    return invalid(`budget.time: expected a duration above 0, such as "2 hours"`)
  }
  return Either.right({
    cost: Option.getOrUndefined(money),
    tokens,
    millis: Option.getOrUndefined(Option.map(duration, Duration.toMillis)),
    failures
  })
}

/** The budget that is reached, if one is. */
export const reached = (budget: Budget, used: Used): "cost" | "tokens" | "time" | "failures" | undefined => {
  if (budget.cost !== undefined && BigDecimal.greaterThanOrEqualTo(used.cost, budget.cost)) return "cost"
  if (budget.tokens !== undefined && used.tokens >= budget.tokens) return "tokens"
  if (budget.millis !== undefined && used.millis >= budget.millis) return "time"
  if (budget.failures !== undefined && used.ended >= firstJudgement && used.failed > budget.failures * used.ended) {
    return "failures"
  }
  return undefined
}

/**
 * How many calls may run without exceeding a budget of cost or tokens, if each costs the average of the earlier calls. One call may always run,
 * because its cost is not known before.
 */
export const room = (budget: Budget, used: Used): number => {
  const succeeded = used.ended - used.failed
  if (succeeded === 0) return Infinity
  const shares: Array<number> = []
  if (budget.cost !== undefined) {
    const average = BigDecimal.unsafeToNumber(used.cost) / succeeded
    if (average > 0) shares.push(BigDecimal.unsafeToNumber(BigDecimal.subtract(budget.cost, used.cost)) / average)
  }
  if (budget.tokens !== undefined && used.tokens > 0)
    shares.push((budget.tokens - used.tokens) / (used.tokens / succeeded))
  return Math.max(1, Math.floor(Math.min(Infinity, ...shares)))
}

/** Whether each call uses a part of a budget. */
export const limitsSpending = ({ cost, tokens }: Budget): boolean => cost !== undefined || tokens !== undefined
