/**
 * Clocks that end a wait which the transport can not be trusted to end: some bodies never settle, and an abort does not settle them.
 *
 * So the work on the wire runs in a fiber of its own, with a watchdog beside it, and whoever waits for it waits for either.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"

/** Fails with `onElapsed` when `effect` takes longer; does not wait for the effect to accept its interruption. */
export const within = <A, E, R, E2>(
  effect: Effect.Effect<A, E, R>,
  limit: Duration.Duration,
  onElapsed: () => E2
): Effect.Effect<A, E | E2, R> =>
  Duration.isFinite(limit)
    ? Effect.timeoutFail(Effect.disconnect(effect), { duration: limit, onTimeout: onElapsed })
    : effect

/** What the work is waiting for, and since when. Written by the work, read by the watchdog. */
export interface Activity {
  /** `"paused"`: not for the transport, so no clock but the total one runs. */
  phase: "headers" | "body" | "paused"
  /** Milliseconds: when the clock of this phase was last wound up. */
  since: number
}

/** In milliseconds; `Infinity` for none. */
export interface Limits {
  readonly headers: number
  readonly idle: number
  /** The moment at which the whole call must be over. */
  readonly totalAt: number
}

export type Rang = "headers" | "idle" | "total"

const due = (activity: Activity, limits: Limits): number =>
  activity.phase === "paused"
    ? Infinity
    : activity.since + (activity.phase === "headers" ? limits.headers : limits.idle)

const live = Context.get(DefaultServices.liveServices, Clock.Clock)

/** Calls `task` after a while, on any clock; gives what takes that back. A timer costs a tenth of a fiber that sleeps. */
const schedule = (clock: Clock.Clock, millis: number, task: () => void): (() => void) => {
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

/** Timers of more milliseconds than this ring at once. */
const longestTimer = 2 ** 31 - 1

/** Rings when a clock does. Work that goes on only moves the moment; nothing is scheduled for it. */
const watch = (activity: Activity, limits: Limits, clock: Clock.Clock, ring: (which: Rang) => void): (() => void) => {
  let cancel = () => {}
  const look = (): void => {
    const now = clock.unsafeCurrentTimeMillis()
    const at = Math.min(due(activity, limits), limits.totalAt)
    if (now >= at) {
      ring(at === limits.totalAt ? "total" : activity.phase === "headers" ? "headers" : "idle")
      return
    }
    // The phase can change in the meantime, so the next look is no later than the limit that may then apply.
    const wait = Math.min(at - now, limits.idle)
    if (wait < Infinity) cancel = schedule(clock, wait, look)
  }
  look()
  return () => cancel()
}

/** Work under clocks. */
export interface Supervised {
  /** Lets go of the work, without waiting for it. */
  readonly stop: () => void
  /** Whether the work has come to its end. */
  readonly isDone: () => boolean
}

/**
 * Starts `work` in a fiber of its own. `end` hears how it ended, unless a clock rang before: then `ring` hears which, once, and
 * the work is interrupted, whether or not it obeys.
 */
export const supervise = <A, E>(
  work: Effect.Effect<A, E>,
  activity: Activity,
  limits: Limits,
  clock: Clock.Clock,
  on: {
    readonly end: (exit: Exit.Exit<A, E>) => void
    readonly ring: (which: Rang) => void
  }
): Effect.Effect<Supervised> =>
  Effect.map(Effect.forkDaemon(Effect.interruptible(work)), (worker) => {
    const stop = () => {
      unwatch()
      worker.unsafeInterruptAsFork(FiberId.none)
    }
    let settled = false
    const unwatch = watch(activity, limits, clock, (which) => {
      if (settled) return
      settled = true
      on.ring(which)
      worker.unsafeInterruptAsFork(FiberId.none)
    })
    worker.addObserver((exit) => {
      unwatch()
      if (settled) return
      settled = true
      on.end(exit)
    })
    return { stop, isDone: () => worker.unsafePoll() !== null }
  })
