/**
 * Reads a conversation. In: the messages of a chat. Out: the texts and turns that the composer and the planner need.
 */
import type { ChatMessage } from "./chatTemplate.js"

/** The text of a message, without its other parts. */
export const textOf = ({ content }: ChatMessage): string => {
  if (typeof content === "string") return content
  return (content ?? []).flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n")
}

/** The index of the last message of the user; -1 if there is none. */
export const lastUserIndex = (messages: ReadonlyArray<ChatMessage>): number =>
  messages.findLastIndex(({ role }) => role === "user")

/** The text of the last message of the user. */
export const lastUserText = (messages: ReadonlyArray<ChatMessage>): string => {
  const message = messages[lastUserIndex(messages)]
  return message === undefined ? "" : textOf(message)
}

/** The texts of all system and developer messages. */
export const systemText = (messages: ReadonlyArray<ChatMessage>): string =>
  messages
    .filter(({ role }) => role === "system" || role === "developer")
    .map(textOf)
    .join("\n")

/** Whether a text is mostly written in Korean. */
export const isKorean = (text: string): boolean => {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  const hangul = text.match(/\p{Script=Hangul}/gu)?.length ?? 0
  return hangul > 0 && hangul >= letters * 0.3
}
