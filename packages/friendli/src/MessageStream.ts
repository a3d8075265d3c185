/** Consumers of a streamed messages answer: its text, its thinking, its tool calls, or the whole message. */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { FriendliStreamError } from "./errors/FriendliError.js"
import * as folds from "./accumulators/folds.js"
import * as messages from "./accumulators/message.js"
import * as calls from "./partialJson/calls.js"
import type * as PartialJson from "./partialJson/PartialJson.js"
import type {
  MessagesBlockStart,
  MessagesEvent,
  MessagesKnownEvent,
  MessagesStreamEvent
} from "./schema/MessagesEvent.js"

/**
 * A streamed message, merged. It has the shape of `MessagesResponse`, but `stop_reason` is `null` if the message was
 * cut short.
 */
export interface Message extends messages.Message {}

/**
 * A tool call, merged from its deltas: `input` is the parsed object. If the JSON text is not a complete object, because
 * the answer was cut short or reached `max_tokens`, `input` is what the block began with (`{}`) and `partial_json` has
 * the text.
 */
export interface ToolUse extends messages.ToolUse {}

/**
 * Whether an event is a documented one or a `ping`. Narrows the type.
 *
 * **Details**: all other events are newer than this version. A documented event with another shape fails the stream.
 * @category guards
 */
export const isKnown: (event: MessagesStreamEvent) => event is MessagesKnownEvent = messages.isKnown

/**
 * The typed data of the known events; all other events are left out.
 *
 * **When to use**: to process the answer event by event with a `switch` over `type`.
 * @category folds
 */
export const decoded = <E, R>(stream: Stream.Stream<MessagesStreamEvent, E, R>): Stream.Stream<MessagesEvent, E, R> =>
  Stream.filterMap(stream, (event) => (isKnown(event) ? Option.some(event.data) : Option.none()))

type Kind = "text" | "thinking"

const ofStart = (start: MessagesBlockStart, kind: Kind): string => {
  if (kind === "text") return start.type === "text" ? (start.text ?? "") : ""
  return start.type === "thinking" ? (start.thinking ?? "") : ""
}

const ofEvent = (event: MessagesEvent, kind: Kind): string => {
  switch (event.type) {
    case "content_block_delta":
      if (kind === "text") return event.delta.type === "text_delta" ? event.delta.text : ""
      return event.delta.type === "thinking_delta" ? event.delta.thinking : ""
    // Blocks usually begin empty, but content in the start event counts too.
    case "content_block_start":
      return ofStart(event.content_block, kind)
    case "message_start":
      return (event.message?.content ?? []).map((start) => ofStart(start, kind)).join("")
    default:
      return ""
  }
}

const pieces = <E, R>(stream: Stream.Stream<MessagesStreamEvent, E, R>, kind: Kind): Stream.Stream<string, E, R> =>
  Stream.filterMap(stream, (event) => {
    const piece = isKnown(event) ? ofEvent(event.data, kind) : ""
    return piece === "" ? Option.none() : Option.some(piece)
  })

/**
 * The text of all text blocks as it arrives, without empty strings.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { MessageStream } from "effect-friendli"
 *
 * const events = Stream.make(
 *   { data: { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hel" } } },
 *   { data: { type: "ping" } },
 *   { data: { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "lo" } } }
 * )
 * Effect.runPromise(Stream.runFold(MessageStream.text(events), "", (all, text) => `${all}|${text}`)).then(console.log)
 * // => |Hel|lo
 * ```
 * @category folds
 */
export const text = <E, R>(stream: Stream.Stream<MessagesStreamEvent, E, R>): Stream.Stream<string, E, R> =>
  pieces(stream, "text")

/**
 * The thinking as it arrives, for models and requests (`thinking`) that give it.
 * @category folds
 */
export const thinking = <E, R>(stream: Stream.Stream<MessagesStreamEvent, E, R>): Stream.Stream<string, E, R> =>
  pieces(stream, "thinking")

/**
 * Runs the stream and gives the whole message: its blocks in order, `stop_reason`, `stop_sequence` and `usage`.
 *
 * **Details**: unknown events are skipped. Works with servers that leave out the index or the start of a block. A count
 * in `usage` never goes down: `input_tokens: 0` at the end does not replace the count of the start. Fails with the
 * error of the stream, which has the message so far in `received.partial` (read it with `partial`).
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { MessageStream } from "effect-friendli"
 *
 * const events = Stream.make(
 *   { data: { type: "message_start", message: { id: "msg_1", usage: { input_tokens: 3, output_tokens: 0 } } } },
 *   { data: { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } } },
 *   { data: { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello" } } },
 *   { data: { type: "content_block_stop", index: 0 } },
 *   { data: { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } } },
 *   { data: { type: "message_stop" } }
 * )
 * Effect.runPromise(MessageStream.fold(events)).then((message) => console.log(message.content, message.stop_reason, message.usage))
 * // => [ { type: 'text', text: 'Hello' } ] end_turn { input_tokens: 3, output_tokens: 1 }
 * ```
 * @category folds
 */
