/** The format that the generated text must have. */
import * as Schema from "effect/Schema"
import { JsonObject, nullish, Text } from "./primitives.js"

/** Free text: the server's default. Wire: `ResponseFormatText`. */
export const TextFormat = Schema.Struct({
  /** Always `text`. */
  type: Schema.Literal("text")
}).annotations({ identifier: "TextFormat" })

export interface TextFormat extends Schema.Schema.Type<typeof TextFormat> {
  readonly type: "text"
}

/**
 * Any JSON object. Wire: `ResponseFormatJSONObject`.
 *
 * **Gotchas**: tell the model in the prompt which fields you want; the format does not.
 */
export const JsonObjectFormat = Schema.Struct({
  /** Always `json_object`. */
  type: Schema.Literal("json_object")
}).annotations({ identifier: "JsonObjectFormat" })

export interface JsonObjectFormat extends Schema.Schema.Type<typeof JsonObjectFormat> {
  readonly type: "json_object"
}

/**
 * JSON that satisfies a JSON Schema. Wire: `ResponseFormatJSONSchema`.
 *
 * **Gotchas**: an answer cut short by `max_tokens` (finish reason `length`) is not complete JSON.
 */
export const JsonSchemaFormat = Schema.Struct({
  /** Always `json_schema`. */
  type: Schema.Literal("json_schema"),
  /** The schema and its name. */
  json_schema: Schema.Struct({
    /** The JSON Schema itself. From an Effect schema: `ResponseFormat.json`. */
    schema: JsonObject,
    /** A name for the schema, as other clients send it. */
    name: nullish(Text),
    /** The purpose of the answer, written for the model. */
    description: nullish(Text)
  })
}).annotations({ identifier: "JsonSchemaFormat" })

export interface JsonSchemaFormat extends Schema.Schema.Type<typeof JsonSchemaFormat> {
  readonly type: "json_schema"
}

/** Text that matches a regular expression. Wire: `ResponseFormatRegex`. */
export const RegexFormat = Schema.Struct({
  /** Always `regex`. */
  type: Schema.Literal("regex"),
  /** The expression that the whole text must match, without delimiters. */
  schema: Text
}).annotations({ identifier: "RegexFormat" })

export interface RegexFormat extends Schema.Schema.Type<typeof RegexFormat> {
  readonly type: "regex"
}

/**
 * The format that the generated text must have. Wire: `ResponseFormat`.
 *
 * **When to use**: when a program parses the answer. Not together with `tools` or `min_tokens`.
 *
 * @example
 * ```ts
 * import type { ResponseFormat } from "effect-friendli/schema/ResponseFormat"
 *
 * const format: ResponseFormat = {
 *   type: "json_schema",
 *   json_schema: { schema: { type: "object", properties: { answer: { type: "string" } }, required: ["answer"] } }
 * }
 * console.log(format.type)
 * // json_schema
 * ```
 */
export const ResponseFormat = Schema.Union(TextFormat, JsonObjectFormat, JsonSchemaFormat, RegexFormat).annotations({
  identifier: "ResponseFormat"
})

/** The format that the generated text must have. */
export type ResponseFormat = TextFormat | JsonObjectFormat | JsonSchemaFormat | RegexFormat
