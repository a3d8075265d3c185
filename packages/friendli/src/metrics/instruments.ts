/** The metrics: their names, units and boundaries. One place, so that whoever measures and whoever reads mean the same series. */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"

/**
 * A number that only grows, and the key to find it by in a snapshot.
 * @category models
 */
export interface Counter extends Metric.Metric.Counter<number> {
  readonly key: MetricKey.MetricKey.Counter<number>
}

/**
 * A distribution, and the key to find it by in a snapshot.
 * @category models
 */
export interface Histogram extends Metric.Metric.Histogram<number> {
  readonly key: MetricKey.MetricKey.Histogram
}

/**
 * A number that goes up and down, and the key to find it by in a snapshot.
 * @category models
 */
export interface Gauge extends Metric.Metric.Gauge<number> {
  readonly key: MetricKey.MetricKey.Gauge<number>
}

/** The unit is part of the key, so that an update has no tags to join. */
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

/** As the conventions advise: 10 ms to 82 s, doubling. */
const seconds: ReadonlyArray<number> = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
]

/** As the conventions advise: 1 to 4^13. */
const tokens: ReadonlyArray<number> = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864
]

/**
 * How long calls take, with their retries and waits: `gen_ai.client.operation.duration`, in seconds.
 *
 * **When to use**: for latency, and for the share of failures.
 *
 * **Details**: recorded once for each call, however it ends. `error.type` is the tag of the error, `interrupted`, or `_OTHER` for a
 * defect, and missing in success. A stream lasts until its end, its failure, or until its consumer leaves it, which is success.
 *
 * **Gotchas**: the duration of a stream includes what its consumer does between chunks. `events` does not judge what it hands out, so an
 * error that the server reports in an event is no failure there.
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
 * How many tokens went in and came out: `gen_ai.client.token.usage`, tagged `gen_ai.token.type` with `input` or `output`.
 *
 * **When to use**: for cost and quotas. The `sum` of a series is the number of tokens, its `count` the number of calls.
 *
 * **Details**: what the server said of usage, for every operation whose span has it, recorded when the call ends, be it in failure. The
 * tokens of a tokenization count as input. Where the server said nothing, nothing is recorded.
 *
 * **Gotchas**: most streams tell their usage last. One that fails, or is left, before that is missing here.
 * @category metrics
 */
export const tokenUsage: Histogram = /*#__PURE__*/ histogram(
  "gen_ai.client.token.usage",
  "{token}",
  tokens,
  "Tokens of an operation, input and output"
)

/**
 * How long streams keep their consumers waiting for a beginning: `gen_ai.client.operation.time_to_first_chunk`, in seconds.
 *
 * **When to use**: for how soon an answer begins to show.
 *
 * **Details**: from the call, with its retries, to its first event or events; recorded for streams that have one. It is what many call
 * the time to first token; the conventions keep that name (`gen_ai.server.time_to_first_token`) for what a server measures.
 * @category metrics
 */
export const timeToFirstChunk: Histogram = /*#__PURE__*/ histogram(
  "gen_ai.client.operation.time_to_first_chunk",
  "s",
  seconds,
  "Time from the call to the first chunk of its stream"
)

/**
 * How long streams keep their consumers waiting between chunks: `gen_ai.client.operation.time_per_output_chunk`, in seconds.
 *
 * **When to use**: to see streams that stutter.
 *
 * **Details**: recorded for every chunk but the first. A chunk is what came at once, of one event or of several. The time counts from when
 * the consumer is ready for more, so a slow consumer is not mistaken for a slow server.
 * @category metrics
 */
export const timePerOutputChunk: Histogram = /*#__PURE__*/ histogram(
  "gen_ai.client.operation.time_per_output_chunk",
  "s",
  seconds,
  "Time that the consumer of a stream waited for a chunk after the first"
)

/**
 * How many calls were begun: `friendli.client.requests`.
 *
 * **When to use**: for throughput; what is begun and not in `duration` yet is under way.
 *
 * **Details**: counted at the beginning, once for each call, whatever becomes of it: one that is refused here before anything is sent
 * counts too. Every run of a stream is a call. Retries are counted in `retries`.
 * @category metrics
 */
