/**
 * Cold starts: an endpoint that sleeps is woken once, operations wait for it as long as they may, and a wake-up that fails hides nothing.
 */
import { assert, describe } from "@effect/vitest"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Endpoints from "effect-friendli/Endpoints"
import * as FriendliClient from "effect-friendli/FriendliClient"
import type * as FriendliError from "effect-friendli/FriendliError"
import * as Metrics from "effect-friendli/Metrics"
import * as Operation from "effect-friendli/Operation"
import * as RequestOptions from "effect-friendli/RequestOptions"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import { EndpointStatus } from "effect-friendli/schema/EndpointStatus"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Schema from "effect/Schema"
import * as Vectors from "effect-friendli-vectors"
import { it } from "../it.js"
import { during, request, token, withoutJitter } from "../support.js"
import { inMemoryTracer } from "../tracing.js"
import {
  call,
  deployed,
  endpointTests,
  fibers,
  nothingToWakeTests,
  passingTests,
  read,
  refusalTests,
  wakes,
  woken,
  world
} from "./coldStart.support.js"

const streamed = Reply.sse(Wire.chatChunks("Hi!"))

/** What was sent, and when, in seconds. */
const timeline = Effect.map(MockHttpClient.requests, (requests) =>
  requests.map(({ at, method }) => `${method} ${at / 1000}`)
)

const settle = TestClock.adjust(0)

