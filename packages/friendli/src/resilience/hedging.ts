/**
 * A second attempt next to a slow first one. In: an effect and a delay. Out: the first success of several runs, of which the others are
 * interrupted. It shortens the slowest answers at the cost of more requests.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { Middleware } from "../client/types.js"
import type { Unary } from "../core/Operation.js"
import * as labels from "../metrics/labels.js"
import * as meters from "./meters.js"

/**
 * `after`: how long the first run may take before another one begins. `max`: how many runs there may be, 2
 * unless given.
 */
export interface HedgeOptions {
  readonly after: Duration.DurationInput
  readonly max?: number | undefined
}

/**
 * Runs the effect, and once more after each delay, up to `max` times. The first success wins. If all runs
 * fail, the failure of the last one to end is the outcome; if the first one fails before the second has begun,
 * there is no second.
 */
export const hedge = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  options: HedgeOptions,
  tags: labels.Tags = {}
): Effect.Effect<A, E, R> => {
  const { started, won } = meters.ofHedges(tags)
  // Of nested races only the outermost knows that a later attempt has won.
  const attempts = (left: number, onLater: Effect.Effect<void>): Effect.Effect<A, E, R> =>
    left <= 1
      ? self
      : Effect.suspend(() => {
          // Set when the delay is over: until then a failure of the first run ends everything.
          let isBegun = false
          const later = Effect.suspend(() => {
            isBegun = true
            return Effect.zipRight(started, attempts(left - 1, Effect.void))
          })
          return Effect.raceWith(self, Effect.delay(later, options.after), {
            // A failure before the second attempt is the outcome: this is not a retry.
            onSelfDone: (exit, other) =>
              Exit.isSuccess(exit) || !isBegun
                ? Effect.zipRight(Fiber.interrupt(other), exit)
                : Effect.zipLeft(Fiber.join(other), onLater),
            onOtherDone: (exit, first) =>
              Exit.isSuccess(exit)
                ? Effect.zipRight(onLater, Effect.zipRight(Fiber.interrupt(first), exit))
                : Fiber.join(first)
          })
        })
  return attempts(options.max ?? 2, won)
}

/** Writes must not run twice, and some files can be read only once. */
const mayRunTwice = <Request, Response>(operation: Unary<Request, Response>): boolean =>
  operation.retryMode === "safe" && operation.encodeBody === undefined

/** Hedges the operations that may run twice. Streams are not hedged: `open` is that of the client below. */
export const middleware =
  (options: HedgeOptions): Middleware =>
  (next) => ({
    ...next,
    call: (operation, request, callOptions) => {
      const once = next.call(operation, request, callOptions)
      return mayRunTwice(operation) ? hedge(once, options, labels.ofOperation(operation, next.deployment)) : once
    }
  })
