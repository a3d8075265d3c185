/** The body of a messages request: the conversation in Anthropic's shape. */
import * as Schema from "effect/Schema"
import { SentenceId } from "../internal/annotations.js"
import { FiniteNumber, Int, int, JsonObject, JsonValue, NonEmptyText, nullish, openEnum, Text } from "./primitives.js"
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

/** @category models */
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
  /** The file's media type, as `image/png`. */
  media_type: NonEmptyText
}).annotations({ identifier: "MessagesBase64ImageSource" })

/** @category models */
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
  /** Where the image is. */
  url: NonEmptyText
}).annotations({ identifier: "MessagesUrlImageSource" })

/** @category models */
export interface MessagesUrlImageSource extends Schema.Schema.Type<typeof MessagesUrlImageSource> {
  readonly type: "url"
}

/**
 * Where an image is, told apart by `type`. Wire: `MessagesImageSource`.
 * @category content blocks
 */
export const MessagesImageSource = Schema.Union(MessagesBase64ImageSource, MessagesUrlImageSource).annotations({
  identifier: "MessagesImageSource"
})

/**
 * Where an image is.
 * @category models
 */
export type MessagesImageSource = MessagesBase64ImageSource | MessagesUrlImageSource

/**
 * An image as a block of a message, for models that see. Wire: `MessagesImageBlock`.
 * @category content blocks
 */
export const MessagesImageBlock = Schema.Struct({
  /** Always `image`. */
  type: Schema.Literal("image"),
  /** Where the image is. */
  source: MessagesImageSource
}).annotations({ identifier: "MessagesImageBlock" })

/** @category models */
export interface MessagesImageBlock extends Schema.Schema.Type<typeof MessagesImageBlock> {
  readonly type: "image"
  readonly source: MessagesImageSource
}

/**
 * What the model thought earlier, given back to it. Wire: `MessagesThinkingBlock`.
 * @category content blocks
 */
export const MessagesThinkingBlock = Schema.Struct({
  /** Always `thinking`. */
  type: Schema.Literal("thinking"),
  /** The thoughts, as the answer had them. */
  thinking: Text,
  /** The answer's signature of them. */
  signature: nullish(Text)
}).annotations({ identifier: "MessagesThinkingBlock" })

/** @category models */
export interface MessagesThinkingBlock extends Schema.Schema.Type<typeof MessagesThinkingBlock> {
  readonly type: "thinking"
}

/**
 * A call that the model made earlier, given back to it. Wire: `MessagesToolUseBlock`.
 * @category content blocks
 */
export const MessagesToolUseBlock = Schema.Struct({
  /** Always `tool_use`. */
  type: Schema.Literal("tool_use"),
  /** The id that the model gave the call; the `tool_result` that answers it repeats it. */
  id: nullish(Text),
  /** The tool's name. */
  name: Text,
  /** The arguments: an object, not its JSON text. */
  input: JsonObject
}).annotations({ identifier: "MessagesToolUseBlock" })

/** @category models */
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
  /** The `id` of the call that this answers. */
  tool_use_id: Text,
  /** What the tool gave back: text, or a list of blocks. */
  content: nullish(Schema.Union(Text, Schema.Array(JsonObject)))
}).annotations({ identifier: "MessagesToolResultBlock" })

/** @category models */
export interface MessagesToolResultBlock extends Schema.Schema.Type<typeof MessagesToolResultBlock> {
  readonly type: "tool_result"
}

/**
 * The types of blocks that the server takes and ignores.
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

/** @category models */
export type MessagesCompatibilityType = Schema.Schema.Type<typeof MessagesCompatibilityType>

/**
 * A block that the server takes and ignores.
 * @category models
 */
export interface MessagesCompatibilityBlock {
  /** Which kind of block. */
  readonly type: MessagesCompatibilityType
  /** Whatever it holds, as far as JSON can. */
  readonly [field: string]: JsonValue | undefined
}

/** One struct for each type, so that the union around them finds the one that was meant. */
const compatibilityBlocks: ReadonlyArray<Schema.Schema<MessagesCompatibilityBlock>> =
  MessagesCompatibilityType.literals.map((type) =>
    Schema.Struct(
      { type: Schema.Literal(type) },
      Schema.Record({ key: Schema.String, value: Schema.UndefinedOr(JsonValue) })
    )
  )

