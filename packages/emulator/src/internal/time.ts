/**
 * Lets other work of the program run: timers, sockets, aborts.
 */
export const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    // Not in browsers, where a zero timeout has to do.
    const immediate = (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate
    if (immediate === undefined) setTimeout(resolve, 0)
    else immediate(resolve)
  })

/**
 * Waits, and stops waiting when the signal fires. Never rejects: the caller looks at the signal.
 */
export const sleep = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener("abort", done)
      resolve()
    }
    // A longer timer would fire at once.
    const timer = setTimeout(done, Math.min(milliseconds, 2 ** 31 - 1))
    signal.addEventListener("abort", done)
  })

/**
 * Settles only when the signal fires.
 */
export const forever = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener("abort", () => resolve(), { once: true })
  })
