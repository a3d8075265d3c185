/**
 * Metrics of resilience: who waits, who runs, who is rejected, what circuits, hedges and plans do; and that nothing stays counted.
 */
import { assert, describe } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as Metrics from "effect-friendli/Metrics"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import { type MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { it } from "../it.js"
import { during, request, guarded } from "../support.js"
import {
  call,
  counts,
  countsBy,
  dedicated,
  endingTests,
  fallbacks,
  from,
  levels,
  measured,
  now,
  one,
  plain,
  standIn,
  streamed,
  stuck,
  waits,
  wayTests,
  whole
} from "./metrics.support.js"

const common = {
  "gen_ai.provider.name": "friendli",
  "gen_ai.operation.name": "chat",
  "friendli.deployment": "serverless"
}

const second = Reply.slowHeaders("1 second", whole)

const settle = TestClock.adjust(0)

const forked = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.zipLeft(Effect.fork(effect), settle)

describe("the concurrency limit", () => {
  const limit = { ...common, "friendli.limit": "concurrency" }

  it.effect("counts operations that run and that wait, and for how long", () =>
    measured((test) =>
      Effect.gen(function* () {
        const fibers = [yield* forked(call), yield* forked(call), yield* forked(call)]
        assert.deepStrictEqual(yield* levels(Metrics.limitRunning, test), [{ value: 1, tags: limit }])
        assert.deepStrictEqual(yield* levels(Metrics.limitWaiting, test), [{ value: 2, tags: limit }])
        // who was let in at once has waited for no time
        assert.deepStrictEqual(yield* waits(test), { "let in": { count: 1, sum: 0 } })
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* now(test), [1, 1])
        yield* TestClock.adjust("2 seconds")
        yield* Fiber.joinAll(fibers)
        assert.deepStrictEqual(yield* now(test), [0, 0])
        assert.deepStrictEqual(yield* waits(test), { "let in": { count: 3, sum: 3 } })
        assert.deepStrictEqual(
          (yield* Metrics.read(Metrics.limitWait, { test })).map(({ tags }) => plain(tags)),
          [limit]
        )
        assert.deepStrictEqual(yield* counts(Metrics.rejections, test), [])
        // recorded without `Metrics.layer`, which records operations
        assert.deepStrictEqual(yield* counts(Metrics.requests, test), [])
      })
    ).pipe(Effect.provide(guarded(one, () => second)))
  )

  it.effect("distinguishes operations", () =>
    measured((test) =>
      Effect.gen(function* () {
        const fiber = yield* forked(call)
        yield* forked(Tokens.tokenize({ prompt: "Hello!" }))
        const waiting = yield* Metrics.read(Metrics.limitWaiting, { test, "gen_ai.operation.name": "tokenize" })
        assert.deepStrictEqual(
          waiting.map(({ state, tags }) => [Number(state.value), tags["unit"]]),
          [[1, "{operation}"]]
        )
        yield* Fiber.interrupt(fiber)
      })
    ).pipe(Effect.provide(guarded(one, [Reply.never, Reply.never])))
  )

  it.effect("counts operations that find the queue full by their code, and never as waiting", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* forked(call)
        yield* forked(call)
        yield* Effect.flip(call)
        yield* Effect.flip(Stream.runDrain(Chat.stream(request)))
        assert.deepStrictEqual(yield* counts(Metrics.rejections, test), [
          { count: 2, tags: { ...limit, "error.code": "queue_full" } }
        ])
        assert.deepStrictEqual(yield* now(test), [1, 1])
        assert.deepStrictEqual(yield* waits(test), { "let in": { count: 1, sum: 0 } })
      })
    ).pipe(Effect.provide(guarded(Resilience.layerConcurrency({ permits: 1, maxWaiting: 1 }), [Reply.never])))
  )

  it.effect("counts operations that waited too long", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* forked(call)
        const late = yield* forked(Effect.flip(call))
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(late)
        assert.deepStrictEqual(yield* counts(Metrics.rejections, test), [
          { count: 1, tags: { ...limit, "error.code": "queue_timeout" } }
        ])
        assert.deepStrictEqual(yield* waits(test), {
          "let in": { count: 1, sum: 0 },
          RateLimitError: { count: 1, sum: 10 }
        })
        assert.deepStrictEqual(yield* now(test), [0, 1])
      })
    ).pipe(Effect.provide(guarded(Resilience.layerConcurrency({ permits: 1, maxWait: "10 seconds" }), [Reply.never])))
  )

  it.effect("forgets interrupted operations, waiting or running", () =>
    measured((test) =>
      Effect.gen(function* () {
        const first = yield* forked(call)
        const waiting = yield* forked(call)
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual(yield* now(test), [1, 1])
        yield* Fiber.interrupt(waiting)
        assert.deepStrictEqual(yield* now(test), [0, 1])
        yield* Fiber.interrupt(first)
        assert.deepStrictEqual(yield* now(test), [0, 0])
        assert.deepStrictEqual(yield* waits(test), {
          "let in": { count: 1, sum: 0 },
          interrupted: { count: 1, sum: 3 }
        })
        assert.deepStrictEqual(yield* counts(Metrics.rejections, test), [])
      })
    ).pipe(Effect.provide(guarded(one, [Reply.never])))
  )

  endingTests("examples")

  it.effect("a stream runs until its end, not until its scope closes", () =>
    measured((test) =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { value } = yield* Scope.extend(Chat.streamWithResponse(request), scope)
        assert.deepStrictEqual(yield* now(test), [0, 1])
        yield* Stream.runDrain(value)
        assert.deepStrictEqual(yield* now(test), [0, 0])
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(yield* now(test), [0, 0])
      })
    ).pipe(Effect.provide(guarded(one, [streamed])))
  )
})

