/**
 * Clocks that end a wait which the transport can not be trusted to end: some bodies never settle, and an abort does not settle them.
 *
 * So the work on the wire runs in a fiber of its own, with a watchdog beside it, and whoever waits for it waits for either.
 */
import * as Clock from "effect/Clock"
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

/** Sleeps until a clock rings. Work that goes on only moves the moment; nothing is scheduled for it. */
const watch = (activity: Activity, limits: Limits, clock: Clock.Clock): Effect.Effect<Rang> =>
  Effect.suspend(() => {
    const now = clock.unsafeCurrentTimeMillis()
    const at = Math.min(due(activity, limits), limits.totalAt)
    if (now >= at) {
      return Effect.succeed(at === limits.totalAt ? "total" : activity.phase === "headers" ? "headers" : "idle")
    }
    // The phase can change while this sleeps, so it never sleeps past the limit that may then apply.
    const wait = Math.min(at - now, limits.idle)
    return wait === Infinity
      ? Effect.never
      : Effect.zipRight(clock.sleep(Duration.millis(wait)), watch(activity, limits, clock))
  })

/** Work under clocks. */
export interface Supervised {
  /** Lets go of the work and of its watchdog, without waiting for either. */
  readonly stop: () => void
  /** Whether the work has come to its end. */
  readonly isDone: () => boolean
}

/**
 * Starts `work` in a fiber of its own. `onEnd` hears how it ended, unless a clock rang before: then `onRing` hears which, once, and
 * the work is interrupted, whether or not it obeys.
 */
export const supervise = <A, E>(
  work: Effect.Effect<A, E>,
  activity: Activity,
  limits: Limits,
  on: {
    readonly end: (exit: Exit.Exit<A, E>) => void
    readonly ring: (clock: Rang) => void
  }
): Effect.Effect<Supervised> =>
  Clock.clockWith((clock) =>
    Effect.gen(function* () {
      const needsWatch = Math.min(limits.headers, limits.idle, limits.totalAt) < Infinity
      const worker = yield* Effect.forkDaemon(Effect.interruptible(work))
      const watchdog = needsWatch
        ? yield* Effect.forkDaemon(Effect.interruptible(watch(activity, limits, clock)))
        : undefined
      const stop = () => {
        watchdog?.unsafeInterruptAsFork(FiberId.none)
        worker.unsafeInterruptAsFork(FiberId.none)
      }
      let settled = false
      worker.addObserver((exit) => {
        watchdog?.unsafeInterruptAsFork(FiberId.none)
        if (settled) return
        settled = true
        on.end(exit)
      })
      watchdog?.addObserver((exit) => {
        if (settled || exit._tag === "Failure") return
        settled = true
        on.ring(exit.value)
        worker.unsafeInterruptAsFork(FiberId.none)
      })
      return { stop, isDone: () => worker.unsafePoll() !== null }
    })
  )
