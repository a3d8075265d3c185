/** The items of a responses request: messages, tool calls and their results, reasoning. */
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { type OtherType, otherThan } from "./otherTypes.js"
import { JsonObject, nullish, openLiteral, Text } from "./primitives.js"

// ---------------------------------------------------------------------------
// content
// ---------------------------------------------------------------------------

/**
 * An item, or a part of one, of a type that this version does not know: any string, but for the compiler different from the known types.
 *
 * **Gotchas**: to compare it with your own type, write `const type: string = item.type` first.
 */
export type ResponsesOtherType = OtherType

/** A request must be JSON, whatever the type of its items. */
const otherInput = <A extends { readonly type: ResponsesOtherType }>(
  identifier: string,
  ...known: ReadonlyArray<string>
): Schema.Schema<A> => otherThan(identifier, known, ParseResult.decodeUnknownEither(JsonObject))

/**
 * Text of a user, of instructions, or of a tool's result. Wire: `ResponsesInputText`.
 * @category content
 */
export const ResponsesInputText = Schema.Struct({
  /** Always `input_text`. */
  type: Schema.Literal("input_text"),
  /** The text. */
  text: Text
}).annotations({ identifier: "ResponsesInputText" })

export interface ResponsesInputText extends Schema.Schema.Type<typeof ResponsesInputText> {
  readonly type: "input_text"
}

/**
 * An image, for models with image input. Wire: `ResponsesInputImage`.
 * @category content
 */
export const ResponsesInputImage = Schema.Struct({
  /** Always `input_image`. */
  type: Schema.Literal("input_image"),
  /** A URL that the server fetches, or a data URL with the image itself. */
  image_url: Text
}).annotations({ identifier: "ResponsesInputImage" })

export interface ResponsesInputImage extends Schema.Schema.Type<typeof ResponsesInputImage> {
  readonly type: "input_image"
}

/**
 * Earlier text of the model. Wire: `ResponsesOutputText`.
 * @category content
 */
export const ResponsesOutputText = Schema.Struct({
  /** Always `output_text`. */
  type: Schema.Literal("output_text"),
  /** The text. */
  text: Text
}).annotations({ identifier: "ResponsesOutputText" })

export interface ResponsesOutputText extends Schema.Schema.Type<typeof ResponsesOutputText> {
  readonly type: "output_text"
}

/**
 * An earlier refusal of the model. Wire: `ResponsesRefusal`.
 * @category content
 */
export const ResponsesRefusal = Schema.Struct({
  /** Always `refusal`. */
  type: Schema.Literal("refusal"),
  /** What the model said instead of an answer. */
  refusal: Text
}).annotations({ identifier: "ResponsesRefusal" })

export interface ResponsesRefusal extends Schema.Schema.Type<typeof ResponsesRefusal> {
  readonly type: "refusal"
}

/** A part of a message of a type that this version does not know. It is sent unchanged, and the server decides. */
export interface ResponsesOtherBlock {
  /** None of `input_text`, `input_image`, `output_text`, `refusal`. */
  readonly type: ResponsesOtherType
}

/**
 * A part of a message of a type that this version does not know.
 * @category content
 */
export const ResponsesOtherBlock: Schema.Schema<ResponsesOtherBlock> = otherInput(
  "ResponsesOtherBlock",
  "input_text",
  "input_image",
  "output_text",
  "refusal"
)

/**
 * A part of a message, distinguished by `type`. Wire: `ResponsesContentBlock`.
 * @category content
 */
export const ResponsesContentBlock = Schema.Union(
  ResponsesInputText,
  ResponsesInputImage,
  ResponsesOutputText,
  ResponsesRefusal,
  ResponsesOtherBlock
).annotations({ identifier: "ResponsesContentBlock" })

/** A part of a message. */
export type ResponsesContentBlock =
  | ResponsesInputText
  | ResponsesInputImage
  | ResponsesOutputText
  | ResponsesRefusal
  | ResponsesOtherBlock

/**
 * A part of the result of a tool. Wire: `ResponsesFunctionCallOutputContent`, `ResponsesCustomToolCallOutputContent`.
 * @category content
 */
export const ResponsesToolOutputBlock = Schema.Union(ResponsesInputText, ResponsesInputImage).annotations({
  identifier: "ResponsesToolOutputBlock"
})

/** A part of the result of a tool. */
export type ResponsesToolOutputBlock = ResponsesInputText | ResponsesInputImage

/** The result of a tool: text, or a list of texts and images. */
const ToolOutput = Schema.Union(Text, Schema.Array(ResponsesToolOutputBlock))

