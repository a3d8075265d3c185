/**
 * Limits, circuit breakers, hedges and fallbacks: each a layer or a value of its own, all of them left out unless you ask.
 *
 * A layer is provided to a deployment and stands around every operation of its client. What it refuses was not sent, and fails with a
 * member of the operations' own error union: see `isRejected`.
 */
import type * as Array from "effect/Array"
import type * as ConfigError from "effect/ConfigError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as ExecutionPlan from "effect/ExecutionPlan"
import { dual } from "effect/Function"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Deployment } from "./core/Deployment.js"
import * as Endpoints from "./Endpoints.js"
import * as FriendliClient from "./client/FriendliClient.js"
import type { FriendliStreamError } from "./errors/FriendliError.js"
import { around } from "./resilience/around.js"
import { checkCircuit, type CircuitBreakerOptions } from "./resilience/breaker.js"
import * as circuits from "./resilience/circuits.js"
import * as colds from "./resilience/coldStart.js"
import * as guards from "./resilience/guards.js"
import * as hedging from "./resilience/hedging.js"
import * as plans from "./resilience/plans.js"
import * as refusals from "./resilience/refusals.js"
import * as settings from "./resilience/settings.js"
import type { Any } from "./core/Operation.js"

// --- refusals

/**
 * Whether a layer of this module refused the operation: nothing was sent.
 *
 * **Details**: true for `OverloadedError` with the code `"circuit_open"` and for `RateLimitError` with `"queue_full"` or
 * `"queue_timeout"`, all without a status. A server that uses the same codes answers with a status.
 * @category guards
 */
export const isRejected: (error: FriendliStreamError) => boolean = refusals.isRejected

// --- waiting

/** How long operations may wait for a limit. */
export interface QueueOptions {
  /** How many may wait at a time; one more fails at once with `RateLimitError`, code `"queue_full"`. Default: no bound. */
  readonly maxWaiting?: number | undefined
  /** How long one may wait; then, or as soon as that is certain, it fails with `RateLimitError`, code `"queue_timeout"`. Default: no bound. */
  readonly maxWait?: Duration.DurationInput | undefined
}

// --- concurrency

/** Options of `layerConcurrency`. */
export interface ConcurrencyOptions extends QueueOptions {
  /** How many operations may run at a time: a whole number of at least 1. */
  readonly permits: number
}

/**
 * At most so many operations at a time. The others wait, first come, first served.
 *
 * **When to use**: where many fibers share a deployment that takes a few requests at a time, as a container on one GPU does.
 *
 * **Details**: an operation holds its permit from before its first try until its answer is read, the waits of its retries included; a
 * stream until it ends, fails, is interrupted or its scope closes. Deployments that the same layer is provided to share its permits.
 * The layer fails with a `ConfigError` where an option is not valid.
 *
 * **Gotchas**: the wait for a permit is not part of the option `timeout`; bound it with `maxWait`. Who runs an operation for each
 * event of a stream, with one permit, waits for itself.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { Resilience, Serverless, Tokens } from "effect-friendli"
 *
 * const layer = Serverless.layerConfig().pipe(
 *   Layer.provide(Resilience.layerConcurrency({ permits: 8, maxWaiting: 1000, maxWait: "1 minute" }))
 * )
 *
 * const count = (prompt: string) =>
 *   Effect.map(Tokens.tokenize({ model: "meta-llama-3.1-8b-instruct", prompt }), ({ tokens }) => tokens.length)
 *
 * Effect.forEach(["Hello!", "What is generative AI?"], count, { concurrency: "unbounded" }).pipe(
 *   Effect.provide(layer),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => [ 3, 7 ]
 * ```
 * @category layers
 */
export const layerConcurrency = (options: ConcurrencyOptions): Layer.Layer<never, ConfigError.ConfigError> =>
  FriendliClient.layerMiddleware(
    Effect.zipWith(
      settings.wholeAtLeast("permits", options.permits, 1),
      settings.bounds(options),
      (permits, bounds) => {
        const guard = guards.concurrency(permits, bounds)
        return around(() => guard)
      }
    )
  )

