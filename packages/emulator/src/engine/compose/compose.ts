/**
 * Composes the text of an answer. In: the messages, a random number generator, and the room for the answer in tokens. Out: a text,
 * or nothing where the n-gram model writes alone. The same messages and seed give the same text.
 */
import type { ChatMessage } from "../chatTemplate.js"
import { isKorean, lastUserIndex, lastUserText } from "../conversation.js"
import type { Random } from "../random.js"
import { composeResults } from "./results.js"

/** What an answer depends on. */
export interface ComposeInput {
  readonly messages: ReadonlyArray<ChatMessage>
  readonly random: Random
  /** Maximum number of tokens of the answer. */
  readonly room: number
}

/** The text of an answer. */
export const composeText = ({ messages, random }: ComposeInput): string | undefined => {
  const asked = lastUserText(messages)
  const turn = messages.slice(lastUserIndex(messages) + 1)
  return composeResults(turn, isKorean(asked), random)
}
