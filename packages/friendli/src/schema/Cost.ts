/** What a team was charged, by time. */
import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { ExpectedId } from "../internal/annotations.js"
import { ruleIssue } from "../internal/ruleIssue.js"
import { FiniteNumber, int, nullish, openEnum, Text } from "./primitives.js"
import { millisOf, Time } from "./Time.js"

const day = 86_400_000

/**
 * A request for costs: the query of `GET /v1/team/cost`.
 *
 * **Details**: both times must be at `00:00:00Z`, and the end after the start.
 */
export const CostRequest = Schema.Struct({
  /** The first day; at most a year ago. */
  start_time: Time,
  /** The day after the last one. */
  end_time: Time,
  /** The length of a bucket: a day. Server default: `1d`. */
  bucket_width: nullish(Schema.Literal("1d")),
  /** The most buckets of a page, 1 to 35. Server default: 7. */
  limit: nullish(int({ minimum: 1, maximum: 35 })),
  /** `next_page` of the previous page, unchanged. */
  page: nullish(Text),
  /** `line_item`: one result for each line of the bill. Absent: one for each day. */
  group_by: nullish(openEnum("line_item"))
})
  .pipe(
    Schema.filter(({ end_time, start_time }) => {
      const from = millisOf(start_time)
      const to = millisOf(end_time)
      return [
        ...(from % day === 0
          ? []
          : [ruleIssue("start_time", start_time, "expected the beginning of a day, 00:00:00Z")]),
        ...(to % day === 0 ? [] : [ruleIssue("end_time", end_time, "expected the beginning of a day, 00:00:00Z")]),
        ...(to > from ? [] : [ruleIssue("end_time", end_time, "expected a time after start_time")])
      ]
    })
  )
  .annotations({ identifier: "CostRequest" })

export interface CostRequest extends Schema.Schema.Type<typeof CostRequest> {}

const expected = "a decimal number"

/** `BigDecimal` reads an empty string as zero. */
const isDecimal = (text: string): boolean => text !== "" && Option.isSome(BigDecimal.fromString(text))

/**
 * An exact amount: a decimal number as a string. Until mid 2026 servers sent a number.
 *
 * **When to use**: `Cost.toDecimal` reads it.
 */
export const Amount: Schema.Schema<string | number> = Schema.Union(
  Text.pipe(
    Schema.filter(isDecimal, {
      [ExpectedId]: expected,
      description: expected,
      arbitrary: () => (fc) => fc.stringMatching(/^-?\d{1,9}(\.\d{1,12})?$/)
    })
  ),
  FiniteNumber
)

/** The cost of a day, or of one line of the bill of a day. Wire: `CostResult`. */
export const CostResult = Schema.Struct({
  /** The cost in USD. */
  total: Amount,
  /** The quantity: million tokens, or hours of a GPU. */
  quantity: nullish(Amount),
  /** The price in US **cents** for a million tokens, or for an hour of a GPU. */
  unit_price: nullish(Amount),
  /** The line of the bill, if the request groups by it. */
  line_item: nullish(Text)
}).annotations({ identifier: "CostResult" })

export interface CostResult extends Schema.Schema.Type<typeof CostResult> {
  readonly total: string | number
}

/** The costs of a day. Wire: `CostBucket`. */
export const CostBucket = Schema.Struct({
  /** Its beginning, as an RFC 3339 string. */
  start_time: Text,
  /** Its end, as an RFC 3339 string. */
  end_time: Text,
  /** The costs: one, or one for each line. */
  results: Schema.Array(CostResult)
}).annotations({ identifier: "CostBucket" })

export interface CostBucket extends Schema.Schema.Type<typeof CostBucket> {
  readonly results: ReadonlyArray<CostResult>
}

/** A page of costs. Wire: `CostResponse`. */
export const CostPage = Schema.Struct({
  /** Whether there is another page. */
  has_more: Schema.Boolean,
  /** The `page` of the request for the next page. */
  next_page: nullish(Text),
  /** The days of this page. */
  data: Schema.Array(CostBucket)
}).annotations({ identifier: "CostPage" })

export interface CostPage extends Schema.Schema.Type<typeof CostPage> {
  readonly data: ReadonlyArray<CostBucket>
}
