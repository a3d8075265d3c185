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
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type * as FiberRefs from "effect/FiberRefs"
import type * as FiberStatus from "effect/FiberStatus"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as Tracer from "effect/Tracer"

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

/** How long a wait may be. */
export interface Limits {
  readonly headers: Duration.Duration
  readonly idle: Duration.Duration
  /** The moment, in milliseconds, at which the whole call must be over; `Infinity` for none. */
  readonly totalAt: number
}

export type TimeoutKind = "headers" | "idle" | "total"

const due = (activity: Activity, limits: Limits): number =>
  activity.phase === "paused"
    ? Infinity
    : activity.since + Duration.toMillis(activity.phase === "headers" ? limits.headers : limits.idle)

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
const watch = (
  activity: Activity,
  limits: Limits,
  clock: Clock.Clock,
  ring: (which: TimeoutKind) => void
): (() => void) => {
  let cancel = () => {}
  const look = (): void => {
    const now = clock.unsafeCurrentTimeMillis()
    const at = Math.min(due(activity, limits), limits.totalAt)
    if (now >= at) {
      ring(at === limits.totalAt ? "total" : activity.phase === "headers" ? "headers" : "idle")
      return
    }
    // The phase can change in the meantime, so the next look is no later than the limit that may then apply.
    const wait = Math.min(at - now, Duration.toMillis(limits.idle))
    if (wait < Infinity) cancel = schedule(clock, wait, look)
  }
  look()
  return () => cancel()
}

/** Work to be done under clocks. */
export interface Supervision<A, E> {
  /** The span that the work belongs to. */
  readonly span: Tracer.Span
  readonly work: (activity: Activity, clock: Clock.Clock) => Effect.Effect<A, E>
  readonly limits: Limits
  /** What the work's fiber is to have otherwise than the fiber that waits for it. */
  readonly refs: (refs: FiberRefs.FiberRefs, fiberId: FiberId.Runtime) => FiberRefs.FiberRefs
  /** Hears how the work ended, unless a clock rang before. */
  readonly end: (exit: Exit.Exit<A, E>) => void
  /** Hears which clock rang, once; the work is interrupted, whether or not it obeys. */
  readonly onTimeout: (which: TimeoutKind) => void
}

/** Work under clocks. */
export interface Supervised {
  /** Lets go of the work, without waiting for it. */
  readonly stop: () => void
  /** Whether the work has come to its end. */
  readonly isDone: () => boolean
}

/** The clock of the program that a fiber belongs to. */
const clockOf = (fiber: Fiber.RuntimeFiber<unknown, unknown>): Clock.Clock =>
  Context.get(fiber.getFiberRef(DefaultServices.currentServices), Clock.Clock)

/** Starts work at once, in a fiber of its own with all that the fiber which waits for it has. */
export const supervise = <A, E>(
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  status: FiberStatus.Running,
  { end, limits, refs, onTimeout, span, work }: Supervision<A, E>
): Supervised => {
  const clock = clockOf(fiber)
  const activity: Activity = { phase: "headers", since: clock.unsafeCurrentTimeMillis() }
  const runtime = Runtime.make({
    context: Context.add(fiber.currentContext, Tracer.ParentSpan, span),
    runtimeFlags: RuntimeFlags.enable(status.runtimeFlags, RuntimeFlags.Interruption),
    fiberRefs: fiber.getFiberRefs()
  })
  const worker = Runtime.runFork(runtime, work(activity, clock), { updateRefs: refs })
  let settled = false
  let unwatch = () => {}
  worker.addObserver((exit) => {
    unwatch()
    if (settled) return
    settled = true
    end(exit)
  })
  if (!settled) {
    unwatch = watch(activity, limits, clock, (which) => {
      if (settled) return
      settled = true
      onTimeout(which)
      worker.unsafeInterruptAsFork(FiberId.none)
    })
  }
  return {
    stop: () => {
      unwatch()
      worker.unsafeInterruptAsFork(FiberId.none)
    },
    isDone: () => worker.unsafePoll() !== null
  }
}
