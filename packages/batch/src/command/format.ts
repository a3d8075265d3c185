/** Numbers and times as text for people. */
import * as BigDecimal from "effect/BigDecimal"

/** 12,345 */
export const count = (value: number): string => Math.round(value).toLocaleString("en")

/** 1 row, 12,345 rows */
export const plural = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? "" : "s"}`

/** $1.20, $0.00035: with cents; below one cent with two significant digits, down to a millionth of a dollar. */
export const money = (value: BigDecimal.BigDecimal): string => {
  const number = BigDecimal.unsafeToNumber(value)
  if (number === 0) return "$0"
  if (number < 0.000001) return "under $0.000001"
  return number >= 0.01 ? `$${number.toFixed(2)}` : `$${number.toPrecision(2)}`
}

/** 1 h 02 min, 3 min 20 s, 12 s */
export const time = (millis: number): string => {
  const seconds = Math.round(millis / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`
    : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`
}

/** A bar of a share from 0 to 1. */
export const bar = (share: number, width: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  return `${"█".repeat(full)}${"░".repeat(width - full)}`
}
