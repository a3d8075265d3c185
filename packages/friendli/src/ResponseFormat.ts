/** The form of an answer: `response_format` of chat and completions, `output_config.format` of messages. */
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import * as JsonSchema from "./JsonSchema.js"

/**
 * Asks for JSON of an Effect schema.
 * @category models
 */
export interface Json<S extends Schema.Schema.AnyNoContext> {
  readonly type: "json_schema"
  readonly json_schema: JsonOptions & { readonly schema: JsonSchema.JsonSchema<S> }
}

/**
 * What a format may say besides its schema. Clients send both; the documentation of the service does not list them.
 * @category models
 */
export interface JsonOptions {
  readonly name?: string
  /** What the answer is for, written for the model. */
  readonly description?: string
}

/**
 * The same for `output_config.format` of messages.
 * @category models
 */
export interface MessagesJson<S extends Schema.Schema.AnyNoContext> {
  readonly type: "json_schema"
  readonly schema: JsonSchema.JsonSchema<S>
}

const of = <S extends Schema.Schema.AnyNoContext>(
  schema: JsonSchema.JsonSchema<S>,
  options: JsonOptions | undefined
): Json<S> => ({ type: "json_schema", json_schema: { ...options, schema } })

/**
 * Asks for JSON of this schema, from which `Schema.parseJson` then decodes the answer. Also tell the model in a message to answer in JSON.
 *
 * **Details**: the service takes bounds on integers alone, `minItems` up to 1, and the string formats `uuid`, `date-time`, `date` and `time`.
 * Other bounds are left out; decoding checks them. Records with free keys, tuples of several kinds, `Schema.Unknown`, and values without a
 * JSON form cannot be expressed: the request fails with an `InvalidRequestError` that has the path. `jsonEither` tells at once.
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
 * As `json`, with what cannot be expressed as a `Left`.
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
