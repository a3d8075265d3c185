/**
 * Usage and cost of a team. In: a time range and how to group it. Out: the emulator's real answers in this time, and what they would have cost. GPU
 * times are those of the endpoints that were created or woken.
 */
import type { JsonRecord } from "../base/json.js"
import { knownModel } from "../base/knownModels.js"
import type { ModelPrice } from "../base/types.js"
import { type Bucket, bucketPage, bucketsOf, type Width } from "./buckets.js"
import { answered, type CallAnswer, refused } from "./call.js"
import type { GpuTime } from "./endpoints.js"
import { type LedgerRow, shortestBucket } from "./ledger.js"

/** The source of the figures. */
export interface UsageSource {
  readonly rows: () => ReadonlyArray<LedgerRow>
  readonly gpuTimes: () => ReadonlyArray<GpuTime>
  readonly priceOf: (model: string) => ModelPrice
}

const hour = 3_600_000
const day = 24 * hour

const widths: Readonly<Record<string, Width>> = {
  "1d": { length: day, usual: 7, most: 31 },
  "1h": { length: hour, usual: 24, most: 168 },
  "5m": { length: shortestBucket, usual: 12, most: 288 }
}

const costWidth: Width = { length: day, usual: 7, most: 35 }

/** The emulator has one user. */
const user = "user-emulator"

/** The query of usage, with the fields that narrow and group it. */
interface UsageQuery {
  readonly bucket_width?: string
  readonly group_by?: ReadonlyArray<"model" | "product_type" | "user_id">
  readonly models?: ReadonlyArray<string>
  readonly user_ids?: ReadonlyArray<string>
  readonly product_types?: ReadonlyArray<string>
  readonly gpu_types?: ReadonlyArray<string>
}

/** What one group of a bucket used. */
interface Sum {
  readonly group: JsonRecord
  requests: number
  input: number
  output: number
  audio: number
  readonly gpus: Map<string, number>
}

/** Whether a value passes a filter. A missing filter passes everything. */
const passes = (filter: ReadonlyArray<string> | undefined, value: string): boolean =>
  filter === undefined || filter.includes(value)

/** The part of a GPU time that is in a bucket, in milliseconds of one GPU. */
const gpuTimeIn = ({ from, gpus, to }: GpuTime, bucket: Bucket): number =>
  Math.max(0, Math.min(to, bucket.to) - Math.max(from, bucket.from)) * gpus

/** The results of a bucket, one for each group that used something. */
const usageIn = (source: UsageSource, query: UsageQuery, bucket: Bucket): ReadonlyArray<JsonRecord> => {
  const sums = new Map<string, Sum>()
  const sumOf = (product_type: string, model: string, user_id: string | null): Sum => {
    const all = { product_type, model, user_id }
    const group = Object.fromEntries((query.group_by ?? []).map((field) => [field, all[field]]))
    const key = JSON.stringify(Object.entries(group).toSorted())
    const known = sums.get(key)
    if (known !== undefined) return known
    const sum: Sum = { group, requests: 0, input: 0, output: 0, audio: 0, gpus: new Map() }
    sums.set(key, sum)
    return sum
  }
  const isWanted = (product: string, model: string): boolean =>
    passes(query.product_types, product) && passes(query.models, model)

  // A query for GPU types has only GPU times as its result.
  if (query.gpu_types === undefined && passes(query.user_ids, user)) {
    for (const { audioMilliseconds, inputTokens, model, outputTokens, product, requests, start } of source.rows()) {
      if (start < bucket.from || start >= bucket.to || !isWanted(product, model)) continue
      const sum = sumOf(product, model, user)
      sum.requests += requests
      sum.input += inputTokens
      sum.output += outputTokens
      sum.audio += audioMilliseconds
    }
  }
  // The time of a GPU belongs to no user.
  for (const time of query.user_ids === undefined ? source.gpuTimes() : []) {
    const used = gpuTimeIn(time, bucket)
    if (used === 0 || !isWanted("dedicated_endpoints", time.endpoint) || !passes(query.gpu_types, time.gpuType))
      continue
    const { gpus } = sumOf("dedicated_endpoints", time.endpoint, null)
    gpus.set(time.gpuType, (gpus.get(time.gpuType) ?? 0) + used)
  }
  return [...sums.values()].map(({ audio, gpus, group, input, output, requests }) => {
    const gpu_usage =
      gpus.size === 0 ? null : Object.fromEntries([...gpus].map(([type, used]) => [type, Math.round(used / 1000)]))
    return query.gpu_types === undefined
      ? {
          ...group,
          num_model_requests: requests,
          input_tokens: input,
          input_cached_tokens: 0,
          output_tokens: output,
          gpu_usage,
          processed_audio_length_ms: audio
        }
      : { ...group, gpu_usage }
  })
}

