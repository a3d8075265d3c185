/**
 * Time ranges in buckets, for usage and cost. In: the query of a request. Out: the buckets of one page, or the issues of the query.
 */
import type { JsonRecord } from "../base/json.js"
import { invalidCall, type Outcome } from "./call.js"

/** A part of the range, in Unix milliseconds. */
export interface Bucket {
  readonly from: number
  readonly to: number
}

/** One page of buckets. */
export interface BucketPage {
  readonly kind: "buckets"
  readonly buckets: ReadonlyArray<Bucket>
  readonly nextPage: string | null
}

/** The length of a bucket in milliseconds, and how many buckets a page has. */
export interface Width {
  readonly length: number
  readonly usual: number
  readonly most: number
}

/** A time with its zone, in whole seconds. */
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.0+)?(?:Z|[+-]\d\d:\d\d)$/

const timeOf = (text: unknown): number | undefined => {
  const time = rfc3339.test(String(text)) ? Date.parse(String(text)) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

const year = 366 * 86_400_000
const hour = 3_600_000

/** The token of a page is its number, from 1. */
const pageNumber = (page: unknown): number =>
  page === undefined ? 1 : Number(/^page_(\d{1,9})$/.exec(String(page))?.[1])

/** A time in the format of the API. */
export const isoTime = (time: number): string => new Date(time).toISOString().replace(".000Z", "Z")

/** The buckets that a query selects. Ranges begin on the boundary of a bucket. */
export const bucketsOf = (query: JsonRecord, { length, most, usual }: Width): BucketPage | Outcome => {
  const from = timeOf(query["start_time"])
  if (from === undefined)
    return invalidCall(["query", "start_time"], "Input should be a time such as 2026-01-01T00:00:00Z")
  if (from % length !== 0) return invalidCall(["query", "start_time"], "The time should be on the boundary of a bucket")
  if (from < Date.now() - year) return invalidCall(["query", "start_time"], "The time should be at most a year ago")
  const to = timeOf(query["end_time"])
  if (to === undefined) return invalidCall(["query", "end_time"], "Input should be a time such as 2026-01-08T00:00:00Z")
  if (to <= from) return invalidCall(["query", "end_time"], "The time should be after 'start_time'")
  if ((to - from) % hour !== 0)
    return invalidCall(["query", "end_time"], "The time should have the minute of 'start_time'")
  const limit = (query["limit"] as number | undefined) ?? usual
  if (limit < 1 || limit > most) return invalidCall(["query", "limit"], `Input should be from 1 to ${most}`)
  const page = pageNumber(query["page"])
  if (!(page >= 1)) return invalidCall(["query", "page"], "Input should be the 'next_page' of an answer")

  const count = Math.ceil((to - from) / length)
  const first = (page - 1) * limit
  const last = Math.min(count, first + limit)
  return {
    kind: "buckets",
    buckets: Array.from({ length: Math.max(0, last - first) }, (_, at) => {
      const start = from + (first + at) * length
      return { from: start, to: Math.min(to, start + length) }
    }),
    nextPage: last < count ? `page_${page + 1}` : null
  }
}

/** A page as an answer, from the results of each bucket. */
export const bucketPage = (
  { buckets, nextPage }: BucketPage,
  results: (bucket: Bucket) => ReadonlyArray<JsonRecord>
): JsonRecord => ({
  has_more: nextPage !== null,
  next_page: nextPage,
  data: buckets.map((bucket) => ({
    start_time: isoTime(bucket.from),
    end_time: isoTime(bucket.to),
    results: results(bucket)
  }))
})
