/**
 * Resilience: limits that hold whatever comes, circuits, hedges and plans; what is rejected was not sent; nothing is left behind.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ExecutionPlan from "effect/ExecutionPlan"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import * as Chat from "effect-friendli/Chat"
import * as Dedicated from "effect-friendli/Dedicated"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Operation from "effect-friendli/Operation"
import * as RequestOptions from "effect-friendli/RequestOptions"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import * as fc from "fast-check"
import { attempts, collect, during, request, token, withoutJitter, guarded, type Guarding } from "../support.js"

const whole = Reply.json(Wire.chatCompletion("Hi!"))
const streamed = Reply.sse(Wire.chatChunks("Hi!"))
const slow = (delay: Duration.DurationInput) => Reply.slowHeaders(delay, whole)
const using = (tokens: number) => Reply.json(Wire.chatCompletion("Hi!", { usage: Wire.usage(tokens - 1, 1) }))

const call = Chat.complete(request)

const rejection = (error: FriendliError.FriendliStreamError) => ({
  tag: error._tag,
  code: error.code,
  wait: error.retryAfter === undefined ? undefined : Duration.toMillis(error.retryAfter),
  rejected: Resilience.isRejected(error)
})

const sentCount = Effect.map(MockHttpClient.requests, (requests) => requests.length)

/** Lets fibers go on as far as they can without time. */
const settle = TestClock.adjust(0)

const interrupted = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) => Effect.asVoid(Fiber.interrupt(fiber))

class Here extends Context.Tag("test/Here")<Here, FriendliClient.FriendliClient.Service>() {}
class There extends Context.Tag("test/There")<There, FriendliClient.FriendliClient.Service>() {}

const rawEvents = Effect.flatMap(FriendliClient.FriendliClient, (client) =>
  Stream.runDrain(client.events(Chat.streamOperation, request))
)

const openedWith = (
  use: (
    stream: Stream.Stream<unknown, FriendliError.FriendliStreamError>
  ) => Effect.Effect<void, FriendliError.FriendliStreamError>
) => Effect.scoped(Effect.flatMap(Chat.streamWithResponse(request), ({ value }) => use(value)))

const runTest = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.provide(effect, TestContext.TestContext))

describe("the concurrency limit", () => {
  const two = Resilience.layerConcurrency({ permits: 2 })

  it("never lets more than its permits through, and lets all through in the end", () =>
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

describe("the rate limit", () => {
  const perMinute = (requestsPerMinute: number, more?: Partial<Resilience.RateLimitOptions>) =>
    Resilience.layerRateLimit({ requestsPerMinute, ...more })

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

  const kinds: ReadonlyArray<
    readonly [string, Reply.Reply, Effect.Effect<unknown, FriendliError.FriendliStreamError, Serverless.Capabilities>]
  > = [
    ["a whole answer", using(100), call],
    ["an answer with its response", using(100), Chat.completeWithResponse(request)],
    [
      "a stream",
      Reply.sse(Wire.chatChunks("Hi!", { usage: Wire.usage(90, 10) })),
      Stream.runDrain(Chat.stream(request))
    ],
    ["an opened stream", Reply.sse(Wire.chatChunks("Hi!", { usage: Wire.usage(90, 10) })), openedWith(Stream.runDrain)],
    ["raw events", Reply.sse(Wire.chatChunks("Hi!", { usage: Wire.usage(90, 10) })), rawEvents]
  ]
  for (const [kind, reply, operation] of kinds) {
    it.effect(`reads the usage of ${kind}`, () =>
      Effect.gen(function* () {
        yield* operation
        yield* during(call, "1 hour")
        assert.deepStrictEqual(yield* attempts, [0, 60_000])
      }).pipe(Effect.provide(guarded(Resilience.layerRateLimit({ tokensPerMinute: 100 }), [reply, whole])))
    )
  }

  const estimates = Resilience.layerRateLimit({ tokensPerMinute: 100, estimate: () => 100 })

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

  it.effect("lets retries go before those that wait, so that tokens in use come free", () =>
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
      // had the outer limiter heeded the inner one, this would wait for a minute
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    }).pipe(Effect.provide(guarded(perMinute(100).pipe(Layer.provideMerge(perMinute(1, { maxWait: 0 }))), () => whole)))
  )
})

const write = Operation.unary({
  name: "Test.write",
  path: "/things",
  model: false,
  retryMode: "ifNotProcessed",
  request: Schema.Struct({}),
  response: Schema.Unknown
})

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

describe("options that are not valid", () => {
  const cases: ReadonlyArray<readonly [string, Effect.Effect<unknown, ConfigError.ConfigError>]> = [
    ["permits", built(Resilience.layerConcurrency({ permits: 0 }))],
    ["permits", built(Resilience.layerConcurrency({ permits: 1.5 }))],
    ["maxWaiting", built(Resilience.layerConcurrency({ permits: 1, maxWaiting: -1 }))],
    ["maxWait", built(Resilience.layerConcurrency({ permits: 1, maxWait: "soon" as never }))],
    ["requestsPerMinute", built(Resilience.layerRateLimit({ requestsPerMinute: 0 }))],
    ["tokensPerMinute", built(Resilience.layerRateLimit({ tokensPerMinute: Number.NaN }))],
    ["failureThreshold", built(Resilience.layerCircuitBreaker({ failureThreshold: 0 }))],
    ["failureThreshold.rate", Resilience.makeCircuitBreaker({ failureThreshold: { rate: 0, of: 10 } })],
    ["failureThreshold.of", Resilience.makeCircuitBreaker({ failureThreshold: { rate: 0.5, of: 0 } })]
  ]
  for (const [setting, effect] of cases) {
    it.effect(`are named: ${setting}`, () =>
      Effect.gen(function* () {
        assert.include(String(yield* Effect.flip(effect)), setting)
      })
    )
  }
})

function built(layer: Guarding): Effect.Effect<unknown, ConfigError.ConfigError> {
  return Effect.scoped(Layer.build(layer))
}
