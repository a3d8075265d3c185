/** Whether a value is a schema: each keyword of draft 2020-12 has a permitted value, as in the meta-schema of the standard. */
import { isRecord } from "../json.js"

/** The problem with the value of a keyword; `undefined` if it is valid. */
type Rule = (value: unknown, path: string) => string | undefined

const must =
  (what: string, isValid: (value: unknown) => boolean): Rule =>
  (value, path) =>
    isValid(value) ? undefined : `${path} must be ${what}`

const text = must("a string", (value) => typeof value === "string")
const boolean = must("a boolean", (value) => typeof value === "boolean")
const number = must("a number", (value) => typeof value === "number")
const size = must("a whole number from 0", (value) => Number.isInteger(value) && Number(value) >= 0)
const list = must("a list", Array.isArray)
const anchor = must("a name", (value) => typeof value === "string" && /^[A-Za-z_][-A-Za-z0-9._]*$/.test(value))

const areDifferent = (values: ReadonlyArray<unknown>): boolean => new Set(values).size === values.length

const names = must(
  "a list of different names",
  (value) => Array.isArray(value) && value.every((name) => typeof name === "string") && areDifferent(value)
)

const typeNames: ReadonlyArray<unknown> = ["array", "boolean", "integer", "null", "number", "object", "string"]

const type = must(
  "a JSON type, or a list of different ones",
  (value) =>
    typeNames.includes(value) ||
    (Array.isArray(value) && value.length > 0 && value.every((one) => typeNames.includes(one)) && areDifferent(value))
)

/** The first problem of all members. */
const first = (
  members: ReadonlyArray<readonly [name: string | number, value: unknown]>,
  path: string,
  rule: Rule
): string | undefined => {
  for (const [name, value] of members) {
    const problem = rule(value, `${path}/${name}`)
    if (problem !== undefined) return problem
  }
  return undefined
}

const schema: Rule = (value, path) => shapeProblem(value, path)

const schemas: Rule = (value, path) =>
  Array.isArray(value) && value.length > 0
    ? first(
        value.map((one, index) => [index, one] as const),
        path,
        schema
      )
    : `${path} must be a list of schemas`

const byName =
  (rule: Rule): Rule =>
  (value, path) =>
    isRecord(value) ? first(Object.entries(value), path, rule) : `${path} must be an object`

const rules: Readonly<Record<string, Rule>> = {
  $ref: text,
  $dynamicRef: text,
  $anchor: anchor,
  $dynamicAnchor: anchor,
  $comment: text,
  $defs: byName(schema),
  definitions: byName(schema),
  type,
  enum: must("a list with a value", (value) => Array.isArray(value) && value.length > 0),
  multipleOf: must("a number above 0", (value) => typeof value === "number" && value > 0),
  maximum: number,
  exclusiveMaximum: number,
  minimum: number,
  exclusiveMinimum: number,
  maxLength: size,
  minLength: size,
  pattern: text,
  maxItems: size,
  minItems: size,
  uniqueItems: boolean,
  maxContains: size,
  minContains: size,
  maxProperties: size,
  minProperties: size,
  required: names,
  dependentRequired: byName(names),
  dependentSchemas: byName(schema),
  prefixItems: schemas,
  items: schema,
  contains: schema,
  properties: byName(schema),
  patternProperties: byName(schema),
  additionalProperties: schema,
  propertyNames: schema,
  unevaluatedItems: schema,
  unevaluatedProperties: schema,
  if: schema,
  then: schema,
  else: schema,
  allOf: schemas,
  anyOf: schemas,
  oneOf: schemas,
  not: schema,
  contentSchema: schema,
  contentEncoding: text,
  contentMediaType: text,
  title: text,
  description: text,
  format: text,
  deprecated: boolean,
  readOnly: boolean,
  writeOnly: boolean,
  examples: list
}

/** The problem of a schema, with its place; `undefined` if it is valid. Patterns and references are not checked. */
export const shapeProblem = (value: unknown, path = "schema"): string | undefined => {
  if (typeof value === "boolean") return undefined
  if (!isRecord(value)) return `${path} must be an object or a boolean`
  for (const [keyword, inner] of Object.entries(value)) {
    const problem = Object.hasOwn(rules, keyword) ? rules[keyword]?.(inner, `${path}/${keyword}`) : undefined
    if (problem !== undefined) return problem
  }
  return undefined
}
