/**
 * Turns a request for messages into the same request for a chat. In: a body in the format of messages. Out: a body in the format of chats, and issues
 * with the paths of messages. Tool results inside a turn of messages become separate messages of a chat.
 */
import type { JsonRecord } from "../base/json.js"
import type { Issue } from "../base/types.js"
import type { ChatMessage, ContentPart } from "../engine/chatTemplate.js"
import { compact } from "./generation.js"
import { type Answer, invalid } from "./operation.js"
import type { ReasoningBody, reasoningTokens } from "./reasoning.js"

/** A block of a turn, with the fields that some type of block has. */
interface ContentBlock {
  readonly type: string
  readonly text?: string
  readonly source?: {
    readonly type: string
    readonly url?: string
    readonly media_type?: string
    readonly data?: string
  }
  readonly id?: string
  readonly tool_use_id?: string
  readonly name?: string
  readonly input?: JsonRecord
  readonly content?: string | ReadonlyArray<JsonRecord> | null
}

/** A tool in the format of messages. */
interface ToolDefinition {
  readonly name: string
  readonly type?: string | null
  readonly description?: string | null
  readonly input_schema?: JsonRecord | null
}

/** A valid request, with the fields that the emulator reads. */
export interface MessagesBody {
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

/** Tools of other types would run on a server of the API. They are accepted and ignored. */
const isCustom = ({ type }: ToolDefinition): boolean => (type ?? "") === "" || type === "custom"

/** Checks what the contract leaves open about tools. */
export const toolProblem = ({ tool_choice, tools }: MessagesBody): Answer | undefined => {
  for (const [index, tool] of (tools ?? []).entries()) {
    // The contract allows any JSON Schema; a tool takes an object.
    const type = tool.input_schema?.["type"]
    if (isCustom(tool) && type !== undefined && ![type].flat().includes("object")) {
      return invalid(["tools", index, "input_schema", "type"], "Input should be 'object'")
    }
  }
  if (tool_choice?.type === "tool") {
    const name = tool_choice.name ?? undefined
    // The contract leaves the name optional, because other choices have none.
    if (name === undefined) return invalid(["tool_choice", "name"], "Field required")
    if (!(tools ?? []).some((tool) => isCustom(tool) && tool.name === name)) {
      return invalid(["tool_choice", "name"], "'tools' has no tool of this name")
    }
  }
  return undefined
}

/** The choice in the words of chats: `any` is `required`. */
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

/** A block as a part of a chat message. Blocks without a counterpart have no part in the prompt. */
const partOf = (block: ContentBlock | JsonRecord): ReadonlyArray<ContentPart> => {
  if (block.type === "text") return [{ type: "text", text: String(block.text) }]
  // The prompt has a marker for an image, without its content.
  if (block.type === "image") return [{ type: "image_url", image_url: { url: "" } }]
  return []
}

/**
 * A turn of the user as chat messages: its tool results as messages with the role `tool`, and the parts between them as messages of the user, in the
 * same order.
 */
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
      // Tool results split the turn, so that the user's texts before and after them stay in order.
      flush()
      const result = block.content ?? ""
      turns.push({
        role: "tool",
        tool_call_id: block.tool_use_id,
        content: typeof result === "string" ? result : result.flatMap(partOf)
      })
    } else parts.push(...partOf(block))
  }
  flush()
  // A turn is part of the prompt even if the template shows no content.
  return turns.length > 0 ? turns : [{ role: "user", content: "" }]
}

/** A turn of the assistant. Its calls keep their input as JSON text, as a chat has it. */
const assistantMessage = (content: string | ReadonlyArray<ContentBlock>): ChatMessage => {
  if (typeof content === "string") return { role: "assistant", content }
  const calls = content.filter((block) => block.type === "tool_use")
  return {
    role: "assistant",
    // As in a chat, earlier thinking is not part of the prompt.
    content: content.flatMap(partOf),
    tool_calls: calls.map(({ id, input, name }) => ({
      id,
      function: { name: name ?? "", arguments: JSON.stringify(input ?? {}) }
    }))
  }
}

/** The system text as the first message, if there is one. */
const systemMessages = (system: MessagesBody["system"]): ReadonlyArray<ChatMessage> => {
  const text = typeof system === "string" ? system : (system ?? []).map((block) => block.text).join("\n")
  return text === "" ? [] : [{ role: "system", content: text }]
}

/** System text, turns and results of tools as messages of a chat. */
export const chatMessages = (body: MessagesBody): ReadonlyArray<ChatMessage> => [
  ...systemMessages(body.system),
  ...body.messages.flatMap(({ content, role }) =>
    role === "assistant" ? [assistantMessage(content)] : userMessages(content)
  )
]

/** Custom tools as functions of a chat. */
export const chatTools = (tools: MessagesBody["tools"]): ReadonlyArray<JsonRecord> =>
  (tools ?? []).filter(isCustom).map(({ description, input_schema, name }) => ({
    type: "function",
    function: { name, ...compact({ description }), parameters: { ...input_schema, type: "object" } }
  }))

/**
 * Thinking in the fields of a chat: in a separate block, switched on or off by `thinking`. Without `thinking` the model decides, as in a chat.
 */
const reasoningOf = (
  thinking: MessagesBody["thinking"],
  effort: keyof typeof reasoningTokens | null | undefined
): ReasoningBody => {
  if (thinking?.type === "disabled") return { reasoning_budget: 0 }
  return {
    parse_reasoning: true,
    ...(thinking === undefined || thinking === null ? {} : { chat_template_kwargs: { enable_thinking: true } }),
    ...compact({ reasoning_budget: thinking?.budget_tokens, reasoning_effort: effort })
  }
}

/**
 * The request as a chat, so that both give the same text. Stop sequences are left out, because a chat does not report which one it reached.
 */
export const chatBody = (body: MessagesBody): JsonRecord => {
  const { max_tokens, output_config, temperature, thinking, tool_choice, top_k, top_p } = body
  const schema = output_config?.format?.schema ?? undefined
  return {
    messages: chatMessages(body),
    tools: chatTools(body.tools),
    tool_choice: toolChoiceOf(tool_choice),
    ...compact({ max_tokens, temperature, top_k, top_p }),
    // Messages have no seed. With temperature 0 the text must not depend on a random one.
    ...(temperature === 0 ? { seed: 0 } : {}),
    ...(tool_choice?.disable_parallel_tool_use === true ? { parallel_tool_calls: false } : {}),
    ...(schema === undefined ? {} : { response_format: { type: "json_schema", json_schema: { schema } } }),
    ...reasoningOf(thinking, output_config?.effort),
    stream: true
  }
}

/** Gives the issues of the chat the locations that their fields have in messages. */
export const messagesIssues = (issues: ReadonlyArray<Issue>): ReadonlyArray<Issue> =>
  issues.map((issue) =>
    issue.loc[1] === "response_format" ? { ...issue, loc: ["body", "output_config", "format", "schema"] } : issue
  )
