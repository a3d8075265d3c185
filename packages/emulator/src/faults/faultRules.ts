/**
 * Repeated faults: for every n-th request, with a probability, or on certain paths. In: rules, and the facts of each request. Out: the fault of the
 * first rule that is due. Randomness has a seed, so that a failed test fails again.
 */
import { closest } from "../base/closest.js"
import type { DeploymentName } from "../base/deployment.js"
import { type Fault, FaultError, type FaultRule } from "../base/fault.js"
import { isRecord } from "../base/json.js"
import { operationNames } from "../contract/routes.js"
import { makeRandom, type Random } from "../engine/random.js"
import { check } from "./faultParser.js"

/**
 * What a rule for faults looks at.
 *
 * @category models
 */
export interface FaultRequest {
  readonly path: string
  /** The operation of the path, if it is one of the API. */
  readonly operation?: string | undefined
  /** The deployment of the path, if it is one of the API. */
  readonly deployment?: DeploymentName | undefined
}

/**
 * A rule for faults with its counts.
 *
 * @category models
 */
export interface CountedRule {
  /** The rule as it was added. */
  readonly rule: FaultRule
  /** How many requests matched it. */
  readonly seen: number
  /** How many of them got its fault. */
  readonly used: number
}

const isCount = (value: unknown): boolean => typeof value === "number" && Number.isInteger(value) && value >= 1
const isText = (value: unknown): boolean => typeof value === "string" && value !== ""

/** The accepted values of each field of a rule. The fault has its own check. */
const fields: Readonly<
  Record<Exclude<keyof FaultRule, "fault">, readonly [isValid: (value: unknown) => boolean, accepts: string]>
> = {
  path: [isText, "a path, or its beginning with '*' behind it"],
  operation: [(value) => operationNames.some((name) => name === value), `one of ${operationNames.join(", ")}`],
  deployment: [
    (value) => value === "serverless" || value === "dedicated" || value === "container",
    "serverless, dedicated or container"
  ],
  everyNth: [isCount, "an integer from 1"],
  probability: [(value) => typeof value === "number" && value >= 0 && value <= 1, "a number from 0 to 1"],
  seed: [(value) => typeof value === "number" && Number.isFinite(value), "a number"],
  times: [isCount, "an integer from 1"]
}

/** The names of the fields of a rule. */
export const faultRuleFields: ReadonlyArray<string> = ["fault", ...Object.keys(fields)]

/** Checks a rule from outside the program. Throws `FaultError` when it is invalid. */
export const checkRule = (rule: unknown): FaultRule => {
  if (!isRecord(rule)) throw new FaultError("a rule for faults must be an object")
  for (const [name, value] of Object.entries(rule)) {
    if (name === "fault" || value === undefined) continue
    if (!Object.hasOwn(fields, name)) {
      throw new FaultError(`a rule for faults has no field '${name}'; ${closest(name, faultRuleFields)}`)
    }
    const [isValid, accepts] = fields[name as keyof typeof fields]
    if (!isValid(value)) throw new FaultError(`the rule's '${name}' must be ${accepts}`)
  }
  const fault = check(rule["fault"])
  if (fault.times !== undefined) throw new FaultError("the fault of a rule has no 'times'; the rule has")
  return rule as unknown as FaultRule
}

/** Whether a rule matches a request, apart from probability and counts. */
const fits = ({ deployment, operation, path }: FaultRule, request: FaultRequest): boolean => {
  if (deployment !== undefined && deployment !== request.deployment) return false
  if (operation !== undefined && operation !== request.operation) return false
  if (path === undefined) return true
  return path.endsWith("*") ? request.path.startsWith(path.slice(0, -1)) : request.path === path
}

/** The rules of one scope. */
export interface FaultRules {
  /** Adds rules after the others. Throws `FaultError`. */
  readonly add: (rules: ReadonlyArray<FaultRule>) => void
  /** The fault that is due. Every matching rule counts the request, even if another rule gives the fault. */
  readonly take: (request: FaultRequest) => Fault | undefined
  /** The rules with their counts, in order. */
  readonly list: () => ReadonlyArray<CountedRule>
  readonly clear: () => void
}

/** Makes an empty list of rules. */
export const makeFaultRules = (): FaultRules => {
  let rules: Array<{ readonly rule: FaultRule; readonly random: Random; seen: number; used: number }> = []
  return {
    add: (added) => {
      const checked = added.map(checkRule)
      rules.push(
        ...checked.map((rule, index) => ({
          rule,
          // Rules without a seed still differ from each other.
          random: makeRandom(rule.seed ?? rules.length + index),
          seen: 0,
          used: 0
        }))
      )
    },
    take: (request) => {
      let found: Fault | undefined
      for (const entry of rules) {
        const { random, rule } = entry
        if (!fits(rule, request)) continue
        entry.seen++
        // The number is always drawn: which request gets a fault must not depend on the other conditions.
        const chance = random.next() < (rule.probability ?? 1)
        const isDue =
          chance &&
          entry.seen % (rule.everyNth ?? 1) === 0 &&
          entry.used < (rule.times ?? Infinity) &&
          found === undefined
        if (!isDue) continue
        entry.used++
        found = rule.fault
      }
      return found
    },
    list: () => rules.map(({ rule, seen, used }) => ({ rule, seen, used })),
    clear: () => {
      rules = []
    }
  }
}
