/**
 * The state machine of a circuit, without Effect. In: requests for admission and outcomes, with their times
 * in milliseconds. Out: admission or rejection, and each change of state, so that it can be measured.
 *
 * closed → open after failures → half-open after `resetTimeout`, for one operation that tests the deployment
 * → closed if it succeeds, open again if it fails.
 */

export interface Settings {
  /** The number of consecutive failures that opens the circuit, or the rate of failures among the last outcomes. */
  readonly failureThreshold: number | { readonly rate: number; readonly of: number }
  readonly resetTimeout: number
}

/**
 * What an outcome says about the deployment. `neutral`: nothing, for example because the operation was
 * interrupted or never sent.
 */
export type Verdict = "success" | "failure" | "neutral"

/** The state that the circuit has just changed to. */
export type Change = "closed" | "open" | "half_open"

/**
 * The value that an admitted operation receives, and returns at its end. `generation` tells whether the state has changed since.
 */
export interface Admitted {
  readonly generation: number
  readonly change: Change | undefined
}

export interface Circuit {
  /** `until` is absent while the one operation that tests the deployment is running. */
  readonly enter: (now: number) => Admitted | { readonly rejected: true; readonly until: number | undefined }
  readonly done: (admitted: Admitted, verdict: Verdict, now: number) => Change | undefined
  /** The operation that tests the deployment has an answer. Other operations change nothing. */
  readonly answered: (admitted: Admitted, now: number) => Change | undefined
  readonly state: (now: number) => "closed" | "halfOpen" | { readonly until: number }
}

/**
 * Counts outcomes. The function that it returns takes one outcome and says whether there are now enough
 * failures to open the circuit.
 */
const makeFailureCounter = (failureThreshold: Settings["failureThreshold"]): ((failed: boolean) => boolean) => {
  if (typeof failureThreshold === "number") {
    // Any success resets the count.
    let consecutive = 0
    return (failed) => {
      consecutive = failed ? consecutive + 1 : 0
      return consecutive >= failureThreshold
    }
  }
  // A rate is evaluated only when there are enough outcomes: one failure among one outcome is not a rate.
  const outcomes: Array<boolean> = []
  let failures = 0
  return (failed) => {
    outcomes.push(failed)
    if (failed) failures++
    if (outcomes.length > failureThreshold.of && outcomes.shift()) failures--
    return outcomes.length >= failureThreshold.of && failures >= failureThreshold.rate * failureThreshold.of
  }
}

export const make = ({ resetTimeout, failureThreshold }: Settings): Circuit => {
  let countOutcome = makeFailureCounter(failureThreshold)
  let openUntil: number | undefined
  let isProbed = false
  let isHalfOpen = false
  // The outcome of an operation that began before the last change of state is ignored. Every change of state increments it.
  let generation = 0

  const open = (now: number): Change => {
    generation++
    isProbed = false
    isHalfOpen = false
    openUntil = now + resetTimeout
    return "open"
  }
  const close = (): Change => {
    generation++
    isProbed = false
    isHalfOpen = false
    openUntil = undefined
    countOutcome = makeFailureCounter(failureThreshold)
    return "closed"
  }

  const done: Circuit["done"] = (admitted, verdict, now) => {
    if (admitted.generation !== generation) return undefined
    if (isProbed) {
      // Only the operation that tests the deployment gets here: its admission began a new generation.
      if (verdict === "success") return close()
      if (verdict === "failure") return open(now)
      // It ended without an outcome, so the next operation tests the deployment again.
      generation++
      isProbed = false
      return undefined
    }
    return verdict !== "neutral" && countOutcome(verdict === "failure") ? open(now) : undefined
  }

  return {
    enter: (now) => {
      if (openUntil === undefined) return { generation, change: undefined }
      if (now < openUntil) return { rejected: true, until: openUntil }
      if (isProbed) return { rejected: true, until: undefined }
      // after a test without an outcome the circuit is half-open already
      const change = isHalfOpen ? undefined : "half_open"
      isProbed = true
      isHalfOpen = true
      generation++
      return { generation, change }
    },
    done,
    answered: (admitted, now) => (isProbed ? done(admitted, "success", now) : undefined),
    state: (now) => (openUntil === undefined ? "closed" : now < openUntil ? { until: openUntil } : "halfOpen")
  }
}
