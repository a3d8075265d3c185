/**
 * A fair queue in front of a limit: first come, first served. In: a cost, and a gate that knows the limits. Out: admission, or the reason
 * of a rejection.
 *
 * Guarantees: no operation is overtaken, except by retries, which are urgent; a waiting operation is interruptible, and then leaves the
 * queue; an admitted operation has taken capacity, so the caller must return it in every case. Effect's semaphore is not used: it lets a
 * new operation that arrives at the moment of a release overtake the waiting ones, so in a busy program some would wait without end.
 */
import type * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"

/** The limits behind the queue. Times are milliseconds. */
export interface Gate<in Cost> {
  /** 0: there is capacity. Otherwise the time until capacity may become free by itself; `Infinity` if only a change can free it. */
  readonly wait: (cost: Cost, now: number) => number
  /** Takes the capacity. */
  readonly take: (cost: Cost, now: number) => void
}

/** The maximum length of the queue, and the maximum wait in it, in milliseconds. Both may be `Infinity`. */
export interface Bounds {
  readonly maxWaiting: number
  readonly maxWait: number
}

/** Why an operation was rejected, and the minimum wait that it would have had, if known. */
export interface Rejected {
  readonly reason: "queue_full" | "queue_timeout"
  readonly wait: number | undefined
}

/** Makes waits interruptible again. */
export type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Called for every wait, including waits that end at once. */
export interface Watcher {
  readonly waiting: (by: 1 | -1) => void
  readonly waited: (millis: number, how: "admitted" | "rejected" | "interrupted") => void
}

export interface Admission<in Cost> {
  /**
   * Must run uninterruptibly, so that taken capacity is always returned: only its waits are passed to `restore`. Urgent operations go
   * before all others, and may always wait.
   */
  readonly admit: (cost: Cost, restore: Restore, watcher: Watcher, urgent?: boolean) => Effect.Effect<void, Rejected>
  /** There may be more capacity than before. */
  readonly changed: () => void
}

/** A waiting operation. `signal` is replaced at each turn, and is absent before the first turn. */
interface Ticket<Cost> {
  readonly cost: Cost
  signal: Deferred.Deferred<void> | undefined
}

/** `Infinity` means that time alone frees no capacity, so the wait is unknown. */
const finite = (wait: number): number | undefined => (Number.isFinite(wait) ? wait : undefined)

/** Waits for a signal, at most `millis`. In whole milliseconds: a fraction could end the wait too early, again and again. */
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
   * One operation at the gate. There are three outcomes: capacity at once, no place in the queue, or a ticket and turns.
   */
  const enter = (
    clock: Clock.Clock,
    cost: Cost,
    restore: Restore,
    watcher: Watcher,
    queue: Array<Ticket<Cost>>
  ): Effect.Effect<void, Rejected> => {
    const arrived = clock.unsafeCurrentTimeMillis()
    // An urgent operation only waits behind urgent ones. All others wait behind every waiting operation, even if there is capacity for
    // them.
    const before = queue === urgentOnes ? urgentOnes[0] : first()
    if (before === undefined && gate.wait(cost, arrived) <= 0) {
      gate.take(cost, arrived)
      watcher.waited(0, "admitted")
      return Effect.void
    }
    if (queue === others && others.length >= bounds.maxWaiting) {
      return Effect.fail({ reason: "queue_full", wait: finite(gate.wait(before?.cost ?? cost, arrived)) })
    }
    // The wait of the first in the queue is a lower bound for all behind it, so the rejection above can report it.
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
     * One check of the gate, repeated whenever the signal comes or the wait has passed. Only the first in the queue waits for time to
     * pass; all others wait for a signal, or until their maximum wait has passed.
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
