/** The instruments: one value for each metric, with its name, unit and boundaries. */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"

/** A number that only grows, with its key in snapshots. */
export interface Counter extends Metric.Metric.Counter<number> {
  readonly key: MetricKey.MetricKey.Counter<number>
}

/** A distribution, with its key in snapshots. */
export interface Histogram extends Metric.Metric.Histogram<number> {
  readonly key: MetricKey.MetricKey.Histogram
}

/** A number that goes up and down, with its key in snapshots. */
export interface Gauge extends Metric.Metric.Gauge<number> {
  readonly key: MetricKey.MetricKey.Gauge<number>
}

/** The unit is part of the key, so that an update need not add it to the tags. */
const counter = (name: string, unit: string, description: string): Counter => {
  const key = MetricKey.tagged(MetricKey.counter(name, { description, incremental: true }), "unit", unit)
  return Object.assign(Metric.fromMetricKey(key), { key })
}

const gauge = (name: string, unit: string, description: string): Gauge => {
  const key = MetricKey.tagged(MetricKey.gauge(name, { description }), "unit", unit)
  return Object.assign(Metric.fromMetricKey(key), { key })
}

const histogram = (name: string, unit: string, boundaries: ReadonlyArray<number>, description: string): Histogram => {
  const key = MetricKey.tagged(
    MetricKey.histogram(name, MetricBoundaries.fromIterable(boundaries), description),
    "unit",
    unit
  )
  return Object.assign(Metric.fromMetricKey(key), { key })
}

/** The boundaries that the conventions recommend: 10 ms to 82 s, doubling. */
const seconds: ReadonlyArray<number> = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
]

/** The boundaries that the conventions recommend: 1 to 4^13. */
const tokens: ReadonlyArray<number> = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864
]

/**
 * The duration of calls, including retries and waits: `gen_ai.client.operation.duration`, in seconds.
 *
 * **When to use**: for latency, and for the rate of failures.
 *
 * **Details**: recorded once for each call, however it ends. `error.type` is the tag of the error, `interrupted`, or
 * `_OTHER` for a defect, and absent after success. A stream lasts until it ends, fails, or its consumer stops, which
 * counts as success.
 *
 * **Gotchas**: the duration of a stream includes the work of its consumer between chunks. `events` does not check its
 * elements, so an error that the server reports in an event is not a failure there.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { Metrics, Serverless, Tokens } from "effect-friendli"
 *
 * Tokens.tokenize({ model: "meta-llama-3.1-8b-instruct", prompt: "Hello!" }).pipe(
 *   Effect.tagMetrics("job", "latency"),
 *   Effect.zipRight(Metrics.read(Metrics.duration, { job: "latency" })),
 *   Effect.provide(Serverless.layerConfig().pipe(Layer.provide(Metrics.layer))),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(([series]) => console.log(series?.tags["gen_ai.operation.name"], series?.state.count))
 * // => tokenize 1
 * ```
 * @category metrics
 */
export const duration: Histogram = /*#__PURE__*/ histogram(
  "gen_ai.client.operation.duration",
  "s",
  seconds,
  "Duration of an operation, its retries included"
)

/**
 * The number of input and output tokens: `gen_ai.client.token.usage`, tagged `gen_ai.token.type` with `input` or
 * `output`.
 *
 * **When to use**: for cost and quotas. The `sum` of a series is the number of tokens, its `count` the number of calls.
 *
 * **Details**: the usage that the server reported, recorded when the call ends, even in failure. The tokens of a
 * tokenization count as input. Nothing is recorded without a reported usage.
 *
 * **Gotchas**: most streams report their usage at the end. A stream that fails or is stopped earlier is not counted.
 * @category metrics
 */
export const tokenUsage: Histogram = /*#__PURE__*/ histogram(
  "gen_ai.client.token.usage",
  "{token}",
  tokens,
  "Tokens of an operation, input and output"
)

/**
 * The time from a call to the first chunk of its stream: `gen_ai.client.operation.time_to_first_chunk`, in seconds.
 *
 * **When to use**: for the time until a user sees the beginning of an answer.
 *
 * **Details**: from the call, including retries, to its first event; recorded for streams that have one. Often called
 * the time to first token; the conventions use that name (`gen_ai.server.time_to_first_token`) for the measurement of a
 * server.
 * @category metrics
 */
export const timeToFirstChunk: Histogram = /*#__PURE__*/ histogram(
  "gen_ai.client.operation.time_to_first_chunk",
  "s",
  seconds,
  "Time from the call to the first chunk of its stream"
)

