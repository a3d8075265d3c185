/** Points in time in requests. */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { ExpectedId } from "../internal/annotations.js"

/** A point in time: a `DateTime` of Effect, a `Date`, or an RFC 3339 string with a zone, such as `2026-01-31T00:00:00Z`. */
export type Time = DateTime.DateTime | Date | string

const rfc3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** Some platforms read 30 February as 2 March. */
const isDay = (year: number, month: number, day: number): boolean => {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

const ofText = (text: string): number => {
  const [, year, month, day] = rfc3339.exec(text) ?? []
  return isDay(Number(year), Number(month), Number(day)) ? Date.parse(text) : Number.NaN
}

/** Milliseconds since 1970; `NaN` if the value is not a time. */
export const millisOf = (time: unknown): number => {
  if (typeof time === "string") return ofText(time)
  if (DateTime.isDateTime(time)) return DateTime.toEpochMillis(time)
  return Object.prototype.toString.call(time) === "[object Date]" ? Number(time) : Number.NaN
}

/** The form that the API accepts: UTC, without milliseconds if they are zero. */
export const formatTime = (time: Time): string => new Date(millisOf(time)).toISOString().replace(".000Z", "Z")

const expected = "a DateTime, a Date, or a time such as 2026-01-31T00:00:00Z"

/**
 * A point in time of a request.
 *
 * @example
 * ```ts
 * import { DateTime, Schema } from "effect"
 * import { Time } from "effect-friendli/schema/Time"
 *
 * const accepts = Schema.is(Time)
 * console.log(accepts(DateTime.unsafeMake("2026-01-31")), accepts("2026-01-31T00:00:00Z"), accepts("yesterday"))
 * // => true true false
 * ```
 */
export const Time: Schema.Schema<Time> = Schema.declare((u: unknown): u is Time => Number.isFinite(millisOf(u)), {
  identifier: "Time",
  [ExpectedId]: expected,
  description: expected,
  jsonSchema: { type: "string", format: "date-time" },
  arbitrary: () => (fc) => fc.date({ min: new Date(0), max: new Date("2100-01-01T00:00:00Z"), noInvalidDate: true })
})
