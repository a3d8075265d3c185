/**
 * Waits until an endpoint has a status. In: how its status is requested, and the expected statuses. Out: its statuses as a stream, one
 * for each change, which ends with the expected status, or fails if the endpoint cannot reach it. Nothing runs between two pulls of the
 * stream, so interruption stops the waiting at once.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type FriendliError, isTransient } from "../errors/FriendliError.js"
import type { EndpointStatus } from "../schema/EndpointStatus.js"

/** A status of an endpoint: `"RUNNING"`, `"SLEEPING"` and so on. */
export type EndpointState = EndpointStatus["status"]

/**
 * An endpoint did not reach the expected status. `reason` says why:
 *
 * - `"unreachable"`: it failed, or it was terminated, and cannot reach the status by itself
 * - `"timeout"`: the timeout of the wait has passed
 * - `"schedule"`: the schedule of the wait has ended
 *
 * **Details**: `status`, `phase` and `errorCode` are those of the last answer. The endpoint itself is not affected.
 * @category errors
 */
export class EndpointWaitError extends Schema.TaggedError<EndpointWaitError>("effect-friendli/EndpointWaitError")(
  "EndpointWaitError",
  {
    /** The function that waited, such as `"Endpoints.waitUntil"`. */
    operation: Schema.String,
    /** The id of the endpoint. */
    endpoint: Schema.String,
    /** The expected statuses. */
    until: Schema.Array(Schema.String),
    reason: Schema.Literal("unreachable", "timeout", "schedule"),
    /** What happened, and what to do. */
    message: Schema.String,
    /** The last status, if there was one. */
    status: Schema.optional(Schema.String),
    /** The current step of its start, if it was starting. */
    phase: Schema.optional(Schema.String),
    /** The reason of its failure, if it failed. */
    errorCode: Schema.optional(Schema.String)
  }
) {}

/** How long a wait continues. */
export interface WaitLimits {
  /** When the status is requested again. */
  readonly schedule: Schedule.Schedule<unknown, EndpointStatus>
  /** In milliseconds, from the first request; `Infinity` for no limit. */
  readonly timeout: number
}

/** The expected statuses, and how the status is requested. */
export interface Wait {
  readonly operation: string
  readonly endpoint: string
  readonly until: ReadonlyArray<EndpointState>
  readonly limits: WaitLimits
  readonly ask: Effect.Effect<EndpointStatus, FriendliError>
  /** Called with each answer that does not end the wait. */
  readonly onWaiting?: ((status: EndpointStatus) => Effect.Effect<void, FriendliError>) | undefined
}

/** After 1 second, then with growing delays of up to 15 seconds. Jitter only shortens the delays. */
export const defaultSchedule: Schedule.Schedule<unknown, EndpointStatus> = /*#__PURE__*/ (() =>
  Schedule.exponential("1 second", 1.5).pipe(
    Schedule.modifyDelay((_, delay) => Duration.min(delay, "15 seconds")),
    Schedule.jitteredWith({ min: 0.75, max: 1 })
  ))()

/**
 * The number of consecutive transient failures of requests before the wait fails: an outage of the API is not a failure of the endpoint.
 */
const maxFailures = 5

/** Whether an endpoint can still reach a status without being restarted. */
const leadsTo = (status: EndpointState, until: ReadonlyArray<EndpointState>): boolean => {
  switch (status) {
    case "FAILED":
      return until.includes("TERMINATING") || until.includes("TERMINATED")
    case "TERMINATING":
      return until.includes("TERMINATED")
    case "TERMINATED":
      return false
    default:
      return true
  }
}

const isSame = (a: EndpointStatus, b: EndpointStatus): boolean =>
  a.status === b.status && (a.phase ?? null) === (b.phase ?? null) && (a.errorCode ?? null) === (b.errorCode ?? null)

