/**
 * Turns the stream of a chat into the events of a response. In: chunks of a chat. Out: events with sequence numbers, the last one with the whole
 * response. A response is a list of items (reasoning, message, function calls), each added, filled and done, while a chat has deltas of several kinds
 * in any order.
 */
import { newId } from "../base/ids.js"
import type { JsonRecord } from "../base/json.js"
import type { EventsAnswer } from "./operation.js"

/** The parts of a chat's chunk that responses use. */
interface ChatChunk {
  readonly choices: ReadonlyArray<{
    readonly delta: {
      readonly content?: string
      readonly reasoning_content?: string
      readonly tool_calls?: ReadonlyArray<{
        readonly index: number
        readonly id?: string
        readonly function: { readonly name?: string; readonly arguments: string }
      }>
    }
    readonly finish_reason: "stop" | "length" | "tool_calls" | null
  }>
  readonly usage: {
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly completion_tokens_details?: { readonly reasoning_tokens: number }
  } | null
}

type Status = "in_progress" | "completed" | "incomplete"

/** An item while it is written. Its `text` is the text, the reasoning, or the arguments of a call. */
interface Item {
  readonly kind: "message" | "reasoning" | "function_call"
  readonly id: string
  readonly callId: string
  readonly name: string
  text: string
}

/** The first fields of every response of a request. */
export interface ResponseHead extends JsonRecord {
  readonly id: string
  readonly object: "response"
  readonly created_at: number
}

/** A response in wire format, with the fields that the emulator reads. */
export interface ResponseValue extends JsonRecord, ResponseHead {
  readonly status: Status | "failed"
  readonly output: ReadonlyArray<JsonRecord>
}

/** An event of a streamed response. */
export type ResponseEvent = JsonRecord & {
  readonly type: string
  readonly sequence_number: number
  readonly response?: ResponseValue
}

/** The names of the parts and events of the items that have text. */
const texts = {
  message: { part: "output_text", event: "response.output_text" },
  reasoning: { part: "reasoning_text", event: "response.reasoning_text" }
} as const

/** An item in wire format, without text or with all of it. */
const itemValue = ({ callId, id, kind, name, text }: Item, status: Status, isEmpty = false): JsonRecord => {
  switch (kind) {
    case "message":
      return {
        type: kind,
        id,
        role: "assistant",
        status,
        content: isEmpty ? [] : [{ type: texts[kind].part, text }]
      }
    case "reasoning":
      return { type: kind, id, summary: [], content: isEmpty ? [] : [{ type: texts[kind].part, text }], status }
    case "function_call":
      return { type: kind, id, call_id: callId, name, arguments: isEmpty ? "" : text, status }
  }
}

/** The prefixes of item ids. */
const prefixes = { message: "msg_", reasoning: "rs_", function_call: "fc_" } as const

/** The items of a response while they are written: ends the open item before the next one begins. */
class Items {
  readonly all: Array<Item> = []
  private open: Item | undefined

  private get index(): number {
    return this.all.length - 1
  }

  isOpen(kind: Item["kind"]): boolean {
    return this.open?.kind === kind
  }

  /** Ends the open item and begins another one. */
  *start(kind: Item["kind"], callId = "", name = ""): Generator<JsonRecord, void, undefined> {
    yield* this.stop()
    const item: Item = { kind, id: newId(prefixes[kind]), callId, name, text: "" }
    this.all.push(item)
    this.open = item
    yield { type: "response.output_item.added", output_index: this.index, item: itemValue(item, "in_progress", true) }
    if (kind === "function_call") return
    yield { type: "response.content_part.added", ...this.place(item), part: { type: texts[kind].part, text: "" } }
  }

  /** Adds text, to the open item of this kind or to a new one. Empty text begins no item. */
  *text(kind: "message" | "reasoning", delta: string): Generator<JsonRecord, void, undefined> {
    if (delta === "") return
    if (!this.isOpen(kind)) yield* this.start(kind)
    const item = this.open!
    item.text += delta
    yield { type: `${texts[kind].event}.delta`, ...this.place(item), delta }
  }

  /** Adds JSON to the open call. */
  *arguments(delta: string): Generator<JsonRecord, void, undefined> {
    if (delta === "" || this.open === undefined) return
    this.open.text += delta
    yield {
      type: "response.function_call_arguments.delta",
      item_id: this.open.id,
      output_index: this.index,
      delta
    }
  }

