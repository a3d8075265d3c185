/**
 * The measurements of the resilience layers. In: the operation, and what happens to it. Out: updates of the instruments in `metrics/`.
 * Labels are made only when there is something to count, because most calls do not reach a limit.
 */
import * as Effect from "effect/Effect"
import type { Deployment } from "../core/Deployment.js"
import type { FriendliStreamError } from "../errors/FriendliError.js"
import * as instruments from "../metrics/instruments.js"
import type { Any } from "../core/Operation.js"
import * as labels from "../metrics/labels.js"
import type { Rejected, Watcher } from "./admission.js"
import type { Change } from "./circuits.js"
import * as rejections from "./rejections.js"

/** The operation that is measured, and its deployment. */
export interface MeasuredCall {
  readonly operation: Pick<Any<never, unknown>, "genAi">
  readonly deployment: Deployment
}

/** The meter of one operation before one limit. */
export interface LimitMeter extends Watcher {
  readonly running: (by: 1 | -1) => void
  readonly rejected: (code: Rejected["reason"]) => void
  readonly settled: (estimated: number, charged: number) => void
}

/** The `error.type` of waits; absent for admitted operations. */
const endings = { admitted: undefined, rejected: "RateLimitError", interrupted: "interrupted" } as const

/** One operation before a limit. */
export const ofLimit = (
  limit: "concurrency" | "rate",
  { deployment, operation }: MeasuredCall,
  region: labels.Labels
): LimitMeter => {
  const tags = { ...labels.ofOperation(operation, deployment), "friendli.limit": limit }
  /** Made once for each operation: three instruments use it. */
  const series = labels.withRegion(region, tags)
  return {
    waiting: (by) => instruments.limitWaiting.unsafeModify(by, series),
    waited: (millis, how) => {
      const error = endings[how]
      instruments.limitWait.unsafeUpdate(
        millis / 1000,
        error === undefined ? series : labels.withRegion(region, { ...tags, "error.type": error })
      )
    },
    running: (by) => instruments.limitRunning.unsafeModify(by, series),
    rejected: (code) =>
      instruments.rejections.unsafeUpdate(1, labels.withRegion(region, { ...tags, "error.code": code })),
    settled: (estimated, charged) => {
      const count = (type: "estimated" | "charged", amount: number): void =>
        instruments.limitTokens.unsafeUpdate(
          amount,
          labels.withRegion(region, { ...tags, "friendli.limit.tokens": type })
        )
      count("estimated", estimated)
      count("charged", charged)
    }
  }
}

/** The meter of a circuit. `undefined` means no change. */
export interface CircuitMeter {
  readonly rejected: () => void
  readonly changed: (change: Change | undefined) => void
}

/** One operation, or an unknown effect, before a circuit. */
export const ofCircuit = (region: labels.Labels, call: MeasuredCall | undefined): CircuitMeter => ({
  rejected: () => {
    const tags = call === undefined ? {} : labels.ofOperation(call.operation, call.deployment)
    instruments.rejections.unsafeUpdate(
      1,
      labels.withRegion(region, { ...tags, "friendli.limit": "circuit", "error.code": "circuit_open" })
    )
  },
  changed: (change) => {
    if (change === undefined) return
    // The state belongs to the circuit: it is chance which operation changed it.
    const tags = call === undefined ? {} : labels.ofDeployment(call.deployment)
    instruments.circuitChanges.unsafeUpdate(1, labels.withRegion(region, { ...tags, "friendli.circuit.state": change }))
  }
})

/** Adds one to a counter, with the labels of the region. */
const count = (metric: instruments.Counter, tags: labels.Tags): Effect.Effect<void> =>
  Effect.map(Effect.metricLabels, (region) => metric.unsafeUpdate(1, labels.withRegion(region, tags)))

/** Counts further attempts, and those of them that won. */
export const ofHedges = (tags: labels.Tags) => ({
  started: count(instruments.hedges, tags),
  won: count(instruments.hedgeWins, tags)
})

/**
 * A plan continues with the step with this index, after the failure of the previous one. Codes of servers are not tags, because there may
 * be any number of them.
 */
export const fallback = (error: FriendliStreamError, index: number): Effect.Effect<void> =>
  count(instruments.fallbacks, {
    ...labels.ofDeployment({ name: error.deployment }),
    "error.type": error._tag,
    "error.code": rejections.isRejected(error) ? error.code : undefined,
    "friendli.plan.step": String(index)
  })

/** A request to wake an endpoint has ended. */
export const wakeUp = (
  deployment: Pick<Deployment, "name">,
  outcome: "accepted" | "kept" | "rejected" | "failed" | "interrupted"
): Effect.Effect<void> =>
  count(instruments.wakeUps, { ...labels.ofDeployment(deployment), "friendli.wake_up.outcome": outcome })
