/**
 * Checks a value against a schema of the contract. In: a schema and a value. Out: helpful issues, none for a valid value. A validator lists every way
 * in which a union can fail; here only the branch that was probably meant is explained.
 */
import { isRecord, own } from "../base/json.js"
import type { SchemaError } from "../base/jsonSchema/check.js"
import type { Issue } from "../base/types.js"
import { type SchemaNode, schemaNameOf } from "./document.js"
import { locate, quoted, toIssue, typeIssue } from "./issues.js"
import type { Schemas } from "./schemas.js"

/** Whether a JSON pointer is at another one or below it. `/ab` is not below `/a`. */
const isWithin = (pointer: string, ancestor: string): boolean =>
  pointer === ancestor || pointer.startsWith(`${ancestor}/`)

/** The branch of a union that the value seems to be meant for: by a key that only this branch has, or by the JSON type. */
const likelyBranch = (node: SchemaNode, value: unknown, schemas: Schemas): SchemaNode | undefined => {
  const branches = node.anyOf ?? []
  const { absent, by = "", keys } = node["x-union"] ?? {}
  if (keys !== undefined && isRecord(value)) {
    // Either a key of the value decides; without such a key, the first branch is explained. Or its type decides: a missing one
    // has a meaning of its own; of a type that no branch has, only the type is wrong.
    const names = Object.keys(keys)
    const type = own(value, "type") ?? undefined
    if (by.endsWith("type") && type !== undefined && !names.includes(String(type))) return undefined
    const key = by.endsWith("type") ? type : names.find((name) => own(value, name) !== undefined)
    const schemaName = schemaNameOf((key === undefined ? absent : keys[String(key)]) ?? keys[names[0] ?? ""] ?? "")
    const branch = branches.find((candidate) => candidate.$ref?.endsWith(`/${schemaName}`))
    if (branch !== undefined) return branch
  }
  return branches.find((branch) => schemas.hasTypeOf(branch, value))
}

/** A failed `anyOf` reports the errors of every branch. Only those of the likely branch help; without one, the types do. */
const unionIssues = (node: SchemaNode, value: unknown, loc: Issue["loc"], schemas: Schemas): ReadonlyArray<Issue> => {
  const branch = likelyBranch(node, value, schemas)
  if (branch !== undefined) return schemaIssues(branch, value, loc, schemas)
  const { by = "", keys } = node["x-union"] ?? {}
  return keys !== undefined && by.endsWith("type") && isRecord(value)
    ? [{ loc: [...loc, "type"], msg: `Input should be ${quoted(Object.keys(keys))}`, type: "union_tag_invalid" }]
    : [typeIssue(loc, (node.anyOf ?? []).flatMap(schemas.typesOf))]
}

/** What is invalid in a value; an empty list when the value is valid. */
export const schemaIssues = (
  node: SchemaNode,
  value: unknown,
  loc: Issue["loc"],
  schemas: Schemas
): ReadonlyArray<Issue> => {
  const errors = schemas.errorsOf(node, value)
  // Inner errors come first. From the end, the outermost union of a place comes before the unions inside it.
  const unions: Array<SchemaError> = []
  for (const error of errors.toReversed()) {
    if (error.keyword === "anyOf" && !unions.some((outer) => isWithin(error.instancePath, outer.instancePath))) {
      unions.push(error)
    }
  }
  // Errors inside a union are those of its branches, which are explained below.
  const others = errors.filter((error) => !unions.some((union) => isWithin(error.instancePath, union.instancePath)))
  return [
    ...others.map((error) => toIssue(error, loc, value, schemas)),
    ...unions
      .toReversed()
      .flatMap((error) =>
        unionIssues(error.parentSchema as SchemaNode, error.data, locate(loc, value, error.instancePath), schemas)
      )
  ]
}
