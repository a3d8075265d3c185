/**
 * The rules between fields that a JSON schema cannot express (`x-constraints` of the contract). In: a valid
 * body and its schema. Out: the rules that it breaks. Examples: only one of `max_tokens` and
 * `max_total_tokens` can be given, and `top_logprobs` needs `logprobs` to be true.
 */
import { isRecord, type JsonRecord, own } from "../base/json.js"
import type { Issue } from "../base/types.js"
import type { Rule, SchemaNode } from "./document.js"
import { quoted } from "./issues.js"
import type { Schemas } from "./schemas.js"

/** An object of the request, its schema and its location, and the whole request. */
interface Subject {
  readonly value: JsonRecord
  readonly node: SchemaNode
  readonly loc: Issue["loc"]
  readonly request: unknown
}

/** Whether a field has a value. Null counts as absent, as servers treat it. */
const isPresent = (record: JsonRecord, field: string): boolean => {
  const value = own(record, field)
  return value !== undefined && value !== null
}

/** Whether a field is set. A value with the same meaning as a missing field (an empty list, the default) does not count. */
const isSet = ({ node, value: record }: Subject, field: string): boolean => {
  const value = own(record, field)
  if (value === undefined || value === null) return false
  if (Array.isArray(value) && value.length === 0) return false
  return value !== node.properties?.[field]?.default
}

/** Whether the condition of a rule is met. Conditions in prose are never met here: the operations check them. */
const isMet = ({ when }: Rule, value: JsonRecord): boolean =>
  typeof when === "object" &&
  Object.entries(when).every(([field, expected]) => [expected].flat().some((one) => one === own(value, field)))

/** The condition in words, for the message. */
const conditionText = ({ when }: Rule): string =>
  typeof when === "object"
    ? Object.entries(when)
        .map(([field, expected]) => `'${field}' is ${quoted([expected].flat())}`)
        .join(" and ")
    : ""

/** Checks one rule on one object. */
type CheckRule = (rule: Rule, subject: Subject) => ReadonlyArray<Issue>

/** An issue of one field of the object. */
const issueAt = ({ loc }: Subject, field: string, msg: string, type = "value_error"): Issue => ({
  loc: [...loc, field],
  msg,
  type
})

/** One function for each kind of rule. Its parameters are the fields that the kind uses. */
const checks: Readonly<Record<string, CheckRule>> = {
  "mutually-exclusive": ({ fields = [] }, subject) =>
    fields.every((field) => isSet(subject, field))
      ? [issueAt(subject, fields.at(-1) ?? "", `Only one of ${quoted(fields)} can be given`)]
      : [],

  "at-least-one": ({ fields = [] }, subject) =>
    fields.some((field) => isPresent(subject.value, field))
      ? []
      : [issueAt(subject, fields[0] ?? "", `At least one of ${quoted(fields)} is needed`)],

  requires: ({ field = "", needs = {} }, subject) => {
    if (!isPresent(subject.value, field)) return []
    return Object.entries(needs).flatMap(([other, expected]) => {
      // "present" requires any value; everything else requires exactly this value.
      const fulfilled =
        expected === "present" ? isPresent(subject.value, other) : own(subject.value, other) === expected
      return fulfilled ? [] : [issueAt(subject, field, `'${field}' needs '${other}' to be ${String(expected)}`)]
    })
  },

  "required-when": (rule, subject) => {
    const { field = "" } = rule
    return isMet(rule, subject.value) && !isPresent(subject.value, field)
      ? [issueAt(subject, field, `Field required when ${conditionText(rule)}`, "missing")]
      : []
  },

  "forbidden-when": (rule, subject) => {
    const { field = "" } = rule
    return isMet(rule, subject.value) && isPresent(subject.value, field)
      ? [issueAt(subject, field, `'${field}' cannot be given when ${conditionText(rule)}`)]
      : []
  },

  "max-items": ({ count = Infinity, field = "" }, subject) => {
    const value = own(subject.value, field)
    return Array.isArray(value) && value.length > count
      ? [issueAt(subject, field, `Input should have at most ${count} item${count === 1 ? "" : "s"}`, "too_long")]
      : []
  },

  "less-than": ({ field = "", than = "" }, subject) => {
    // The field to compare with is one of the whole request, because the rule may be in an object inside it.
    const limitField = than.replace(/^request\./, "")
    const value = own(subject.value, field)
    const limit = isRecord(subject.request) ? own(subject.request, limitField) : undefined
    return typeof value === "number" && typeof limit === "number" && value >= limit
      ? [issueAt(subject, field, `Input should be less than '${limitField}'`, "less_than")]
      : []
  }
}

/** The rules that a valid value breaks, in all its parts. A rule of an unknown kind is ignored. */
export const ruleIssues = (
  schema: SchemaNode,
  value: unknown,
  loc: Issue["loc"],
  request: unknown,
  schemas: Schemas
): ReadonlyArray<Issue> => {
  const node = schemas.resolve(schema)
  const branches = node.anyOf ?? node.oneOf
  if (branches !== undefined) {
    // The first branch that the value matches is the one that it was meant for.
    const branch = branches.find((candidate) => schemas.accepts(candidate, value))
    return branch === undefined ? [] : ruleIssues(branch, value, loc, request, schemas)
  }
  if (Array.isArray(value)) {
    const { items } = node
    return items === undefined
      ? []
      : value.flatMap((item, index) => ruleIssues(items, item, [...loc, index], request, schemas))
  }
  if (!isRecord(value)) return []
  const subject: Subject = { value, node, loc, request }
  return [
    ...(node["x-constraints"] ?? []).flatMap((rule) => checks[rule.rule]?.(rule, subject) ?? []),
    ...Object.entries(node.properties ?? {}).flatMap(([key, child]) =>
      Object.hasOwn(value, key) ? ruleIssues(child, value[key], [...loc, key], request, schemas) : []
    )
  ]
}
