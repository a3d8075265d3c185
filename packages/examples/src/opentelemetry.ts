/**
 * OpenTelemetry: spans and metrics of the SDK's calls, sent to a collector over OTLP.
 *
 * `Otlp` of `@effect/opentelemetry` needs no OpenTelemetry SDK: it sends JSON through the `HttpClient` that you provide. It sends every
 * few seconds, and once more when its layer closes. A program that ends therefore loses no data and does not have to wait.
 *
 * The collector here is a stub in this process. It stores the received data and prints it at the end. Use the URL of your own collector.
 */
import * as Otlp from "@effect/opentelemetry/Otlp"
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Array, Console, Effect, Layer, Order, Schedule, Schema, Stream } from "effect"
import { Chat, ChatStream, Metrics, Serverless } from "effect-friendli"
import { realpathSync } from "node:fs"
import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"

export const question = "What is generative AI?"

const request = {
  model: "meta-llama-3.1-8b-instruct",
  messages: [{ role: "user", content: question }],
  max_tokens: 30,
  temperature: 0
} as const

/** A stream that succeeds, and a call that fails because the server is busy, after one retry. */
export const program = Effect.gen(function* () {
  const answer = yield* Chat.stream(request).pipe(ChatStream.text, Stream.mkString)
  yield* Chat.complete(request, {
    retry: Schedule.recurs(1),
    // the emulator answers that it is busy; other servers ignore this header
    headers: { "x-emulator-fault": "status=429; retry-after=0" }
  }).pipe(Effect.catchTag("RateLimitError", (error) => Console.log(`${error._tag} from ${error.operation}`)))
  return answer
}).pipe(Effect.withSpan("program"))

/** A program with a collector needs only this layer, and `Metrics.layer` provided to the deployment. */
export const exported = (baseUrl: string) => Otlp.layerJson({ baseUrl, resource: { serviceName: "examples" } })

const measured = Serverless.layerConfig().pipe(Layer.provide(Metrics.layer))

/** The unchanged data of a request to a collector: `/v1/traces`, `/v1/metrics` or `/v1/logs`. */
export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A collector that accepts everything, until its scope closes. */
export const collector = Effect.gen(function* () {
  const received: Array<Received> = []
  const server = createServer((incoming, outgoing) => {
    text(incoming).then(
      (body) => {
        received.push({ path: incoming.url ?? "", headers: incoming.headers, body })
        outgoing.writeHead(200, { "content-type": "application/json" }).end("{}")
      },
      () => outgoing.destroy()
    )
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => {
      server.once("error", (error) => resume(Effect.die(error)))
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections() // fetch keeps them open for later requests
      })
  )
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
})

/** The part of OTLP that is read here. A number may be text, because some numbers are too large for JSON. */
const NumberOrText = Schema.Union(Schema.Number, Schema.NumberFromString)

const Scalar = Schema.Struct({
  stringValue: Schema.optional(Schema.String),
  boolValue: Schema.optional(Schema.Boolean),
  intValue: Schema.optional(NumberOrText),
  doubleValue: Schema.optional(Schema.Number)
})

const Attributes = Schema.Array(
  Schema.Struct({
    key: Schema.String,
    value: Schema.Struct({
      ...Scalar.fields,
      arrayValue: Schema.optional(Schema.Struct({ values: Schema.Array(Scalar) }))
    })
  })
)

const OtlpSpan = Schema.Struct({
  spanId: Schema.String,
  parentSpanId: Schema.optional(Schema.String),
  name: Schema.String,
  startTimeUnixNano: Schema.BigInt,
  attributes: Attributes
})

const Point = Schema.Struct({
  attributes: Attributes,
  asDouble: Schema.optional(Schema.Number),
  asInt: Schema.optional(NumberOrText),
  count: Schema.optional(NumberOrText),
  sum: Schema.optional(Schema.Number)
})

const Points = Schema.Struct({ dataPoints: Schema.Array(Point) })

const OtlpMetric = Schema.Struct({
  name: Schema.String,
  unit: Schema.String,
  sum: Schema.optional(Points),
  gauge: Schema.optional(Points),
  histogram: Schema.optional(Points)
})

