/**
 * The parts of a validator: a check is a function from a value to whether it is valid. Checks are made once for a schema and put together
 * as functions, not as text for `eval`, which Workers and pages with a policy forbid.
 */
import type { JsonRecord } from "../json.js"

/** What is wrong with a value, and where. The names are those of other validators. */
export interface SchemaError {
  readonly keyword: string
  /** A JSON pointer into the value. */
  readonly instancePath: string
  /** What the keyword says of the failure. */
  readonly params: JsonRecord
  /** The schema that has the keyword. */
  readonly parentSchema: unknown
  /** The value at the place. */
  readonly data: unknown
}

/** The members of one value that some keyword has looked at, for `unevaluatedProperties` and `unevaluatedItems`. */
export interface Seen {
  readonly properties: Set<string>
  readonly items: Set<number>
}

/**
 * Whether a value is valid. With `errors` all errors are added to it; without, the first one ends the check. `seen` is given when something
 * above asks which members were looked at.
 */
export type Check = (
  value: unknown,
  path: string,
  errors: Array<SchemaError> | undefined,
  seen: Seen | undefined
) => boolean

/** What a keyword is made with. */
export interface Making {
  /** The check of a schema inside this one. */
  readonly compile: (schema: unknown) => Check
  /** What a reference leads to. Throws if it leads to nothing. */
  readonly resolve: (reference: string) => unknown
  /** Whether `discriminator` chooses the branch of `oneOf`. */
  readonly discriminator: boolean
}

/** Makes the check of a keyword from its value and the schema around it; `undefined` when nothing can fail. */
export type Make = (value: never, schema: JsonRecord, making: Making, keyword: string) => Check | undefined

/** Fails: adds the error, if errors are wanted. */
export const failed = (
  errors: Array<SchemaError> | undefined,
  keyword: string,
  instancePath: string,
  parentSchema: unknown,
  data: unknown,
  params: JsonRecord = {}
): false => {
  errors?.push({ keyword, instancePath, params, parentSchema, data })
  return false
}

/** A check that only asks a question about the value. */
export const simple =
  (keyword: string, schema: JsonRecord, params: JsonRecord, isValid: (value: never) => boolean): Check =>
  (value, path, errors) =>
    isValid(value as never) || failed(errors, keyword, path, schema, value, params)

/** The place of a member. */
export const at = (path: string, member: string | number): string =>
  `${path}/${typeof member === "number" ? member : member.replaceAll("~", "~0").replaceAll("/", "~1")}`

/** Whether two JSON values are equal. */
export const equal = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]))
    )
  }
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && equal((a as JsonRecord)[name], (b as JsonRecord)[name]))
  )
}

/** The pattern of a schema. Throws for one that is not valid. */
export const patternOf = (source: string): RegExp => new RegExp(source, "u")
