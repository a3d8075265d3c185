/** The body of a messages request: the conversation in Anthropic's shape. */
import * as Schema from "effect/Schema"
import {
  atLeastOne,
  FiniteNumber,
  Int,
  int,
  JsonObject,
  JsonValue,
  ModelName,
  NonEmptyText,
  nullish,
  openEnum,
  Text
} from "./primitives.js"
import { ReasoningEffort } from "./Sampling.js"

// ---------------------------------------------------------------------------
// content blocks
// ---------------------------------------------------------------------------

/**
 * Text as a block of a message. Wire: `MessagesTextBlock`.
 * @category content blocks
 */
export const MessagesTextBlock = Schema.Struct({
  /** Always `text`. */
  type: Schema.Literal("text"),
  /** The text. */
  text: Text
}).annotations({ identifier: "MessagesTextBlock" })

export interface MessagesTextBlock extends Schema.Schema.Type<typeof MessagesTextBlock> {
  readonly type: "text"
}

/**
 * An image in the request itself. Wire: `MessagesBase64ImageSource`.
 * @category content blocks
 */
export const MessagesBase64ImageSource = Schema.Struct({
  /** Always `base64`. */
  type: Schema.Literal("base64"),
  /** The file's bytes in base64, without a `data:` prefix. */
  data: NonEmptyText,
  /** The file's media type, for example `image/png`. */
  media_type: NonEmptyText
}).annotations({ identifier: "MessagesBase64ImageSource" })

export interface MessagesBase64ImageSource extends Schema.Schema.Type<typeof MessagesBase64ImageSource> {
  readonly type: "base64"
}

/**
 * An image that the server fetches. Wire: `MessagesURLImageSource`.
 * @category content blocks
 */
export const MessagesUrlImageSource = Schema.Struct({
  /** Always `url`. */
  type: Schema.Literal("url"),
  /** The image. */
  url: NonEmptyText
}).annotations({ identifier: "MessagesUrlImageSource" })

export interface MessagesUrlImageSource extends Schema.Schema.Type<typeof MessagesUrlImageSource> {
  readonly type: "url"
}

/**
 * The source of an image, distinguished by `type`. Wire: `MessagesImageSource`.
 * @category content blocks
 */
export const MessagesImageSource = Schema.Union(MessagesBase64ImageSource, MessagesUrlImageSource).annotations({
  identifier: "MessagesImageSource"
})

/** The source of an image. */
export type MessagesImageSource = MessagesBase64ImageSource | MessagesUrlImageSource

/**
 * An image as a block of a message, for models with image input. Wire: `MessagesImageBlock`.
 * @category content blocks
 */
export const MessagesImageBlock = Schema.Struct({
  /** Always `image`. */
  type: Schema.Literal("image"),
  /** The image. */
  source: MessagesImageSource
}).annotations({ identifier: "MessagesImageBlock" })

export interface MessagesImageBlock extends Schema.Schema.Type<typeof MessagesImageBlock> {
  readonly type: "image"
  readonly source: MessagesImageSource
}

/**
 * Earlier thinking of the model, sent back to it. Wire: `MessagesThinkingBlock`.
 * @category content blocks
 */
export const MessagesThinkingBlock = Schema.Struct({
  /** Always `thinking`. */
  type: Schema.Literal("thinking"),
  /** The thinking, as in the answer. */
  thinking: Text,
  /** The signature of the thinking. */
  signature: nullish(Text)
}).annotations({ identifier: "MessagesThinkingBlock" })

export interface MessagesThinkingBlock extends Schema.Schema.Type<typeof MessagesThinkingBlock> {
  readonly type: "thinking"
}

/**
 * An earlier tool call of the model, sent back to it. Wire: `MessagesToolUseBlock`.
 * @category content blocks
 */
export const MessagesToolUseBlock = Schema.Struct({
  /** Always `tool_use`. */
  type: Schema.Literal("tool_use"),
  /** The id of the call; the `tool_result` repeats it. */
  id: nullish(Text),
  /** The tool's name. */
  name: Text,
  /** The arguments: an object, not its JSON text. */
  input: JsonObject
}).annotations({ identifier: "MessagesToolUseBlock" })

