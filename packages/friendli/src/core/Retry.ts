/**
 * Retry policies. A policy is a `Schedule` over the errors of this SDK: combine it with Effect's combinators, and
 * control it with `TestClock` in tests.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import { type FriendliStreamError, isTransient } from "../errors/FriendliError.js"

/**
 * Whether to send a request again after a failure, and after which delay.
 *
 * Every `Schedule` over the errors is a policy. `Schedule.recurs(3)` therefore retries every failure, even an invalid
 * token: wrap your own schedule in `Retry.transient` to retry only transient failures.
 */
export type Policy = Schedule.Schedule<unknown, FriendliStreamError>

/** An error with a longer `Retry-After` fails at once. */
const longestRetryAfter = Duration.seconds(60)

const allowsRetryAfter = (retryAfterCap: Duration.Duration) => (error: FriendliStreamError) =>
  error.retryAfter === undefined || Duration.lessThanOrEqualTo(error.retryAfter, retryAfterCap)

/**
 * Restricts a schedule to transient failures, and replaces its delay by the server's `Retry-After`.
 *
 * **When to use**: to make a policy from any `Schedule`.
 *
 * **Details**: `when` decides which errors are retried (default `FriendliError.isTransient`). A `Retry-After` of 0
 * retries at once; one longer than `maxRetryAfter` (default 60 seconds) ends the retries with its error.
 *
 * @example
 * ```ts
 * import { Schedule } from "effect"
 * import { Retry } from "effect-friendli"
 *
 * // three more tries, one second apart
 * const policy: Retry.Policy = Retry.transient(Schedule.spaced("1 second").pipe(Schedule.intersect(Schedule.recurs(3))))
 * ```
 * @category combinators
 */
export const transient = (
  schedule: Schedule.Schedule<unknown, FriendliStreamError>,
  options?: {
    readonly when?: ((error: FriendliStreamError) => boolean) | undefined
    readonly maxRetryAfter?: Duration.DurationInput | undefined
  }
): Policy => {
  const when = options?.when ?? isTransient
  const isAllowed = allowsRetryAfter(
    options?.maxRetryAfter === undefined ? longestRetryAfter : Duration.decode(options.maxRetryAfter)
  )
  return schedule.pipe(
    Schedule.whileInput((error: FriendliStreamError) => when(error) && isAllowed(error)),
    Schedule.passthrough,
    Schedule.modifyDelay((error, delay) => error.retryAfter ?? delay)
  )
}

/**
 * Adds delays to a schedule that counts its retries: they grow by `factor` up to `longest`. Jitter subtracts up to a quarter, so
 * `longest` is never exceeded.
 */
const growing = (
  counting: Schedule.Schedule<number, unknown>,
  first: Duration.DurationInput,
  factor: number,
  longest: Duration.DurationInput
): Schedule.Schedule<number, unknown> => {
  const [start, end] = [Duration.toMillis(first), Duration.toMillis(longest)]
  return Schedule.modifyDelayEffect(counting, (count) =>
    Effect.map(Random.next, (random) =>
      Duration.millis(Math.min(start * factor ** count, end) * (0.75 + 0.25 * random))
    )
  )
}

/**
 * No retries.
 *
 * **When to use**: if your `HttpClient` already retries (the policies would multiply), or if a failure must be reported
 * at once.
 * @category policies
 */
export const never: Policy = /*#__PURE__*/ Schedule.stop

/**
 * The default: two retries of transient failures, after 0.5 s and 1 s, with jitter. A `Retry-After` of up to 60 s
 * replaces the delay.
 *
 * **Details**: for the transient failures see `FriendliError.isTransient`. A stream is retried only before its first
 * element.
 *
 * @example
 * ```ts
 * import { Schedule } from "effect"
 * import { Retry } from "effect-friendli"
 *
 * // the default retries, then retries until a sleeping endpoint is awake
 * const patient: Retry.Policy = Retry.defaultPolicy.pipe(Schedule.andThen(Retry.coldStart("10 minutes")))
 * ```
 * @category policies
 */
export const defaultPolicy: Policy = /*#__PURE__*/ (() =>
  transient(growing(Schedule.recurs(2), "500 millis", 2, "8 seconds")))()

/**
 * Exponential backoff with the settings of the official SDKs' `RetryConfig`.
 *
 * **Details**: `initialInterval` (default 500 ms) grows by `exponent` (default 1.5) up to `maxInterval` (default 60 s)
 * until `maxElapsed` (default 1 hour) has passed or `maxRetries` (default: no limit) retries were made.
 * `retryConnectionErrors` (default true) includes connections that failed before an answer, and the headers timeout of
 * operations that generate nothing.
 *
 * **Gotchas**: a `Retry-After` longer than 60 s ends the retries; the official SDK waits for it without a limit.
 *
 * @example
 * ```ts
 * import { Friendli, Inference, Retry } from "effect-friendli"
 *
 * const program = Inference.tokenization({ model: "meta-llama-3.1-8b-instruct", prompt: "What is generative AI?" }).pipe(
 *   Friendli.withRetry(Retry.backoff({ initialInterval: "200 millis", maxInterval: "5 seconds", maxElapsed: "1 minute" }))
 * )
 * ```
 * @category policies
 */
export const backoff = (options?: {
  readonly initialInterval?: Duration.DurationInput | undefined
  readonly maxInterval?: Duration.DurationInput | undefined
  readonly exponent?: number | undefined
  readonly maxElapsed?: Duration.DurationInput | undefined
  readonly maxRetries?: number | undefined
  readonly retryConnectionErrors?: boolean | undefined
}): Policy => {
  const connections = options?.retryConnectionErrors ?? true
  const retries = options?.maxRetries === undefined ? Schedule.forever : Schedule.recurs(options.maxRetries)
  return transient(
    growing(
      retries,
      options?.initialInterval ?? "500 millis",
      options?.exponent ?? 1.5,
      options?.maxInterval ?? "60 seconds"
    ).pipe(Schedule.upTo(options?.maxElapsed ?? "1 hour")),
    {
      when: (error) =>
        isTransient(error) &&
        (connections || (error._tag !== "ConnectionError" && error._tag !== "RequestTimeoutError"))
    }
  )
}

/**
 * Waits for a dedicated endpoint that is waking up: retries only `OverloadedError` (503), every `interval` (default 5
 * seconds, or `Retry-After`) until `maxWait` has passed.
 *
 * **When to use**: after another policy, with `Schedule.andThen`, if something else wakes the endpoint;
 * `Resilience.layerColdStart` wakes it itself. (`Schedule.union` would take the shorter of both delays, which may be
 * shorter than `Retry-After`.)
 *
 * @example
 * ```ts
 * import { Schedule } from "effect"
 * import { Retry } from "effect-friendli"
 *
 * const policy: Retry.Policy = Retry.defaultPolicy.pipe(Schedule.andThen(Retry.coldStart("10 minutes", { interval: "10 seconds" })))
 * ```
 * @category policies
 */
export const coldStart = (
  maxWait: Duration.DurationInput,
  options?: { readonly interval?: Duration.DurationInput | undefined }
): Policy =>
  transient(Schedule.spaced(options?.interval ?? "5 seconds").pipe(Schedule.upTo(maxWait)), {
    when: (error) => error._tag === "OverloadedError",
    maxRetryAfter: maxWait
  })
