/**
 * The parts that `Messages` and `MessageStream` share: known events, facts for spans, default values, and merging of
 * events into a message.
 *
 * Data of the server is never a key of an object and never the length of an array.
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { AnswerFacts, JsonRecord, Observer } from "../core/Operation.js"
import {
  type MessagesBlockDelta,
  type MessagesBlockStart,
  type MessagesEvent,
  MessagesKnownEvent,
  type MessagesStreamEvent,
  type MessagesStreamUsage
} from "../schema/MessagesEvent.js"
import type {
  MessagesOtherBlock,
  MessagesResponse,
  MessagesResponseTextBlock,
  MessagesResponseThinkingBlock,
  MessagesResponseToolUseBlock,
  MessagesStopReason
} from "../schema/MessagesResponse.js"
import { finishReason } from "./choices.js"
import { isMissing, withDefault, withField, withItems } from "./filling.js"
import { makeGuard } from "./known.js"
import { parseJson } from "../internal/json.js"
import { documentedTypes, typeOf } from "../schema/eventTypes.js"
import { mergeUsage } from "./usage.js"

// ---------------------------------------------------------------------------
// the request
// ---------------------------------------------------------------------------

/** A format without a type gets the only type that exists, as in the reference SDK. */
export const withFormatType = (body: JsonRecord): JsonRecord => {
  const config = body["output_config"]
  if (!Predicate.isRecord(config)) return body
  const format = config["format"]
  if (!Predicate.isRecord(format) || format["type"] !== undefined) return body
  return { ...body, output_config: { ...config, format: { ...format, type: "json_schema" } } }
}

// ---------------------------------------------------------------------------
// fields that servers leave out although their value is certain
// ---------------------------------------------------------------------------

/** The input of a tool without arguments is an empty object; some servers send an empty string. */
const fillInput = (block: unknown): unknown =>
  withField(block, "input", (input) =>
    isMissing(input) || (typeof input === "string" && input.trim() === "") ? {} : input
  )

/** Adds fields that a block of a known type may lack: the text of thinking, the id or the input of a tool call. */
const fillBlock = (block: unknown): unknown => {
  const type = typeOf(block)
  if (type === "thinking") return withDefault(block, "thinking", "")
  return type === "tool_use" ? fillInput(withDefault(block, "id", "")) : block
}

const fillContent = (content: unknown): unknown => withItems(content, fillBlock)

/** Adds the missing fields of a whole answer. */
export const fillAnswer = (answer: unknown): unknown => withField(answer, "content", fillContent)

/** Adds the missing fields of an event: the type, which is its name, and the input of a tool. */
export const fillEvent = (event: unknown): unknown => {
  const name = Predicate.isRecord(event) ? event["name"] : undefined
  return withField(event, "data", (data) => {
    const typed = documentedTypes.has(name) ? withDefault(data, "type", name) : data
    switch (typeOf(typed)) {
      case "content_block_start":
        return withField(typed, "content_block", fillBlock)
      case "message_start":
        return withField(typed, "message", fillAnswer)
      default:
        return typed
    }
  })
}

// ---------------------------------------------------------------------------
// events
// ---------------------------------------------------------------------------

/** Whether the data is one of the documented types. */
export const isKnown: (event: MessagesStreamEvent) => event is MessagesKnownEvent =
  /*#__PURE__*/ makeGuard(MessagesKnownEvent)

/** Whether the event is the last one of a stream. */
export const isTerminal = (event: MessagesStreamEvent): boolean => typeOf(event.data) === "message_stop"

// ---------------------------------------------------------------------------
// facts
// ---------------------------------------------------------------------------

/** The fields of a message or an event that are read. */
interface Seen {
  readonly id?: string | null | undefined
  readonly model?: string | null | undefined
  readonly stop_reason?: string | null | undefined
  readonly usage?: MessagesStreamUsage | null | undefined
}

/** Collects the facts of an answer: the first id and model, the last stop reason, the merged token counts. */
const observing = () => {
  let id: string | undefined
  let model: string | undefined
  let reason: string | undefined
  let usage: MessagesStreamUsage | undefined
  return {
    see: (seen: Seen): void => {
      id ??= seen.id ?? undefined
      model ??= seen.model ?? undefined
      reason = finishReason(seen.stop_reason) ?? reason
      usage = mergeUsage(usage, seen.usage)
    },
    facts: (): AnswerFacts => ({
      id,
      model,
      finishReasons: reason === undefined ? undefined : [reason],
      usage: { inputTokens: usage?.input_tokens ?? undefined, outputTokens: usage?.output_tokens ?? undefined }
    })
  }
}

