/**
 * Metrics of limits under any operations, and of every other end of an operation.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import type * as FriendliError from "effect-friendli/FriendliError"
import * as Metrics from "effect-friendli/Metrics"
import * as Resilience from "effect-friendli/Resilience"
import { Reply } from "effect-friendli/testing"
import * as fc from "fast-check"
import { underTest } from "../it.js"
import { during, request, guarded } from "../support.js"
import { countsBy, endingTests, measured, now, streamed, waits, wayTests, whole } from "./metrics.support.js"

describe("the concurrency limit", () => {
  endingTests("others")

  it("leaves nothing counted, however operations come, fail or end", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(
          fc.record({
            takes: fc.integer({ min: 0, max: 50 }),
            starts: fc.integer({ min: 0, max: 60 }),
            status: fc.constantFrom(200, 200, 500),
            streams: fc.boolean(),
            leavesAfter: fc.option(fc.integer({ min: 0, max: 80 }))
          }),
          { minLength: 1, maxLength: 12 }
        ),
        (permits, jobs) =>
          measured((test) =>
            Effect.gen(function* () {
              const job = ({ leavesAfter, starts, streams }: (typeof jobs)[number], index: number) => {
                const options = { headers: { "x-job": String(index) } }
                const ran: Effect.Effect<unknown, FriendliError.FriendliStreamError, Chat.Chat> = streams
                  ? Stream.runDrain(Chat.stream(request, options))
                  : Chat.complete(request, options)
                return Effect.delay(
                  Effect.either(leavesAfter === null ? ran : Effect.timeoutOption(ran, leavesAfter)),
                  starts
                )
              }
              yield* during(Effect.all(jobs.map(job), { concurrency: "unbounded" }), "10 minutes")
              assert.deepStrictEqual(yield* now(test), [0, 0])
              // everybody's wait was recorded, or they were rejected at the door
              const ended = Object.values(yield* waits(test)).reduce((total, { count }) => total + count, 0)
              const full = (yield* countsBy(Metrics.rejections, "error.code", test))["queue_full"] ?? 0
              assert.strictEqual(ended + full, jobs.length)
            })
          ).pipe(
            Effect.provide(
              guarded(Resilience.layerConcurrency({ permits, maxWaiting: 3, maxWait: 60 }), ({ headers }) => {
                const { status, streams, takes } = jobs[Number(headers["x-job"])]!
                return Reply.slowHeaders(takes, status === 200 ? (streams ? streamed : whole) : Reply.status(status))
              })
            ),
            underTest,
            Effect.runPromise
          )
      ),
      { numRuns: 6, endOnFailure: true }
    ))
})

describe("plans", () => {
  wayTests("others")
})
