/**
 * Metrics of every operation, named after OpenTelemetry's conventions for generative AI: durations, tokens, delays of
 * streams, errors and retries. Also metrics of `Resilience`: waits, rejections, fallbacks.
 *
 * **When to use**: provide `Metrics.layer` to a deployment layer, and export Effect's metrics as your program exports
 * its others. Without the layer no operation is measured. The metrics of resilience need no layer.
 *
 * **Details**: every metric of operations has the tags `gen_ai.provider.name` (`friendli`), `gen_ai.operation.name`,
 * `friendli.deployment` and, if there is a model, `gen_ai.request.model`; those of resilience have the first three if
 * they are known. Tags of the region (`Effect.tagMetrics`) are added. Effect's exporters read the unit from the tag
 * `unit`. Times are measured with the `Clock`.
 *
 * **Gotchas**: each combination of tags is a series that stays in memory. The SDK limits its own: after a hundred model
 * names a client tags all further ones `_OTHER`. The conventions
 * (https://github.com/open-telemetry/semantic-conventions-genai) are still in development.
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import type * as MetricKey from "effect/MetricKey"
import { layerMiddleware } from "./client/FriendliClient.js"
import type { Counter, Gauge, Histogram } from "./metrics/instruments.js"
import { middleware } from "./metrics/observation.js"

export * from "./metrics/instruments.js"

/** The state of a metric for one combination of tags. */
export interface Series<out State> {
  readonly tags: Readonly<Record<string, string>>
  readonly state: State
}

/**
 * The current series of a metric that have the given tags.
 *
 * **When to use**: in tests and status pages. `Metric.value` needs all tags in order; here some are enough.
 *
 * **Details**: a series exists after its first update. The order is not defined.
 *
 * **Gotchas**: Effect keeps metrics for the whole process. In a test, add a tag (`Effect.tagMetrics`) and read only
 * series with that tag.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { Metrics, Serverless, Tokens } from "effect-friendli"
 *
 * Tokens.tokenize({ model: "meta-llama-3.1-8b-instruct", prompt: "Hello!" }).pipe(
 *   Effect.tagMetrics("job", "nightly"),
 *   Effect.zipRight(Metrics.read(Metrics.requests, { job: "nightly" })),
 *   Effect.provide(Serverless.layerConfig().pipe(Layer.provide(Metrics.layer))),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(([series]) => console.log(series?.tags))
 * // => {
 * // =>   unit: '{request}',
 * // =>   job: 'nightly',
 * // =>   'gen_ai.provider.name': 'friendli',
 * // =>   'gen_ai.operation.name': 'tokenize',
 * // =>   'friendli.deployment': 'serverless',
 * // =>   'gen_ai.request.model': 'meta-llama-3.1-8b-instruct'
 * // => }
 * ```
 * @category getters
 */
export const read = <Type, State>(
  metric: Metric.Metric<Type, number, State> & Pick<Counter | Gauge | Histogram, "key">,
  tags: Readonly<Record<string, string>> = {}
): Effect.Effect<ReadonlyArray<Series<State>>> =>
  Effect.map(Metric.snapshot, (pairs) =>
    pairs
      .filter(({ metricKey }) => metricKey.name === metric.key.name)
      // the state has the type of the metric, since the names are equal
      .map(({ metricKey, metricState }) => ({ tags: tagsOf(metricKey), state: metricState as State }))
      .filter((series) => Object.entries(tags).every(([name, value]) => series.tags[name] === value))
  )

const tagsOf = (key: MetricKey.MetricKey.Untyped): Readonly<Record<string, string>> =>
  Object.fromEntries(key.tags.map((label) => [label.key, label.value]))

/**
 * Measures every operation of the deployments that this layer is provided to.
 *
 * **When to use**: `Serverless.layerConfig().pipe(Layer.provide(Metrics.layer))`, once for each deployment layer.
 *
 * **Details**: it does not change answers, errors, retries, chunks or interruption. It also measures your own
 * operations (`Operation.unary`, `Operation.streaming`), with the usage that their `observer` reports.
 *
 * **Gotchas**: if it is provided twice to one deployment, it counts twice.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { Chat, Metrics, Serverless } from "effect-friendli"
 *
 * const program = Effect.gen(function* () {
 *   yield* Chat.complete({
 *     model: "meta-llama-3.1-8b-instruct",
 *     messages: [{ role: "user", content: "Hello!" }],
 *     max_tokens: 20
 *   }).pipe(Effect.tagMetrics("job", "greeting"))
 *   const [calls] = yield* Metrics.read(Metrics.duration, { job: "greeting" })
 *   const tokens = yield* Metrics.read(Metrics.tokenUsage, { job: "greeting" })
 *   console.log(calls?.tags["gen_ai.operation.name"], calls?.state.count)
 *   console.log(tokens.map((series) => series.tags["gen_ai.token.type"]).sort())
 * })
 *
 * program.pipe(
 *   Effect.provide(Serverless.layerConfig().pipe(Layer.provide(Metrics.layer))),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * )
 * // => chat 1
 * // => [ 'input', 'output' ]
 * ```
 * @category layers
 */
export const layer: Layer.Layer<never> = /*#__PURE__*/ layerMiddleware(/*#__PURE__*/ Effect.succeed(middleware))
