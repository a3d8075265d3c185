/**
 * Messages. In: a request in the format of messages. Out: a message or its events. The same generator as for
 * chats is used: the request is turned into one for a chat, and the chunks of the chat are turned into
 * events. So both APIs give the same text for the same conversation.
 */
import { newId } from "../base/ids.js"
import type { JsonRecord } from "../base/json.js"
import { renderChat } from "../engine/chatTemplate.js"
import { chat } from "./chat.js"
import { collectMessage, type Message, messageEvents } from "./messagesEvents.js"
import { chatBody, chatMessages, chatTools, type MessagesBody, messagesIssues, toolProblem } from "./messagesRequest.js"
import { type Answer, answerModel, type OperationContext, type StreamEvent } from "./operation.js"

/** Answers with the text of the same request as a chat. The chat is always streamed, so that stop sequences can end it. */
export const messages = async (value: JsonRecord, context: OperationContext): Promise<Answer> => {
  const body = value as unknown as MessagesBody
  const problem = toolProblem(body)
  if (problem !== undefined) return problem

  // Counted here, because a stop sequence may end the message before the chat has ended.
  let outputTokens = 0
  const answer = await chat(chatBody(body), {
    ...context,
    generated: () => {
      outputTokens++
      return context.generated()
    }
  })
  if (answer.kind === "invalid") return { kind: "invalid", issues: messagesIssues(answer.issues) }
  if (answer.kind !== "events") throw new Error("a chat with `stream: true` must return events")

  // The prompt is rendered a second time for its length: the running chat reports it only at its end.
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
  const events = messageEvents(answer.events, start, body.stop_sequences ?? [], () => outputTokens, context.signal)
  if (body.stream !== true) return { kind: "json", value: await collectMessage(start, events) }
  const named = async function* (): AsyncGenerator<StreamEvent, void, undefined> {
    for await (const data of events) yield { event: data.type, data, final: data.type === "message_stop" }
  }
  return { kind: "events", events: named(), end: "event" }
}
