/**
 * Sliding windows: in any minute, whenever it begins, no more than the limit. In: amounts with their times, which are passed in, so that
 * this needs no clock. Out: how long to wait until the next amount fits.
 *
 * With a limit of 10: after ten requests at 0:00 the next is admitted at 1:00; after ten requests that were spread over a minute, one is
 * admitted every six seconds. A token bucket would admit up to twice its rate in a minute that begins with a burst.
 */

export const windowMillis = 60_000

export interface Window {
  /** How long until there is capacity: 0 for now, `Infinity` if a reserved amount must be settled first. */
  readonly wait: (amount: number, now: number) => number
  /** Counts from now on for a minute. */
  readonly add: (amount: number, now: number) => void
  /** Counts until it is settled. */
  readonly reserve: (amount: number) => void
  /** Replaces a reserved amount by the actual amount. */
  readonly settle: (reserved: number, amount: number, now: number) => void
  /** The amount that counts now. */
  readonly used: (now: number) => number
}

export const makeWindow = (limit: number): Window => {
  // In chronological order, because every amount is added with the time at which it became known.
  const entries: Array<{ readonly at: number; readonly amount: number }> = []
  let recorded = 0
  let reserved = 0

  /** Removes entries that are older than a minute. Each entry is removed once, so this is cheap even if it runs often. */
  const expire = (now: number): void => {
    while (entries.length > 0 && entries[0]!.at + windowMillis <= now) recorded -= entries.shift()!.amount
    // sums of fractions leave rounding errors
    if (entries.length === 0) recorded = 0
  }

  const add = (amount: number, now: number): void => {
    if (amount <= 0) return
    entries.push({ at: now, amount })
    recorded += amount
  }

  return {
    wait: (amount, now) => {
      expire(now)
      // An amount above the limit is admitted when nothing else counts; an unknown amount is admitted while there is any capacity.
      let excess = reserved + recorded + Math.min(limit, Math.max(1, amount)) - limit
      if (excess <= 0) return 0
      // The oldest entries expire first, so the wait ends with the entry whose removal frees enough capacity.
      for (const entry of entries) {
        excess -= entry.amount
        if (excess <= 0) return entry.at + windowMillis - now
      }
      // The missing capacity is reserved: only `settle` can free it, at an unknown time.
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
      return reserved + recorded
    }
  }
}