export const fold = <E, R>(stream: Stream.Stream<MessagesStreamEvent, E, R>): Effect.Effect<Message, E, R> =>
  folds.fold(
    stream,
    (): { add(event: MessagesStreamEvent): void; readonly events: number; snapshot(): Message } =>
      new messages.MessageMerge()
  )

/**
 * Runs the stream and gives the tool calls, merged and parsed, in the order of their blocks.
 *
 * **Gotchas**: the model wrote `input`. Decode it with your own schema before you use it.
 * @category folds
 */
export const toolUses = <E, R>(
  stream: Stream.Stream<MessagesStreamEvent, E, R>
): Effect.Effect<ReadonlyArray<ToolUse>, E, R> =>
  Effect.map(fold(stream), (message) =>
    message.content.flatMap((block): ReadonlyArray<ToolUse> => (block.type === "tool_use" ? [block] : []))
  )

/**
 * The tool calls while they arrive: their input, decoded by the schemas of the tools as it grows.
 *
 * **When to use**: to show what the model fills in, or to stop an answer early. If you need only the complete calls,
 * use `toolUses`.
 *
 * **Details**: each element is one call with a `PartialJson.Reading` of its input: `Growing` with the value so far,
 * `Complete` or `Invalid` when its block has ended. `name` is the tool, and determines the type of the value. A block
 * without JSON deltas has the input that it began with. A call of a tool without a schema has an `unknownName` instead
 * of a `name`. A failure of the stream follows the last readings.
 *
 * @example
 * ```ts
 * import { Effect, Schema, Stream } from "effect"
 * import { MessageStream } from "effect-friendli"
 *
 * const events = Stream.make(
 *   { data: { type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "toolu_1", name: "now", input: {} } } },
 *   { data: { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: "{\"zone\":\"K" } } },
 *   { data: { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: "ST\"}" } } },
 *   { data: { type: "content_block_stop", index: 0 } }
 * )
 *
 * MessageStream.partialToolUses(events, { now: Schema.Struct({ zone: Schema.String }) }).pipe(
 *   Stream.runForEach(({ name, reading }) => Effect.sync(() => console.log(name, reading._tag, reading.value))),
 *   Effect.runPromise
 * )
 * // => now Growing { zone: 'K' }
 * // => now Growing { zone: 'KST' }
 * // => now Complete { zone: 'KST' }
 * ```
 * @category folds
 */
export const partialToolUses: {
  <const Tools extends PartialJson.ToolSchemas>(
    tools: Tools
  ): <E, R>(stream: Stream.Stream<MessagesStreamEvent, E, R>) => Stream.Stream<PartialJson.ToolCall<Tools>, E, R>
  <const Tools extends PartialJson.ToolSchemas, E, R>(
    stream: Stream.Stream<MessagesStreamEvent, E, R>,
    tools: Tools
  ): Stream.Stream<PartialJson.ToolCall<Tools>, E, R>
} = /*#__PURE__*/ dual(
  2,
  <const Tools extends PartialJson.ToolSchemas, E, R>(
    stream: Stream.Stream<MessagesStreamEvent, E, R>,
    tools: Tools
  ): Stream.Stream<PartialJson.ToolCall<Tools>, E, R> =>
    folds.readings(stream, () => {
      const readings = calls.make(tools)
      const open = new Map<messages.OpenBlock, calls.Call>()
      let elements: Array<PartialJson.ToolCall<Tools>> = []
      const merged = new messages.MessageMerge({
        piece: (block, text) => {
          const { start } = block
          if (start.type !== "tool_use") return
          let call = open.get(block)
          if (call === undefined) open.set(block, (call = { id: start.id ?? undefined, name: start.name }))
          elements.push(...readings.add(call, text, start.input ?? {}))
        },
        stop: (block) => {
          const call = open.get(block)
          if (call !== undefined) elements.push(...readings.endOf(call))
        }
      })
      return {
        add: (event) => {
          elements = []
          merged.add(event)
          return elements
        },
        flush: readings.flush,
        end: () => readings.end()
      }
    })
)

/**
 * The message that `fold` (or `toolUses`) had merged before it failed.
 * @category getters
 */
export const partial = (error: FriendliStreamError): Option.Option<Message> => {
  const found = error.received?.partial
  // Partial answers of other kinds have an `object` instead of a `type`.
  return Predicate.isRecord(found) && found["type"] === "message" && Array.isArray(found["content"])
    ? Option.some(found as Partial<Message> as Message)
    : Option.none()
}
