import { newId } from "../base/ids.js"
import { type ChatMessage, type ContentPart, renderChat } from "../engine/chatTemplate.js"
import { StopText } from "../engine/stops.js"
import { hash } from "../engine/words.js"
import { chat, type reasoningTokens } from "./chat.js"
import type { Issue } from "../base/types.js"
import { compact } from "./generation.js"
import { isRecord, type JsonRecord } from "../base/json.js"
import {
  type Answer,
  answerModel,
  type EventsAnswer,
  invalid,
  type OperationContext,
  type StreamEvent
} from "./operation.js"

interface ContentBlock {
  readonly type: string
  readonly text?: string
  readonly source?: {
    readonly type: string
    readonly url?: string
    readonly media_type?: string
    readonly data?: string
  }
  readonly name?: string
  readonly input?: JsonRecord
  readonly content?: string | ReadonlyArray<JsonRecord> | null
}

interface ToolDefinition {
  readonly name: string
  readonly type?: string | null
  readonly description?: string | null
  readonly input_schema?: JsonRecord | null
}

interface MessagesBody {
  readonly messages: ReadonlyArray<{
    readonly role: "user" | "assistant"
    readonly content: string | ReadonlyArray<ContentBlock>
  }>
  readonly max_tokens?: number | null
  readonly model?: string | null
  readonly system?: string | ReadonlyArray<{ readonly text: string }> | null
  readonly stream?: boolean | null
  readonly temperature?: number | null
  readonly top_p?: number | null
  readonly top_k?: number | null
  readonly stop_sequences?: ReadonlyArray<string> | null
  readonly tools?: ReadonlyArray<ToolDefinition> | null
  readonly tool_choice?: {
    readonly type: "auto" | "any" | "tool" | "none"
    readonly name?: string | null
    readonly disable_parallel_tool_use?: boolean | null
  } | null
  readonly thinking?: {
    readonly type: "enabled" | "disabled" | "adaptive"
    readonly budget_tokens?: number | null
  } | null
  readonly output_config?: {
    readonly effort?: keyof typeof reasoningTokens | null
    readonly format?: { readonly schema?: JsonRecord | null } | null
  } | null
}

/** What this operation reads of a chunk of a chat. */
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

type StopReason = "end_turn" | "max_tokens" | "tool_use" | "stop_sequence"

type Block =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: JsonRecord }

type Delta =
  | { readonly type: "text_delta"; readonly text: string }
  | { readonly type: "thinking_delta"; readonly thinking: string }
  | { readonly type: "signature_delta"; readonly signature: string }
  | { readonly type: "input_json_delta"; readonly partial_json: string }

interface Message extends JsonRecord {
  readonly content: ReadonlyArray<Block>
  readonly stop_reason: StopReason | null
  readonly stop_sequence: string | null
  readonly usage: {
    readonly input_tokens: number
    readonly output_tokens: number
    readonly cache_read_input_tokens: number
  }
}

type MessageEvent =
  | { readonly type: "message_start"; readonly message: Message }
  | { readonly type: "ping" }
  | { readonly type: "content_block_start"; readonly index: number; readonly content_block: Block }
  | { readonly type: "content_block_delta"; readonly index: number; readonly delta: Delta }
  | { readonly type: "content_block_stop"; readonly index: number }
  | {
      readonly type: "message_delta"
      readonly delta: { readonly stop_reason: StopReason; readonly stop_sequence: string | null }
      readonly usage: { readonly output_tokens: number }
    }
  | { readonly type: "message_stop" }

/** The 422 of this path: the places that others list are in the message. */
export const messagesError = (issues: ReadonlyArray<Issue>, requestId: string): JsonRecord => ({
  type: "error",
  error: {
    type: "invalid_request_error",
    message: issues
      .map(({ loc, msg }) => {
        const isField = loc[0] === "body" && typeof loc[1] === "string"
        return `${(isField ? loc.slice(1) : loc).join(".")}: ${msg}`
      })
      .join("; ")
  },
  request_id: requestId
})

// ------------------------------------------------------------------------------------------------------- the request

// Tools of other types run on other servers: they are accepted and ignored.
const isCustom = ({ type }: ToolDefinition): boolean => (type ?? "") === "" || type === "custom"

const toolProblem = ({ tool_choice, tools }: MessagesBody): Answer | undefined => {
  for (const [index, tool] of (tools ?? []).entries()) {
    const type = tool.input_schema?.["type"]
    if (isCustom(tool) && type !== undefined && ![type].flat().includes("object")) {
      return invalid(["tools", index, "input_schema", "type"], "Input should be 'object'")
    }
  }
  if (tool_choice?.type === "tool") {
    const name = tool_choice.name ?? undefined
    if (name === undefined) return invalid(["tool_choice", "name"], "Field required")
    if (!(tools ?? []).some((tool) => isCustom(tool) && tool.name === name)) {
      return invalid(["tool_choice", "name"], "'tools' has no tool of this name")
    }
  }
  return undefined
}

