/**
 * Reading of `Retry-After` and `retry-after-ms`, without Effect.
 *
 * @since 0.1.0
 */

const decimal = /^\d+(?:\.\d+)?$/

const days = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
const longDays = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
const names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const months = `(${names.join("|")})`
const time = "(\\d\\d):(\\d\\d):(\\d\\d)"

// The three forms of RFC 9110, 5.6.7. `Date.parse` takes far more than these, "2" for one.
const imfFixdate = new RegExp(`^${days}, (\\d\\d) ${months} (\\d{4}) ${time} GMT$`)
const rfc850 = new RegExp(`^${longDays}, (\\d\\d)-${months}-(\\d\\d) ${time} GMT$`)
const asctime = new RegExp(`^${days} ${months} (\\d\\d| \\d) ${time} (\\d{4})$`)

const seconds = (text: string | undefined, unit: number): number | undefined => {
  const trimmed = text?.trim()
  return trimmed === undefined || !decimal.test(trimmed)
    ? undefined
    : Math.min(Number(trimmed) * unit, Number.MAX_SAFE_INTEGER)
}

const instant = (
  year: number,
  month: string,
  day: string,
  hour: string,
  minute: string,
  second: string
): number | undefined => {
  // RFC 9110 allows 60 for a leap second, which is then the next minute's first.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined
  const index = names.indexOf(month)
  const date = new Date(0)
  // Not `Date.UTC`, which moves the years 0 to 99 into the 20th century.
  date.setUTCFullYear(year, index, Number(day))
  // A day that the month has not moves on into another one.
  if (date.getUTCMonth() !== index) return undefined
  return date.setUTCHours(Number(hour), Number(minute), Number(second))
}

/** The latest year with these two digits that is at most 50 years ahead, as RFC 9110 asks. */
const century = (
  twoDigits: number,
  nowMillis: number,
  at: (year: number) => number | undefined
): number | undefined => {
  const now = new Date(nowMillis)
  const thisYear = now.getUTCFullYear()
  const horizon = now.setUTCFullYear(thisYear + 50)
  const base = thisYear - (thisYear % 100) + twoDigits
  for (const year of [base + 100, base, base - 100]) {
    const millis = at(year)
    if (millis !== undefined && millis <= horizon) return millis
  }
  return undefined
}

/**
 * An HTTP date as milliseconds since 1970, in any of its three forms, else `undefined`. The day of the week has to be
 * a day, but is not compared with the date.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parseHttpDate = (text: string, nowMillis: number): number | undefined => {
  const fix = imfFixdate.exec(text)
  if (fix !== null) return instant(Number(fix[3]), fix[2]!, fix[1]!, fix[4]!, fix[5]!, fix[6]!)
  const old = rfc850.exec(text)
  if (old !== null) {
    return century(Number(old[3]), nowMillis, (year) => instant(year, old[2]!, old[1]!, old[4]!, old[5]!, old[6]!))
  }
  const asc = asctime.exec(text)
  if (asc !== null) return instant(Number(asc[6]), asc[1]!, asc[2]!, asc[3]!, asc[4]!, asc[5]!)
  return undefined
}

/**
 * The wait that a server asks for, in milliseconds, finite and not negative; `undefined` when it asks for none or in a
 * form that is none.
 *
 * `retry-after-ms` (milliseconds, a fraction allowed) wins where it parses, then `retry-after` as seconds or as an HTTP
 * date. Zero is a wait of zero, and so is a date that has passed. Header names are expected in lower case.
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
 * @since 0.1.0
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
