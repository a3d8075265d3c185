/**
 * The rate limit under any arrivals, and the usage of every other kind of answer.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Chat from "effect-friendli/Chat"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import { Reply } from "effect-friendli/testing"
import * as fc from "fast-check"
import { attempts, during, request, withoutJitter, guarded } from "../support.js"
import { whole, using, call, runTest } from "./calls.js"
import { kindTests, perMinute } from "./rateLimit.support.js"

describe("the rate limit", () => {
  const window = 60_000

  /** The most that counts in any minute. */
  const most = (events: ReadonlyArray<{ readonly at: number; readonly amount: number }>): number =>
    Math.max(
      0,
      ...events.map(({ at }) =>
        events.filter((other) => other.at >= at && other.at < at + window).reduce((sum, { amount }) => sum + amount, 0)
      )
    )

  const arrivals = fc.array(
    fc.record({
      after: fc.integer({ min: 0, max: 150_000 }),
      tokens: fc.integer({ min: 2, max: 130 }),
      takes: fc.integer({ min: 0, max: 30_000 })
    }),
    { minLength: 1, maxLength: 25 }
  )

  it("never sends more requests in any minute, retries included, and sends all in the end", () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), arrivals, fc.array(fc.boolean()), (limit, calls, failing) =>
        Effect.gen(function* () {
          const outcomes = yield* during(
            Effect.all(
              calls.map(({ after }) => Effect.delay(Effect.either(call), after)),
              { concurrency: "unbounded" }
            ),
            "10 hours"
          )
          assert.lengthOf(outcomes, calls.length)
          const sent = yield* attempts
          assert.isAtLeast(sent.length, calls.length)
          assert.isAtMost(most(sent.map((at) => ({ at, amount: 1 }))), limit)
        }).pipe(
          Effect.provide(
            guarded(perMinute(limit), (_, index) => (failing[index] === true ? Reply.status(500) : whole), {
              retry: Retry.defaultPolicy
            })
          ),
          // whole milliseconds: no rounding where a minute ends
          withoutJitter,
          runTest
        )
      ),
      { numRuns: 6, endOnFailure: true }
    ))

  it("never uses more tokens in any minute than it may, where estimates are true", () =>
    fc.assert(
      fc.asyncProperty(arrivals, (calls) =>
        Effect.gen(function* () {
          const limit = 200
          const spent: Array<{ readonly at: number; readonly amount: number }> = []
          yield* during(
            Effect.all(
              calls.map(({ after, takes, tokens }) =>
                Chat.complete(request, { headers: { "x-tokens": String(tokens), "x-takes": String(takes) } }).pipe(
                  Effect.zipRight(Clock.currentTimeMillis),
                  Effect.tap((at) => Effect.sync(() => void spent.push({ at, amount: tokens }))),
                  Effect.delay(after)
                )
              ),
              { concurrency: "unbounded" }
            ),
            "100 hours"
          )
          assert.lengthOf(spent, calls.length)
          assert.isAtMost(most(spent), limit)
        }).pipe(
          Effect.provide(
            guarded(Resilience.layerRateLimit({ tokensPerMinute: 200, estimate: () => 130 }), ({ headers }) =>
              Reply.slowHeaders(Number(headers["x-takes"]), using(Number(headers["x-tokens"])))
            )
          ),
          runTest
        )
      ),
      { numRuns: 6, endOnFailure: true }
    ))

  kindTests("others")
})
