/**
 * The concurrency limit: order, rejections, permits that are always given back, streams.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
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
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as fc from "fast-check"
import { attempts, during, request, token, guarded, type Guarding } from "../support.js"
import {
  whole,
  streamed,
  slow,
  call,
  rejection,
  sentCount,
  settle,
  interrupted,
  Here,
  There,
  rawEvents,
  openedWith,
  runTest
} from "./calls.js"

describe("the concurrency limit", () => {
  const two = Resilience.layerConcurrency({ permits: 2 })

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

  const stuck = Reply.sse(Wire.chatChunks("Hi!"), { after: { frames: 2 }, ending: "stall" })
  const one = Resilience.layerConcurrency({ permits: 1 })
  const endings: ReadonlyArray<
    readonly [string, Reply.Reply, Effect.Effect<unknown, FriendliError.FriendliStreamError, Serverless.Capabilities>]
  > = [
    ["succeeds", whole, call],
    ["succeeds with its response", whole, Chat.completeWithResponse(request)],
    ["fails", Reply.status(500), call],
    ["is rejected by the SDK", whole, Chat.complete({ messages: [], temperature: Number.NaN })],
    ["is interrupted", Reply.never, Effect.timeout(call, 10).pipe(Effect.orElseSucceed(() => undefined))],
    ["is a stream that ends", streamed, Stream.runDrain(Chat.stream(request))],
    [
      "is a stream that fails",
      Reply.sse(Wire.chatChunks("Hi!"), { ending: "reset", after: { frames: 1 } }),
      Stream.runDrain(Chat.stream(request))
    ],
    [
      "is a stream that is cut",
      Reply.sse(Wire.chatChunks("Hi!"), { after: { frames: 1 } }),
      Stream.runDrain(Chat.stream(request))
    ],
    ["is a stream that is left", stuck, Stream.runDrain(Stream.take(Chat.stream(request), 1))],
    ["is a stream that is interrupted", stuck, Effect.timeoutOption(Stream.runDrain(Chat.stream(request)), 10)],
    ["is raw events that end", streamed, rawEvents],
    ["is an opened stream that ends before its scope", streamed, openedWith((stream) => Stream.runDrain(stream))],
    ["is an opened stream whose scope closes", stuck, openedWith(() => Effect.void)],
    ["is a stream that cannot be opened", Reply.status(500), openedWith(() => Effect.void)]
  ]
  for (const [how, reply, operation] of endings) {
    it.effect(`gives the permit back when an operation ${how}`, () =>
      Effect.gen(function* () {
        yield* during(Effect.exit(operation), "1 minute")
        // the permit cannot be had unless it was given back
        const next = yield* during(Effect.either(Effect.timeoutOption(call, "10 minutes")), "1 hour")
        assert.isTrue(Either.isRight(next) && next.right._tag === "Some")
      }).pipe(
        Effect.provide(guarded(one, (_, index) => (index === 0 && how !== "is rejected by the SDK" ? reply : whole)))
      )
    )
  }

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

  it.effect("is shared by the deployments that one layer is provided to", () =>
    Effect.map(counted(one), (sent) => assert.strictEqual(sent, 1))
  )

  it.effect("is not shared by deployments with layers of their own", () =>
    Effect.map(counted(Resilience.layerConcurrency({ permits: 1 })), (sent) => assert.strictEqual(sent, 2))
  )
})
