/** What a team used, by time: requests, tokens, audio and GPUs. */
import * as Schema from "effect/Schema"
import { ruleIssue } from "../internal/ruleIssue.js"
import { int, nullish, NumberRecord, openEnum, openLiteral, Text } from "./primitives.js"
import { millisOf, Time } from "./Time.js"

const minute = 60_000
const hour = 60 * minute

/** The length of a bucket, the most buckets of a page, and the times at which buckets begin. */
const widths = {
  "1d": { length: 24 * hour, most: 31, boundary: "the beginning of a day, 00:00:00Z" },
  "1h": { length: hour, most: 168, boundary: "a full hour" },
  "5m": { length: 5 * minute, most: 288, boundary: "a multiple of 5 minutes" }
} as const

const hasNoGpus = (products: ReadonlyArray<string>): boolean =>
  products.length > 0 && products.every((product) => product === "model_apis")

/**
 * A request for usage: the query of `GET /v1/team/usage`.
 *
 * **Details**: `start_time` must be at the beginning of a bucket; `end_time` must be later, with the same minute. `gpu_types` is invalid
 * if `product_types` is only `model_apis`, which has no GPUs.
 */
export const UsageRequest = Schema.Struct({
  /** The beginning, at most a year ago. */
  start_time: Time,
  /** The end. */
  end_time: Time,
  /** The length of a bucket: a day, an hour or five minutes. Server default: `1d`. */
  bucket_width: nullish(Schema.Literal("1d", "1h", "5m")),
  /** The most buckets of a page: at most 31 days, 168 hours or 288 times 5 minutes. Server default: 7, 24 and 12. */
  limit: nullish(int({ minimum: 1, maximum: 288 })),
  /** `next_page` of the previous page, unchanged. */
  page: nullish(Text),
  /** One result for each model, product or user, or for each combination of them. Absent: one for each bucket. */
  group_by: nullish(Schema.Array(openEnum("model", "product_type", "user_id"))),
  /** Only these model ids and endpoint ids. */
  models: nullish(Schema.Array(Text)),
  /** Only these users. */
  user_ids: nullish(Schema.Array(Text)),
  /** Only these products. */
  product_types: nullish(Schema.Array(openEnum("model_apis", "dedicated_endpoints"))),
  /** Only these types of GPUs. The results then have only `gpu_usage`. */
  gpu_types: nullish(Schema.Array(Text))
})
  .pipe(
    Schema.filter(({ bucket_width, end_time, gpu_types, limit, product_types, start_time }) => {
      const width = widths[bucket_width ?? "1d"]
      const from = millisOf(start_time)
      const to = millisOf(end_time)
      return [
        ...(from % width.length === 0 ? [] : [ruleIssue("start_time", start_time, `expected ${width.boundary}`)]),
        ...((to - from) % hour === 0 || from % width.length !== 0
          ? []
          : [ruleIssue("end_time", end_time, "expected a time with the minute of start_time")]),
        ...(to > from ? [] : [ruleIssue("end_time", end_time, "expected a time after start_time")]),
        ...((limit ?? 1) <= width.most
          ? []
          : [ruleIssue("limit", limit, `expected at most ${width.most} with this bucket_width, got ${limit}`)]),
        ...(hasNoGpus(product_types ?? []) && (gpu_types ?? []).length > 0
          ? [ruleIssue("gpu_types", gpu_types, "not allowed if the only product type is model_apis, which has no GPUs")]
          : [])
      ]
    })
  )
  .annotations({ identifier: "UsageRequest" })

export interface UsageRequest extends Schema.Schema.Type<typeof UsageRequest> {}

/**
 * The usage in a bucket, or of one group in a bucket. Wire: `UsageResult`.
 *
 * **Details**: every field may be missing. `model`, `product_type` and `user_id` are present if the request groups by them.
 */
export const UsageResult = Schema.Struct({
  /** The product. */
  product_type: nullish(openLiteral("model_apis", "dedicated_endpoints")),
  /** A model id or an endpoint id. */
  model: nullish(Text),
  /** The user. */
  user_id: nullish(Text),
  /** Requests to models. Absent: 0. */
  num_model_requests: nullish(Schema.Number),
  /** Input tokens, including those from a cache. Absent: 0. */
  input_tokens: nullish(Schema.Number),
  /** Input tokens from a cache. Absent: 0. */
  input_cached_tokens: nullish(Schema.Number),
  /** Output tokens. Absent: 0. */
  output_tokens: nullish(Schema.Number),
  /** Seconds by type of GPU. */
  gpu_usage: nullish(NumberRecord),
  /** The length of the audio that was processed, in milliseconds. Absent: 0. */
  processed_audio_length_ms: nullish(Schema.Number)
}).annotations({ identifier: "UsageResult" })

export interface UsageResult extends Schema.Schema.Type<typeof UsageResult> {}

/** The usage in one interval of time. Wire: `UsageBucket`. */
export const UsageBucket = Schema.Struct({
  /** Its beginning, as an RFC 3339 string. */
  start_time: Text,
  /** Its end, as an RFC 3339 string. */
  end_time: Text,
  /** One result, or one for each group. Empty if nothing was used. */
  results: Schema.Array(UsageResult)
}).annotations({ identifier: "UsageBucket" })

export interface UsageBucket extends Schema.Schema.Type<typeof UsageBucket> {
  readonly results: ReadonlyArray<UsageResult>
}

/** A page of usage. Wire: `UsageResponse`. */
export const UsagePage = Schema.Struct({
  /** Whether there is another page. */
  has_more: Schema.Boolean,
  /** The `page` of the request for the next page. */
  next_page: nullish(Text),
  /** The buckets of this page. */
  data: Schema.Array(UsageBucket)
}).annotations({ identifier: "UsagePage" })

export interface UsagePage extends Schema.Schema.Type<typeof UsagePage> {
  readonly data: ReadonlyArray<UsageBucket>
}