/**
 * A block that the server takes for the sake of programs written for Anthropic's API, and ignores. Wire:
 * `MessagesCompatibilityBlock`.
 *
 * **Gotchas**: the model never sees it. All its other fields pass, and are ignored with it.
 * @category content blocks
 */
export const MessagesCompatibilityBlock: Schema.Schema<MessagesCompatibilityBlock> = Schema.Union(
  ...compatibilityBlocks
).annotations({ identifier: "MessagesCompatibilityBlock" })

/**
 * A block of a message, told apart by `type`. Wire: `MessagesContentBlock`.
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

/**
 * A block of a message.
 * @category models
 */
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
 * @category schemas
 */
export const MessagesInputMessage = Schema.Struct({
  /** Who speaks. Instructions are no message here: see `system`. */
  role: Schema.Literal("user", "assistant"),
  /** Text, or a list of blocks. */
  content: Schema.Union(Text, Schema.Array(MessagesContentBlock))
}).annotations({ identifier: "MessagesInputMessage" })

/** @category models */
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

/** @category models */
export interface MessagesSystemTextBlock extends Schema.Schema.Type<typeof MessagesSystemTextBlock> {
  readonly type: "text"
}

// ---------------------------------------------------------------------------
// settings
// ---------------------------------------------------------------------------

/**
 * A tool that the model may call. Wire: `MessagesToolDefinition`.
 *
 * **Gotchas**: a tool whose `type` is another than `custom` (Anthropic's own server tools) is ignored by the server.
 * @category schemas
 */
export const MessagesToolDefinition = Schema.Struct({
  /** What the model calls it by. */
  name: Text,
  /** `custom`, or nothing. */
  type: nullish(openEnum("custom")),
  /** What the tool does and when to call it, written for the model. */
  description: nullish(Text),
  /** The arguments as a JSON Schema of type `object`. From an Effect schema: `Tool.toMessages`. */
  input_schema: nullish(JsonObject),
  /** Whether the arguments must satisfy the schema. */
  strict: nullish(Schema.Boolean)
}).annotations({ identifier: "MessagesToolDefinition" })

/** @category models */
export interface MessagesToolDefinition extends Schema.Schema.Type<typeof MessagesToolDefinition> {
  readonly name: string
}

/**
 * Whether the model calls tools. Wire: `MessagesToolChoice`.
 * @category schemas
 */
export const MessagesToolChoice = Schema.Struct({
  /** `auto`: the model decides; `any`: at least one; `tool`: the one that `name` names; `none`. */
  type: Schema.Literal("auto", "any", "tool", "none"),
  /** Which tool. Takes effect with `type: "tool"`. */
  name: nullish(Text),
  /** Whether an answer calls one tool at most. Not together with `type: "none"`. */
  disable_parallel_tool_use: nullish(Schema.Boolean)
}).annotations({ identifier: "MessagesToolChoice" })

/** @category models */
export interface MessagesToolChoice extends Schema.Schema.Type<typeof MessagesToolChoice> {
  readonly type: "auto" | "any" | "tool" | "none"
}

/**
 * Whether the model thinks before it answers. Wire: `MessagesThinkingConfig`.
 * @category schemas
 */
export const MessagesThinkingConfig = Schema.Struct({
  /** `enabled` (needs `budget_tokens`), `disabled`, or `adaptive`: as much as the question needs. */
  type: Schema.Literal("enabled", "disabled", "adaptive"),
  /** The most tokens that the model may think: at least 1 and fewer than `max_tokens`. Only with `type: "enabled"`. */
  budget_tokens: nullish(int({ minimum: 1 }))
}).annotations({ identifier: "MessagesThinkingConfig" })

/** @category models */
export interface MessagesThinkingConfig extends Schema.Schema.Type<typeof MessagesThinkingConfig> {
  readonly type: "enabled" | "disabled" | "adaptive"
}

/**
 * The form that the answer's text must have. Wire: `MessagesOutputFormat`.
 * @category schemas
 */
