/**
 * Waiting. In: a time or a signal. Out: a promise that never rejects, so that the waiting code needs no error handling.
 */
export const yieldToEventLoop = (): Promise<void> =>
  new Promise((resolve) => {
    // Browsers have no `setImmediate`; a timeout of 0 is the nearest replacement.
    const immediate = (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate
    if (immediate === undefined) setTimeout(resolve, 0)
    else immediate(resolve)
  })

/** Waits for a time, or until the signal aborts. Never rejects: the caller checks the signal. */
export const sleep = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener("abort", done)
      resolve()
    }
    // A timer with a longer delay would fire at once.
    const timer = setTimeout(done, Math.min(milliseconds, 2 ** 31 - 1))
    signal.addEventListener("abort", done)
  })

/** Waits until the signal aborts. */
export const forever = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener("abort", () => resolve(), { once: true })
  })
