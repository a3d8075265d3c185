/**
 * What the unit tests and the exhaustive tests of `metrics` share.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as ExecutionPlan from "effect/ExecutionPlan"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Dedicated from "effect-friendli/Dedicated"
import * as FriendliClient from "effect-friendli/FriendliClient"
import type * as FriendliError from "effect-friendli/FriendliError"
import * as Metrics from "effect-friendli/Metrics"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { during, request, token, guarded, type Guarding } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

/** Metrics live as long as the process: each test reads those of its own tag. */
let tests = 0

export const measured = <A, E, R>(use: (test: string) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const test = `resilience ${tests++}`
    return Effect.tagMetrics(use(test), { test })
  })

/** Tags without the test's own and the unit. */
export const plain = ({ test: _test, unit: _unit, ...tags }: Readonly<Record<string, string>>) => tags

export const counts = (metric: Metrics.Counter, test: string) =>
  Effect.map(Metrics.read(metric, { test }), (all) =>
    all.map(({ state, tags }) => ({ count: Number(state.count), tags: plain(tags) }))
  )

/** By the values of one tag. */
export const countsBy = (metric: Metrics.Counter, tag: string, test: string) =>
  Effect.map(Metrics.read(metric, { test }), (all) =>
    Object.fromEntries(all.map(({ state, tags }) => [tags[tag], Number(state.count)]))
  )

export const levels = (metric: Metrics.Gauge, test: string) =>
  Effect.map(Metrics.read(metric, { test }), (all) =>
    all.map(({ state, tags }) => ({ value: Number(state.value), tags: plain(tags) }))
  )

/** Now waiting and now running, of all operations together. */
export const now = (test: string) => {
  const sum = (metric: Metrics.Gauge) =>
    Effect.map(levels(metric, test), (all) => all.reduce((total, { value }) => total + value, 0))
  return Effect.zip(sum(Metrics.limitWaiting), sum(Metrics.limitRunning))
}

/** How long was waited, by how that ended. */
export const waits = (test: string) =>
  Effect.map(Metrics.read(Metrics.limitWait, { test }), (all) =>
    Object.fromEntries(
      all.map(({ state: { count, sum }, tags }) => [tags["error.type"] ?? "let in", { count, sum }] as const)
    )
  )

/** A plan over a dedicated endpoint and serverless. */
type Planned = ExecutionPlan.ExecutionPlan<{
  provides: Extract<Serverless.Capabilities, Dedicated.Capabilities>
  input: unknown
  error: never
  requirements: never
}>

export const whole = Reply.json(Wire.chatCompletion("Hi!"))

export const streamed = Reply.sse(Wire.chatChunks("Hi!"))

export const stuck = Reply.sse(Wire.chatChunks("Hi!"), { after: { frames: 2 }, ending: "stall" })

export const call = Chat.complete(request)

export const one = Resilience.layerConcurrency({ permits: 1 })

const run = Stream.runDrain(Chat.stream(request))

const opened = (
  use: (
    stream: Stream.Stream<unknown, FriendliError.FriendliStreamError>
  ) => Effect.Effect<void, FriendliError.FriendliStreamError>
) => Effect.scoped(Effect.flatMap(Chat.streamWithResponse(request), ({ value }) => use(value)))

const endings: ReadonlyArray<
  readonly [string, Reply.Reply, Effect.Effect<unknown, FriendliError.FriendliStreamError, Serverless.Capabilities>]
> = [
  ["an operation that fails", Reply.status(500), call],
  ["a stream that ends", streamed, run],
  ["a stream that fails", Reply.sse(Wire.chatChunks("Hi!"), { ending: "reset", after: { frames: 1 } }), run],
  ["a stream that is left", stuck, Stream.runDrain(Stream.take(Chat.stream(request), 1))],
  ["a stream that is interrupted", stuck, Effect.timeoutOption(run, 10)],
  ["an opened stream that ends", streamed, opened((stream) => Stream.runDrain(stream))],
  ["an opened stream whose scope closes", stuck, opened(() => Effect.void)],
  ["a stream that cannot be opened", Reply.status(500), opened(() => Effect.void)]
]