/**
 * The progress of an item: `in_progress`, `completed`, `incomplete`. New values pass as strings.
 * @category items
 */
export const ResponsesItemStatus = openLiteral("in_progress", "completed", "incomplete")

export type ResponsesItemStatus = Schema.Schema.Type<typeof ResponsesItemStatus>

// ---------------------------------------------------------------------------
// items
// ---------------------------------------------------------------------------

const message = {
  /** The author of the message. */
  role: Schema.Literal("user", "assistant", "system", "developer"),
  /** Text, or a list of parts. */
  content: Schema.Union(Text, Schema.Array(ResponsesContentBlock))
} as const

// Two schemas, so that an error of the union around them says what is wrong with a message, instead of its type.

/**
 * A message of the conversation, with its type.
 * @category items
 */
export const ResponsesTypedMessage = Schema.Struct({
  /** Always `message`. */
  type: Schema.Literal("message"),
  ...message
}).annotations({ identifier: "ResponsesTypedMessage" })

export interface ResponsesTypedMessage extends Schema.Schema.Type<typeof ResponsesTypedMessage> {
  readonly content: string | ReadonlyArray<ResponsesContentBlock>
}

/**
 * A message of the conversation, without a type.
 * @category items
 */
export const ResponsesUntypedMessage = Schema.Struct({
  /** Left out: an item without a type is a message. */
  type: Schema.optional(Schema.Null),
  ...message
}).annotations({ identifier: "ResponsesUntypedMessage" })

export interface ResponsesUntypedMessage extends Schema.Schema.Type<typeof ResponsesUntypedMessage> {
  readonly content: string | ReadonlyArray<ResponsesContentBlock>
}

/**
 * A message of the conversation. Wire: `ResponsesInputMessage`.
 * @category items
 */
export const ResponsesInputMessage = Schema.Union(ResponsesTypedMessage, ResponsesUntypedMessage).annotations({
  identifier: "ResponsesInputMessage"
})

/** A message of the conversation. */
export type ResponsesInputMessage = ResponsesTypedMessage | ResponsesUntypedMessage

/**
 * An earlier function call of the model, sent back to it. Wire: `ResponsesFunctionCall`.
 * @category items
 */
export const ResponsesFunctionCallInput = Schema.Struct({
  /** Always `function_call`. */
  type: Schema.Literal("function_call"),
  /** The id of the call; the `function_call_output` repeats it. */
  call_id: Text,
  /** The function's name. */
  name: Text,
  /** The arguments: JSON as text. */
  arguments: Text,
  /** The id of the item. */
  id: nullish(Text),
  /** The status of the item in the answer. */
  status: nullish(ResponsesItemStatus)
}).annotations({ identifier: "ResponsesFunctionCallInput" })

export interface ResponsesFunctionCallInput extends Schema.Schema.Type<typeof ResponsesFunctionCallInput> {
  readonly type: "function_call"
}

/**
 * The result of a function call. Wire: `ResponsesFunctionCallOutput`.
 * @category items
 */
export const ResponsesFunctionCallOutput = Schema.Struct({
  /** Always `function_call_output`. */
  type: Schema.Literal("function_call_output"),
  /** The `call_id` of the call. */
  call_id: Text,
  /** The result: text, or a list of texts and images. */
  output: ToolOutput,
  /** The id of the item. */
  id: nullish(Text),
  /** The status of the item in the answer. */
  status: nullish(ResponsesItemStatus)
}).annotations({ identifier: "ResponsesFunctionCallOutput" })

export interface ResponsesFunctionCallOutput extends Schema.Schema.Type<typeof ResponsesFunctionCallOutput> {
  readonly output: string | ReadonlyArray<ResponsesToolOutputBlock>
}

/**
 * An earlier call of a custom tool, sent back to the model. Wire: `ResponsesCustomToolCall`.
 * @category items
 */
export const ResponsesCustomToolCallInput = Schema.Struct({
  /** Always `custom_tool_call`. */
  type: Schema.Literal("custom_tool_call"),
  /** The id of the call; the `custom_tool_call_output` repeats it. */
  call_id: Text,
  /** The tool's name. */
  name: Text,
  /** What the model wrote for the tool: free text. */
  input: Text,
  /** The id of the item. */
  id: nullish(Text)
}).annotations({ identifier: "ResponsesCustomToolCallInput" })

export interface ResponsesCustomToolCallInput extends Schema.Schema.Type<typeof ResponsesCustomToolCallInput> {
  readonly type: "custom_tool_call"
}

/**
 * The result of a call of a custom tool. Wire: `ResponsesCustomToolCallOutput`.
 * @category items
 */