export interface MessagesToolUseBlock extends Schema.Schema.Type<typeof MessagesToolUseBlock> {
  readonly type: "tool_use"
}

/**
 * The result of a call, as a block of a message of role `user`. Wire: `MessagesToolResultBlock`.
 * @category content blocks
 */
export const MessagesToolResultBlock = Schema.Struct({
  /** Always `tool_result`. */
  type: Schema.Literal("tool_result"),
  /** The `id` of the call. */
  tool_use_id: Text,
  /** The result of the tool: text, or a list of blocks. */
  content: nullish(Schema.Union(Text, Schema.Array(JsonObject)))
}).annotations({ identifier: "MessagesToolResultBlock" })

export interface MessagesToolResultBlock extends Schema.Schema.Type<typeof MessagesToolResultBlock> {
  readonly type: "tool_result"
}

/**
 * The block types that the server accepts and ignores.
 * @category content blocks
 */
export const MessagesCompatibilityType = Schema.Literal(
  "document",
  "search_result",
  "redacted_thinking",
  "server_tool_use",
  "web_search_tool_result",
  "web_fetch_tool_result",
  "code_execution_tool_result",
  "bash_code_execution_tool_result",
  "text_editor_code_execution_tool_result",
  "tool_search_tool_result",
  "container_upload"
)

export type MessagesCompatibilityType = Schema.Schema.Type<typeof MessagesCompatibilityType>

/** A block that the server accepts and ignores. */
export interface MessagesCompatibilityBlock {
  /** Which kind of block. */
  readonly type: MessagesCompatibilityType
  /** Any JSON value. */
  readonly [field: string]: JsonValue | undefined
}

/** One struct for each type, so that errors of the union around them name the intended member. */
const compatibilityBlocks: ReadonlyArray<Schema.Schema<MessagesCompatibilityBlock>> =
  MessagesCompatibilityType.literals.map((type) =>
    Schema.Struct(
      { type: Schema.Literal(type) },
      Schema.Record({ key: Schema.String, value: Schema.UndefinedOr(JsonValue) })
    )
  )

/**
 * A block that the server accepts for compatibility with Anthropic's API, and ignores. Wire:
 * `MessagesCompatibilityBlock`.
 *
 * **Gotchas**: the model never sees it. Its other fields may have any value.
 * @category content blocks
 */
export const MessagesCompatibilityBlock: Schema.Schema<MessagesCompatibilityBlock> = Schema.Union(
  ...compatibilityBlocks
).annotations({ identifier: "MessagesCompatibilityBlock" })

/**
 * A block of a message, distinguished by `type`. Wire: `MessagesContentBlock`.
 * @category content blocks
 */
export const MessagesContentBlock = Schema.Union(
  MessagesTextBlock,
  MessagesImageBlock,
  MessagesThinkingBlock,
  MessagesToolUseBlock,
  MessagesToolResultBlock,
  ...compatibilityBlocks
).annotations({ identifier: "MessagesContentBlock" })

/** A block of a message. */
export type MessagesContentBlock =
  | MessagesTextBlock
  | MessagesImageBlock
  | MessagesThinkingBlock
  | MessagesToolUseBlock
  | MessagesToolResultBlock
  | MessagesCompatibilityBlock

/**
 * A message of the conversation. Wire: `MessagesInputMessage`.
 *
 * @example
 * ```ts
 * import type { MessagesInputMessage } from "effect-friendli/schema/MessagesRequest"
 *
 * const messages: ReadonlyArray<MessagesInputMessage> = [
 *   { role: "user", content: "What is the weather in Seoul?" },
 *   { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "get_weather", input: { city: "Seoul" } }] },
 *   { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "21 °C" }] }
 * ]
 * console.log(messages.map((message) => message.role).join(", "))
 * // => user, assistant, user
 * ```
 * @category messages
 */
export const MessagesInputMessage = Schema.Struct({
  /** The author of the message. Instructions are in `system`, not in a message. */
  role: Schema.Literal("user", "assistant"),
  /** Text, or a list of blocks. */
  content: Schema.Union(Text, Schema.Array(MessagesContentBlock))
}).annotations({ identifier: "MessagesInputMessage" })

export interface MessagesInputMessage extends Schema.Schema.Type<typeof MessagesInputMessage> {
  readonly content: string | ReadonlyArray<MessagesContentBlock>
}

