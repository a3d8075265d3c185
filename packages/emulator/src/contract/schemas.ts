/**
 * Finds and compiles the schemas of the contract. In: the schemas by name. Out: functions that follow
 * references, validate values and tell types. Each schema is compiled once, when it is first needed.
 */
import { Ajv2020, type AnySchemaObject, type ValidateFunction } from "ajv/dist/2020.js"
import { isRecord } from "../base/json.js"
import { type SchemaNode, schemaNameOf, schemaPrefix } from "./document.js"

/** The schemas of the contract, indexed by name; each one is compiled when it is first needed. */
export interface Schemas {
  /** Follows references to the schema itself. */
  readonly resolve: (node: SchemaNode) => SchemaNode
  readonly validatorOf: (node: SchemaNode) => ValidateFunction
  /** The JSON types that a schema names; none when it names no type. */
  readonly typesOf: (node: SchemaNode) => ReadonlyArray<string>
  /** Whether a value has one of the types of a schema. Nothing else is checked. */
  readonly hasTypeOf: (node: SchemaNode, value: unknown) => boolean
}

/** The name of the document for the validator. */
const documentId = "friendli-api"

/** A reference to a schema of the contract that works from anywhere. */
export const referenceTo = (name: string): SchemaNode => ({ $ref: `${documentId}${schemaPrefix}${name}` })

/** Makes references absolute: in a compiled part of the document, they would be relative to that part. */
const withAbsoluteReferences = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withAbsoluteReferences)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) =>
      key === "$ref" && typeof child === "string" && child.startsWith("#")
        ? [key, documentId + child]
        : [key, withAbsoluteReferences(child)]
    )
  )
}

/** The type of a value in the words of JSON schemas. A whole number is an integer. */
const typeOfValue = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "array"
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number"
  return typeof value
}

/** Indexes the schemas. They stay in one document for Ajv, because they refer to each other. */
export const makeSchemas = (schemas: Readonly<Record<string, SchemaNode>>): Schemas => {
  // All errors, because a 422 lists all issues at once. Not strict, because the document has keywords of its
  // own. Verbose, because explaining a union needs its schema and its value. The schemas themselves are not
  // validated: the document is part of the package.
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    strictNumbers: true,
    discriminator: true,
    validateFormats: false,
    validateSchema: false,
    verbose: true
  })
  ajv.addSchema({ $id: documentId, components: { schemas } })

  const resolve = (node: SchemaNode): SchemaNode => {
    if (node.$ref === undefined) return node
    const target = schemas[schemaNameOf(node.$ref)]
    if (target === undefined) throw new Error(`the contract has no schema ${node.$ref}`)
    return resolve(target)
  }

  const compiled = new WeakMap<SchemaNode, ValidateFunction>()
  const validatorOf = (node: SchemaNode): ValidateFunction => {
    const cached = compiled.get(node)
    if (cached !== undefined) return cached
    const validate = ajv.compile(withAbsoluteReferences(node) as AnySchemaObject)
    compiled.set(node, validate)
    return validate
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

  return { resolve, validatorOf, typesOf, hasTypeOf }
}
