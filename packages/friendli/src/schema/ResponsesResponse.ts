/** The answer to a responses request: a response, which is a list of items. */
import * as Schema from "effect/Schema"
import { otherThan } from "./otherTypes.js"
import { nullish, openLiteral, Text } from "./primitives.js"
import {
  ResponsesItemStatus,
  type ResponsesOtherType,
  ResponsesOutputText,
  ResponsesReasoningText,
  ResponsesSummaryText
} from "./ResponsesItem.js"

// ---------------------------------------------------------------------------
// items
// ---------------------------------------------------------------------------

/** A part of a message, or of reasoning, of a type that this version does not know, kept with all its fields. */
export interface ResponsesOtherPart {
  /** Neither `output_text` nor `reasoning_text`. */
  readonly type: ResponsesOtherType
}

/**
 * A part of a type that this version does not know, kept with all its fields.
 * @category content
 */
export const ResponsesOtherPart: Schema.Schema<ResponsesOtherPart> = otherThan("ResponsesOtherPart", [
  "output_text",
  "reasoning_text"
])

/**
 * A part of the model's message, distinguished by `type`: text, or a part of another type, which is kept.
 * @category content
 */
export const ResponsesOutputPart = Schema.Union(ResponsesOutputText, ResponsesOtherPart).annotations({
  identifier: "ResponsesOutputPart"
})

/** A part of the model's message. */
export type ResponsesOutputPart = ResponsesOutputText | ResponsesOtherPart

/**
 * A part of the model's reasoning, distinguished by `type`: text, or a part of another type, which is kept.
 * @category content
 */
export const ResponsesReasoningPart = Schema.Union(ResponsesReasoningText, ResponsesOtherPart).annotations({
  identifier: "ResponsesReasoningPart"
})

/** A part of the model's reasoning. */
export type ResponsesReasoningPart = ResponsesReasoningText | ResponsesOtherPart

/**
 * A message of the model. Wire: `ResponsesOutputMessage`.
 * @category items
 */
export const ResponsesOutputMessage = Schema.Struct({
  /** Always `message`. */
  type: Schema.Literal("message"),
  /** The id of the item. */
  id: nullish(Text),
  /** `assistant`. */
  role: nullish(openLiteral("assistant")),
  /** The status of the item; `incomplete` if it was cut short by `max_output_tokens`. */
  status: nullish(ResponsesItemStatus),
  /** What the model wrote, part by part. */
  content: Schema.Array(ResponsesOutputPart)
}).annotations({ identifier: "ResponsesOutputMessage" })

export interface ResponsesOutputMessage extends Schema.Schema.Type<typeof ResponsesOutputMessage> {
  readonly content: ReadonlyArray<ResponsesOutputPart>
}

/**
 * Reasoning of the model. Wire: `ResponsesReasoningItem`.
 * @category items
 */
export const ResponsesReasoning = Schema.Struct({
  /** Always `reasoning`. */
  type: Schema.Literal("reasoning"),
  /** The id of the item. */
  id: nullish(Text),
  /** The summary of the reasoning; usually empty. */
  summary: Schema.Array(Schema.Union(ResponsesSummaryText, otherThan("ResponsesOtherSummary", ["summary_text"]))),
  /** The reasoning itself. */
  content: nullish(Schema.Array(ResponsesReasoningPart)),
  /** The status of the item. */
  status: nullish(ResponsesItemStatus)
}).annotations({ identifier: "ResponsesReasoning" })

export interface ResponsesReasoning extends Schema.Schema.Type<typeof ResponsesReasoning> {
  readonly content?: ReadonlyArray<ResponsesReasoningPart> | null | undefined
}

/**
 * A function that the model wants to call. Wire: `ResponsesFunctionCall`.
 *
 * **Details**: `arguments` is JSON text written by the model: decode it with `Tool.decodeCall`.
 * @category items
 */