/** USD per hour of one GPU. The prices are invented; faster GPUs cost more. */
const gpuPrices: Readonly<Record<string, number>> = {
  "NVIDIA A100": 2.9,
  "NVIDIA H100": 3.9,
  "NVIDIA H200": 4.5,
  "NVIDIA B200": 8.9
}

/** A number in decimal digits, without an exponent. */
const decimal = (value: number): string => {
  const text = value.toFixed(12)
  return text.replace(/\.?0+$/, "")
}

/** One line of a bill, in USD. */
interface Line {
  readonly item: string
  total: number
  /** Million tokens, or hours of a GPU. An audio line has none, because its unit is neither. */
  quantity: number | undefined
  /** US cents. */
  readonly unitPrice: number | undefined
}

/** The lines of a bucket. */
const linesIn = ({ gpuTimes, priceOf, rows }: UsageSource, bucket: Bucket): ReadonlyArray<Line> => {
  const lines = new Map<string, Line>()
  const add = (item: string, total: number, quantity?: number, unitPrice?: number): void => {
    const line = lines.get(item) ?? { item, total: 0, quantity: quantity === undefined ? undefined : 0, unitPrice }
    line.total += total
    if (quantity !== undefined) line.quantity = (line.quantity ?? 0) + quantity
    lines.set(item, line)
  }
  for (const { audioMilliseconds, inputTokens, model, outputTokens, product, start } of rows()) {
    // The tokens of a dedicated endpoint are free: its GPUs cost.
    if (product !== "model_apis" || start < bucket.from || start >= bucket.to) continue
    const { input, output } = priceOf(model)
    const tokens = (kind: string, count: number, price: number): void => {
      if (count > 0 && price > 0)
        add(`${model} ${kind} tokens`, (count * price) / 1_000_000, count / 1_000_000, price * 100)
    }
    tokens("input", inputTokens, input)
    tokens("output", outputTokens, output)
    const perMinute = knownModel(model)?.audioMinute
    if (audioMilliseconds > 0 && perMinute !== undefined) {
      add(`${model} audio`, (audioMilliseconds / 60_000) * perMinute)
    }
  }
  for (const time of gpuTimes()) {
    const hours = gpuTimeIn(time, bucket) / hour
    const price = gpuPrices[time.gpuType] ?? 0
    if (hours > 0) add(`${time.gpuType} GPU time`, hours * price, hours, price * 100)
  }
  return [...lines.values()]
}

/** The operations of usage and cost. */
export const makeUsage = (source: UsageSource): Readonly<Record<"cost.get_cost" | "team.usage", CallAnswer>> => ({
  "team.usage": ({ query: given }) => {
    const query = given as UsageQuery
    if (query.gpu_types !== undefined && query.product_types?.includes("model_apis") === true) {
      return refused(400, "'gpu_types' cannot be given with the product type 'model_apis', which has no GPUs")
    }
    const page = bucketsOf(given, widths[query.bucket_width ?? "1d"] ?? costWidth)
    return page.kind === "buckets" ? answered(bucketPage(page, (bucket) => usageIn(source, query, bucket))) : page
  },
  "cost.get_cost": ({ query }) => {
    const page = bucketsOf(query, costWidth)
    if (page.kind !== "buckets") return page
    return answered(
      bucketPage(page, (bucket) => {
        const lines = linesIn(source, bucket)
        if (query["group_by"] === undefined) {
          return [{ total: decimal(lines.reduce((sum, { total }) => sum + total, 0)) }]
        }
        return lines.map(({ item, quantity, total, unitPrice }) => ({
          total: decimal(total),
          ...(quantity === undefined ? {} : { quantity: decimal(quantity) }),
          ...(unitPrice === undefined ? {} : { unit_price: decimal(unitPrice) }),
          line_item: item
        }))
      })
    )
  }
})
