/**
 * The state that a test can change while the emulator runs, separate for each scope, so that tests that run at the same time do not affect each
 * other. In: the name of a scope from a header, and the options. Out: its faults, rules, speed and limits. Every scope starts with the state of the
 * options.
 */
import type { Pacing } from "../base/pacing.js"
import type { ScriptRule } from "../base/script.js"
import type { EmulatorOptions } from "../base/types.js"
import { makeRandom, type Random } from "../engine/random.js"
import { type FaultSource, makeFaultSource } from "../faults/faultQueue.js"
import { makeRuleSet, type RuleSet } from "../scripts/ruleSet.js"
import { type Limits, makeLimits } from "./limits.js"

/** The maximum number of scopes. The least recently used scope is dropped first; if it is used again, it starts from the beginning. */
const limit = 1000

/** The state of one scope. */
export interface ScopeState {
  readonly faults: FaultSource
  readonly scripts: RuleSet
  readonly limits: Limits
  /** The speed that was set for the scope; `undefined` as long as the options decide. */
  pacing: Pacing | undefined
  /** Random numbers for the times of one answer. They differ between the answers of a scope, but are the same in each run. */
  readonly random: () => Random
}

/** The scopes of an emulator. */
export interface Scopes {
  /** The scope with this name; `undefined` is the scope of requests without a name. */
  readonly of: (name: string | undefined) => ScopeState
  /** The names of the scopes that exist. */
  readonly names: () => ReadonlyArray<string>
  /** Replaces the rules of the start, in every scope. */
  readonly setScript: (rules: ReadonlyArray<ScriptRule>) => void
  /** Returns one scope to its state at the start, or all of them if there is no name. */
  readonly reset: (name?: string) => void
}

/** Makes the scopes. Each one is made when it is first used. */
export const makeScopes = (options: EmulatorOptions): Scopes => {
  const { script = [], seed = 0 } = options
  let base = script
  const make = (): ScopeState & { readonly reset: () => void } => {
    const faults = makeFaultSource()
    const scripts = makeRuleSet(base)
    const limits = makeLimits(options)
    let answers = 0
    const state = {
      faults,
      scripts,
      limits,
      pacing: undefined as Pacing | undefined,
      random: () => makeRandom(seed + answers++),
      reset: () => {
        faults.queue.clear()
        scripts.reset()
        limits.reset()
        state.pacing = undefined
        answers = 0
      }
    }
    return state
  }
  // The default scope is the object that programs hold, so that a reset empties it and does not replace it.
  const main = make()
  const named = new Map<string, ReturnType<typeof make>>()

  const of = (name: string | undefined): ScopeState => {
    if (name === undefined) return main
    const state = named.get(name) ?? make()
    // The order of the map is the order of use.
    named.delete(name)
    named.set(name, state)
    const [oldest] = named.keys()
    if (named.size > limit && oldest !== undefined) named.delete(oldest)
    return state
  }

  return {
    of,
    names: () => [...named.keys()],
    setScript: (rules) => {
      main.scripts.setBase(rules)
      for (const { scripts } of named.values()) scripts.setBase(rules)
      base = rules
    },
    reset: (name) => {
      if (name !== undefined) {
        named.get(name)?.reset()
        return
      }
      main.reset()
      for (const state of named.values()) state.reset()
    }
  }
}