/** A status, phase or code as errors show it. Text in any other form is not repeated. */
const shown = (text: string | null | undefined): string | undefined =>
  text !== undefined && text !== null && /^[A-Z][A-Z0-9_]{0,63}$/.test(text) ? text : undefined

const advice = {
  unreachable: "Fix the cause, then start it again with Endpoints.restart.",
  timeout: "The endpoint is not affected: wait longer with the option timeout, or look at Endpoints.status.",
  schedule: "The endpoint is not affected: the schedule of the wait has ended."
} as const

const errorOf = (
  { endpoint, operation, until }: Wait,
  reason: EndpointWaitError["reason"],
  last: EndpointStatus | undefined
): EndpointWaitError => {
  const status = shown(last?.status)
  const details = {
    ...(status === undefined ? {} : { status }),
    ...(shown(last?.phase) === undefined ? {} : { phase: shown(last?.phase)! }),
    ...(shown(last?.errorCode) === undefined ? {} : { errorCode: shown(last?.errorCode)! })
  }
  const why = details.errorCode ?? details.phase
  const now =
    status === undefined ? "its status is not known" : `it is ${status}${why === undefined ? "" : ` (${why})`}`
  const hint = reason === "unreachable" && status !== "FAILED" ? "Endpoints.restart starts it again." : advice[reason]
  return new EndpointWaitError({
    operation,
    endpoint,
    until: [...until],
    reason,
    message: `${operation}: the endpoint is not ${until.join(" or ")}: ${now}. ${hint}`,
    ...details
  })
}

/** The statuses of an endpoint until it has an expected one: see the head of this file. */
export const changes = (wait: Wait): Stream.Stream<EndpointStatus, FriendliError | EndpointWaitError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { ask, limits, onWaiting, until } = wait
      const driver = yield* Schedule.driver(limits.schedule)
      const end = (yield* Clock.currentTimeMillis) + limits.timeout
      /** The last answer. */
      let last: EndpointStatus | undefined
      let failures = 0
      let isOver = false

      /** The next answer. After a transient failure the next request follows, if there has been an answer before. */
      const answer: Effect.Effect<EndpointStatus, FriendliError | EndpointWaitError> = Effect.gen(function* () {
        for (;;) {
          if (last !== undefined) yield* Effect.mapError(driver.next(last), () => errorOf(wait, "schedule", last))
          const asked = yield* Effect.either(ask)
          if (asked._tag === "Right") {
            failures = 0
            return asked.right
          }
          if (last === undefined || !isTransient(asked.left) || ++failures > maxFailures) {
            return yield* Effect.fail(asked.left)
          }
        }
      })

      const change: Effect.Effect<EndpointStatus, FriendliError | EndpointWaitError> = Effect.gen(function* () {
        for (;;) {
          const status = yield* answer
          const isNew = last === undefined || !isSame(status, last)
          last = status
          isOver = until.includes(status.status)
          if (isOver) return status
          if (!leadsTo(status.status, until)) return yield* Effect.fail(errorOf(wait, "unreachable", status))
          if (onWaiting !== undefined) yield* onWaiting(status)
          if (isNew) return status
        }
      })

      const withTimeout = Effect.flatMap(Clock.currentTimeMillis, (now) =>
        end === Infinity
          ? change
          : Effect.timeoutFail(change, {
              duration: Math.max(0, end - now),
              onTimeout: () => errorOf(wait, "timeout", last)
            })
      )
      return Stream.repeatEffectOption(
        Effect.suspend(() => (isOver ? Effect.fail(Option.none()) : Effect.mapError(withTimeout, Option.some)))
      )
    })
  )

/** The status that ends a wait. */
export const lastOf = <E, R>(statuses: Stream.Stream<EndpointStatus, E, R>): Effect.Effect<EndpointStatus, E, R> =>
  // A stream of `changes` that ends has emitted the expected status.
  Effect.map(Stream.runLast(statuses), Option.getOrThrow)
