/**
 * The circuit breaker: when it opens and closes, and what it counts.
 */
import { assert, describe } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as Dedicated from "effect-friendli/Dedicated"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { during, request, token, guarded } from "../support.js"
import { whole, slow, call, rejection, sentCount, settle, interrupted, Here, There } from "./calls.js"

describe("the circuit breaker", () => {
  const breaker = (options?: Resilience.CircuitBreakerOptions) => Resilience.layerCircuitBreaker(options)
  const tagOf = Effect.map(Effect.either(call), (outcome) =>
    Either.isRight(outcome) ? "success" : Resilience.isRejected(outcome.left) ? "rejected" : outcome.left._tag
  )
  const times = (count: number) => Effect.replicateEffect(tagOf, count)

  it.effect("opens after failures in a row, rejects until its time, tries one, and closes", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* times(3), ["ServerError", "OverloadedError", "ConnectionError"])
      yield* TestClock.adjust("4 seconds")
      const error = yield* Effect.flip(call)
      assert.deepStrictEqual(rejection(error), {
        tag: "OverloadedError",
        code: "circuit_open",
        wait: 6000,
        rejected: true
      })
      assert.include(error.message, "1970-01-01T00:00:10.000Z")
      assert.include(error.message, "serverless")
      assert.strictEqual(yield* sentCount, 3)
      yield* TestClock.adjust("6 seconds")
      const probe = yield* Effect.fork(tagOf)
      yield* settle
      const meanwhile = yield* Effect.flip(call)
      assert.deepStrictEqual(rejection(meanwhile), {
        tag: "OverloadedError",
        code: "circuit_open",
        wait: undefined,
        rejected: true
      })
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(probe), "success")
      assert.deepStrictEqual(yield* times(4), ["ServerError", "ServerError", "success", "ServerError"])
    }).pipe(
      Effect.provide(
        guarded(breaker({ failureThreshold: 3, resetTimeout: "10 seconds" }), [
          Reply.status(500),
          Reply.status(503),
          Reply.refused(),
          slow("1 second"),
          Reply.status(500),
          Reply.status(500),
          whole,
          Reply.status(500)
        ])
      )
    )
  )

  it.effect("opens again when the one that tries fails", () =>
    Effect.gen(function* () {
      yield* tagOf
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* times(2), ["ServerError", "rejected"])
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(yield* tagOf, "rejected")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* times(2), ["success", "success"])
    }).pipe(
      Effect.provide(
        guarded(breaker({ failureThreshold: 1, resetTimeout: "10 seconds" }), [
          Reply.status(500),
          Reply.status(500),
          whole,
          whole
        ])
      )
    )
  )

  it.effect("lets another one try when the one that tries is interrupted", () =>
    Effect.gen(function* () {
      yield* tagOf
      yield* TestClock.adjust("30 seconds")
      const probe = yield* Effect.fork(tagOf)
      yield* settle
      assert.strictEqual(yield* tagOf, "rejected")
      yield* interrupted(probe)
      assert.strictEqual(yield* tagOf, "success")
    }).pipe(Effect.provide(guarded(breaker({ failureThreshold: 1 }), [Reply.status(500), Reply.never, whole])))
  )

  it.effect("counts failures that indicate an outage, and nothing else", () =>
    Effect.gen(function* () {
      for (const status of [400, 401, 403, 404, 418, 429]) {
        assert.notInclude(yield* times(2), "rejected", String(status))
      }
      yield* Effect.flip(Chat.complete({ messages: [], temperature: Number.NaN })).pipe(Effect.repeatN(2))
      yield* Effect.timeoutOption(call, 1).pipe((effect) => during(effect, 1), Effect.repeatN(2))
      assert.notInclude(yield* times(1), "rejected")
    }).pipe(
      Effect.provide(
        guarded(breaker({ failureThreshold: 1 }), (_, index) => {
          const status = [400, 401, 403, 404, 418, 429][Math.floor(index / 2)]
          return status === undefined ? (index < 15 ? Reply.never : whole) : Reply.status(status)
        })
      )
    )
  )

  it.effect("counts what its options say", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* times(3), ["ServerError", "RateLimitError", "rejected"])
    }).pipe(
      Effect.provide(
        guarded(breaker({ failureThreshold: 1, isFailure: (error) => error._tag === "RateLimitError" }), [
          Reply.status(500),
          Reply.status(429)
        ])
      )
    )
  )

  it.effect("an answer in between resets the count", () =>
    Effect.gen(function* () {
      assert.notInclude(yield* times(6), "rejected")
    }).pipe(
      Effect.provide(
        guarded(breaker({ failureThreshold: 2 }), (_, index) => (index % 2 === 0 ? Reply.status(500) : whole))
      )
    )
  )

  it.effect("opens at a share of the last outcomes, once there are as many", () =>
    Effect.gen(function* () {
      // of four, two; the first two failures are too few outcomes
      assert.deepStrictEqual(yield* times(5), ["ServerError", "success", "success", "ServerError", "rejected"])
    }).pipe(
      Effect.provide(
        guarded(breaker({ failureThreshold: { rate: 0.5, of: 4 } }), [
          Reply.status(500),
          whole,
          whole,
          Reply.status(500)
        ])
      )
    )
  )

  it.effect("outcomes that are older than the last ones do not count", () =>
    Effect.gen(function* () {
      assert.notInclude(yield* times(9), "rejected")
    }).pipe(
      Effect.provide(
        guarded(breaker({ failureThreshold: { rate: 0.5, of: 4 } }), (_, index) =>
          index % 4 === 0 ? Reply.status(500) : whole
        )
      )
    )
  )

  it.effect("counts an operation once, after its retries", () =>
    Effect.gen(function* () {
      const outcomes = yield* during(times(3), "1 hour")
      assert.deepStrictEqual(outcomes, ["ServerError", "ServerError", "rejected"])
      assert.strictEqual(yield* sentCount, 6)
    }).pipe(
      Effect.provide(
        guarded(breaker({ failureThreshold: 2, resetTimeout: "2 hours" }), () => Reply.status(500), {
          retry: Retry.defaultPolicy
        })
      )
    )
  )

  it.effect("what began before it opened says nothing about later", () =>
    Effect.gen(function* () {
      const late = yield* Effect.fork(tagOf)
      yield* settle
      assert.deepStrictEqual(yield* times(2), ["ServerError", "rejected"])
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* Fiber.join(late), "success")
      assert.strictEqual(yield* tagOf, "rejected")
    }).pipe(Effect.provide(guarded(breaker({ failureThreshold: 1 }), [slow("5 seconds"), Reply.status(500)])))
  )

  it.effect("counts streams as they end", () =>
    Effect.gen(function* () {
      const failures = yield* Effect.replicateEffect(Effect.flip(Stream.runDrain(Chat.stream(request))), 2)
      assert.deepStrictEqual(
        failures.map((error) => error._tag),
        ["ConnectionError", "OverloadedError"]
      )
      assert.isTrue(Resilience.isRejected(failures[1]!))
    }).pipe(
      Effect.provide(
        guarded(breaker({ failureThreshold: 1 }), [
          Reply.sse(Wire.chatChunks("Hi!"), { after: { frames: 1 }, ending: "reset" })
        ])
      )
    )
  )

  it.effect("the first event of a stream that tries closes it", () =>
    Effect.gen(function* () {
      yield* tagOf
      yield* TestClock.adjust("30 seconds")
      const opened = yield* Deferred.make<void>()
      const stream = Chat.stream(request).pipe(
        Stream.tap(() => Deferred.succeed(opened, undefined)),
        Stream.runDrain
      )
      const probe = yield* Effect.fork(stream)
      yield* Deferred.await(opened)
      assert.strictEqual(yield* tagOf, "success")
      yield* interrupted(probe)
    }).pipe(
      Effect.provide(
        guarded(breaker({ failureThreshold: 1 }), [
          Reply.status(500),
          Reply.sse(Wire.chatChunks("Hi!"), { after: { frames: 2 }, ending: "stall" }),
          whole
        ])
      )
    )
  )

  it.effect("each deployment has a circuit of its own", () =>
    Effect.gen(function* () {
      const layer = breaker({ failureThreshold: 1 })
      const both = Layer.merge(
        Layer.map(Serverless.layerClient({ token, model: "m", retry: Retry.never }).pipe(Layer.provide(layer)), (it) =>
          Context.make(Here, Context.get(it, FriendliClient.FriendliClient))
        ),
        Layer.map(Dedicated.layerClient({ token, model: "m", retry: Retry.never }).pipe(Layer.provide(layer)), (it) =>
          Context.make(There, Context.get(it, FriendliClient.FriendliClient))
        )
      ).pipe(Layer.provide(MockHttpClient.layer([Reply.status(500), whole])))
      yield* Effect.gen(function* () {
        const [here, there] = [yield* Here, yield* There]
        yield* Effect.flip(here.execute(Chat.completeOperation, request))
        assert.isTrue(Resilience.isRejected(yield* Effect.flip(here.execute(Chat.completeOperation, request))))
        yield* there.execute(Chat.completeOperation, request)
      }).pipe(Effect.provide(both))
    })
  )

  it.effect("as a value: protects any effect, shows its state, and protects a client", () =>
    Effect.gen(function* () {
      const value = yield* Resilience.makeCircuitBreaker<string>({ failureThreshold: 2, resetTimeout: "10 seconds" })
      const state = Effect.map(value.state, (it) => it._tag)
      assert.strictEqual(yield* state, "Closed")
      yield* Effect.gen(function* () {
        yield* Effect.flip(call)
        assert.strictEqual(yield* Effect.flip(value.protect(Effect.fail("my own"))), "my own")
        const now = yield* value.state
        assert.isTrue(now._tag === "Open" && DateTime.toEpochMillis(now.until) === 10_000)
        assert.strictEqual((yield* Effect.flip(call)).code, "circuit_open")
        yield* TestClock.adjust("3 seconds")
        const error = yield* Effect.flip(value.protect(Effect.succeed(1)))
        assert.strictEqual(error._tag, "CircuitOpenError")
        assert.strictEqual(Duration.toMillis((error as Resilience.CircuitOpenError).retryAfter!), 7000)
        yield* TestClock.adjust("7 seconds")
        assert.strictEqual(yield* state, "HalfOpen")
        const fiber = yield* Effect.fork(value.protect(Effect.never))
        yield* settle
        const other = yield* Effect.flip(value.protect(Effect.succeed(1)))
        assert.isTrue(other._tag === "CircuitOpenError" && other.until === undefined)
        yield* interrupted(fiber)
        assert.isTrue(Exit.isFailure(yield* Effect.exit(value.protect(Effect.die("defect")))))
        assert.strictEqual(yield* state, "HalfOpen")
        assert.strictEqual(yield* value.protect(Effect.succeed(1)), 1)
        assert.strictEqual(yield* state, "Closed")
      }).pipe(
        Effect.provide(guarded(FriendliClient.layerMiddleware(Effect.succeed(value.middleware)), [Reply.status(500)]))
      )
    })
  )
})
