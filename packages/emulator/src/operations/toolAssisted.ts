/**
 * Chats with tools that the API runs itself. In: a chat whose tools may be built-in ones. Out: the answer to the same chat after these tools have
 * run, and in a stream the status of each tool. The same planner as for functions decides which tool runs, and the results are in the conversation
 * when the chat is answered.
 */
import { newId } from "../base/ids.js"
import { isRecord, type JsonRecord } from "../base/json.js"
import { builtInTools, type ToolResult } from "../engine/builtInTools.js"
import type { ChatMessage } from "../engine/chatTemplate.js"
import { fillArguments } from "../engine/planner/fill.js"
import { chat } from "./chat.js"
import { calledTools, type ToolsBody } from "./chatTools.js"
import type { Answer, OperationContext, StreamEvent } from "./operation.js"

/** A tool of the request: a function, or one of the API. */
interface AnyTool {
  readonly type: string
  readonly files?: ReadonlyArray<string>
}

/** A valid request, with the fields that are read here. */
interface ToolAssistedBody extends Omit<ToolsBody, "tools"> {
  readonly tools?: ReadonlyArray<AnyTool> | null
  readonly stream?: boolean | null
}

/** Rounds of tools before the answer. */
const maxRounds = 8

/** The rounds before the answer: the conversation with the results, and the events of the tools. */
interface Rounds {
  readonly messages: ReadonlyArray<ChatMessage>
  readonly statuses: ReadonlyArray<JsonRecord>
}

/** An event of a tool, in wire format. */
const statusOf = (id: string, name: string, args: JsonRecord, status: string, result?: ToolResult): JsonRecord => ({
  tool_call_id: id,
  name,
  status,
  parameters: Object.entries(args).map(([key, value]) => ({
    name: key,
    value: typeof value === "string" ? value : JSON.stringify(value)
  })),
  result: result !== undefined && "result" in result ? result.result : null,
  files: null,
  message: null,
  error: result !== undefined && "error" in result ? result.error : null,
  timestamp: Date.now() / 1000
})

/** Runs the tools that the conversation needs, until it needs no more. */
const runTools = (body: ToolAssistedBody, readFile: OperationContext["readFile"]): Rounds => {
  const requested = (body.tools ?? []).filter(({ type }) => builtInTools.has(type))
  const byName = new Map(requested.map((one) => [builtInTools.get(one.type)!.tool.name, one]))
  const tools = requested.map(({ type }) => ({ function: builtInTools.get(type)!.tool }))
  const statuses: Array<JsonRecord> = []
  let messages = body.messages
  for (let round = 0; round < maxRounds; round++) {
    // Each tool runs once for the same text, because the planner knows the earlier calls.
    const calls = calledTools({
      messages,
      tools,
      tool_choice: round === 0 && typeof body.tool_choice === "string" ? body.tool_choice : "auto",
      ...(body.parallel_tool_calls === undefined ? {} : { parallel_tool_calls: body.parallel_tool_calls }),
      ...(body.chat_template_kwargs === undefined ? {} : { chat_template_kwargs: body.chat_template_kwargs })
    })
    if (!Array.isArray(calls) || calls.length === 0) break
    const made: Array<{ readonly id: string; readonly function: { name: string; arguments: string } }> = []
    const results: Array<ChatMessage> = []
    for (const { source, tool } of calls as ReadonlyArray<Parameters<typeof runOne>[0]>) {
      const { args, id, outcome, type } = runOne({ source, tool }, byName.get(tool.name)!, readFile)
      made.push({ id, function: { name: tool.name, arguments: JSON.stringify(args) } })
      results.push({
        role: "tool",
        tool_call_id: id,
        content: "result" in outcome ? outcome.result : JSON.stringify({ error: outcome.error.msg })
      })
      statuses.push(statusOf(id, type, args, "STARTED"))
      statuses.push(statusOf(id, type, args, "result" in outcome ? "ENDED" : "ERRORED", outcome))
    }
    messages = [...messages, { role: "assistant", content: "", tool_calls: made }, ...results]
  }
  return { messages, statuses }
}

/** Runs one tool with the arguments that the prompt gives. */
const runOne = (
  { source, tool }: Exclude<ReturnType<typeof calledTools>, Answer>[number],
  { files = [], type }: AnyTool,
  readFile: OperationContext["readFile"]
): { readonly id: string; readonly type: string; readonly args: JsonRecord; readonly outcome: ToolResult } => {
  const args: unknown = JSON.parse(fillArguments(tool.parameters, source, 0))
  const given = isRecord(args) ? args : {}
  const outcome = builtInTools.get(type)!.run(given, { files, readFile })
  return { id: newId("call_"), type, args: given, outcome }
}

/** Answers a chat after the tools of the API have run. With the tool choice `none` or a function, no tool runs. */
export const toolAssisted = async (value: JsonRecord, context: OperationContext): Promise<Answer> => {
  const body = value as unknown as ToolAssistedBody
  const { tools, ...others } = value
  const functions = ((tools ?? []) as ReadonlyArray<AnyTool>).filter(({ type }) => type === "function")
  const runs = typeof (body.tool_choice ?? "auto") === "string" && body.tool_choice !== "none"
  // A script defines the answer, so no tool runs.
  const { messages, statuses } =
    runs && body.messages.length > 0 && context.script === undefined
      ? runTools(body, context.readFile)
      : { messages: body.messages, statuses: [] }
  // The required call was already made, by the API.
  const isDone = body.tool_choice === "required" && (statuses.length > 0 || functions.length === 0)
  const answer = await chat(
    { ...others, messages, tools: functions, ...(isDone ? { tool_choice: "auto" } : {}) },
    context
  )
  if (answer.kind !== "events" || statuses.length === 0) return answer
  const events = async function* (): AsyncGenerator<StreamEvent, void, undefined> {
    for (const data of statuses) yield { event: "tool_status", data, final: false }
    yield* answer.events
  }
  return { ...answer, events: events() }
}
