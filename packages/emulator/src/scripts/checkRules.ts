/**
 * Checks a script from outside the program. In: any value. Out: its rules, or a `ScriptError` with the place of the first mistake. An unknown key is
 * a mistake, because a rule with a misspelled condition would match every request.
 */
import { FaultError } from "../base/fault.js"
import { isRecord, type JsonRecord } from "../base/json.js"
import { closest } from "../base/closest.js"
import { ScriptError, type ScriptCondition, type ScriptRule } from "../base/script.js"
import { operationNames } from "../contract/routes.js"
import { check as checkFault } from "../faults/faultParser.js"
import { patternOf } from "./pattern.js"
import { answersWithText } from "./textOperations.js"

type Path = ReadonlyArray<string | number>

/** `rules[2].when.contains` for a path. */
const placeOf = (path: Path): string =>
  path.reduce<string>((text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}.${key}`), "rules")

const reject = (path: Path, message: string): never => {
  throw new ScriptError(`${placeOf(path)} ${message}`, path)
}

type Check = (value: unknown, path: Path) => void

/** A check that accepts the values that pass the test. */
const accept =
  (isValid: (value: unknown) => boolean, accepts: string): Check =>
  (value, path) => {
    if (!isValid(value)) reject(path, `must be ${accepts}`)
  }

const isText = (value: unknown): value is string => typeof value === "string"
const isCount = (value: unknown): boolean => typeof value === "number" && Number.isInteger(value) && value >= 1

const text = accept(isText, "text")
const flag = accept((value) => typeof value === "boolean", "true or false")
const name = accept((value) => isText(value) && value !== "", "text that is not empty")

/** Checks an object: each key must be known, and each value must pass the check of its key. */
const record = (value: unknown, path: Path, what: string, fields: Readonly<Record<string, Check>>): JsonRecord => {
  if (!isRecord(value)) return reject(path, `must be ${what}`)
  for (const [key, field] of Object.entries(value)) {
    const check = Object.hasOwn(fields, key) ? fields[key] : undefined
    if (check === undefined) {
      return reject([...path, key], `is not known; ${closest(key, Object.keys(fields))}`)
    }
    if (field !== undefined) check(field, [...path, key])
  }
  return value
}

const contains: Check = (value, path) => {
  const texts = Array.isArray(value) ? (value as ReadonlyArray<unknown>) : [value]
  if (texts.length === 0 || !texts.every((item) => isText(item) && item !== "")) {
    reject(path, "must be text that is not empty, or a list of such texts")
  }
}

const matches: Check = (value, path) => {
  if (!isText(value) && !(value instanceof RegExp)) return reject(path, "must be a regular expression")
  try {
    patternOf(value)
  } catch (error) {
    reject(path, `must be a regular expression: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const conditionFields: Readonly<Record<keyof ScriptCondition, Check>> = {
  contains,
  matches,
  toolResult: accept(
    (value) => typeof value === "boolean" || (isText(value) && value !== ""),
    "true, false or the name of a tool"
  ),
  turn: accept(isCount, "an integer from 1"),
  model: name,
  operation: (value, path) => {
    if (!isText(value) || !operationNames.some((operation) => operation === value)) {
      reject(path, `must be one of ${operationNames.join(", ")}`)
    }
  },
  deployment: accept(
    (value) => value === "serverless" || value === "dedicated" || value === "container",
    "serverless, dedicated or container"
  ),
  stream: flag
}

const oneCall: Check = (value, path) => {
  const call = record(value, path, "an object with 'tool' and 'arguments'", {
    tool: name,
    arguments: accept((field) => isText(field) || isRecord(field), "an object, or text to send unchanged")
  })
  if (call["tool"] === undefined) reject([...path, "tool"], "is required")
}

const call: Check = (value, path) => {
  if (!Array.isArray(value)) return oneCall(value, path)
  if (value.length === 0) return reject(path, "must have at least one call")
  for (const [index, item] of value.entries()) oneCall(item, [...path, index])
}

const fail: Check = (value, path) => {
  if (typeof value !== "number" && !isRecord(value)) return reject(path, "must be a status from 200 to 599, or a fault")
  if (isRecord(value) && (value["times"] !== undefined || value["id"] !== undefined)) {
    return reject(path, "has no 'times' and no 'id': 'times' belongs to the rule")
  }
  try {
    checkFault(typeof value === "number" ? { status: value } : value)
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    reject(path, `is invalid: ${error.message}`)
  }
}

const ruleFields: Readonly<Record<keyof ScriptRule, Check>> = {
  name,
  when: (value, path) => void record(value, path, "an object of conditions", conditionFields),
  say: text,
  reasoning: text,
  call,
  fail,
  times: accept(isCount, "an integer from 1")
}

/** Whether the parts of a rule are compatible. */
const checkWhole = (rule: ScriptRule, path: Path): void => {
  const operation = rule.when?.operation
  if (rule.say === undefined && rule.call === undefined && rule.fail === undefined) {
    reject(path, "needs one of 'say', 'call' and 'fail'")
  }
  if (rule.reasoning !== undefined && rule.say === undefined && rule.call === undefined) {
    reject([...path, "reasoning"], "needs 'say' or 'call': it stands before an answer")
  }
  if (rule.call !== undefined && operation === "completions") {
    reject([...path, "call"], "is not possible: completions have no tools")
  }
  if (operation !== undefined && !answersWithText(operation) && (rule.say !== undefined || rule.call !== undefined)) {
    reject(path, `can only 'fail' the operation '${operation}'`)
  }
}

/**
 * Checks rules from outside the program: a list, or an object with the list in `rules`. Throws `ScriptError` for the first mistake.
 *
 * **When to use** for rules from a file or a service, to report their mistakes early. `emulator.script` checks its rules, too.
 *
 * @example
 * ```ts
 * import { check } from "effect-friendli-emulator/Scripts"
 *
 * console.log(check([{ say: "Hello!" }]).length) // 1
 * ```
 * @category parsing
 */
export const check = (script: unknown): ReadonlyArray<ScriptRule> => {
  const rules: unknown = isRecord(script) ? script["rules"] : script
  if (isRecord(script)) {
    const unknown = Object.keys(script).find((key) => key !== "rules")
    if (unknown !== undefined) throw new ScriptError(`a script has only 'rules', and no '${unknown}'`, [])
  }
  if (!Array.isArray(rules)) throw new ScriptError("a script must be a list of rules, or an object with 'rules'", [])
  for (const [index, rule] of (rules as ReadonlyArray<unknown>).entries()) {
    record(rule, [index], "an object", ruleFields)
    checkWhole(rule as ScriptRule, [index])
  }
  return rules as ReadonlyArray<ScriptRule>
}
