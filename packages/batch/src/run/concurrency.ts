/**
 * How many calls may run at the same time, learned from what the server says. In: successes and signs of pressure, with their times.
 * Out: the number.
 *
 * It begins low and doubles with each round of answers, as TCP does, until the first sign of pressure: a 429, a 503, a rejection by a
 * full queue, or answers that take twice as long as they did. Then it falls by a third and grows by one a round. Time is passed in,
 * so that this needs no clock.
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
  /** No call may start before this time, because the server asked for a pause. */
  readonly pausedUntil: () => number
  /** A call succeeded after `millis`, of which `wasFull` says whether as many ran as might. */
  readonly onSuccess: (now: number, millis: number, wasFull: boolean) => void
  /** The server had too much to do, and asked to wait for so long, in milliseconds. */
  readonly onPressure: (now: number, retryAfter: number | undefined) => void
}

/** What is left after a sign of pressure. */
const decrease = 2 / 3

/** Signs of pressure that come within this time of the last decrease belong to it: they are answers to calls of before. */
const shortestCooldown = 1000

/** A longer pause would stop a batch for a mistake of the server. */
const longestPause = 60_000

/** The weight of a new duration in the average. */
const smoothing = 0.1

/** Answers that take so much longer than the quickest ones on average wait in a queue of the server. */
const slowdown = 2

/** The quickest average is forgotten slowly: later rows may be longer. */
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
      // a number that is not used says nothing about the server
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

/** A number that does not change. Pauses are kept all the same. */
export const makeFixedLimiter = (limit: number): Limiter => makeLimiter({ initial: limit, min: limit, max: limit })
