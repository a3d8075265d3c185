/** The state of a circuit, without Effect. Times are milliseconds. */

export interface Settings {
  /** How many failures in a row, or which share of how many outcomes, open it. */
  readonly failureThreshold: number | { readonly rate: number; readonly of: number }
  readonly resetTimeout: number
}

export type Verdict = "success" | "failure" | "neutral"

/** The state that the circuit has just changed to. */
export type Change = "closed" | "open" | "half_open"

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

/** Failures among the last outcomes. */
const makeTally = (failureThreshold: Settings["failureThreshold"]): ((failed: boolean) => boolean) => {
  if (typeof failureThreshold === "number") {
    let inARow = 0
    return (failed) => {
      inARow = failed ? inARow + 1 : 0
      return inARow >= failureThreshold
    }
  }
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
  let tally = makeTally(failureThreshold)
  let openUntil: number | undefined
  let isProbed = false
  let isHalfOpen = false
  // The outcome of an operation that began before the last change says nothing about the time after it.
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
    tally = makeTally(failureThreshold)
    return "closed"
  }

  const done: Circuit["done"] = (admitted, verdict, now) => {
    if (admitted.generation !== generation) return undefined
    if (isProbed) {
      if (verdict === "success") return close()
      if (verdict === "failure") return open(now)
      generation++
      isProbed = false
      return undefined
    }
    return verdict !== "neutral" && tally(verdict === "failure") ? open(now) : undefined
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
