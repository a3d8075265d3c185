/**
 * Responses. In: a request in the format of responses. Out: a response or its events. The same generator as for chats is used: the
 * request is turned into one for a chat, and the chunks of the chat are turned into events. So all three APIs give the same text for
 * the same conversation.
 */
import { newId } from "../base/ids.js"
import type { JsonRecord } from "../base/json.js"
import { chat } from "./chat.js"
import { type Answer, answerModel, type OperationContext, type StreamEvent } from "./operation.js"
import { failedResponse, isLast, responseEvents, type ResponseHead } from "./responsesEvents.js"
import { chatBody, type ResponsesBody, responsesIssues, responsesProblem } from "./responsesRequest.js"

/** Answers with the text of the same request as a chat. */
export const responses = async (value: JsonRecord, context: OperationContext): Promise<Answer> => {
  const body = value as unknown as ResponsesBody
  const problem = responsesProblem(body)
  if (problem !== undefined) return problem
  const answer = await chat(chatBody(body, context.reasoning), context)
  if (answer.kind === "invalid") return { kind: "invalid", issues: responsesIssues(answer.issues) }
  if (answer.kind !== "events") throw new Error("a chat with `stream: true` must return events")

  const head: ResponseHead = { id: newId("resp_"), object: "response", created_at: Math.floor(Date.now() / 1000) }
  const model = answerModel(context.deployment, body.model)
  const events = responseEvents(answer.events, head, model, context.signal)
  if (body.stream !== true) {
    let whole: JsonRecord = {}
    // The last event has the whole response.
    for await (const event of events) if (event.response !== undefined) whole = event.response
    return { kind: "json", value: whole }
  }

  /** The number of the next event, or of the event that is being sent. The event of a failure gets this number. */
  let next = 0
  const named = async function* (): AsyncGenerator<StreamEvent, void, undefined> {
    for await (const data of events) {
      next = data.sequence_number
      yield { event: data.type, data, final: isLast(data.type) }
    }
    next++
  }
  return {
    kind: "events",
    events: named(),
    end: "event",
    failure: ({ code, message }) => ({
      event: "response.failed",
      data: { type: "response.failed", response: failedResponse(head, model, message, code), sequence_number: next },
      final: true
    })
  }
}
