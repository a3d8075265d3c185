/** Checks of options: a limit of zero would wait for ever, and says so here instead. */
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Bounds } from "./admission.js"

type Checked<A> = Effect.Effect<A, ConfigError.ConfigError>

const invalid = (setting: string, message: string) => Effect.fail(ConfigError.InvalidData([setting], message))

export const wholeAtLeast = (setting: string, value: number, least: number): Checked<number> =>
  Number.isSafeInteger(value) && value >= least
    ? Effect.succeed(value)
    : invalid(setting, `expected a whole number of at least ${least}, got ${value}`)

export const share = (setting: string, value: number): Checked<number> =>
  value > 0 && value <= 1 ? Effect.succeed(value) : invalid(setting, `expected more than 0 and at most 1, got ${value}`)

export const flag = (setting: string, value: boolean): Checked<boolean> =>
  typeof value === "boolean" ? Effect.succeed(value) : invalid(setting, "expected true or false")

export const millis = (setting: string, value: Duration.DurationInput): Checked<number> =>
  Effect.catchAllDefect(
    Effect.sync(() => Duration.toMillis(value)),
    () => invalid(setting, `expected a duration, as "10 seconds"`)
  )

/** `Duration.decode` turns negative numbers into zero, so zero stands for them too. */
export const positiveMillis = (setting: string, value: Duration.DurationInput): Checked<number> =>
  Effect.filterOrElse(
    millis(setting, value),
    (checked) => checked > 0,
    () => invalid(setting, `expected a duration greater than zero, as "10 seconds"`)
  )

export const bounds = (options: {
  readonly maxWaiting?: number | undefined
  readonly maxWait?: Duration.DurationInput | undefined
}): Checked<Bounds> =>
  Effect.all({
    maxWaiting:
      options.maxWaiting === undefined ? Effect.succeed(Infinity) : wholeAtLeast("maxWaiting", options.maxWaiting, 0),
    maxWait: options.maxWait === undefined ? Effect.succeed(Infinity) : millis("maxWait", options.maxWait)
  })
