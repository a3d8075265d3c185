/**
 * Metrics of every operation, named after OpenTelemetry's conventions for generative AI: how long calls take, what they cost in
 * tokens, how soon and how evenly streams come, what fails and what is sent again.
 *
 * **When to use**: provide `Metrics.layer` to a deployment layer, and export Effect's metrics as your program exports its others.
 * Without it nothing is measured.
 *
 * **Details**: every metric has the tags `gen_ai.provider.name` (`friendli`), `gen_ai.operation.name`, `friendli.deployment` and, where
 * the request or the deployment names one, `gen_ai.request.model`; tags of the region (`Effect.tagMetrics`) are added. The tag `unit` is
 * what Effect's exporters take for the unit. Times are of the `Clock`.
 *
 * **Gotchas**: each combination of tags is a series that stays in memory. The SDK bounds its own: after a hundred names of models a
 * client tags all further ones `_OTHER`. The conventions: https://github.com/open-telemetry/semantic-conventions-genai, of which metrics
 * are still in development.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import type * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Deployment } from "./Deployment.js"
import { type FriendliClient, layerMiddleware } from "./FriendliClient.js"
import type { FriendliStreamError } from "./FriendliError.js"
import { OnRetry } from "./internal/exchange.js"
import * as rawEvents from "./internal/rawEvents.js"
import { fromPull, unwrapScoped } from "./internal/streams.js"
import type { Common, Observer, Streaming } from "./Operation.js"
import { CurrentRequestOptions, type RequestOptions } from "./RequestOptions.js"

/**
 * A number that only grows, and the key to find it by in a snapshot.
 *
 * @category models
 * @since 0.1.0
 */
export interface Counter extends Metric.Metric.Counter<number> {
  readonly key: MetricKey.MetricKey.Counter<number>
}

/**
 * A distribution, and the key to find it by in a snapshot.
 *
 * @category models
 * @since 0.1.0
 */
export interface Histogram extends Metric.Metric.Histogram<number> {
  readonly key: MetricKey.MetricKey.Histogram
}

/**
 * What a metric holds for one combination of tags.
 *
 * @category models
 * @since 0.1.0
 */
export interface Series<out State> {
  readonly tags: Readonly<Record<string, string>>
  readonly state: State
}

