/**
 * Turns the text of an answer into a value. In: an Effect schema, or one of another library. Out: the JSON Schema for the request, the
 * decoder of a whole text, and the encoded side for values that are shown while the text arrives.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { Issue } from "../errors/FriendliError.js"
import { formatIssues } from "../internal/issues.js"
import { parseJson } from "../internal/json.js"
import { compile } from "../jsonSchema/compile.js"
import type { Json } from "../jsonSchema/rules.js"
import * as reader from "../partialJson/reader.js"
import type { JsonObject } from "../schema/primitives.js"
import { type AnyStandard, fromStandard } from "./standard.js"

/** Why a text was rejected. `json` is its value, if it is JSON. */
export interface Rejection {
  readonly issues: ReadonlyArray<Issue>
  readonly json: unknown
}

export interface Decoder<A, I, R> {
  /** The JSON Schema for the request. Parts that cannot be expressed are marked, and the check of the request finds them. */
  readonly jsonSchema: JsonObject
  /** Decodes the whole text of an answer. */
  readonly decode: (text: string) => Effect.Effect<Either.Either<A, Rejection>, never, R>
  /** The schema of the JSON before it is decoded, so that no user code runs on an incomplete value. */
  readonly encoded: Schema.Schema<I>
}

/** The schema of the JSON itself: `Schema.parseJson(schema)` is a schema of its text. */
const ofJson = (ast: AST.AST): AST.AST =>
  ast._tag === "Transformation" && ast.from.annotations[AST.SchemaIdAnnotationId] === AST.ParseJsonSchemaId
    ? ast.to
    : ast

/** The issues of a text that is not JSON: the reader of partial JSON knows the position. */
const textIssues = (text: string): ReadonlyArray<Issue> => {
  if (text.trim() === "") return [{ path: [], message: "expected JSON, got no text" }]
  const json = reader.make(Schema.Unknown)
  json.push(text)
  const outcome = json.end()
  const issues = Either.isLeft(outcome) ? outcome.left : []
  return issues.length === 0 ? [{ path: [], message: "the text is not JSON" }] : issues
}

const rejection = (issues: ReadonlyArray<Issue>, json?: unknown): Either.Either<never, Rejection> =>
  Either.left({ issues, json })

/** A cache of JSON Schemas, since a program uses the same few repeatedly. */
const compiled = new WeakMap<AST.AST, JsonObject>()

const jsonSchemaOf = (schema: Schema.Schema.All): JsonObject => {
  const known = compiled.get(schema.ast)
  if (known !== undefined) return known
  // The marks of parts that cannot be expressed are not JSON values, so the check of the request finds them.
  const made = compile(schema, "response") as Json as JsonObject
  compiled.set(schema.ast, made)
  return made
}

/** The schemas of other libraries that have been converted. */
const converted = new WeakMap<AnyStandard, Schema.Schema<unknown>>()

const convert = (schema: AnyStandard, jsonSchema: JsonObject | undefined): Schema.Schema<unknown> => {
  // With another JSON Schema the result is not cached.
  if (jsonSchema !== undefined) return fromStandard(schema, jsonSchema)
  const known = converted.get(schema)
  if (known !== undefined) return known
  const made = fromStandard(schema)
  converted.set(schema, made)
  return made
}

/** A decoder. Parts of the schema that are not JSON are found when the request is checked. */
export const make = <A, I, R>(
  schema: Schema.Schema<A, I, R> | AnyStandard,
  jsonSchema: JsonObject | undefined
): Decoder<A, I, R> => {
  const own = Schema.isSchema(schema)
    ? // The guard loses the types of the parameter.
      Schema.make<A, I, R>(ofJson((schema as Schema.Schema<A, I, R>).ast))
    : (convert(schema as AnyStandard, jsonSchema) as Schema.Schema.AnyNoContext as Schema.Schema<A, I, R>)
  const decodeJson = ParseResult.decodeUnknown(own, { errors: "all" })
  return {
    jsonSchema: jsonSchema ?? jsonSchemaOf(own),
    encoded: Schema.encodedSchema(own),
    decode: (text) =>
      Effect.suspend(() => {
        const parsed = parseJson(text)
        if (Either.isLeft(parsed)) return Effect.succeed(rejection(textIssues(text)))
        const json = parsed.right
        try {
          return Effect.match(decodeJson(json), {
            onFailure: (issue): Either.Either<A, Rejection> => rejection(formatIssues(issue), json),
            onSuccess: (value): Either.Either<A, Rejection> => Either.right(value)
          })
        } catch {
          // A union whose members differ by a literal calls `String` on the value, which throws for some objects.
          return Effect.succeed(rejection([{ path: [], message: "cannot be decoded by the schema" }], json))
        }
      })
  }
}
