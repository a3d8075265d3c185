/**
 * Converts a JSON schema of an older draft to the form of draft 2020-12, so that there is one validator and one generator. In: a schema of draft 4 to
 * 2020-12. Out: a copy with `prefixItems` instead of lists of `items`, numbers instead of a boolean `exclusiveMinimum`, and `dependentRequired` and
 * `dependentSchemas` instead of `dependencies`.
 */
import { isRecord, type JsonRecord } from "../../base/json.js"

/** Keywords whose values are data, not schemas. */
const DATA = new Set(["const", "enum", "default", "examples", "example"])
/** Keywords with schemas by name: their names are not keywords. */
const NAMED = new Set(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"])

/** A limit of draft 4, where the exclusive one is a boolean next to the other. */
const limits = (schema: JsonRecord): void => {
  for (const [limit, exclusive] of [
    ["minimum", "exclusiveMinimum"],
    ["maximum", "exclusiveMaximum"]
  ] as const) {
    const flag = schema[exclusive]
    if (typeof flag !== "boolean") continue
    delete schema[exclusive]
    if (!flag || typeof schema[limit] !== "number") continue
    schema[exclusive] = schema[limit]
    delete schema[limit]
  }
}

/** A tuple of draft 7, where `items` is a list and `additionalItems` what follows it. */
const tuple = (schema: JsonRecord): void => {
  if (Array.isArray(schema["items"])) {
    const list = schema["items"] as Array<unknown>
    delete schema["items"]
    if (list.length > 0) schema["prefixItems"] = list
    if (schema["additionalItems"] !== undefined) schema["items"] = schema["additionalItems"]
  }
  delete schema["additionalItems"]
}

/** The dependencies of draft 7, which are lists of names or schemas. */
const dependencies = (schema: JsonRecord): void => {
  const all = schema["dependencies"]
  if (!isRecord(all)) return
  delete schema["dependencies"]
  const lists = Object.entries(all).filter(([, one]) => Array.isArray(one))
  const schemas = Object.entries(all).filter(([, one]) => !Array.isArray(one))
  if (lists.length > 0) schema["dependentRequired"] = Object.fromEntries(lists)
  if (schemas.length > 0) schema["dependentSchemas"] = Object.fromEntries(schemas)
}

/** The schema in the form of draft 2020-12. A value that is not a schema is returned unchanged. */
export const normalized = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return (schema as Array<unknown>).map(normalized)
  if (!isRecord(schema)) return schema
  const result: JsonRecord = {}
  for (const [key, value] of Object.entries(schema)) {
    // The dialect is known now; its name would make the validator look for another meta-schema.
    if (
      key === "$schema" ||
      key === "$id" ||
      (key === "id" && typeof value === "string" && schema["type"] !== undefined)
    )
      continue
    result[key] = DATA.has(key)
      ? value
      : NAMED.has(key) && isRecord(value)
        ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, normalized(one)]))
        : normalized(value)
  }
  limits(result)
  tuple(result)
  dependencies(result)
  return result
}