const Traces = Schema.parseJson(
  Schema.Struct({
    resourceSpans: Schema.Array(
      Schema.Struct({ scopeSpans: Schema.Array(Schema.Struct({ spans: Schema.Array(OtlpSpan) })) })
    )
  })
)

const Measurements = Schema.parseJson(
  Schema.Struct({
    resourceMetrics: Schema.Array(
      Schema.Struct({ scopeMetrics: Schema.Array(Schema.Struct({ metrics: Schema.Array(OtlpMetric) })) })
    )
  })
)

const scalar = (value: typeof Scalar.Type) =>
  value.stringValue ?? value.boolValue ?? value.intValue ?? value.doubleValue

const plain = (attributes: typeof Attributes.Type) =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.arrayValue?.values.map(scalar) ?? scalar(value)] as const)
  )

/** All spans that arrived, in the order of their start, each with the names of its parents. */
const spansIn = (received: ReadonlyArray<Received>) =>
  Effect.map(
    Effect.forEach(
      received.filter(({ path }) => path === "/v1/traces"),
      ({ body }) => Schema.decode(Traces)(body)
    ),
    (batches) => {
      const all = batches
        .flatMap(({ resourceSpans }) => resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans)
        .flatMap(({ spans }) => spans)
      const byId = new Map(all.map((span) => [span.spanId, span]))
      const around = (id: string | undefined): ReadonlyArray<string> => {
        const span = byId.get(id ?? "")
        return span === undefined ? [] : [...around(span.parentSpanId), span.name]
      }
      const byStart = Order.mapInput(Order.bigint, (span: typeof OtlpSpan.Type) => span.startTimeUnixNano)
      const byDepth = Order.mapInput(Order.number, (span: typeof OtlpSpan.Type) => around(span.parentSpanId).length)
      return Array.sort(all, Order.combine(byStart, byDepth)).map(({ attributes, name, parentSpanId }) => ({
        name,
        parents: around(parentSpanId),
        attributes: plain(attributes)
      }))
    }
  )

/** The last series that arrived. They include all earlier values. Effect's own metrics are omitted. */
const seriesIn = (received: ReadonlyArray<Received>) =>
  Effect.map(
    Effect.forEach(received.filter(({ path }) => path === "/v1/metrics").slice(-1), ({ body }) =>
      Schema.decode(Measurements)(body)
    ),
    (batches) =>
      batches
        .flatMap(({ resourceMetrics }) => resourceMetrics)
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap(({ metrics }) => metrics)
        .filter(({ name }) => name.startsWith("gen_ai.") || name.startsWith("friendli."))
        .flatMap(
          ({ gauge, histogram, name, sum, unit }) =>
            (histogram ?? sum ?? gauge)?.dataPoints.map((point) => ({
              name,
              unit,
              tags: plain(point.attributes),
              value: point.asDouble ?? point.asInt,
              count: point.count,
              sum: point.sum
            })) ?? []
        )
  )

const line = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .filter(([name, value]) => value !== undefined && name !== "unit") // the unit is printed after the number
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ")

const isTold = (name: string): boolean =>
  name.startsWith("gen_ai.") || name === "error.type" || name === "http.response.status_code"

export const runnable = Effect.scoped(
  Effect.gen(function* () {
    const { received, url } = yield* collector
    // the layer of the exporter closes with the program: after this line all data has been sent
    const answer = yield* program.pipe(Effect.provide(measured), Effect.provide(exported(url)))

    const spans = yield* spansIn(received)
    for (const { attributes, name, parents } of spans) {
      const told = Object.fromEntries(Object.entries(attributes).filter(([key]) => isTold(key)))
      yield* Console.log(`${"  ".repeat(parents.length)}${name} ${line(told)}`.trimEnd())
    }
    const series = yield* seriesIn(received)
    const lines = series.map(({ count, name, sum, tags, unit, value }) =>
      [`${name}{${line(tags)}}`, line({ count, sum, value }), unit].join(" ")
    )
    yield* Effect.forEach(Array.sort(lines, Order.string), (it) => Console.log(it), { discard: true })
    return { answer, received, spans, series }
  })
).pipe(Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