export const requests: Counter = /*#__PURE__*/ counter("friendli.client.requests", "{request}", "Calls that were begun")

/**
 * How many calls failed: `friendli.client.errors`, tagged `error.type` with the tag of the error.
 *
 * **When to use**: for alerts: `RateLimitError` and `OverloadedError` mean something else than `AuthenticationError`.
 *
 * **Details**: the failure that the call ended with; one that a retry made good is in `retries` only. An interrupted call is none. A defect
 * is `_OTHER`.
 * @category metrics
 */
export const errors: Counter = /*#__PURE__*/ counter("friendli.client.errors", "{error}", "Calls that failed")

/**
 * How many times a request was sent again: `friendli.client.retries`, tagged `error.type` with the tag of the error before.
 *
 * **When to use**: to see a deployment struggle before calls fail.
 *
 * **Details**: counted when the request is sent again, after the wait, whatever the policy that decided it and wherever that was set.
 *
 * **Gotchas**: what your `HttpClient` repeats by itself is not seen here.
 * @category metrics
 */
export const retries: Counter = /*#__PURE__*/ counter(
  "friendli.client.retries",
  "{retry}",
  "Requests that were sent again"
)

// --- resilience

/**
 * How many operations were refused by a limit or a circuit: `friendli.client.refusals`, tagged `error.code` (`queue_full`, `queue_timeout`,
 * `circuit_open`) and `friendli.limit` with what refused them (`concurrency`, `rate`, `circuit`).
 *
 * **When to use**: to see that a limit is too low, or that a deployment is left alone.
 *
 * **Details**: recorded wherever a layer of `Resilience` is, with `Metrics.layer` or without. Effects that `makeCircuitBreaker` protects count
 * too, without the tags of an operation. A retry that the rate limit does not let through in time is no refusal: its operation
 * fails with the error before.
 * @category metrics of resilience
 */
export const refusals: Counter = /*#__PURE__*/ counter(
  "friendli.client.refusals",
  "{refusal}",
  "Operations that a limit or a circuit refused"
)

/**
 * How long operations waited for a limit: `friendli.client.limit.wait`, in seconds, tagged `friendli.limit` (`concurrency`, `rate`).
 *
 * **When to use**: for the share of `duration` that is your own limits' doing.
 *
 * **Details**: recorded once for each operation, when its wait is over; what goes through at once has waited for 0. At the rate limit
 * each retry waits for its place again, and is recorded again. `error.type` is missing where the operation was let in, `RateLimitError` where it
 * was refused after its wait, and `interrupted`. What finds the queue full never waits, and is in `refusals` only.
 * @category metrics of resilience
 */
export const limitWait: Histogram = /*#__PURE__*/ histogram(
  "friendli.client.limit.wait",
  "s",
  seconds,
  "Time that an operation waited for a limit"
)

/**
 * How many operations wait for a limit now: `friendli.client.limit.waiting`, tagged `friendli.limit` (`concurrency`, `rate`).
 *
 * **When to use**: to see a queue grow before it is full.
 *
 * **Details**: retries that wait for the rate limit are among them. Clients with the same tags add up to one series.
 * @category metrics of resilience
 */
export const limitWaiting: Gauge = /*#__PURE__*/ gauge(
  "friendli.client.limit.waiting",
  "{operation}",
  "Operations that wait for a limit"
)

/**
 * How many operations hold a permit of `Resilience.layerConcurrency` now: `friendli.client.limit.running`, tagged `friendli.limit`
 * (`concurrency`).
 *
 * **When to use**: beside the number of permits, for how much of the limit is in use.
 *
 * **Details**: an operation counts until its answer is read, a stream until it ends or is left.
 * @category metrics of resilience
 */
export const limitRunning: Gauge = /*#__PURE__*/ gauge(
  "friendli.client.limit.running",
  "{operation}",
  "Operations that a limit has let in"
)