/**
 * A part of the instructions. Wire: `MessagesSystemTextBlock`.
 * @category content blocks
 */
export const MessagesSystemTextBlock = Schema.Struct({
  /** Always `text`. */
  type: Schema.Literal("text"),
  /** The text. */
  text: Text
}).annotations({ identifier: "MessagesSystemTextBlock" })

export interface MessagesSystemTextBlock extends Schema.Schema.Type<typeof MessagesSystemTextBlock> {
  readonly type: "text"
}

// ---------------------------------------------------------------------------
// settings
// ---------------------------------------------------------------------------

/**
 * A tool that the model may call. Wire: `MessagesToolDefinition`.
 *
 * **Gotchas**: the server ignores a tool whose `type` is not `custom` (Anthropic's own server tools).
 * @category tools
 */
export const MessagesToolDefinition = Schema.Struct({
  /** The name that the model uses. */
  name: Text,
  /** `custom`, or left out. */
  type: nullish(openEnum("custom")),
  /** What the tool does and when to call it, written for the model. */
  description: nullish(Text),
  /** The arguments as a JSON Schema of type `object`. From an Effect schema: `Tool.toMessages`. */
  input_schema: nullish(JsonObject),
  /** Whether the arguments must satisfy the schema. */
  strict: nullish(Schema.Boolean)
}).annotations({ identifier: "MessagesToolDefinition" })

export interface MessagesToolDefinition extends Schema.Schema.Type<typeof MessagesToolDefinition> {
  readonly name: string
}

/**
 * Whether the model calls tools. Wire: `MessagesToolChoice`.
 * @category tools
 */
export const MessagesToolChoice = Schema.Struct({
  /** `auto`: the model decides; `any`: at least one tool; `tool`: the tool of `name`; `none`: no tool. */
  type: Schema.Literal("auto", "any", "tool", "none"),
  /** The name of the tool. Takes effect with `type: "tool"`. */
  name: nullish(Text),
  /** Whether an answer calls one tool at most. Not together with `type: "none"`. */
  disable_parallel_tool_use: nullish(Schema.Boolean)
}).annotations({ identifier: "MessagesToolChoice" })

export interface MessagesToolChoice extends Schema.Schema.Type<typeof MessagesToolChoice> {
  readonly type: "auto" | "any" | "tool" | "none"
}

/**
 * Whether the model thinks before it answers. Wire: `MessagesThinkingConfig`.
 * @category settings
 */
export const MessagesThinkingConfig = Schema.Struct({
  /** `enabled` (needs `budget_tokens`), `disabled`, or `adaptive`: as much as the question needs. */
  type: Schema.Literal("enabled", "disabled", "adaptive"),
  /** The maximum number of thinking tokens: at least 1 and less than `max_tokens`. Only with `type: "enabled"`. */
  budget_tokens: nullish(int({ minimum: 1 }))
}).annotations({ identifier: "MessagesThinkingConfig" })

export interface MessagesThinkingConfig extends Schema.Schema.Type<typeof MessagesThinkingConfig> {
  readonly type: "enabled" | "disabled" | "adaptive"
}

/**
 * The format that the text of the answer must have. Wire: `MessagesOutputFormat`.
 * @category settings
 */
export const MessagesOutputFormat = Schema.Struct({
  /** Always `json_schema`; added if it is left out. */
  type: nullish(Schema.Literal("json_schema")),
  /** The JSON Schema. From an Effect schema: `ResponseFormat.toMessages`. */
  schema: nullish(JsonObject)
}).annotations({ identifier: "MessagesOutputFormat" })

export interface MessagesOutputFormat extends Schema.Schema.Type<typeof MessagesOutputFormat> {
  readonly type?: "json_schema" | null | undefined
}

/**
 * Requirements for the answer. Wire: `MessagesOutputConfig`.
 * @category settings
 */
export const MessagesOutputConfig = Schema.Struct({
  /** How much effort the model spends. A level that the model does not support is accepted and may have no effect. */
  effort: nullish(ReasoningEffort),
  /** The format of the text. */
  format: nullish(MessagesOutputFormat)
}).annotations({ identifier: "MessagesOutputConfig" })

