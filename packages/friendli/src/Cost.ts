/**
 * Cost: what a team was charged, by day and by line of the bill, in exact decimals.
 *
 * In the layer of `Management`. Source: "Cost" of the API reference, `GET /v1/team/cost`. For the cost of answers as they arrive, see
 * `Pricing`.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { FriendliClient, type WithResponse } from "./client/FriendliClient.js"
import * as Operation from "./core/Operation.js"
import * as pages from "./core/pages.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import type { FriendliError } from "./errors/FriendliError.js"
import { unwrap } from "./internal/streams.js"
import { Amount, CostBucket, CostPage, CostRequest, CostResult } from "./schema/Cost.js"
import { formatTime } from "./schema/Time.js"

export {
  /** The schema of an exact amount. See `schema/Cost`. */
  Amount,
  /** The schema of the costs of a day. See `schema/Cost`. */
  CostBucket,
  /** The schema of a page of costs. See `schema/Cost`. */
  CostPage,
  /** The schema of the request. See `schema/Cost`. */
  CostRequest,
  /** The schema of one cost. See `schema/Cost`. */
  CostResult
}

/**
 * The capability: a program that asks for costs has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock: `Layer.mock(Cost.Cost, { get: … })`.
 * @category tags
 */
export class Cost extends Context.Tag("effect-friendli/Cost")<Cost, Cost.Service>() {}

export declare namespace Cost {
  /** What `Cost.layer` provides, and what a mock replaces. */
  export interface Service {
    /** A page of costs. */
    readonly get: (request: CostRequest, options?: RequestOptions) => Effect.Effect<CostPage, FriendliError>
    /** A page of costs, with status, headers and request id. */
    readonly getWithResponse: (
      request: CostRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<CostPage>, FriendliError>
    /** The days of all pages. */
    readonly all: (request: CostRequest, options?: RequestOptions) => Stream.Stream<CostBucket, FriendliError>
  }
}

/**
 * The operation of `get`, for `FriendliClient.execute`.
 * @category operations
 */
export const getOperation: Operation.Unary<CostRequest, CostPage> = /*#__PURE__*/ Operation.unary({
  name: "Cost.get",
  method: "GET",
  pathPrefix: "",
  path: "/team/cost",
  query: ({ bucket_width, end_time, group_by, limit, page, start_time }) => ({
    start_time: formatTime(start_time),
    end_time: formatTime(end_time),
    bucket_width,
    limit,
    page,
    group_by
  }),
  parameters: ["start_time", "end_time", "bucket_width", "limit", "page", "group_by"],
  model: false,
  request: CostRequest,
  response: CostPage
})

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<Cost.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): Cost.Service => ({
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
export const layer: Layer.Layer<Cost, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Cost, make)

/**
 * A page of costs: at most 35 days.
 *
 * **Details**: times are `DateTime`s, `Date`s or strings, at the beginning of a day in UTC; anything else, and a `limit` of more than 35,
 * fails with an `InvalidRequestError` before anything is sent. Otherwise fails with a `FriendliError`. The token needs a team: without
 * the option `team` the API takes the default team.
 *
 * **Gotchas**: the API requires five minutes between two calls, and may reject an earlier call with a `RateLimitError`.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { BigDecimal, DateTime, Effect } from "effect"
 * import { Cost, Management } from "effect-friendli"
 *
 * const program = Effect.gen(function* () {
 *   const today = DateTime.startOf(yield* DateTime.now, "day")
 *   const { data } = yield* Cost.get({ start_time: DateTime.subtract(today, { days: 7 }), end_time: today })
 *   return BigDecimal.format(Cost.total(data))
 * })
 *
 * program.pipe(
 *   Effect.provide(Management.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => 0
 * ```
 * @category accessors
 */
export const get = (request: CostRequest, options?: RequestOptions): Effect.Effect<CostPage, FriendliError, Cost> =>
  Effect.flatMap(Cost, (cost) => cost.get(request, options))

/**
 * As `get`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const getWithResponse = (
  request: CostRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<CostPage>, FriendliError, Cost> =>
  Effect.flatMap(Cost, (cost) => cost.getWithResponse(request, options))

/**
 * The days of all pages. A page is loaded when its first day is needed; `limit` is the size of a page. Fails as `get`.
 *
 * **When to use**: for more than 35 days. Use the largest `limit`, since the API requires time between two calls.
 * @category accessors
 */
export const all = (request: CostRequest, options?: RequestOptions): Stream.Stream<CostBucket, FriendliError, Cost> =>
  unwrap(Effect.map(Cost, (cost) => cost.all(request, options)))

/**
 * The sum in USD of all days of a request, from all its pages.
 *
 * **Details**: each page has 35 days unless the request has a `limit`. Fails with a `FriendliError`.
 * @category accessors
 */
export const sum = (
  request: CostRequest,
  options?: RequestOptions
): Effect.Effect<BigDecimal.BigDecimal, FriendliError, Cost> =>
  Stream.runFold(all({ ...request, limit: request.limit ?? 35 }, options), zero, (sum, bucket) =>
    BigDecimal.sum(sum, total([bucket]))
  )

// ---------------------------------------------------------------------------
// amounts
// ---------------------------------------------------------------------------

const zero = /*#__PURE__*/ BigDecimal.fromBigInt(0n)

/**
 * An amount in USD as an exact decimal, to compute with. A number from the server is read by its digits, so 0.1 is exactly a tenth.
 *
 * **Details**: amounts in answers are decimal numbers, since decoding checks them. Any other text gives zero.
 *
 * @example
 * ```ts
 * import { BigDecimal } from "effect"
 * import { Cost } from "effect-friendli"
 *
 * console.log(BigDecimal.format(BigDecimal.sum(Cost.toDecimal("0.1"), Cost.toDecimal(0.2))))
 * // => 0.3
 * ```
 * @category amounts
 */
export const toDecimal = (amount: string | number): BigDecimal.BigDecimal =>
  Option.getOrElse(BigDecimal.fromString(String(amount)), () => zero)

/** All costs of a list of days. */
const results = (buckets: Iterable<CostBucket>): ReadonlyArray<CostResult> =>
  Array.from(buckets).flatMap((bucket) => bucket.results)

/**
 * The sum of all costs of these days in USD. `BigDecimal.format` makes it a string.
 * @category amounts
 */
export const total = (buckets: Iterable<CostBucket>): BigDecimal.BigDecimal =>
  BigDecimal.sumAll(results(buckets).map((result) => toDecimal(result.total)))

/**
 * The sum of the costs of each line of the bill in USD, with the largest first. Costs without a line have the name `""`.
 *
 * **When to use**: with the costs of a request that has `group_by: "line_item"`.
 * @category amounts
 */
export const byLineItem = (buckets: Iterable<CostBucket>): ReadonlyMap<string, BigDecimal.BigDecimal> => {
  const sums = new Map<string, BigDecimal.BigDecimal>()
  for (const { line_item, total: amount } of results(buckets)) {
    const line = line_item ?? ""
    sums.set(line, BigDecimal.sum(sums.get(line) ?? zero, toDecimal(amount)))
  }
  return new Map([...sums].sort(([, a], [, b]) => BigDecimal.Order(b, a)))
}
