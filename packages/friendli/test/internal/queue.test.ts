/**
 * The queue between the transport and the fiber that consumes the stream.
 */
import { assert, describe } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { it } from "../it.js"
import * as queue from "../../src/internal/queue.js"
import type { Pull } from "../../src/internal/streams.js"

const taken = <A, E>(pull: Pull<A, E>) =>
  Effect.map(pull, (chunk) => (chunk === undefined ? undefined : Chunk.toReadonlyArray(chunk)))

const waits = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) =>
  Effect.gen(function* () {
    for (let n = 0; n < 5; n++) yield* Effect.yieldNow()
    assert.isNull(fiber.unsafePoll())
  })

describe("elements", () => {
  it.effect("come in order, and everything at once that was pushed since the last pull", () =>
    Effect.gen(function* () {
      const { pull, push } = queue.make<number, never>(10)
      push([1, 2], 1)
      push([3], 1)
      assert.deepStrictEqual(yield* taken(pull), [1, 2, 3])
      push([4], 1)
      assert.deepStrictEqual(yield* taken(pull), [4])
    })
  )

  it.effect("are waited for, and come once", () =>
    Effect.gen(function* () {
      const { pull, push } = queue.make<number, never>(10)
      const fiber = yield* Effect.fork(taken(pull))
      yield* waits(fiber)
      push([1], 1)
      assert.deepStrictEqual(yield* Fiber.join(fiber), [1])
      const next = yield* Effect.fork(taken(pull))
      yield* waits(next)
      push([2], 1)
      assert.deepStrictEqual(yield* Fiber.join(next), [2])
    })
  )

  it.effect("are not lost on a consumer that was interrupted", () =>
    Effect.gen(function* () {
      const { pull, push } = queue.make<number, never>(10)
      const fiber = yield* Effect.fork(pull)
      yield* waits(fiber)
      yield* Fiber.interrupt(fiber)
      push([1], 1)
      assert.deepStrictEqual(yield* taken(pull), [1])
    })
  )

  it.effect("leave the array that was pushed as it was", () =>
    Effect.gen(function* () {
      const { pull, push } = queue.make<number, never>(10)
      const second = [2]
      push([1], 1)
      push(second, 1)
      push([3], 1)
      assert.deepStrictEqual(yield* taken(pull), [1, 2, 3])
      assert.deepStrictEqual(second, [2])
    })
  )
})

describe("the end", () => {
  it.effect("comes after what was pushed, and stays", () =>
    Effect.gen(function* () {
      const q = queue.make<number, never>(10)
      assert.isFalse(q.isFinished())
      assert.isFalse(q.isComplete())
      q.push([1], 1)
      q.finish()
      assert.isTrue(q.isFinished())
      assert.isTrue(q.isComplete())
      assert.deepStrictEqual(yield* taken(q.pull), [1])
      assert.isUndefined(yield* q.pull)
      assert.isUndefined(yield* q.pull)
    })
  )

  it.effect("wakes a consumer that waits", () =>
    Effect.gen(function* () {
      const q = queue.make<number, never>(10)
      const fiber = yield* Effect.fork(q.pull)
      yield* waits(fiber)
      q.finish()
      assert.isUndefined(yield* Fiber.join(fiber))
    })
  )

  it.effect("may be an error, which comes after what was pushed", () =>
    Effect.gen(function* () {
      const q = queue.make<number, string>(10)
      q.push([1], 1)
      q.fail("broken")
      assert.isTrue(q.isFinished())
      assert.isFalse(q.isComplete())
      assert.deepStrictEqual(yield* taken(q.pull), [1])
      assert.strictEqual(yield* Effect.flip(q.pull), "broken")
    })
  )

  it.effect("may be a defect", () =>
    Effect.gen(function* () {
      const q = queue.make<number, never>(10)
      q.die(Cause.die("bug"))
      assert.isTrue(q.isFinished())
      assert.isFalse(q.isComplete())
      assert.deepStrictEqual(yield* Effect.exit(q.pull), Exit.die("bug"))
    })
  )

  it.effect("is the first one of all", () =>
    Effect.gen(function* () {
      const failed = queue.make<number, string>(10)
      failed.fail("first")
      failed.fail("second")
      failed.finish()
      failed.die(Cause.die("bug"))
      assert.strictEqual(yield* Effect.flip(failed.pull), "first")
      assert.isFalse(failed.isComplete())
      const finished = queue.make<number, string>(10)
      finished.finish()
      finished.fail("too late")
      assert.isUndefined(yield* finished.pull)
      assert.isTrue(finished.isComplete())
    })
  )
})

it.effect("fails as it was told to", () =>
  Effect.gen(function* () {
    const q = queue.make<number, string>(10, (error) => Effect.fail(`${error}, in a span`))
    q.push([1], 1)
    q.fail("truncated")
    assert.deepStrictEqual(yield* taken(q.pull), [1])
    assert.strictEqual(yield* Effect.flip(q.pull), "truncated, in a span")
  })
)

describe("room", () => {
  it.effect("is there until the weight reaches the capacity, and again after a pull", () =>
    Effect.gen(function* () {
      const q = queue.make<number, never>(10)
      assert.isFalse(q.isFull())
      q.push([1], 9)
      assert.isFalse(q.isFull())
      q.push([2], 1)
      assert.isTrue(q.isFull())
      let hasRoom = false
      q.onCapacity(() => {
        hasRoom = true
      })
      assert.isFalse(hasRoom)
      assert.deepStrictEqual(yield* taken(q.pull), [1, 2])
      assert.isTrue(hasRoom)
      assert.isFalse(q.isFull())
    })
  )

  it.effect("is counted from zero after each pull", () =>
    Effect.gen(function* () {
      const q = queue.make<number, never>(10)
      for (let round = 0; round < 3; round++) {
        q.push([round], 10)
        assert.isTrue(q.isFull())
        yield* q.pull
        assert.isFalse(q.isFull())
      }
    })
  )

  it.effect("is reported once to a producer that waits", () =>
    Effect.gen(function* () {
      const q = queue.make<number, never>(1)
      q.push([1], 1)
      let told = 0
      q.onCapacity(() => {
        told++
      })
      yield* q.pull
      q.push([2], 1)
      yield* q.pull
      assert.strictEqual(told, 1)
      q.push([3], 1)
      q.onCapacity(() => {
        told++
      })
      yield* q.pull
      assert.strictEqual(told, 2)
    })
  )
})
