/**
 * The concurrency limit under any arrivals, and every other end of an operation.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as FriendliClient from "effect-friendli/FriendliClient"
import type * as FriendliError from "effect-friendli/FriendliError"
import * as Resilience from "effect-friendli/Resilience"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as fc from "fast-check"
import { during, request, guarded } from "../support.js"
import { whole, streamed, call, runTest } from "./calls.js"
import { endingTests } from "./concurrency.support.js"

describe("the concurrency limit", () => {
  it("never admits more operations than permits, and admits all in the end", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(
          fc.record({
            takes: fc.integer({ min: 0, max: 50 }),
            starts: fc.integer({ min: 0, max: 60 }),
            status: fc.constantFrom(200, 200, 429, 500),
            streams: fc.boolean(),
            leavesAfter: fc.option(fc.integer({ min: 0, max: 80 }))
          }),
          { minLength: 1, maxLength: 15 }
        ),
        (permits, jobs) => {
          let running = 0
          let most = 0
          const begin = Effect.sync(() => {
            most = Math.max(most, ++running)
          })
          const end = Effect.sync(() => {
            running--
          })
          /** Inside the limit: what it lets through. */
          const counting = FriendliClient.layerMiddleware(
            Effect.succeed((next) => ({
              ...next,
              call: (...args) =>
                Effect.acquireUseRelease(
                  begin,
                  () => next.call(...args),
                  () => end
                ),
              open: (...args) =>
                Effect.zipRight(
                  Effect.acquireRelease(begin, () => end),
                  next.open(...args)
                )
            }))
          )
          return Effect.gen(function* () {
            const job = ({ leavesAfter, starts, streams, takes }: (typeof jobs)[number], index: number) => {
              const options = { headers: { "x-job": String(index), "x-takes": String(takes) } }
              const run: Effect.Effect<unknown, FriendliError.FriendliStreamError, Chat.Chat> = streams
                ? Stream.runDrain(Chat.stream(request, options))
                : Chat.complete(request, options)
              const left = leavesAfter === null ? run : Effect.timeoutOption(run, leavesAfter)
              return Effect.delay(Effect.either(left), starts)
            }
            yield* during(
              Effect.zipRight(
                Effect.all(jobs.map(job), { concurrency: "unbounded" }),
                Effect.zipRight(MockHttpClient.whenClosed, call)
              ),
              "10 minutes"
            )
            assert.isAtMost(most, permits)
            assert.strictEqual(running, 0)
          }).pipe(
            Effect.provide(
              guarded(
                Resilience.layerConcurrency({ permits }).pipe(Layer.provideMerge(counting)),
                ({ headers, json }) => {
                  const job = jobs[Number(headers["x-job"])]
                  const streams = (json as { stream?: boolean }).stream === true
                  if (job !== undefined && job.status !== 200)
                    return Reply.slowHeaders(job.takes, Reply.status(job.status))
                  return Reply.slowHeaders(job?.takes ?? 0, streams ? streamed : whole)
                }
              )
            ),
            runTest
          )
        }
      ),
      { numRuns: 6, endOnFailure: true }
    ))

  endingTests("others")
})