export const endingTests = (part: Part): void => {
  const rows = rowsOf(part, endings, ["an operation that fails", "a stream that ends", "a stream that is interrupted"])

  for (const [what, reply, operation] of rows) {
    it.effect(`counts ${what} once while it runs, and no more after it`, () =>
      measured((test) =>
        Effect.gen(function* () {
          let most = 0
          const inside = FriendliClient.layerMiddleware(
            Effect.succeed((next): FriendliClient.Interpreter => {
              const look = Effect.map(now(test), ([, running]) => {
                most = Math.max(most, running)
              })
              return {
                ...next,
                call: (...args) => Effect.zipRight(look, next.call(...args)),
                open: (...args) => Effect.zipRight(look, next.open(...args))
              }
            })
          )
          yield* during(Effect.exit(operation), "1 minute").pipe(
            Effect.provide(guarded(Layer.provideMerge(one, inside), [reply]))
          )
          assert.strictEqual(most, 1)
          assert.deepStrictEqual(yield* now(test), [0, 0])
          assert.deepStrictEqual(yield* waits(test), { "let in": { count: 1, sum: 0 } })
        })
      )
    )
  }
}

export const dedicated = (script: MockHttpClient.Script, guard: Guarding = Layer.empty) =>
  Dedicated.layer({ token, model: "endpoint", retry: Retry.never }).pipe(
    Layer.provide(guard),
    Layer.provide(MockHttpClient.layer(script))
  )

export const standIn = (script: MockHttpClient.Script) =>
  Serverless.layer({ token, model: "m", retry: Retry.never }).pipe(Layer.provide(MockHttpClient.layer(script)))

export const from = (deployment: string, type: string, step: number) => ({
  "gen_ai.provider.name": "friendli",
  "friendli.deployment": deployment,
  "error.type": type,
  "friendli.plan.step": String(step)
})

export const fallbacks = (test: string) => counts(Metrics.fallbacks, test)

const ways = [
  ["effects", (plan: Planned) => Effect.asVoid(Effect.withExecutionPlan(call, plan)), whole],
  ["streams", (plan: Planned) => Stream.runDrain(Resilience.withStreamPlan(Chat.stream(request), plan)), streamed],
  [
    "streams of Effect's own operator",
    (plan: Planned) => Stream.runDrain(Stream.withExecutionPlan(Chat.stream(request), plan)),
    streamed
  ]
] as const

export const wayTests = (part: Part): void => {
  const rows = rowsOf(part, ways, ["effects", "streams"])

  for (const [name, ask, reply] of rows) {
    it.effect(`count each step that is asked after a failure, for ${name}`, () =>
      measured((test) =>
        Effect.gen(function* () {
          const plan = yield* Resilience.plan(
            { provide: dedicated(() => Reply.status(503)) },
            { provide: standIn(() => Reply.status(429)) },
            { provide: standIn(() => reply) }
          )
          yield* ask(plan)
          const once = [
            { count: 1, tags: from("dedicated", "OverloadedError", 1) },
            { count: 1, tags: from("serverless", "RateLimitError", 2) }
          ]
          assert.deepStrictEqual(yield* fallbacks(test), once)
          yield* ask(plan)
          assert.deepStrictEqual(
            yield* fallbacks(test),
            once.map(({ tags }) => ({ count: 2, tags }))
          )
        }).pipe(Effect.scoped)
      )
    )

    it.effect(`count no step that is passed over, and none that fails in the end, for ${name}`, () =>
      measured((test) =>
        Effect.gen(function* () {
          const plan = yield* Resilience.plan(
            { provide: dedicated(() => Reply.status(500)) },
            { provide: standIn([]), when: (error) => error._tag === "OverloadedError" },
            { provide: standIn(() => Reply.status(401)), when: Resilience.isOutage },
            { provide: standIn([]) }
          )
          const error = yield* Effect.flip(ask(plan))
          assert.strictEqual(error._tag, "AuthenticationError")
          assert.deepStrictEqual(yield* fallbacks(test), [{ count: 1, tags: from("dedicated", "ServerError", 2) }])
        }).pipe(Effect.scoped)
      )
    )

    it.effect(`tell a rejection by its code, for ${name}`, () =>
      measured((test) =>
        Effect.gen(function* () {
          const plan = yield* Resilience.plan(
            { provide: dedicated([Reply.status(503)], Resilience.layerCircuitBreaker({ failureThreshold: 1 })) },
            { provide: standIn(() => reply) }
          )
          yield* ask(plan)
          yield* ask(plan)
          const tags = from("dedicated", "OverloadedError", 1)
          assert.deepStrictEqual(yield* fallbacks(test), [
            { count: 1, tags },
            { count: 1, tags: { ...tags, "error.code": "circuit_open" } }
          ])
        }).pipe(Effect.scoped)
      )
    )
  }
}
