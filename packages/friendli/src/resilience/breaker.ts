/** Circuit breakers as values: the state machine of `circuits.ts` around effects and around the operations of a client. */
import * as Cause from "effect/Cause"
import type * as ConfigError from "effect/ConfigError"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Middleware } from "../client/types.js"
import { category, type FriendliStreamError, isFriendliError } from "../errors/FriendliError.js"
import { around } from "./around.js"
import * as circuits from "./circuits.js"
import * as guards from "./guards.js"
import { isRejected } from "./rejections.js"
import * as settings from "./settings.js"

/**
 * Whether a failure indicates a problem of the deployment: `OverloadedError`, `ServerError`, `ConnectionError` and
 * `RequestTimeoutError`, unless a layer of this module rejected the operation.
 *
 * **When to use**: in your own predicate for `isFailure`.
 * @category guards
 */
export const isOutage = (error: FriendliStreamError): boolean => category(error) === "outage" && !isRejected(error)

/** Options of circuit breakers. */
export interface CircuitBreakerOptions<in E = FriendliStreamError> {
  /**
   * When the circuit opens: after this number of consecutive failures, or at this rate of failures (more than 0, at
   * most 1) among the last `of` outcomes. Default: 5 consecutive failures.
   */
  readonly failureThreshold?: number | { readonly rate: number; readonly of: number } | undefined
  /** How long the circuit stays open before one trial operation is admitted. Default: 30 seconds. */
  readonly resetTimeout?: Duration.DurationInput | undefined
  /** Which failures count. Default: `isOutage`, and every error that is not of this SDK. */
  readonly isFailure?: ((error: E | FriendliStreamError) => boolean) | undefined
}

/**
 * The state of a circuit breaker: `Closed` admits everything, `Open` rejects everything until then, `HalfOpen` admits
 * one trial.
 */
export type CircuitState =
  | { readonly _tag: "Closed" }
  | { readonly _tag: "Open"; readonly until: DateTime.Utc }
  | { readonly _tag: "HalfOpen" }

/**
 * An effect was not run because the circuit is open. Operations fail with an `OverloadedError` instead.
 *
 * **Details**: `until` and `retryAfter` tell for how long; both are absent during a trial.
 * @category errors
 */
export class CircuitOpenError extends Schema.TaggedError<CircuitOpenError>("effect-friendli/CircuitOpenError")(
  "CircuitOpenError",
  {
    message: Schema.String,
    until: Schema.optional(Schema.DateTimeUtc),
    retryAfter: Schema.optional(Schema.DurationFromMillis)
  }
) {}

/** A circuit breaker as a value. */
export interface CircuitBreaker<in E = FriendliStreamError> {
  /** Runs an effect if the circuit admits it, and records the outcome. Interruptions and defects do not count. */
  readonly protect: <A, E2 extends E | FriendliStreamError, R>(
    effect: Effect.Effect<A, E2, R>
  ) => Effect.Effect<A, E2 | CircuitOpenError, R>
  readonly state: Effect.Effect<CircuitState>
  /** The same circuit for the operations of a client, for `FriendliClient.layerMiddleware`. */
  readonly middleware: Middleware
}

export const checkCircuit = <E>(
  options: CircuitBreakerOptions<E> | undefined
): Effect.Effect<
  { readonly circuit: circuits.Settings; readonly isFailure: (error: E | FriendliStreamError) => boolean },
  ConfigError.ConfigError
> => {
  const { isFailure, resetTimeout, failureThreshold = 5 } = options ?? {}
  return Effect.map(
    Effect.all({
      failureThreshold:
        typeof failureThreshold === "number"
          ? settings.wholeAtLeast("failureThreshold", failureThreshold, 1)
          : Effect.all({
              rate: settings.share("failureThreshold.rate", failureThreshold.rate),
              of: settings.wholeAtLeast("failureThreshold.of", failureThreshold.of, 1)
            }),
      resetTimeout: settings.millis("resetTimeout", resetTimeout ?? "30 seconds")
    }),
    (circuit) => ({
      circuit,
      isFailure: isFailure ?? ((error: E | FriendliStreamError) => !isFriendliError(error) || isOutage(error))
    })
  )
}

const openError = ({ now, until }: { readonly until: number | undefined; readonly now: number }): CircuitOpenError =>
  until === undefined
    ? new CircuitOpenError({ message: "not run: the circuit is open during a trial" })
    : new CircuitOpenError({
        message: `not run: the circuit is open until ${new Date(until).toISOString()}`,
        until: DateTime.unsafeMake(until),
        retryAfter: Duration.millis(until - now)
      })

/**
 * Makes a circuit breaker: after failures it opens and rejects at once, and later admits a trial.
 *
 * **When to use**: for your own effects, to share a circuit between deployments, and to read its state. For one
 * deployment use `layerCircuitBreaker`.
 *
 * **Details**: closed → open after `failureThreshold` → half-open after `resetTimeout`, for one effect → closed if it
 * succeeds, open again if it fails. A failure that does not count is a success for the circuit. Effects that started
 * before a state change are ignored. Fails with a `ConfigError` if an option is invalid.
 * @category constructors
 */
export const makeCircuitBreaker = <E = FriendliStreamError>(
  options?: CircuitBreakerOptions<E>
): Effect.Effect<CircuitBreaker<E>, ConfigError.ConfigError> =>
  Effect.map(checkCircuit(options), ({ circuit: checked, isFailure }): CircuitBreaker<E> => {
    const circuit = circuits.make(checked)
    const judge = guards.verdictOf(isFailure)
    const verdictOf = (exit: Exit.Exit<unknown, E | FriendliStreamError>): circuits.Verdict => {
      if (Exit.isSuccess(exit)) return "success"
      const error = Cause.failureOption(exit.cause)
      if (Option.isNone(error)) return "neutral"
      if (isFriendliError(error.value)) return judge({ _tag: "Failed", error: error.value })
      return isFailure(error.value) ? "failure" : "success"
    }
    return {
      protect: <A, E2 extends E | FriendliStreamError, R>(effect: Effect.Effect<A, E2, R>) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.gen(function* () {
            const entered = yield* Effect.mapError(guards.enterCircuit(circuit, undefined), openError)
            return yield* Effect.onExit(restore(effect), (exit) => Effect.sync(() => entered.done(verdictOf(exit))))
          })
        ),
      state: Effect.clockWith((clock) =>
        Effect.sync((): CircuitState => {
          const state = circuit.state(clock.unsafeCurrentTimeMillis())
          if (state === "closed") return { _tag: "Closed" }
          return state === "halfOpen" ? { _tag: "HalfOpen" } : { _tag: "Open", until: DateTime.unsafeMake(state.until) }
        })
      ),
      middleware: around(() => guards.circuit(circuit, isFailure))
    }
  })
