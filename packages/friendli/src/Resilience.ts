/**
 * Limits, circuit breakers, hedges and fallbacks, each as its own layer or value. None is active by default.
 *
 * A layer is provided to a deployment and wraps every operation of its client. An operation that it rejects is not
 * sent, and fails with an error of the usual union: see `isRejected`.
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
import * as rejections from "./resilience/rejections.js"
import * as settings from "./resilience/settings.js"
import type { Any } from "./core/Operation.js"

// --- rejections

/**
 * Whether a layer of this module rejected the operation, so that nothing was sent.
 *
 * **Details**: true for `OverloadedError` with the code `"circuit_open"` and for `RateLimitError` with `"queue_full"`
 * or `"queue_timeout"`, if there is no status. A server that uses the same codes answers with a status.
 * @category guards
 */
export const isRejected: (error: FriendliStreamError) => boolean = rejections.isRejected

// --- waiting

/** Options of waiting for a limit. */
export interface QueueOptions {
  /**
   * How many operations may wait; one more fails at once with a `RateLimitError` with the code `"queue_full"`. Default:
   * no limit.
   */
  readonly maxWaiting?: number | undefined
  /**
   * How long an operation may wait; after that, or as soon as it is certain, it fails with a `RateLimitError` with the
   * code `"queue_timeout"`. Default: no limit.
   */
  readonly maxWait?: Duration.DurationInput | undefined
}

// --- concurrency

/** Options of `layerConcurrency`. */
export interface ConcurrencyOptions extends QueueOptions {
  /** How many operations may run at the same time: an integer of at least 1. */
  readonly permits: number
}

/**
 * Limits how many operations run at the same time. The others wait in the order of arrival.
 *
 * **When to use**: if many fibers share a deployment that handles few requests at a time, such as a container on one
 * GPU.
 *
 * **Details**: an operation has its permit from before its first attempt until its answer is read, including the delays
 * of its retries; a stream until it ends, fails, is interrupted or its scope closes. Deployments with the same layer
 * share its permits. The layer fails with a `ConfigError` if an option is invalid.
 *
 * **Gotchas**: the option `timeout` does not include the wait for a permit; limit it with `maxWait`. With one permit,
 * an operation inside of the consumer of a stream waits forever, because the stream has the permit.
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

/** The input of an estimate. */
export interface Call {
  readonly operation: Any<never, unknown>
  /** The request that was passed to the capability. */
  readonly request: unknown
  readonly deployment: Deployment
}

/** Options of `layerRateLimit`. Without both limits, only the server's `Retry-After` has an effect. */
export interface RateLimitOptions extends QueueOptions {
  /** The maximum number of requests in any minute, retries included: an integer of at least 1. */
  readonly requestsPerMinute?: number | undefined
  /** The maximum number of tokens in any minute, input and output: an integer of at least 1. */
  readonly tokensPerMinute?: number | undefined
  /** The expected number of tokens of an operation. Default: 0. A value that is not a positive number counts as 0. */
  readonly estimate?: ((call: Call) => number) | undefined
  /** The longest pause for the `Retry-After` of a 429; a longer one is shortened to this. Default: 60 seconds. */
  readonly maxPause?: Duration.DurationInput | undefined
}

/**
 * Limits the requests and tokens in any minute. The other operations wait in the order of arrival.
 *
 * **When to use**: to stay below the limits of an account instead of retrying after a 429.
 *
 * **Details**: both windows slide: in every minute at most `requestsPerMinute` requests are sent. Each retry counts as
 * a request and waits too. Tokens are charged when an answer ends, by its reported usage; until then the `estimate` is
 * charged, and it stays if an answer that may have been generated reports no usage. An operation whose estimate is
 * above the limit runs alone. Tokenization uses no tokens. After a 429 with `Retry-After` all operations wait.
 * Deployments with the same layer share its windows. The layer fails with a `ConfigError` if an option is invalid.
 *
 * **Gotchas**: without an `estimate`, operations that run at the same time can use more than `tokensPerMinute`
 * together, and the next ones wait longer. The option `timeout` does not include the wait before the first attempt;
 * limit it with `maxWait`.
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
 *       // four characters per token, and the longest answer
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
 * Adds a circuit breaker to each deployment that it is provided to. Each deployment has its own circuit.
 *
 * **When to use**: to stop sending requests to a deployment that is down, and to fail at once or use a fallback.
 *
 * **Details**: while the circuit is open, operations fail at once with an `OverloadedError` with the code
 * `"circuit_open"`; `retryAfter` and the message tell for how long. An operation counts once, after its retries; a
 * stream when it ends. The first event of a trial stream closes the circuit. Operations that were never sent do not
 * count. The layer fails with a `ConfigError` if an option is invalid.
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
  /** How long an attempt may take before another one is started. */
  readonly after: Duration.DurationInput
  /** The maximum number of attempts, including the first. Default: 2. */
  readonly max?: number | undefined
}