/**
 * The time that consumers of streams wait between chunks: `gen_ai.client.operation.time_per_output_chunk`, in seconds.
 *
 * **When to use**: to find streams with uneven delays.
 *
 * **Details**: recorded for every chunk except the first. A chunk is one event, or several that arrived together. The
 * time starts when the consumer is ready for more, so a slow consumer does not look like a slow server.
 * @category metrics
 */
export const timePerOutputChunk: Histogram = /*#__PURE__*/ histogram(
  "gen_ai.client.operation.time_per_output_chunk",
  "s",
  seconds,
  "Time that the consumer of a stream waited for a further chunk"
)

/**
 * The number of started calls: `friendli.client.requests`.
 *
 * **When to use**: for throughput. Calls that are not yet in `duration` are running.
 *
 * **Details**: counted once at the start of each call, even if it is rejected before anything is sent. Each run of a
 * stream is a call. Retries are counted in `retries`.
 * @category metrics
 */
export const requests: Counter = /*#__PURE__*/ counter(
  "friendli.client.requests",
  "{request}",
  "Calls that were started"
)

/**
 * The number of failed calls: `friendli.client.errors`, tagged `error.type` with the tag of the error.
 *
 * **When to use**: for alerts. `error.type` separates, for example, `RateLimitError` from `AuthenticationError`.
 *
 * **Details**: counts the final failure of a call; failures before a successful retry are only in `retries`. An
 * interrupted call is not a failure. A defect is `_OTHER`.
 * @category metrics
 */
export const errors: Counter = /*#__PURE__*/ counter("friendli.client.errors", "{error}", "Calls that failed")

/**
 * The number of retries: `friendli.client.retries`, tagged `error.type` with the tag of the previous error.
 *
 * **When to use**: to notice problems of a deployment before calls fail.
 *
 * **Details**: counted when the request is sent again, after the delay, for every policy.
 *
 * **Gotchas**: retries of your own `HttpClient` are not counted.
 * @category metrics
 */
export const retries: Counter = /*#__PURE__*/ counter(
  "friendli.client.retries",
  "{retry}",
  "Requests that were sent again"
)

// --- resilience

/**
 * The number of operations that a limit or a circuit rejected: `friendli.client.rejections`, tagged `error.code`
 * (`queue_full`, `queue_timeout`, `circuit_open`) and `friendli.limit` with the reason (`concurrency`, `rate`,
 * `circuit`).
 *
 * **When to use**: to see that a limit is too low, or that a circuit is open.
 *
 * **Details**: recorded for all layers of `Resilience`, with or without `Metrics.layer`. Effects that a
 * `makeCircuitBreaker` protects count too, without the tags of an operation. A retry that the rate limit does not admit
 * in time is not a rejection: its operation fails with the previous error.
 * @category metrics of resilience
 */
export const rejections: Counter = /*#__PURE__*/ counter(
  "friendli.client.rejections",
  "{rejection}",
  "Operations that a limit or a circuit rejected"
)

/**
 * The time that operations waited for a limit: `friendli.client.limit.wait`, in seconds, tagged `friendli.limit`
 * (`concurrency`, `rate`).
 *
 * **When to use**: for the part of `duration` that your own limits cause.
 *
 * **Details**: recorded once for each operation when its wait ends; 0 without a wait. With a rate limit each retry
 * waits again and is recorded again. `error.type` is absent if the operation was admitted, `RateLimitError` if it was
 * rejected after its wait, or `interrupted`. An operation that finds the queue full does not wait, and is only in
 * `rejections`.
 * @category metrics of resilience
 */
export const limitWait: Histogram = /*#__PURE__*/ histogram(
  "friendli.client.limit.wait",
  "s",
  seconds,
  "Time that an operation waited for a limit"
)

/**
 * The number of operations that wait for a limit now: `friendli.client.limit.waiting`, tagged `friendli.limit`
 * (`concurrency`, `rate`).
 *
 * **When to use**: to notice a growing queue before it is full.
 *
 * **Details**: includes retries that wait for the rate limit. Clients with the same tags share one series.
 * @category metrics of resilience
 */
export const limitWaiting: Gauge = /*#__PURE__*/ gauge(
  "friendli.client.limit.waiting",
  "{operation}",
  "Operations that wait for a limit"
)

/**
 * The number of operations that have a permit of `Resilience.layerConcurrency` now: `friendli.client.limit.running`,
 * tagged `friendli.limit` (`concurrency`).
 *
 * **When to use**: to compare with the number of permits.
 *
 * **Details**: an operation counts until its answer is read, a stream until it ends or is stopped.
 * @category metrics of resilience
 */
