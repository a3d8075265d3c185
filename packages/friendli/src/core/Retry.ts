/**
 * Retry policies. A policy is a plain `Schedule` over the errors of this SDK: combine it with Effect's own combinators, drive it
 * with `TestClock` in tests.
 */
import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"
import { type FriendliStreamError, isTransient } from "../errors/FriendliError.js"

/**
 * When to send a request again after a failure, and after what wait.
 *
 * Any `Schedule` over the errors fits, so `Schedule.recurs(3)` is a policy too, but one that repeats every failure, a refused
 * token included. Put `Retry.transient` around a schedule of your own to keep to failures that can pass.
 *
 * @category models
 */
export type Policy = Schedule.Schedule<unknown, FriendliStreamError>

/** A longer hint than this is not waited for: the error that carries it fails at once. */
const longestRetryAfter = Duration.seconds(60)

const follows = (retryAfterCap: Duration.Duration) => (error: FriendliStreamError) =>
  error.retryAfter === undefined || Duration.lessThanOrEqualTo(error.retryAfter, retryAfterCap)

/**
 * Restricts a schedule to failures that can pass, and lets the server's `Retry-After` replace the schedule's wait.
 *
 * **When to use**: to make a policy out of any `Schedule`.
 *
 * **Details**: `when` decides which errors are repeated (default `FriendliError.isTransient`). A `Retry-After` of 0 retries at
 * once; one longer than `maxRetryAfter` (default 60 seconds) ends the retries with the error that carries it.
 *
 * @example
 * ```ts
 * import { Schedule } from "effect"
 * import { Retry } from "effect-friendli"
 *
 * // three more tries, one second apart
 * const policy: Retry.Policy = Retry.transient(Schedule.spaced("1 second").pipe(Schedule.intersect(Schedule.recurs(3))))
 * ```
 *
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
  const patience = follows(
    options?.maxRetryAfter === undefined ? longestRetryAfter : Duration.decode(options.maxRetryAfter)
  )
  return schedule.pipe(
    Schedule.whileInput((error: FriendliStreamError) => when(error) && patience(error)),
    Schedule.passthrough,
    Schedule.modifyDelay((error, delay) => error.retryAfter ?? delay)
  )
}

/** Delays that grow by `factor` up to `longest`; jitter only shortens, so that `longest` holds. */
const growing = (first: Duration.DurationInput, factor: number, longest: Duration.DurationInput) =>
  Schedule.exponential(first, factor).pipe(
    Schedule.modifyDelay((_, delay) => Duration.min(delay, longest)),
    Schedule.jitteredWith({ min: 0.75, max: 1 })
  )

/**
 * No retry at all.
 *
 * **When to use**: where the `HttpClient` you provide already retries (policies multiply), or a failure must show at once.
 *
 * @example
 * ```ts
 * import { Chat, Retry } from "effect-friendli"
 *
 * const once = Chat.complete(
 *   { model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }] },
 *   { retry: Retry.never }
 * )
 * ```
 *
 * @category policies
 */
export const never: Policy = /*#__PURE__*/ Schedule.stop

/**
 * The default: two more tries, after 0.5 s and 1 s (at most 8 s), jittered, after failures that can pass; `Retry-After` is
 * followed up to 60 s.
 *
 * **Details**: see `FriendliError.isTransient` for which failures. A stream is tried again only until its first element.
 *
 * @example
 * ```ts
 * import { Schedule } from "effect"
 * import { Retry } from "effect-friendli"
 *
 * // as usual, then with patience for an endpoint that wakes up
 * const patient: Retry.Policy = Retry.defaultPolicy.pipe(Schedule.andThen(Retry.coldStart("10 minutes")))
 * ```
 *
 * @category policies
 */
export const defaultPolicy: Policy = /*#__PURE__*/ (() =>
  transient(growing("500 millis", 2, "8 seconds").pipe(Schedule.intersect(Schedule.recurs(2)))))()

/**
 * Exponential backoff with the settings of the official SDKs' `RetryConfig`.
 *
 * **Details**: `initialInterval` (default 500 ms) grows by `exponent` (default 1.5) up to `maxInterval` (default 60 s) until
 * `maxElapsed` (default 1 hour) has passed or `maxRetries` (default: no bound) were made. `retryConnectionErrors` (default true)
 * covers connections that failed before an answer, and the headers timeout of operations that generate nothing.
 *
 * **Gotchas**: `Retry-After` longer than 60 s ends the retries here; the official SDK waits for it without a bound.
 *
 * @example
 * ```ts
 * import { Friendli, Inference, Retry } from "effect-friendli"
 *
 * const program = Inference.tokenization({ model: "meta-llama-3.1-8b-instruct", prompt: "What is generative AI?" }).pipe(
 *   Friendli.withRetry(Retry.backoff({ initialInterval: "200 millis", maxInterval: "5 seconds", maxElapsed: "1 minute" }))
 * )
 * ```
 *
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
  const timed = growing(
    options?.initialInterval ?? "500 millis",
    options?.exponent ?? 1.5,
    options?.maxInterval ?? "60 seconds"
  ).pipe(Schedule.upTo(options?.maxElapsed ?? "1 hour"))
  return transient(
    options?.maxRetries === undefined ? timed : Schedule.intersect(timed, Schedule.recurs(options.maxRetries)),
    {
      when: (error) =>
        isTransient(error) &&
        (connections || (error._tag !== "ConnectionError" && error._tag !== "RequestTimeoutError"))
    }
  )
}

/**
 * Waits for a dedicated endpoint that is waking up: repeats after `OverloadedError` (503) only, every `every` (default 5
 * seconds, or as `Retry-After` says) until `maxWait` has passed.
 *
 * **When to use**: after another policy, with `Schedule.andThen`, where somebody else wakes the endpoint; `Resilience.layerColdStart` wakes
 * it too. (`Schedule.union` would take the shorter of both waits and so undercut `Retry-After`.)
 *
 * @example
 * ```ts
 * import { Schedule } from "effect"
 * import { Retry } from "effect-friendli"
 *
 * const policy: Retry.Policy = Retry.defaultPolicy.pipe(Schedule.andThen(Retry.coldStart("10 minutes", { every: "10 seconds" })))
 * ```
 *
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
