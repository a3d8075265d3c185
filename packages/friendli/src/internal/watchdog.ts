/**
 * Timeouts for waits that a transport may never end: some bodies never settle, even after an abort.
 *
 * In: network work, and how long it may wait. Out: its exit, or the kind of timeout that expired. A watchdog runs next to the work, so
 * that the caller stops waiting even if the work ignores its cancellation. Plain callbacks and timers, since every call and every stream
 * needs them: a timer costs a tenth of a sleeping fiber (decision 0013).
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"

/**
 * Fails with `onTimeout` when the effect takes longer. Does not wait for the interruption of the effect. Not `Effect.timeoutFail`, which
 * does the same but would be in the bundle only for this.
 */
export const timeoutFail = <A, E, R, E2>(
  effect: Effect.Effect<A, E, R>,
  duration: Duration.Duration,
  onTimeout: () => E2
): Effect.Effect<A, E | E2, R> =>
  Duration.isFinite(duration)
    ? Effect.raceFirst(
        Effect.disconnect(effect),
        Effect.interruptible(Effect.delay(Effect.failSync(onTimeout), duration))
      )
    : effect

/** How long an attempt may wait. */
export interface Limits {
  readonly headers: Duration.Duration
  readonly idle: Duration.Duration
  /** The time in milliseconds by which the whole call must have ended; `Infinity` for no limit. */
  readonly totalAt: number
}

/** Which timeout expired. */
export type TimeoutKind = "headers" | "idle" | "total"

/** How long an attempt has waited, in milliseconds: since its last progress, and in total. */
export interface Waited {
  readonly idle: number
  readonly total: number
}

/** The timer of one attempt: what it waits for, and since when. The work reports its progress, the watchdog reads the deadline. */
export class IdleTimer {
  private phase: "headers" | "body" | "paused" = "headers"
  private readonly startedAt: number
  private since: number

  constructor(private readonly clock: Clock.Clock) {
    this.startedAt = this.since = clock.unsafeCurrentTimeMillis()
  }

  /** Bytes were transferred: the timeout starts again. */
  reset(): void {
    this.since = this.clock.unsafeCurrentTimeMillis()
  }

  /** Allows more time, for bytes that the transport sends without reporting progress. */
  extend(millis: number): void {
    this.since += millis
  }

  /** The headers have arrived: from now on the idle timeout applies. */
  startBody(): void {
    this.phase = "body"
    this.reset()
  }

  /** The wait is no longer for the transport: only the total timeout applies. */
  pause(): void {
    this.phase = "paused"
  }

  waited(): Waited {
    const now = this.clock.unsafeCurrentTimeMillis()
    // after `extend`, `since` is in the future
    return { idle: Math.max(0, now - this.since), total: now - this.startedAt }
  }

  /** The time in milliseconds at which a timeout expires, and its kind. */
  deadline(limits: Limits): { readonly at: number; readonly kind: TimeoutKind } {
    const { phase } = this
    const at = phase === "paused" ? Infinity : this.since + Duration.toMillis(limits[phase === "body" ? "idle" : phase])
    return at < limits.totalAt
      ? { at, kind: phase === "headers" ? "headers" : "idle" }
      : { at: limits.totalAt, kind: "total" }
  }
}

const live = Context.get(DefaultServices.liveServices, Clock.Clock)

/** The longest delay of a timer in milliseconds: timers with a longer delay expire at once. */
const longestTimer = 2 ** 31 - 1

/** Calls `task` after a delay, on any clock; returns a function that cancels it. */
export const schedule = (clock: Clock.Clock, millis: number, task: () => void): (() => void) => {
  if (clock === live) {
    const timer = setTimeout(task, Math.min(millis, longestTimer))
    return () => clearTimeout(timer)
  }
  const sleeper = Effect.runFork(clock.sleep(Duration.millis(millis)))
  sleeper.addObserver((exit) => {
    if (exit._tag === "Success") task()
  })
  return () => sleeper.unsafeInterruptAsFork(FiberId.none)
}

/** How long the reading of what arrived during a pause of the process may take, in milliseconds. */
const longestCatchUp = 100

/**
 * Calls `onTimeout` when the timer's deadline has passed. Progress only moves the deadline; nothing is scheduled for it.
 *
 * After a pause of the process, a timer of the platform expires before the bytes that arrived during the pause are read. So on the real
 * clock a deadline has passed only if a second look finds the same deadline: at least one turn of the event loop later, or later by as
 * much as the first look was too late (decision 0013).
 */
const watch = (
  timer: IdleTimer,
  limits: Limits,
  clock: Clock.Clock,
  onTimeout: (kind: TimeoutKind) => void
): (() => void) => {
  let cancel = () => {}
  let expired: number | undefined
  const look = (): void => {
    const now = clock.unsafeCurrentTimeMillis()
    const { at, kind } = timer.deadline(limits)
    const late = now - at
    if (late >= 0 && (at === expired || clock !== live)) return onTimeout(kind)
    if (late >= 0) expired = at
    // The phase can change in the meantime, so the next look is no later than the limit that may then apply.
    const wait = late >= 0 ? Math.min(late, longestCatchUp) : Math.min(-late, Duration.toMillis(limits.idle))
    if (wait < Infinity) cancel = schedule(clock, wait, look)
  }
  look()
  return () => cancel()
}

/** Work to be done under timeouts. */
export interface Supervision<A, E> {
  readonly clock: Clock.Clock
  readonly limits: Limits
  /** Starts the work, which reports its end. Returns a function that cancels it, without effect on work that has ended. */
  readonly start: (timer: IdleTimer, end: (exit: Exit.Exit<A, E>) => void) => () => void
  /** Called with the exit of the work, unless a timeout expired before. */
  readonly onExit: (exit: Exit.Exit<A, E>) => void
  /** Called once, with the kind of the timeout that expired. The work is cancelled, even if it ignores that. */
  readonly onTimeout: (kind: TimeoutKind) => void
}

/** Work under timeouts. */
export interface Supervised {
  /** Cancels the work, without waiting for it. */
  readonly stop: () => void
  /** Cancels the work after a delay, unless it has ended before. `onTimeout` is no longer called. */
  readonly stopAfter: (duration: Duration.Duration) => void
}

/** The clock of the program that a fiber belongs to. */
export const clockOf = (fiber: Fiber.RuntimeFiber<unknown, unknown>): Clock.Clock =>
  Context.get(fiber.getFiberRef(DefaultServices.currentServices), Clock.Clock)

/** Starts work at once, with a watchdog next to it. However the work ends, it is cancelled, so that no resource stays open. */
export const supervise = <A, E>({ clock, limits, onExit, onTimeout, start }: Supervision<A, E>): Supervised => {
  const timer = new IdleTimer(clock)
  let isOver = false
  let unwatch = (): void => {}
  let cancel = (): void => {}
  const stop = (): boolean => {
    if (isOver) return false
    isOver = true
    unwatch()
    cancel()
    return true
  }
  cancel = start(timer, (exit) => {
    if (stop()) onExit(exit)
  })
  if (isOver) cancel()
  else {
    unwatch = watch(timer, limits, clock, (kind) => {
      if (stop()) onTimeout(kind)
    })
  }
  return {
    stop,
    stopAfter: (duration) => {
      if (isOver) return
      unwatch()
      const totalAt = clock.unsafeCurrentTimeMillis() + Duration.toMillis(duration)
      unwatch = watch(timer, { ...limits, totalAt }, clock, stop)
    }
  }
}
