/**
 * Plans over deployments: which failures lead to the next one.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ExecutionPlan from "effect/ExecutionPlan"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { collect, request, token } from "../support.js"
import { whole, streamed, slow, call, settle } from "./calls.js"

describe("plans", () => {
  const serverless = Serverless.layer({ token, model: "big", retry: Retry.never })
  const smaller = Serverless.layer({ token, model: "small", retry: Retry.never })
  const dedicated = Dedicated.layer({ token, model: "endpoint", retry: Retry.never })

  const askedModels = Effect.map(MockHttpClient.requests, (requests) =>
    requests.map(({ json }) => (json as { readonly model?: string }).model)
  )

  it.effect("asks one after the other, by the tag of the failure", () =>
    Effect.gen(function* () {
      const plan = yield* Resilience.plan(
        { provide: dedicated },
        { provide: serverless, when: (error) => error._tag === "RateLimitError" },
        { provide: smaller, when: (error) => error._tag === "OverloadedError" }
      )
      const answer = Effect.withExecutionPlan(call, plan)
      yield* answer
      assert.deepStrictEqual(yield* askedModels, ["endpoint", "small"])
      yield* answer
      assert.deepStrictEqual((yield* askedModels).slice(2), ["endpoint", "big", "small"])
      assert.strictEqual((yield* Effect.flip(answer))._tag, "AuthenticationError")
      assert.deepStrictEqual((yield* askedModels).slice(5), ["endpoint"])
    }).pipe(
      Effect.scoped,
      Effect.provide(
        MockHttpClient.layer([Reply.status(503), whole, Reply.status(429), Reply.status(503), whole, Reply.status(401)])
      )
    )
  )

  it.effect("moves on after transient failures by default, and not after failures from elsewhere", () =>
    Effect.gen(function* () {
      const plan = yield* Resilience.plan({ provide: serverless }, { provide: smaller })
      yield* Effect.withExecutionPlan(call, plan)
      assert.deepStrictEqual(yield* askedModels, ["big", "small"])
      assert.strictEqual((yield* Effect.flip(Effect.withExecutionPlan(call, plan)))._tag, "NotFoundError")
      const own = Effect.zipRight(call, Effect.fail("my own"))
      assert.strictEqual(yield* Effect.flip(Effect.withExecutionPlan(own, plan)), "my own")
      assert.lengthOf(yield* askedModels, 4)
    }).pipe(Effect.scoped, Effect.provide(MockHttpClient.layer([Reply.status(500), whole, Reply.status(404), whole])))
  )

  it.effect("remembers: an open circuit sends the next runs elsewhere at once", () =>
    Effect.gen(function* () {
      const plan = yield* Resilience.plan(
        { provide: dedicated.pipe(Layer.provide(Resilience.layerCircuitBreaker({ failureThreshold: 1 }))) },
        { provide: serverless }
      )
      yield* Effect.replicateEffect(Effect.withExecutionPlan(call, plan), 3)
      assert.deepStrictEqual(yield* askedModels, ["endpoint", "big", "big", "big"])
    }).pipe(
      Effect.scoped,
      Effect.provide(MockHttpClient.layer((_, index) => (index === 0 ? Reply.status(500) : whole)))
    )
  )

  it.effect("keeps the layers of one deployment away from the next", () =>
    Effect.gen(function* () {
      const plan = yield* Resilience.plan(
        { provide: serverless.pipe(Layer.provide(Resilience.layerConcurrency({ permits: 1, maxWaiting: 0 }))) },
        { provide: smaller }
      )
      const fibers = yield* Effect.replicateEffect(Effect.fork(Effect.withExecutionPlan(call, plan)), 3)
      yield* settle
      assert.deepStrictEqual(yield* askedModels, ["big", "small", "small"])
      yield* TestClock.adjust("1 second")
      for (const fiber of fibers) yield* Fiber.join(fiber)
    }).pipe(Effect.scoped, Effect.provide(MockHttpClient.layer(() => slow("1 second"))))
  )

  const broken = Reply.sse(Wire.chatChunks("Hi you!"), { after: { frames: 2 }, ending: "reset" })
  const always = () => true

  it.effect("a stream moves on to the next deployment before its first element, and never after it", () =>
    Effect.gen(function* () {
      const plan = yield* Resilience.plan(
        { provide: dedicated },
        { provide: serverless, when: always },
        { provide: smaller, when: always }
      )
      const seen: Array<unknown> = []
      const stream = Chat.stream(request).pipe(
        Stream.tap((chunk) => Effect.sync(() => void seen.push(chunk))),
        Resilience.withStreamPlan(plan)
      )
      const error = yield* Effect.flip(Stream.runDrain(stream))
      assert.strictEqual(error._tag, "ConnectionError")
      assert.lengthOf(seen, 2)
      assert.deepStrictEqual(yield* askedModels, ["endpoint", "big"])
      // a stream can run again: whole this time, after one that did not begin
      assert.isAbove((yield* collect(stream)).length, 2)
    }).pipe(
      Effect.scoped,
      Effect.provide(MockHttpClient.layer([Reply.status(503), broken, Reply.status(500), streamed]))
    )
  )

  it.effect("Effect's own plans are kept from it too, in the first step and in the last", () =>
    Effect.gen(function* () {
      const plan = ExecutionPlan.make(
        { provide: dedicated, attempts: 3 },
        { provide: smaller, attempts: 3, schedule: Schedule.recurs(5) }
      )
      const stream = Resilience.withStreamPlan(Chat.stream(request), plan)
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(stream)))._tag, "ConnectionError")
      assert.deepStrictEqual(yield* askedModels, ["endpoint"])
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(stream)))._tag, "ConnectionError")
      assert.deepStrictEqual((yield* askedModels).slice(1), ["endpoint", "endpoint", "endpoint", "small"])
    }).pipe(
      Effect.provide(MockHttpClient.layer([broken, Reply.status(500), Reply.status(500), Reply.status(500), broken]))
    )
  )

  it.effect("Stream.withExecutionPlan itself begins again in the middle", () =>
    Effect.gen(function* () {
      const plan = yield* Resilience.plan({ provide: serverless }, { provide: smaller, when: always })
      const chunks = yield* collect(Stream.withExecutionPlan(Chat.stream(request), plan))
      assert.deepStrictEqual(yield* askedModels, ["big", "small"])
      assert.isAbove(chunks.length, Wire.chatChunks("Hi!").length)
    }).pipe(Effect.scoped, Effect.provide(MockHttpClient.layer([broken, streamed])))
  )
})