describe("the wake-up", () => {
  const http = Vectors.requests("dedicated.endpoint.wake")

  it.effect.each([http.minimal, http.full])("is sent as the contract says: %j", ({ headers, method, url }) =>
    Effect.gen(function* () {
      const team = headers["x-friendli-team"]
      yield* during(Chat.complete(request, { team, headers: { "x-own": "1" } }), "1 minute")
      const [sent] = yield* wakes
      const { "user-agent": _, ...others } = sent!.headers
      assert.deepStrictEqual([sent!.method, sent!.url, sent!.body], [method, url, ""])
      assert.deepStrictEqual(
        { ...others, authorization: Redacted.value(sent!.authorization!) },
        { ...headers, "x-own": "1" }
      )
    }).pipe(Effect.provide(deployed(world().script, {}, { token: "test-token" })))
  )

  it.effect("comes when the operation's own retries are over; then the operation is repeated until it is served", () =>
    Effect.gen(function* () {
      const answer = yield* during(withoutJitter(call), "1 minute")
      assert.strictEqual(answer.choices[0]?.message.content, "Hi!")
      assert.deepStrictEqual(yield* timeline, [
        "POST 0",
        "POST 0.5",
        "POST 1.5",
        "PUT 1.5",
        "POST 6.5",
        "POST 11.5",
        "POST 16.5"
      ])
    }).pipe(Effect.provide(deployed(world().script, {}, { retry: Retry.defaultPolicy })))
  )

  it.effect("does not wait for a policy that is patient itself", () =>
    Effect.gen(function* () {
      yield* during(call, "1 minute")
      assert.deepStrictEqual(yield* timeline, ["POST 0", "POST 3", "POST 6", "PUT 6", "POST 9"])
    }).pipe(
      Effect.provide(
        deployed(
          world({ takes: "2 seconds" }).script,
          {},
          { retry: Retry.coldStart("1 hour", { interval: "3 seconds" }) }
        )
      )
    )
  )

  it.effect("does not wait for a long Retry-After", () =>
    Effect.gen(function* () {
      yield* during(call, "1 minute")
      assert.deepStrictEqual(yield* timeline, ["POST 0", "PUT 0", "POST 30"])
    }).pipe(
      Effect.provide(
        deployed(world({ asleep: Reply.status(503, { retryAfter: 30 }) }).script, {}, { retry: Retry.defaultPolicy })
      )
    )
  )

  it.effect("is one, however many wait", () =>
    Effect.gen(function* () {
      const waiting = yield* fibers(5)
      yield* TestClock.adjust("7 seconds")
      const late = yield* Effect.fork(call)
      yield* TestClock.adjust("1 minute")
      for (const fiber of waiting) assert.strictEqual((yield* Fiber.join(fiber))._tag, "Right")
      yield* Fiber.join(late)
      const [first, ...others] = yield* wakes
      assert.deepStrictEqual([first?.at, others], [0, []])
    }).pipe(Effect.provide(deployed(world({ wake: () => Reply.slowHeaders("1 second", woken) }).script)))
  )

  it.effect("comes again with the next cold start", () => {
    const { script, sleep } = world()
    return Effect.gen(function* () {
      yield* during(call, "1 minute")
      yield* during(call, "1 minute")
      assert.strictEqual((yield* wakes).length, 1)
      yield* sleep
      yield* during(call, "1 minute")
      assert.deepStrictEqual(
        (yield* wakes).map(({ at }) => at),
        [0, 120_000]
      )
    }).pipe(Effect.provide(deployed(script)))
  })

  it.effect("comes again after maxWait where others wait still", () =>
    Effect.gen(function* () {
      const first = yield* Effect.fork(Effect.flip(call))
      yield* TestClock.adjust("40 seconds")
      const second = yield* Effect.fork(Effect.flip(call))
      yield* TestClock.adjust("2 minutes")
      for (const fiber of [first, second]) assert.strictEqual((yield* Fiber.join(fiber))._tag, "OverloadedError")
      assert.deepStrictEqual(
        (yield* wakes).map(({ at }) => at),
        [0, 60_000]
      )
    }).pipe(Effect.provide(deployed(world({ takes: "1 day" }).script, { maxWait: "1 minute" })))
  )

  endpointTests("examples")

  it.effect("is one for each endpoint", () =>
    Effect.gen(function* () {
      const models = ["a", "b", "a:x", "b"]
      yield* during(
        Effect.forEach(models, (model) => Chat.complete({ ...request, model }), { concurrency: "unbounded" }),
        "1 minute"
      )
      assert.deepStrictEqual(
        (yield* wakes).map(({ url }) => url.split("/").at(-2)),
        ["a", "b"]
      )
    }).pipe(Effect.provide(deployed(world().script)))
  )

  it.effect("takes the options of the region along", () =>
    Effect.gen(function* () {
      const region = { team: "research", headers: { authorization: "Bearer other" }, body: { newer: true } }
      yield* during(Effect.provideService(call, RequestOptions.CurrentRequestOptions, region), "1 minute")
      const [sent] = yield* wakes
      assert.deepStrictEqual(
        [sent!.headers["x-friendli-team"], Redacted.value(sent!.authorization!), sent!.body],
        ["research", "Bearer other", ""]
      )
    }).pipe(Effect.provide(deployed(world().script)))
  )

  it.effect("is not made where there is nothing to name", () =>
    Effect.gen(function* () {
      const ping = Operation.unary({
        name: "Test.ping",
        path: "/ping",
        model: false,
        request: Schema.Struct({}),
        response: Schema.Unknown
      })
      const run = Effect.flatMap(FriendliClient.FriendliClient, (client) => client.execute(ping, {}))
      assert.strictEqual((yield* Effect.flip(during(run, "10 minutes")))._tag, "OverloadedError")
      assert.isEmpty(yield* wakes)
    }).pipe(Effect.provide(deployed(world().script, { maxWait: "1 minute" })))
  )

  it.effect("is a span below the operation's", () => {
    const { spans, tracer } = inMemoryTracer()
    return Effect.gen(function* () {
      yield* during(call, "1 minute")
      const operation = spans.find(({ name }) => name === "Chat.complete")
      const wake = spans.find(({ name }) => name === "Endpoints.wake")
      assert.isDefined(operation)
      assert.strictEqual(Option.getOrThrow(wake!.parent), operation)
    }).pipe(Effect.withTracer(tracer), Effect.provide(deployed(world().script)))
  })
})

