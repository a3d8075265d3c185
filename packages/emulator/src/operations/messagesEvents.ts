/**
 * Turns the stream of a chat into the events of a message. In: chunks of a chat. Out: events, or the message that is collected from them. A message
 * consists of blocks, each with a start and a stop, while a chat has deltas of several kinds in any order.
 */
import { newId } from "../base/ids.js"
import { isRecord, type JsonRecord } from "../base/json.js"
import { StopText } from "../engine/stops.js"
import { hash } from "../engine/words.js"
import type { EventsAnswer } from "./operation.js"

/** The parts of a chat's chunk that messages use. */
interface ChatChunk {
  readonly choices: ReadonlyArray<{
    readonly delta: {
      readonly content?: string
      readonly reasoning_content?: string
      readonly tool_calls?: ReadonlyArray<{
        readonly index: number
        readonly function: { readonly name?: string; readonly arguments: string }
      }>
    }
    readonly finish_reason: "stop" | "length" | "tool_calls" | null
  }>
}

/** Why a message ended, in the words of messages. */
type StopReason = "end_turn" | "max_tokens" | "tool_use" | "stop_sequence"

/** A block of a message. */
type Block =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: JsonRecord }

/** The addition of an event to a block. */
type Delta =
  | { readonly type: "text_delta"; readonly text: string }
  | { readonly type: "thinking_delta"; readonly thinking: string }
  | { readonly type: "signature_delta"; readonly signature: string }
  | { readonly type: "input_json_delta"; readonly partial_json: string }

/** A message in wire format, with the fields that the emulator reads. */
export interface Message extends JsonRecord {
  readonly content: ReadonlyArray<Block>
  readonly stop_reason: StopReason | null
  readonly stop_sequence: string | null
  readonly usage: {
    readonly input_tokens: number
    readonly output_tokens: number
    readonly cache_read_input_tokens: number
  }
}

/** An event of a streamed message. */
export type MessageEvent =
  | { readonly type: "message_start"; readonly message: Message }
  | { readonly type: "content_block_start"; readonly index: number; readonly content_block: Block }
  | { readonly type: "content_block_delta"; readonly index: number; readonly delta: Delta }
  | { readonly type: "content_block_stop"; readonly index: number }
  | {
      readonly type: "message_delta"
      readonly delta: { readonly stop_reason: StopReason; readonly stop_sequence: string | null }
      readonly usage: { readonly output_tokens: number }
    }
  | { readonly type: "message_stop" }

/**
 * The reasons of a chat in the words of messages. `stop_sequence` has no counterpart, because a chat does not report what stopped it.
 */
const stopReasons = { stop: "end_turn", length: "max_tokens", tool_calls: "tool_use" } as const

/** The signature of thinking: opaque to clients, and equal for equal thinking. `crypto.subtle` would need a secure context, which a page may lack. */
const signatureOf = (thinking: string): string => {
  const view = new DataView(new ArrayBuffer(32))
  for (let at = 0; at < view.byteLength; at += 4) view.setUint32(at, hash(thinking, at))
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)))
}

/** The blocks of a message while it is written: closes the open block before the next one starts. */
class Blocks {
  private index = -1
  private open: Block["type"] | undefined
  private thinking = ""

  /** Whether the open block has this type. */
  isOpen(type: Block["type"]): boolean {
    return this.open === type
  }

  /** Ends the open block and begins another one. */
  *start(block: Block): Generator<MessageEvent, void, undefined> {
    yield* this.stop()
    this.open = block.type
    yield { type: "content_block_start", index: ++this.index, content_block: block }
  }

  /** Adds text, to the open block of text or to a new one. Empty text begins no block. */
  *text(text: string): Generator<MessageEvent, void, undefined> {
    if (text === "") return
    if (!this.isOpen("text")) yield* this.start({ type: "text", text: "" })
    yield this.delta({ type: "text_delta", text })
  }

  /** The same for thinking. */
  *think(thinking: string): Generator<MessageEvent, void, undefined> {
    if (thinking === "") return
    if (!this.isOpen("thinking")) yield* this.start({ type: "thinking", thinking: "", signature: "" })
    this.thinking += thinking
    yield this.delta({ type: "thinking_delta", thinking })
  }