/**
 * Starts an effect again if it takes long; the first success wins, and the others are interrupted.
 *
 * **When to use**: for short interactive answers that sometimes take much longer than usual. Set `after` to about the
 * 95th percentile, so that few requests are sent twice.
 *
 * **Details**: a failure before the second attempt is the result, because this is not a retry. After that, a failed
 * attempt leaves the others running, and the last failure is the result. The winner waits until the others are
 * interrupted.
 *
 * **Gotchas**: a request that is sent twice can be billed twice. Do not use it for effects that must run once;
 * `layerHedge` excludes operations that write.
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
 * Applies `hedge` to every operation with one answer. Streams, operations that write (`retryMode: "ifNotProcessed"`)
 * and uploads are excluded.
 *
 * **Details**: the first of two layers in a pipe wraps the second. With `Layer.provide(limit), Layer.provide(hedge)`
 * the limit counts an operation with its hedges once; in the other order it counts each attempt.
 * @category layers
 */
export const layerHedge = (options: HedgeOptions): Layer.Layer<never> =>
  FriendliClient.layerMiddleware(Effect.sync(() => hedging.middleware(options)))

// --- fallbacks

/**
 * Whether another deployment may succeed after this failure: `FriendliError.isTransient`, and failures that are not
 * retried on the same deployment but need not occur on another: generations that timed out or were cut short, and used
 * up quotas and credits.
 *
 * **When to use**: in your own predicate for `when`.
 * @category guards
 */
export const isAnswerableElsewhere: (error: FriendliStreamError) => boolean = plans.isAnswerableElsewhere

/** A step of a plan: a deployment or a default model, and when to use it. */
export interface PlanStep {
  readonly provide: Layer.Layer.Any
  /**
   * The failures of the previous step after which this step is used. Ignored for the first step. Default:
   * `isAnswerableElsewhere`, which includes rejections.
   */
  readonly when?: ((error: FriendliStreamError) => boolean) | undefined
}

/**
 * A plan that tries one deployment or model after the other until one succeeds, for `Effect.withExecutionPlan` and
 * `withStreamPlan`.
 *
 * **When to use**: if another deployment or a smaller model can replace the first one. The model changes only for
 * requests that name none.
 *
 * **Details**: a step whose `when` returns false is skipped, and the next one gets the same failure; errors that are
 * not of this SDK end the plan. Each step runs once, because its deployment has its own retries. The layers are built
 * once and live as long as the scope, so their limits and circuits keep their state between runs. (Layers in a plan of
 * `ExecutionPlan.make` are built for every run, without such state.)
 *
 * **Gotchas**: each step is built separately, so a limit that is provided to two steps becomes two limits.
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
 * As `Stream.withExecutionPlan`, for streams that must not start again: a failure after the first element ends the
 * stream.
 *
 * **When to use**: for streams that are shown or stored while they arrive.
 *
 * **Details**: works with every plan. To start again with the next step in the middle of an answer, use
 * `Stream.withExecutionPlan`.
 *
 * **Gotchas**: its option `preventFallbackOnPartialStream` is different: it does not prevent a later step from
 * repeating a stream that has already emitted elements.
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
  /** How long an operation waits for the endpoint in total, after its own retries: more than zero. */
  readonly maxWait: Duration.DurationInput
  /** The delay between two attempts, without a `Retry-After` of the server: more than zero. Default: 5 seconds. */
  readonly interval?: Duration.DurationInput | undefined
  /**
   * Whether to ask the API to wake the endpoint. If false, operations only wait, as with `Retry.coldStart`. Default:
   * true.
   */
  readonly wake?: boolean | undefined
}

/**
 * Wakes a sleeping dedicated endpoint, and lets operations wait for it.
 *
 * **When to use**: for endpoints that sleep between jobs. If another process wakes them, `Retry.coldStart` is enough.
 *
 * **Details**: an operation that fails with an `OverloadedError` first follows its own retries. Then it is repeated
 * every `interval` until it succeeds or `maxWait` has passed, independent of its option `retry`; then it fails with the
 * last `OverloadedError`. The wake request is sent when the operation's own retries have ended or will have lasted for
 * `interval`. It is sent once for all operations that wait for the endpoint, and again only after no operation waits or
 * after `maxWait`.
 *
 * The request is `PUT /dedicated/beta/endpoint/{id}/wake` (`Endpoints.wakeOperation`) for the `model` of the operation
 * without its adapter route, with the same token, team and headers. It bypasses every other layer of this module. A
 * failed wake request never replaces the failure of the operation, and is logged as a warning:
 *
 * - 401, 403, 404: all waiting operations fail at once with their `OverloadedError`;
 * - a server or network failure: retried with the next attempt;
 * - any other rejection, for example if there is nothing to wake: the operations continue to wait.
 *
 * A stream waits until its first event. On serverless endpoints and containers operations wait, and nothing is woken.
 * Deployments with the same layer do not share state. The layer fails with a `ConfigError` if an option is invalid.
 *
 * **Gotchas**: the token needs permission to manage the endpoint. The option `timeout` includes the wait. Put this
 * layer before the other layers in a pipe, so that it wraps them: repetitions then count for a rate limit, and a
 * circuit counts an operation after its wait. A waiting operation keeps its permit of `layerConcurrency`. A file that
 * can be read only once is sent once, and wakes nothing.
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
