/**
 * Usage: what a team used, by time, model, product and user.
 *
 * In the layer of `Management`. Source: "Usage" of the API reference, `GET /v1/team/usage`. For the tokens of one answer, see its
 * `usage`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { FriendliClient, type WithResponse } from "./client/FriendliClient.js"
import * as Operation from "./core/Operation.js"
import * as pages from "./core/pages.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import type { FriendliError } from "./errors/FriendliError.js"
import { unwrap } from "./internal/streams.js"
import { UsageBucket, UsagePage, UsageRequest, UsageResult } from "./schema/TeamUsage.js"
import { formatTime } from "./schema/Time.js"

export {
  /** The schema of the usage in one interval of time. See `schema/TeamUsage`. */
  UsageBucket,
  /** The schema of a page of usage. See `schema/TeamUsage`. */
  UsagePage,
  /** The schema of the request. See `schema/TeamUsage`. */
  UsageRequest,
  /** The schema of the usage of one group. See `schema/TeamUsage`. */
  UsageResult
}

/**
 * The capability: a program that asks for usage has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock: `Layer.mock(Usage.Usage, { get: … })`.
 * @category tags
 */
export class Usage extends Context.Tag("effect-friendli/Usage")<Usage, Usage.Service>() {}

export declare namespace Usage {
  /** What `Usage.layer` provides, and what a mock replaces. */
  export interface Service {
    /** A page of usage. */
    readonly get: (request: UsageRequest, options?: RequestOptions) => Effect.Effect<UsagePage, FriendliError>
    /** A page of usage, with status, headers and request id. */
    readonly getWithResponse: (
      request: UsageRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<UsagePage>, FriendliError>
    /** The buckets of all pages. */
    readonly all: (request: UsageRequest, options?: RequestOptions) => Stream.Stream<UsageBucket, FriendliError>
  }
}

/**
 * The operation of `get`, for `FriendliClient.execute`.
 * @category operations
 */
export const getOperation: Operation.Unary<UsageRequest, UsagePage> = /*#__PURE__*/ Operation.unary({
  name: "Usage.get",
  method: "GET",
  pathPrefix: "",
  path: "/team/usage",
  query: ({
    bucket_width,
    end_time,
    gpu_types,
    group_by,
    limit,
    models,
    page,
    product_types,
    start_time,
    user_ids
  }) => ({
    start_time: formatTime(start_time),
    end_time: formatTime(end_time),
    bucket_width,
    limit,
    page,
    group_by,
    models,
    user_ids,
    product_types,
    gpu_types
  }),
  parameters: [
    "start_time",
    "end_time",
    "bucket_width",
    "limit",
    "page",
    "group_by",
    "models",
    "user_ids",
    "product_types",
    "gpu_types"
  ],
  model: false,
  request: UsageRequest,
  response: UsagePage
})

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<Usage.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): Usage.Service => ({
    get: (request, options) => client.execute(getOperation, request, options),
    getWithResponse: (request, options) => client.executeWithResponse(getOperation, request, options),
    all: (request, options) =>
      pages.streamOf(
        { operation: getOperation.name, deployment: client.deployment.name, field: "next_page" },
        (page: string | undefined) =>
          Effect.map(
            client.execute(getOperation, page === undefined ? request : { ...request, page }, options),
            ({ data, has_more, next_page }) => ({ items: data, next: has_more ? next_page : undefined })
          ),
        request.page ?? undefined
      )
  })
)

/**
 * The capability over the provided client. The layer of `Management` includes it.
 * @category layers
 */
export const layer: Layer.Layer<Usage, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Usage, make)

/**
 * A page of usage.
 *
 * **Details**: times are `DateTime`s, `Date`s or strings. `start_time` must be at the beginning of a bucket, and a page has at most 31
 * days, 168 hours or 288 times 5 minutes; a request that breaks these rules fails with an `InvalidRequestError` before anything is sent.
 * A bucket has one result, or one for each group of `group_by`, and none if nothing was used.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { DateTime, Effect } from "effect"
 * import { Management, Usage } from "effect-friendli"
 *
 * const program = Effect.gen(function* () {
 *   const hour = DateTime.startOf(yield* DateTime.now, "hour")
 *   const { data } = yield* Usage.get({
 *     start_time: DateTime.subtract(hour, { hours: 24 }),
 *     end_time: DateTime.add(hour, { hours: 1 }),
 *     bucket_width: "1h",
 *     limit: 25
 *   })
 *   return [data.length, Usage.total(data).requests] as const
 * })
 *
 * program.pipe(
 *   Effect.provide(Management.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(([buckets]) => console.log(buckets))
 * // => 25
 * ```
 * @category accessors
 */