/** The unit is part of the key, so that an update has no tags to join. */
const counter = (name: string, unit: string, description: string): Counter => {
  const key = MetricKey.tagged(MetricKey.counter(name, { description, incremental: true }), "unit", unit)
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
 *
 * @category metrics
 * @since 0.1.0
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
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { Metrics, Serverless, Tokens } from "effect-friendli"
 *
 * Tokens.tokenize({ model: "meta-llama-3.1-8b-instruct", prompt: "What is generative AI?" }).pipe(
 *   Effect.tagMetrics("job", "cost"),
 *   Effect.zipRight(Metrics.read(Metrics.tokenUsage, { job: "cost", "gen_ai.token.type": "input" })),
 *   Effect.provide(Serverless.layerConfig().pipe(Layer.provide(Metrics.layer))),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(([series]) => console.log(series?.state.sum))
 * // => 7
 * ```
 *
 * @category metrics
 * @since 0.1.0
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
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer, Stream } from "effect"
 * import { Completions, Metrics, Serverless } from "effect-friendli"
 *
 * Completions.stream({ model: "meta-llama-3.1-8b-instruct", prompt: "Say this is a test!", max_tokens: 20 }).pipe(
 *   Stream.runDrain,
 *   Effect.tagMetrics("job", "beginnings"),
 *   Effect.zipRight(Metrics.read(Metrics.timeToFirstChunk, { job: "beginnings" })),
 *   Effect.provide(Serverless.layerConfig().pipe(Layer.provide(Metrics.layer))),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(([series]) => console.log(series?.state.count))
 * // => 1
 * ```
 *
 * @category metrics
 * @since 0.1.0
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
 *
 * @example
 * ```ts
 * import { Effect, Layer, Stream } from "effect"
 * import { Chat, Metrics, Serverless } from "effect-friendli"
 * import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
 *
 * // one event to a chunk
 * const http = MockHttpClient.layer([Reply.sse(Wire.chatChunks("Hello you there"), { delay: "10 millis" })])
 *
 * Chat.stream({ model: "m", messages: [{ role: "user", content: "Hello!" }] }).pipe(
 *   Stream.chunks,
 *   Stream.runCount,
 *   Effect.tagMetrics("job", "pace"),
 *   Effect.zip(Metrics.read(Metrics.timePerOutputChunk, { job: "pace" })),
 *   Effect.provide(Serverless.layer({ token: "flp_example" }).pipe(Layer.provide(Metrics.layer), Layer.provide(http))),
 *   Effect.runPromise
 * ).then(([chunks, [series]]) => console.log(chunks - 1 === series?.state.count))
 * // => true
 * ```
 *
 * @category metrics
 * @since 0.1.0
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
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { Metrics, Serverless, Tokens } from "effect-friendli"
 *
 * Tokens.detokenize({ model: "meta-llama-3.1-8b-instruct", tokens: [128000, 9906] }).pipe(
 *   Effect.repeatN(2),
 *   Effect.tagMetrics("job", "throughput"),
 *   Effect.zipRight(Metrics.read(Metrics.requests, { job: "throughput" })),
 *   Effect.provide(Serverless.layerConfig().pipe(Layer.provide(Metrics.layer))),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(([series]) => console.log(series?.state.count))
 * // => 3
 * ```
 *
 * @category metrics
 * @since 0.1.0
 */
export const requests: Counter = /*#__PURE__*/ counter("friendli.client.requests", "{request}", "Calls that were begun")

/**
 * How many calls failed: `friendli.client.errors`, tagged `error.type` with the tag of the error.
 *
 * **When to use**: for alerts: `RateLimitError` and `OverloadedError` mean something else than `AuthenticationError`.
 *
 * **Details**: the failure that the call ended with; one that a retry made good is in `retries` only. An interrupted call is none. A defect
 * is `_OTHER`.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { Chat, Metrics, Serverless } from "effect-friendli"
 *
 * Chat.complete({ model: "meta-llama-3.1-8b-instruct", messages: [], temperature: Number.NaN }).pipe(
 *   Effect.ignore,
 *   Effect.tagMetrics("job", "alerts"),
 *   Effect.zipRight(Metrics.read(Metrics.errors, { job: "alerts" })),
 *   Effect.provide(Serverless.layerConfig().pipe(Layer.provide(Metrics.layer))),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(([series]) => console.log(series?.tags["error.type"], series?.state.count))
 * // => InvalidRequestError 1
 * ```
 *
 * @category metrics
 * @since 0.1.0
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
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Metrics, Serverless, Tokens } from "effect-friendli"
 * import { MockHttpClient, Reply } from "effect-friendli/testing"
 *
 * const http = MockHttpClient.layer([Reply.status(503, { retryAfter: 0 }), Reply.json({ tokens: [128000, 9906] })])
 *
 * Tokens.tokenize({ model: "m", prompt: "Hello" }).pipe(
 *   Effect.tagMetrics("job", "struggles"),
 *   Effect.zipRight(Metrics.read(Metrics.retries, { job: "struggles" })),
 *   Effect.provide(Serverless.layer({ token: "flp_example" }).pipe(Layer.provide(Metrics.layer), Layer.provide(http))),
 *   Effect.runPromise
 * ).then(([series]) => console.log(series?.tags["error.type"], series?.state.count))
 * // => OverloadedError 1
 * ```
 *
 * @category metrics
 * @since 0.1.0
 */
export const retries: Counter = /*#__PURE__*/ counter(
  "friendli.client.retries",
  "{retry}",
  "Requests that were sent again"
)

/**
 * What a metric holds now, series by series, of all that have the given tags.
 *
 * **When to use**: in tests and in status pages. `Metric.value` wants every tag, in order; here some are enough.
 *
 * **Details**: a series exists from its first update on. In no particular order.
 *
 * **Gotchas**: Effect keeps metrics for the whole process. Tag what a test measures (`Effect.tagMetrics`), and ask for that tag.
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
 *
 * @category getters
 * @since 0.1.0
 */
export const read = <Type, State>(
  metric: Metric.Metric<Type, number, State> & Pick<Counter | Histogram, "key">,
  tags: Readonly<Record<string, string>> = {}
): Effect.Effect<ReadonlyArray<Series<State>>> =>
  Effect.map(Metric.snapshot, (pairs) =>
    pairs
      .filter(({ metricKey }) => metricKey.name === metric.key.name)
      // the name is that of the metric, and so is the state
      .map(({ metricKey, metricState }) => ({ tags: tagsOf(metricKey), state: metricState as State }))
      .filter((series) => Object.entries(tags).every(([name, value]) => series.tags[name] === value))
  )

const tagsOf = (key: MetricKey.MetricKey.Untyped): Readonly<Record<string, string>> =>
  Object.fromEntries(key.tags.map((label) => [label.key, label.value]))

type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** What the conventions call everything that has no name of its own. */
const other = "_OTHER"

const interrupted = "interrupted"

/** Names of models that are told apart, for each client: they can come from outside, and every series stays in memory. */
const maxModels = 100

/** The labels of a client's series. Made once each: Effect finds a series by the very array. */
const labelling = (deployment: Deployment) => {
  const models = new Set<string>()
  const known = new WeakMap<Labels, Map<string, Labels>>()

  const bounded = (model: string): string => {
    if (!models.has(model) && models.size >= maxModels) return other
    models.add(model)
    return model
  }

  return (region: Labels, operation: string, named: string | undefined) => {
    const model = named === undefined ? undefined : bounded(named)
    let ofRegion = known.get(region)
    if (ofRegion === undefined) known.set(region, (ofRegion = new Map()))
    const series = ofRegion
    return (name?: "error.type" | "gen_ai.token.type", value?: string): Labels => {
      const id = JSON.stringify([operation, model, name, value])
      let labels = series.get(id)
      if (labels === undefined) {
        labels = [
          ...region,
          MetricLabel.make("gen_ai.provider.name", "friendli"),
          MetricLabel.make("gen_ai.operation.name", operation),
          MetricLabel.make("friendli.deployment", deployment.name),
          ...(model === undefined ? [] : [MetricLabel.make("gen_ai.request.model", model)]),
          ...(name === undefined || value === undefined ? [] : [MetricLabel.make(name, value)])
        ]
        series.set(id, labels)
      }
      return labels
    }
  }
}

const modelIn = (fields: unknown): string | undefined =>
  Predicate.isRecord(fields) && Predicate.isString(fields["model"]) && fields["model"] !== ""
    ? fields["model"]
    : undefined

/** One call, from its beginning to its end. */
interface Call<in A> {
  readonly observe: (value: A) => void
  readonly onRetry: (error: FriendliStreamError) => void
  /** The stream has been opened, its first events are there. */
  readonly opened: () => void
  /** A chunk has come. */
  readonly arrived: () => void
  /** The consumer is ready for the next one. */
  readonly awaited: () => void
  /** The first time counts. */
  readonly end: (errorType: string | undefined) => void
}

type Observed<Request, A> = Common<Request, A> & { readonly observer: () => Observer<A> }

const usage = [
  ["input", "gen_ai.usage.input_tokens"],
  ["output", "gen_ai.usage.output_tokens"]
] as const

/** Begins to observe the calls of a client. */
const observing = (deployment: Deployment) => {
  const labelled = labelling(deployment)
  return <Request, A>(
    operation: Observed<Request, A>,
    request: Request,
    options: RequestOptions | undefined
  ): Effect.Effect<Call<A>> =>
    Effect.flatMap(Effect.clock, (clock) =>
      Effect.withFiberRuntime((fiber) => {
        const region = Context.get(fiber.getFiberRef(FiberRef.currentContext), CurrentRequestOptions)
        const model =
          modelIn(options?.body) ??
          modelIn(region.body) ??
          modelIn(deployment.options.body) ??
          modelIn(request) ??
          (operation.model ? deployment.model : undefined)
        const labels = labelled(fiber.getFiberRef(FiberRef.currentMetricLabels), operation.genAi, model)
        const plain = labels()
        const observer = operation.observer()
        const now = (): bigint => clock.unsafeCurrentTimeNanos()
        const from = (since: bigint, until = now()): number => Number(until - since) / 1e9
        const begun = now()
        let hasEnded = false
        let openedAt: bigint | undefined
        let hasChunk = false
        let awaitedSince = begun
        requests.unsafeUpdate(1, plain)
        return Effect.succeed({
          observe: observer.observe,
          onRetry: (error) => retries.unsafeUpdate(1, labels("error.type", error._tag)),
          opened: () => {
            openedAt = now()
          },
          arrived: () => {
            if (hasChunk) timePerOutputChunk.unsafeUpdate(from(awaitedSince), plain)
            else timeToFirstChunk.unsafeUpdate(from(begun, openedAt), plain)
            hasChunk = true
          },
          awaited: () => {
            awaitedSince = now()
          },
          end: (errorType) => {
            if (hasEnded) return
            hasEnded = true
            const ended = errorType === undefined ? plain : labels("error.type", errorType)
            duration.unsafeUpdate(from(begun), ended)
            if (errorType !== undefined && errorType !== interrupted) errors.unsafeUpdate(1, ended)
            const attributes = observer.attributes()
            for (const [type, attribute] of usage) {
              const count = attributes[attribute]
              if (Predicate.isNumber(count)) tokenUsage.unsafeUpdate(count, labels("gen_ai.token.type", type))
            }
          }
        })
      })
    )
}

const errorType = (cause: Cause.Cause<FriendliStreamError>): string =>
  Option.match(Cause.failureOption(cause), {
    onSome: (error) => error._tag,
    onNone: () => (Cause.isInterruptedOnly(cause) ? interrupted : other)
  })

/** How a call that has not ended by itself was left: by interruption, or by a consumer with enough, or with a failure of its own. */
const left = (exit: Exit.Exit<unknown, unknown>): string | undefined =>
  Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause) ? interrupted : undefined

/**
 * The stream as it is, chunk by chunk. Pulled, because a service that is provided to a stream is provided to every step of it, at more
 * cost than all the rest here: retries end with the first chunk, and so does their listener.
 */
const watched = <A, Seen>(
  stream: Stream.Stream<A, FriendliStreamError>,
  call: Call<Seen>,
  observe: (element: A) => void
): Effect.Effect<Stream.Stream<A, FriendliStreamError>, never, Scope.Scope> =>
  Effect.map(Channel.toPull(Stream.toChannel(stream)), (pull) => {
    let next = Effect.provideService(pull, OnRetry, call.onRetry)
    return fromPull(
      Effect.suspend(() => {
        call.awaited()
        return Effect.matchCauseEffect(next, {
          onFailure: (cause) => {
            call.end(errorType(cause))
            return Effect.failCause(cause)
          },
          onSuccess: (pulled) => {
            if (Either.isLeft(pulled)) {
              call.end(undefined)
              return Effect.succeed(undefined)
            }
            if (Chunk.isNonEmpty(pulled.right)) {
              call.arrived()
              next = pull
            }
            for (const element of pulled.right) observe(element)
            return Effect.succeed(pulled.right)
          }
        })
      })
    )
  })

const around = (client: FriendliClient.Service): FriendliClient.Service => {
  const begin = observing(client.deployment)

  const answered = <Request, Response, A, E extends FriendliStreamError>(
    operation: Observed<Request, Response>,
    request: Request,
    options: RequestOptions | undefined,
    run: Effect.Effect<A, E>,
    response: (answer: A) => Response
  ): Effect.Effect<A, E> =>
    Effect.acquireUseRelease(
      begin(operation, request, options),
      (call) => Effect.provideService(run, OnRetry, call.onRetry),
      (call, exit) =>
        Effect.sync(() => {
          if (Exit.isSuccess(exit)) call.observe(response(exit.value))
          call.end(Exit.isSuccess(exit) ? undefined : errorType(exit.cause))
        })
    )

  const within = <Request, Event>(
    operation: Streaming<Request, Event>,
    request: Request,
    options: RequestOptions | undefined
  ): Effect.Effect<Call<Event>, never, Scope.Scope> =>
    Effect.acquireRelease(begin(operation, request, options), (call, exit) => Effect.sync(() => call.end(left(exit))))

  const streamed = <Request, Event, A>(
    operation: Streaming<Request, Event>,
    request: Request,
    options: RequestOptions | undefined,
    run: Stream.Stream<A, FriendliStreamError>,
    observer: (call: Call<Event>) => (element: A) => void
  ): Stream.Stream<A, FriendliStreamError> =>
    unwrapScoped(Effect.flatMap(within(operation, request, options), (call) => watched(run, call, observer(call))))

  return {
    ...client,
    execute: (operation, request, options) =>
      answered(operation, request, options, client.execute(operation, request, options), (answer) => answer),
    executeWithResponse: (operation, request, options) =>
      answered(
        operation,
        request,
        options,
        client.executeWithResponse(operation, request, options),
        (answer) => answer.value
      ),
    stream: (operation, request, options) =>
      streamed(operation, request, options, client.stream(operation, request, options), (call) => call.observe),
    streamWithResponse: (operation, request, options) =>
      Effect.flatMap(within(operation, request, options), (call) =>
        client.streamWithResponse(operation, request, options).pipe(
          Effect.provideService(OnRetry, call.onRetry),
          Effect.tapErrorCause((cause) => Effect.sync(() => call.end(errorType(cause)))),
          Effect.map(({ response, value }) => {
            call.opened()
            return { response, value: unwrapScoped(watched(value, call, call.observe)) }
          })
        )
      ),
    events: (operation, request, options) =>
      // decoded on the side for what they say of usage
      streamed(operation, request, options, client.events(operation, request, options), (call) => (event) => {
        rawEvents.observe(operation, event, call.observe)
      })
  }
}

/**
 * Measures every operation of the deployments that this layer is provided to.
 *
 * **When to use**: `Serverless.layerConfig().pipe(Layer.provide(Metrics.layer))`, once for each deployment layer.
 *
 * **Details**: answers, errors, retries, chunks and interruption are what they are without it. It covers operations of your own
 * (`Operation.unary`, `Operation.streaming`) too; their usage is what their `observer` tells.
 *
 * **Gotchas**: provided twice to one deployment, it counts twice.
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
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never> = /*#__PURE__*/ layerMiddleware(/*#__PURE__*/ Effect.succeed(around))
