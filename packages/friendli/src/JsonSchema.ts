/**
 * JSON Schemas that Friendli accepts, made from Effect schemas.
 *
 * **When to use**: `Tool.make` and `ResponseFormat.json` call this. Use it for your own operations, and to check a
 * schema early.
 *
 * **Details**: the result describes the encoded side of the schema, because that is what the model writes. The root is
 * an object. Recursive parts, and structs or classes with an identifier that are used twice, are in `$defs`. Titles and
 * descriptions are kept; for tools also defaults and examples. A `jsonSchema` annotation with a type replaces the
 * generated schema; one without a type adds its keywords.
 *
 * Keywords that only narrow a type are left out if the service does not accept them: decoding checks them afterwards. A
 * type that cannot be expressed is an error with its path.
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { Issue } from "./errors/FriendliError.js"
import { compile } from "./jsonSchema/compile.js"
import type { Purpose } from "./jsonSchema/rules.js"
import { formatPath } from "./internal/issues.js"
import { type JsonObject, jsonIssues } from "./schema/primitives.js"

/**
 * The key under which a JSON Schema keeps its Effect schema. It is not enumerable, so it is not sent, and a copy does
 * not have it.
 * @category symbols
 */
export const SourceId: unique symbol = Symbol.for("effect-friendli/JsonSchema/source")

/** A JSON Schema that keeps the Effect schema that it was made from. */
export interface JsonSchema<S extends Schema.Schema.AnyNoContext> extends JsonObject {
  readonly [SourceId]: S
}

/**
 * Parts of a schema that cannot be expressed as JSON Schema, each with its path in the JSON Schema.
 * @category errors
 */
export class UnsupportedSchemaError extends Schema.TaggedError<UnsupportedSchemaError>(
  "effect-friendli/UnsupportedSchemaError"
)("UnsupportedSchemaError", { message: Schema.String, issues: Schema.Array(Issue) }) {}

/** Parts that cannot be expressed are marked in it; the check of the request finds the marks. */
const unchecked = <S extends Schema.Schema.AnyNoContext>(schema: S, purpose: Purpose): JsonSchema<S> =>
  // The defined property is the one that `Described` adds to the type.
  Object.defineProperty(compile(schema, purpose), SourceId, { value: schema }) as JsonSchema<S>

const checked = <S extends Schema.Schema.AnyNoContext>(
  schema: S,
  purpose: Purpose
): Either.Either<JsonSchema<S>, UnsupportedSchemaError> => {
  const json = unchecked(schema, purpose)
  const issues = jsonIssues(json)
  if (issues.length === 0) return Either.right(json)
  const sentences = issues.map(({ message, path }) => (path.length === 0 ? message : `${formatPath(path)}: ${message}`))
  return Either.left(
    new UnsupportedSchemaError({
      message: `The schema cannot be expressed as a JSON Schema: ${sentences.join("; ")}.`,
      issues
    })
  )
}

/**
 * The JSON Schema of a tool's arguments, or the parts that cannot be expressed.
 *
 * @example
 * ```ts
 * import { Either, Schema } from "effect"
 * import { JsonSchema } from "effect-friendli"
 *
 * const Trip = Schema.Struct({ city: Schema.String, day: Schema.Date })
 * console.log(JSON.stringify(Either.getOrThrow(JsonSchema.forTool(Trip))["properties"]))
 * // => {"city":{"type":"string"},"day":{"type":"string","format":"date-time"}}
 * ```
 * @category constructors
 */
export const forTool = <S extends Schema.Schema.AnyNoContext>(
  schema: S
): Either.Either<JsonSchema<S>, UnsupportedSchemaError> => checked(schema, "tool")

/**
 * The JSON Schema of an answer, or the parts that cannot be expressed. It accepts less than `forTool`: see
 * `ResponseFormat.json`.
 * @category constructors
 */
export const forResponse = <S extends Schema.Schema.AnyNoContext>(
  schema: S
): Either.Either<JsonSchema<S>, UnsupportedSchemaError> => checked(schema, "response")

/**
 * As `forTool` and `forResponse`, without the check: a request with such a part fails with an `InvalidRequestError`
 * that has the path, before anything is sent.
 * @category constructors
 */
export const make = <S extends Schema.Schema.AnyNoContext>(
  schema: S,
  options: { readonly for: "tool" | "response" }
): JsonSchema<S> => unchecked(schema, options.for)

/**
 * The Effect schema that a JSON Schema was made from.
 * @category getters
 */
export const source = <S extends Schema.Schema.AnyNoContext>(json: JsonSchema<S>): S => json[SourceId]