  /** Ends the open item. */
  *stop(): Generator<JsonRecord, void, undefined> {
    const item = this.open
    if (item === undefined) return
    this.open = undefined
    const { id, kind, name, text } = item
    if (kind === "function_call") {
      const type = "response.function_call_arguments.done"
      yield { type, item_id: id, output_index: this.index, arguments: text, name }
    } else {
      yield { type: `${texts[kind].event}.done`, ...this.place(item), text }
      yield { type: "response.content_part.done", ...this.place(item), part: { type: texts[kind].part, text } }
    }
    yield { type: "response.output_item.done", output_index: this.index, item: itemValue(item, "completed") }
  }

  /** All items in wire format. An item that is still open was cut by the limit of tokens. */
  values(): ReadonlyArray<JsonRecord> {
    return this.all.map((item) => itemValue(item, item === this.open ? "incomplete" : "completed"))
  }

  private place({ id }: Item): JsonRecord {
    return { item_id: id, output_index: this.index, content_index: 0 }
  }
}

/** The token counts of a chat in the words of responses. */
const usageOf = (usage: NonNullable<ChatChunk["usage"]>): JsonRecord => ({
  input_tokens: usage.prompt_tokens,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: usage.completion_tokens,
  output_tokens_details: { reasoning_tokens: usage.completion_tokens_details?.reasoning_tokens ?? 0 },
  total_tokens: usage.prompt_tokens + usage.completion_tokens
})

/** The response at the end of a stream that failed. */
export const failedResponse = (
  head: ResponseHead,
  model: string | null,
  message: string,
  code: number
): JsonRecord => ({
  ...head,
  error: { code: code === 429 ? "rate_limit_exceeded" : "server_error", message },
  status: "failed",
  output: [],
  usage: null,
  incomplete_details: null,
  model
})

/** The events of a response, without their sequence numbers. Ends early when the client has disconnected. */
const bareEvents = async function* (
  chunks: EventsAnswer["events"],
  head: ResponseHead,
  model: string | null,
  signal: AbortSignal
): AsyncGenerator<JsonRecord, void, undefined> {
  const begun = { ...head, status: "in_progress", output: [] }
  yield { type: "response.created", response: begun }
  yield { type: "response.in_progress", response: begun }

  const items = new Items()
  let call: number | undefined
  let isCut = false
  let usage: JsonRecord | null = null
  for await (const { data } of chunks) {
    const chunk = data as unknown as ChatChunk
    if (chunk.usage !== null) usage = usageOf(chunk.usage)
    const choice = chunk.choices[0]
    if (choice === undefined) continue
    const { content = "", reasoning_content: reasoning = "", tool_calls: calls = [] } = choice.delta
    yield* items.text("reasoning", reasoning)
    yield* items.text("message", content)
    for (const { function: part, id, index } of calls) {
      // A delta of another call than the last one begins an item.
      if (!items.isOpen("function_call") || call !== index) {
        call = index
        yield* items.start("function_call", id, part.name)
      }
      yield* items.arguments(part.arguments)
    }
    if (choice.finish_reason === "length") isCut = true
  }
  if (signal.aborted) return
  // An item that was cut by the limit is never done: the end of the response shows it as incomplete.
  if (!isCut) {
    // An answer without any text still has its message.
    if (items.all.length === 0) yield* items.start("message")
    yield* items.stop()
  }
  const status = isCut ? "incomplete" : "completed"
  yield {
    type: `response.${status}`,
    response: {
      ...head,
      error: null,
      status,
      output: items.values(),
      usage,
      incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
      model
    }
  }
}

/** The events of a response, numbered from 0. */
export const responseEvents = async function* (
  ...of: Parameters<typeof bareEvents>
): AsyncGenerator<ResponseEvent, void, undefined> {
  let sequence = 0
  for await (const event of bareEvents(...of))
    yield { ...event, sequence_number: sequence++ } as unknown as ResponseEvent
}

/** The names of the events that end a stream. */
export const isLast = (type: string): boolean =>
  type === "response.completed" || type === "response.incomplete" || type === "response.failed"
