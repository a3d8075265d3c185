/**
 * The speed of generation. In: the number of tokens per second. Out: a function that waits until the next token is due.
 */
import type { Pacing } from "../base/pacing.js"
import { sleep, yieldToEventLoop } from "../base/time.js"
import type { Random } from "../engine/random.js"

/** Without a speed limit, other work runs after this many tokens: often enough to notice a client that has disconnected. */
const tokensPerYield = 16

/** Reads the time, and waits. */
export interface Clock {
  /** The time in milliseconds. */
  readonly now: () => number
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

const realClock: Clock = { now: () => performance.now(), sleep }

/**
 * Makes the pace of one answer, which begins now. The times add up over the whole answer and do not restart at each token, so that a late timer does
 * not slow down the rest.
 */
export const makePace = (
  pacing: Pacing,
  random: Random,
  signal: AbortSignal,
  clock: Clock = realClock
): (() => Promise<void>) => {
  const { jitter = 0, timeToFirstToken, tokensPerSecond } = pacing
  const interval = tokensPerSecond === undefined ? 0 : 1000 / tokensPerSecond
  const hasPace = interval > 0 || timeToFirstToken !== undefined
  const vary = (time: number): number => (jitter === 0 ? time : time * (1 + jitter * (2 * random.next() - 1)))
  const started = clock.now()
  let due = started
  let tokens = 0
  return async () => {
    tokens++
    // Without its own time, the first token takes as long as the others.
    due += vary(tokens === 1 ? (timeToFirstToken ?? interval) : interval)
    if (hasPace && (due > clock.now() || interval > 0)) await clock.sleep(Math.max(0, due - clock.now()), signal)
    else if (tokens % tokensPerYield === 0) await yieldToEventLoop()
  }
}
