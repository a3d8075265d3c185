/** The answer to a messages request. */
import * as Schema from "effect/Schema"
import { type OtherType, otherThan } from "./otherTypes.js"
import { JsonObject, nullish, openLiteral, Text } from "./primitives.js"

/**
 * A `type` that this version does not know: any string, but for the compiler different from the known types. After
 * `block.type === "text"` the block is therefore narrowed to a text block.
 *
 * **Gotchas**: to compare it with your own type, write `const type: string = block.type` first.
 */
export type MessagesOtherType = OtherType

/**
 * A schema of objects whose `type` is none of these. They are returned unchanged.
 *
 * **Details**: an object with one of these types is invalid, so that the error of the union around it is about the
 * known type.
 */
export const messagesOther = <A extends { readonly type: MessagesOtherType }>(
  identifier: string,
  ...known: ReadonlyArray<string>
): Schema.Schema<A> => otherThan(identifier, known)

/**
 * Text of the model. Wire: `MessagesResponseTextBlock`.
 * @category content blocks
 */
export const MessagesResponseTextBlock = Schema.Struct({
  /** Always `text`. */
  type: Schema.Literal("text"),
  /** The text. */
  text: Text
}).annotations({ identifier: "MessagesResponseTextBlock" })

export interface MessagesResponseTextBlock extends Schema.Schema.Type<typeof MessagesResponseTextBlock> {
  readonly type: "text"
}

/**
 * Thinking of the model. Wire: `MessagesResponseThinkingBlock`.
 * @category content blocks
 */
export const MessagesResponseThinkingBlock = Schema.Struct({
  /** Always `thinking`. */
  type: Schema.Literal("thinking"),
  /** The thinking. */
  thinking: Text,
  /** The signature, to send back with the thinking in the next request. */
  signature: nullish(Text)
}).annotations({ identifier: "MessagesResponseThinkingBlock" })

export interface MessagesResponseThinkingBlock extends Schema.Schema.Type<typeof MessagesResponseThinkingBlock> {
  readonly type: "thinking"
}

/**
 * A tool that the model wants to call. Wire: `MessagesResponseToolUseBlock`.
 * @category content blocks
 */
export const MessagesResponseToolUseBlock = Schema.Struct({
  /** Always `tool_use`. */
  type: Schema.Literal("tool_use"),
  /** The id of the call; the `tool_result` repeats it. */
  id: Text,
  /** The tool's name. */
  name: Text,
  /** The arguments: an object, not its JSON text. The model wrote it; decode it before use. */
  input: JsonObject
}).annotations({ identifier: "MessagesResponseToolUseBlock" })

export interface MessagesResponseToolUseBlock extends Schema.Schema.Type<typeof MessagesResponseToolUseBlock> {
  readonly type: "tool_use"
}

/** A block of an unknown type, kept with all its fields. */
export interface MessagesOtherBlock {
  /** None of `text`, `thinking`, `tool_use`. */
  readonly type: MessagesOtherType
}

/**
 * A block of an unknown type, kept with all its fields.
 * @category content blocks
 */
export const MessagesOtherBlock: Schema.Schema<MessagesOtherBlock> = messagesOther(
  "MessagesOtherBlock",
  "text",
  "thinking",
  "tool_use"
)

/**
 * A block of the answer, distinguished by `type`. Wire: `MessagesResponseContentBlock`.
 *
 * **Details**: blocks of other types are kept as `MessagesOtherBlock`. A block of a known type without its required
 * fields fails to decode.
 * @category content blocks
 */
export const MessagesResponseContentBlock = Schema.Union(
  MessagesResponseTextBlock,
  MessagesResponseThinkingBlock,
  MessagesResponseToolUseBlock,
  MessagesOtherBlock
).annotations({ identifier: "MessagesResponseContentBlock" })

/** A block of the answer. */
export type MessagesResponseContentBlock =
  | MessagesResponseTextBlock
  | MessagesResponseThinkingBlock
  | MessagesResponseToolUseBlock
  | MessagesOtherBlock

/**
 * Why the answer ended: `end_turn` (the model was done), `max_tokens`, `tool_use`, `stop_sequence`. New reasons pass as
 * strings.
 * @category answers
 */
export const MessagesStopReason = openLiteral("end_turn", "max_tokens", "tool_use", "stop_sequence")

export type MessagesStopReason = Schema.Schema.Type<typeof MessagesStopReason>

/**
 * Token counts. Wire: `MessagesUsage`.
 *
 * **Details**: each count may be missing.
 * @category answers
 */
export const MessagesUsage = Schema.Struct({
  /** Input tokens. */
  input_tokens: nullish(Schema.Number),
  /** Output tokens. */
  output_tokens: nullish(Schema.Number),
  /** Input tokens that came from a cache. */
  cache_read_input_tokens: nullish(Schema.Number)
}).annotations({ identifier: "MessagesUsage" })

export interface MessagesUsage extends Schema.Schema.Type<typeof MessagesUsage> {
  readonly input_tokens?: number | null | undefined
}

/**
 * The answer to a messages request. Wire: `ServerlessMessagesSuccess` and its twins (the same on every deployment).
 *
 * **Details**: unknown fields and block types are kept, and enums accept unknown values. `Messages.create` adds the
 * missing `input` (`{}`) and `id` (`""`) of a tool call and missing `thinking` (`""`) before it decodes; this schema
 * does not.
 * @category answers
 */
export const MessagesResponse = Schema.Struct({
  /** The id of the answer, if the server reports it. */
  id: nullish(Text),
  /** `message`. */
  type: nullish(openLiteral("message")),
  /** `assistant`. */
  role: nullish(openLiteral("assistant")),
  /** What the model wrote, block by block. */
  content: Schema.Array(MessagesResponseContentBlock),
  /** Why it ended, if the server reports it. */
  stop_reason: nullish(MessagesStopReason),
  /** The text of `stop_sequences` that ended it. */
  stop_sequence: nullish(Text),
  /** Token counts, if the server reports them. */
  usage: nullish(MessagesUsage),
  /** The model; on dedicated endpoints, the endpoint id. */
  model: nullish(Text)
}).annotations({ identifier: "MessagesResponse" })

export interface MessagesResponse extends Schema.Schema.Type<typeof MessagesResponse> {
  readonly content: ReadonlyArray<MessagesResponseContentBlock>
  readonly usage?: MessagesUsage | null | undefined
}
