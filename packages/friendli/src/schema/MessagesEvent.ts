/**
 * The events of a streamed messages answer.
 *
 * An event that the API documents has to have the documented shape, or it is refused: something of the answer would be missing. An event
 * of any other name and type is kept as it came.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { documentedTypes, typeOf } from "./eventTypes.js"
import { ExpectedId, SentenceId } from "../internal/annotations.js"
import { messagesOther, type MessagesOtherType, MessagesOtherBlock, MessagesStopReason } from "./MessagesResponse.js"
import { JsonObject, nullish, openLiteral, Text, WholeNumber } from "./primitives.js"

// A stream that is paid for survives what servers leave out: little is required.

/**
 * Token counts so far. Each event says what it knows; a count never goes down.
 * @category schemas
 */
export const MessagesStreamUsage = Schema.Struct({
  /** Tokens of the request. */
  input_tokens: nullish(Schema.Number),
  /** Tokens of the answer until here. */
  output_tokens: nullish(Schema.Number),
  /** Of the request's tokens, those that came from a cache. */
  cache_read_input_tokens: nullish(Schema.Number)
}).annotations({ identifier: "MessagesStreamUsage" })

/** @category models */
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
 * A block as it begins: empty, as a rule. Told apart by `type`; other types are kept.
 * @category schemas
 */
export const MessagesBlockStart = Schema.Union(TextStart, ThinkingStart, ToolUseStart, MessagesOtherBlock).annotations({
  identifier: "MessagesBlockStart"
})

/** @category models */
export type MessagesBlockStart = Schema.Schema.Type<typeof MessagesBlockStart>

/**
 * What is added to a block, of a type that this version does not know; kept with all its fields.
 * @category models
 */
export interface MessagesOtherDelta {
  /** None of `text_delta`, `thinking_delta`, `input_json_delta`, `signature_delta`. */
  readonly type: MessagesOtherType
}

/**
 * What is added to a block, of a type that this version does not know.
 * @category schemas
 */
export const MessagesOtherDelta: Schema.Schema<MessagesOtherDelta> = messagesOther(
  "MessagesOtherDelta",
  "text_delta",
  "thinking_delta",
  "input_json_delta",
  "signature_delta"
)

/**
 * What is added to a block: a piece of text, of thoughts, of the JSON text of a tool's input, or the signature of the thoughts. Other
 * types are kept.
 * @category schemas
 */
export const MessagesBlockDelta = Schema.Union(
  Schema.Struct({ type: Schema.Literal("text_delta"), text: Text }),
  Schema.Struct({ type: Schema.Literal("thinking_delta"), thinking: Text }),
  Schema.Struct({ type: Schema.Literal("input_json_delta"), partial_json: Text }),
  Schema.Struct({ type: Schema.Literal("signature_delta"), signature: Text }),
  MessagesOtherDelta
).annotations({ identifier: "MessagesBlockDelta" })

/** @category models */
export type MessagesBlockDelta = Schema.Schema.Type<typeof MessagesBlockDelta>

const index = {
  /** Which block of the message, counted from 0. */
  index: nullish(WholeNumber)
} as const

/**
 * The first event: the message, still empty.
 * @category events
 */
export const MessagesMessageStart = Schema.Struct({
  /** Always `message_start`. */
  type: Schema.Literal("message_start"),
  /** The message before it has content, where the server tells. */
  message: nullish(
    Schema.Struct({
      /** Names the answer. */
      id: nullish(Text),
      /** `message`. */
      type: nullish(openLiteral("message")),
      /** `assistant`. */
      role: nullish(openLiteral("assistant")),
      /** Empty, as a rule. */
      content: nullish(Schema.Array(MessagesBlockStart)),
      /** Which model answers. */
      model: nullish(Text),
      /** `null`, as a rule. */
      stop_reason: nullish(MessagesStopReason),
      /** `null`, as a rule. */
      stop_sequence: nullish(Text),
      /** Token counts so far. */
      usage: nullish(MessagesStreamUsage)
    })
  )
}).annotations({ identifier: "MessagesMessageStart" })

/** @category models */
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

/** @category models */
export interface MessagesContentBlockStart extends Schema.Schema.Type<typeof MessagesContentBlockStart> {}

/**
 * A piece of a block.
 * @category events
 */
export const MessagesContentBlockDelta = Schema.Struct({
  /** Always `content_block_delta`. */
  type: Schema.Literal("content_block_delta"),
  ...index,
  /** What is added. */
  delta: MessagesBlockDelta
}).annotations({ identifier: "MessagesContentBlockDelta" })

/** @category models */
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

/** @category models */
export interface MessagesContentBlockStop extends Schema.Schema.Type<typeof MessagesContentBlockStop> {}

/**
 * Why the message ended, and the final token counts.
 * @category events
 */