describe("a wake-up that fails", () => {
  refusalTests("examples")

  it.effect("is requested again by a later operation", () =>
    Effect.gen(function* () {
      yield* Effect.flip(call)
      yield* during(call, "1 minute")
      assert.strictEqual((yield* wakes).length, 2)
    }).pipe(Effect.provide(deployed(world({ wake: (index) => (index === 0 ? Reply.status(403) : woken) }).script)))
  )

  it.effect("for one team does not affect another", () =>
    Effect.gen(function* () {
      const other = yield* Effect.fork(Chat.complete(request, { team: "allowed" }))
      yield* settle
      const error = yield* Effect.flip(Chat.complete(request, { team: "not allowed" }))
      assert.strictEqual(error._tag, "OverloadedError")
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(other)
    }).pipe(Effect.provide(deployed(world({ wake: (index) => (index === 0 ? woken : Reply.status(403)) }).script)))
  )

  passingTests("examples")

  it.effect("with a Retry-After of its own is not tried before it", () =>
    Effect.gen(function* () {
      yield* during(call, "2 minutes")
      assert.deepStrictEqual(
        (yield* wakes).map(({ at }) => at),
        [0, 35_000]
      )
    }).pipe(
      Effect.provide(
        deployed(world({ wake: (index) => (index < 1 ? Reply.status(429, { retryAfter: 33 }) : woken) }).script)
      )
    )
  )

  nothingToWakeTests("examples")
})

describe("waiting", () => {
  it.effect("ends after maxWait with the last failure", () =>
    Effect.gen(function* () {
      const error = yield* during(Effect.flip(call), "1 minute")
      assert.deepStrictEqual([error._tag, error.status, error.operation], ["OverloadedError", 503, "Chat.complete"])
      assert.deepStrictEqual(yield* timeline, ["POST 0", "PUT 0", "POST 4", "POST 8", "POST 12"])
    }).pipe(
      Effect.provide(deployed(world({ takes: "30 seconds" }).script, { maxWait: "10 seconds", interval: "4 seconds" }))
    )
  )

  it.effect("follows Retry-After", () =>
    Effect.gen(function* () {
      yield* during(call, "1 minute")
      assert.deepStrictEqual(yield* timeline, ["POST 0", "PUT 0", "POST 7", "POST 14"])
    }).pipe(Effect.provide(deployed(world({ asleep: Reply.status(503, { retryAfter: 7 }) }).script)))
  )

  it.effect("is for overload alone", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(call))._tag, "ServerError")
      assert.deepStrictEqual(yield* timeline, ["POST 0"])
    }).pipe(Effect.provide(deployed(() => Reply.status(500))))
  )

  it.effect("ends at once when it is interrupted, and the next operation sends a new wake-up", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(call)
      yield* TestClock.adjust("6 seconds")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* timeline, ["POST 0", "PUT 0", "POST 5"])
      yield* during(Effect.flip(call), "1 minute")
      assert.strictEqual((yield* wakes).length, 2)
    }).pipe(Effect.provide(deployed(world({ takes: "1 day" }).script, { maxWait: "20 seconds" })))
  )

  it.effect("continues when the operation that sends the wake-up is interrupted: another one sends it", () =>
    Effect.gen(function* () {
      const first = yield* Effect.fork(call)
      yield* settle
      const second = yield* Effect.fork(call)
      yield* settle
      assert.strictEqual((yield* wakes).length, 1)
      yield* Fiber.interrupt(first)
      yield* settle
      assert.strictEqual((yield* wakes).length, 2)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(second)
    }).pipe(Effect.provide(deployed(world({ wake: (index) => (index === 0 ? Reply.never : woken) }).script)))
  )

  it.effect("is bounded by the option timeout", () =>
    Effect.gen(function* () {
      const error = yield* during(Effect.flip(Chat.complete(request, { timeout: "8 seconds" })), "8 seconds")
      assert.strictEqual(error._tag, "RequestTimeoutError")
    }).pipe(Effect.provide(deployed(world().script)))
  )

  it.effect("applies to streams, however they are opened", () =>
    Effect.gen(function* () {
      const count = (stream: Stream.Stream<unknown, FriendliError.FriendliStreamError>) => Stream.runCount(stream)
      const client = yield* FriendliClient.FriendliClient
      const events = yield* during(
        Effect.all(
          [
            count(client.stream(Chat.streamOperation, request)),
            count(client.events(Chat.streamOperation, request)),
            Effect.scoped(
              Effect.flatMap(client.streamWithResponse(Chat.streamOperation, request), ({ value }) => count(value))
            )
          ],
          { concurrency: "unbounded" }
        ),
        "1 minute"
      )
      for (const n of events) assert.isAbove(n, 1)
      assert.strictEqual((yield* wakes).length, 1)
    }).pipe(Effect.provide(deployed(world({ served: streamed }).script)))
  )

  it.effect("is over for a stream that has begun: while it continues, the next cold start sends a new wake-up", () => {
    const going = Reply.sse(Wire.chatChunks("Hi!"), { after: { frames: 1 }, ending: "stall", done: false })
    const { script, sleep } = world({ served: going })
    return Effect.gen(function* () {
      const stream = yield* Effect.fork(Stream.runDrain(Chat.stream(request, { idleTimeout: Infinity })))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* wakes).length, 1)
      yield* sleep
      const next = yield* Effect.fork(call)
      yield* settle
      assert.strictEqual((yield* wakes).length, 2)
      yield* Fiber.interruptAll([stream, next])
    }).pipe(Effect.provide(deployed(script)))
  })

  it.effect("is over with the first event of a stream", () =>
    Effect.gen(function* () {
      const [first] = Wire.chatChunks("Hi!")
      const broken = Reply.sse([first!, { error: { message: "too much to do", code: 503 } }])
      const script: MockHttpClient.Script = ({ method }, index) =>
        method === "PUT" ? woken : index === 0 ? Reply.status(503) : broken
      yield* Effect.gen(function* () {
        const seen: Array<unknown> = []
        const error = yield* during(
          Effect.flip(Stream.runForEach(Chat.stream(request), (event) => Effect.sync(() => void seen.push(event)))),
          "1 minute"
        )
        assert.strictEqual(error._tag, "OverloadedError")
        assert.strictEqual(seen.length, 1)
        assert.deepStrictEqual(yield* timeline, ["POST 0", "PUT 0", "POST 5"])
      }).pipe(Effect.provide(deployed(script)))
    })
  )
})

