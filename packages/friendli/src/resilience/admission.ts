/**
 * A fair queue before something that has limits: first come, first served. In: a cost, and a gate that knows
 * the limits. Out: admission, or the reason of a rejection.
 *
 * Guarantees: no operation is overtaken, except by retries, which are urgent; what waits is interruptible, and
 * leaves the queue in order; an admitted operation has taken its room, so the caller gives it back in every case.
 * Effect's semaphore is not used: it lets a newcomer that asks at the moment of a release overtake those that
 * wait, so in a busy program some would wait without end.
 */
import type * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"

/** The limits behind the queue. Times are milliseconds. */
export interface Gate<in Cost> {
  /** 0: there is room. Else how long until time alone may make room, `Infinity` where only a change can. */
  readonly wait: (cost: Cost, now: number) => number
  /** Takes the room. */
  readonly take: (cost: Cost, now: number) => void
}

/** How long the queue may be, and how long one may wait in it, in milliseconds. Both may be `Infinity`. */
export interface Bounds {
  readonly maxWaiting: number
  readonly maxWait: number
}

/** Why an operation was rejected, and how long it would have had to wait at least, where that is known. */
export interface Rejected {
  readonly reason: "queue_full" | "queue_timeout"
  readonly wait: number | undefined
}

/** Makes what waits interruptible again. */
export type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Is called for every wait, also for those that end at once. */
export interface Watcher {
  readonly waiting: (by: 1 | -1) => void
  readonly waited: (millis: number, how: "admitted" | "rejected" | "interrupted") => void
}

export interface Admission<in Cost> {
  /**
   * Must run uninterruptibly, so that what was taken is always given back: only its waits are passed to `restore`. Urgent ones go before
   * all others, and may always wait.
   */
  readonly admit: (cost: Cost, restore: Restore, watcher: Watcher, urgent?: boolean) => Effect.Effect<void, Rejected>
  /** There may be more room than before. */
  readonly changed: () => void
}

/** One that waits. `signal` is replaced at each turn, and is absent until the first one. */
interface Ticket<Cost> {
  readonly cost: Cost
  signal: Deferred.Deferred<void> | undefined
}

/** `Infinity` means that time alone makes no room, so no wait can be named. */
const finite = (wait: number): number | undefined => (Number.isFinite(wait) ? wait : undefined)

/** Waits for a signal, at most so long. In whole milliseconds: a fraction could end the wait too early, again and again. */
const awaitSignal = (signal: Deferred.Deferred<void>, millis: number): Effect.Effect<void> =>
  millis === Infinity
    ? Deferred.await(signal)
    : Effect.raceFirst(Effect.sleep(Math.ceil(millis)), Deferred.await(signal))

export const make = <Cost>(gate: Gate<Cost>, bounds: Bounds): Admission<Cost> => {
  const urgentOnes: Array<Ticket<Cost>> = []
  const others: Array<Ticket<Cost>> = []
  const first = (): Ticket<Cost> | undefined => urgentOnes[0] ?? others[0]

  const changed = (): void => {
    const signal = first()?.signal
    if (signal !== undefined) Deferred.unsafeDone(signal, Effect.void)
  }

  /**
   * One operation before the gate. There are three ways through: room at once, no place in the queue, or a
   * ticket and turns.
   */
  const enter = (
    clock: Clock.Clock,
    cost: Cost,
    restore: Restore,
    watcher: Watcher,
    queue: Array<Ticket<Cost>>
  ): Effect.Effect<void, Rejected> => {
    const arrived = clock.unsafeCurrentTimeMillis()
    // An urgent one only waits behind urgent ones. All others wait behind everybody, even if there is room
    // for them.
    const before = queue === urgentOnes ? urgentOnes[0] : first()
    if (before === undefined && gate.wait(cost, arrived) <= 0) {
      gate.take(cost, arrived)
      watcher.waited(0, "admitted")
      return Effect.void
    }
    if (queue === others && others.length >= bounds.maxWaiting) {
      return Effect.fail({ reason: "queue_full", wait: finite(gate.wait(before?.cost ?? cost, arrived)) })
    }
    // The wait of the first in the queue is a lower bound for all behind it, so the rejection above can name
    // it.
    const ticket: Ticket<Cost> = { cost, signal: undefined }
    queue.push(ticket)
    watcher.waiting(1)
    // After any change of the queue another ticket may be the first, with its own cost: it looks again.
    const leave = (how: "admitted" | "rejected" | "interrupted"): void => {
      queue.splice(queue.indexOf(ticket), 1)
      watcher.waiting(-1)
      watcher.waited(clock.unsafeCurrentTimeMillis() - arrived, how)
      changed()
    }
    const deadline = arrived + bounds.maxWait
    /**
     * One look at the gate, repeated whenever the signal comes or the wait is over. Only the first in the
     * queue waits for time to pass; all others wait for a signal, or for the end of their patience.
     */
    const turn: Effect.Effect<void, Rejected> = Effect.suspend(() => {
      const now = clock.unsafeCurrentTimeMillis()
      const isFirst = first() === ticket
      const wait = gate.wait(first()!.cost, now)
      if (isFirst && wait <= 0) {
        gate.take(cost, now)
        leave("admitted")
        return Effect.void
      }
      const left = deadline - now
      // It is known already that the wait would be too long.
      if (left <= 0 || (wait !== Infinity && wait > left)) {
        leave("rejected")
        return Effect.fail({ reason: "queue_timeout", wait: finite(wait) })
      }
      // Made at the moment of the decision, so that no change after it is missed.
      const signal = Deferred.unsafeMake<void>(FiberId.none)
      ticket.signal = signal
      return Effect.flatMap(
        Effect.onInterrupt(restore(awaitSignal(signal, Math.min(isFirst ? wait : Infinity, left))), () =>
          Effect.sync(() => leave("interrupted"))
        ),
        () => turn
      )
    })
    return turn
  }

  return {
    admit: (cost, restore, watcher, urgent) =>
      Effect.clockWith((clock) =>
        Effect.suspend(() => enter(clock, cost, restore, watcher, urgent ? urgentOnes : others))
      ),
    changed
  }
}
