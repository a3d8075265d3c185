/**
 * Hedged requests: when the second attempt starts, and which one is the outcome.
 */
import { assert, describe } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { attempts, during, request, token, guarded } from "../support.js"
import { call, sentCount, write } from "./calls.js"

describe("hedges", () => {
  const hedged = (options: Resilience.HedgeOptions) => Resilience.layerHedge(options)
  const answer = Effect.map(call, ({ choices }) => choices[0]?.message.content)
  const says = (text: string, after: Duration.DurationInput) =>
    Reply.slowHeaders(after, Reply.json(Wire.chatCompletion(text)))

  it.effect("asks once where the answer is quick", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* during(answer, "1 hour"), "one")
      assert.deepStrictEqual(yield* attempts, [0])
    }).pipe(Effect.provide(guarded(hedged({ after: "2 seconds" }), [says("one", "1 second")])))
  )

  it.effect("asks again after its time; the first success wins, and the other is closed", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* during(answer, "3 seconds"), "two")
      yield* MockHttpClient.whenClosed
      assert.deepStrictEqual(yield* MockHttpClient.states, ["aborted", "read"])
      assert.deepStrictEqual(yield* attempts, [0, 2000])
    }).pipe(Effect.provide(guarded(hedged({ after: "2 seconds" }), [says("one", "1 hour"), says("two", "1 second")])))
  )

  it.effect("the first attempt can still win", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* during(
          Effect.map(Chat.completeWithResponse(request), ({ value }) => value.id),
          "3 seconds"
        ),
        "first"
      )
      yield* MockHttpClient.whenClosed
      assert.deepStrictEqual(yield* MockHttpClient.states, ["read", "aborted"])
    }).pipe(
      Effect.provide(
        guarded(hedged({ after: "2 seconds" }), [
          Reply.slowHeaders("3 seconds", Reply.json(Wire.chatCompletion("Hi!", { id: "first" }))),
          Reply.never
        ])
      )
    )
  )

  it.effect("asks as often as it may", () =>
    Effect.gen(function* () {
      yield* during(Effect.timeoutOption(answer, "50 seconds"), "1 minute")
      assert.deepStrictEqual(yield* attempts, [0, 2000, 4000])
      assert.strictEqual(yield* MockHttpClient.open, 0)
    }).pipe(Effect.provide(guarded(hedged({ after: "2 seconds", max: 3 }), () => Reply.never)))
  )

  it.effect("a failure before the second attempt is the outcome", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* during(Effect.flip(call), "1 hour"))._tag, "ServerError")
      assert.deepStrictEqual(yield* attempts, [0])
    }).pipe(Effect.provide(guarded(hedged({ after: "2 seconds" }), [Reply.slowHeaders(1000, Reply.status(500))])))
  )

  it.effect("a failure after it waits for the other; the last one counts", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* during(answer, "1 hour"), "two")
      assert.strictEqual(yield* during(answer, "1 hour"), "three")
      assert.strictEqual((yield* during(Effect.flip(call), "1 hour"))._tag, "RateLimitError")
    }).pipe(
      Effect.provide(
        guarded(hedged({ after: "2 seconds" }), [
          Reply.slowHeaders(3000, Reply.status(500)),
          says("two", "10 seconds"),
          says("three", "10 seconds"),
          Reply.status(500),
          Reply.slowHeaders(3000, Reply.status(500)),
          Reply.slowHeaders(3000, Reply.status(429))
        ])
      )
    )
  )

  it.effect("leaves writes and streams alone", () =>
    Effect.gen(function* () {
      const client = yield* FriendliClient.FriendliClient
      for (const operation of [
        client.execute(write, {}),
        client.executeWithResponse(write, {}),
        Stream.runDrain(Chat.stream(request))
      ]) {
        const before = yield* sentCount
        yield* during(Effect.timeoutOption(operation, "50 seconds"), "1 minute")
        assert.strictEqual((yield* sentCount) - before, 1)
      }
    }).pipe(Effect.provide(guarded(hedged({ after: "2 seconds" }), () => Reply.never)))
  )

  const limit = Resilience.layerConcurrency({ permits: 1 })
  const deployment = Serverless.layer({ token, model: "m", retry: Retry.never })
  const orders = [
    [
      "is one operation to a limit around it",
      deployment.pipe(Layer.provide(limit), Layer.provide(hedged({ after: 2000 }))),
      2
    ],
    [
      "is one for each attempt to a limit inside",
      deployment.pipe(Layer.provide(hedged({ after: 2000 })), Layer.provide(limit)),
      1
    ]
  ] as const
  for (const [what, layer, sent] of orders) {
    it.effect(what, () =>
      Effect.gen(function* () {
        yield* during(Effect.timeoutOption(call, "50 seconds"), "1 minute")
        assert.strictEqual(yield* sentCount, sent)
      }).pipe(Effect.provide(layer.pipe(Layer.provideMerge(MockHttpClient.layer(() => Reply.never)))))
    )
  }

  it.effect("as a combinator: for any effect", () =>
    Effect.gen(function* () {
      let runs = 0
      const released: Array<number> = []
      const effect = Effect.suspend(() => {
        const run = ++runs
        return Effect.as(Effect.sleep(run === 1 ? "1 hour" : "1 second"), run).pipe(
          Effect.onInterrupt(() => Effect.sync(() => void released.push(run)))
        )
      })
      assert.strictEqual(yield* during(Resilience.hedge(effect, { after: "2 seconds" }), "10 seconds"), 2)
      assert.deepStrictEqual(released, [1])
      assert.strictEqual(yield* during(effect.pipe(Resilience.hedge({ after: "2 seconds", max: 1 })), "10 seconds"), 3)
    })
  )
})