describe("the rate limit", () => {
  const limit = { ...common, "friendli.limit": "rate" }

  it.effect("counts operations that wait and for how long, and never those that run", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* call
        const waiting = yield* forked(call)
        assert.deepStrictEqual(yield* levels(Metrics.limitWaiting, test), [{ value: 1, tags: limit }])
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(waiting)
        assert.deepStrictEqual(yield* levels(Metrics.limitWaiting, test), [{ value: 0, tags: limit }])
        assert.deepStrictEqual(yield* waits(test), { "let in": { count: 2, sum: 60 } })
        assert.deepStrictEqual(yield* levels(Metrics.limitRunning, test), [])
        assert.deepStrictEqual(yield* counts(Metrics.limitTokens, test), [])
      })
    ).pipe(Effect.provide(guarded(Resilience.layerRateLimit({ requestsPerMinute: 1 }), () => whole)))
  )

  it.effect("counts operations that would wait too long, and interrupted ones", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* call
        yield* Effect.flip(call)
        assert.deepStrictEqual(yield* counts(Metrics.rejections, test), [
          { count: 1, tags: { ...limit, "error.code": "queue_timeout" } }
        ])
        yield* TestClock.adjust("40 seconds")
        const waiting = yield* forked(call)
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(yield* now(test), [1, 0])
        yield* Fiber.interrupt(waiting)
        assert.deepStrictEqual(yield* now(test), [0, 0])
        assert.deepStrictEqual(yield* waits(test), {
          "let in": { count: 1, sum: 0 },
          RateLimitError: { count: 1, sum: 0 },
          interrupted: { count: 1, sum: 5 }
        })
      })
    ).pipe(
      Effect.provide(guarded(Resilience.layerRateLimit({ requestsPerMinute: 1, maxWait: "30 seconds" }), () => whole))
    )
  )

  const again = { retry: Retry.backoff({ initialInterval: "1 second", exponent: 1 }) }

  it.effect("counts the waits of retries", () =>
    measured((test) =>
      Effect.gen(function* () {
        const fiber = yield* forked(Chat.complete(request, again))
        yield* TestClock.adjust("10 seconds")
        assert.deepStrictEqual(yield* now(test), [1, 0])
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(yield* now(test), [0, 0])
        const { "let in": letIn } = yield* waits(test)
        assert.strictEqual(letIn?.count, 2)
        assert.closeTo(letIn?.sum ?? 0, 59, 1)
      })
    ).pipe(Effect.provide(guarded(Resilience.layerRateLimit({ requestsPerMinute: 1 }), [Reply.status(503), whole])))
  )

  it.effect("a retry that is not admitted is not a rejection; an interrupted one stops waiting", () =>
    measured((test) =>
      Effect.gen(function* () {
        const error = yield* during(Effect.flip(Chat.complete(request, again)), "10 seconds")
        assert.strictEqual(error._tag, "OverloadedError")
        assert.deepStrictEqual(yield* counts(Metrics.rejections, test), [])
        assert.strictEqual((yield* waits(test))["RateLimitError"]?.count, 1)
        yield* TestClock.adjust("1 minute")
        const fiber = yield* forked(Chat.complete(request, again))
        // the window has room again 60 seconds after the request, and the retry may wait for 50
        yield* TestClock.adjust("20 seconds")
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* now(test), [0, 0])
      })
    ).pipe(
      Effect.provide(
        guarded(Resilience.layerRateLimit({ requestsPerMinute: 1, maxWait: "50 seconds" }), () => Reply.status(503))
      )
    )
  )

  it.effect("counts what it estimated, and what it charged in the end", () =>
    measured((test) =>
      Effect.gen(function* () {
        const tokens = countsBy(Metrics.limitTokens, "friendli.limit.tokens", test)
        yield* call
        assert.deepStrictEqual(yield* tokens, { estimated: 100, charged: 12 })
        // what fails without a word of usage may have been generated
        yield* Effect.flip(call)
        assert.deepStrictEqual(yield* tokens, { estimated: 200, charged: 112 })
        // what the server rejected used nothing
        yield* Effect.flip(call)
        assert.deepStrictEqual(yield* tokens, { estimated: 300, charged: 112 })
        // so may what is interrupted
        yield* during(Effect.timeoutOption(call, "1 second"), "1 second")
        assert.deepStrictEqual(yield* tokens, { estimated: 400, charged: 212 })
        // counting tokens is not using them up
        yield* Effect.ignore(Tokens.tokenize({ prompt: "Hello!" }))
        assert.deepStrictEqual(yield* tokens, { estimated: 400, charged: 212 })
        assert.deepStrictEqual(
          (yield* counts(Metrics.limitTokens, test)).map(({ tags }) => tags),
          ["estimated", "charged"].map((type) => ({ ...limit, "friendli.limit.tokens": type }))
        )
      })
    ).pipe(
      Effect.provide(
        guarded(Resilience.layerRateLimit({ tokensPerMinute: 10_000, estimate: () => 100 }), [
          Reply.json(Wire.chatCompletion("Hi!", { usage: Wire.usage(10, 2) })),
          Reply.status(500),
          Reply.status(422),
          Reply.never,
          Reply.json({ tokens: [1] })
        ])
      )
    )
  )
})

