/**
 * Metrics and spans: the duration of calls, their tokens and their errors.
 *
 * This example prints both; a real program would send them to a collector. Spans are printed when they end, metrics once at the end. The
 * calls themselves need no code for it: only `Metrics.layer` is provided.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Array, Console, Effect, Layer, Metric, MetricState, Order, Stream, Tracer } from "effect"
import { Chat, Metrics, Serverless, Tokens } from "effect-friendli"
import { realpathSync } from "node:fs"

const model = "meta-llama-3.1-8b-instruct"
const messages = [{ role: "user", content: "What is generative AI?" }] as const

/** Three calls that succeed, one of them a stream, and one that is rejected before it is sent. */
export const program = Effect.gen(function* () {
  yield* Tokens.tokenize({ model, prompt: "What is generative AI?" })
  yield* Chat.complete({ model, messages, max_tokens: 30 })
  yield* Stream.runDrain(Chat.stream({ model, messages, max_tokens: 30 }))
  yield* Effect.ignore(Chat.complete({ model, messages, temperature: Number.NaN }))
})

const line = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ")

/** Prints the span of every operation when it ends, and passes all spans to the current tracer. */
export const printedSpans = Layer.unwrapEffect(
  Effect.map(Effect.tracer, (tracer) =>
    Layer.setTracer(
      Tracer.make({
        context: (f, fiber) => tracer.context(f, fiber),
        span: (...args) => {
          const span = tracer.span(...args)
          const end = span.end.bind(span)
          span.end = (time, exit) => {
            end(time, exit)
            // the HTTP client has spans, too
            if (!span.attributes.has("friendli.deployment") && !span.attributes.has("error.type")) return
            const told = ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "error.type"].filter((name) =>
              span.attributes.has(name)
            )
            const values = Object.fromEntries(told.map((name) => [name, span.attributes.get(name)]))
            console.log(`span ${span.name} ${line(values)}`)
          }
          return span
        }
      })
    )
  )
)

/** Numbers of a counter or a histogram; Effect's other kinds of metrics are not used here. */
const numbers = (state: MetricState.MetricState.Untyped): Readonly<Record<string, unknown>> => {
  if (MetricState.isHistogramState(state)) return { count: state.count, sum: state.sum, max: state.max }
  return MetricState.isCounterState(state) ? { count: state.count } : {}
}

/** One line per series of the SDK's metrics: name, tags, values. An exporter does the same every few seconds. */
export const printMetrics = Effect.gen(function* () {
  const pairs = yield* Metric.snapshot
  const lines = pairs
    .filter(({ metricKey: { name } }) => name.startsWith("gen_ai.") || name.startsWith("friendli."))
    .map(({ metricKey: { name, tags }, metricState }) => {
      const labels = tags.map(({ key, value }) => `${key}=${JSON.stringify(value)}`)
      return `${name}{${labels.join(",")}} ${line(numbers(metricState))}`
    })
  yield* Effect.forEach(Array.sort(lines, Order.string), (text) => Console.log(text), { discard: true })
})

const measured = Serverless.layerConfig().pipe(Layer.provide(Metrics.layer))

export const runnable = Effect.zipRight(program, printMetrics).pipe(
  Effect.provide(measured),
  Effect.provide(printedSpans),
  Effect.provide(FetchHttpClient.layer)
)

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
