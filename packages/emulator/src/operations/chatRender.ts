/**
 * Rendered prompts, and the variables of the chat template. In: messages and template variables. Out: the
 * text that a model would read, or the variable that has the wrong type.
 */
import { type ChatMessage, type ChatTemplateOptions, renderChat as render } from "../engine/chatTemplate.js"
import { isRecord, type JsonRecord, own } from "../base/json.js"
import { type Answer, invalid, type OperationContext } from "./operation.js"

/** The parts of a request that the template uses, without the messages. */
export interface TemplateBody {
  readonly tools?: ReadonlyArray<unknown> | null
  readonly chat_template_kwargs?: JsonRecord | null
}

/** The body of a request to render a chat. */
interface RenderBody extends TemplateBody {
  readonly messages: ReadonlyArray<ChatMessage>
}

/** The check for booleans, in the form of the table below. */
const isBoolean = (value: unknown): boolean => typeof value === "boolean"

/** The variables of the template, and the type of each. The template ignores other variables. */
const variables: Readonly<Record<string, readonly [takes: (value: unknown) => boolean, what: string]>> = {
  add_generation_prompt: [isBoolean, "boolean"],
  custom_tools: [(value) => Array.isArray(value) && value.every(isRecord), "list of dictionaries"],
  date_string: [(value) => typeof value === "string", "string"],
  tools_in_user_message: [isBoolean, "boolean"]
}

/** The first variable of the template that has the wrong type. */
export const templateProblem = ({ chat_template_kwargs }: TemplateBody): Answer | undefined => {
  const kwargs = chat_template_kwargs ?? {}
  for (const [name, [takes, what]] of Object.entries(variables)) {
    const value = own(kwargs, name)
    if (value !== undefined && value !== null && !takes(value)) {
      return invalid(["chat_template_kwargs", name], `Input should be a valid ${what}`)
    }
  }
  return undefined
}

/** The options of the template from a request. `custom_tools` replaces the tools of the request. */
export const templateOptions = ({ chat_template_kwargs, tools }: TemplateBody): ChatTemplateOptions => {
  const variable = <T>(name: string): T | undefined =>
    (own(chat_template_kwargs ?? {}, name) ?? undefined) as T | undefined
  return {
    tools: variable<ReadonlyArray<unknown>>("custom_tools") ?? tools ?? [],
    addGenerationPrompt: variable<boolean>("add_generation_prompt"),
    dateString: variable<string>("date_string"),
    toolsInUserMessage: variable<boolean>("tools_in_user_message")
  }
}

/** Returns the prompt of a chat as text. */
export const renderChat = (value: JsonRecord, _context: OperationContext): Answer => {
  const body = value as unknown as RenderBody
  if (body.messages.length === 0) return invalid(["messages"], "'messages' must have at least one message")
  const problem = templateProblem(body)
  if (problem !== undefined) return problem
  return { kind: "json", value: { text: render(body.messages, templateOptions(body)).text } }
}