const toolChoiceOf = (choice: MessagesBody["tool_choice"]): unknown => {
  switch (choice?.type) {
    case "any":
      return "required"
    case "tool":
      return { type: "function", function: { name: choice.name } }
    default:
      return choice?.type ?? "auto"
  }
}

const partOf = (block: ContentBlock | JsonRecord): ReadonlyArray<ContentPart> => {
  if (block.type === "text") return [{ type: "text", text: String(block.text) }]
  // The template shows that an image is there, and nothing of it.
  if (block.type === "image") return [{ type: "image_url", image_url: { url: "" } }]
  return []
}

const userMessages = (content: string | ReadonlyArray<ContentBlock>): ReadonlyArray<ChatMessage> => {
  if (typeof content === "string") return [{ role: "user", content }]
  const turns: Array<ChatMessage> = []
  let parts: Array<ContentPart> = []
  const flush = (): void => {
    if (parts.length > 0) turns.push({ role: "user", content: parts })
    parts = []
  }
  for (const block of content) {
    if (block.type === "tool_result") {
      flush()
      const result = block.content ?? ""
      turns.push({ role: "tool", content: typeof result === "string" ? result : result.flatMap(partOf) })
    } else parts.push(...partOf(block))
  }
  flush()
  // The turn is there even when nothing of it is shown.
  return turns.length > 0 ? turns : [{ role: "user", content: "" }]
}

const assistantMessage = (content: string | ReadonlyArray<ContentBlock>): ChatMessage => {
  if (typeof content === "string") return { role: "assistant", content }
  const calls = content.filter((block) => block.type === "tool_use")
  return {
    role: "assistant",
    // Earlier thinking is not part of the prompt, as in a chat.
    content: content.flatMap(partOf),
    tool_calls: calls.map(({ input, name }) => ({
      function: { name: name ?? "", arguments: JSON.stringify(input ?? {}) }
    }))
  }
}

const systemMessages = (system: MessagesBody["system"]): ReadonlyArray<ChatMessage> => {
  const text = typeof system === "string" ? system : (system ?? []).map((block) => block.text).join("\n")
  return text === "" ? [] : [{ role: "system", content: text }]
}

const chatMessages = (body: MessagesBody): ReadonlyArray<ChatMessage> => [
  ...systemMessages(body.system),
  ...body.messages.flatMap(({ content, role }) =>
    role === "assistant" ? [assistantMessage(content)] : userMessages(content)
  )
]

const chatTools = (tools: MessagesBody["tools"]): ReadonlyArray<JsonRecord> =>
  (tools ?? []).filter(isCustom).map(({ description, input_schema, name }) => ({
    type: "function",
    function: { name, ...compact({ description }), parameters: { ...input_schema, type: "object" } }
  }))

/** The same request as a chat, so that both say the same. Stops are left out: a chat does not tell which one it met. */
const chatBody = (body: MessagesBody): JsonRecord => {
  const { max_tokens, output_config, temperature, thinking, tool_choice, top_k, top_p } = body
  const schema = output_config?.format?.schema ?? undefined
  return {
    messages: chatMessages(body),
    tools: chatTools(body.tools),
    tool_choice: toolChoiceOf(tool_choice),
    ...compact({ max_tokens, temperature, top_k, top_p }),
    // There is no seed here. Without randomness asked for, nothing is left to chance.
    ...(temperature === 0 ? { seed: 0 } : {}),
    ...(tool_choice?.disable_parallel_tool_use === true ? { parallel_tool_calls: false } : {}),
    ...(schema === undefined ? {} : { response_format: { type: "json_schema", json_schema: { schema } } }),
    ...(thinking?.type === "enabled" || thinking?.type === "adaptive"
      ? {
          parse_reasoning: true,
          ...compact({ reasoning_budget: thinking.budget_tokens }),
          ...compact({ reasoning_effort: output_config?.effort })
        }
      : {}),
    stream: true
  }
}

/** What the chat finds wrong, under the names that its fields have here. */
const renamed = (issues: ReadonlyArray<Issue>): ReadonlyArray<Issue> =>
  issues.map((issue) =>
    issue.loc[1] === "response_format" ? { ...issue, loc: ["body", "output_config", "format", "schema"] } : issue
  )

// -------------------------------------------------------------------------------------------------------- the answer

const stopReasons = { stop: "end_turn", length: "max_tokens", tool_calls: "tool_use" } as const

