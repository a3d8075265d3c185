/**
 * Decides which functions the answer of a chat calls. In: the tools, the tool choice and the messages. Out: the calls (none for an answer in text),
 * or the issues of the tool choice. The planner decides if the request leaves the choice open.
 */
import { type JsonRecord, own } from "../base/json.js"
import type { ChatMessage } from "../engine/chatTemplate.js"
import type { FunctionTool } from "../engine/planner/choose.js"
import { dayOf } from "../engine/planner/dates.js"
import { plan, type PlannedCall } from "../engine/planner/plan.js"
import { type Answer, invalid } from "./operation.js"

/** The parts of a request that affect calls. */
export interface ToolsBody {
  readonly messages: ReadonlyArray<ChatMessage>
  readonly parallel_tool_calls?: boolean | null
  readonly tool_choice?: string | { readonly function: { readonly name: string } }
  readonly tools?: ReadonlyArray<{ readonly function: FunctionTool }> | null
  readonly chat_template_kwargs?: JsonRecord | null
}

/** The current day for the model: `date_string` of the chat template, or its default. */
export const todayOf = ({ chat_template_kwargs }: Pick<ToolsBody, "chat_template_kwargs">): number => {
  const date = own(chat_template_kwargs ?? {}, "date_string")
  return dayOf(typeof date === "string" ? date : "")
}

/** The calls of the answer, in order; an empty list when the answer is text. */
export const calledTools = (body: ToolsBody): ReadonlyArray<PlannedCall> | Answer => {
  const tools = (body.tools ?? []).map((tool) => tool.function)
  const choice = body.tool_choice ?? "auto"
  const options = { tools, parallel: body.parallel_tool_calls !== false, today: todayOf(body) }
  if (typeof choice !== "string") {
    const tool = tools.find(({ name }) => name === choice.function.name)
    return tool === undefined
      ? invalid(["tool_choice", "function", "name"], "'tools' has no function of this name")
      : plan(body.messages, { ...options, choice: { tool } })
  }
  if (choice !== "auto" && choice !== "none" && choice !== "required") {
    return invalid(["tool_choice"], "Input should be 'none', 'auto' or 'required', or name a function")
  }
  if (choice === "required" && tools.length === 0) {
    return invalid(["tool_choice"], "'tool_choice' needs 'tools' to have a function")
  }
  return choice === "none" || tools.length === 0 ? [] : plan(body.messages, { ...options, choice })
}