describe("circuit breakers", () => {
  const breaker = Resilience.layerCircuitBreaker({ failureThreshold: 2, resetTimeout: "30 seconds" })
  const circuit = { "gen_ai.provider.name": "friendli", "friendli.deployment": "serverless" }
  const changes = (test: string) => countsBy(Metrics.circuitChanges, "friendli.circuit.state", test)

  it.effect("counts the states they enter, and what they reject", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* Effect.flip(call)
        assert.deepStrictEqual(yield* changes(test), {})
        yield* Effect.flip(call)
        assert.deepStrictEqual(yield* changes(test), { open: 1 })
        yield* Effect.flip(call)
        yield* Effect.flip(Stream.runDrain(Chat.stream(request)))
        assert.deepStrictEqual(yield* counts(Metrics.rejections, test), [
          { count: 2, tags: { ...common, "friendli.limit": "circuit", "error.code": "circuit_open" } }
        ])
        yield* TestClock.adjust("30 seconds")
        assert.deepStrictEqual(yield* changes(test), { open: 1 })
        yield* Effect.flip(call)
        assert.deepStrictEqual(yield* changes(test), { open: 2, half_open: 1 })
        yield* TestClock.adjust("30 seconds")
        const probe = yield* forked(call)
        assert.deepStrictEqual(yield* changes(test), { open: 2, half_open: 2 })
        yield* Effect.flip(call)
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(probe)
        assert.deepStrictEqual(yield* changes(test), { open: 2, half_open: 2, closed: 1 })
        assert.deepStrictEqual(
          (yield* counts(Metrics.circuitChanges, test)).map(({ tags }) => tags),
          ["open", "half_open", "closed"].map((state) => ({ ...circuit, "friendli.circuit.state": state }))
        )
        assert.strictEqual((yield* countsBy(Metrics.rejections, "error.code", test))["circuit_open"], 3)
      })
    ).pipe(Effect.provide(guarded(breaker, [Reply.status(500), Reply.status(500), Reply.status(500), second])))
  )

  it.effect("a trial without an outcome leaves the circuit half-open; the first event of a stream closes it", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* Effect.flip(call)
        yield* Effect.flip(call)
        yield* TestClock.adjust("30 seconds")
        yield* during(Effect.timeoutOption(call, "1 second"), "1 second")
        assert.deepStrictEqual(yield* changes(test), { open: 1, half_open: 1 })
        const fiber = yield* forked(Stream.runDrain(Chat.stream(request)))
        assert.deepStrictEqual(yield* changes(test), { open: 1, half_open: 1, closed: 1 })
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* changes(test), { open: 1, half_open: 1, closed: 1 })
      })
    ).pipe(Effect.provide(guarded(breaker, [Reply.status(500), Reply.status(500), Reply.never, stuck])))
  )

  it.effect("values have the tags that are known to them", () =>
    measured((test) =>
      Effect.gen(function* () {
        const made = yield* Resilience.makeCircuitBreaker<string>({ failureThreshold: 1, resetTimeout: "1 minute" })
        yield* Effect.flip(made.protect(Effect.fail("no")))
        yield* Effect.flip(made.protect(Effect.void))
        assert.deepStrictEqual(yield* counts(Metrics.rejections, test), [
          { count: 1, tags: { "friendli.limit": "circuit", "error.code": "circuit_open" } }
        ])
        assert.deepStrictEqual(yield* counts(Metrics.circuitChanges, test), [
          { count: 1, tags: { "friendli.circuit.state": "open" } }
        ])
        yield* TestClock.adjust("1 minute")
        yield* call.pipe(
          Effect.provide(guarded(FriendliClient.layerMiddleware(Effect.succeed(made.middleware)), [whole]))
        )
        assert.deepStrictEqual(yield* counts(Metrics.circuitChanges, test), [
          { count: 1, tags: { "friendli.circuit.state": "open" } },
          { count: 1, tags: { ...circuit, "friendli.circuit.state": "half_open" } },
          { count: 1, tags: { ...circuit, "friendli.circuit.state": "closed" } }
        ])
      })
    )
  )
})

