/**
 * What the unit tests and the exhaustive tests of `Metrics` share.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import type * as Deployment from "effect-friendli/Deployment"
import type * as FriendliClient from "effect-friendli/FriendliClient"
import * as Metrics from "effect-friendli/Metrics"
import type * as RequestOptions from "effect-friendli/RequestOptions"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "./it.js"
import { attempts, during, request, token } from "./support.js"
import { type Part, rowsOf } from "./parts.js"

/** Metrics live as long as the process: each test reads those of its own tag. */
let tests = 0

export const measured = <A, E, R>(use: (test: string) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const test = String(tests++)
    return Effect.tagMetrics(use(test), { test })
  })

export const common = {
  "gen_ai.provider.name": "friendli",
  "gen_ai.operation.name": "chat",
  "friendli.deployment": "serverless",
  "gen_ai.request.model": "default-model"
}

/** Tags without the test's own and the unit. */
const plain = ({ test: _test, unit: _unit, ...tags }: Readonly<Record<string, string>>) => tags

/** What a counter has counted, and under which tags. */
export const counts = (metric: Metrics.Counter, test: string) =>
  Effect.map(Metrics.read(metric, { test }), (all) =>
    all.map(({ state, tags }) => ({ count: Number(state.count), tags: plain(tags) }))
  )

/** What a histogram holds, likewise. */
export const spread = (metric: Metrics.Histogram, test: string) =>
  Effect.map(Metrics.read(metric, { test }), (all) =>
    all.map(({ state: { count, sum }, tags }) => ({ count, sum, tags: plain(tags) }))
  )

export const tokensOf = (test: string) =>
  Effect.map(Metrics.read(Metrics.tokenUsage, { test }), (all) =>
    Object.fromEntries(all.map(({ state, tags }) => [tags["gen_ai.token.type"], state.sum]))
  )

/** Which errors calls ended with, by how often. */
export const failures = (test: string) =>
  Effect.map(Metrics.read(Metrics.errors, { test }), (all) =>
    Object.fromEntries(all.map(({ state, tags }) => [tags["error.type"], Number(state.count)]))
  )

export const retried = (test: string) =>
  Effect.map(Metrics.read(Metrics.retries, { test }), (all) =>
    Object.fromEntries(all.map(({ state, tags }) => [tags["error.type"], Number(state.count)]))
  )

export const serverless = (
  script: MockHttpClient.Script,
  settings?: Partial<Deployment.Settings>
): Layer.Layer<Serverless.Capabilities | FriendliClient.FriendliClient | MockHttpClient.MockHttpClient> =>
  Layer.orDie(
    Serverless.layer({ token, model: "default-model", ...settings }).pipe(
      Layer.provide(Metrics.layer),
      Layer.provideMerge(MockHttpClient.layer(script))
    )
  )

export const once = { retry: Retry.never } as const

export const chunks = Wire.chatChunks("Hi there")

export const answer = Reply.json(Wire.chatCompletion("Hi there"))

/** The five ways to run an operation, each to its end. */
const whole: ReadonlyArray<
  readonly [
    name: string,
    run: (options?: RequestOptions.RequestOptions) => Effect.Effect<unknown, unknown, Chat.Chat>,
    answer: Reply.Reply
  ]
> = [
  ["execute", (options) => Chat.complete(request, options), answer],
  ["executeWithResponse", (options) => Chat.completeWithResponse(request, options), answer],
  ["stream", (options) => Stream.runDrain(Chat.stream(request, options)), Reply.sse(chunks)],
  [
    "streamWithResponse",
    (options) =>
      Effect.scoped(Effect.flatMap(Chat.streamWithResponse(request, options), ({ value }) => Stream.runDrain(value))),
    Reply.sse(chunks)
  ],
  ["events", (options) => Stream.runDrain(Chat.events(request, options)), Reply.sse(chunks)]
]

export const wholeTests = (part: Part): void => {
  const rows = rowsOf(part, whole, ["execute", "stream"])

  for (const [name, run, reply] of rows) {
    describe(name, () => {
      it.effect("records a call that succeeds: its time, its tokens, no error", () =>
        measured((test) =>
          Effect.gen(function* () {
            yield* during(run(), "3 seconds")
            assert.deepStrictEqual(yield* counts(Metrics.requests, test), [{ count: 1, tags: common }])
            assert.deepStrictEqual(yield* spread(Metrics.duration, test), [{ count: 1, sum: 2, tags: common }])
            assert.deepStrictEqual(yield* tokensOf(test), { input: 10, output: 2 })
            assert.deepStrictEqual(yield* failures(test), {})
            assert.deepStrictEqual(yield* retried(test), {})
          })
        ).pipe(Effect.provide(serverless([Reply.slowHeaders("2 seconds", reply)])))
      )

      it.effect("records a call that fails under the tag of its error", () =>
        measured((test) =>
          Effect.gen(function* () {
            yield* Effect.flip(during(run(once), "3 seconds"))
            const failed = { count: 1, tags: { ...common, "error.type": "RateLimitError" } }
            assert.deepStrictEqual(yield* counts(Metrics.requests, test), [{ count: 1, tags: common }])
            assert.deepStrictEqual(yield* counts(Metrics.errors, test), [failed])
            assert.deepStrictEqual(yield* spread(Metrics.duration, test), [{ ...failed, sum: 2 }])
            assert.deepStrictEqual(yield* tokensOf(test), {})
          })
        ).pipe(Effect.provide(serverless([Reply.slowHeaders("2 seconds", Reply.status(429))])))
      )

      it.effect("records a call that is interrupted, as no error", () =>
        measured((test) =>
          Effect.gen(function* () {
            const fiber = yield* Effect.fork(run())
            yield* TestClock.adjust("4 seconds")
            yield* Fiber.interrupt(fiber)
            assert.deepStrictEqual(yield* spread(Metrics.duration, test), [
              { count: 1, sum: 4, tags: { ...common, "error.type": "interrupted" } }
            ])
            assert.deepStrictEqual(yield* failures(test), {})
          })
        ).pipe(Effect.provide(serverless([Reply.never])))
      )

      it.effect("counts every request that is sent again, and the call once", () =>
        measured((test) =>
          Effect.gen(function* () {
            yield* during(run(), "10 seconds")
            assert.deepStrictEqual(yield* retried(test), { OverloadedError: 1, RateLimitError: 1 })
            assert.deepStrictEqual(yield* failures(test), {})
            assert.deepStrictEqual(yield* counts(Metrics.requests, test), [{ count: 1, tags: common }])
            assert.deepStrictEqual(yield* spread(Metrics.duration, test), [{ count: 1, sum: 5, tags: common }])
            assert.deepStrictEqual(yield* attempts, [0, 2000, 5000])
          })
        ).pipe(
          Effect.provide(
            serverless([Reply.status(503, { retryAfter: 2 }), Reply.status(429, { retryAfter: 3 }), reply])
          )
        )
      )
    })
  }
}
