/**
 * Fills the arguments of a function. In: the schema of its parameters, the values of a prompt, and a seed. Out: arguments that satisfy the schema.
 * First a value is generated from the schema alone. Then each part that the prompt contains replaces the generated part, as long as the whole stays
 * valid. Optional parts that the prompt does not contain are left out.
 */
import { isRecord, type JsonRecord } from "../../base/json.js"
import { constrainedText, satisfies } from "../constrain.js"
import { candidatesFor, type Source } from "./candidates.js"
import { kindOf } from "./kinds.js"
import { propertiesOf, resolved } from "./schema.js"

/** How deep objects inside of objects are filled. */
const MAX_DEPTH = 5

/** Whether an optional part that the prompt does not contain is left out. */
export type Optionals = "omit" | "keep"

/** Replaces the parts of an object that the prompt contains. `isValid` checks the whole value that the object is a part of. */
const fillObject = (
  object: JsonRecord,
  schema: JsonRecord,
  root: unknown,
  source: Source,
  optionals: Optionals,
  isValid: () => boolean,
  depth = 0
): void => {
  const properties = propertiesOf(schema, root)
  const numbers = properties.filter((property) => kindOf(property.name, property.schema) === "number").length
  for (const { name, required, schema: property } of properties) {
    const had = Object.hasOwn(object, name)
    const before = object[name]
    const restore = (): void => {
      if (had) object[name] = before
      else delete object[name]
    }
    const otherNumbers = numbers - (kindOf(name, property) === "number" ? 1 : 0)
    const items = resolved(property["items"], root)
    const candidates = candidatesFor({ name, schema: property, required, otherNumbers }, items, source)
    const isSet = candidates.some((candidate) => {
      object[name] = candidate
      if (isValid()) return true
      restore()
      return false
    })
    if (isSet) continue
    if (isRecord(before) && kindOf(name, property) === "object" && depth < MAX_DEPTH) {
      const inner = { ...before }
      object[name] = inner
      fillObject(inner, property, root, source, optionals, isValid, depth + 1)
      if (!isValid()) restore()
      // If the prompt contains no part of an object, the whole object is left out.
      if (Object.keys(inner).length > 0 || required) continue
    }
    if (!had || required || optionals === "keep") continue
    delete object[name]
    if (!isValid()) restore()
  }
}

/** Puts the values of a prompt into a value that satisfies a schema. The result satisfies it, too. */
export const fill = (value: unknown, schema: unknown, source: Source, optionals: Optionals): unknown => {
  if (!isRecord(value)) return value
  const filled = { ...value }
  const isValid = satisfies(schema)
  fillObject(filled, resolved(schema, schema), schema, source, optionals, () => isValid(filled))
  return isValid(filled) ? filled : value
}

/** Arguments for a function, as JSON text. Throws `ConstraintError` for a schema that no value satisfies. */
export const fillArguments = (schema: unknown, source: Source, seed: number): string =>
  JSON.stringify(fill(JSON.parse(constrainedText({ kind: "json_schema", schema }, seed)), schema, source, "omit"))
