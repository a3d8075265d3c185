/**
 * Turns a request for a response into the same request for a chat. In: a body in the format of responses. Out: a body in the format of chats, and
 * issues with the paths of responses. A chat has one message with all calls; responses have an item for each call.
 */
import { isRecord, type JsonRecord, own } from "../base/json.js"
import type { Issue, Reasoning } from "../base/types.js"
import type { ChatMessage, ContentPart } from "../engine/chatTemplate.js"
import { compact } from "./generation.js"
import { type Answer, invalid } from "./operation.js"
import type { reasoningTokens } from "./reasoning.js"

/** A part of a message, or of the result of a tool. */
interface ContentBlock {
  readonly type: string
  readonly text?: string
  readonly refusal?: string
}

type Content = string | ReadonlyArray<ContentBlock>

/** An item of the input, with the fields that some type of item has. Without a type it is a message. */
interface InputItem {
  readonly type?: string | null
  readonly role?: string
  readonly content?: Content | null
  readonly call_id?: string
  readonly name?: string
  readonly arguments?: string
  readonly input?: string
  readonly output?: Content
}

/** A tool. Only functions are called: the API declares no item for the call of a custom tool. */
interface ToolDefinition {
  readonly type: "function" | "custom"
  readonly name: string
  readonly description?: string | null
  readonly parameters?: JsonRecord
}

/** A valid request, with the fields that the emulator reads. */
export interface ResponsesBody {
  readonly input: string | ReadonlyArray<InputItem>
  readonly model?: string | null
  readonly instructions?: string | null
  readonly max_output_tokens?: number | null
  readonly temperature?: number | null
  readonly top_p?: number | null
  readonly parallel_tool_calls?: boolean | null
  readonly tools?: ReadonlyArray<ToolDefinition> | null
  readonly tool_choice?: string | { readonly type: "function" | "custom"; readonly name: string } | null
  readonly text?: {
    readonly format?:
      | { readonly type: "text" | "json_object" }
      | { readonly type: "json_schema"; readonly schema: JsonRecord }
      | null
  } | null
  readonly reasoning?: {
    readonly effort?: keyof typeof reasoningTokens | "none" | null
    readonly chat_template_kwargs?: unknown
  } | null
  readonly stream?: boolean | null
}

const isFunction = ({ type }: ToolDefinition): boolean => type === "function"

/** Checks what the schema allows and servers reject. */
export const responsesProblem = (body: ResponsesBody): Answer | undefined => {
  // Servers accept it inside `reasoning` only.
  if (own(body as unknown as JsonRecord, "chat_template_kwargs") !== undefined) {
    return invalid(["chat_template_kwargs"], "no such field: 'chat_template_kwargs'")
  }
  for (const [index, tool] of (body.tools ?? []).entries()) {
    const format = own(tool as unknown as JsonRecord, "format")
    if (tool.type === "custom" && isRecord(format) && own(format, "type") === "grammar") {
      return invalid(["tools", index, "format"], "custom.format type grammar is not supported")
    }
  }
  const choice = body.tool_choice
  if (typeof choice === "object" && choice !== null) {
    const isThere = (body.tools ?? []).some(({ name, type }) => type === choice.type && name === choice.name)
    if (!isThere) return invalid(["tool_choice", "name"], `'tools' has no ${choice.type} tool of this name`)
  }
  return undefined
}

/** A block as a part of a chat message. The prompt has a marker for an image, without its content. */
const partOf = (block: ContentBlock): ContentPart =>
  block.type === "input_image"
    ? { type: "image_url", image_url: { url: "" } }
    : { type: "text", text: block.text ?? block.refusal ?? "" }

const contentOf = (content: Content | null | undefined): string | ReadonlyArray<ContentPart> =>
  typeof content === "string" ? content : (content ?? []).map(partOf)

