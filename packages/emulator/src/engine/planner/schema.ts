/**
 * Reads the JSON schemas of functions. In: a schema, and the document that its references are in. Out: the parts that the planner
 * needs: the properties, which of them are required, the types and the allowed values.
 */
import { atReference, isRecord, type JsonRecord, own } from "../../base/json.js"

/** A schema with its reference resolved. For a union, the first branch that is not null. */
export const resolved = (schema: unknown, root: unknown, depth = 0): JsonRecord => {
  if (!isRecord(schema) || depth > 16) return {}
  const reference = own(schema, "$ref")
  if (typeof reference === "string" && reference.startsWith("#")) {
    return {
      ...resolved(atReference(root, reference), root, depth + 1),
      ...Object.fromEntries(Object.entries(schema).filter(([key]) => key !== "$ref"))
    }
  }
  for (const keyword of ["anyOf", "oneOf", "allOf"]) {
    const branches = own(schema, keyword)
    if (!Array.isArray(branches)) continue
    const { [keyword]: _branches, ...rest } = schema
    const parts = branches.map((branch: unknown) => resolved(branch, root, depth + 1))
    if (keyword === "allOf") return Object.assign({}, rest, ...parts) as JsonRecord
    const constants = parts.map((part) => part["const"])
    // A union of constants is an enumeration.
    if (constants.every((constant) => constant !== undefined)) return { ...rest, enum: constants }
    return { ...rest, ...parts.find((part) => part["type"] !== "null") }
  }
  return schema
}

/** The types of a value; null does not count. */
export const typesOf = (schema: JsonRecord): ReadonlyArray<string> => {
  const type = own(schema, "type")
  const types = [type].flat().filter((one): one is string => typeof one === "string" && one !== "null")
  if (types.length > 0) return types
  return isRecord(own(schema, "properties")) ? ["object"] : own(schema, "items") === undefined ? [] : ["array"]
}

/** A property of an object. */
export interface Property {
  readonly name: string
  readonly schema: JsonRecord
  readonly required: boolean
}

/** The properties of an object, the required ones first. */
export const propertiesOf = (schema: JsonRecord, root: unknown): ReadonlyArray<Property> => {
  const required = own(schema, "required")
  const names = new Set(Array.isArray(required) ? (required as Array<unknown>) : [])
  const properties = own(schema, "properties")
  return Object.entries(isRecord(properties) ? properties : {})
    .map(([name, property]) => ({ name, schema: resolved(property, root), required: names.has(name) }))
    .sort((a, b) => Number(b.required) - Number(a.required))
}

/** The allowed values that a schema lists, null left out. */
export const allowedValues = (schema: JsonRecord): ReadonlyArray<unknown> | undefined => {
  const values = own(schema, "enum")
  if (Array.isArray(values)) return (values as Array<unknown>).filter((value) => value !== null)
  const constant = own(schema, "const")
  return constant === undefined ? undefined : [constant]
}

/** The description of a schema. */
export const descriptionOf = (schema: JsonRecord): string => {
  const description = own(schema, "description")
  return typeof description === "string" ? description : ""
}
