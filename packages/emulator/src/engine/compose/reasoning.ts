/**
 * Composes the reasoning of a model that reasons. In: the conversation, the functions that the answer will call, a random number generator and a
 * number of tokens. Out: short notes about the request, as many whole sentences as fit. It is about the task, so it differs from the text of the
 * answer.
 */
import type { ChatMessage } from "../chatTemplate.js"
import { isKorean, lastUserText, systemText } from "../conversation.js"
import type { Random } from "../random.js"
import { encode } from "../tokenizer.js"

/** How much of a request is quoted. */
const QUOTED_WORDS = 12

/** The beginning of a text, on one line. */
const excerpt = (text: string): string => {
  const words = text.trim().split(/\s+/u)
  const quoted = words.slice(0, QUOTED_WORDS).join(" ").replaceAll('"', "'")
  return words.length > QUOTED_WORDS ? `${quoted} …` : quoted
}

/** What the notes are about. */
export interface ReasoningSubject {
  readonly messages: ReadonlyArray<ChatMessage>
  /** The names of the functions that the answer will call. */
  readonly calls: ReadonlyArray<string>
}

/** Notes for any request, in a natural order of thoughts. */
const general: ReadonlyArray<string> = [
  "First I look at what is really being asked, and at what is not.",
  "The main point should come first, because that is what the reader is waiting for.",
  "I go through what I know about it and keep only what helps here.",
  "One part is certain, another is only likely, and I should not mix them up.",
  "Perhaps an example would make it clearer; if so, a short one.",
  "Is there a simpler way to say the same? Usually there is.",
  "I check the form as well: length, language, and whether a list or a table was wanted.",
  "A follow-up question may come, so the reply should not close that door.",
  "Let me test the opposite view for a moment: would it hold as well? I do not think so.",
  "Numbers and names need a second look, since an error there is easy to make.",
  "I leave out what was not asked for, even if it is interesting.",
  "The order matters too: from the general to the particular.",
  "If something is missing in the request, I choose the usual meaning and go on.",
  "I read my plan once more from the beginning, and it still fits the request.",
  "Nothing in it contradicts what was said earlier in this conversation.",
  "The tone should match that of the user.",
  "That is enough thinking; the plan is clear and I can write it down."
]

/** The same for Korean. */
const generalKorean: ReadonlyArray<string> = [
  "먼저 무엇을 묻고 있는지 정확히 살펴본다.",
  "가장 중요한 내용을 앞에 두는 것이 좋겠다.",
  "알고 있는 것 가운데 지금 도움이 되는 것만 고른다.",
  "확실한 것과 그럴듯한 것을 섞지 않도록 한다.",
  "짧은 예를 하나 들면 더 분명해질 수 있다.",
  "길이와 형식도 확인한다. 목록이나 표가 필요한지 본다.",
  "숫자와 이름은 한 번 더 확인해야 한다.",
  "묻지 않은 내용은 덧붙이지 않는다.",
  "말투는 사용자에게 맞춘다.",
  "이제 계획이 분명하니 쓰면 된다."
]

/** The notes about this conversation, before the general notes. */
const particular = ({ calls, messages }: ReasoningSubject, random: Random): ReadonlyArray<string> => {
  const asked = lastUserText(messages)
  const system = systemText(messages)
  const results = messages.slice(messages.findLastIndex(({ role }) => role === "user") + 1)
  const hasResult = results.some(({ role }) => role === "tool")
  if (isKorean(asked)) {
    return [
      `사용자가 이렇게 말했다: "${excerpt(asked)}".`,
      ...(hasResult ? ["도구의 결과가 왔으니 그것을 사용한다."] : []),
      ...calls.map((name) => `${name} 함수를 호출하면 알 수 있다.`)
    ]
  }
  const opening = random.pick(["The user says", "The request is", "I am asked"])
  return [
    `${opening}: "${excerpt(asked)}".`,
    ...(hasResult ? ["The result of the tool is here, so I use it."] : []),
    ...calls.map((name) => `The function ${name} can tell me this, so I call it.`),
    ...(system === "" ? [] : [`My instructions are: "${excerpt(system)}".`])
  ]
}

/** Composes reasoning of at most this number of tokens. A sentence is cut only if it is the first and too long. */
export const composeReasoning = (subject: ReasoningSubject, random: Random, tokens: number): ReadonlyArray<number> => {
  const korean = isKorean(lastUserText(subject.messages))
  const start = random.int(0, 1)
  const notes = [...particular(subject, random), ...(korean ? generalKorean : general).slice(start)]
  let text = ""
  let ids: Array<number> = []
  for (const note of notes) {
    const longer = text === "" ? note : `${text} ${note}`
    const encoded = encode(longer)
    if (encoded.length > tokens) break
    text = longer
    ids = encoded
  }
  return ids.length > 0 ? ids : encode(notes[0] ?? "").slice(0, tokens)
}