// --- rates

/** What an estimate sees of an operation. */
export interface Call {
  readonly operation: Any<never, unknown>
  /** As the capability was given it. */
  readonly request: unknown
  readonly deployment: Deployment
}

/**
 * Options of `layerRateLimit`. At least one of the two limits makes sense; without any, only the server's `Retry-After` is followed.
 */
export interface RateLimitOptions extends QueueOptions {
  /** Requests in any minute, retries included: a whole number of at least 1. */
  readonly requestsPerMinute?: number | undefined
  /** Tokens in any minute, of prompts and answers: a whole number of at least 1. */
  readonly tokensPerMinute?: number | undefined
  /** How many tokens an operation will use, before that is known. Default: 0. What is no positive number counts as 0. */
  readonly estimate?: ((call: Call) => number) | undefined
  /** The longest `Retry-After` of a 429 that all operations wait for; a longer one counts as this. Default: 60 seconds. */
  readonly maxPause?: Duration.DurationInput | undefined
}

/**
 * At most so many requests and tokens in any minute. The others wait, first come, first served.
 *
 * **When to use**: to stay below the limits of an account, rather than run into 429 and retry.
 *
 * **Details**: both windows slide: whichever minute one looks at, no more than `requestsPerMinute` were sent in it. Each retry counts
 * as a request and waits for its place. Tokens are charged when an answer ends, by the usage that it reports; until then the
 * `estimate` stands for them, and it stays where an answer that may have been generated reports none. An operation whose estimate is
 * above the limit goes alone. Tokenization uses no tokens up. A 429 with `Retry-After` lets every operation wait until then. Deployments that
 * the same layer is provided to share its windows. The layer fails with a `ConfigError` where an option is not valid.
 *
 * **Gotchas**: without an `estimate`, operations that run at the same time can use more than `tokensPerMinute` together, and the next
 * ones wait the longer for it. The wait before the first try is not part of the option `timeout`; bound it with `maxWait`.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { Chat, Resilience, Serverless } from "effect-friendli"
 *
 * const layer = Serverless.layerConfig().pipe(
 *   Layer.provide(
 *     Resilience.layerRateLimit({
 *       requestsPerMinute: 600,
 *       tokensPerMinute: 200_000,
 *       // four characters a token, and the longest answer
 *       estimate: ({ request }) => JSON.stringify(request).length / 4 + 50,
 *       maxWait: "2 minutes"
 *     })
 *   )
 * )
 *
 * Chat.complete({
 *   model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }], max_tokens: 50
 * }).pipe(
 *   Effect.provide(layer),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then((answer) => console.log(answer.choices.length))
 * // => 1
 * ```
 * @category layers
 */
export const layerRateLimit = (options: RateLimitOptions): Layer.Layer<never, ConfigError.ConfigError> => {
  const limit = (setting: "requestsPerMinute" | "tokensPerMinute") =>
    options[setting] === undefined ? Effect.succeed(undefined) : settings.wholeAtLeast(setting, options[setting], 1)
  return FriendliClient.layerMiddleware(
    Effect.zipWith(
      Effect.all({
        requests: limit("requestsPerMinute"),
        tokens: limit("tokensPerMinute"),
        maxPause: settings.millis("maxPause", options.maxPause ?? "60 seconds")
      }),
      settings.bounds(options),
      (limits, bounds) => {
        const guard = guards.rate({ ...limits, estimate: options.estimate ?? (() => 0) }, bounds)
        return around(() => guard)
      }
    )
  )
}

// --- circuit breakers

export {
  type CircuitBreaker,
  type CircuitBreakerOptions,
  CircuitOpenError,
  type CircuitState,
  isOutage,
  makeCircuitBreaker
} from "./resilience/breaker.js"