/** The messages of a chat. The calls of one turn are separate items in a response, and one message in a chat. */
export const chatMessages = ({ input, instructions }: ResponsesBody): ReadonlyArray<ChatMessage> => {
  const messages: Array<ChatMessage> = []
  if (typeof instructions === "string" && instructions !== "") messages.push({ role: "system", content: instructions })
  if (typeof input === "string") return [...messages, { role: "user", content: input }]

  const addCall = (item: InputItem, args: string): void => {
    const call = { id: item.call_id ?? "", type: "function", function: { name: item.name ?? "", arguments: args } }
    const last = messages.at(-1)
    if (last?.role === "assistant") {
      messages[messages.length - 1] = { ...last, tool_calls: [...(last.tool_calls ?? []), call] }
    } else messages.push({ role: "assistant", content: "", tool_calls: [call] })
  }
  for (const item of input) {
    switch (item.type ?? "message") {
      case "message":
        messages.push({ role: item.role ?? "user", content: contentOf(item.content) })
        break
      case "function_call":
        addCall(item, item.arguments ?? "")
        break
      case "custom_tool_call":
        addCall(item, JSON.stringify({ input: item.input ?? "" }))
        break
      case "function_call_output":
      case "custom_tool_call_output": {
        const result = { role: "tool", tool_call_id: item.call_id, content: contentOf(item.output) }
        messages.push(result)
        break
      }
      // Earlier reasoning is not part of the prompt, as in a chat.
      default:
    }
  }
  return messages
}

/** Functions in the format of chats. */
const chatTools = (tools: ResponsesBody["tools"]): ReadonlyArray<JsonRecord> =>
  (tools ?? []).filter(isFunction).map(({ description, name, parameters }) => ({
    type: "function",
    function: { name, ...compact({ description }), parameters: parameters ?? {} }
  }))

/** The choice in the format of chats. A custom tool is never called: its answer is text. */
const toolChoiceOf = (choice: ResponsesBody["tool_choice"]): unknown => {
  if (choice === null || choice === undefined) return "auto"
  if (typeof choice === "string") return choice
  return choice.type === "custom" ? "none" : { type: "function", function: { name: choice.name } }
}

/**
 * The fields about reasoning. `none` switches it off if the model can switch. A model that always reasons then writes its reasoning into the text, as
 * on live servers.
 */
const reasoningOf = ({ reasoning }: ResponsesBody, model: Reasoning): JsonRecord => {
  const effort = reasoning?.effort ?? undefined
  const kwargs = reasoning?.chat_template_kwargs
  const template = isRecord(kwargs) ? { chat_template_kwargs: kwargs } : {}
  if (effort === "none") return model === "always" ? { parse_reasoning: false } : { reasoning_budget: 0 }
  return { parse_reasoning: true, ...compact({ reasoning_effort: effort }), ...template }
}

/** The format of the text. */
const formatOf = ({ text }: ResponsesBody): JsonRecord => {
  const format = text?.format
  switch (format?.type) {
    case "json_object":
      return { response_format: { type: "json_object" } }
    case "json_schema":
      return { response_format: { type: "json_schema", json_schema: { schema: format.schema } } }
    default:
      return {}
  }
}

/** The request as a chat, so that both give the same text. It is always streamed; its last chunk has the token counts. */
export const chatBody = (body: ResponsesBody, model: Reasoning): JsonRecord => {
  const { max_output_tokens, parallel_tool_calls, temperature, tool_choice, tools, top_p } = body
  return {
    messages: chatMessages(body),
    tools: chatTools(tools),
    tool_choice: toolChoiceOf(tool_choice),
    ...compact({ max_tokens: max_output_tokens, parallel_tool_calls, temperature, top_p }),
    // Responses have no seed. With temperature 0 the text must not depend on a random one.
    ...(temperature === 0 ? { seed: 0 } : {}),
    ...formatOf(body),
    ...reasoningOf(body, model),
    stream: true,
    stream_options: { include_usage: true }
  }
}

/** The locations of fields of a chat that have another place in responses. */
const locations: Readonly<Record<string, ReadonlyArray<string>>> = {
  messages: ["input"],
  max_tokens: ["max_output_tokens"],
  response_format: ["text", "format", "schema"],
  chat_template_kwargs: ["reasoning", "chat_template_kwargs"]
}

/** Gives the issues of the chat the locations that their fields have in responses. */
export const responsesIssues = (issues: ReadonlyArray<Issue>): ReadonlyArray<Issue> =>
  issues.map((issue) => {
    const place = locations[String(issue.loc[1])]
    return place === undefined ? issue : { ...issue, loc: ["body", ...place] }
  })
