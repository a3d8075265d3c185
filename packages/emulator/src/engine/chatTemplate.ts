/**
 * The Llama 3.1 chat template. In: messages and tools. Out: the prompt that the model reads, as text and as
 * tokens. So the emulator counts the tokens of a prompt as a server with this template does.
 */
import { encode, piece, SPECIAL } from "./tokenizer.js"

/** A part of a message. Parts that are not text are rendered as fixed marks: `[image]`, `[audio]`, `[video]`. */
export type ContentPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image_url"; readonly image_url: { readonly url: string } }
  | { readonly type: "audio_url"; readonly audio_url: { readonly url: string } }
  | { readonly type: "video_url"; readonly video_url: { readonly url: string } }

/** A tool call of an assistant message. `arguments` is JSON text. */
export interface ToolCall {
  readonly id?: string | undefined
  readonly function: { readonly name: string; readonly arguments: string }
}

/** A message in its wire format. It may have fields that the template does not read (`name`, ids, reasoning). */
export interface ChatMessage {
  readonly role: string
  readonly content?: string | ReadonlyArray<ContentPart> | null | undefined
  readonly tool_calls?: ReadonlyArray<ToolCall> | null | undefined
  /** The call that a result of a tool answers. */
  readonly tool_call_id?: string | null | undefined
}

/** The variables of the template, without the messages. */
export interface ChatTemplateOptions {
  /** Function tools in their wire format. By default they are shown in the first user message. */
  readonly tools?: ReadonlyArray<unknown> | null | undefined
  /** Whether the prompt ends with the header of the answer. Default: true. */
  readonly addGenerationPrompt?: boolean | undefined
  /**
   * The date in the system section. Default: `"26 Jul 2024"`, the template's own, so that token counts do not change from day
   * to day.
   */
  readonly dateString?: string | undefined
  /** Whether tools are shown in the first user message, if there is one, and not in the system section. Default: true. */
  readonly toolsInUserMessage?: boolean | undefined
}

/** A rendered prompt: its text, with control tokens by name, and its token ids. */
export interface RenderedChat {
  readonly text: string
  readonly tokens: Array<number>
}

/** The text of the prompt for parts that are not text. */
const MARKS = { image_url: "[image]", audio_url: "[audio]", video_url: "[video]" } as const

/** The text of a message. Parts are separated by line ends. */
const contentText = (content: ChatMessage["content"]): string => {
  if (content === undefined || content === null) return ""
  if (typeof content === "string") return content
  return content.map((part) => (part.type === "text" ? part.text : MARKS[part.type])).join("\n")
}

/** JSON on one line with a space after commas and colons, as the template's `tojson` writes it. */
const spacedJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(", ")}]`
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}: ${spacedJson(field)}`)
    return `{${fields.join(", ")}}`
  }
  return JSON.stringify(value) ?? "null"
}

// A model can write arguments that are not valid JSON. They are shown as a string.
/**
 * The arguments of a call as JSON on one line. A model can write arguments that are not valid JSON; they are
 * shown as a string.
 */
const argumentsJson = (text: string): string => {
  try {
    return spacedJson(JSON.parse(text))
  } catch {
    return JSON.stringify(text)
  }
}

/** A call as the model itself would write it. */
const toolCallText = (call: ToolCall): string =>
  `{"name": ${JSON.stringify(call.function.name)}, "parameters": ${argumentsJson(call.function.arguments)}}`

/** The description of all tools, in the words of the template. */
const toolsText = (opening: string, tools: ReadonlyArray<unknown>): string =>
  opening +
  'Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.' +
  "Do not use variables.\n\n" +
  tools.map((tool) => `${JSON.stringify(tool, null, 4)}\n\n`).join("")

/** The introduction of the tools in the first user message. */
const IN_USER =
  "Given the following functions, please respond with a JSON for a function call with its proper arguments that best answers the given prompt.\n\n"
/** The introduction of the tools in the system section. */
const IN_SYSTEM =
  "You have access to the following functions. To call a function, please respond with JSON for a function call."

/**
 * Renders messages with the Llama 3.1 chat template.
 *
 * Control tokens are added as ids, so the name of a control token inside a message stays text. Tool results have the role
 * `ipython`, and tool calls are JSON, one on each line. Tools are shown in the system section when the message after the system
 * message is not a user message.
 */
export const renderChat = (messages: ReadonlyArray<ChatMessage>, options?: ChatTemplateOptions): RenderedChat => {
  const tokens: Array<number> = []
  let text = ""
  // A control token, by its id.
  const special = (id: number): void => {
    tokens.push(id)
    text += piece(id)
  }
  // Text, which never becomes a control token.
  const plain = (part: string): void => {
    for (const id of encode(part)) tokens.push(id)
    text += part
  }
  const header = (role: string, body: string): void => {
    special(SPECIAL.start_header)
    plain(role)
    special(SPECIAL.end_header)
    plain(`\n\n${body}`)
  }
  const section = (role: string, body: string): void => {
    header(role, body)
    special(SPECIAL.eot)
  }

  const tools = options?.tools ?? []
  const first = messages[0]
  const system = first?.role === "system" ? contentText(first.content).trim() : ""
  const rest = first?.role === "system" ? messages.slice(1) : messages
  const toolsWithUser = tools.length > 0 && (options?.toolsInUserMessage ?? true) && rest[0]?.role === "user"

  special(SPECIAL.bos)
  section(
    "system",
    (tools.length > 0 ? "Environment: ipython\n" : "") +
      `Cutting Knowledge Date: December 2023\nToday Date: ${options?.dateString ?? "26 Jul 2024"}\n\n` +
      (tools.length > 0 && !toolsWithUser ? toolsText(IN_SYSTEM, tools) : "") +
      system
  )
  rest.forEach((message, index) => {
    const calls = message.tool_calls ?? []
    if (calls.length > 0) return section("assistant", calls.map(toolCallText).join("\n"))
    if (message.role === "tool" || message.role === "ipython") {
      return section("ipython", JSON.stringify(contentText(message.content)))
    }
    const body = contentText(message.content).trim()
    return section(message.role, index === 0 && toolsWithUser ? toolsText(IN_USER, tools) + body : body)
  })
  if (options?.addGenerationPrompt ?? true) header("assistant", "")
  return { text, tokens }
}
