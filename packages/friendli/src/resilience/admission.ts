/**
 * A fair queue before something that has limits: who came first goes first, whatever newcomers do. (A semaphore of Effect lets whoever
 * asks in the moment of a release pass those that wait, and a busy program would let them wait without end.)
 */
import type * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"

/** What stands behind the queue. Times are milliseconds. */
export interface Gate<in Cost> {
  /** 0: there is room. Else how long until time alone may make room, `Infinity` where only a change can. */
  readonly wait: (cost: Cost, now: number) => number
  /** Takes the room. */
  readonly take: (cost: Cost, now: number) => void
}

export interface Bounds {
  readonly maxWaiting: number
  readonly maxWait: number
}

/** Why somebody was sent away, and how long it would have had to wait at least, where that is known. */
export interface Refused {
  readonly reason: "queue_full" | "queue_timeout"
  readonly wait: number | undefined
}

/** Makes what waits interruptible again. */
export type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Learns of every wait, of those too that are over at once. */
export interface Watcher {
  readonly waiting: (by: 1 | -1) => void
  readonly waited: (millis: number, how: "admitted" | "refused" | "interrupted") => void
}

export interface Admission<in Cost> {
  /**
   * To be run uninterruptibly, so that what was taken can be given back: only its waits are handed to `restore`. The urgent go before
   * all others and always find a place to wait.
   */
  readonly admit: (cost: Cost, restore: Restore, watcher: Watcher, urgent?: boolean) => Effect.Effect<void, Refused>
  /** There may be more room than before. */
  readonly changed: () => void
}

interface Ticket<Cost> {
  readonly cost: Cost
  signal: Deferred.Deferred<void> | undefined
}

const finite = (wait: number): number | undefined => (Number.isFinite(wait) ? wait : undefined)

/** In whole milliseconds: a fraction might wake somebody before its time, again and again. */
const rings = (bell: Deferred.Deferred<void>, within: number): Effect.Effect<void> =>
  within === Infinity ? Deferred.await(bell) : Effect.raceFirst(Effect.sleep(Math.ceil(within)), Deferred.await(bell))

export const make = <Cost>(gate: Gate<Cost>, bounds: Bounds): Admission<Cost> => {
  const urgentOnes: Array<Ticket<Cost>> = []
  const others: Array<Ticket<Cost>> = []
  const first = (): Ticket<Cost> | undefined => urgentOnes[0] ?? others[0]

  const changed = (): void => {
    const bell = first()?.signal
    if (bell !== undefined) Deferred.unsafeDone(bell, Effect.void)
  }

  const enter = (
    clock: Clock.Clock,
    cost: Cost,
    restore: Restore,
    watcher: Watcher,
    queue: Array<Ticket<Cost>>
  ): Effect.Effect<void, Refused> => {
    const arrived = clock.unsafeCurrentTimeMillis()
    const before = queue === urgentOnes ? urgentOnes[0] : first()
    if (before === undefined && gate.wait(cost, arrived) <= 0) {
      gate.take(cost, arrived)
      watcher.waited(0, "admitted")
      return Effect.void
    }
    if (queue === others && others.length >= bounds.maxWaiting) {
      return Effect.fail({ reason: "queue_full", wait: finite(gate.wait(before?.cost ?? cost, arrived)) })
    }
    const ticket: Ticket<Cost> = { cost, signal: undefined }
    queue.push(ticket)
    watcher.waiting(1)
    const leave = (how: "admitted" | "refused" | "interrupted"): void => {
      queue.splice(queue.indexOf(ticket), 1)
      watcher.waiting(-1)
      watcher.waited(clock.unsafeCurrentTimeMillis() - arrived, how)
      changed()
    }
    const deadline = arrived + bounds.maxWait
    const turn: Effect.Effect<void, Refused> = Effect.suspend(() => {
      const now = clock.unsafeCurrentTimeMillis()
      const isFirst = first() === ticket
      const wait = gate.wait(first()!.cost, now)
      if (isFirst && wait <= 0) {
        gate.take(cost, now)
        leave("admitted")
        return Effect.void
      }
      const left = deadline - now
      // No use waiting for what is known to come too late.
      if (left <= 0 || (wait !== Infinity && wait > left)) {
        leave("refused")
        return Effect.fail({ reason: "queue_timeout", wait: finite(wait) })
      }
      // Made in the moment of the judgement, so that no change after it is missed.
      const bell = Deferred.unsafeMake<void>(FiberId.none)
      ticket.signal = bell
      return Effect.flatMap(
        Effect.onInterrupt(restore(rings(bell, Math.min(isFirst ? wait : Infinity, left))), () =>
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
