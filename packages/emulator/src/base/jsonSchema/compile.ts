/** Makes the validator of a schema of draft 2020-12. In: a schema. Out: a function that decides whether a value is valid, and why not. */
import { isRecord, type JsonRecord } from "../json.js"
import { type Check, failed, type Making, type SchemaError, type Seen } from "./check.js"
import { checkOf, every, hasType, keywords } from "./keywords.js"

/** Whether a value is valid. With a list, all errors are added to it. */
export type Validate = (value: unknown, errors?: Array<SchemaError>) => boolean

export interface Options {
  /** The schema of a reference; `undefined` if it does not exist. */
  readonly resolve: (reference: string) => unknown
  /** Whether `discriminator` chooses the branch of `oneOf`, as OpenAPI has it. Default: false. */
  readonly discriminator?: boolean
}

const always: Check = () => true

const never: Check = (value, path, errors) => failed(errors, "false schema", path, false, value)

/** The types of a schema. `nullable` of OpenAPI adds one. */
const typesOf = ({ nullable, type }: JsonRecord): ReadonlyArray<string> => {
  const types = typeof type === "string" ? [type] : ((type as ReadonlyArray<string> | undefined) ?? [])
  return nullable === true && types.length > 0 ? [...types, "null"] : types
}

/**
 * Makes the checks of the keywords, in order. If the schema has only one type and the value has another, the check fails in place of the keywords of
 * that type.
 */
const keywordChecks = (schema: JsonRecord, making: Making): ReadonlyArray<Check> => {
  const types = typesOf(schema)
  const checkType: Check = (value, path, errors) =>
    types.some((type) => hasType(type, value)) || failed(errors, "type", path, schema, value, { type: schema["type"] })
  let isTypeChecked = types.length === 0
  const checks: Array<Check> = []
  for (const [type, makers] of keywords) {
    if (!Object.keys(makers).some((keyword) => schema[keyword] !== undefined)) continue
    const all = every(Object.entries(makers).flatMap(([keyword, make]) => checkOf(keyword, make, schema, making) ?? []))
    if (type === undefined) {
      checks.push(all)
    } else if (types.length === 1 && types[0] === type) {
      isTypeChecked = true
      checks.push((value, path, errors, seen) =>
        hasType(type, value) ? all(value, path, errors, seen) : checkType(value, path, errors, seen)
      )
    } else {
      checks.push((value, path, errors, seen) => !hasType(type, value) || all(value, path, errors, seen))
    }
  }
  return isTypeChecked ? checks : [checkType, ...checks]
}

/** Gives a schema its own record of evaluated members, and adds it to that of the outer schema if the value is valid. */
const tracked =
  (check: Check): Check =>
  (value, path, errors, around) => {
    const seen: Seen = { properties: new Set(), items: new Set() }
    const isValid = check(value, path, errors, seen)
    if (isValid && around !== undefined) {
      for (const name of seen.properties) around.properties.add(name)
      for (const index of seen.items) around.items.add(index)
    }
    return isValid
  }

/** Makes a compiler. It caches the check of each schema, so that schemas can refer to each other. */
export const makeCompiler = ({ discriminator = false, resolve }: Options): ((schema: unknown) => Validate) => {
  const known = new Map<object, Check>()
  /** Whether a compiled schema needs the evaluated members. */
  const isTracking = { any: false }

  const making: Making = {
    discriminator,
    resolve: (reference) => {
      const target = resolve(reference)
      if (target === undefined) throw new Error(`the reference ${JSON.stringify(reference)} cannot be resolved`)
      return target
    },
    compile: (schema) => {
      if (!isRecord(schema)) return schema === false ? never : always
      const cached = known.get(schema)
      if (cached !== undefined) return cached
      // a schema that refers to itself finds this one, which is complete when a value is checked
      let check: Check = always
      known.set(schema, (...args) => check(...args))
      if ("unevaluatedProperties" in schema || "unevaluatedItems" in schema) isTracking.any = true
      const all = every(keywordChecks(schema, making))
      const withRecord = tracked(all)
      check = (value, path, errors, seen) => (isTracking.any ? withRecord : all)(value, path, errors, seen)
      return check
    }
  }

  return (schema) => {
    const check = making.compile(schema)
    return (value, errors) => check(value, "", errors, undefined)
  }
}