/** Opaque to clients, and equal for equal thinking. `crypto.subtle` would need a secure context, which a page may lack. */
const signatureOf = (thinking: string): string => {
  const view = new DataView(new ArrayBuffer(32))
  for (let at = 0; at < view.byteLength; at += 4) view.setUint32(at, hash(thinking, at))
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)))
}

const eventsOf = async function* (
  chunks: EventsAnswer["events"],
  start: Message,
  stops: ReadonlyArray<string>,
  written: () => number,
  signal: AbortSignal
): AsyncGenerator<MessageEvent, void, undefined> {
  const shown = new StopText(stops)
  let index = -1
  let open: Block["type"] | undefined
  let call: number | undefined
  let thinking = ""
  let reason: StopReason = "end_turn"

  const close = async function* (): AsyncGenerator<MessageEvent, void, undefined> {
    if (open === undefined) return
    if (open === "thinking") {
      yield {
        type: "content_block_delta",
        index,
        delta: { type: "signature_delta", signature: signatureOf(thinking) }
      }
    }
    open = undefined
    yield { type: "content_block_stop", index }
  }
  const begin = async function* (block: Block): AsyncGenerator<MessageEvent, void, undefined> {
    yield* close()
    open = block.type
    yield { type: "content_block_start", index: ++index, content_block: block }
  }
  const write = (delta: Delta): MessageEvent => ({ type: "content_block_delta", index, delta })
  const text = async function* (part: string): AsyncGenerator<MessageEvent, void, undefined> {
    if (part === "") return
    if (open !== "text") yield* begin({ type: "text", text: "" })
    yield write({ type: "text_delta", text: part })
  }

  yield { type: "message_start", message: start }
  yield { type: "ping" }
  for await (const { data } of chunks) {
    const choice = (data as unknown as ChatChunk).choices[0]
    if (choice === undefined) continue
    const { content = "", reasoning_content: thought = "", tool_calls: calls = [] } = choice.delta
    if (thought !== "") {
      if (open !== "thinking") yield* begin({ type: "thinking", thinking: "", signature: "" })
      thinking += thought
      yield write({ type: "thinking_delta", thinking: thought })
    }
    yield* text(shown.push(content))
    if (shown.stop !== undefined) {
      reason = "stop_sequence"
      break
    }
    for (const { function: part, index: at } of calls) {
      if (open !== "tool_use" || call !== at) {
        call = at
        yield* begin({ type: "tool_use", id: newId("toolu_"), name: part.name ?? "", input: {} })
      }
      if (part.arguments !== "") yield write({ type: "input_json_delta", partial_json: part.arguments })
    }
    if (choice.finish_reason !== null) reason = stopReasons[choice.finish_reason]
  }
  // The chat ends early for a reader that has left, and has no reason to give.
  if (signal.aborted) return
  if (shown.stop === undefined) yield* text(shown.end())
  yield* close()
  yield {
    type: "message_delta",
    delta: { stop_reason: reason, stop_sequence: shown.stop ?? null },
    usage: { output_tokens: written() }
  }
  yield { type: "message_stop" }
}

// What `max_tokens` cut is no JSON yet.
const inputOf = (json: string): JsonRecord => {
  try {
    const input: unknown = JSON.parse(json)
    return isRecord(input) ? input : {}
  } catch {
    return {}
  }
}

const fold = async (start: Message, events: AsyncGenerator<MessageEvent, void, undefined>): Promise<Message> => {
  const content: Array<Block> = []
  let json = ""
  let ended: Partial<Message> = {}
  for await (const event of events) {
    switch (event.type) {
      case "content_block_start":
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

export const messages = async (value: JsonRecord, context: OperationContext): Promise<Answer> => {
  const body = value as unknown as MessagesBody
  const problem = toolProblem(body)
  if (problem !== undefined) return problem

  const asked = chatBody(body)
  let written = 0
  const answer = await chat(asked, {
    ...context,
    generated: () => {
      written++
      return context.generated()
    }
  })
  if (answer.kind === "invalid") return { kind: "invalid", issues: renamed(answer.issues) }
  if (answer.kind !== "events") throw new Error("a chat that is asked for a stream gives one")

  const prompt = renderChat(chatMessages(body), { tools: chatTools(body.tools) }).tokens.length
  const start: Message = {
    id: newId("msg_"),
    type: "message",
    role: "assistant",
    model: answerModel(context.deployment, body.model),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: prompt, output_tokens: 0, cache_read_input_tokens: 0 }
  }
  const events = eventsOf(answer.events, start, body.stop_sequences ?? [], () => written, context.signal)
  if (body.stream !== true) return { kind: "json", value: await fold(start, events) }
  const named = async function* (): AsyncGenerator<StreamEvent, void, undefined> {
    for await (const data of events) yield { event: data.type, data, final: data.type === "message_stop" }
  }
  return { kind: "events", events: named(), end: "event" }
}