export const MessagesMessageDelta = Schema.Struct({
  /** Always `message_delta`. */
  type: Schema.Literal("message_delta"),
  /** What changes of the message. */
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

/** @category models */
export interface MessagesMessageDelta extends Schema.Schema.Type<typeof MessagesMessageDelta> {}

/**
 * The last event: the message is complete, and the stream ends in success.
 * @category events
 */
export const MessagesMessageStop = Schema.Struct({
  /** Always `message_stop`. */
  type: Schema.Literal("message_stop")
}).annotations({ identifier: "MessagesMessageStop" })

/** @category models */
export interface MessagesMessageStop extends Schema.Schema.Type<typeof MessagesMessageStop> {}

/**
 * Keeps the connection alive.
 * @category events
 */
export const MessagesPing = Schema.Struct({
  /** Always `ping`. */
  type: Schema.Literal("ping")
}).annotations({ identifier: "MessagesPing" })

/** @category models */
export interface MessagesPing extends Schema.Schema.Type<typeof MessagesPing> {}

/**
 * The data of the documented events and of `ping`, told apart by `type`. `error` is not among them: it fails the stream.
 * @category schemas
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

/**
 * The data of a documented event.
 * @category models
 */
export type MessagesEvent =
  | MessagesMessageStart
  | MessagesContentBlockStart
  | MessagesContentBlockDelta
  | MessagesContentBlockStop
  | MessagesMessageDelta
  | MessagesMessageStop
  | MessagesPing

/** A name that is documented says the type. Any other name, `ping` too, says nothing: the type in the data decides. */
const agree = ({ data, name }: { readonly name?: string | undefined; readonly data: unknown }): boolean =>
  !documentedTypes.has(name) || name === typeOf(data)

const name = {
  /** The name in the event's `event:` line, where it had one. */
  name: Schema.optional(Text)
} as const

/**
 * A documented event, or a `ping`.
 * @category schemas
 */
export const MessagesKnownEvent = Schema.Struct({
  ...name,
  /** What came, typed. */
  data: MessagesEvent
})
  .pipe(Schema.filter(agree, { [SentenceId]: "is named as one type of event, and its data is of another" }))
  .annotations({ identifier: "MessagesKnownEvent" })

/** @category models */
export interface MessagesKnownEvent extends Schema.Schema.Type<typeof MessagesKnownEvent> {}

/**
 * An event of a name or type that this version does not know.
 * @category models
 */
export interface MessagesOtherEvent {
  /** The name in the event's `event:` line, where it had one. */
  readonly name?: string | undefined
  /** What came: parsed JSON, or the text where it was not JSON. */
  readonly data: unknown
}

/** Not a broken piece of the answer: what has no name must at least have a type, and neither may be a documented one. */
const isOther = (u: unknown): u is MessagesOtherEvent => {
  if (!Predicate.isRecord(u) || !Object.hasOwn(u, "data")) return false
  const { data, name } = u
  const type = typeOf(data)
  if (documentedTypes.has(type)) return false
  // `message` is the name of an event that has none.
  if (name === undefined || name === "message") return typeof type === "string"
  return typeof name === "string" && !documentedTypes.has(name)
}

const checkOther = (
  u: unknown,
  _options: AST.ParseOptions,
  ast: AST.Declaration
): Either.Either<MessagesOtherEvent, ParseResult.ParseIssue> =>
  isOther(u) ? Either.right(u) : Either.left(new ParseResult.Type(ast, u))

/**
 * An event of a name or type that this version does not know, kept as it came.
 *
 * **Details**: what has the name or the type of a documented event is refused, so that a broken piece of an answer is not passed over. So is
 * an event with neither a name nor a type.
 * @category schemas
 */
export const MessagesOtherEvent: Schema.Schema<MessagesOtherEvent> = Schema.declare(
  [],
  { decode: () => checkOther, encode: () => checkOther },
  {
    identifier: "MessagesOtherEvent",
    [ExpectedId]: "an event with a name or a type",
    description: "an event with a name or a type",
    jsonSchema: { type: "object", properties: { name: { type: "string" }, data: {} }, required: ["data"] },
    arbitrary: () => (fc) =>
      fc.record({ name: fc.string().filter((given) => !documentedTypes.has(given)), data: fc.jsonValue() })
  }
)

/**
 * One event of a streamed messages answer, as it came: its name and its data, nothing left out.
 *
 * **When to use**: the element of `Messages.stream`. `MessageStream.isKnown` tells whether `data` is one of the documented types, and
 * `MessageStream.decoded` gives those alone.
 *
 * **Details**: an event that has the name or the type of a documented one and not its shape is refused.
 * @category schemas
 */
export const MessagesStreamEvent = Schema.Union(MessagesKnownEvent, MessagesOtherEvent).annotations({
  identifier: "MessagesStreamEvent"
})

/**
 * One event of a streamed messages answer.
 * @category models
 */
export type MessagesStreamEvent = MessagesKnownEvent | MessagesOtherEvent