export const ResponsesCustomToolCallOutput = Schema.Struct({
  /** Always `custom_tool_call_output`. */
  type: Schema.Literal("custom_tool_call_output"),
  /** The `call_id` of the call. */
  call_id: Text,
  /** The result: text, or a list of texts and images. */
  output: ToolOutput,
  /** The id of the item. */
  id: nullish(Text)
}).annotations({ identifier: "ResponsesCustomToolCallOutput" })

export interface ResponsesCustomToolCallOutput extends Schema.Schema.Type<typeof ResponsesCustomToolCallOutput> {
  readonly output: string | ReadonlyArray<ResponsesToolOutputBlock>
}

/**
 * A part of the summary of reasoning. Wire: `ResponsesReasoningSummaryText`.
 * @category content
 */
export const ResponsesSummaryText = Schema.Struct({
  /** Always `summary_text`. */
  type: Schema.Literal("summary_text"),
  /** The text. */
  text: Text
}).annotations({ identifier: "ResponsesSummaryText" })

export interface ResponsesSummaryText extends Schema.Schema.Type<typeof ResponsesSummaryText> {
  readonly type: "summary_text"
}

/**
 * A part of reasoning. Wire: `ResponsesReasoningText`.
 * @category content
 */
export const ResponsesReasoningText = Schema.Struct({
  /** Always `reasoning_text`. */
  type: Schema.Literal("reasoning_text"),
  /** The text. */
  text: Text
}).annotations({ identifier: "ResponsesReasoningText" })

export interface ResponsesReasoningText extends Schema.Schema.Type<typeof ResponsesReasoningText> {
  readonly type: "reasoning_text"
}

/**
 * Earlier reasoning of the model, sent back to it. Wire: `ResponsesReasoningItem`.
 * @category items
 */
export const ResponsesReasoningInput = Schema.Struct({
  /** Always `reasoning`. */
  type: Schema.Literal("reasoning"),
  /** The id of the item. */
  id: Text,
  /** The summary of the reasoning; may be empty. */
  summary: Schema.Array(ResponsesSummaryText),
  /** The reasoning itself. */
  content: nullish(Schema.Array(ResponsesReasoningText)),
  /** The status of the item in the answer. */
  status: nullish(ResponsesItemStatus)
}).annotations({ identifier: "ResponsesReasoningInput" })

export interface ResponsesReasoningInput extends Schema.Schema.Type<typeof ResponsesReasoningInput> {
  readonly type: "reasoning"
}

/** An item of a type that this version does not know. It is sent unchanged, and the server decides. */
export interface ResponsesOtherInputItem {
  /** None of the types of the other items. */
  readonly type: ResponsesOtherType
}

/**
 * An item of a type that this version does not know.
 * @category items
 */
export const ResponsesOtherInputItem: Schema.Schema<ResponsesOtherInputItem> = otherInput(
  "ResponsesOtherInputItem",
  "message",
  "function_call",
  "function_call_output",
  "custom_tool_call",
  "custom_tool_call_output",
  "reasoning"
)

/**
 * An item of the conversation, distinguished by `type`; without a type it is a message. Wire: `ResponsesInputItem`.
 *
 * **Details**: items of other types are sent unchanged. An item of a known type must have its documented shape.
 *
 * @example
 * ```ts
 * import type { ResponsesInputItem } from "effect-friendli/schema/ResponsesItem"
 *
 * const input: ReadonlyArray<ResponsesInputItem> = [
 *   { role: "user", content: "What is the weather in Seoul?" },
 *   { type: "function_call", call_id: "call_1", name: "get_weather", arguments: `{"city":"Seoul"}` },
 *   { type: "function_call_output", call_id: "call_1", output: "21 °C" }
 * ]
 * console.log(input.map((item) => item.type ?? "message").join(", "))
 * // => message, function_call, function_call_output
 * ```
 * @category items
 */
export const ResponsesInputItem = Schema.Union(
  ResponsesTypedMessage,
  ResponsesUntypedMessage,
  ResponsesFunctionCallInput,
  ResponsesFunctionCallOutput,
  ResponsesCustomToolCallInput,
  ResponsesCustomToolCallOutput,
  ResponsesReasoningInput,
  ResponsesOtherInputItem
).annotations({ identifier: "ResponsesInputItem" })

/** An item of the conversation. */
export type ResponsesInputItem =
  | ResponsesInputMessage
  | ResponsesFunctionCallInput
  | ResponsesFunctionCallOutput
  | ResponsesCustomToolCallInput
  | ResponsesCustomToolCallOutput
  | ResponsesReasoningInput
  | ResponsesOtherInputItem
