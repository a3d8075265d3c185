/**
 * Checks of options when a layer is built. In: an option and its name. Out: the value in the form that the guards use, or a `ConfigError`
 * with the name. A limit of zero would wait forever, so it fails here instead.
 */
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Bounds } from "./admission.js"

type Checked<A> = Effect.Effect<A, ConfigError.ConfigError>

const invalid = (setting: string, message: string) => Effect.fail(ConfigError.InvalidData([setting], message))

/** A whole number, for counts. `NaN` and `Infinity` fail too. */
export const wholeAtLeast = (setting: string, value: number, least: number): Checked<number> =>
  Number.isSafeInteger(value) && value >= least
    ? Effect.succeed(value)
    : invalid(setting, `expected a whole number of at least ${least}, got ${value}`)

/** A part of a whole: more than 0 and at most 1. */
export const share = (setting: string, value: number): Checked<number> =>
  value > 0 && value <= 1 ? Effect.succeed(value) : invalid(setting, `expected more than 0 and at most 1, got ${value}`)

/** The types already require this, but options may come from JSON. */
export const flag = (setting: string, value: boolean): Checked<boolean> =>
  typeof value === "boolean" ? Effect.succeed(value) : invalid(setting, "expected true or false")

/** A duration in milliseconds. `Duration.toMillis` throws for text that it cannot read. */
export const millis = (setting: string, value: Duration.DurationInput): Checked<number> =>
  Effect.catchAllDefect(
    Effect.sync(() => Duration.toMillis(value)),
    () => invalid(setting, `expected a duration, such as "10 seconds"`)
  )

/** `Duration.decode` turns negative numbers into zero, so zero may have been a negative number. */
export const positiveMillis = (setting: string, value: Duration.DurationInput): Checked<number> =>
  Effect.filterOrElse(
    millis(setting, value),
    (checked) => checked > 0,
    () => invalid(setting, `expected a duration greater than zero, such as "10 seconds"`)
  )

/** The bounds of a queue. Without them it may grow and wait without limit. */
export const bounds = (options: {
  readonly maxWaiting?: number | undefined
  readonly maxWait?: Duration.DurationInput | undefined
}): Checked<Bounds> =>
  Effect.all({
    maxWaiting:
      options.maxWaiting === undefined ? Effect.succeed(Infinity) : wholeAtLeast("maxWaiting", options.maxWaiting, 0),
    maxWait: options.maxWait === undefined ? Effect.succeed(Infinity) : millis("maxWait", options.maxWait)
  })
