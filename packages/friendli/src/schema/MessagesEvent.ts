/**
 * The events of a streamed messages answer.
 *
 * A documented event must have the documented shape, otherwise a part of the answer would be missing. An event of any
 * other name and type is kept unchanged.
 */
import * as Schema from "effect/Schema"
import { documentedTypes } from "./eventTypes.js"
import { SentenceId } from "../internal/annotations.js"
import { agreeing, otherEvent } from "./otherTypes.js"
import { messagesOther, type MessagesOtherType, MessagesOtherBlock, MessagesStopReason } from "./MessagesResponse.js"
import { JsonObject, nullish, openLiteral, Text, WholeNumber } from "./primitives.js"

// Few fields are required, because a paid stream should not fail over fields that a server leaves out.

/**
 * Token counts so far. Each event has the counts that the server knows; merged counts never go down.
 * @category parts
 */
export const MessagesStreamUsage = Schema.Struct({
  /** Input tokens. */
  input_tokens: nullish(Schema.Number),
  /** Output tokens so far. */
  output_tokens: nullish(Schema.Number),
  /** Input tokens that came from a cache. */
  cache_read_input_tokens: nullish(Schema.Number)
}).annotations({ identifier: "MessagesStreamUsage" })

export interface MessagesStreamUsage extends Schema.Schema.Type<typeof MessagesStreamUsage> {}

const TextStart = Schema.Struct({ type: Schema.Literal("text"), text: nullish(Text) })
const ThinkingStart = Schema.Struct({
  type: Schema.Literal("thinking"),
  thinking: nullish(Text),
  signature: nullish(Text)
})
const ToolUseStart = Schema.Struct({
  type: Schema.Literal("tool_use"),
  id: nullish(Text),
  name: Text,
  input: nullish(JsonObject)
})

/**
 * The start of a block, usually empty. Distinguished by `type`; other types are kept.
 * @category parts
 */
export const MessagesBlockStart = Schema.Union(TextStart, ThinkingStart, ToolUseStart, MessagesOtherBlock).annotations({
  identifier: "MessagesBlockStart"
})

export type MessagesBlockStart = Schema.Schema.Type<typeof MessagesBlockStart>

/** A delta of an unknown type, kept with all its fields. */
export interface MessagesOtherDelta {
  /** None of `text_delta`, `thinking_delta`, `input_json_delta`, `signature_delta`. */
  readonly type: MessagesOtherType
}

/**
 * A delta of an unknown type.
 * @category parts
 */
export const MessagesOtherDelta: Schema.Schema<MessagesOtherDelta> = messagesOther(
  "MessagesOtherDelta",
  "text_delta",
  "thinking_delta",
  "input_json_delta",
  "signature_delta"
)

/**
 * A delta of a block: text, thinking, JSON text of a tool's input, or the signature of the thinking. Other types are
 * kept.
 * @category parts
 */
export const MessagesBlockDelta = Schema.Union(
  Schema.Struct({ type: Schema.Literal("text_delta"), text: Text }),
  Schema.Struct({ type: Schema.Literal("thinking_delta"), thinking: Text }),
  Schema.Struct({ type: Schema.Literal("input_json_delta"), partial_json: Text }),
  Schema.Struct({ type: Schema.Literal("signature_delta"), signature: Text }),
  MessagesOtherDelta
).annotations({ identifier: "MessagesBlockDelta" })

export type MessagesBlockDelta = Schema.Schema.Type<typeof MessagesBlockDelta>

const index = {
  /** The index of the block in the message, from 0. */
  index: nullish(WholeNumber)
} as const

/**
 * The first event: the message, still empty.
 * @category events
 */
export const MessagesMessageStart = Schema.Struct({
  /** Always `message_start`. */
  type: Schema.Literal("message_start"),
  /** The message, still without content, if the server sends it. */
  message: nullish(
    Schema.Struct({
      /** The id of the answer. */
      id: nullish(Text),
      /** `message`. */
      type: nullish(openLiteral("message")),
      /** `assistant`. */
      role: nullish(openLiteral("assistant")),
      /** Usually empty. */
      content: nullish(Schema.Array(MessagesBlockStart)),
      /** The model. */
      model: nullish(Text),
      /** Usually `null`. */
      stop_reason: nullish(MessagesStopReason),
      /** Usually `null`. */
      stop_sequence: nullish(Text),
      /** Token counts so far. */
      usage: nullish(MessagesStreamUsage)
    })
  )
}).annotations({ identifier: "MessagesMessageStart" })

export interface MessagesMessageStart extends Schema.Schema.Type<typeof MessagesMessageStart> {}

/**
 * A block begins.
 * @category events
 */
export const MessagesContentBlockStart = Schema.Struct({
  /** Always `content_block_start`. */
  type: Schema.Literal("content_block_start"),
  ...index,
  /** The block, still empty. */
  content_block: MessagesBlockStart
}).annotations({ identifier: "MessagesContentBlockStart" })

export interface MessagesContentBlockStart extends Schema.Schema.Type<typeof MessagesContentBlockStart> {}

