/**
 * Metrics: one record for each call, however it ends, and nothing that the call does not do without them.
 */
import { assert, describe } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import type * as Deployment from "effect-friendli/Deployment"
import * as Embeddings from "effect-friendli/Embeddings"
import * as Friendli from "effect-friendli/Friendli"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as Messages from "effect-friendli/Messages"
import * as Metrics from "effect-friendli/Metrics"
import * as Operation from "effect-friendli/Operation"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { it } from "./it.js"
import { collect, during, request, token } from "./support.js"
import {
  answer,
  chunks,
  common,
  counts,
  failures,
  measured,
  once,
  retried,
  serverless,
  spread,
  tokensOf,
  wholeTests
} from "./Metrics.support.js"

/** How calls ended, each as `undefined` for success. */
const endings = (test: string) =>
  Effect.map(Metrics.read(Metrics.duration, { test }), (all) =>
    all.flatMap(({ state, tags }) => Array.from({ length: state.count }, () => tags["error.type"]))
  )

wholeTests("examples")

describe("retries", () => {
  const twice: Retry.Policy = Retry.transient(Schedule.recurs(2))
  const down = () => Reply.status(503)
  const sent = Effect.map(MockHttpClient.requests, ({ length }) => length)

  const policies: ReadonlyArray<
    readonly [
      where: string,
      settings: Partial<Deployment.Settings>,
      call: Effect.Effect<unknown, unknown, Chat.Chat>,
      requests: number
    ]
  > = [
    ["by default", {}, Chat.complete(request), 3],
    ["of the deployment", { retry: Retry.never }, Chat.complete(request), 1],
    ["of the region", { retry: Retry.never }, Chat.complete(request).pipe(Friendli.withRetry(twice)), 3],
    ["of the call", { retry: twice }, Chat.complete(request, once).pipe(Friendli.withRetry(twice)), 1]
  ]
  for (const [where, settings, call, requests] of policies) {
    it.effect(`follow the policy ${where}`, () =>
      measured((test) =>
        Effect.gen(function* () {
          yield* Effect.flip(during(call, "1 minute"))
          assert.strictEqual(yield* sent, requests)
          assert.deepStrictEqual(yield* retried(test), requests === 1 ? {} : { OverloadedError: requests - 1 })
          assert.deepStrictEqual(yield* failures(test), { OverloadedError: 1 })
        })
      ).pipe(Effect.provide(serverless(down, settings)))
    )
  }

  it.effect("that the total timeout prevents are not counted", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* Effect.flip(during(Chat.complete(request, { timeout: "5 seconds" }), "1 minute"))
        assert.strictEqual(yield* sent, 1)
        assert.deepStrictEqual(yield* retried(test), {})
        assert.deepStrictEqual(yield* failures(test), { RequestTimeoutError: 1 })
      })
    ).pipe(Effect.provide(serverless([Reply.status(503, { retryAfter: 30 })])))
  )

  it.effect("of writes are counted when they are made, not when the policy would", () => {
    const write = Operation.unary({
      name: "Example.create",
      path: "/things",
      model: false,
      retryMode: "ifNotProcessed",
      request: Schema.Struct({}),
      response: Schema.Struct({})
    })
    return measured((test) =>
      Effect.gen(function* () {
        const client = yield* FriendliClient.FriendliClient
        yield* Effect.flip(client.execute(write, {}, { retry: twice }))
        assert.strictEqual(yield* sent, 1)
        assert.deepStrictEqual(yield* retried(test), {})
        assert.deepStrictEqual(
          (yield* counts(Metrics.errors, test)).map(({ tags }) => tags["gen_ai.operation.name"]),
          ["Example.create"]
        )
      })
    ).pipe(Effect.provide(serverless([Reply.status(500)])))
  })
})

describe("a request that is rejected here", () => {
  it.effect("is a request and an error, and sends nothing", () =>
    measured((test) =>
      Effect.gen(function* () {
        const bad = { messages: [], temperature: Number.NaN }
        yield* Effect.flip(Chat.complete(bad))
        yield* Effect.flip(Stream.runDrain(Chat.stream(bad)))
        yield* Effect.flip(Effect.scoped(Chat.streamWithResponse(bad)))
        assert.deepStrictEqual(yield* counts(Metrics.requests, test), [{ count: 3, tags: common }])
        assert.deepStrictEqual(yield* failures(test), { InvalidRequestError: 3 })
        assert.lengthOf(yield* endings(test), 3)
        assert.deepStrictEqual(yield* retried(test), {})
        assert.deepStrictEqual(yield* MockHttpClient.requests, [])
      })
    ).pipe(Effect.provide(serverless([])))
  )
})

