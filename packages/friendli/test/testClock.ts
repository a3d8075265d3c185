/**
 * A `TestClock` that is quick: Effect's own starts and interrupts a fiber for each step, and looks for work three times. A step here
 * waits once for whatever can run without the clock, and wakes the next sleeper. `TestClock.adjust` and its like use the clock of the
 * fiber, so tests need not know which one it is.
 */
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as TestClock from "effect/TestClock"

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** Turns of the event loop that a step waits: a promise of the platform may need more than one. */
const turns = 5

/**
 * Waits until what can run has run. Without a timer, which would wait for a millisecond each time: Effect's scheduler yields with one
 * only after two thousand turns.
 */
const settled = Effect.async<void>((resume) => {
  let left = turns
  const turn = (): void => {
    if (left-- === 0) resume(Effect.void)
    else setImmediate(turn)
  }
  turn()
})

export const make = (): TestClock.TestClock => {
  let now = 0
  const sleepers = new Set<Sleeper>()

  /** The one to wake next. Of those that wake at the same time it is the last that came, as with Effect's clock. */
  const next = (end: number): Sleeper | undefined => {
    let first: Sleeper | undefined
    for (const sleeper of sleepers) {
      if (sleeper.at <= end && (first === undefined || sleeper.at <= first.at)) first = sleeper
    }
    return first
  }

  const moveTo = (end: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      const sleeper = next(end)
      if (sleeper === undefined) {
        now = end
        return Effect.void
      }
      sleepers.delete(sleeper)
      now = sleeper.at
      sleeper.wake()
      return Effect.zipRight(settled, moveTo(end))
    })

  const run = (end: () => number): Effect.Effect<void> =>
    Effect.zipRight(
      settled,
      Effect.suspend(() => moveTo(end()))
    )

  const adjust = (duration: Duration.DurationInput): Effect.Effect<void> =>
    run(() => now + Duration.toMillis(Duration.decode(duration)))

  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => now,
    unsafeCurrentTimeNanos: () => BigInt(Math.floor(now * 1_000_000)),
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanos: Effect.sync(() => BigInt(Math.floor(now * 1_000_000))),
    sleep: (duration) =>
      Effect.async<void>((resume) => {
        const at = now + Duration.toMillis(duration)
        if (at <= now) return resume(Effect.void)
        const sleeper: Sleeper = { at, wake: () => resume(Effect.void) }
        sleepers.add(sleeper)
        return Effect.sync(() => void sleepers.delete(sleeper))
      }),
    adjust,
    adjustWith: (duration) => (effect) => Effect.zipLeft(effect, adjust(duration), { concurrent: true }),
    setTime: (time) => run(() => time),
    save: Effect.sync(() => {
      const saved = now
      return Effect.sync(() => {
        now = saved
      })
    }),
    sleeps: Effect.sync(() => Chunk.fromIterable(Array.from(sleepers, ({ at }) => at)))
  }
}
