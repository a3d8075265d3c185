/**
 * Schemas of other libraries, by the Standard Schema interface (`~standard`). In: such a value, and its JSON Schema. Out: an Effect
 * schema that decodes JSON with it, so that all other code handles only one kind of schema.
 */
import * as Either from "effect/Either"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { SentenceId } from "../internal/annotations.js"
import { type Json, supported, Unsupported } from "../jsonSchema/rules.js"

/** The result of a validation: a value, or issues. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: ReadonlyArray<{
        readonly message: string
        readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined
      }>
    }

/**
 * A schema of another library: Zod, Valibot, ArkType and others implement this interface. `jsonSchema` is a newer part of it, which not
 * all libraries have.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
    readonly jsonSchema?:
      | { readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown> }
      | undefined
  }
}

/** A `~standard` value whose types are not known. */
export interface AnyStandard extends StandardSchema<unknown, unknown> {}

/** The type that a schema of another library accepts. */
export type StandardInput<S extends AnyStandard> = NonNullable<S["~standard"]["types"]>["input"]

/** The type that a schema of another library returns. */
export type StandardOutput<S extends AnyStandard> = NonNullable<S["~standard"]["types"]>["output"]

export const isStandard = (value: unknown): value is AnyStandard =>
  (Predicate.isRecord(value) || Predicate.isFunction(value)) &&
  Predicate.isRecord((value as { readonly "~standard"?: unknown })["~standard"])

// ---------------------------------------------------------------------------
// the JSON Schema
// ---------------------------------------------------------------------------

/** Keywords that contain one schema, a list of schemas, and schemas by name. */
const single: ReadonlySet<string> = new Set(["items", "additionalProperties"])
const lists: ReadonlySet<string> = new Set(["anyOf"])
const named: ReadonlySet<string> = new Set(["properties", "$defs"])

/** Keywords that an answer's schema may have and that contain no schema. */
const plain: ReadonlySet<string> = new Set(["type", "enum", "required", "$ref", "title", "description"])

const maxDepth = 100

/** Replaces keywords by their equivalents that the service accepts. */
const renamed = (json: Json): Json => {
  const { const: only, definitions, oneOf, ...rest } = json
  return {
    ...rest,
    ...(only === undefined ? {} : { enum: [only] }),
    ...(definitions === undefined ? {} : { $defs: definitions }),
    ...(oneOf === undefined ? {} : { anyOf: oneOf })
  }
}

/** The service generates properties in their order, and a required property must come first. */
const requiredFirst = (
  properties: ReadonlyArray<readonly [string, unknown]>,
  required: unknown
): ReadonlyArray<readonly [string, unknown]> => {
  const names: ReadonlyArray<unknown> = Array.isArray(required) ? required : []
  const first = properties.find(([name]) => names.includes(name))
  return first === undefined ? properties : [first, ...properties.filter((property) => property !== first)]
}

/**
 * The part of a JSON Schema that the service accepts for an answer. Keywords that only narrow a type are left out if the service does not
 * accept them, since the library validates the answer afterwards.
 */
export const accepted = (json: unknown, depth = 0): unknown => {
  if (!Predicate.isRecord(json) || Array.isArray(json) || json instanceof Unsupported) return json
  if (depth > maxDepth) return new Unsupported("the JSON Schema is nested too deeply")
  const out: Record<string, unknown> = {}
  const narrowing: Record<string, unknown> = {}
  const inside = (value: unknown): unknown => accepted(value, depth + 1)
  for (const [keyword, value] of Object.entries(renamed(json))) {
    if (plain.has(keyword)) out[keyword] = value
    else if (single.has(keyword)) out[keyword] = inside(value)
    else if (lists.has(keyword) && Array.isArray(value)) out[keyword] = value.map(inside)
    else if (named.has(keyword) && Predicate.isRecord(value)) {
      const schemas = Object.entries(value).map(([name, each]) => [name, inside(each)] as const)
      out[keyword] = Object.fromEntries(keyword === "properties" ? requiredFirst(schemas, json["required"]) : schemas)
    } else narrowing[keyword] = value
  }
  return { ...out, ...supported("response", out["type"], narrowing) }
}

/** The JSON Schema that a library offers. */
const offered = (standard: AnyStandard["~standard"]): unknown => {
  const convert = standard.jsonSchema?.input
  if (convert === undefined) {
    return new Unsupported("this schema library offers no JSON Schema; give one with the option jsonSchema")
  }
  try {
    return accepted(convert({ target: "draft-2020-12" }))
  } catch (cause) {
    // The message describes the schema, not an answer.
    const why = cause instanceof Error ? `: ${cause.message.slice(0, 200)}` : ""
    return new Unsupported(`the schema library cannot express this schema as a JSON Schema${why}`)
  }
}

// ---------------------------------------------------------------------------
// the schema
// ---------------------------------------------------------------------------

const keyOf = (segment: PropertyKey | { readonly key: PropertyKey }): PropertyKey =>
  typeof segment === "object" ? segment.key : segment

/** The issues of a library as those of Effect. */
const toIssue = (
  ast: AST.AST,
  actual: unknown,
  issues: Extract<StandardResult<never>, { readonly issues: ReadonlyArray<unknown> }>["issues"]
): ParseResult.ParseIssue => {
  const all = issues.map(({ message, path }) => {
    const leaf = new ParseResult.Type(AST.annotations(ast, { [SentenceId]: message }), actual, message)
    const [first, ...more] = (path ?? []).map(keyOf)
    return first === undefined ? leaf : new ParseResult.Pointer([first, ...more], actual, leaf)
  })
  const [first, ...more] = all
  if (first === undefined) return new ParseResult.Type(ast, actual)
  return more.length === 0 ? first : new ParseResult.Composite(ast, actual, [first, ...more])
}

/**
 * An Effect schema that decodes with a schema of another library. It encodes nothing. Asynchronous validation is possible.
 */
export const fromStandard = <Input, Output>(
  schema: StandardSchema<Input, Output>,
  jsonSchema?: Json
): Schema.Schema<Output, Input> => {
  const standard = schema["~standard"]
  const json = jsonSchema ?? offered(standard)
  // A mark instead of a whole schema would have no keyword for the type.
  const keywords = json instanceof Unsupported ? { not: json } : (json as object)
  // `Input` is the type of the JSON before it is validated, which does not need a check.
  const from = Schema.Unknown.annotations({ jsonSchema: keywords }) as Schema.Schema<unknown> as Schema.Schema<Input>
  const to = Schema.Any as Schema.Schema<Output>
  return Schema.transformOrFail(from, to, {
    strict: true,
    decode: (value, _options, ast) => {
      const read = (result: StandardResult<Output>): Either.Either<Output, ParseResult.ParseIssue> =>
        result.issues === undefined ? Either.right(result.value) : Either.left(toIssue(ast, value, result.issues))
      const result = standard.validate(value)
      return Predicate.isPromise(result)
        ? Effect.flatMap(
            Effect.promise(() => result),
            read
          )
        : read(result)
    },
    encode: (value, _options, ast) =>
      ParseResult.fail(new ParseResult.Forbidden(ast, value, "a schema of another library only decodes"))
  }).annotations({ jsonSchema: keywords })
}