/**
 * How many tokens `Resilience.layerRateLimit` has charged, and how many it had estimated: `friendli.client.limit.tokens`, tagged
 * `friendli.limit.tokens` with `estimated` or `charged`.
 *
 * **When to use**: to correct an `estimate`. One that is far above what is charged holds operations back for nothing, one below lets
 * through more than the limit.
 *
 * **Details**: both are counted when an operation ends that `tokensPerMinute` limits. What is charged differs from `tokenUsage`: it is the
 * estimate where an answer reports no usage, and nothing where the server refused.
 * @category metrics of resilience
 */
export const limitTokens: Counter = /*#__PURE__*/ counter(
  "friendli.client.limit.tokens",
  "{token}",
  "Tokens that a rate limit estimated and charged"
)

/**
 * How many times circuits changed: `friendli.client.circuit.changes`, tagged `friendli.circuit.state` with the state entered: `open`, `half_open`,
 * `closed`.
 *
 * **When to use**: for alerts: `open` says that a deployment is down. As many circuits are open as `open` is ahead of `half_open`.
 *
 * **Details**: a circuit is half-open from when the first operation is let through to try. It begins closed, which is no change. The
 * circuit is one for all operations of its deployment, so `gen_ai.operation.name` is missing; a change that an effect of
 * `CircuitBreaker.protect` brought about has no deployment either.
 *
 * **Gotchas**: there is no gauge of the state: a breaker that is dropped while it is open would stay open in it. `CircuitBreaker.state` tells
 * the state of one.
 * @category metrics of resilience
 */
export const circuitChanges: Counter = /*#__PURE__*/ counter(
  "friendli.client.circuit.changes",
  "{change}",
  "States that circuits entered"
)

/**
 * How many further attempts hedges started: `friendli.client.hedges`.
 *
 * **When to use**: for what hedging costs: each is a request that may be paid beside the first. Beside `hedgeWins`.
 *
 * **Details**: the first attempt is none. `Resilience.layerHedge` tags the operation and its deployment; `Resilience.hedge` knows neither.
 * @category metrics of resilience
 */
export const hedges: Counter = /*#__PURE__*/ counter(
  "friendli.client.hedges",
  "{attempt}",
  "Attempts that were started beside a slow one"
)

/**
 * How many times an attempt that a hedge started was the answer: `friendli.client.hedge.wins`.
 *
 * **When to use**: for what hedging brings. Where few of `hedges` win, `after` is too short, or all attempts are slow alike.
 *
 * **Details**: at most one for each effect or operation that is hedged, also where the first attempt failed meanwhile.
 * @category metrics of resilience
 */
export const hedgeWins: Counter = /*#__PURE__*/ counter(
  "friendli.client.hedge.wins",
  "{win}",
  "Attempts beside a slow one that were the answer"
)

/**
 * How many times a plan went on to a further step: `friendli.client.fallbacks`, tagged `error.type` with the tag of the failure that caused it,
 * `friendli.deployment` with the deployment that failed, and `friendli.plan.step` with the index of the step that is asked.
 *
 * **When to use**: to see which share is answered by a stand-in, and why.
 *
 * **Details**: for plans of `Resilience.plan`, whatever runs them. The first step has the index 0, so that a fallback has 1 at least;
 * a step whose `when` says no is not asked. Where a limit or a circuit refused, `error.code` tells which. What one run of a plan asks may be several
 * operations, so there is no `gen_ai.operation.name`.
 * @category metrics of resilience
 */
export const fallbacks: Counter = /*#__PURE__*/ counter(
  "friendli.client.fallbacks",
  "{fallback}",
  "Steps of plans that were asked after a failure"
)

/**
 * How many times the API was asked to wake an endpoint: `friendli.client.wake_ups`, tagged `friendli.wake_up.outcome`: `accepted`, `kept` (there
 * was nothing to wake), `refused` (the token may not, or there is no such endpoint), `failed` (it is tried again), `interrupted`.
 *
 * **When to use**: to see how often an endpoint is put to sleep while it is needed, and whether the token may wake it.
 *
 * **Details**: recorded by `Resilience.layerColdStart`, once for each request, however many operations wait. It has `friendli.deployment`, and
 * neither operation nor model.
 * @category metrics of resilience
 */
export const wakeUps: Counter = /*#__PURE__*/ counter(
  "friendli.client.wake_ups",
  "{wake_up}",
  "Requests to wake an endpoint"
)
