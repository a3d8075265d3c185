/**
 * Streams under an execution plan: when the next step is taken, and when not any more.
 */
import { assert, describe } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionPlan from "effect/ExecutionPlan"
import * as Stream from "effect/Stream"
import { it } from "../it.js"
import { withPlan } from "../../src/resilience/plans.js"
import { untilFailure } from "../support.js"

class Step extends Context.Tag("Step")<Step, number>() {}

const plan = ExecutionPlan.make({ provide: Context.make(Step, 1) }, { provide: Context.make(Step, 2) })

/** What each step does; the number of the step comes at its end. */
const running = (first: Stream.Stream<number, string>) =>
  untilFailure(
    withPlan(
      Stream.unwrap(Effect.map(Step, (step) => (step === 1 ? first : Stream.make(step)))),
      plan
    ) as Stream.Stream<number, unknown>
  )

describe("a stream under a plan", () => {
  it.effect("goes to the next step where the first one fails before any element", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* running(Stream.fail("first")), { elements: [2], error: undefined })
    })
  )

  it.effect("goes to the next step after chunks without elements", () =>
    Effect.gen(function* () {
      const empty = Stream.concat(
        Stream.filter(Stream.make(0), () => false),
        Stream.fail("first")
      )
      assert.deepStrictEqual(yield* running(empty), { elements: [2], error: undefined })
    })
  )

  it.effect("fails with its own error after an element", () =>
    Effect.gen(function* () {
      const begun = Stream.concat(Stream.make(1), Stream.fail("late"))
      assert.deepStrictEqual(yield* running(begun), { elements: [1], error: "late" })
    })
  )

  it.effect("starts again each time it is run", () =>
    Effect.gen(function* () {
      let runs = 0
      const once = Stream.suspend(() => (runs++ === 0 ? Stream.make(1) : Stream.fail("first")))
      const stream = withPlan(
        Stream.unwrap(Effect.map(Step, (step) => (step === 1 ? once : Stream.make(step)))),
        plan
      ) as Stream.Stream<number, unknown>
      assert.deepStrictEqual(yield* untilFailure(stream), { elements: [1], error: undefined })
      assert.deepStrictEqual(yield* untilFailure(stream), { elements: [2], error: undefined })
    })
  )
})