describe("a stream", () => {
  const paced = Reply.slowHeaders("2 seconds", Reply.sse(chunks, { delay: "1 second" }))

  it.effect("records the time to its first chunk, and the waits for the others", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* during(Stream.runDrain(Chat.stream(request)), "1 minute")
        assert.deepStrictEqual(yield* spread(Metrics.timeToFirstChunk, test), [{ count: 1, sum: 2, tags: common }])
        assert.deepStrictEqual(yield* spread(Metrics.timePerOutputChunk, test), [
          { count: chunks.length - 1, sum: chunks.length - 1, tags: common }
        ])
      })
    ).pipe(Effect.provide(serverless([paced])))
  )

  it.effect("measures a slow consumer as a long call, not as a slow server", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* during(
          Stream.runForEach(Chat.stream(request), () => Effect.sleep("10 seconds")),
          "5 minutes"
        )
        assert.deepStrictEqual(
          (yield* spread(Metrics.timePerOutputChunk, test)).map(({ sum }) => sum),
          [0]
        )
        const [{ sum } = { sum: 0 }] = yield* spread(Metrics.duration, test)
        assert.isAtLeast(sum, 10 * chunks.length)
      })
    ).pipe(Effect.provide(serverless([paced])))
  )

  it.effect("that was opened and is read later had its first chunk when it was opened", () =>
    measured((test) =>
      Effect.scoped(
        Effect.gen(function* () {
          const { value } = yield* during(Chat.streamWithResponse(request), "4 seconds")
          yield* TestClock.adjust("30 seconds")
          yield* during(Stream.runDrain(value), "10 seconds")
          assert.deepStrictEqual(yield* spread(Metrics.timeToFirstChunk, test), [{ count: 1, sum: 2, tags: common }])
        })
      )
    ).pipe(Effect.provide(serverless([paced])))
  )

  it.effect("without an event has no first chunk", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* Effect.exit(Stream.runDrain(Chat.stream(request, once)))
        assert.deepStrictEqual(yield* spread(Metrics.timeToFirstChunk, test), [])
        assert.lengthOf(yield* endings(test), 1)
      })
    ).pipe(Effect.provide(serverless([Reply.sse([])])))
  )

  it.effect("keeps its chunks", () =>
    measured(() =>
      Effect.gen(function* () {
        const sizes = Effect.map(Stream.runCollect(Stream.chunks(Chat.stream(request))), (all) =>
          Chunk.toReadonlyArray(Chunk.map(all, Chunk.size))
        )
        // the whole body at once, then an event at a time
        assert.deepStrictEqual(yield* sizes, [chunks.length])
        assert.deepStrictEqual(
          yield* during(sizes, "1 minute"),
          chunks.map(() => 1)
        )
      })
    ).pipe(Effect.provide(serverless([Reply.sse(chunks, { cuts: "whole" }), paced])))
  )

  it.effect("that fails half-way records what it had seen", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* Effect.flip(
          Stream.runDrain(Messages.stream({ max_tokens: 5, messages: [{ role: "user", content: "Hi" }] }, once))
        )
        assert.deepStrictEqual(yield* endings(test), ["StreamTruncatedError"])
        assert.deepStrictEqual(yield* failures(test), { StreamTruncatedError: 1 })
        assert.property(yield* tokensOf(test), "input")
      })
    ).pipe(Effect.provide(serverless([Reply.sse(Wire.messageEvents("Hi!"), { named: true, after: { frames: 2 } })])))
  )

  it.effect("records the highest counts that were reported, whatever came last", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* Stream.runDrain(Chat.stream(request))
        assert.deepStrictEqual(yield* tokensOf(test), { input: 10, output: 2 })
      })
    ).pipe(
      Effect.provide(
        serverless([
          Reply.sse([
            Wire.chatChunk({ content: "Hi" }, { finishReason: "stop" }),
            { choices: [], usage: Wire.usage(10, 2) },
            { choices: [], usage: Wire.usage(0, 1) },
            { choices: [], usage: Wire.usage(0, 0) }
          ])
        ])
      )
    )
  )

  it.effect("whose last event counts again from 0 records the highest counts", () =>
    measured((test) =>
      Effect.gen(function* () {
        const messages = { max_tokens: 5, messages: [{ role: "user", content: "Hi" }] } as const
        yield* Stream.runDrain(Messages.stream(messages, once))
        assert.deepStrictEqual(yield* tokensOf(test), { input: 3, output: 9 })
      })
    ).pipe(
      Effect.provide(
        serverless([
          Reply.sse(
            [
              { type: "message_start", message: { usage: { input_tokens: 3, output_tokens: 1 } } },
              { type: "message_delta", usage: { input_tokens: 0, output_tokens: 9 } },
              { type: "message_delta", usage: { input_tokens: null, output_tokens: 0 } },
              { type: "message_stop" }
            ],
            { named: true }
          )
        ])
      )
    )
  )

  const leaving: ReadonlyArray<
    readonly [
      name: string,
      leave: (stream: Stream.Stream<unknown, unknown, Chat.Chat>) => Effect.Effect<unknown, unknown, Chat.Chat>
    ]
  > = [
    ["has enough", (stream) => Stream.runDrain(Stream.take(stream, 1))],
    ["fails itself", (stream) => Stream.runForEach(stream, () => Effect.fail("no"))],
    ["is broken", (stream) => Stream.runForEach(stream, () => Effect.die("no"))]
  ]
  for (const [name, leave] of leaving) {
    it.effect(`whose consumer ${name} is recorded once, as success, and the connection is closed`, () =>
      measured((test) =>
        Effect.gen(function* () {
          const opened = Stream.unwrapScoped(Effect.map(Chat.streamWithResponse(request), ({ value }) => value))
          for (const stream of [Chat.stream(request), opened, Chat.events(request)]) yield* Effect.exit(leave(stream))
          assert.deepStrictEqual(yield* endings(test), [undefined, undefined, undefined])
          assert.deepStrictEqual(yield* failures(test), {})
          yield* MockHttpClient.whenClosed
        })
      ).pipe(Effect.provide(serverless(() => Reply.sse(chunks, { ending: "stall", done: false }))))
    )
  }

  it.effect("that is interrupted between chunks is recorded with the tokens that were reported", () =>
    measured((test) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(Stream.runDrain(Chat.stream(request)))
        yield* TestClock.adjust("30 seconds")
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* endings(test), ["interrupted"])
        assert.deepStrictEqual(yield* tokensOf(test), { input: 10, output: 2 })
      })
    ).pipe(Effect.provide(serverless([Reply.sse(chunks, { ending: "stall", done: false })])))
  )

  it.effect("that was opened and never read is recorded when its scope is closed", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* Effect.scoped(Chat.streamWithResponse(request))
        assert.deepStrictEqual(yield* endings(test), [undefined])
        assert.deepStrictEqual(yield* spread(Metrics.timeToFirstChunk, test), [])
      })
    ).pipe(Effect.provide(serverless([Reply.sse(chunks)])))
  )

  it.effect("is a call each time that it is run", () =>
    measured((test) =>
      Effect.gen(function* () {
        const stream = Chat.stream(request)
        yield* Stream.runDrain(stream)
        yield* Stream.runDrain(stream)
        assert.deepStrictEqual(yield* counts(Metrics.requests, test), [{ count: 2, tags: common }])
        assert.deepStrictEqual(yield* tokensOf(test), { input: 20, output: 4 })
      })
    ).pipe(Effect.provide(serverless([Reply.sse(chunks), Reply.sse(chunks)])))
  )

  it.effect("gives the same events and the same failure as without metrics", () => {
    const replies = [Reply.sse(chunks), Reply.sse(chunks, { after: { frames: 2 } })]
    const both = Effect.gen(function* () {
      const events = yield* collect(Chat.stream(request))
      const error = yield* Effect.flip(collect(Chat.stream(request, once)))
      return { events, error: JSON.stringify(error) }
    })
    return Effect.gen(function* () {
      const plain = Serverless.layer({ token, model: "default-model" }).pipe(
        Layer.provide(MockHttpClient.layer(replies))
      )
      assert.deepStrictEqual(yield* Effect.provide(both, serverless(replies)), yield* Effect.provide(both, plain))
    })
  })
})