export const ResponsesFunctionCall = Schema.Struct({
  /** Always `function_call`. */
  type: Schema.Literal("function_call"),
  /** The id of the call; the `function_call_output` repeats it. `""` if the server gave none. */
  call_id: Text,
  /** The function's name. */
  name: Text,
  /** The arguments: JSON as text. */
  arguments: Text,
  /** The id of the item, which is not `call_id`. */
  id: nullish(Text),
  /** The status of the item; if it is `incomplete`, the arguments may be incomplete JSON. */
  status: nullish(ResponsesItemStatus)
}).annotations({ identifier: "ResponsesFunctionCall" })

export interface ResponsesFunctionCall extends Schema.Schema.Type<typeof ResponsesFunctionCall> {
  readonly type: "function_call"
}

/**
 * A custom tool that the model wants to call, with free text. Wire: the shape of `ResponsesCustomToolCall`.
 *
 * **Details**: the API documents this item for requests only. In answers it is read in the same shape.
 * @category items
 */
export const ResponsesCustomToolCall = Schema.Struct({
  /** Always `custom_tool_call`. */
  type: Schema.Literal("custom_tool_call"),
  /** The id of the call; the `custom_tool_call_output` repeats it. `""` if the server gave none. */
  call_id: Text,
  /** The tool's name. */
  name: Text,
  /** What the model wrote for the tool. */
  input: Text,
  /** The id of the item. */
  id: nullish(Text),
  /** The status of the item. */
  status: nullish(ResponsesItemStatus)
}).annotations({ identifier: "ResponsesCustomToolCall" })

export interface ResponsesCustomToolCall extends Schema.Schema.Type<typeof ResponsesCustomToolCall> {
  readonly type: "custom_tool_call"
}

/** An item of a type that this version does not know, kept with all its fields. */
export interface ResponsesOtherItem {
  /** None of `message`, `reasoning`, `function_call`, `custom_tool_call`. */
  readonly type: ResponsesOtherType
}

/**
 * An item of a type that this version does not know, kept with all its fields.
 * @category items
 */
export const ResponsesOtherItem: Schema.Schema<ResponsesOtherItem> = otherThan("ResponsesOtherItem", [
  "message",
  "reasoning",
  "function_call",
  "custom_tool_call"
])

/**
 * An item of the answer, distinguished by `type`. Wire: `ResponsesOutputItem`.
 *
 * **Details**: items of other types are kept as `ResponsesOtherItem`. An item of a known type without its required fields fails to decode.
 * @category items
 */
export const ResponsesOutputItem = Schema.Union(
  ResponsesOutputMessage,
  ResponsesReasoning,
  ResponsesFunctionCall,
  ResponsesCustomToolCall,
  ResponsesOtherItem
).annotations({ identifier: "ResponsesOutputItem" })

/** An item of the answer. */
export type ResponsesOutputItem =
  | ResponsesOutputMessage
  | ResponsesReasoning
  | ResponsesFunctionCall
  | ResponsesCustomToolCall
  | ResponsesOtherItem

// ---------------------------------------------------------------------------
// the response
// ---------------------------------------------------------------------------

/**
 * Why a response failed. Wire: `ResponsesError`.
 * @category answers
 */
export const ResponsesError = Schema.Struct({
  /** The code of the reason. New codes pass as strings. */
  code: nullish(
    openLiteral(
      "server_error",
      "rate_limit_exceeded",
      "invalid_prompt",
      "vector_store_timeout",
      "invalid_image",
      "invalid_image_format",
      "invalid_base64_image",
      "invalid_image_url",
      "image_too_large",
      "image_too_small",
      "image_parse_error",
      "image_content_policy_violation",
      "invalid_image_mode",
      "image_file_too_large",
      "unsupported_image_media_type",
      "empty_image_file",
      "failed_to_download_image",
      "image_file_not_found"
    )
  ),
  /** The message. */
  message: nullish(Text)
}).annotations({ identifier: "ResponsesError" })

export interface ResponsesError extends Schema.Schema.Type<typeof ResponsesError> {
  readonly message?: string | null | undefined
}

