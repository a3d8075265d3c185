/**
 * Merges JSON schemas that apply at the same time, like the branches of `allOf`. In: two schemas. Out: one schema, with the tighter limits of both.
 * Throws `Impossible` if they exclude each other.
 */
import { isRecord, type JsonRecord } from "../../base/json.js"
import { Impossible } from "./error.js"

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [value])

/** The types that both allow. An integer is a number. */
const commonTypes = (a: unknown, b: unknown, path: string): unknown => {
  const common = listOf(a).flatMap((type) => {
    if (listOf(b).includes(type)) return [type]
    if (type === "integer" && listOf(b).includes("number")) return ["integer"]
    return type === "number" && listOf(b).includes("integer") ? ["integer"] : []
  })
  if (common.length === 0) throw new Impossible("'type' excludes every type", path)
  return common.length === 1 ? common[0] : common
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** How two values of one keyword are merged. For other keywords, both values apply, as branches of an `allOf`. */
const joins: Readonly<Record<string, (a: unknown, b: unknown, path: string) => unknown>> = {
  type: commonTypes,
  required: (a, b) => [...new Set([...listOf(a), ...listOf(b)])],
  minimum: (a, b) => Math.max(Number(a), Number(b)),
  exclusiveMinimum: (a, b) => Math.max(Number(a), Number(b)),
  minLength: (a, b) => Math.max(Number(a), Number(b)),
  minItems: (a, b) => Math.max(Number(a), Number(b)),
  minProperties: (a, b) => Math.max(Number(a), Number(b)),
  maximum: (a, b) => Math.min(Number(a), Number(b)),
  exclusiveMaximum: (a, b) => Math.min(Number(a), Number(b)),
  maxLength: (a, b) => Math.min(Number(a), Number(b)),
  maxItems: (a, b) => Math.min(Number(a), Number(b)),
  maxProperties: (a, b) => Math.min(Number(a), Number(b)),
  multipleOf: (a, b) => {
    const [x, y] = [Number(a), Number(b)]
    const gcd = (m: number, n: number): number => (n === 0 ? m : gcd(n, m % n))
    return Number.isInteger(x) && Number.isInteger(y) ? (x * y) / gcd(x, y) : Math.max(x, y)
  },
  uniqueItems: (a, b) => a === true || b === true,
  enum: (a, b, path) => {
    const common = listOf(a).filter((one) => listOf(b).some((other) => same(one, other)))
    if (common.length === 0) throw new Impossible("'enum' has no value in common with another 'enum'", path)
    return common
  },
  properties: (a, b) => joinNamed(a, b),
  patternProperties: (a, b) => joinNamed(a, b),
  items: (a, b) => both(a, b),
  additionalProperties: (a, b) => both(a, b),
  propertyNames: (a, b) => both(a, b)
}

const both = (a: unknown, b: unknown): unknown => {
  if (a === true || same(a, b)) return b
  if (b === true) return a
  return a === false || b === false ? false : { allOf: [a, b] }
}

const joinNamed = (a: unknown, b: unknown): JsonRecord => {
  const joined: JsonRecord = isRecord(a) ? { ...a } : {}
  for (const [name, schema] of Object.entries(isRecord(b) ? b : {})) {
    joined[name] = Object.hasOwn(joined, name) ? both(joined[name], schema) : schema
  }
  return joined
}

/** Both schemas as one. */
export const merged = (a: JsonRecord, b: JsonRecord, path: string): JsonRecord => {
  const result: JsonRecord = { ...a }
  const rest: JsonRecord = {}
  for (const [key, value] of Object.entries(b)) {
    if (!Object.hasOwn(result, key) || same(result[key], value)) result[key] = value
    else if (joins[key] !== undefined) result[key] = joins[key](result[key], value, path)
    // Keywords that cannot be merged are checked when the value exists.
    else if (["anyOf", "oneOf", "allOf", "not", "pattern", "contains", "if"].includes(key)) rest[key] = value
  }
  return Object.keys(rest).length === 0 ? result : { ...result, allOf: [...listOf(result["allOf"] ?? []), rest] }
}
