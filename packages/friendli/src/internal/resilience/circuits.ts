/**
 * The state of a circuit, without Effect. Times are milliseconds.
 */

export interface Settings {
  /** How many failures in a row, or which share of how many outcomes, open it. */
  readonly opensAfter: number | { readonly rate: number; readonly of: number }
  readonly openFor: number
}

export type Verdict = "success" | "failure" | "neutral"

export interface Admitted {
  readonly generation: number
}

export interface Circuit {
  /** `until` is absent while the one probe is under way. */
  readonly enter: (now: number) => Admitted | { readonly refused: true; readonly until: number | undefined }
  readonly done: (admitted: Admitted, verdict: Verdict, now: number) => void
  /** The probe was answered. Means nothing to others. */
  readonly answered: (admitted: Admitted, now: number) => void
  readonly state: (now: number) => "closed" | "halfOpen" | { readonly until: number }
}

/** Failures among the last outcomes. */
const makeTally = (opensAfter: Settings["opensAfter"]): ((failed: boolean) => boolean) => {
  if (typeof opensAfter === "number") {
    let inARow = 0
    return (failed) => {
      inARow = failed ? inARow + 1 : 0
      return inARow >= opensAfter
    }
  }
  const outcomes: Array<boolean> = []
  let failures = 0
  return (failed) => {
    outcomes.push(failed)
    if (failed) failures++
    if (outcomes.length > opensAfter.of && outcomes.shift()) failures--
    return outcomes.length >= opensAfter.of && failures >= opensAfter.rate * opensAfter.of
  }
}

export const make = ({ openFor, opensAfter }: Settings): Circuit => {
  let tally = makeTally(opensAfter)
  let openUntil: number | undefined
  let isProbed = false
  // What began before the last change says nothing about the time after it.
  let generation = 0

  const open = (now: number): void => {
    generation++
    isProbed = false
    openUntil = now + openFor
  }
  const close = (): void => {
    generation++
    isProbed = false
    openUntil = undefined
    tally = makeTally(opensAfter)
  }

  const done: Circuit["done"] = (admitted, verdict, now) => {
    if (admitted.generation !== generation) return
    if (isProbed) {
      if (verdict === "success") close()
      else if (verdict === "failure") open(now)
      else {
        generation++
        isProbed = false
      }
    } else if (verdict !== "neutral" && tally(verdict === "failure")) open(now)
  }

  return {
    enter: (now) => {
      if (openUntil === undefined) return { generation }
      if (now < openUntil) return { refused: true, until: openUntil }
      if (isProbed) return { refused: true, until: undefined }
      isProbed = true
      generation++
      return { generation }
    },
    done,
    answered: (admitted, now) => {
      if (isProbed) done(admitted, "success", now)
    },
    state: (now) => (openUntil === undefined ? "closed" : now < openUntil ? { until: openUntil } : "halfOpen")
  }
}
