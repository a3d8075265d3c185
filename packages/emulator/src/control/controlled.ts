/**
 * The interface of an emulator for the control paths. The server implements it, so that this folder depends neither on requests in progress nor on
 * sockets.
 */
import type { Pacing } from "../base/pacing.js"
import type { RecordedRequest } from "../base/types.js"
import type { FaultQueue } from "../faults/faultQueue.js"
import type { RuleSet } from "../scripts/ruleSet.js"

/** A model as the control paths show it. */
export interface ShownModel extends Pacing {
  readonly id: string
  readonly reasoning: string
  readonly contextLength: number
}

/** One scope, as the control paths see it. */
export interface ControlledScope {
  readonly faults: FaultQueue
  readonly scripts: RuleSet
  /** The speed that was set for the scope, or else the speed of the options. */
  readonly pacing: () => Pacing
  /** Sets the speed of the scope; `undefined` returns to the speed of the options. */
  readonly setPacing: (pacing: Pacing | undefined) => void
}

/** An emulator, as the control paths see it. */
export interface Controlled {
  readonly requests: () => ReadonlyArray<RecordedRequest>
  readonly scope: (name: string | undefined) => ControlledScope
  readonly scopeNames: () => ReadonlyArray<string>
  readonly models: () => { readonly any: boolean; readonly models: ReadonlyArray<ShownModel> }
  /** Resets one scope, or everything if there is no name. */
  readonly reset: (scope?: string) => void
}
