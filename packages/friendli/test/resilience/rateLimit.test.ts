/**
 * The rate limit: requests and tokens of any minute, estimates, and the pause after a 429.
 */
import { assert, describe } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as RequestOptions from "effect-friendli/RequestOptions"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { it } from "../it.js"
import { attempts, during, request, withoutJitter, guarded } from "../support.js"
import { whole, using, call, rejection, sentCount, write } from "./calls.js"
import { kindTests, perMinute } from "./rateLimit.support.js"

describe("the rate limit", () => {
  const estimates = Resilience.layerRateLimit({ tokensPerMinute: 100, estimate: () => 100 })

  it.effect("sends as many as it may at once, and the next when the first is a minute old", () =>
    Effect.gen(function* () {
      yield* during(
        Effect.all([call, Effect.delay(call, "10 seconds"), call, call, call], { concurrency: 5 }),
        "1 hour"
      )
      assert.deepStrictEqual(yield* attempts, [0, 0, 60_000, 60_000, 120_000])
    }).pipe(Effect.provide(guarded(perMinute(2), () => whole)))
  )

  it.effect("charges tokens by usage, when an answer ends", () =>
    Effect.gen(function* () {
      // two at a time, since nothing is known of them; then the limit is used up
      yield* during(Effect.all([call, call], { concurrency: 2 }), 0)
      yield* during(call, "1 hour")
      assert.deepStrictEqual(yield* attempts, [0, 0, 60_000])
    }).pipe(Effect.provide(guarded(Resilience.layerRateLimit({ tokensPerMinute: 100 }), () => using(60))))
  )

  kindTests("examples")

  it.effect("counts the estimate until the answer, and then what was used", () =>
    Effect.gen(function* () {
      yield* during(Effect.all([call, call], { concurrency: 2 }), "1 hour")
      // the second went as soon as the first was known to be small... after its 10 tokens had left the window
      assert.deepStrictEqual(yield* attempts, [0, 90_000])
    }).pipe(Effect.provide(guarded(estimates, () => Reply.slowHeaders("30 seconds", using(10)))))
  )

  it.effect("takes an estimate back where nothing can have been generated, and keeps it where something may", () =>
    Effect.gen(function* () {
      for (const rejected of [
        Effect.flip(call),
        Effect.flip(call),
        Effect.flip(Chat.complete({ ...request, temperature: Number.NaN }))
      ]) {
        yield* rejected
      }
      assert.deepStrictEqual(yield* attempts, [0, 0])
      yield* Effect.flip(call)
      yield* during(call, "1 hour")
      assert.deepStrictEqual(yield* attempts, [0, 0, 0, 60_000])
    }).pipe(
      Effect.provide(guarded(estimates, [Reply.status(429), Reply.refused(), Reply.json({ not: "an answer" }), whole]))
    )
  )

  it.effect("keeps the estimate of an interrupted operation", () =>
    Effect.gen(function* () {
      yield* during(Effect.timeoutOption(call, 1000), 1000)
      yield* during(call, "1 hour")
      assert.deepStrictEqual(yield* attempts, [0, 61_000])
    }).pipe(Effect.provide(guarded(estimates, [Reply.never, whole])))
  )

  it.effect("lets what is larger than the limit go alone, and tokenization at any time", () =>
    Effect.gen(function* () {
      yield* during(Effect.all([call, call], { concurrency: 2 }), "1 hour")
      yield* Tokens.tokenize({ prompt: "Hi!" })
      yield* Tokens.tokenize({ prompt: "Hi!" })
      const sent = yield* attempts
      assert.deepStrictEqual(sent.slice(0, 2), [0, 60_000])
      assert.lengthOf(sent, 4)
    }).pipe(
      Effect.provide(
        guarded(Resilience.layerRateLimit({ tokensPerMinute: 10, estimate: () => 1000 }), ({ url }) =>
          url.endsWith("tokenize") ? Reply.json({ tokens: Array.from({ length: 50 }, () => 1) }) : using(50)
        )
      )
    )
  )

  it.effect("pauses everything until the Retry-After of a 429, and no longer than it may", () =>
    Effect.gen(function* () {
      yield* Effect.flip(call)
      yield* during(call, "1 hour")
      assert.deepStrictEqual(yield* attempts, [0, 7000])
      yield* TestClock.adjust("1 minute")
      yield* Effect.flip(call)
      const before = yield* Clock.currentTimeMillis
      yield* during(call, "1 hour")
      const sent = yield* MockHttpClient.requests
      assert.strictEqual(sent.at(-1)!.at - before, 20_000)
    }).pipe(
      Effect.provide(
        guarded(Resilience.layerRateLimit({ maxPause: "20 seconds" }), [
          Reply.status(429, { headers: { "retry-after": "7" } }),
          whole,
          Reply.status(429, { headers: { "retry-after": "86400" } }),
          whole
        ])
      )
    )
  )

  it.effect("applies the 429 of a first attempt while its own retry waits", () =>
    Effect.gen(function* () {
      const first = yield* Effect.fork(call)
      yield* TestClock.adjust("1 second")
      const second = yield* Effect.fork(call)
      yield* TestClock.adjust("8 seconds")
      yield* Fiber.join(first)
      yield* Fiber.join(second)
      assert.deepStrictEqual(yield* attempts, [0, 9000, 9000])
    }).pipe(
      Effect.provide(
        guarded(perMinute(100), [Reply.status(429, { headers: { "retry-after": "9" } }), whole, whole], {
          retry: Retry.defaultPolicy
        })
      )
    )
  )

  it.effect("admits retries before those that wait, so that tokens in use become free", () =>
    Effect.gen(function* () {
      const outcomes = yield* during(Effect.all([call, call], { concurrency: 2 }), "1 hour")
      assert.lengthOf(outcomes, 2)
      assert.deepStrictEqual(yield* attempts, [0, 500, 60_500])
    }).pipe(
      withoutJitter,
      Effect.provide(guarded(estimates, [Reply.status(500), using(100), whole], { retry: Retry.defaultPolicy }))
    )
  )

  it.effect("does not repeat what would have to wait for too long, and says why the first try failed", () =>
    Effect.gen(function* () {
      const error = yield* during(Effect.flip(call), "1 hour")
      assert.strictEqual(error._tag, "ServerError")
      assert.deepStrictEqual(yield* attempts, [0])
    }).pipe(
      Effect.provide(
        guarded(perMinute(1, { maxWait: "5 seconds" }), () => Reply.status(500), { retry: Retry.defaultPolicy })
      )
    )
  )

  it.effect("follows the policy of the call, of the region and of the layer", () =>
    Effect.gen(function* () {
      const tries = (effect: typeof call) =>
        Effect.gen(function* () {
          const before = yield* sentCount
          yield* during(Effect.flip(effect), "1 hour")
          return (yield* sentCount) - before
        })
      assert.strictEqual(yield* tries(call), 2)
      const region = Effect.provideService(call, RequestOptions.CurrentRequestOptions, { retry: Schedule.recurs(2) })
      assert.strictEqual(yield* tries(region), 3)
      assert.strictEqual(yield* tries(Chat.complete(request, { retry: Schedule.recurs(3) })), 4)
    }).pipe(Effect.provide(guarded(perMinute(1000), () => Reply.status(500), { retry: Schedule.recurs(1) })))
  )

  it.effect("does not repeat a write that may have been accepted, nor waits for it", () =>
    Effect.gen(function* () {
      const client = yield* FriendliClient.FriendliClient
      const error = yield* Effect.flip(client.execute(write, {}))
      assert.strictEqual(error._tag, "ServerError")
      assert.strictEqual(yield* sentCount, 1)
    }).pipe(Effect.provide(guarded(perMinute(1), () => Reply.status(500), { retry: Schedule.recurs(3) })))
  )

  it.effect("rejects at once what would wait for longer than it may, and says for how long", () =>
    Effect.gen(function* () {
      yield* call
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(rejection(yield* Effect.flip(call)), {
        tag: "RateLimitError",
        code: "queue_timeout",
        wait: 50_000,
        rejected: true
      })
      assert.strictEqual(yield* sentCount, 1)
      yield* TestClock.adjust("45 seconds")
      yield* during(call, "5 seconds")
    }).pipe(Effect.provide(guarded(perMinute(1, { maxWait: "5 seconds" }), () => whole)))
  )

  it.effect("rejects when its queue is full, and says how long the first of it will wait", () =>
    Effect.gen(function* () {
      yield* call
      yield* Effect.fork(call)
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual(rejection(yield* Effect.flip(call)), {
        tag: "RateLimitError",
        code: "queue_full",
        wait: 40_000,
        rejected: true
      })
    }).pipe(Effect.provide(guarded(perMinute(1, { maxWaiting: 1 }), () => whole)))
  )

  it.effect("does not treat a rejection of another layer as an answer of the server", () =>
    Effect.gen(function* () {
      yield* call
      const error = yield* Effect.flip(call)
      assert.strictEqual(error.code, "queue_timeout")
      yield* Tokens.tokenize({ prompt: "Hi!" }).pipe(Effect.flip)
      // if the outer limiter applied the rejection of the inner one, this would wait for a minute
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    }).pipe(Effect.provide(guarded(perMinute(100).pipe(Layer.provideMerge(perMinute(1, { maxWait: 0 }))), () => whole)))
  )
})
