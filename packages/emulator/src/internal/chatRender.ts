import { type ChatMessage, type ChatTemplateOptions, renderChat as render } from "../engine/chatTemplate.js"
import { isRecord, type JsonRecord, own } from "./json.js"
import { type Answer, invalid, type OperationContext } from "./operation.js"

interface RenderBody {
  readonly messages: ReadonlyArray<ChatMessage>
  readonly tools?: ReadonlyArray<unknown> | null
  readonly chat_template_kwargs?: JsonRecord | null
}

const isBoolean = (value: unknown): boolean => typeof value === "boolean"

/** The variables of the template, and what each takes. A template does not notice others. */
const variables: Readonly<Record<string, readonly [takes: (value: unknown) => boolean, what: string]>> = {
  add_generation_prompt: [isBoolean, "boolean"],
  custom_tools: [(value) => Array.isArray(value) && value.every(isRecord), "list of dictionaries"],
  date_string: [(value) => typeof value === "string", "string"],
  tools_in_user_message: [isBoolean, "boolean"]
}

const problemOf = (kwargs: JsonRecord): Answer | undefined => {
  for (const [name, [takes, what]] of Object.entries(variables)) {
    const value = own(kwargs, name)
    if (value !== undefined && value !== null && !takes(value)) {
      return invalid(["chat_template_kwargs", name], `Input should be a valid ${what}`)
    }
  }
  return undefined
}

const optionsOf = ({ chat_template_kwargs, tools }: RenderBody): ChatTemplateOptions => {
  const variable = <T>(name: string): T | undefined =>
    (own(chat_template_kwargs ?? {}, name) ?? undefined) as T | undefined
  return {
    tools: variable<ReadonlyArray<unknown>>("custom_tools") ?? tools ?? [],
    addGenerationPrompt: variable<boolean>("add_generation_prompt"),
    dateString: variable<string>("date_string"),
    toolsInUserMessage: variable<boolean>("tools_in_user_message")
  }
}

export const renderChat = (value: JsonRecord, _context: OperationContext): Answer => {
  const body = value as unknown as RenderBody
  if (body.messages.length === 0) return invalid(["messages"], "'messages' has at least one message")
  const problem = problemOf(body.chat_template_kwargs ?? {})
  if (problem !== undefined) return problem
  return { kind: "json", value: { text: render(body.messages, optionsOf(body)).text } }
}