describe("hedges", () => {
  const says = (text: string, after: number) =>
    Reply.slowHeaders(`${after} seconds`, Reply.json(Wire.chatCompletion(text)))
  const started = (test: string) => counts(Metrics.hedges, test)
  const wins = (test: string) => counts(Metrics.hedgeWins, test)
  const hedged = (max: number, script: MockHttpClient.Script) =>
    guarded(Resilience.layerHedge({ after: "2 seconds", max }), script)

  it.effect("count nothing where the first attempt is quick", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* during(call, "1 hour")
        assert.deepStrictEqual([yield* started(test), yield* wins(test)], [[], []])
      })
    ).pipe(Effect.provide(hedged(2, [says("one", 1)])))
  )

  it.effect("count the attempt that is started, and that it won", () =>
    measured((test) =>
      Effect.gen(function* () {
        const fiber = yield* forked(call)
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual([yield* started(test), yield* wins(test)], [[{ count: 1, tags: common }], []])
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(yield* started(test), [{ count: 1, tags: common }])
        assert.deepStrictEqual(yield* wins(test), [{ count: 1, tags: common }])
      })
    ).pipe(Effect.provide(hedged(2, [says("one", 60), says("two", 1)])))
  )

  it.effect("count no win where the first attempt answers after all", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* during(call, "3 seconds")
        assert.deepStrictEqual([yield* started(test), yield* wins(test)], [[{ count: 1, tags: common }], []])
      })
    ).pipe(Effect.provide(hedged(2, [says("one", 3), says("two", 60)])))
  )

  it.effect("count one win, whichever of the later attempts it is", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* during(call, "1 minute")
        assert.deepStrictEqual(yield* started(test), [{ count: 2, tags: common }])
        assert.deepStrictEqual(yield* wins(test), [{ count: 1, tags: common }])
      })
    ).pipe(Effect.provide(hedged(3, [says("one", 60), says("two", 60), says("three", 1)])))
  )

  it.effect("count a win if the first attempt fails meanwhile, and none if all fail", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* during(call, "1 minute")
        assert.deepStrictEqual(
          [yield* started(test), yield* wins(test)],
          [[{ count: 1, tags: common }], [{ count: 1, tags: common }]]
        )
        yield* during(Effect.flip(call), "1 minute")
        assert.deepStrictEqual(
          [yield* started(test), yield* wins(test)],
          [[{ count: 2, tags: common }], [{ count: 1, tags: common }]]
        )
      })
    ).pipe(
      Effect.provide(
        hedged(2, [
          Reply.slowHeaders("3 seconds", Reply.status(500)),
          says("two", 5),
          Reply.slowHeaders("3 seconds", Reply.status(500)),
          Reply.slowHeaders("3 seconds", Reply.status(500))
        ])
      )
    )
  )

  it.effect("count no win where all are interrupted", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* during(Effect.timeoutOption(call, "5 seconds"), "1 minute")
        assert.deepStrictEqual([yield* started(test), yield* wins(test)], [[{ count: 1, tags: common }], []])
      })
    ).pipe(Effect.provide(hedged(2, () => Reply.never)))
  )

  it.effect("of a plain effect have no deployment", () =>
    measured((test) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        let asked = 0
        const effect = Effect.suspend(() => (asked++ === 0 ? Deferred.await(gate) : Effect.void))
        yield* during(Resilience.hedge(effect, { after: "2 seconds" }), "2 seconds")
        assert.deepStrictEqual(
          [yield* started(test), yield* wins(test)],
          [[{ count: 1, tags: {} }], [{ count: 1, tags: {} }]]
        )
      })
    )
  )
})

