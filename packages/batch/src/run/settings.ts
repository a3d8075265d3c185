/** Checks the options of a batch, and hashes the options that identify the batch of a journal. */
import * as Effect from "effect/Effect"
import type { Deployment } from "effect-friendli/Deployment"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import { InvalidBatchError } from "../BatchError.js"
import * as concurrency from "./concurrency.js"
import * as keys from "./key.js"

/** How many calls run at the same time: a number, `"auto"`, or bounds for the adaptive number. See `Batch.Options`. */
export type Concurrency =
  | number
  | "auto"
  | { readonly initial?: number | undefined; readonly min?: number | undefined; readonly max?: number | undefined }

/** The maximum number of rows of a shard. */
export const mostShardRows = 5000

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1

/** The limiter of an option. */
export const limiterOf = (option: Concurrency | undefined): Effect.Effect<concurrency.Limiter, InvalidBatchError> => {
  if (typeof option === "number") {
    return isCount(option)
      ? Effect.succeed(concurrency.makeFixedLimiter(option))
      : Effect.fail(new InvalidBatchError({ message: "concurrency: expected an integer of at least 1" }))
  }
  const { initial, max = 256, min = 1 } = option === undefined || option === "auto" ? {} : option
  const first = initial ?? Math.min(max, Math.max(min, 8))
  if (![first, min, max].every(isCount) || min > first || first > max) {
    return Effect.fail(
      new InvalidBatchError({ message: "concurrency: expected integers of at least 1, with min <= initial <= max" })
    )
  }
  return Effect.succeed(concurrency.makeLimiter({ initial: first, min, max }))
}

/** The hash of the settings that decide what is sent in addition to the requests. With other settings, recorded answers must not be reused. */
export const hashOf = (deployment: Deployment, options: RequestOptions): string => {
  const { baseUrl, name, options: defaults, pathPrefix } = deployment
  return keys.hashOf(name, baseUrl, pathPrefix, keys.canonical({ ...defaults.body, ...options.body }))
}