describe("tags", () => {
  const modelsOf = (test: string) =>
    Effect.map(counts(Metrics.requests, test), (all) => all.map(({ tags }) => tags["gen_ai.request.model"]).sort())

  it.effect("name the model that is asked for, wherever it is set", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* Chat.complete(request)
        yield* Chat.complete({ ...request, model: "of-the-request" })
        yield* Chat.complete(request, { body: { model: "of-the-body" } })
        yield* Chat.complete(request).pipe(Friendli.withBody({ model: "of-the-region" }))
        yield* Stream.runDrain(Chat.stream(request).pipe(Friendli.withBody({ model: "of-the-stream" })))
        const sent = (yield* MockHttpClient.requests).map(({ json }) => (json as { readonly model: string }).model)
        assert.deepStrictEqual(yield* modelsOf(test), sent.sort())
      })
    ).pipe(Effect.provide(serverless((_, index) => (index < 4 ? answer : Reply.sse(chunks)))))
  )

  it.effect("name the deployment, and no model if there is none", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* Tokens.detokenize({ tokens: [1] })
        const [series] = yield* counts(Metrics.requests, test)
        assert.deepStrictEqual(series?.tags, {
          "gen_ai.provider.name": "friendli",
          "gen_ai.operation.name": "detokenize",
          "friendli.deployment": "container"
        })
      })
    ).pipe(
      Effect.provide(
        Container.layer().pipe(
          Layer.provide(Metrics.layer),
          Layer.provide(MockHttpClient.layer([Reply.json({ text: "a" })]))
        )
      )
    )
  )

  it.effect("of a region are those of the metrics in it", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* Effect.tagMetrics(Chat.complete(request), "job", "nightly")
        yield* Effect.tagMetrics(Stream.runDrain(Chat.stream(request)), "job", "nightly")
        yield* Chat.complete(request)
        const nightly = yield* Metrics.read(Metrics.requests, { test, job: "nightly" })
        assert.deepStrictEqual(
          nightly.map(({ state }) => Number(state.count)),
          [2]
        )
        assert.lengthOf(yield* Metrics.read(Metrics.requests, { test }), 2)
      })
    ).pipe(Effect.provide(serverless([answer, Reply.sse(chunks), answer])))
  )

  it.effect("contain no text of the request or the answer, and no token", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* Chat.complete(request)
        yield* Effect.flip(Chat.complete(request, once))
        const pairs = yield* Metric.snapshot
        const all = pairs.map(({ metricKey }) => metricKey.tags.map(({ key, value }) => `${key}=${value}`).join(" "))
        const mine = all.filter((tags) => tags.includes(`test=${test}`))
        assert.isAtLeast(mine.length, 4)
        for (const tags of mine) assert.notMatch(tags, /zebras|Hi there|flp_/)
      })
    ).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi there")), Reply.status(401)])))
  )

  it.effect("tell exporters the unit, in the conventions' words", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* Stream.runDrain(Chat.stream(request))
        const unit = (metric: Metrics.Counter | Metrics.Histogram) =>
          Object.fromEntries(metric.key.tags.map(({ key, value }) => [key, value]))["unit"]
        const units = [
          Metrics.duration,
          Metrics.tokenUsage,
          Metrics.timeToFirstChunk,
          Metrics.timePerOutputChunk,
          Metrics.requests
        ].map((metric) => [metric.key.name, unit(metric)])
        assert.deepStrictEqual(units, [
          ["gen_ai.client.operation.duration", "s"],
          ["gen_ai.client.token.usage", "{token}"],
          ["gen_ai.client.operation.time_to_first_chunk", "s"],
          ["gen_ai.client.operation.time_per_output_chunk", "s"],
          ["friendli.client.requests", "{request}"]
        ])
        const [series] = yield* Metrics.read(Metrics.duration, { test })
        assert.strictEqual(series?.tags["unit"], "s")
      })
    ).pipe(Effect.provide(serverless([Reply.sse(chunks)])))
  )
})