export const MessagesOutputFormat = Schema.Struct({
  /** Always `json_schema`; sent as that when it is left out. */
  type: nullish(Schema.Literal("json_schema")),
  /** The JSON Schema. From an Effect schema: `ResponseFormat.toMessages`. */
  schema: nullish(JsonObject)
}).annotations({ identifier: "MessagesOutputFormat" })

/** @category models */
export interface MessagesOutputFormat extends Schema.Schema.Type<typeof MessagesOutputFormat> {
  readonly type?: "json_schema" | null | undefined
}

/**
 * What is asked of the answer. Wire: `MessagesOutputConfig`.
 * @category schemas
 */
export const MessagesOutputConfig = Schema.Struct({
  /** How much effort the model takes. A level that the model lacks is accepted and may do nothing. */
  effort: nullish(ReasoningEffort),
  /** The form of the text. */
  format: nullish(MessagesOutputFormat)
}).annotations({ identifier: "MessagesOutputConfig" })

/** @category models */
export interface MessagesOutputConfig extends Schema.Schema.Type<typeof MessagesOutputConfig> {
  readonly format?: MessagesOutputFormat | null | undefined
}

// ---------------------------------------------------------------------------
// the request
// ---------------------------------------------------------------------------

const emptyMessages = "must hold at least one message"

/**
 * Asks for the next message of a conversation. Wire: `ServerlessMessagesBody`, `DedicatedMessagesBody`,
 * `ContainerMessagesBody` and their streaming twins.
 *
 * **When to use**: with `Messages.create` and `Messages.stream`. `stream` is not a field: the function that is called
 * decides.
 *
 * **Details**: numbers must be finite and within the stated ranges; unknown fields are refused, fields newer than this
 * SDK go through the `body` option of the call. Rules between fields are left to the server, such as `budget_tokens` below
 * `max_tokens`.
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
 * @category schemas
 */
export const MessagesRequest = Schema.Struct({
  /**
   * Which model answers. Serverless: a model code. Dedicated: an endpoint id, or `ENDPOINT_ID:ADAPTER_ROUTE`. Container:
   * an adapter route, or nothing. Absent or `null` takes the deployment's default.
   */
  model: nullish(Text),
  /** The conversation so far, oldest first. At least one message. */
  messages: Schema.Array(MessagesInputMessage).pipe(
    Schema.filter((messages) => messages.length > 0, {
      [SentenceId]: emptyMessages,
      message: () => emptyMessages,
      jsonSchema: { minItems: 1 }
    })
  ),
  /** The most tokens to generate. Integer of at least 1. An answer that reaches it has stop reason `max_tokens`. */
  max_tokens: nullish(int({ minimum: 1 })),
  /** Instructions for the whole conversation: text, or a list of text blocks. */
  system: nullish(Schema.Union(Text, Schema.Array(MessagesSystemTextBlock))),
  /** How freely tokens are drawn: near 0 always the likeliest. Any finite number; the server defines what it accepts. */
  temperature: nullish(FiniteNumber),
  /** Draw only among the likeliest tokens that together reach this probability. */
  top_p: nullish(FiniteNumber),
  /** Draw only among the k likeliest tokens. Integer. */
  top_k: nullish(Int),
  /** Generation ends before the first of these texts; the answer's `stop_sequence` says which. */
  stop_sequences: nullish(Schema.Array(Text)),
  /** The tools that the model may call. */
  tools: nullish(Schema.Array(MessagesToolDefinition)),
  /** Whether the model calls them. */
  tool_choice: nullish(MessagesToolChoice),
  /** Whether the model thinks before it answers. */
  thinking: nullish(MessagesThinkingConfig),
  /** Effort, and the form of the text. */
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

/** @category models */
export interface MessagesRequest extends Schema.Schema.Type<typeof MessagesRequest> {
  readonly messages: ReadonlyArray<MessagesInputMessage>
  readonly system?: string | ReadonlyArray<MessagesSystemTextBlock> | null | undefined
  readonly tools?: ReadonlyArray<MessagesToolDefinition> | null | undefined
  readonly tool_choice?: MessagesToolChoice | null | undefined
  readonly thinking?: MessagesThinkingConfig | null | undefined
  readonly output_config?: MessagesOutputConfig | null | undefined
}
