/**
 * Composes the text of an answer. In: the messages, a random number generator, and the room for the answer in tokens. Out: a text: the results of
 * functions, a known answer, or a text about the subject in the form that the user requested. The same messages and seed give the same text.
 *
 * The generator then follows this text token by token: see `following.ts`.
 */
import type { ChatMessage } from "../chatTemplate.js"
import { lastUserIndex } from "../conversation.js"
import type { Random } from "../random.js"
import { composeCode } from "./code.js"
import { withEmoji } from "./emoji.js"
import { knownAnswer } from "./known.js"
import { composeProse } from "./prose.js"
import { composeResults } from "./results.js"
import {
  composeHaiku,
  composeLetter,
  composeList,
  composePoem,
  composeSteps,
  composeStory,
  composeTable
} from "./shapes.js"
import { type Wish, wishOf } from "./wish.js"

/** What an answer depends on. */
export interface ComposeInput {
  readonly messages: ReadonlyArray<ChatMessage>
  readonly random: Random
  /** Maximum number of tokens of the answer. */
  readonly room: number
}

/** Whether the last message of the user has a picture, a sound or a video and no question that could be answered without it. */
const isAboutMedia = (message: ChatMessage | undefined): boolean => {
  const content = message?.content
  return typeof content === "object" && content !== null && content.some((part) => part.type !== "text")
}

const mediaAnswers = {
  english:
    "I can tell that there is an attachment, but I see only its place and not what it shows. Describe it to me, and I can go on from there.",
  korean: "첨부된 파일이 있다는 것은 알지만 내용은 볼 수 없습니다. 내용을 설명해 주시면 이어서 도와드리겠습니다."
}

/** A text about the subject, in the wished form. */
const formed = (wish: Wish, room: number, random: Random): string => {
  switch (wish.form) {
    case "code":
      return composeCode(wish.asked, wish.topic, wish.korean)
    case "list":
      return composeList(wish, random)
    case "steps":
      return composeSteps(wish, random)
    case "table":
      return composeTable(wish, random)
    case "poem":
      return composePoem(wish, random)
    case "haiku":
      return composeHaiku(wish, random)
    // A story of a certain length is prose with the words of the story's subject.
    case "story":
      return wish.long || wish.words !== undefined
        ? `${composeStory(wish, random)}\n\n${composeProse(wish, room, random)}`
        : composeStory(wish, random)
    case "letter":
      return composeLetter(wish, random)
    case "text":
      return composeProse(wish, room, random)
  }
}

/** The text of an answer. */
export const composeText = ({ messages, random, room }: ComposeInput): string => {
  const last = lastUserIndex(messages)
  const wish = wishOf(messages)
  const results = composeResults(messages.slice(last + 1), wish.korean, random)
  const media = isAboutMedia(messages[last]) ? mediaAnswers[wish.korean ? "korean" : "english"] : undefined
  const hasLength =
    wish.long || wish.words !== undefined || wish.sentences !== undefined || wish.paragraphs !== undefined
  // A known answer has its own length, so it is not used if another length is requested.
  const known = results ?? media ?? (hasLength && wish.form === "text" ? undefined : knownAnswer(messages, wish.asked))
  const text = known ?? formed(wish, room, random)
  return wish.emoji ? withEmoji(text, wish.topic) : text
}
