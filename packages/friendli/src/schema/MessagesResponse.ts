/** The answer to a messages request. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { ExpectedId } from "../internal/annotations.js"
import { JsonObject, nullish, openLiteral, Text } from "./primitives.js"

/** For the compiler alone: with `string`, or a brand of it, `block.type === "text"` would narrow nothing. */
declare enum Other {
  Type = "another type"
}

/**
 * A `type` that this version of the SDK does not know: some string, and for the compiler none of the known ones. After
 * `block.type === "text"` a block is therefore a text block and nothing else.
 *
 * **Gotchas**: to compare it with a type of your own, say `const type: string = block.type` first.
 * @category models
 */
export type MessagesOtherType = Other

/**
 * A schema of objects whose `type` is none of these. They are handed back as they are.
 *
 * **Details**: what has one of the types is refused as a whole, so that a failure of the union around it speaks of the known type.
 * @category schemas
 */
export const messagesOther = <A extends { readonly type: MessagesOtherType }>(
  identifier: string,
  ...known: ReadonlyArray<string>
): Schema.Schema<A> => {
  const names: ReadonlySet<string> = new Set(known)
  const check = (
    u: unknown,
    _options: AST.ParseOptions,
    ast: AST.Declaration
  ): Either.Either<A, ParseResult.ParseIssue> =>
    Predicate.isRecord(u) && typeof u["type"] === "string" && !names.has(u["type"])
      ? Either.right(u as Partial<A> as A)
      : Either.left(new ParseResult.Type(ast, u))
  return Schema.declare(
    [],
    { decode: () => check, encode: () => check },
    {
      identifier,
      [ExpectedId]: "an object of another type",
      description: "an object of another type",
      jsonSchema: { type: "object", properties: { type: { type: "string" } }, required: ["type"] },
      arbitrary: () => (fc) => fc.record({ type: fc.string().filter((type) => !names.has(type)) }) as never
    }
  )
}

/**
 * Text that the model wrote. Wire: `MessagesResponseTextBlock`.
 * @category content blocks
 */
export const MessagesResponseTextBlock = Schema.Struct({
  /** Always `text`. */
  type: Schema.Literal("text"),
  /** The text. */
  text: Text
}).annotations({ identifier: "MessagesResponseTextBlock" })

/** @category models */
export interface MessagesResponseTextBlock extends Schema.Schema.Type<typeof MessagesResponseTextBlock> {
  readonly type: "text"
}

/**
 * What the model thought. Wire: `MessagesResponseThinkingBlock`.
 * @category content blocks
 */
export const MessagesResponseThinkingBlock = Schema.Struct({
  /** Always `thinking`. */
  type: Schema.Literal("thinking"),
  /** The thoughts. */
  thinking: Text,
  /** Goes back with them in the next request. */
  signature: nullish(Text)
}).annotations({ identifier: "MessagesResponseThinkingBlock" })

/** @category models */
export interface MessagesResponseThinkingBlock extends Schema.Schema.Type<typeof MessagesResponseThinkingBlock> {
  readonly type: "thinking"
}

/**
 * A tool that the model wants called. Wire: `MessagesResponseToolUseBlock`.
 * @category content blocks
 */
export const MessagesResponseToolUseBlock = Schema.Struct({
  /** Always `tool_use`. */
  type: Schema.Literal("tool_use"),
  /** Names the call; the `tool_result` that answers it repeats it. */
  id: Text,
  /** The tool's name. */
  name: Text,
  /** The arguments: an object, not its JSON text. What the model wrote; decode it before use. */
  input: JsonObject
}).annotations({ identifier: "MessagesResponseToolUseBlock" })

/** @category models */
export interface MessagesResponseToolUseBlock extends Schema.Schema.Type<typeof MessagesResponseToolUseBlock> {
  readonly type: "tool_use"
}

/**
 * A block of a type that this version does not know, kept with all its fields.
 * @category models
 */
export interface MessagesOtherBlock {
  /** None of `text`, `thinking`, `tool_use`. */
  readonly type: MessagesOtherType
}

/**
 * A block of a type that this version does not know, kept with all its fields.
 * @category content blocks
 */
export const MessagesOtherBlock: Schema.Schema<MessagesOtherBlock> = messagesOther(
  "MessagesOtherBlock",
  "text",
  "thinking",
  "tool_use"
)

/**
 * A block of the answer, told apart by `type`. Wire: `MessagesResponseContentBlock`.
 *
 * **Details**: blocks of other types are kept as `MessagesOtherBlock`. A block of a known type that lacks what it needs is a
 * decode failure.
 * @category content blocks
 */
export const MessagesResponseContentBlock = Schema.Union(
  MessagesResponseTextBlock,
  MessagesResponseThinkingBlock,
  MessagesResponseToolUseBlock,
  MessagesOtherBlock
).annotations({ identifier: "MessagesResponseContentBlock" })

/**
 * A block of the answer.
 * @category models
 */
export type MessagesResponseContentBlock =
  | MessagesResponseTextBlock
  | MessagesResponseThinkingBlock
  | MessagesResponseToolUseBlock
  | MessagesOtherBlock

/**
 * Why the answer ended: `end_turn` (the model was done), `max_tokens`, `tool_use`, `stop_sequence`. Newer reasons pass as
 * strings.
 * @category schemas
 */
export const MessagesStopReason = openLiteral("end_turn", "max_tokens", "tool_use", "stop_sequence")

/** @category models */
export type MessagesStopReason = Schema.Schema.Type<typeof MessagesStopReason>

/**
 * Token counts. Wire: `MessagesUsage`.
 *
 * **Details**: each count may be missing.
 * @category schemas
 */
export const MessagesUsage = Schema.Struct({
  /** Tokens of the request. */
  input_tokens: nullish(Schema.Number),
  /** Tokens of the answer. */
  output_tokens: nullish(Schema.Number),
  /** Of the request's tokens, those that came from a cache. */
  cache_read_input_tokens: nullish(Schema.Number)
}).annotations({ identifier: "MessagesUsage" })

/** @category models */
export interface MessagesUsage extends Schema.Schema.Type<typeof MessagesUsage> {
  readonly input_tokens?: number | null | undefined
}

/**
 * The answer to a messages request. Wire: `ServerlessMessagesSuccess` and its twins (the same on every deployment).
 *
 * **Details**: fields and types of blocks that this version does not know are kept; enums are open. `Messages.create` fills the missing
 * `input` (`{}`) and `id` (`""`) of a tool call and missing `thinking` (`""`) before it decodes; this schema does not.
 * @category schemas
 */
export const MessagesResponse = Schema.Struct({
  /** Names this answer, where the server tells. */
  id: nullish(Text),
  /** `message`. */
  type: nullish(openLiteral("message")),
  /** `assistant`. */
  role: nullish(openLiteral("assistant")),
  /** What the model wrote, block by block. */
  content: Schema.Array(MessagesResponseContentBlock),
  /** Why it ended, where the server tells. */
  stop_reason: nullish(MessagesStopReason),
  /** The text of `stop_sequences` that ended it. */
  stop_sequence: nullish(Text),
  /** Token counts, where the server tells. */
  usage: nullish(MessagesUsage),
  /** Which model answered; on dedicated, the endpoint id. */
  model: nullish(Text)
}).annotations({ identifier: "MessagesResponse" })

/** @category models */
export interface MessagesResponse extends Schema.Schema.Type<typeof MessagesResponse> {
  readonly content: ReadonlyArray<MessagesResponseContentBlock>
  readonly usage?: MessagesUsage | null | undefined
}
