/**
 * The common parts of structured answers: the value with its attempts, the error when all attempts were rejected, the options for asking
 * again, and schemas of other libraries.
 *
 * **When to use**: `ChatObject`, `MessageObject` and `ResponseObject` ask for structured answers; this module has their common types.
 */
import type * as Schema from "effect/Schema"
import type { RequestOptions } from "./core/RequestOptions.js"
import type { JsonObject } from "./schema/primitives.js"
import type { OutputRetries } from "./structured/outputRetries.js"
import * as standard from "./structured/standard.js"

export {
  /** Every answer that the model gave was rejected. See `structured/attempts`. */
  OutputRejectedError
} from "./structured/attempts.js"
export type {
  Attempt,
  Complete,
  Growing,
  Outcome,
  Output,
  OutputRejected,
  Progress,
  Rejected
} from "./structured/attempts.js"
export type { OutputRetries } from "./structured/outputRetries.js"
export type {
  AnyStandard,
  StandardInput,
  StandardOutput,
  StandardResult,
  StandardSchema
} from "./structured/standard.js"

/** The name and description of the format. Other clients send them; the documentation of the API does not list them. */
export interface FormatOptions {
  readonly name?: string | undefined
  /** The purpose of the answer, written for the model. */
  readonly description?: string | undefined
}

/** The options of a structured answer. The options of every call can be added, and apply to each attempt. */
export interface Options<Answer, Usage> extends RequestOptions {
  /**
   * How many times the model is asked again if its answer is invalid: a number, or a number with more options. Each attempt is billed.
   * Default: 0. The option `retry` is for requests that fail, and applies to each attempt.
   */
  readonly outputRetries?: number | OutputRetries<Answer, Usage> | undefined
  /** The JSON Schema for the model, in place of the one that is made from the schema. It is sent unchanged. */
  readonly jsonSchema?: JsonObject | undefined
}

/**
 * An Effect schema that decodes with a schema of another library (Zod, Valibot, ArkType …), by the Standard Schema interface.
 *
 * **When to use**: for `Tool.make`, `PartialJson` and `ResponseFormat.json`. `ChatObject`, `MessageObject` and `ResponseObject` take such
 * schemas directly.
 *
 * **Details**: the JSON Schema is `jsonSchema`, or else that of the library, without the keywords that the service does not accept in an
 * answer; the library checks them afterwards. Without a JSON Schema the request fails with an `InvalidRequestError`. Asynchronous
 * validation works where decoding is an effect, not in `PartialJson`. The schema only decodes.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { StructuredOutput } from "effect-friendli"
 *
 * const even: StructuredOutput.StandardSchema<number> = {
 *   "~standard": {
 *     version: 1,
 *     vendor: "example",
 *     validate: (value) =>
 *       typeof value === "number" && value % 2 === 0 ? { value } : { issues: [{ message: "expected an even number" }] }
 *   }
 * }
 * const schema = StructuredOutput.fromStandard(even, { jsonSchema: { type: "integer" } })
 * console.log(Schema.decodeUnknownSync(schema)(4))
 * // => 4
 * ```
 * @category schemas
 */
export const fromStandard = <Input, Output>(
  schema: standard.StandardSchema<Input, Output>,
  options?: { readonly jsonSchema?: JsonObject | undefined }
): Schema.Schema<Output, Input> => standard.fromStandard(schema, options?.jsonSchema)