export const limitRunning: Gauge = /*#__PURE__*/ gauge(
  "friendli.client.limit.running",
  "{operation}",
  "Operations that a limit has admitted"
)

/**
 * The number of tokens that `Resilience.layerRateLimit` has estimated and charged: `friendli.client.limit.tokens`,
 * tagged `friendli.limit.tokens` with `estimated` or `charged`.
 *
 * **When to use**: to correct an `estimate`. An estimate far above the charged tokens delays operations without need;
 * one below admits more than the limit.
 *
 * **Details**: both are counted when an operation with a `tokensPerMinute` limit ends. The charged tokens differ from
 * `tokenUsage`: they are the estimate if an answer reports no usage, and 0 if the server rejected the request.
 * @category metrics of resilience
 */
export const limitTokens: Counter = /*#__PURE__*/ counter(
  "friendli.client.limit.tokens",
  "{token}",
  "Tokens that a rate limit estimated and charged"
)

/**
 * The number of state changes of circuits: `friendli.client.circuit.changes`, tagged `friendli.circuit.state` with the
 * state entered: `open`, `half_open`, `closed`.
 *
 * **When to use**: for alerts: `open` means that a deployment is down. The number of open circuits is `open` minus
 * `half_open`.
 *
 * **Details**: a circuit becomes half-open when the first trial operation is admitted. The initial closed state is not
 * counted. All operations of a deployment share a circuit, so `gen_ai.operation.name` is absent; a change caused by an
 * effect of `CircuitBreaker.protect` has no deployment either.
 *
 * **Gotchas**: there is no gauge of the state, because a discarded open breaker would stay open in it. Read the state
 * of one breaker with `CircuitBreaker.state`.
 * @category metrics of resilience
 */
export const circuitChanges: Counter = /*#__PURE__*/ counter(
  "friendli.client.circuit.changes",
  "{change}",
  "States that circuits entered"
)

/**
 * The number of additional attempts that hedges started: `friendli.client.hedges`.
 *
 * **When to use**: for the cost of hedging: each attempt may be billed in addition to the first. Compare with
 * `hedgeWins`.
 *
 * **Details**: the first attempt is not counted. `Resilience.layerHedge` tags the operation and its deployment;
 * `Resilience.hedge` does not know them.
 * @category metrics of resilience
 */
export const hedges: Counter = /*#__PURE__*/ counter(
  "friendli.client.hedges",
  "{attempt}",
  "Additional attempts that hedges started"
)

/**
 * The number of additional attempts that gave the answer: `friendli.client.hedge.wins`.
 *
 * **When to use**: for the benefit of hedging. If few of `hedges` win, `after` is too short, or all attempts are
 * equally slow.
 *
 * **Details**: at most one for each hedged effect or operation, also if the first attempt failed in the meantime.
 * @category metrics of resilience
 */
export const hedgeWins: Counter = /*#__PURE__*/ counter(
  "friendli.client.hedge.wins",
  "{win}",
  "Additional attempts that gave the answer"
)

/**
 * The number of times that a plan continued with another step: `friendli.client.fallbacks`, tagged `error.type` with
 * the tag of the failure that caused it, `friendli.deployment` with the deployment that failed, and
 * `friendli.plan.step` with the index of the new step.
 *
 * **When to use**: to see how often a fallback answers, and why.
 *
 * **Details**: recorded for plans of `Resilience.plan`. The first step has the index 0, so a fallback has at least 1;
 * steps whose `when` is false are skipped. If a limit or a circuit rejected the operation, `error.code` tells which. A
 * run of a plan may include several operations, so there is no `gen_ai.operation.name`.
 * @category metrics of resilience
 */
export const fallbacks: Counter = /*#__PURE__*/ counter(
  "friendli.client.fallbacks",
  "{fallback}",
  "Fallbacks to another step of a plan"
)

/**
 * The number of requests to wake an endpoint: `friendli.client.wake_ups`, tagged `friendli.wake_up.outcome`:
 * `accepted`, `kept` (there was nothing to wake), `rejected` (the token has no permission, or the endpoint does not
 * exist), `failed` (it is retried), `interrupted`.
 *
 * **When to use**: to see how often a needed endpoint is asleep, and whether the token may wake it.
 *
 * **Details**: recorded by `Resilience.layerColdStart` once for each request, not for each waiting operation. It has
 * `friendli.deployment`, but neither operation nor model.
 * @category metrics of resilience
 */
export const wakeUps: Counter = /*#__PURE__*/ counter(
  "friendli.client.wake_ups",
  "{wake_up}",
  "Requests to wake an endpoint"
)
