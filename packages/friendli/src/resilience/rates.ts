/**
 * Sliding windows: in any minute, wherever it begins, no more than the limit. In: amounts with their times,
 * which are passed in, so that this needs no clock. Out: how long to wait until the next amount fits.
 *
 * With a limit of 10: after ten requests at 0:00 the next may come at 1:00, and after ten that were spread
 * over a minute one may come every six seconds. A token bucket would let through up to twice its rate in the
 * minute that begins with a burst.
 */

export const windowMillis = 60_000

export interface Window {
  /** How long until there is room: 0 for now, `Infinity` where what is reserved must be settled first. */
  readonly wait: (amount: number, now: number) => number
  /** Counts from now on for a minute. */
  readonly add: (amount: number, now: number) => void
  /** Counts until it is settled. */
  readonly reserve: (amount: number) => void
  /** Puts what it was in the place of what was reserved. */
  readonly settle: (reserved: number, amount: number, now: number) => void
  /** How much counts now. */
  readonly used: (now: number) => number
}

export const makeWindow = (limit: number): Window => {
  // In the order of time, because every amount is added with the time at which it became known.
  const entries: Array<{ readonly at: number; readonly amount: number }> = []
  let logged = 0
  let reserved = 0

  /** Removes what is older than a minute. Each entry is removed once, so this is cheap however often it runs. */
  const expire = (now: number): void => {
    while (entries.length > 0 && entries[0]!.at + windowMillis <= now) logged -= entries.shift()!.amount
    // sums of fractions leave crumbs
    if (entries.length === 0) logged = 0
  }

  const add = (amount: number, now: number): void => {
    if (amount <= 0) return
    entries.push({ at: now, amount })
    logged += amount
  }

  return {
    wait: (amount, now) => {
      expire(now)
      // What is larger than the limit goes when nothing else counts; what is not known yet goes while there is any room.
      let excess = reserved + logged + Math.min(limit, Math.max(1, amount)) - limit
      if (excess <= 0) return 0
      // The oldest entries go first, so the wait ends with the entry whose removal makes room.
      for (const entry of entries) {
        excess -= entry.amount
        if (excess <= 0) return entry.at + windowMillis - now
      }
      // What is missing is reserved: only `settle` can make room, and the time of that is unknown.
      return Infinity
    },
    add,
    reserve: (amount) => {
      reserved += amount
    },
    settle: (before, amount, now) => {
      // Sums of fractions may fall slightly below zero.
      reserved = Math.max(0, reserved - before)
      add(amount, now)
    },
    used: (now) => {
      expire(now)
      return reserved + logged
    }
  }
}
