/** The body of a responses request: a conversation as a list of items, tools, and the form of the answer. */
import * as Schema from "effect/Schema"
import { ExpectedId } from "../internal/annotations.js"
import { FiniteNumber, finiteNumber, Int, JsonObject, ModelName, nullish, openEnum, Text } from "./primitives.js"
import { ResponsesInputItem } from "./ResponsesItem.js"

// ---------------------------------------------------------------------------
// tools
// ---------------------------------------------------------------------------

/**
 * A function that the model may call. Wire: `ResponsesFunctionTool`.
 * @category tools
 */
export const ResponsesFunctionTool = Schema.Struct({
  /** Always `function`. */
  type: Schema.Literal("function"),
  /** The name that the model uses. */
  name: Text,
  /** The arguments as a JSON Schema of type `object`. From an Effect schema: `Tool.toResponses`. */
  parameters: JsonObject,
  /** Whether the arguments must satisfy the schema. Server default: true. */
  strict: nullish(Schema.Boolean),
  /** What the function does and when to call it, written for the model. */
  description: nullish(Text)
}).annotations({ identifier: "ResponsesFunctionTool" })

export interface ResponsesFunctionTool extends Schema.Schema.Type<typeof ResponsesFunctionTool> {
  readonly type: "function"
}

/**
 * A tool that takes free text instead of arguments. Wire: `ResponsesCustomTool`.
 * @category tools
 */
export const ResponsesCustomTool = Schema.Struct({
  /** Always `custom`. */
  type: Schema.Literal("custom"),
  /** The name that the model uses. */
  name: Text,
  /** What the tool does and what text it takes, written for the model. */
  description: nullish(Text)
}).annotations({ identifier: "ResponsesCustomTool" })

export interface ResponsesCustomTool extends Schema.Schema.Type<typeof ResponsesCustomTool> {
  readonly type: "custom"
}

/**
 * A tool that the model may call, distinguished by `type`. Wire: `ResponsesTool`.
 * @category tools
 */
export const ResponsesTool = Schema.Union(ResponsesFunctionTool, ResponsesCustomTool).annotations({
  identifier: "ResponsesTool"
})

/** A tool that the model may call. */
export type ResponsesTool = ResponsesFunctionTool | ResponsesCustomTool

/** Requires a call of one function. Wire: `ResponsesToolChoiceFunction`. */
const FunctionChoice = Schema.Struct({ type: Schema.Literal("function"), name: Text }).annotations({
  identifier: "ResponsesToolChoiceFunction"
})

/** Requires a call of one custom tool. Wire: `ResponsesToolChoiceCustom`. */
const CustomChoice = Schema.Struct({ type: Schema.Literal("custom"), name: Text }).annotations({
  identifier: "ResponsesToolChoiceCustom"
})

/**
 * Whether the model calls tools: `none`, `auto` (it decides), `required` (at least one), or one tool by name.
 *
 * **Gotchas**: the name is next to the type, not in an object `function` as in chat.
 * @category tools
 */
export const ResponsesToolChoice = Schema.Union(
  openEnum("none", "auto", "required"),
  FunctionChoice,
  CustomChoice
).annotations({ identifier: "ResponsesToolChoice" })

/** Whether the model calls tools. */
export type ResponsesToolChoice =
  | "none"
  | "auto"
  | "required"
  | (string & {})
  | { readonly type: "function"; readonly name: string }
  | { readonly type: "custom"; readonly name: string }

// ---------------------------------------------------------------------------
// the form of the text
// ---------------------------------------------------------------------------

const formatNameRule = 'a name of at most 64 letters, digits, "_" or "-"'

/** The name of a format. */
const FormatName: Schema.Schema<string> = Schema.String.pipe(
  Schema.filter((name) => /^[A-Za-z0-9_-]{1,64}$/.test(name), {
    identifier: "ResponsesFormatName",
    [ExpectedId]: formatNameRule,
    description: formatNameRule,
    message: () => `expected ${formatNameRule}`,
    jsonSchema: { pattern: "^[A-Za-z0-9_-]+$", maxLength: 64 }
  })
)

/**
 * Free text: the server's default. Wire: `ResponsesTextFormatText`.
 * @category formats
 */
export const ResponsesFormatText = Schema.Struct({
  /** Always `text`. */
  type: Schema.Literal("text")
}).annotations({ identifier: "ResponsesFormatText" })

export interface ResponsesFormatText extends Schema.Schema.Type<typeof ResponsesFormatText> {
  readonly type: "text"
}

/**
 * JSON that satisfies a JSON Schema. Wire: `ResponsesTextFormatJSONSchema`.
 * @category formats
 */
export const ResponsesFormatJsonSchema = Schema.Struct({
  /** Always `json_schema`. */
  type: Schema.Literal("json_schema"),
  /** A name for the format: letters, digits, `_` or `-`, at most 64. */
  name: FormatName,
  /** The JSON Schema. From an Effect schema: `ResponseFormat.toResponses`. */
  schema: JsonObject,
  /** The purpose of the answer, written for the model. */
  description: nullish(Text),
  /** Whether the text must satisfy the schema. */
  strict: nullish(Schema.Boolean)
}).annotations({ identifier: "ResponsesFormatJsonSchema" })

export interface ResponsesFormatJsonSchema extends Schema.Schema.Type<typeof ResponsesFormatJsonSchema> {
  readonly type: "json_schema"
}

/**
 * Any JSON object; say in the prompt which fields you want. Wire: `ResponsesTextFormatJSONObject`.
 * @category formats
 */
