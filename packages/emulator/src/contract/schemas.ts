/**
 * Finds and compiles the schemas of the contract. In: the schemas by name. Out: functions that follow references, validate values and determine
 * types. Each schema is compiled once, when it is first needed.
 */
import type { SchemaError } from "../base/jsonSchema/check.js"
import { makeCompiler, type Validate } from "../base/jsonSchema/compile.js"
import { type SchemaNode, schemaNameOf, schemaPrefix } from "./document.js"

/** The schemas of the contract, indexed by name; each one is compiled when it is first needed. */
export interface Schemas {
  /** Follows references to the schema itself. */
  readonly resolve: (node: SchemaNode) => SchemaNode
  /** Whether a value is valid. */
  readonly accepts: (node: SchemaNode, value: unknown) => boolean
  /** All errors of a value; an empty list if it is valid. */
  readonly errorsOf: (node: SchemaNode, value: unknown) => ReadonlyArray<SchemaError>
  /** The JSON types of a schema; empty if it names no type. */
  readonly typesOf: (node: SchemaNode) => ReadonlyArray<string>
  /** Whether a value has one of the types of a schema. Nothing else is checked. */
  readonly hasTypeOf: (node: SchemaNode, value: unknown) => boolean
}

/** A reference to a schema of the contract. */
export const referenceTo = (name: string): SchemaNode => ({ $ref: `${schemaPrefix}${name}` })

/** The JSON schema type of a value. A number without a fraction is an integer. */
const typeOfValue = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "array"
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number"
  return typeof value
}

/** Indexes the schemas. The validator ignores the document's own keywords. */
export const makeSchemas = (schemas: Readonly<Record<string, SchemaNode>>): Schemas => {
  const resolve = (node: SchemaNode): SchemaNode => {
    if (node.$ref === undefined) return node
    const target = schemas[schemaNameOf(node.$ref)]
    if (target === undefined) throw new Error(`the contract has no schema ${node.$ref}`)
    return resolve(target)
  }

  const compile = makeCompiler({ resolve: (reference) => schemas[schemaNameOf(reference)], discriminator: true })
  const compiled = new WeakMap<SchemaNode, Validate>()
  const validatorOf = (node: SchemaNode): Validate => {
    const cached = compiled.get(node)
    if (cached !== undefined) return cached
    const validate = compile(node)
    compiled.set(node, validate)
    return validate
  }

  const errorsOf = (node: SchemaNode, value: unknown): ReadonlyArray<SchemaError> => {
    const validate = validatorOf(node)
    if (validate(value)) return []
    const errors: Array<SchemaError> = []
    validate(value, errors)
    return errors
  }

  const typesOf = (node: SchemaNode): ReadonlyArray<string> => {
    const { type } = resolve(node)
    return type === undefined ? [] : typeof type === "string" ? [type] : type
  }

  const hasTypeOf = (node: SchemaNode, value: unknown): boolean => {
    const types = typesOf(node)
    const type = typeOfValue(value)
    return types.length === 0 || types.includes(type) || (type === "integer" && types.includes("number"))
  }

  return {
    resolve,
    accepts: (node, value) => validatorOf(node)(value),
    errorsOf,
    typesOf,
    hasTypeOf
  }
}