describe("plans", () => {
  it.effect("count nothing while the first step answers", () =>
    measured((test) =>
      Effect.gen(function* () {
        const plan = yield* Resilience.plan({ provide: dedicated([whole]) }, { provide: standIn([]) })
        yield* Effect.withExecutionPlan(call, plan)
        assert.deepStrictEqual(yield* fallbacks(test), [])
      }).pipe(Effect.scoped)
    )
  )

  wayTests("examples")

  it.effect("a server's own code is not a tag", () =>
    measured((test) =>
      Effect.gen(function* () {
        const error = Reply.json({ error: { message: "full", code: "queue_full" } }, { status: 429 })
        const plan = yield* Resilience.plan({ provide: dedicated([error]) }, { provide: standIn([whole]) })
        yield* Effect.withExecutionPlan(call, plan)
        assert.deepStrictEqual(yield* fallbacks(test), [{ count: 1, tags: from("dedicated", "RateLimitError", 1) }])
      }).pipe(Effect.scoped)
    )
  )

  it.effect("a stream that fails after its first element is not counted as a fallback", () =>
    measured((test) =>
      Effect.gen(function* () {
        const cut = Reply.sse(Wire.chatChunks("Hi!"), { ending: "reset", after: { frames: 1 } })
        const plan = yield* Resilience.plan({ provide: dedicated([cut]) }, { provide: standIn([streamed]) })
        yield* Effect.flip(Stream.runDrain(Resilience.withStreamPlan(Chat.stream(request), plan)))
        assert.deepStrictEqual(yield* fallbacks(test), [])
      }).pipe(Effect.scoped)
    )
  )
})
