/**
 * The fair queue before a limit: who goes first, who is rejected and when, and that nothing is left behind.
 */
import { assert, describe } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { it } from "../it.js"
import * as admission from "../../src/resilience/admission.js"

/** Permits that are given back by hand. A cost that is larger than the number of permits never fits. */
const world = (permits: number, bounds: Partial<admission.Bounds> = {}) => {
  const admitted: Array<string> = []
  const log: Array<string> = []
  let free = permits
  let waiting = 0
  const gate: admission.Gate<number> = {
    wait: (cost) => (cost <= free ? 0 : Infinity),
    take: (cost) => {
      free -= cost
    }
  }
  const door = admission.make(gate, { maxWaiting: 10, maxWait: 60_000, ...bounds })
  const watcher: admission.Watcher = {
    waiting: (by) => {
      waiting += by
    },
    waited: (millis, how) => void log.push(`${how} after ${millis}`)
  }
  return {
    admitted,
    log,
    waiting: () => waiting,
    free: () => free,
    admit: (name: string, cost = 1, urgent = false) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.tap(door.admit(cost, restore, watcher, urgent), () => Effect.sync(() => admitted.push(name)))
      ),
    release: (by = 1) =>
      Effect.zipRight(
        Effect.sync(() => {
          free += by
          door.changed()
        }),
        TestClock.adjust(0)
      )
  }
}

/** Forks, and waits until the fiber waits. */
const start = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.tap(Effect.fork(effect), () => TestClock.adjust(0))

/** A gate that time alone opens. */
const timed = (opensAt: number, bounds: Partial<admission.Bounds> = {}) => {
  const log: Array<string> = []
  const door = admission.make<void>(
    { wait: (_, now) => Math.max(0, opensAt - now), take: () => {} },
    { maxWaiting: 10, maxWait: 60_000, ...bounds }
  )
  const watcher: admission.Watcher = {
    waiting: () => {},
    waited: (millis, how) => void log.push(`${how} after ${millis}`)
  }
  return { log, admit: Effect.uninterruptibleMask((restore) => door.admit(undefined, restore, watcher)) }
}

describe("admission", () => {
  it.effect("goes at once where there is room", () =>
    Effect.gen(function* () {
      const { admit, free, log, waiting } = world(1)
      yield* admit("a")
      assert.deepStrictEqual([free(), waiting(), log], [0, 0, ["admitted after 0"]])
    })
  )

  it.effect("goes in the order of arrival, one for each release", () =>
    Effect.gen(function* () {
      const { admit, admitted, log, release, waiting } = world(1)
      yield* admit("a")
      for (const name of ["b", "c", "d"]) yield* start(admit(name))
      assert.deepStrictEqual([admitted, waiting()], [["a"], 3])
      yield* TestClock.adjust(1000)
      yield* release()
      assert.deepStrictEqual([admitted, waiting()], [["a", "b"], 2])
      yield* release()
      yield* release()
      assert.deepStrictEqual(admitted, ["a", "b", "c", "d"])
      assert.deepStrictEqual(log.slice(1), Array(3).fill("admitted after 1000"))
      assert.strictEqual(waiting(), 0)
    })
  )

  it.effect("goes together where one release makes room for several", () =>
    Effect.gen(function* () {
      const { admit, admitted, release } = world(2)
      yield* admit("a", 2)
      yield* start(admit("b"))
      yield* start(admit("c"))
      yield* release(2)
      assert.deepStrictEqual(admitted, ["a", "b", "c"])
    })
  )

  it.effect("does not pass those that wait, though there is room for it", () =>
    Effect.gen(function* () {
      const { admit, admitted, release } = world(2)
      yield* admit("a")
      yield* start(admit("large", 2))
      yield* start(admit("small", 1))
      assert.deepStrictEqual(admitted, ["a"])
      yield* release()
      assert.deepStrictEqual(admitted, ["a", "large"])
      yield* release(2)
      assert.deepStrictEqual(admitted, ["a", "large", "small"])
    })
  )

  it.effect("the urgent go before all others, in their own order", () =>
    Effect.gen(function* () {
      const { admit, admitted, release } = world(1)
      yield* admit("a")
      yield* start(admit("b"))
      yield* start(admit("urgent 1", 1, true))
      yield* start(admit("urgent 2", 1, true))
      for (let n = 0; n < 3; n++) yield* release()
      assert.deepStrictEqual(admitted, ["a", "urgent 1", "urgent 2", "b"])
    })
  )

  it.effect("the urgent pass others that wait where there is room", () =>
    Effect.gen(function* () {
      const { admit, admitted } = world(2)
      yield* admit("a")
      yield* start(admit("large", 2))
      yield* admit("urgent", 1, true)
      assert.deepStrictEqual(admitted, ["a", "urgent"])
    })
  )
})