export const get = (request: UsageRequest, options?: RequestOptions): Effect.Effect<UsagePage, FriendliError, Usage> =>
  Effect.flatMap(Usage, (usage) => usage.get(request, options))

/**
 * As `get`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const getWithResponse = (
  request: UsageRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<UsagePage>, FriendliError, Usage> =>
  Effect.flatMap(Usage, (usage) => usage.getWithResponse(request, options))

/**
 * The buckets of all pages. A page is loaded when its first bucket is needed; `limit` is the size of a page. Fails as `get`.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Usage } from "effect-friendli"
 *
 * const tokens = Usage.all({ start_time: "2026-10-01T00:00:00Z", end_time: "2026-11-01T00:00:00Z", group_by: ["model"] }).pipe(
 *   Stream.runCollect,
 *   Effect.map((buckets) => Usage.totalBy("model", buckets))
 * )
 * ```
 * @category accessors
 */
export const all = (
  request: UsageRequest,
  options?: RequestOptions
): Stream.Stream<UsageBucket, FriendliError, Usage> => unwrap(Effect.map(Usage, (usage) => usage.all(request, options)))

// ---------------------------------------------------------------------------
// sums
// ---------------------------------------------------------------------------

/** What was used, added up. What the server did not report counts as 0. */
export interface Total {
  /** Requests to models. */
  readonly requests: number
  /** Input tokens, including those from a cache. */
  readonly inputTokens: number
  /** Input tokens from a cache. */
  readonly cachedInputTokens: number
  /** Output tokens. */
  readonly outputTokens: number
  /** The length of processed audio, in milliseconds. */
  readonly audioMilliseconds: number
  /** Seconds by type of GPU. */
  readonly gpuSeconds: ReadonlyMap<string, number>
}

const nothing: Total = {
  requests: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  audioMilliseconds: 0,
  gpuSeconds: /*#__PURE__*/ new Map()
}

const plus = (sum: Total, result: UsageResult): Total => {
  const gpuSeconds = new Map(sum.gpuSeconds)
  for (const [type, seconds] of Object.entries(result.gpu_usage ?? {})) {
    gpuSeconds.set(type, (gpuSeconds.get(type) ?? 0) + seconds)
  }
  return {
    requests: sum.requests + (result.num_model_requests ?? 0),
    inputTokens: sum.inputTokens + (result.input_tokens ?? 0),
    cachedInputTokens: sum.cachedInputTokens + (result.input_cached_tokens ?? 0),
    outputTokens: sum.outputTokens + (result.output_tokens ?? 0),
    audioMilliseconds: sum.audioMilliseconds + (result.processed_audio_length_ms ?? 0),
    gpuSeconds
  }
}

const resultsOf = (buckets: Iterable<UsageBucket>): ReadonlyArray<UsageResult> =>
  Array.from(buckets).flatMap((bucket) => bucket.results)

/**
 * The sum of all results of these buckets.
 * @category sums
 */
export const total = (buckets: Iterable<UsageBucket>): Total => resultsOf(buckets).reduce(plus, nothing)

/**
 * The sums of each model, product or user. Results without one have the name `""`.
 *
 * **When to use**: with the buckets of a request that groups by this field, and perhaps by others.
 *
 * @example
 * ```ts
 * import { Usage } from "effect-friendli"
 *
 * const bucket = {
 *   start_time: "2026-11-01T00:00:00Z",
 *   end_time: "2026-11-02T00:00:00Z",
 *   results: [
 *     { model: "a", input_tokens: 1 },
 *     { model: "b", input_tokens: 2 },
 *     { model: "a", input_tokens: 4 }
 *   ]
 * }
 * console.log(Usage.totalBy("model", [bucket]).get("a")?.inputTokens)
 * // => 5
 * ```
 * @category sums
 */
export const totalBy = (
  field: "model" | "product_type" | "user_id",
  buckets: Iterable<UsageBucket>
): ReadonlyMap<string, Total> => {
  const sums = new Map<string, Total>()
  for (const result of resultsOf(buckets)) {
    const name = result[field] ?? ""
    sums.set(name, plus(sums.get(name) ?? nothing, result))
  }
  return sums
}
