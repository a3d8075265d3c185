/**
 * JSON Schemas that Friendli takes, made of Effect schemas.
 *
 * **When to use**: `Tool.make` and `ResponseFormat.json` call this. Use it for operations of your own, and to check a schema at once.
 *
 * **Details**: the encoded side of the schema is described, since that is what the model writes. The root is an object. A recursive part, and a
 * struct or class with an identifier that comes twice, is in `$defs`. Titles, descriptions, and for tools defaults and examples are kept. A
 * `jsonSchema` annotation with a type replaces what would be written; one without adds its keywords.
 *
 * Keywords that only narrow a type are left out where the service does not take them: decoding checks them afterwards. A type that cannot be
 * expressed is an error with its path.
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { Issue } from "./errors/FriendliError.js"
import { compile } from "./jsonSchema/compile.js"
import type { Purpose } from "./jsonSchema/rules.js"
import { formatPath } from "./internal/issues.js"
import { type JsonObject, jsonIssues } from "./schema/primitives.js"

/**
 * Key under which a JSON Schema has the Effect schema that it was made of. Not enumerable: it is not sent, and a copy lacks it.
 * @category symbols
 */
export const SourceId: unique symbol = Symbol.for("effect-friendli/JsonSchema/source")

/**
 * A JSON Schema that knows the Effect schema that it was made of.
 * @category models
 */
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

/** What cannot be expressed stands in it, and is found by the check of the request. */
const unchecked = <S extends Schema.Schema.AnyNoContext>(schema: S, purpose: Purpose): JsonSchema<S> =>
  // The property that is defined is the one that the type has besides.
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
    new UnsupportedSchemaError({ message: `The schema has no JSON Schema: ${sentences.join("; ")}.`, issues })
  )
}

/**
 * The JSON Schema of a tool's arguments, or what is wrong with it.
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
 * The JSON Schema of an answer, or what is wrong with it. Takes less than `forTool`: see `ResponseFormat.json`.
 * @category constructors
 */
export const forResponse = <S extends Schema.Schema.AnyNoContext>(
  schema: S
): Either.Either<JsonSchema<S>, UnsupportedSchemaError> => checked(schema, "response")

/**
 * As `forTool` and `forResponse`, without the check: a request with what cannot be expressed fails with an `InvalidRequestError` that has the
 * path, before anything is sent.
 * @category constructors
 */
export const make = <S extends Schema.Schema.AnyNoContext>(
  schema: S,
  options: { readonly for: "tool" | "response" }
): JsonSchema<S> => unchecked(schema, options.for)

/**
 * The Effect schema that a JSON Schema was made of.
 * @category getters
 */
export const source = <S extends Schema.Schema.AnyNoContext>(json: JsonSchema<S>): S => json[SourceId]