describe("rejection", () => {
  it.effect("comes when the queue is full, and is told how long it would have been where that is known", () =>
    Effect.gen(function* () {
      const { admit, waiting } = world(1, { maxWaiting: 1 })
      yield* admit("a")
      yield* start(admit("b"))
      assert.deepStrictEqual(yield* Effect.flip(admit("c")), { reason: "queue_full", wait: undefined })
      assert.strictEqual(waiting(), 1)
      const clocked = timed(5000, { maxWaiting: 1 })
      yield* start(clocked.admit)
      assert.deepStrictEqual(yield* Effect.flip(clocked.admit), { reason: "queue_full", wait: 5000 })
    })
  )

  it.effect("may not wait at all if the queue has no places", () =>
    Effect.gen(function* () {
      const { admit } = world(1, { maxWaiting: 0 })
      yield* admit("a")
      assert.strictEqual((yield* Effect.flip(admit("b"))).reason, "queue_full")
    })
  )

  it.effect("the urgent find a place in a full queue", () =>
    Effect.gen(function* () {
      const { admit, admitted, release } = world(1, { maxWaiting: 1 })
      yield* admit("a")
      yield* start(admit("b"))
      yield* start(admit("urgent", 1, true))
      yield* release()
      assert.deepStrictEqual(admitted, ["a", "urgent"])
    })
  )

  it.effect("has waited for the longest time, and not less", () =>
    Effect.gen(function* () {
      const { admit, log, waiting } = world(1, { maxWait: 1000 })
      yield* admit("a")
      const fiber = yield* start(Effect.either(admit("b")))
      yield* TestClock.adjust(999)
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(
        yield* Fiber.join(fiber),
        Either.left({ reason: "queue_timeout" as const, wait: undefined })
      )
      assert.deepStrictEqual([log[1], waiting()], ["rejected after 1000", 0])
    })
  )

  it.effect("fails at once if it is known that room comes too late", () =>
    Effect.gen(function* () {
      const { admit, log } = timed(1001, { maxWait: 1000 })
      assert.deepStrictEqual(yield* Effect.flip(admit), { reason: "queue_timeout", wait: 1001 })
      assert.deepStrictEqual(log, ["rejected after 0"])
      const inTime = timed(1000, { maxWait: 1000 })
      const fiber = yield* start(Effect.either(inTime.admit))
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual([yield* Fiber.join(fiber), inTime.log], [Either.void, ["admitted after 1000"]])
    })
  )

  it.effect("makes room in the queue for the next", () =>
    Effect.gen(function* () {
      const { admit, admitted, release } = world(1, { maxWaiting: 1, maxWait: 1000 })
      yield* admit("a")
      const b = yield* start(Effect.either(admit("b")))
      yield* TestClock.adjust(1000)
      assert.isTrue(Either.isLeft(yield* Fiber.join(b)))
      yield* start(admit("c"))
      yield* release()
      assert.deepStrictEqual(admitted, ["a", "c"])
    })
  )
})

describe("time", () => {
  it.effect("opens a gate without a signal, in whole milliseconds", () =>
    Effect.gen(function* () {
      const { admit, log } = timed(10.5)
      const fiber = yield* start(admit)
      yield* TestClock.adjust(10)
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust(1)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(log, ["admitted after 11"])
    })
  )

  it.effect("wakes those behind the first only for their own deadline", () =>
    Effect.gen(function* () {
      const { admit, log } = timed(500, { maxWait: 600 })
      const first = yield* start(admit)
      const second = yield* start(admit)
      yield* TestClock.adjust(500)
      yield* Fiber.join(first)
      yield* Fiber.join(second)
      assert.deepStrictEqual(log, ["admitted after 500", "admitted after 500"])
    })
  )
})

describe("interruption", () => {
  it.effect("while it waits leaves the queue to the next, and takes nothing", () =>
    Effect.gen(function* () {
      const { admit, admitted, free, log, release, waiting } = world(1)
      yield* admit("a")
      const b = yield* start(admit("b"))
      yield* start(admit("c"))
      yield* TestClock.adjust(300)
      yield* Fiber.interrupt(b)
      assert.deepStrictEqual([log.at(-1), waiting()], ["interrupted after 300", 1])
      yield* release()
      assert.deepStrictEqual([admitted, free()], [["a", "c"], 0])
    })
  )

  it.effect("first in line, lets the next go that has room already", () =>
    Effect.gen(function* () {
      const { admit, admitted } = world(2)
      yield* admit("a")
      const large = yield* start(admit("large", 2))
      yield* start(admit("small", 1))
      yield* Fiber.interrupt(large)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(admitted, ["a", "small"])
    })
  )

  it.effect("before it waits is not admitted twice, nor counted", () =>
    Effect.gen(function* () {
      const { admit, free, waiting } = world(1)
      const hold = yield* Deferred.make<void>()
      const fiber = yield* Effect.fork(Effect.zipRight(Deferred.await(hold), admit("a")))
      yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(fiber)))
      assert.deepStrictEqual([free(), waiting()], [1, 0])
    })
  )
})