export interface MessagesOutputConfig extends Schema.Schema.Type<typeof MessagesOutputConfig> {
  readonly format?: MessagesOutputFormat | null | undefined
}

// ---------------------------------------------------------------------------
// the request
// ---------------------------------------------------------------------------

/**
 * A request for the next message of a conversation. Wire: `ServerlessMessagesBody`, `DedicatedMessagesBody`,
 * `ContainerMessagesBody` and their streaming twins.
 *
 * **When to use**: with `Messages.create` and `Messages.stream`. `stream` is not a field: the function that is called
 * decides.
 *
 * **Details**: numbers must be finite and in the stated ranges. Unknown fields are invalid; pass fields that are newer
 * than this SDK with the option `body` of the call. The server checks rules between fields, such as `budget_tokens`
 * below `max_tokens`.
 *
 * @example
 * ```ts
 * import * as Schema from "effect/Schema"
 * import { MessagesRequest } from "effect-friendli/schema/MessagesRequest"
 *
 * const request: MessagesRequest = {
 *   model: "meta-llama-3.1-8b-instruct",
 *   system: "You are a helpful assistant.",
 *   messages: [{ role: "user", content: "Hello!" }],
 *   max_tokens: 200
 * }
 * console.log(Schema.is(MessagesRequest)(request), Schema.is(MessagesRequest)({ ...request, max_tokens: 0 }))
 * // => true false
 * ```
 * @category requests
 */
export const MessagesRequest = Schema.Struct({
  /**
   * The model. Serverless: a model code. Dedicated: an endpoint id, or `ENDPOINT_ID:ADAPTER_ROUTE`. Container: an
   * adapter route, or nothing. Absent or `null`: the deployment's default.
   */
  model: nullish(ModelName),
  /** The conversation so far, oldest message first. At least one message. */
  messages: atLeastOne(MessagesInputMessage, "message"),
  /**
   * The maximum number of tokens to generate. Integer of at least 1. An answer that reaches it has the stop reason
   * `max_tokens`.
   */
  max_tokens: nullish(int({ minimum: 1 })),
  /** Instructions for the whole conversation: text, or a list of text blocks. */
  system: nullish(Schema.Union(Text, Schema.Array(MessagesSystemTextBlock))),
  /**
   * The sampling temperature: near 0 always the most likely token. Any finite number; the server defines the accepted
   * range.
   */
  temperature: nullish(FiniteNumber),
  /** Sample only from the most likely tokens that together reach this probability. */
  top_p: nullish(FiniteNumber),
  /** Sample only from the k most likely tokens. Integer. */
  top_k: nullish(Int),
  /** Generation ends before the first of these texts; the answer's `stop_sequence` names it. */
  stop_sequences: nullish(Schema.Array(Text)),
  /** The tools that the model may call. */
  tools: nullish(Schema.Array(MessagesToolDefinition)),
  /** Whether the model calls tools. */
  tool_choice: nullish(MessagesToolChoice),
  /** Whether the model thinks before it answers. */
  thinking: nullish(MessagesThinkingConfig),
  /** Effort, and the format of the text. */
  output_config: nullish(MessagesOutputConfig),
  /** Accepted and ignored by the server. */
  cache_control: nullish(JsonObject),
  /** Accepted and ignored by the server. */
  container: nullish(JsonObject),
  /** Accepted and ignored by the server. */
  context_manager: nullish(JsonObject),
  /** Accepted and ignored by the server. */
  inference_geo: nullish(JsonObject),
  /** Accepted and ignored by the server. */
  metadata: nullish(JsonObject),
  /** Accepted and ignored by the server. */
  service_tier: nullish(Schema.Union(Text, JsonObject))
}).annotations({ identifier: "MessagesRequest" })

export interface MessagesRequest extends Schema.Schema.Type<typeof MessagesRequest> {
  readonly messages: ReadonlyArray<MessagesInputMessage>
  readonly system?: string | ReadonlyArray<MessagesSystemTextBlock> | null | undefined
  readonly tools?: ReadonlyArray<MessagesToolDefinition> | null | undefined
  readonly tool_choice?: MessagesToolChoice | null | undefined
  readonly thinking?: MessagesThinkingConfig | null | undefined
  readonly output_config?: MessagesOutputConfig | null | undefined
}