/**
 * The status of a response: `completed`, `incomplete` (`incomplete_details` says why), `failed`, or a status of unfinished responses. New
 * values pass as strings.
 * @category answers
 */
export const ResponsesStatus = openLiteral("completed", "failed", "in_progress", "cancelled", "queued", "incomplete")

export type ResponsesStatus = Schema.Schema.Type<typeof ResponsesStatus>

/**
 * Why a response is incomplete. Wire: `ResponsesIncompleteDetails`.
 * @category answers
 */
export const ResponsesIncompleteDetails = Schema.Struct({
  /** `max_output_tokens`. New reasons pass as strings. */
  reason: nullish(openLiteral("max_output_tokens"))
}).annotations({ identifier: "ResponsesIncompleteDetails" })

export interface ResponsesIncompleteDetails extends Schema.Schema.Type<typeof ResponsesIncompleteDetails> {
  readonly reason?: "max_output_tokens" | (string & {}) | null | undefined
}

/**
 * Token counts. Wire: `ResponsesUsage`.
 *
 * **Details**: each count may be missing.
 * @category answers
 */
export const ResponsesUsage = Schema.Struct({
  /** Input tokens, including those from a cache. */
  input_tokens: nullish(Schema.Number),
  /** Details about the input tokens. */
  input_tokens_details: nullish(
    Schema.Struct({
      /** Input tokens that came from a cache. */
      cached_tokens: nullish(Schema.Number)
    })
  ),
  /** Output tokens, including reasoning. */
  output_tokens: nullish(Schema.Number),
  /** Details about the output tokens. */
  output_tokens_details: nullish(
    Schema.Struct({
      /** Output tokens that were used for reasoning. */
      reasoning_tokens: nullish(Schema.Number)
    })
  ),
  /** The sum of input and output tokens. */
  total_tokens: nullish(Schema.Number)
}).annotations({ identifier: "ResponsesUsage" })

export interface ResponsesUsage extends Schema.Schema.Type<typeof ResponsesUsage> {
  readonly input_tokens?: number | null | undefined
}

/**
 * The fields of a response, and of the responses in events, other than their items.
 * @category fields
 */
export const ResponsesFields = {
  /** The id of the response. */
  id: nullish(Text),
  /** `response`. */
  object: nullish(openLiteral("response")),
  /** When it was created: Unix time in seconds. */
  created_at: nullish(Schema.Number),
  /** Why it failed. A failed response is a failure of the call, which has the response in `received.partial`. */
  error: nullish(ResponsesError),
  /** The status of the response. */
  status: nullish(ResponsesStatus),
  /** Token counts, if the server reports them. */
  usage: nullish(ResponsesUsage),
  /** Why it is incomplete. */
  incomplete_details: nullish(ResponsesIncompleteDetails),
  /** The model; on dedicated endpoints, the endpoint id. */
  model: nullish(Text)
} as const

/**
 * The answer to a responses request. Wire: `ServerlessResponsesSuccess` and its twins (the same on every deployment).
 *
 * **Details**: unknown fields, items and parts are kept, and enums accept unknown values. `Responses.create` adds missing `content` of a
 * message (`[]`), `summary` of reasoning (`[]`), `call_id` (`""`), `arguments` (`"{}"`) and `input` (`""`) of a call before it decodes; this
 * schema does not.
 * @category answers
 */
export const ResponsesResponse = Schema.Struct({
  ...ResponsesFields,
  /** What the model wrote, item by item: reasoning, messages, tool calls. */
  output: Schema.Array(ResponsesOutputItem)
}).annotations({ identifier: "ResponsesResponse" })

export interface ResponsesResponse extends Schema.Schema.Type<typeof ResponsesResponse> {
  readonly output: ReadonlyArray<ResponsesOutputItem>
  readonly error?: ResponsesError | null | undefined
  readonly usage?: ResponsesUsage | null | undefined
}
