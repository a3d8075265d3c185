/**
 * How many calls may run at the same time, adapted to the server. In: successes and signs of pressure, with their times. Out: the number.
 *
 * It starts low and doubles with each round of answers, as TCP does, until the first sign of pressure: a 429, a 503, a rejection by a full queue, or
 * answers that take twice as long as before. Then it decreases by a third, and grows by one per round. The time is an argument, so that this code
 * needs no clock.
 */

/** The bounds. All are integers of at least 1. */
export interface Bounds {
  readonly initial: number
  readonly min: number
  readonly max: number
}

export interface Limiter {
  /** How many calls may run. */
  readonly limit: () => number
  /** No call may start before this time, because of the server's `Retry-After`. */
  readonly pausedUntil: () => number
  /** A call succeeded after `millis`. `wasFull`: as many calls were running as allowed. */
  readonly onSuccess: (now: number, millis: number, wasFull: boolean) => void
  /** The server was overloaded. `retryAfter`: how long it asked to wait, in milliseconds. */
  readonly onPressure: (now: number, retryAfter: number | undefined) => void
}

/** The factor after a sign of pressure. */
const decrease = 2 / 3

/** Signs of pressure within this time after a decrease are ignored: they are answers to earlier calls. */
const shortestCooldown = 1000

/** The longest pause that is followed: a longer value is probably a mistake of the server. */
const longestPause = 60_000

/** The weight of a new duration in the average. */
const smoothing = 0.1

/** If the average answer takes this much longer than the shortest average, calls wait in a queue of the server. */
const slowdown = 2

/** The shortest average grows by this factor per answer, because later rows may be longer. */
const forgetting = 1.002

export const makeLimiter = ({ initial, max, min }: Bounds): Limiter => {
  let limit = Math.min(max, Math.max(min, initial))
  let isDoubling = true
  let pausedUntil = -Infinity
  let lastDecrease = -Infinity
  /** The average duration, and the shortest that it has been. */
  let average: number | undefined
  let shortest = Infinity
  let credit = 0

  const isSlow = (): boolean => average !== undefined && average > slowdown * shortest

  return {
    limit: () => Math.floor(limit),
    pausedUntil: () => pausedUntil,
    onSuccess: (_now, millis, wasFull) => {
      average = average === undefined ? millis : average + smoothing * (millis - average)
      shortest = Math.min(shortest * forgetting, average)
      if (isSlow()) isDoubling = false
      // a limit that is not reached says nothing about the server
      if (!wasFull || isSlow()) return
      credit += isDoubling ? 1 : 1 / limit
      const whole = Math.floor(credit)
      credit -= whole
      limit = Math.min(max, limit + whole)
    },
    onPressure: (now, retryAfter) => {
      if (retryAfter !== undefined) pausedUntil = Math.max(pausedUntil, now + Math.min(retryAfter, longestPause))
      isDoubling = false
      if (now - lastDecrease < Math.max(shortestCooldown, average ?? 0)) return
      lastDecrease = now
      credit = 0
      limit = Math.max(min, Math.floor(limit * decrease))
    }
  }
}

/** A fixed number. Pauses of `Retry-After` still apply. */
export const makeFixedLimiter = (limit: number): Limiter => makeLimiter({ initial: limit, min: limit, max: limit })