export const ResponsesFormatJsonObject = Schema.Struct({
  /** Always `json_object`. */
  type: Schema.Literal("json_object")
}).annotations({ identifier: "ResponsesFormatJsonObject" })

export interface ResponsesFormatJsonObject extends Schema.Schema.Type<typeof ResponsesFormatJsonObject> {
  readonly type: "json_object"
}

/**
 * The format that the text must have, distinguished by `type`. Wire: `ResponsesTextFormat`.
 * @category formats
 */
export const ResponsesTextFormat = Schema.Union(
  ResponsesFormatText,
  ResponsesFormatJsonSchema,
  ResponsesFormatJsonObject
).annotations({ identifier: "ResponsesTextFormat" })

/** The format that the text must have. */
export type ResponsesTextFormat = ResponsesFormatText | ResponsesFormatJsonSchema | ResponsesFormatJsonObject

/**
 * Requirements for the text of the answer. Wire: `ResponsesTextConfig`.
 * @category formats
 */
export const ResponsesTextConfig = Schema.Struct({
  /** The format. Server default: `{"type":"text"}`. */
  format: nullish(ResponsesTextFormat)
}).annotations({ identifier: "ResponsesTextConfig" })

export interface ResponsesTextConfig extends Schema.Schema.Type<typeof ResponsesTextConfig> {
  readonly format?: ResponsesTextFormat | null | undefined
}

/**
 * How much the model reasons: `none` (not at all), or a level from `minimal` to `ultracode`. Other levels pass too, because new models
 * add some.
 *
 * **Gotchas**: with `none`, a model whose reasoning cannot be turned off writes it into the text. `Reasoning.responses` sends `none` only
 * to models whose reasoning can be turned off.
 * @category settings
 */
export const ResponsesEffort = openEnum("none", "minimal", "low", "medium", "high", "xhigh", "max", "ultracode")

export type ResponsesEffort = Schema.Schema.Type<typeof ResponsesEffort>

/**
 * Settings of the reasoning. Wire: `ResponsesReasoningConfig`.
 * @category settings
 */
export const ResponsesReasoningConfig = Schema.Struct({
  /** How much the model reasons. */
  effort: nullish(ResponsesEffort)
}).annotations({ identifier: "ResponsesReasoningConfig" })

export interface ResponsesReasoningConfig extends Schema.Schema.Type<typeof ResponsesReasoningConfig> {
  readonly effort?: ResponsesEffort | null | undefined
}

// ---------------------------------------------------------------------------
// the request
// ---------------------------------------------------------------------------

/**
 * A request for a response. Wire: `ServerlessResponsesBody`, `DedicatedResponsesBody`, `ContainerResponsesBody` and their streaming twins.
 *
 * **When to use**: with `Responses.create` and `Responses.stream`. `stream` is not a field: the function that is called decides.
 *
 * **Details**: numbers must be finite and in the stated ranges. Unknown fields are invalid; pass fields that are newer than this SDK with
 * the option `body` of the call. The server keeps no state: each request has the whole conversation.
 *
 * @example
 * ```ts
 * import * as Schema from "effect/Schema"
 * import { ResponsesRequest } from "effect-friendli/schema/ResponsesRequest"
 *
 * const request: ResponsesRequest = {
 *   model: "meta-llama-3.1-8b-instruct",
 *   instructions: "You are a helpful assistant.",
 *   input: "Hello!",
 *   max_output_tokens: 200
 * }
 * console.log(Schema.is(ResponsesRequest)(request), Schema.is(ResponsesRequest)({ ...request, temperature: 3 }))
 * // => true false
 * ```
 * @category requests
 */
export const ResponsesRequest = Schema.Struct({
  /**
   * The model. Serverless: a model code. Dedicated: an endpoint id, or `ENDPOINT_ID:ADAPTER_ROUTE`. Container: an
   * adapter route, or nothing. Absent or `null`: the deployment's default.
   */
  model: nullish(ModelName),
  /** The conversation so far: the text of one user message, or a list of items, oldest first. */
  input: Schema.Union(Text, Schema.Array(ResponsesInputItem)),
  /** Instructions for the whole conversation. */
  instructions: nullish(Text),
  /**
   * The maximum number of tokens to generate, including reasoning. Integer. A response that reaches it has the status `incomplete`.
   */
  max_output_tokens: nullish(Int),
  /** The sampling temperature: near 0 always the most likely token. 0 to 2. */
  temperature: nullish(finiteNumber({ minimum: 0, maximum: 2 })),
  /** Sample only from the most likely tokens that together reach this probability. */
  top_p: nullish(FiniteNumber),
  /** Whether the model may call several tools at once. */
  parallel_tool_calls: nullish(Schema.Boolean),
  /** The tools that the model may call. */
  tools: nullish(Schema.Array(ResponsesTool)),
  /** Whether the model calls tools. */
  tool_choice: nullish(ResponsesToolChoice),
  /** Requirements for the text. */
  text: nullish(ResponsesTextConfig),
  /** Settings of the reasoning. */
  reasoning: nullish(ResponsesReasoningConfig)
}).annotations({ identifier: "ResponsesRequest" })

export interface ResponsesRequest extends Schema.Schema.Type<typeof ResponsesRequest> {
  readonly input: string | ReadonlyArray<ResponsesInputItem>
  readonly tools?: ReadonlyArray<ResponsesTool> | null | undefined
  readonly tool_choice?: ResponsesToolChoice | null | undefined
  readonly text?: ResponsesTextConfig | null | undefined
  readonly reasoning?: ResponsesReasoningConfig | null | undefined
}
