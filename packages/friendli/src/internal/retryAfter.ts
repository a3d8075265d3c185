/**
 * Reads `Retry-After` and `retry-after-ms`, without Effect. In: headers, and the current time in milliseconds. Out: a wait in
 * milliseconds, or `undefined`.
 *
 * Examples at noon: `retry-after: 2` is 2000, `retry-after-ms: 250` is 250, `retry-after: Sun, 06 Nov 1994
 * 08:49:37 GMT` is 0, because the date has passed, and `retry-after: soon` is `undefined`.
 */

/** Digits, with or without a fraction. `Number` would also read "", "0x10", "1e3" and "Infinity". */
const decimal = /^\d+(?:\.\d+)?$/

const day = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
const longDay = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
const names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const month = `(?<month>${names.join("|")})`
const time = "(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)"

/** The three forms of RFC 9110, 5.6.7. `Date.parse` accepts many more, such as "2". */
const dateForms = [
  `${day}, (?<day>\\d\\d) ${month} (?<year>\\d{4}) ${time} GMT`,
  `${longDay}, (?<day>\\d\\d)-${month}-(?<year>\\d\\d) ${time} GMT`,
  `${day} ${month} (?<day>\\d\\d| \\d) ${time} (?<year>\\d{4})`
].map((form) => new RegExp(`^${form}$`))

/** The groups of a form: `year`, `month`, `day`, `hour`, `minute` and `second`. */
type Fields = Readonly<Record<string, string>>

/** A number of units as milliseconds. A huge number is bounded, so that it can still be compared. */
const seconds = (text: string | undefined, unit: number): number | undefined => {
  const trimmed = text?.trim()
  return trimmed === undefined || !decimal.test(trimmed)
    ? undefined
    : Math.min(Number(trimmed) * unit, Number.MAX_SAFE_INTEGER)
}

/**
 * The fields of a date as milliseconds since 1970; `undefined` if there is no such day or time, such as 30
 * February.
 */
const instant = (fields: Fields, year = Number(fields["year"])): number | undefined => {
  const [hour, minute, second] = [Number(fields["hour"]), Number(fields["minute"]), Number(fields["second"])]
  // RFC 9110 allows 60 for a leap second, which is then the next minute's first.
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const month = names.indexOf(fields["month"]!)
  const date = new Date(0)
  // Not `Date.UTC`, which moves the years 0 to 99 into the 20th century.
  date.setUTCFullYear(year, month, Number(fields["day"]))
  // A day that the month does not have becomes a day of the next month.
  return date.getUTCMonth() === month ? date.setUTCHours(hour, minute, second) : undefined
}

/** The latest year with these two digits that is at most 50 years ahead, as RFC 9110 asks. */
const inCentury = (fields: Fields, nowMillis: number): number | undefined => {
  const now = new Date(nowMillis)
  const thisYear = now.getUTCFullYear()
  const horizon = now.setUTCFullYear(thisYear + 50)
  const year = thisYear - (thisYear % 100) + Number(fields["year"])
  return [year + 100, year, year - 100]
    .map((each) => instant(fields, each))
    .find((millis) => millis !== undefined && millis <= horizon)
}

/**
 * An HTTP date as milliseconds since 1970, in any of its three forms, else `undefined`. The day of the week must be valid, but is not
 * compared with the date.
 *
 * @category parsing
 */
export const parseHttpDate = (text: string, nowMillis: number): number | undefined => {
  for (const form of dateForms) {
    const fields = form.exec(text)?.groups
    if (fields !== undefined) return fields["year"]!.length === 2 ? inCentury(fields, nowMillis) : instant(fields)
  }
  return undefined
}

/**
 * The wait that a server asks for, in milliseconds, finite and not negative; `undefined` if there is none, or if it cannot be read.
 *
 * `retry-after-ms` (milliseconds, a fraction allowed) wins if it can be read, then `retry-after` as seconds or as an HTTP date. Zero is a
 * wait of zero, and so is a date that has passed. Header names are expected in lower case.
 *
 * @example
 * ```ts
 * import { parseRetryAfter } from "./retryAfter.js"
 *
 * console.log(parseRetryAfter({ "retry-after": "1.5" }, Date.now())) // 1500
 * console.log(parseRetryAfter({ "retry-after": "soon" }, Date.now())) // undefined
 * ```
 *
 * @category parsing
 */
export const parseRetryAfter = (
  headers: Readonly<Record<string, string | undefined>>,
  nowMillis: number
): number | undefined => {
  const wait = seconds(headers["retry-after-ms"], 1) ?? seconds(headers["retry-after"], 1000)
  if (wait !== undefined) return wait
  const date = headers["retry-after"]?.trim()
  const millis = date === undefined ? undefined : parseHttpDate(date, nowMillis)
  return millis === undefined ? undefined : Math.max(0, millis - nowMillis)
}
