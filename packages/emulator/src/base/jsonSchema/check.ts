/**
 * The parts of a validator: a check is a function that decides whether a value is valid. Checks are made once for a schema and composed as functions,
 * not as text for `eval`, which Workers and pages with a content security policy forbid.
 */
import type { JsonRecord } from "../json.js"

/** The error of a value, and its place. The names are those of other validators. */
export interface SchemaError {
  readonly keyword: string
  /** A JSON pointer into the value. */
  readonly instancePath: string
  /** The details of the failure, by keyword. */
  readonly params: JsonRecord
  /** The schema that has the keyword. */
  readonly parentSchema: unknown
  /** The value at this place. */
  readonly data: unknown
}

/** The members of one value that a keyword has evaluated, for `unevaluatedProperties` and `unevaluatedItems`. */
export interface Seen {
  readonly properties: Set<string>
  readonly items: Set<number>
}

/**
 * Whether a value is valid. With `errors`, all errors are added to it; without, the first error ends the check. `seen` is given if a schema above
 * needs the evaluated members.
 */
export type Check = (
  value: unknown,
  path: string,
  errors: Array<SchemaError> | undefined,
  seen: Seen | undefined
) => boolean

/** The context in which the check of a keyword is made. */
export interface Making {
  /** The check of a schema inside this one. */
  readonly compile: (schema: unknown) => Check
  /** The schema of a reference. Throws if it does not exist. */
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

/** A check that depends only on the value. */
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
