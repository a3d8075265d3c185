/**
 * Decides which functions the answer of a chat calls. In: the tools, the tool choice and the last message.
 * Out: the functions to call, or none for an answer in text. The emulator does not understand a question, so
 * it compares words: "What is the weather in Seoul?" calls `get_weather`.
 */
import type { ChatMessage } from "../engine/chatTemplate.js"
import { type Answer, invalid } from "./operation.js"

/** A function that an answer can call. */
export interface FunctionTool {
  readonly name: string
  readonly description?: string | null
  readonly parameters: Record<string, unknown>
}

/** The parts of a request that decide about calls. */
export interface ToolsBody {
  readonly messages: ReadonlyArray<ChatMessage>
  readonly parallel_tool_calls?: boolean | null
  readonly tool_choice?: string | { readonly function: { readonly name: string } }
  readonly tools?: ReadonlyArray<{ readonly function: FunctionTool }> | null
}

/** More calls at once would be unlike a model. */
const maxParallelCalls = 4

/** Shorter words are not compared. */
const minWordLength = 4
/** Words that many descriptions and questions have. */
const commonWords: ReadonlySet<string> = new Set([
  "with",
  "from",
  "this",
  "that",
  "your",
  "into",
  "look",
  "find",
  "given"
])

/** The text of a message, without its other parts. */
const textOf = (message: ChatMessage): string => {
  const { content } = message
  if (typeof content === "string") return content
  return (content ?? []).map((part) => (part.type === "text" ? part.text : "")).join(" ")
}

/** The words to compare, in lower case. `getWeather` and `get_weather` both give `weather`. */
const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(
    text
      .replace(/([a-z])([A-Z])/g, "$1 $2")
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word.length >= minWordLength && !commonWords.has(word))
  )

/** Whether a message has a word of the name or the description of a function. */
const isMentioned = (tool: FunctionTool, messageWords: ReadonlySet<string>): boolean => {
  for (const word of wordsOf(`${tool.name} ${tool.description ?? ""}`)) if (messageWords.has(word)) return true
  return false
}

/** The functions that the answer calls, in order; an empty list when the answer is text. */
export const calledTools = (body: ToolsBody): ReadonlyArray<FunctionTool> | Answer => {
  const tools = (body.tools ?? []).map((tool) => tool.function)
  const choice = body.tool_choice ?? "auto"
  if (typeof choice !== "string") {
    const tool = tools.find(({ name }) => name === choice.function.name)
    return tool === undefined
      ? invalid(["tool_choice", "function", "name"], "'tools' has no function of this name")
      : [tool]
  }
  if (choice !== "auto" && choice !== "none" && choice !== "required") {
    return invalid(["tool_choice"], "Input should be 'none', 'auto' or 'required', or name a function")
  }
  if (choice === "required" && tools.length === 0) {
    return invalid(["tool_choice"], "'tool_choice' needs 'tools' to have a function")
  }
  if (choice === "none") return []
  // After the result of a tool, the answer is text.
  const last = body.messages.at(-1)
  const words = last?.role === "user" ? wordsOf(textOf(last)) : new Set<string>()
  const mentioned = tools
    .filter((tool) => isMentioned(tool, words))
    .slice(0, body.parallel_tool_calls === false ? 1 : maxParallelCalls)
  return choice === "required" && mentioned.length === 0 ? tools.slice(0, 1) : mentioned
}
