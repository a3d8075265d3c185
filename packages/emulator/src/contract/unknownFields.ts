/**
 * Finds the fields of a request that the contract does not have. In: a valid value and its schema. Out: their places. The API accepts and ignores
 * most of them, so a misspelled field, or a field of another API, has no effect and causes no error.
 */
import { isRecord } from "../base/json.js"
import type { Issue } from "../base/types.js"
import type { SchemaNode } from "./document.js"
import type { Schemas } from "./schemas.js"

/** The branch of a union that a valid value belongs to. */
const branchOf = (node: SchemaNode, value: unknown, schemas: Schemas): SchemaNode | undefined => {
  const branches = node.anyOf ?? node.oneOf ?? []
  const tag = node.discriminator?.propertyName
  if (tag !== undefined && isRecord(value)) {
    return branches.find((branch) => schemas.resolve(branch).properties?.[tag]?.const === value[tag])
  }
  // Most branches differ by their JSON type. Validation decides between the remaining ones.
  const possible = branches.filter((branch) => schemas.hasTypeOf(branch, value))
  return possible.length > 1 ? possible.find((branch) => schemas.accepts(branch, value)) : possible[0]
}

/** The places of all unknown fields. Fields inside an unknown field are not listed. */
export const unknownFields = (
  schema: SchemaNode,
  value: unknown,
  loc: Issue["loc"],
  schemas: Schemas
): ReadonlyArray<Issue["loc"]> => {
  if (typeof value !== "object" || value === null) return []
  const node = schemas.resolve(schema)
  if (node.anyOf !== undefined || node.oneOf !== undefined) {
    const branch = branchOf(node, value, schemas)
    return branch === undefined ? [] : unknownFields(branch, value, loc, schemas)
  }
  if (Array.isArray(value)) {
    const { items } = node
    if (items === undefined) return []
    return value.flatMap((item, index) => unknownFields(items, item, [...loc, index], schemas))
  }
  // An object without named properties is a map, or a JSON schema of the caller.
  const { properties } = node
  if (properties === undefined || !isRecord(value)) return []
  return Object.entries(value).flatMap(([key, child]) => {
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined
    return known === undefined ? [[...loc, key]] : unknownFields(known, child, [...loc, key], schemas)
  })
}

/** The issue of an unknown field, if such fields are rejected. */
export const unknownIssue = (loc: Issue["loc"]): Issue => ({
  loc,
  msg: "Extra inputs are not permitted",
  type: "extra_forbidden"
})

/** A longer name, or one with other characters, may be content in the wrong place, so it is not shown. */
const plainName = /^[\w$.-]{1,64}$/

/** How many fields a log line names. */
const most = 10

/** Places as text for people, without the part that all have: `tools.0.function.strict`. */
export const fieldNames = (locs: ReadonlyArray<Issue["loc"]>): ReadonlyArray<string> =>
  locs.slice(0, most).map((loc) =>
    loc
      .slice(1)
      .map((part) => (plainName.test(String(part)) ? String(part) : "…"))
      .join(".")
  )