/**
 * A circuit breaker around each deployment that it is provided to: each has a circuit of its own.
 *
 * **When to use**: where a deployment that is down should be left alone for a while, and its users be told at once or sent elsewhere.
 *
 * **Details**: while the circuit is open, operations fail at once with `OverloadedError`, code `"circuit_open"`; `retryAfter` and the
 * message say until when. An operation counts once, after its retries; a stream as it ends. The first event of a stream that tries an
 * open circuit closes it. What was never sent does not count. The layer fails with a `ConfigError` where an option is not valid.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Chat, Resilience, Retry, Serverless } from "effect-friendli"
 * import { MockHttpClient, Reply } from "effect-friendli/testing"
 *
 * const layer = Serverless.layer({ token: "flp_example", retry: Retry.never }).pipe(
 *   Layer.provide(Resilience.layerCircuitBreaker({ failureThreshold: 1, resetTimeout: "1 minute" })),
 *   Layer.provide(MockHttpClient.layer([Reply.status(500)]))
 * )
 *
 * const call = Effect.flip(Chat.complete({ model: "m", messages: [{ role: "user", content: "Hello!" }] }))
 * Effect.all([call, call]).pipe(Effect.provide(layer), Effect.runPromise).then((errors) => {
 *   for (const error of errors) console.log(error._tag, error.code)
 * })
 * // => ServerError undefined
 * // => OverloadedError circuit_open
 * ```
 * @category layers
 */
export const layerCircuitBreaker = (options?: CircuitBreakerOptions): Layer.Layer<never, ConfigError.ConfigError> =>
  FriendliClient.layerMiddleware(
    Effect.map(checkCircuit(options), ({ circuit, isFailure }) =>
      around(() => guards.circuit(circuits.make(circuit), isFailure))
    )
  )

// --- hedges

/** Options of hedges. */
export interface HedgeOptions {
  /** How long an attempt may take before another one is started beside it. */
  readonly after: Duration.DurationInput
  /** How many attempts there are at most, the first included. Default: 2. */
  readonly max?: number | undefined
}

/**
 * Starts an effect a second time when it takes long; the first success wins, and the others are interrupted.
 *
 * **When to use**: for short answers that people wait for, where now and then one takes far longer than most. Set `after` to a time that
 * one in twenty exceeds: few requests are then sent twice.
 *
 * **Details**: a failure before the second attempt is the outcome, since this is no retry; later an attempt that fails leaves the
 * others running, and the last failure is the outcome. The winner waits until the others are interrupted.
 *
 * **Gotchas**: what is sent twice can be paid twice. Not for effects that must run once; `layerHedge` leaves out operations that write.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Resilience, Serverless, Tokens } from "effect-friendli"
 *
 * Tokens.tokenize({ model: "meta-llama-3.1-8b-instruct", prompt: "Hello!" }).pipe(
 *   Resilience.hedge({ after: "5 seconds" }),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(({ tokens }) => console.log(tokens.length))
 * // => 3
 * ```
 * @category combinators
 */
export const hedge: {
  (options: HedgeOptions): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, options: HedgeOptions): Effect.Effect<A, E, R>
} = /*#__PURE__*/ dual(2, <A, E, R>(self: Effect.Effect<A, E, R>, options: HedgeOptions) =>
  hedging.hedge(self, options)
)

/**
 * `hedge` around every operation with one answer. Streams, operations that write (`retryMode: "ifNotProcessed"`) and files that are sent are left
 * alone.
 *
 * **Details**: of two layers in one pipe the first is around the second. So with `Layer.provide(limit), Layer.provide(hedge)` an operation
 * and its hedge are one to the limit; the other way round each attempt is one.
 * @category layers
 */
export const layerHedge = (options: HedgeOptions): Layer.Layer<never> =>
  FriendliClient.layerMiddleware(Effect.sync(() => hedging.middleware(options)))

// --- fallbacks

/**
 * Whether another deployment may answer what this one did not: `FriendliError.isTransient`, and what is not repeated on the same deployment
 * though it need not fail on another: generations that got no answer in time, or stopped, and quotas and credits that are used up.
 *
 * **When to use**: in a predicate of your own for `when`.
 * @category guards
 */
export const isAnswerableElsewhere: (error: FriendliStreamError) => boolean = plans.isAnswerableElsewhere

