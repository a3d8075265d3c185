/**
 * Validates values. In: a JSON schema of any draft. Out: whether values are valid against it. Compiled schemas are kept.
 */
import { atReference, isRecord } from "../../base/json.js"
import { makeCompiler } from "../../base/jsonSchema/compile.js"
import { shapeProblem } from "../../base/jsonSchema/shape.js"
import { normalized } from "./normalize.js"

/** Whether a value is valid. */
export type Validator = (value: unknown) => boolean

/** A schema in the form of draft 2020-12, with its validator. */
export interface Compiled {
  readonly schema: unknown
  readonly isValid: Validator
}

/** A cache, because a request needs its schema several times. */
const compiled = new Map<string, Compiled>()
const CACHED_SCHEMAS = 64

/** The part of a schema that has an anchor. */
const anchored = (schema: unknown, name: string): unknown => {
  if (Array.isArray(schema)) {
    for (const item of schema) {
      const found = anchored(item, name)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (!isRecord(schema)) return undefined
  if (schema["$anchor"] === name || schema["$dynamicAnchor"] === name) return schema
  return anchored(Object.values(schema), name)
}

/** The schema that a reference inside a schema refers to. */
const resolveIn =
  (root: unknown) =>
  (reference: string): unknown => {
    if (!reference.startsWith("#")) throw new Error(`the reference leads to another document, which is not read`)
    if (reference === "#") return root
    return reference.startsWith("#/") ? atReference(root, reference) : anchored(root, reference.slice(1))
  }

/** Compiles a schema, once for equal schemas. Throws for a schema that is not valid. */
export const compileSchema = (schema: unknown): Compiled => {
  const text = JSON.stringify(schema)
  const cached = compiled.get(text)
  if (cached !== undefined) return cached
  const newest = normalized(schema)
  const problem = shapeProblem(newest)
  if (problem !== undefined) throw new Error(problem)
  const result: Compiled = { schema: newest, isValid: makeCompiler({ resolve: resolveIn(newest) })(newest) }
  if (compiled.size >= CACHED_SCHEMAS) compiled.clear()
  compiled.set(text, result)
  return result
}

/** Whether values are valid against a schema. Throws for a schema that is not valid. */
export const satisfies = (schema: unknown): Validator => compileSchema(schema).isValid
