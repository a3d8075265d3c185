/**
 * What the control paths need of an emulator. The server implements it, so that this folder knows neither requests in progress nor
 * sockets.
 */
import type { Pacing } from "../base/pacing.js"
import type { RecordedRequest } from "../base/types.js"
import type { FaultQueue } from "../faults/faultQueue.js"
import type { RuleSet } from "../scripts/ruleSet.js"

/** A model as it is shown. */
export interface ShownModel extends Pacing {
  readonly id: string
  readonly reasoning: string
  readonly contextLength: number
}

/** One scope, as the control paths see it. */
export interface ControlledScope {
  readonly faults: FaultQueue
  readonly scripts: RuleSet
  /** The speed that was set for the scope, or else that of the options. */
  readonly pacing: () => Pacing
  /** Sets the speed of the scope; `undefined` returns to that of the options. */
  readonly setPacing: (pacing: Pacing | undefined) => void
}

/** An emulator, as the control paths see it. */
export interface Controlled {
  readonly requests: () => ReadonlyArray<RecordedRequest>
  readonly scope: (name: string | undefined) => ControlledScope
  readonly scopeNames: () => ReadonlyArray<string>
  readonly models: () => { readonly any: boolean; readonly models: ReadonlyArray<ShownModel> }
  /** Resets one scope, or without a name everything. */
  readonly reset: (scope?: string) => void
}