describe("what is measured", () => {
  it.effect("is every capability, by its own account of usage", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* Embeddings.create({ input: "Hi" })
        yield* Tokens.tokenize({ prompt: "Hi" })
        const input = yield* Metrics.read(Metrics.tokenUsage, { test, "gen_ai.token.type": "input" })
        assert.deepStrictEqual(
          Object.fromEntries(input.map(({ state, tags }) => [tags["gen_ai.operation.name"], state.sum])),
          { embeddings: 8, tokenize: 3 }
        )
      })
    ).pipe(
      Effect.provide(
        Dedicated.layer({ token, model: "m" }).pipe(
          Layer.provide(Metrics.layer),
          Layer.provide(
            MockHttpClient.layer([
              Reply.json({
                id: "1",
                object: "list",
                created: 1,
                model: "m",
                data: [{ object: "embedding", index: 0, embedding: [1] }],
                usage: { prompt_tokens: 8, completion_tokens: 0, total_tokens: 8 }
              }),
              Reply.json({ tokens: [1, 2, 3] })
            ])
          )
        )
      )
    )
  )

  it.effect("is the raw events of an operation with names too", () =>
    measured((test) =>
      Effect.gen(function* () {
        const client = yield* FriendliClient.FriendliClient
        yield* Stream.runDrain(
          client.events(Messages.streamOperation, { max_tokens: 5, messages: [{ role: "user", content: "Hi" }] })
        )
        assert.containsAllKeys(yield* tokensOf(test), ["input", "output"])
      })
    ).pipe(Effect.provide(serverless([Reply.sse(Wire.messageEvents("Hi!"), { named: true })])))
  )

  it.effect("is nothing where the layer is not provided", () =>
    measured((test) =>
      Effect.gen(function* () {
        yield* Chat.complete(request)
        assert.deepStrictEqual(yield* Metrics.read(Metrics.requests, { test }), [])
      })
    ).pipe(Effect.provide(Serverless.layer({ token, model: "m" }).pipe(Layer.provide(MockHttpClient.layer([answer])))))
  )

  it.effect("is what the middleware below does, including its defects", () => {
    const breaking = FriendliClient.layerMiddleware(
      Effect.succeed((client) => ({ ...client, execute: () => Effect.die(new Error("broken")) }))
    )
    return measured((test) =>
      Effect.gen(function* () {
        assert.isTrue(Exit.isFailure(yield* Effect.exit(Chat.complete(request))))
        assert.deepStrictEqual(yield* failures(test), { _OTHER: 1 })
      })
    ).pipe(
      Effect.provide(
        Serverless.layer({ token, model: "m" }).pipe(
          Layer.provide(Metrics.layer.pipe(Layer.provideMerge(breaking))),
          Layer.provide(MockHttpClient.layer([]))
        )
      )
    )
  })

  it.effect("is no chunk without an event in it", () => {
    const padding = FriendliClient.layerMiddleware(
      Effect.succeed((next) => ({
        ...next,
        open: (operation, ...rest) =>
          Effect.map(next.open(operation, ...rest), ({ response, value }) => ({
            response,
            value: Stream.flattenChunks(Stream.intersperse(Stream.chunks(value), Chunk.empty())).pipe((padded) =>
              Stream.concat(Stream.fromChunk(Chunk.empty()), padded)
            )
          }))
      }))
    )
    return measured((test) =>
      Effect.gen(function* () {
        yield* Stream.runDrain(Chat.stream(request))
        assert.deepStrictEqual(
          (yield* spread(Metrics.timeToFirstChunk, test)).map(({ count }) => count),
          [1]
        )
        assert.deepStrictEqual(
          (yield* spread(Metrics.timePerOutputChunk, test)).map(({ count }) => count),
          [chunks.length - 1]
        )
      })
    ).pipe(
      Effect.provide(
        Serverless.layer({ token, model: "m" }).pipe(
          Layer.provide(Metrics.layer.pipe(Layer.provideMerge(padding))),
          Layer.provide(MockHttpClient.layer([Reply.sse(chunks, { delay: "1 second" })]))
        )
      ),
      (test) => during(test, "1 minute")
    )
  })

  it.effect("is under way until it ends", () =>
    measured((test) =>
      Effect.gen(function* () {
        const begun = yield* Deferred.make<void>()
        const fiber = yield* Chat.stream(request).pipe(
          Stream.runForEach(() => Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never)),
          Effect.fork
        )
        yield* Deferred.await(begun)
        assert.deepStrictEqual(yield* counts(Metrics.requests, test), [{ count: 1, tags: common }])
        assert.deepStrictEqual(yield* endings(test), [])
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* endings(test), ["interrupted"])
      })
    ).pipe(Effect.provide(serverless([Reply.sse(chunks)])))
  )
})