describe("elsewhere", () => {
  const onlyWaits = (layer: Layer.Layer<Chat.Chat | MockHttpClient.MockHttpClient, ConfigError.ConfigError>) =>
    Effect.gen(function* () {
      const error = yield* during(Effect.flip(call), "1 minute")
      assert.strictEqual(error._tag, "OverloadedError")
      assert.deepStrictEqual(yield* timeline, ["POST 0", "POST 5", "POST 10"])
    }).pipe(Effect.provide(layer))
  const guard = Layer.provide(Resilience.layerColdStart({ maxWait: "10 seconds" }))
  const http = Layer.provideMerge(MockHttpClient.layer(world().script))
  const settings = { token, model: "m", retry: Retry.never }

  it.effect("on serverless operations only wait", () => onlyWaits(Serverless.layer(settings).pipe(guard, http)))

  it.effect("on a container operations only wait", () => onlyWaits(Container.layer(settings).pipe(guard, http)))

  it.effect("without wake they only wait", () =>
    onlyWaits(deployed(world().script, { maxWait: "10 seconds", wake: false }))
  )
})

describe("together with other layers", () => {
  it.effect("a wake-up needs no permit: with one permit there is no deadlock", () =>
    Effect.gen(function* () {
      const waiting = yield* fibers(3)
      yield* TestClock.adjust("2 minutes")
      for (const fiber of waiting) assert.strictEqual((yield* Fiber.join(fiber))._tag, "Right")
      assert.strictEqual((yield* wakes).length, 1)
    }).pipe(Effect.provide(deployed(world().script, {}, {}, Resilience.layerConcurrency({ permits: 1 }))))
  )

  it.effect("an operation that an open circuit rejects does not wait, and wakes nothing", () =>
    Effect.gen(function* () {
      yield* during(Effect.flip(call), "1 minute")
      const before = yield* wakes
      const error = yield* Effect.flip(call)
      assert.strictEqual(error.code, "circuit_open")
      assert.deepStrictEqual(yield* wakes, before)
    }).pipe(
      Effect.provide(
        deployed(
          world({ takes: "1 day" }).script,
          { maxWait: "20 seconds" },
          {},
          Resilience.layerCircuitBreaker({ failureThreshold: 1, resetTimeout: "1 day" })
        )
      )
    )
  )

  it.effect("repetitions pass a rate limit inside", () =>
    Effect.gen(function* () {
      yield* during(call, "10 minutes")
      assert.deepStrictEqual(yield* timeline, ["POST 0", "PUT 0", "POST 5", "POST 60"])
    }).pipe(Effect.provide(deployed(world().script, {}, {}, Resilience.layerRateLimit({ requestsPerMinute: 2 }))))
  )
})

