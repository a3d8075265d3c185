/**
 * Generates text that satisfies a response format. In: a JSON schema, a regular expression, or any JSON object, and a seed. Out: a text that was
 * checked against the format, or a `ConstraintError`. A real server forbids tokens that would break the format; here the whole text is made first and
 * its tokens are then sent as if the model had chosen them.
 */
import { isRecord } from "../base/json.js"
import type { Random } from "./random.js"
import { makeRandom } from "./random.js"
import { ConstraintError, Impossible } from "./schema/error.js"
import { patternText } from "./schema/pattern.js"
import { compileSchema, type Compiled } from "./schema/validate.js"
import { schemaValue } from "./schema/values.js"
import { capital, corpusParts, phrase } from "./schema/words.js"

export { ConstraintError } from "./schema/error.js"
export { satisfies } from "./schema/validate.js"

/**
 * What a text must satisfy.
 *
 * `json_object` is an object with any fields. `json_schema` is JSON that is valid against a schema of draft 4 to 2020-12 with
 * references inside the schema only; `format` is followed where possible but not checked. `regex` is a text that the pattern
 * matches from beginning to end.
 */
export type Constraint =
  | { readonly kind: "json_object" }
  | { readonly kind: "json_schema"; readonly schema: unknown }
  | { readonly kind: "regex"; readonly pattern: string }

/** The message of a thrown value. */
const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Larger sizes would make an answer longer than any context. */
const LARGEST = 10_000
/** The maximum number of attempts. Most schemas need one. */
const ATTEMPTS = 60
/** The maximum number of values in all attempts together, including nested values. */
const MAX_VALUES = 20_000

/** Keywords that require a minimum size. */
const SIZES = ["minItems", "minLength", "minProperties", "minContains"]

/** Rejects a schema that requires a very large value, before the generator tries to make it. */
const checkSizes = (schema: unknown): void => {
  if (Array.isArray(schema)) return schema.forEach(checkSizes)
  if (!isRecord(schema)) return
  for (const [key, value] of Object.entries(schema)) {
    if (SIZES.includes(key) && typeof value === "number" && value > LARGEST) {
      throw new ConstraintError(
        "json_schema",
        `The schema asks for ${key} ${value}; at most ${LARGEST} can be generated`
      )
    }
    checkSizes(value)
  }
}

/**
 * JSON for a schema. The generator follows most rules, but not all; so each value is validated, and another
 * one is tried if it fails.
 */
const schemaText = (schema: unknown, random: Random): string => {
  if (!isRecord(schema) && typeof schema !== "boolean") {
    throw new ConstraintError("json_schema", "The schema must be an object or a boolean")
  }
  checkSizes(schema)
  let compiled: Compiled
  try {
    compiled = compileSchema(schema)
  } catch (error) {
    throw new ConstraintError("json_schema", `The schema is not valid: ${reason(error)}`, { cause: error })
  }
  let failure: unknown
  const budget = { left: MAX_VALUES }
  for (let attempt = 0; attempt < ATTEMPTS && budget.left >= 0; attempt++) {
    try {
      const text = JSON.stringify(schemaValue(compiled.schema, random, budget))
      if (text !== undefined && compiled.isValid(JSON.parse(text))) return text
    } catch (error) {
      if (!(error instanceof Impossible) && !(error instanceof ConstraintError)) throw error
      failure = error
    }
  }
  throw new ConstraintError(
    "json_schema",
    failure === undefined
      ? "No value was found that satisfies the schema"
      : `No value satisfies the schema: ${reason(failure)}`,
    { cause: failure }
  )
}

/** A JSON object for requests without a schema. */
const objectText = (random: Random): string =>
  JSON.stringify({
    title: capital(phrase(random, 2)),
    summary: random.pick(corpusParts().sentences),
    keywords: Array.from({ length: random.int(2, 4) }, () => phrase(random, 1)),
    count: random.int(1, 99),
    checked: random.next() < 0.5
  })

/**
 * Generates a text that satisfies a constraint. The same seed gives the same text.
 *
 * JSON is on one line and was validated against its schema; a text for a pattern was matched with it. Throws `ConstraintError`
 * when the schema or pattern is invalid, when it requires a very large text, and when no text was found.
 */
export const constrainedText = (constraint: Constraint, seed: number): string => {
  const random = makeRandom(seed)
  switch (constraint.kind) {
    case "json_object":
      return objectText(random)
    case "json_schema":
      return schemaText(constraint.schema, random)
    case "regex":
      return patternText(constraint.pattern, random, "whole")
  }
}
