/**
 * The concurrency limit: order, rejections, permits that are always given back, streams.
 */
import { assert, describe } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as Dedicated from "effect-friendli/Dedicated"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Resilience from "effect-friendli/Resilience"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import { it } from "../it.js"
import { attempts, during, request, token, guarded, type Guarding } from "../support.js"
import { whole, streamed, slow, call, rejection, sentCount, settle, interrupted, Here, There } from "./calls.js"
import { endingTests, one } from "./concurrency.support.js"

describe("the concurrency limit", () => {
  const two = Resilience.layerConcurrency({ permits: 2 })

  /** How many of two calls are sent, when each goes to a deployment of its own. */
  const counted = (other: Guarding) =>
    Effect.gen(function* () {
      const first = Serverless.layerClient({ token, model: "m" }).pipe(Layer.provide(one))
      const second = Dedicated.layerClient({ token, model: "m" }).pipe(Layer.provide(other))
      const both = Layer.merge(
        Layer.map(first, (context) => Context.make(Here, Context.get(context, FriendliClient.FriendliClient))),
        Layer.map(second, (context) => Context.make(There, Context.get(context, FriendliClient.FriendliClient)))
      ).pipe(Layer.provideMerge(MockHttpClient.layer(() => Reply.never)))
      return yield* Effect.gen(function* () {
        const [here, there] = [yield* Here, yield* There]
        yield* Effect.fork(here.execute(Chat.completeOperation, request))
        yield* Effect.fork(there.execute(Chat.completeOperation, request))
        yield* TestClock.adjust(1)
        return yield* MockHttpClient.open
      }).pipe(Effect.provide(both))
    })

  it.effect("serves in the order of arrival, even if others arrive at the moment of a release", () =>
    Effect.gen(function* () {
      const order: Array<string> = []
      const named = (name: string) => Effect.tap(call, () => Effect.sync(() => void order.push(name)))
      yield* during(
        Effect.all([Effect.zipRight(named("a"), named("a again")), named("b"), named("c")], {
          concurrency: "unbounded"
        }),
        "1 minute"
      )
      assert.deepStrictEqual(order, ["a", "b", "c", "a again"])
    }).pipe(Effect.provide(guarded(Resilience.layerConcurrency({ permits: 1 }), () => slow("1 second"))))
  )

  it.effect("rejects when its queue is full: typed, and not sent", () =>
    Effect.gen(function* () {
      const fibers = [yield* Effect.fork(call), yield* Effect.fork(call)]
      yield* settle
      const error = yield* Effect.flip(Chat.complete(request))
      assert.deepStrictEqual(rejection(error), {
        tag: "RateLimitError",
        code: "queue_full",
        wait: undefined,
        rejected: true
      })
      assert.deepStrictEqual([error.operation, error.deployment, error.method], ["Chat.complete", "serverless", "POST"])
      assert.strictEqual(error.url, "https://api.friendli.ai/serverless/v1/chat/completions")
      assert.isTrue(FriendliError.isNotProcessed(error) && FriendliError.isTransient(error))
      const streamError = yield* Effect.flip(Stream.runDrain(Chat.stream(request)))
      assert.strictEqual(streamError.code, "queue_full")
      assert.strictEqual(yield* sentCount, 1)
      yield* TestClock.adjust("1 minute")
      for (const fiber of fibers) yield* Fiber.join(fiber)
      assert.strictEqual(yield* sentCount, 2)
    }).pipe(Effect.provide(guarded(Resilience.layerConcurrency({ permits: 1, maxWaiting: 1 }), () => slow("1 second"))))
  )

  it.effect("rejects an operation that has waited too long, and continues with the next", () =>
    Effect.gen(function* () {
      const first = yield* Effect.fork(call)
      const second = yield* Effect.fork(Effect.flip(call))
      yield* TestClock.adjust("6 seconds")
      const third = yield* Effect.fork(call)
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(rejection(yield* Fiber.join(second)), {
        tag: "RateLimitError",
        code: "queue_timeout",
        wait: undefined,
        rejected: true
      })
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(first)
      yield* Fiber.join(third)
    }).pipe(
      Effect.provide(
        guarded(Resilience.layerConcurrency({ permits: 1, maxWait: "10 seconds" }), () => slow("15 seconds"))
      )
    )
  )

  it.effect("a rejection survives encoding and decoding", () =>
    Effect.gen(function* () {
      yield* Effect.fork(call)
      yield* settle
      const error = yield* Effect.flip(call)
      const json = yield* Schema.encode(FriendliError.FriendliStreamError)(error)
      const back = yield* Schema.decode(FriendliError.FriendliStreamError)(JSON.parse(JSON.stringify(json)))
      assert.isTrue(Resilience.isRejected(back))
    }).pipe(Effect.provide(guarded(Resilience.layerConcurrency({ permits: 1, maxWaiting: 0 }), [Reply.never])))
  )

  it.effect("a server's own 429 with the same code is not a rejection", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(call)
      assert.strictEqual(error.code, "queue_full")
      assert.isFalse(Resilience.isRejected(error))
    }).pipe(
      Effect.provide(guarded(two, [Reply.json({ error: { message: "full", code: "queue_full" } }, { status: 429 })]))
    )
  )

  it.effect("forgets operations that are interrupted while they wait", () =>
    Effect.gen(function* () {
      const first = yield* Effect.fork(call)
      const second = yield* Effect.fork(call)
      const third = yield* Effect.fork(call)
      yield* settle
      yield* interrupted(second)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(first)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(third)
      assert.deepStrictEqual(yield* attempts, [0, 1000])
    }).pipe(Effect.provide(guarded(Resilience.layerConcurrency({ permits: 1 }), () => slow("1 second"))))
  )

  endingTests("examples")

  it.effect("an opened stream holds its permit until its end, not until its scope closes", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { value } = yield* Scope.extend(Chat.streamWithResponse(request), scope)
      const waiting = yield* Effect.fork(call)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* sentCount, 1)
      yield* Stream.runDrain(value)
      yield* Fiber.join(waiting)
      yield* Scope.close(scope, Exit.void)
      yield* call
    }).pipe(Effect.provide(guarded(one, (_, index) => (index === 0 ? streamed : whole))))
  )

  it.effect("an opened stream that fails to open gives its permit back while its scope is open", () =>
    Effect.gen(function* () {
      yield* Effect.flip(Chat.streamWithResponse(request))
      yield* call
    }).pipe(Effect.scoped, Effect.provide(guarded(one, [Reply.status(500), whole])))
  )

  it.effect("is shared by the deployments that one layer is provided to", () =>
    Effect.map(counted(one), (sent) => assert.strictEqual(sent, 1))
  )

  it.effect("is not shared by deployments with layers of their own", () =>
    Effect.map(counted(Resilience.layerConcurrency({ permits: 1 })), (sent) => assert.strictEqual(sent, 2))
  )
})