/**
 * A delta of a block.
 * @category events
 */
export const MessagesContentBlockDelta = Schema.Struct({
  /** Always `content_block_delta`. */
  type: Schema.Literal("content_block_delta"),
  ...index,
  /** The delta. */
  delta: MessagesBlockDelta
}).annotations({ identifier: "MessagesContentBlockDelta" })

export interface MessagesContentBlockDelta extends Schema.Schema.Type<typeof MessagesContentBlockDelta> {}

/**
 * A block is complete.
 * @category events
 */
export const MessagesContentBlockStop = Schema.Struct({
  /** Always `content_block_stop`. */
  type: Schema.Literal("content_block_stop"),
  ...index
}).annotations({ identifier: "MessagesContentBlockStop" })

export interface MessagesContentBlockStop extends Schema.Schema.Type<typeof MessagesContentBlockStop> {}

/**
 * Why the message ended, and the final token counts.
 * @category events
 */
export const MessagesMessageDelta = Schema.Struct({
  /** Always `message_delta`. */
  type: Schema.Literal("message_delta"),
  /** The changes of the message. */
  delta: nullish(
    Schema.Struct({
      /** Why it ended. */
      stop_reason: nullish(MessagesStopReason),
      /** The text of `stop_sequences` that ended it. */
      stop_sequence: nullish(Text)
    })
  ),
  /** Token counts of the whole message. */
  usage: nullish(MessagesStreamUsage)
}).annotations({ identifier: "MessagesMessageDelta" })

export interface MessagesMessageDelta extends Schema.Schema.Type<typeof MessagesMessageDelta> {}

/**
 * The last event: the message is complete, and the stream ends in success.
 * @category events
 */
export const MessagesMessageStop = Schema.Struct({
  /** Always `message_stop`. */
  type: Schema.Literal("message_stop")
}).annotations({ identifier: "MessagesMessageStop" })

export interface MessagesMessageStop extends Schema.Schema.Type<typeof MessagesMessageStop> {}

/**
 * Keeps the connection alive.
 * @category events
 */
export const MessagesPing = Schema.Struct({
  /** Always `ping`. */
  type: Schema.Literal("ping")
}).annotations({ identifier: "MessagesPing" })

export interface MessagesPing extends Schema.Schema.Type<typeof MessagesPing> {}

/**
 * The data of the documented events and of `ping`, distinguished by `type`. `error` is not among them, because it fails
 * the stream.
 * @category events
 */
export const MessagesEvent = Schema.Union(
  MessagesContentBlockDelta,
  MessagesMessageStart,
  MessagesContentBlockStart,
  MessagesContentBlockStop,
  MessagesMessageDelta,
  MessagesMessageStop,
  MessagesPing
).annotations({ identifier: "MessagesEvent" })

/** The data of a documented event. */
export type MessagesEvent =
  | MessagesMessageStart
  | MessagesContentBlockStart
  | MessagesContentBlockDelta
  | MessagesContentBlockStop
  | MessagesMessageDelta
  | MessagesMessageStop
  | MessagesPing

const name = {
  /** The name in the event's `event:` line, if it has one. */
  name: Schema.optional(Text)
} as const

/**
 * A documented event, or a `ping`.
 * @category events
 */
export const MessagesKnownEvent = Schema.Struct({
  ...name,
  /** The typed data. */
  data: MessagesEvent
})
  .pipe(
    Schema.filter(agreeing(documentedTypes), {
      [SentenceId]: "has the name of one type of event and the data of another"
    })
  )
  .annotations({ identifier: "MessagesKnownEvent" })

export interface MessagesKnownEvent extends Schema.Schema.Type<typeof MessagesKnownEvent> {}

/** An event with an unknown name or type. */
export interface MessagesOtherEvent {
  /** The name in the event's `event:` line, if it has one. */
  readonly name?: string | undefined
  /** The data: parsed JSON, or text if it is not JSON. */
  readonly data: unknown
}

/**
 * An event with an unknown name or type, kept unchanged.
 *
 * **Details**: an event with the name or the type of a documented event is invalid, so that a broken part of an answer
 * is not ignored. So is an event with neither a name nor a type.
 * @category events
 */
export const MessagesOtherEvent: Schema.Schema<MessagesOtherEvent> = otherEvent("MessagesOtherEvent", documentedTypes)

/**
 * One event of a streamed messages answer: its name and its data, unchanged.
 *
 * **When to use**: as the element of `Messages.stream`. `MessageStream.isKnown` tells whether `data` has a documented
 * type, and `MessageStream.decoded` gives only those.
 *
 * **Details**: an event with the name or the type of a documented event, but another shape, is invalid.
 * @category events
 */
export const MessagesStreamEvent = Schema.Union(MessagesKnownEvent, MessagesOtherEvent).annotations({
  identifier: "MessagesStreamEvent"
})

/** One event of a streamed messages answer. */
export type MessagesStreamEvent = MessagesKnownEvent | MessagesOtherEvent
