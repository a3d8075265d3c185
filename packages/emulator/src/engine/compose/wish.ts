/**
 * Reads the requested form of the answer. In: the messages of a chat. Out: the subject, the form of the answer (text, list, table, code and so on),
 * its language, its length, and whether it has emoji. Instructions of the system message count, too.
 */
import type { ChatMessage } from "../chatTemplate.js"
import { isKorean, lastUserText, systemText } from "../conversation.js"
import { topicOf } from "./topic.js"

/** The forms of an answer. */
export type Form = "text" | "list" | "table" | "code" | "poem" | "haiku" | "story" | "letter" | "steps"

/** The requested answer. */
export interface Wish {
  readonly asked: string
  readonly topic: string
  readonly form: Form
  readonly korean: boolean
  readonly emoji: boolean
  /** The number of items of a list, rows of a table, or steps of a recipe. */
  readonly items: number | undefined
  readonly words: number | undefined
  readonly sentences: number | undefined
  readonly paragraphs: number | undefined
  /** A long answer without a number: it takes most of the room. */
  readonly long: boolean
}

const NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split(" ")
const KOREAN_NUMBERS: Readonly<Record<string, number>> = {
  한: 1,
  두: 2,
  세: 3,
  네: 4,
  다섯: 5,
  여섯: 6,
  일곱: 7,
  여덟: 8,
  아홉: 9,
  열: 10
}

const NUMBER = `(\\d[\\d,]*|${NUMBERS.join("|")}|a couple of|several)`
const KOREAN_NUMBER = `(\\d+|${Object.keys(KOREAN_NUMBERS).join("|")})`

const numberOf = (text: string): number => {
  const lower = text.toLowerCase()
  if (lower === "several") return 4
  if (lower === "a couple of") return 2
  const word = NUMBERS.indexOf(lower)
  return KOREAN_NUMBERS[lower] ?? (word >= 0 ? word + 1 : Number(lower.replaceAll(",", "")))
}

/** A number before one of certain words, or after one of others. */
const counted = (text: string, english: string, korean: string, before = ""): number | undefined => {
  const match =
    new RegExp(
      `${before === "" ? "" : `\\b(?:${before})\\s+`}\\b${NUMBER}[\\s-]+(?:[\\p{L}-]+\\s+){0,2}?(?:${english})\\b`,
      "iu"
    ).exec(text) ?? new RegExp(`${KOREAN_NUMBER}\\s*(?:${korean})`, "u").exec(text)
  return match === null ? undefined : numberOf(match[1]!)
}

const CODE =
  /\b(?:write|show|give|implement|create|code|make|fix|need|want)\b[^.?!]{0,60}\b(?:function|program|script|code|snippet|class|algorithm|component|regex|query|endpoint)\b|\b(?:in|using) (?:python|typescript|javascript|java|go|golang|rust|c\+\+|c#|bash|sql|html|css|ruby|kotlin|swift)\b|\b(?:python|typescript|javascript|rust|sql|bash) (?:function|program|script|code|example|snippet|query)\b|코드|함수를|스크립트를|프로그램을/iu

/** The forms that a text asks for. The first that matches decides. */
const forms: ReadonlyArray<readonly [form: Form, pattern: RegExp]> = [
  ["code", CODE],
  ["haiku", /\bhaiku\b|하이쿠/iu],
  ["poem", /\b(?:poem|lyrics|song|verse|rhyme|limerick)\b|(?:^|\s)시(?:를|\s*한|를?\s*써)|노래를/iu],
  ["story", /\b(?:story|tale|fairy tale|fable)\b|이야기를|동화/iu],
  ["table", /\btable\b(?! tennis)|\btabular\b|표로|표를|표 형식/iu],
  [
    "letter",
    /\b(?:write|draft|compose)\b[^.?!]{0,30}\b(?:email|e-mail|letter|message)\b|(?:이메일|편지)(?:을|를)?\s*(?:써|작성)/iu
  ],
  [
    "steps",
    /\bstep[- ]by[- ]step\b|\bsteps\b|^\s*how (?:do|can|should) (?:i|you|we|one)\b|\bhow to\b|단계|방법|어떻게 (?:하|해|만)/iu
  ],
  [
    "list",
    /^what (?:can|should|could) (?:i|we) (?:do|see|eat|visit|buy)\b|\blist\b|\bbullet|\b(?:tips|ideas|reasons|ways|examples|facts|benefits|advantages|disadvantages|pros|items|suggestions|recommendations|names|features)\b|목록|가지|나열|추천/iu
  ]
]

/** Reads the wishes of a conversation. */
export const wishOf = (messages: ReadonlyArray<ChatMessage>): Wish => {
  const asked = lastUserText(messages)
  const instructions = systemText(messages)
  const all = `${asked}\n${instructions}`
  const form = forms.find(([, pattern]) => pattern.test(asked))?.[0]
  const fromSystem = forms.find(
    ([one, pattern]) => (one === "list" || one === "table") && pattern.test(instructions)
  )?.[0]
  const wantsEnglish = /\b(?:in|into) english\b|영어로/iu.test(all)
  const korean = !wantsEnglish && (isKorean(asked) || /\b(?:in|into) korean\b|한국어로/iu.test(all))
  const words = counted(asked, "words?", "단어")
  return {
    asked,
    topic: topicOf(asked),
    form: form ?? fromSystem ?? "text",
    korean,
    emoji: /\bemojis?\b|이모지|이모티콘/iu.test(all) && !/\b(?:no|without) emojis?\b/iu.test(all),
    items:
      counted(
        asked,
        "items?|tips?|ideas?|reasons?|ways|examples?|facts?|steps?|rows?|things|points?|bullets?|bullet points?|names?|benefits?|advantages?|suggestions?|questions?|features?|places|books|movies|recommendations?",
        "가지|개|단계|행"
      ) ?? counted(asked, "\\p{L}+", "(?!)", "list|name|suggest|recommend|give me"),
    words,
    sentences: counted(all, "sentences?", "문장"),
    paragraphs: counted(asked, "paragraphs?", "문단|단락"),
    long:
      words === undefined &&
      /\b(?:long|lengthy|detailed|in[- ]depth|comprehensive|extensive|thorough|essay|article|report|blog post|as much as|at length|everything)\b|길게|긴 |자세히|자세하게|에세이|보고서|논문/iu.test(
        asked
      )
  }
}