/** For whole answers. */
export const ofMessage = (): Observer<MessagesResponse> => {
  const { facts, see } = observing()
  return { observe: see, facts }
}

/** For streams, event by event. */
export const ofEvents = (): Observer<MessagesStreamEvent> => {
  const { facts, see } = observing()
  return {
    observe: (event) => {
      if (!isKnown(event)) return
      const { data } = event
      if (data.type === "message_start") see(data.message ?? {})
      else if (data.type === "message_delta") see({ ...data.delta, usage: data.usage })
    },
    facts
  }
}

// ---------------------------------------------------------------------------
// events to a message
// ---------------------------------------------------------------------------

/** A tool call merged from its deltas. */
export interface ToolUse extends MessagesResponseToolUseBlock {
  /** The JSON text so far, if it is not a complete JSON object; `input` is then what the block began with. */
  readonly partial_json?: string
}

export type Block = MessagesResponseTextBlock | MessagesResponseThinkingBlock | ToolUse | MessagesOtherBlock

/** A message merged from events. */
export interface Message {
  readonly id: string
  readonly type: "message"
  readonly role: "assistant"
  readonly content: ReadonlyArray<Block>
  readonly stop_reason: MessagesStopReason | null
  readonly stop_sequence: string | null
  readonly model?: string
  readonly usage?: MessagesStreamUsage
}

type Start = MessagesBlockStart

/** A block while it is merged: the same object from its first event to its last. */
export interface OpenBlock {
  readonly start: Start
}

/**
 * The state of a block: the event that began it, and its deltas as a list, which is joined when the message is read.
 */
interface Open extends OpenBlock {
  index: number | undefined
  /** Text, thinking or JSON, depending on the type of the block. */
  readonly pieces: Array<string>
  signature: string | undefined
}

/** A delta in a form that is independent of the wire. */
interface Piece {
  /** The type of block that a delta belongs to. */
  readonly of: "text" | "thinking" | "tool_use"
  readonly text: string
}

/** The text of a delta and the type of its block; `undefined` for unknown deltas. */
const pieceOf = (delta: MessagesBlockDelta): Piece | undefined => {
  switch (delta.type) {
    case "text_delta":
      return { of: "text", text: delta.text }
    case "thinking_delta":
      return { of: "thinking", text: delta.thinking }
    case "signature_delta":
      return { of: "thinking", text: "" }
    case "input_json_delta":
      return { of: "tool_use", text: delta.partial_json }
    default:
      return undefined
  }
}

/** The content of a block that has no start event. */
const emptyOf = ({ of }: Piece): Start => (of === "tool_use" ? { type: of, name: "" } : { type: of })

/** Blocks of unknown types may have an input too; text and thinking exist only in blocks of their types. */
const takes = (block: Open, piece: Piece): boolean => {
  switch (block.start.type) {
    case "text":
    case "thinking":
    case "tool_use":
      return block.start.type === piece.of
    default:
      return piece.of === "tool_use"
  }
}

/** The input of a tool: the parsed deltas if they are a complete object, otherwise what the block began with. */
const inputOf = (begun: JsonRecord | null | undefined, json: string) => {
  if (json.trim() === "") return { input: begun ?? {} }
  const parsed = parseJson(json)
  return Either.isRight(parsed) && Predicate.isRecord(parsed.right)
    ? { input: parsed.right }
    : { input: begun ?? {}, partial_json: json }
}

/** A block so far: its start with the merged deltas. A start may have its own text, which precedes the deltas. */
const closed = ({ pieces, signature, start }: Open): Block => {
  const text = pieces.join("")
  switch (start.type) {
    case "text":
      return { ...start, text: (start.text ?? "") + text }
    case "thinking":
      return {
        ...start,
        thinking: (start.thinking ?? "") + text,
        ...(signature === undefined ? {} : { signature })
      }
    case "tool_use":
      return { ...start, id: start.id ?? "", ...inputOf(start.input, text) }
    default:
      return text === "" ? start : { ...start, ...inputOf(undefined, text) }
  }
}

