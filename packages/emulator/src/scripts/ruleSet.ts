/**
 * The rules in use. In: the facts of a request. Out: the rule that answers it, which is then counted as used. Rules have two sources: the start (the
 * option or the file), and later calls while the emulator runs. The later rules are tried first, and a reset removes them.
 */
import type { ScriptRule } from "../base/script.js"
import type { DeploymentName } from "../base/types.js"
import { check } from "./checkRules.js"
import { patternOf } from "./pattern.js"
import { answersWithText } from "./textOperations.js"

/** The facts that the conditions of rules are compared with. */
export interface RequestFacts {
  readonly operation: string
  readonly deployment: DeploymentName
  readonly model: string | undefined
  readonly stream: boolean
  /** The text of the last message, or of the prompt; the texts of several tool results joined. Empty for other operations. */
  readonly text: string
  /** The names of the tools whose results end the conversation, if they are known; `undefined` if it does not end with results. */
  readonly toolResults: ReadonlyArray<string> | undefined
  readonly turn: number
}

/** A rule with its name and how often it was used. */
interface Counted {
  readonly rule: ScriptRule
  readonly name: string
  used: number
}

/** The rule that answers a request. */
export interface ChosenRule {
  readonly rule: ScriptRule
  readonly name: string
}

/** The rules of one scope. */
export interface RuleSet {
  /** Replaces the rules that were set while the emulator runs. Throws `ScriptError`. */
  readonly set: (rules: ReadonlyArray<ScriptRule>) => void
  /** Replaces the rules of the start, and resets their counts. */
  readonly setBase: (rules: ReadonlyArray<ScriptRule>) => void
  /** The rules in the order in which they are tried, with how often each was used. */
  readonly list: () => ReadonlyArray<{ readonly rule: ScriptRule; readonly name: string; readonly used: number }>
  /** The first rule that matches a request and is not used up; counts the use. */
  readonly take: (facts: RequestFacts) => ChosenRule | undefined
  /** Removes the rules that were set while the emulator runs. */
  readonly clear: () => void
  /** Does the same, and resets the counts of the other rules. */
  readonly reset: () => void
}

const isPart = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase())

/** Whether the last message meets the conditions on its text. */
const fitsText = ({ contains, matches }: NonNullable<ScriptRule["when"]>, text: string): boolean => {
  if (contains !== undefined && ![contains].flat().every((part) => isPart(text, part))) return false
  if (matches === undefined) return true
  const pattern = patternOf(matches)
  // A pattern with the flags `g` or `y` would remember its last match.
  pattern.lastIndex = 0
  return pattern.test(text)
}

/** Whether the end of the conversation meets the condition on tool results. */
const fitsResult = (expected: boolean | string | undefined, results: RequestFacts["toolResults"]): boolean => {
  if (expected === undefined) return true
  if (typeof expected === "string") return results?.includes(expected) === true
  return expected === (results !== undefined)
}

/** Whether a rule matches a request. */
export const fits = ({ call, when = {} }: ScriptRule, facts: RequestFacts): boolean => {
  if (when.operation === undefined ? !answersWithText(facts.operation) : when.operation !== facts.operation)
    return false
  if (call !== undefined && facts.operation === "completions") return false
  return (
    (when.deployment === undefined || when.deployment === facts.deployment) &&
    (when.model === undefined || when.model === facts.model) &&
    (when.stream === undefined || when.stream === facts.stream) &&
    (when.turn === undefined || when.turn === facts.turn) &&
    fitsResult(when.toolResult, facts.toolResults) &&
    fitsText(when, facts.text)
  )
}

const counted = (rules: ReadonlyArray<ScriptRule>): Array<Counted> =>
  check(rules).map((rule, index) => ({ rule, name: rule.name ?? `rule ${index + 1}`, used: 0 }))

/** Makes a set with the rules of the start. */
export const makeRuleSet = (start: ReadonlyArray<ScriptRule>): RuleSet => {
  let base = counted(start)
  let added: Array<Counted> = []
  const all = (): ReadonlyArray<Counted> => [...added, ...base]
  return {
    set: (rules) => {
      added = counted(rules)
    },
    setBase: (rules) => {
      base = counted(rules)
    },
    list: () => all().map(({ name, rule, used }) => ({ name, rule, used })),
    take: (facts) => {
      const found = all().find(({ rule, used }) => used < (rule.times ?? Infinity) && fits(rule, facts))
      if (found === undefined) return undefined
      found.used++
      return { rule: found.rule, name: found.name }
    },
    clear: () => {
      added = []
    },
    reset: () => {
      added = []
      for (const entry of base) entry.used = 0
    }
  }
}
