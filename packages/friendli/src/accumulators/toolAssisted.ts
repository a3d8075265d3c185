/**
 * The events of tool-assisted chats: which of them are chunks of a chat, their missing fields, and that the `error` of a tool is not an
 * error of the stream.
 */
import * as Predicate from "effect/Predicate"
import type { AnswerContext, Observer } from "../core/Operation.js"
import type {
  ToolAssistedChatEvent,
  ToolAssistedStatusEvent,
  ToolAssistedTokenEvent
} from "../schema/ToolAssistedChat.js"
import * as facts from "./facts.js"
import * as missing from "./missing.js"

const isChunk = (data: unknown): boolean => Predicate.isRecord(data) && Array.isArray(data["choices"])

/** A chunk is recognized whatever the name of its event, so that no text is lost. */
export const isToken = (event: ToolAssistedChatEvent): event is ToolAssistedTokenEvent => isChunk(event.data)

/** An event that is not a chunk and has a known name has been decoded as a status. */
export const isToolStatus = (event: ToolAssistedChatEvent): event is ToolAssistedStatusEvent =>
  !isChunk(event.data) && (event.name === undefined || event.name === "message" || event.name === "tool_status")

/** A status has its own `error`: the tool failed, and the model continues. */
export const hasOwnError = (name: string | undefined, data: unknown): boolean =>
  name === "tool_status" ||
  ((name === undefined || name === "message") &&
    Predicate.isRecord(data) &&
    Object.hasOwn(data, "tool_call_id") &&
    typeof data["status"] === "string")

/** Adds the missing fields of the chunk in an event, as in a chat. */
export const fillEvent = (event: unknown, context: AnswerContext): unknown => {
  if (!Predicate.isRecord(event) || event["name"] === "tool_status") return event
  const data = event["data"]
  const filled = missing.chatChunk(data, context)
  return filled === data ? event : { ...event, data: filled }
}

/** The facts of the chunks. */
export const ofEvents = (): Observer<ToolAssistedChatEvent> => {
  const observer = facts.answer()
  return {
    observe: (event) => {
      if (isToken(event)) observer.observe(event.data)
    },
    facts: observer.facts
  }
}
