/**
 * Checks a speed from outside the program. In: any value. Out: the speed, or an error that names the field and what it accepts.
 */
import { closest } from "./closest.js"
import { isRecord } from "./json.js"
import type { Pacing } from "./pacing.js"

const ranges: Readonly<Record<keyof Pacing, readonly [minimum: number, maximum: number]>> = {
  timeToFirstToken: [0, 3_600_000],
  tokensPerSecond: [0.01, 1_000_000],
  jitter: [0, 1]
}

/** The names of the fields of a speed. */
export const pacingFields = Object.keys(ranges) as ReadonlyArray<keyof Pacing>

/** The smallest and the largest value of a field. */
export const pacingRange = (name: keyof Pacing): readonly [minimum: number, maximum: number] => ranges[name]

/** Returns the value as a speed, or throws a `TypeError`. */
export const checkPacing = (value: unknown): Pacing => {
  if (!isRecord(value)) throw new TypeError("a speed must be an object")
  for (const [name, field] of Object.entries(value)) {
    if (!Object.hasOwn(ranges, name)) throw new TypeError(`a speed has no '${name}'; ${closest(name, pacingFields)}`)
    const [minimum, maximum] = ranges[name as keyof Pacing]
    if (typeof field !== "number" || !(field >= minimum && field <= maximum)) {
      throw new TypeError(`'${name}' must be a number from ${minimum} to ${maximum}`)
    }
  }
  return value
}