describe("the metric", () => {
  it.effect("counts requests by how they ended", () =>
    Effect.gen(function* () {
      const first = yield* Effect.fork(call)
      yield* settle
      yield* Fiber.interrupt(first)
      yield* fibers(3)
      yield* TestClock.adjust("2 minutes")
      const series = yield* Metrics.read(Metrics.wakeUps, { test: "wake-ups" })
      const counts = series.map(({ state, tags }) => [tags["friendli.wake_up.outcome"], state.count] as const)
      assert.deepStrictEqual(Object.fromEntries(counts), { interrupted: 1, failed: 2, accepted: 1 })
      assert.deepStrictEqual(new Set(series.map(({ tags }) => tags["friendli.deployment"])), new Set(["dedicated"]))
    }).pipe(
      Effect.tagMetrics("test", "wake-ups"),
      Effect.provide(
        deployed(world({ wake: (index) => [Reply.never, Reply.status(500), Reply.refused()][index] ?? woken }).script)
      )
    )
  )

  it.effect.each([
    ["rejected", 404],
    ["kept", 400]
  ] as const)("tells %s", ([outcome, status]) =>
    Effect.gen(function* () {
      yield* during(Effect.flip(call), "1 hour")
      const [series, ...others] = yield* Metrics.read(Metrics.wakeUps, { test: outcome })
      assert.deepStrictEqual([series?.tags["friendli.wake_up.outcome"], series?.state.count, others], [outcome, 1, []])
    }).pipe(
      Effect.tagMetrics("test", outcome),
      Effect.provide(deployed(world({ wake: () => Reply.status(status) }).script, { maxWait: "1 minute" }))
    )
  )
})

describe("options", () => {
  it.effect.each([
    ["maxWait", { maxWait: 0 }],
    ["maxWait", { maxWait: "soon" }],
    ["interval", { interval: -1 }],
    ["interval", { interval: "often" }],
    ["wake", { wake: "yes" }]
  ] as const)("%s that is invalid fails the layer and is named: %j", ([name, options]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.provide(call, deployed([], options as never)))
      assert.include(JSON.stringify(error), `"path":["${name}"]`)
    })
  )
})

describe("Endpoints.wakeOperation", () => {
  const wake = (id: string) =>
    Effect.flatMap(FriendliClient.FriendliClient, (client) =>
      client.execute(Endpoints.wakeOperation, { endpoint_id: id })
    )

  it.effect("gives the state as it was sent", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual<unknown>(yield* wake("ep01abcxyz"), read("response"))
    }).pipe(Effect.provide(Dedicated.layer({ token })), Effect.provide(MockHttpClient.layer([woken])))
  )

  it.effect.each(["", ".", ".."])("rejects the id %j, which is another path, before anything is sent", (id) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(wake(id))
      assert.deepStrictEqual([error._tag, error.status], ["InvalidRequestError", undefined])
    }).pipe(Effect.provide(Dedicated.layer({ token })), Effect.provide(MockHttpClient.layer([])))
  )

  it.effect("is a write: repeated only where it was not accepted", () =>
    Effect.gen(function* () {
      const error = yield* during(Effect.flip(wake("ep")), "1 minute")
      assert.deepStrictEqual([error._tag, (yield* MockHttpClient.requests).length], ["ServerError", 2])
    }).pipe(
      Effect.provide(
        Dedicated.layer({ token }).pipe(
          Layer.provideMerge(MockHttpClient.layer([Reply.status(429), Reply.status(500)]))
        )
      )
    )
  )

  it("keeps what it does not know", () => {
    const next = { status: "DREAMING", createdAt: "2027-01-01T00:00:00Z", phase: "REM", errorCode: "NEW", more: [1] }
    const decoded = Schema.decodeUnknownSync(EndpointStatus, { onExcessProperty: "preserve" })(next)
    assert.deepStrictEqual<unknown>(decoded, next)
  })
})