/** Later values replace earlier ones, except `null` and empty strings. A `Map`, because the server chooses the keys. */
const merge = (into: Map<string, unknown>, from: object | null | undefined): void => {
  for (const [key, given] of Object.entries(from ?? {})) {
    const value = key === "stop_reason" ? finishReason(given) : given
    if ((value !== null && value !== undefined && value !== "") || !into.has(key)) into.set(key, value)
  }
}

/** Callbacks that run after a block has changed. */
export interface BlockListener {
  readonly piece: (block: OpenBlock, text: string) => void
  readonly stop: (block: OpenBlock) => void
}

/**
 * Merges events into a message. In: events in order; unknown ones are only counted. Out: the message so far. Each event takes
 * time proportional to its size. Blocks are found by index, and without one by order, because some servers leave out the
 * index or the start of a block.
 */
export class MessageMerge {
  events = 0
  private readonly fields = new Map<string, unknown>()
  private usage: MessagesStreamUsage | undefined
  private readonly blocks: Array<Open> = []
  private readonly byIndex = new Map<number, Open>()

  constructor(private readonly listener?: BlockListener) {}

  add(event: MessagesStreamEvent): void {
    this.events++
    if (isKnown(event)) this.merge(event.data)
  }

  private merge(data: MessagesEvent): void {
    switch (data.type) {
      case "message_start": {
        const { content, usage, ...fields } = data.message ?? {}
        merge(this.fields, fields)
        this.usage = mergeUsage(this.usage, usage)
        content?.forEach((start, index) => this.open(start, index))
        return
      }
      case "content_block_start":
        this.open(data.content_block, data.index ?? undefined)
        return
      case "content_block_delta":
        this.extend(data.delta, data.index ?? undefined)
        return
      case "content_block_stop": {
        const block = data.index == null ? this.blocks.at(-1) : this.byIndex.get(data.index)
        if (block !== undefined) this.listener?.stop(block)
        return
      }
      case "message_delta":
        merge(this.fields, data.delta)
        this.usage = mergeUsage(this.usage, data.usage)
    }
  }

  /** Begins a block. */
  private open(start: Start, index: number | undefined): Open {
    const block: Open = { index, start, pieces: [], signature: undefined }
    this.blocks.push(block)
    if (index !== undefined) this.byIndex.set(index, block)
    this.listener?.piece(block, "")
    return block
  }

  /** Adds a delta to its block. A delta that fits no open block begins one, so that nothing that arrived is lost. */
  private extend(delta: MessagesBlockDelta, index: number | undefined): void {
    const piece = pieceOf(delta)
    if (piece === undefined) return
    const last = this.blocks.at(-1)
    // An event without an index continues the latest block, and so does an event for a block that was opened without one.
    // Example: the block at index 0 has begun, and a delta has index 1, but no block began there. It opens a
    // block of its own.
    const found =
      index === undefined ? last : (this.byIndex.get(index) ?? (last?.index === undefined ? last : undefined))
    const block = found !== undefined && takes(found, piece) ? found : this.open(emptyOf(piece), index)
    if (index !== undefined && block.index === undefined) {
      block.index = index
      this.byIndex.set(index, block)
    }
    if (piece.text !== "") block.pieces.push(piece.text)
    if (delta.type === "signature_delta") block.signature = delta.signature
    this.listener?.piece(block, piece.text)
  }

  /** A copy of the message so far, at any time. */
  snapshot(): Message {
    const {
      id,
      model,
      role: _role,
      stop_reason,
      stop_sequence,
      type: _type,
      ...rest
    } = Object.fromEntries(this.fields) as {
      readonly id?: string | null
      readonly model?: string | null
      readonly role?: unknown
      readonly stop_reason?: string | null
      readonly stop_sequence?: string | null
      readonly type?: unknown
    }
    const rank = (block: Open): number => block.index ?? Number.POSITIVE_INFINITY
    return {
      ...rest,
      id: id ?? "",
      type: "message",
      role: "assistant",
      content: this.blocks.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b))).map(closed),
      stop_reason: stop_reason ?? null,
      stop_sequence: stop_sequence ?? null,
      ...(model == null ? {} : { model }),
      ...(this.usage === undefined ? {} : { usage: this.usage })
    }
  }
}
