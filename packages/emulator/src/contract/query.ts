/**
 * Reads the query of a URL as the contract describes it. In: the parameters of an operation, and the query as it was sent. Out: values of the types
 * that the schemas ask for, with defaults for missing parameters, and the issues. A repeated name is a list.
 */
import type { JsonRecord } from "../base/json.js"
import type { Issue } from "../base/types.js"
import type { Parameter, SchemaNode } from "./document.js"
import { fromText } from "./form.js"
import type { Schemas } from "./schemas.js"
import { schemaIssues } from "./validate.js"

/** The values of a query, and the issues of those that are invalid. */
export interface QueryValues {
  readonly value: JsonRecord
  readonly issues: ReadonlyArray<Issue>
}

/** Some schemas only add a default to another one. */
const coreOf = (schema: SchemaNode): SchemaNode => schema.allOf?.[0] ?? schema

/** Reads the parameters that the contract names; others are ignored. */
export const queryValues = (
  parameters: ReadonlyArray<Parameter>,
  query: URLSearchParams,
  schemas: Schemas
): QueryValues => {
  const value: JsonRecord = {}
  const issues: Array<Issue> = []
  for (const { in: place, name, required, schema } of parameters) {
    if (place !== "query" || name === undefined || schema === undefined) continue
    const loc = ["query", name]
    const texts = query.getAll(name)
    if (texts.length === 0) {
      if (required === true) issues.push({ loc, msg: "Field required", type: "missing" })
      else if (schema.default !== undefined) value[name] = schema.default
      continue
    }
    const core = coreOf(schema)
    const types = schemas.typesOf(core)
    // If a parameter that is not a list is sent twice, the last value is used.
    const read = types.includes("array")
      ? texts.map((text) => fromText(schemas.typesOf(core.items ?? {}), text))
      : fromText(types, texts.at(-1)!)
    value[name] = read
    issues.push(...schemaIssues(core, read, loc, schemas))
  }
  return { value, issues }
}
