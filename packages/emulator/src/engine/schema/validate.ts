/**
 * Validates values. In: a JSON schema of any draft. Out: whether values are valid against it. Compiled schemas are kept.
 */
import { type AnySchema } from "ajv"
import { Ajv2020 } from "ajv/dist/2020.js"
import { normalized } from "./normalize.js"

/** Whether a value is valid. */
export type Validator = (value: unknown) => boolean

/** A schema in the form of draft 2020-12, with its validator. */
export interface Compiled {
  readonly schema: unknown
  readonly isValid: Validator
}

const options = { strict: false, validateFormats: false, logger: false } as const

/** Says whether schemas are valid. It is shared, because compiling the schema of schemas takes longer than compiling most schemas. */
const schemas = new Ajv2020(options)

/** Compiling a schema takes longer than anything else here, and a request needs its schema several times. */
const compiled = new Map<string, Compiled>()
const CACHED_SCHEMAS = 64

/** Compiles a schema, once for equal schemas. Throws for a schema that is not valid. */
export const compileSchema = (schema: unknown): Compiled => {
  const text = JSON.stringify(schema)
  const cached = compiled.get(text)
  if (cached !== undefined) return cached
  const newest = normalized(schema)
  // throws what `compile` would throw
  void schemas.validateSchema(newest as AnySchema, true)
  const validate = new Ajv2020({ ...options, validateSchema: false }).compile(newest as AnySchema)
  const result: Compiled = { schema: newest, isValid: (value) => validate(value) === true }
  if (compiled.size >= CACHED_SCHEMAS) compiled.clear()
  compiled.set(text, result)
  return result
}

/** Whether values are valid against a schema. Throws for a schema that is not valid. */
export const satisfies = (schema: unknown): Validator => compileSchema(schema).isValid