  /** Adds JSON to the open tool call. */
  *input(json: string): Generator<MessageEvent, void, undefined> {
    if (json !== "") yield this.delta({ type: "input_json_delta", partial_json: json })
  }

  /** Ends the open block. The signature of thinking can be computed only when the thinking is complete. */
  *stop(): Generator<MessageEvent, void, undefined> {
    if (this.open === undefined) return
    if (this.open === "thinking") {
      yield this.delta({ type: "signature_delta", signature: signatureOf(this.thinking) })
    }
    this.open = undefined
    yield { type: "content_block_stop", index: this.index }
  }

  /** A delta of the open block. */
  private delta(delta: Delta): MessageEvent {
    return { type: "content_block_delta", index: this.index, delta }
  }
}

/** The events of a message. `outputTokens` is read at the end, when all tokens have been counted. */
export const messageEvents = async function* (
  chunks: EventsAnswer["events"],
  start: Message,
  stops: ReadonlyArray<string>,
  outputTokens: () => number,
  signal: AbortSignal
): AsyncGenerator<MessageEvent, void, undefined> {
  const blocks = new Blocks()
  const shown = new StopText(stops)
  let call: number | undefined
  let reason: StopReason = "end_turn"

  yield { type: "message_start", message: start }
  for await (const { data } of chunks) {
    // A chunk without choices has only token counts, which messages report in their last event.
    const choice = (data as unknown as ChatChunk).choices[0]
    if (choice === undefined) continue
    const { content = "", reasoning_content: thinking = "", tool_calls: calls = [] } = choice.delta
    yield* blocks.think(thinking)
    yield* blocks.text(shown.push(content))
    // The text after the stop sequence was never shown. Ending the loop also ends the chat.
    if (shown.stop !== undefined) {
      reason = "stop_sequence"
      break
    }
    for (const { function: part, index } of calls) {
      // A delta of another call than the last one begins a block.
      if (!blocks.isOpen("tool_use") || call !== index) {
        call = index
        yield* blocks.start({ type: "tool_use", id: newId("toolu_"), name: part.name ?? "", input: {} })
      }
      yield* blocks.input(part.arguments)
    }
    if (choice.finish_reason !== null) reason = stopReasons[choice.finish_reason]
  }
  // When the client has disconnected, the chat ends early and without a finish reason.
  if (signal.aborted) return
  // Text that was held back because it could have been the beginning of a stop sequence.
  if (shown.stop === undefined) yield* blocks.text(shown.end())
  yield* blocks.stop()
  yield {
    type: "message_delta",
    delta: { stop_reason: reason, stop_sequence: shown.stop ?? null },
    usage: { output_tokens: outputTokens() }
  }
  yield { type: "message_stop" }
}

/**
 * The input of a tool call. When `max_tokens` ended it early, its JSON is incomplete and the input is empty.
 */
const inputOf = (json: string): JsonRecord => {
  try {
    const input: unknown = JSON.parse(json)
    return isRecord(input) ? input : {}
  } catch {
    return {}
  }
}

/** Collects the events of a stream into the whole message. */
export const collectMessage = async (
  start: Message,
  events: AsyncGenerator<MessageEvent, void, undefined>
): Promise<Message> => {
  const content: Array<Block> = []
  let json = ""
  let ended: Partial<Message> = {}
  for await (const event of events) {
    switch (event.type) {
      case "content_block_start":
        // Each block starts with empty JSON, because only one block is open at a time.
        json = ""
        content[event.index] = event.content_block
        break
      case "content_block_delta": {
        const block = content[event.index]
        const { delta } = event
        if (block?.type === "text" && delta.type === "text_delta") {
          content[event.index] = { ...block, text: block.text + delta.text }
        } else if (block?.type === "thinking" && delta.type === "thinking_delta") {
          content[event.index] = { ...block, thinking: block.thinking + delta.thinking }
        } else if (block?.type === "thinking" && delta.type === "signature_delta") {
          content[event.index] = { ...block, signature: delta.signature }
        } else if (delta.type === "input_json_delta") json += delta.partial_json
        break
      }
      case "content_block_stop": {
        const block = content[event.index]
        if (block?.type === "tool_use") content[event.index] = { ...block, input: inputOf(json) }
        break
      }
      case "message_delta":
        ended = { ...event.delta, usage: { ...start.usage, ...event.usage } }
        break
      default:
    }
  }
  return { ...start, ...ended, content }
}
