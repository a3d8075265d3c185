/**
 * The texts of a 422 body, in the words of FastAPI. In: errors of the validator. Out: issues with a location, a message and a type. They describe
 * what the schema expects and never contain a value of the request.
 *
 * Example: `{"loc": ["body", "n"], "msg": "Input should be a valid integer", "type": "int_type"}`.
 */
import { isRecord, own } from "../base/json.js"
import type { SchemaError } from "../base/jsonSchema/check.js"
import type { Issue } from "../base/types.js"
import type { SchemaNode } from "./document.js"
import type { Schemas } from "./schemas.js"

/** JSON types in the words of Python, and the type of the issue. */
const typeNames: Readonly<Record<string, readonly [name: string, type: string]>> = {
  string: ["string", "string_type"],
  integer: ["integer", "int_type"],
  number: ["number", "float_type"],
  boolean: ["boolean", "bool_type"],
  array: ["list", "list_type"],
  object: ["dictionary", "dict_type"]
}

/** The issue of a value that has none of the expected JSON types. */
export const typeIssue = (loc: Issue["loc"], types: ReadonlyArray<string>): Issue => {
  const named = types.flatMap((type) => (typeNames[type] === undefined ? [] : [typeNames[type]]))
  return {
    loc,
    msg: `Input should be a valid ${named.map(([name]) => name).join(" or ")}`,
    type: named[0]?.[1] ?? "type_error"
  }
}

/** Values as a list in words: `'a', 'b' or 'c'`. */
export const quoted = (values: ReadonlyArray<unknown>): string => {
  const words = values.filter((value) => value !== null).map((value) => `'${String(value)}'`)
  const last = words.at(-1) ?? ""
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`
}

/**
 * Turns a JSON pointer into a location. A pointer does not distinguish the key "0" of an object from the index 0 of an array, so the
 * value decides.
 */
export const locate = (base: Issue["loc"], root: unknown, pointer: string): Array<string | number> => {
  const loc: Array<string | number> = [...base]
  let value = root
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~")
    if (Array.isArray(value)) {
      loc.push(Number(key))
      value = value[Number(key)]
    } else {
      loc.push(key)
      value = isRecord(value) ? own(value, key) : undefined
    }
  }
  return loc
}

/** The details of a broken rule, from the validator. */
type Params = Readonly<Record<string, unknown>>

/** "1 item", "2 items". */
const plural = (count: number): string => (count === 1 ? "" : "s")

/** Message and type of the keywords whose issue depends on their parameters alone. */
const texts: Readonly<Record<string, (params: Params) => readonly [msg: string, type: string]>> = {
  enum: ({ allowedValues }) => [`Input should be ${quoted(allowedValues as ReadonlyArray<unknown>)}`, "enum"],
  const: ({ allowedValue }) => [`Input should be ${quoted([allowedValue])}`, "literal_error"],
  minimum: ({ limit }) => [`Input should be greater than or equal to ${String(limit)}`, "greater_than_equal"],
  maximum: ({ limit }) => [`Input should be less than or equal to ${String(limit)}`, "less_than_equal"],
  exclusiveMinimum: ({ limit }) => [`Input should be greater than ${String(limit)}`, "greater_than"],
  exclusiveMaximum: ({ limit }) => [`Input should be less than ${String(limit)}`, "less_than"],
  minLength: ({ limit }) => [
    `String should have at least ${String(limit)} character${plural(Number(limit))}`,
    "string_too_short"
  ],
  maxLength: ({ limit }) => [`String should have at most ${String(limit)} characters`, "string_too_long"],
  minItems: ({ limit }) => [`Input should have at least ${String(limit)} item${plural(Number(limit))}`, "too_short"],
  // Only fields that servers reject by name have this keyword.
  not: () => ["No such field", "extra_forbidden"],
  pattern: ({ pattern }) => [`String should match pattern '${String(pattern)}'`, "string_pattern_mismatch"]
}

/** A union whose members differ by one field: the field is missing, or has a value that no member has. */
const discriminatorIssue = (loc: Issue["loc"], error: SchemaError, schemas: Schemas): Issue => {
  const { params } = error
  const tag = String(params["tag"])
  if (params["tagValue"] === undefined) return { loc: [...loc, tag], msg: "Field required", type: "missing" }
  // The values that the discriminating field may have, one for each member of the union.
  const branches = (error.parentSchema as SchemaNode | undefined)?.oneOf ?? []
  const expected = branches.map((branch) => schemas.resolve(branch).properties?.[tag]?.const)
  return { loc: [...loc, tag], msg: `Input should be ${quoted(expected)}`, type: "union_tag_invalid" }
}

/** Turns an error of the validator into an issue. `root` is the value that was validated, and `base` its location in the request. */
export const toIssue = (error: SchemaError, base: Issue["loc"], root: unknown, schemas: Schemas): Issue => {
  const loc = locate(base, root, error.instancePath)
  const { params } = error
  switch (error.keyword) {
    case "required":
      return { loc: [...loc, String(params["missingProperty"])], msg: "Field required", type: "missing" }
    case "type":
      return typeIssue(loc, [params["type"]].flat().map(String))
    case "discriminator":
      return discriminatorIssue(loc, error, schemas)
    default: {
      const text = texts[error.keyword]
      // A keyword without its own text here; the contract has few of them.
      if (text === undefined) {
        return { loc, msg: `Input breaks the rule '${error.keyword}' of the schema`, type: "value_error" }
      }
      const [msg, type] = text(params)
      return { loc, msg, type }
    }
  }
}