/** A deployment, or a deployment with another default model, and when it is asked. */
export interface PlanStep {
  readonly provide: Layer.Layer.Any
  /**
   * After which failure of the step before it is asked. Of the first step it means nothing. Default: `isAnswerableElsewhere`, which holds
   * for refusals too.
   */
  readonly when?: ((error: FriendliStreamError) => boolean) | undefined
}

/**
 * A plan that asks one deployment or model after the other, until one answers: for `Effect.withExecutionPlan` and `withStreamPlan`.
 *
 * **When to use**: where another deployment or a smaller model can stand in. Only requests that name no model of their own change it.
 *
 * **Details**: a step whose `when` says no is passed over, and the next one is asked about the same failure; failures that are not of this SDK
 * end the plan. Each step is asked once, for its retries are its deployment's. The layers are built here, once, and
 * live as long as the scope: their limits and circuits remember from run to run. (Layers in a plan of
 * `ExecutionPlan.make` are built for every run, and remember nothing.)
 *
 * **Gotchas**: each step is built by itself, so that a limit which is provided to two steps is two limits.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Chat, Dedicated, Resilience, Serverless } from "effect-friendli"
 *
 * const program = Effect.gen(function* () {
 *   const plan = yield* Resilience.plan(
 *     { provide: Dedicated.layer({ token: "flp_example", model: "endpoint-id", baseUrl: "http://127.0.0.1:9" }) },
 *     { provide: Serverless.layerConfig(), when: (error) => error._tag === "ConnectionError" }
 *   )
 *   const answer = yield* Chat.complete({
 *     model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }], max_tokens: 20
 *   }).pipe(Effect.withExecutionPlan(plan))
 *   return answer.choices.length
 * })
 *
 * program.pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer), Effect.runPromise).then(console.log)
 * // => 1
 * ```
 * @category constructors
 */
export const plan = <const Steps extends Array.NonEmptyReadonlyArray<PlanStep>>(
  ...steps: Steps
): Effect.Effect<
  ExecutionPlan.ExecutionPlan<{
    provides: ExecutionPlan.make.StepProvides<Steps>
    input: unknown
    error: never
    requirements: never
  }>,
  Layer.Layer.Error<Steps[number]["provide"]>,
  Layer.Layer.Context<Steps[number]["provide"]> | Scope.Scope
> => plans.build(steps) as never

/**
 * As `Stream.withExecutionPlan`, for streams that must not begin again: what fails after the first element fails.
 *
 * **When to use**: for streams that are shown or stored as they come.
 *
 * **Details**: works with every plan. To begin again with the next step in the middle of an answer, use `Stream.withExecutionPlan` itself.
 *
 * **Gotchas**: its option `preventFallbackOnPartialStream` is not the same: it ends the plan between steps, while a step after the first
 * repeats a stream that has given elements.
 * @category combinators
 */
export const withStreamPlan: {
  <Input, Provides, PlanE, PlanR>(
    plan: ExecutionPlan.ExecutionPlan<{ provides: Provides; input: Input; error: PlanE; requirements: PlanR }>
  ): <A, E extends Input, R>(self: Stream.Stream<A, E, R>) => Stream.Stream<A, E | PlanE, PlanR | Exclude<R, Provides>>
  <A, E extends Input, R, Input, Provides, PlanE, PlanR>(
    self: Stream.Stream<A, E, R>,
    plan: ExecutionPlan.ExecutionPlan<{ provides: Provides; input: Input; error: PlanE; requirements: PlanR }>
  ): Stream.Stream<A, E | PlanE, PlanR | Exclude<R, Provides>>
} = /*#__PURE__*/ dual(
  2,
  <A, E extends Input, R, Input, Provides, PlanE, PlanR>(
    self: Stream.Stream<A, E, R>,
    plan: ExecutionPlan.ExecutionPlan<{ provides: Provides; input: Input; error: PlanE; requirements: PlanR }>
  ) => plans.withPlan(self, plan) as Stream.Stream<A, E | PlanE, PlanR | Exclude<R, Provides>>
)

// --- cold starts

