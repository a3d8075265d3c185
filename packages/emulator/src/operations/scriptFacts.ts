/**
 * The facts of a request that scripts need. In: an operation and its valid body. Out: the text of the last message, the tools whose results came
 * last, and the number of the answer in the conversation.
 */
import type { JsonRecord } from "../base/json.js"
import { chatMessages, type ResponsesBody } from "./responsesRequest.js"
import { decode, vocabularySize } from "../engine/tokenizer.js"

/** The facts that come from the body. */
export interface BodyFacts {
  readonly text: string
  readonly toolResults: ReadonlyArray<string> | undefined
  readonly turn: number
}

/** A message of a chat or a turn of messages, with the fields that are read here. */
interface Turn {
  readonly role: string
  readonly content?: string | ReadonlyArray<Part> | null | undefined
  readonly name?: string | null | undefined
  readonly tool_call_id?: string | null | undefined
  readonly tool_calls?:
    | ReadonlyArray<{
        readonly id?: string | null | undefined
        readonly function: { readonly name: string }
      }>
    | null
    | undefined
}

/** A part of a message, or a block of a turn. */
interface Part {
  readonly type: string
  readonly text?: string
  readonly id?: string
  readonly name?: string
  readonly tool_use_id?: string
  readonly content?: string | ReadonlyArray<Part> | null | undefined
}

/** The text of a message, of its parts, and of the results in it. */
const textOf = (content: Turn["content"]): string => {
  if (content === undefined || content === null) return ""
  if (typeof content === "string") return content
  return content
    .map((part) => (part.type === "tool_result" ? textOf(part.content) : (part.text ?? "")))
    .filter((text) => text !== "")
    .join("\n")
}

const partsOf = ({ content }: Turn): ReadonlyArray<Part> =>
  content === undefined || content === null || typeof content === "string" ? [] : content

/** The name of the tool of each call in the conversation, by the id of the call. */
const callNames = (turns: ReadonlyArray<Turn>): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  for (const turn of turns) {
    for (const { function: tool, id } of turn.tool_calls ?? []) if (typeof id === "string") names.set(id, tool.name)
    for (const { id, name, type } of partsOf(turn)) {
      if (type === "tool_use" && id !== undefined && name !== undefined) names.set(id, name)
    }
  }
  return names
}

/** The facts of a conversation. Results of several tools come in messages one after another, or as blocks of one turn. */
const conversationFacts = (turns: ReadonlyArray<Turn>): BodyFacts => {
  const last = turns.findLastIndex(({ role }) => role !== "tool")
  const results = turns.slice(last + 1)
  const end = results.length > 0 ? results : turns.slice(-1)
  const names = callNames(turns)
  const ids = end.flatMap((turn) =>
    turn.role === "tool"
      ? [{ id: turn.tool_call_id, name: turn.name }]
      : partsOf(turn).flatMap(({ tool_use_id, type }) =>
          type === "tool_result" ? [{ id: tool_use_id, name: undefined }] : []
        )
  )
  return {
    text: end.map(({ content }) => textOf(content)).join("\n"),
    toolResults:
      ids.length === 0
        ? undefined
        : ids.flatMap(({ id, name }) => {
            const known = name ?? names.get(id ?? "")
            return known === undefined ? [] : [known]
          }),
    turn: 1 + turns.filter(({ role }) => role === "assistant").length
  }
}

/** The text of a completion's prompts. */
const promptText = ({ prompt, tokens }: JsonRecord): string => {
  if (typeof prompt === "string") return prompt
  if (Array.isArray(prompt)) return (prompt as ReadonlyArray<unknown>).map(String).join("\n")
  // An id outside of the vocabulary has no text. The operation rejects it.
  const ids = Array.isArray(tokens) ? (tokens as ReadonlyArray<number>) : []
  return decode(ids.filter((id) => id >= 0 && id < vocabularySize))
}

/** The facts of a request. Operations that do not answer with text have none. */
export const bodyFacts = (operation: string, body: JsonRecord): BodyFacts => {
  switch (operation) {
    case "chat":
    case "toolAssisted":
    case "messages":
      return conversationFacts(body["messages"] as ReadonlyArray<Turn>)
    case "responses":
      // The conversation of a chat, whatever form the input has.
      return conversationFacts(chatMessages(body as unknown as ResponsesBody))
    case "completions":
      return { text: promptText(body), toolResults: undefined, turn: 1 }
    default:
      return { text: "", toolResults: undefined, turn: 1 }
  }
}
