/** The format of an answer: `response_format` of chat and completions, `output_config.format` of messages, `text.format` of responses. */
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import * as JsonSchema from "./JsonSchema.js"

/** A response format that asks for JSON that matches an Effect schema. */
export interface Json<S extends Schema.Schema.AnyNoContext> {
  readonly type: "json_schema"
  readonly json_schema: JsonOptions & { readonly schema: JsonSchema.JsonSchema<S> }
}

/** The name and description of a format. Other clients send them; the documentation of the API does not list them. */
export interface JsonOptions {
  readonly name?: string
  /** The purpose of the answer, written for the model. */
  readonly description?: string
}

/** The same for `output_config.format` of messages. */
export interface MessagesJson<S extends Schema.Schema.AnyNoContext> {
  readonly type: "json_schema"
  readonly schema: JsonSchema.JsonSchema<S>
}

/** The same for `text.format` of responses. */
export interface ResponsesJson<S extends Schema.Schema.AnyNoContext> {
  readonly type: "json_schema"
  readonly name: string
  readonly description?: string
  readonly schema: JsonSchema.JsonSchema<S>
}

const of = <S extends Schema.Schema.AnyNoContext>(
  schema: JsonSchema.JsonSchema<S>,
  options: JsonOptions | undefined
): Json<S> => ({ type: "json_schema", json_schema: { ...options, schema } })

/**
 * Asks for JSON that matches this schema; decode the answer with `Schema.parseJson`. Also tell the model in a message
 * to answer in JSON.
 *
 * **Details**: the service accepts bounds of integers only, `minItems` up to 1, and the string formats `uuid`,
 * `date-time`, `date` and `time`. Other bounds are left out; decoding checks them. Records with any keys, tuples of
 * different types, `Schema.Unknown`, and values without a JSON form cannot be expressed: the request fails with an
 * `InvalidRequestError` that has the path. `jsonEither` reports it earlier.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { ResponseFormat } from "effect-friendli"
 *
 * const format = ResponseFormat.json(Schema.Struct({ city: Schema.String, people: Schema.NullOr(Schema.Int) }))
 * console.log(JSON.stringify(format.json_schema.schema["properties"]))
 * // => {"city":{"type":"string"},"people":{"anyOf":[{"type":"integer"},{"type":"null"}]}}
 * ```
 * @category constructors
 */
export const json = <S extends Schema.Schema.AnyNoContext>(schema: S, options?: JsonOptions): Json<S> =>
  of(JsonSchema.make(schema, { for: "response" }), options)

/**
 * As `json`, but a schema that cannot be expressed is a `Left`.
 * @category constructors
 */
export const jsonEither = <S extends Schema.Schema.AnyNoContext>(
  schema: S,
  options?: JsonOptions
): Either.Either<Json<S>, JsonSchema.UnsupportedSchemaError> =>
  Either.map(JsonSchema.forResponse(schema), (made) => of(made, options))

/**
 * The format in the shape of the messages API.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { type Messages, ResponseFormat } from "effect-friendli"
 *
 * const verdict = ResponseFormat.json(Schema.Struct({ sentiment: Schema.Literal("good", "bad") }))
 *
 * const request: Messages.MessagesRequest = {
 *   model: "meta-llama-3.1-8b-instruct",
 *   messages: [{ role: "user", content: "How is this review, as JSON: I would buy it again." }],
 *   max_tokens: 200,
 *   output_config: { format: ResponseFormat.toMessages(verdict) }
 * }
 * console.log(request.output_config?.format?.type)
 * // => json_schema
 * ```
 * @category conversions
 */
export const toMessages = <S extends Schema.Schema.AnyNoContext>(format: Json<S>): MessagesJson<S> => ({
  type: format.type,
  schema: format.json_schema.schema
})

/**
 * The format in the shape of the responses API, which needs a name: `answer`, if the format has none. For `strict`, spread it:
 * `{ ...ResponseFormat.toResponses(verdict), strict: true }`.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { ResponseFormat, type Responses } from "effect-friendli"
 *
 * const verdict = ResponseFormat.json(Schema.Struct({ sentiment: Schema.Literal("good", "bad") }), { name: "verdict" })
 *
 * const request: Responses.ResponsesRequest = {
 *   model: "meta-llama-3.1-8b-instruct",
 *   input: "How is this review, as JSON: I would buy it again.",
 *   text: { format: ResponseFormat.toResponses(verdict) }
 * }
 * console.log(request.text?.format?.type)
 * // => json_schema
 * ```
 * @category conversions
 */
export const toResponses = <S extends Schema.Schema.AnyNoContext>(format: Json<S>): ResponsesJson<S> => {
  const { description, name, schema } = format.json_schema
  return { type: format.type, name: name ?? "answer", ...(description === undefined ? {} : { description }), schema }
}