/** Options of `layerColdStart`. */
export interface ColdStartOptions {
  /** How long an operation waits for the endpoint in all, once its own retries are over: more than zero. */
  readonly maxWait: Duration.DurationInput
  /** How long between two tries, where the server's `Retry-After` says nothing else: more than zero. Default: 5 seconds. */
  readonly interval?: Duration.DurationInput | undefined
  /** Whether to ask the API to wake the endpoint. Without, operations only wait, as with `Retry.coldStart`. Default: true. */
  readonly wake?: boolean | undefined
}

/**
 * Wakes a dedicated endpoint that sleeps, and lets operations wait for it.
 *
 * **When to use**: for endpoints that are put to sleep between jobs. Where another process wakes them, `Retry.coldStart` alone is enough.
 *
 * **Details**: an operation that the server answers with `OverloadedError` first follows its own retries, then is repeated every `interval` until it
 * is served or `maxWait` has passed, whatever its option `retry` says; then it fails with the last `OverloadedError`. The API is asked to wake
 * the endpoint as soon as the operation's own retries are over, or will have lasted for `interval`. It is asked once for all operations that
 * wait for the endpoint, and again only when none waits any more or after `maxWait`.
 *
 * The request is `PUT /dedicated/beta/endpoint/{id}/wake` (`Endpoints.wakeOperation`) for the `model` of the operation without its adapter
 * route, with the same token, team and headers. It passes by every other layer of this module. A wake-up that fails never takes the place of
 * the operation's failure, and is logged as a warning:
 *
 * - 401, 403, 404: all that wait fail at once with their `OverloadedError`;
 * - a server or network in trouble: tried again with the next repetition;
 * - another refusal, as that there is nothing to wake: waiting goes on.
 *
 * A stream waits until its first event. On serverless and containers operations wait, and nothing is woken. Deployments that the layer is
 * provided to do not share what they know. The layer fails with a `ConfigError` where an option is not valid.
 *
 * **Gotchas**: the token needs the right to manage the endpoint. The option `timeout` bounds the wait too. Put this layer before the other
 * layers in a pipe, around them: then repetitions pass a rate limit, and a circuit counts an operation after its wait. While it waits it holds its
 * permit of `layerConcurrency`. A file that can be read only once is sent once, and wakes nothing.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Dedicated, Resilience, Retry, Tokens } from "effect-friendli"
 * import { MockHttpClient, Reply } from "effect-friendli/testing"
 *
 * // asleep; woken; served
 * const http = MockHttpClient.layer([
 *   Reply.status(503),
 *   Reply.json({ status: "AWAKING", createdAt: "2026-01-01T00:00:00Z" }),
 *   Reply.json({ tokens: [128000, 9906, 0] })
 * ])
 *
 * const layer = Dedicated.layer({ token: "flp_example", model: "endpoint-id", retry: Retry.never }).pipe(
 *   Layer.provide(Resilience.layerColdStart({ maxWait: "10 minutes", interval: "20 millis" })),
 *   Layer.provideMerge(http)
 * )
 *
 * const program = Effect.gen(function* () {
 *   const { tokens } = yield* Tokens.tokenize({ prompt: "Hello!" })
 *   const requests = yield* MockHttpClient.requests
 *   for (const { method, url } of requests) console.log(method, new URL(url).pathname)
 *   console.log(tokens.length)
 * })
 *
 * Effect.runPromise(Effect.provide(program, layer))
 * // => POST /dedicated/v1/tokenize
 * // => PUT /dedicated/beta/endpoint/endpoint-id/wake
 * // => POST /dedicated/v1/tokenize
 * // => 3
 * ```
 * @category layers
 */
export const layerColdStart = (options: ColdStartOptions): Layer.Layer<never, ConfigError.ConfigError> =>
  FriendliClient.layerMiddleware(
    Effect.map(
      Effect.all({
        maxWait: settings.positiveMillis("maxWait", options.maxWait),
        interval: settings.positiveMillis("interval", options.interval ?? "5 seconds"),
        wake: settings.flag("wake", options.wake ?? true)
      }),
      (checked) => around(colds.coldStart(checked, Endpoints.wakeOperation))
    )
  )
