/**
 * Finds the subject of a request. In: a text. Out: a noun phrase, such as `the history of tea` for `Write an essay about the history of tea.`, or the
 * main words of the text if no rule matches.
 */
import { isKorean } from "../conversation.js"
import { contentWords, plainWords } from "../planner/concepts.js"

/** The text after the subject, about the form of the answer. */
const TAIL =
  /[,;]?\s+(?:(?:in|as|with|using|within|of about|that is|which is)\s+(?:a\s+|an\s+|the\s+)?(?:\S+\s+){0,3}?(?:words?|sentences?|paragraphs?|list|table|bullets?|points?|json|markdown|korean|english|detail|depth|emojis?|columns?.*|headings?|lines?|steps?|style|python|typescript|javascript|rust|go|sql|bash|java)|step by step|please|for me|to me|briefly|shortly|in short|for (?:beginners|a beginner|children|kids)|for \d+\b.*|with the columns.*)\b[^.?!]*$/iu

/** The ways to introduce a subject. The first that matches decides. */
const LEADS: ReadonlyArray<RegExp> = [
  /^what (?:can|should|could|do) (?:i|we|you|one|people) (?:do|see|eat|visit|expect|buy) (?:in|at|with|for|on) (.+?)(?:\s+(?:in|within|for) .*)?$/iu,
  /\b(?:about|regarding|concerning)\s+(.+)$/iu,
  /\b(?:essay|article|report|poem|haiku|story|song|blog post|paragraph|text|letter|email|tale|limerick|speech|introduction|overview|summary|facts?|table|tips?|ideas?|reasons?|examples?|questions?|list)\s+(?:\w+\s+)?(?:about|on|of|for|regarding|to|comparing|with)\s+(.+)$/iu,
  /\b(?:difference|differences|comparison) between\s+(.+)$/iu,
  /^(?:please\s+)?(?:can you\s+|could you\s+)?(?:explain|describe|define|compare|discuss|summarize|introduce|recommend|list|name)\s+(?:to me\s+|me\s+)?(?:\d+\s+|some\s+|what\s+)?(.+)$/iu,
  /^what(?:'s| is| are| was| were| does| do)\s+(.+?)(?:\s+(?:mean|means|do|for|used for|about|like))?\s*$/iu,
  /^(?:who|where|when)(?:'s| is| are| was| were| did)\s+(.+)$/iu,
  /^how (?:does|do|did|can|should|would) (?:i |you |we |one |a |an |the )?(.+?)(?:\s+works?)?\s*$/iu,
  /^(?:how to)\s+(.+)$/iu,
  /^why (?:is|are|was|were|do|does|did|should|can)\s+(.+)$/iu,
  /^(?:is|are|was|were)\s+(.+?)(?:\s+(?:a|an|the|good|bad|safe|worth|better|possible|free|hard|easy|fast|slow|healthy|dangerous|true|useful)\b.*)?$/iu,
  /^(?:can|does|do|should|will|would)\s+(.+)$/iu,
  /\b(?:function|program|script|code|class|query|regex|component)\s+(?:that|to|which|for)\s+(.+)$/iu,
  /^(?:write|give|show|tell|create|make|draft|compose|generate|find|plan|suggest)\s+(?:me\s+)?(?:an?\s+|the\s+|some\s+|\d+\s+)?(.+)$/iu
]

const KOREAN_END =
  /(?:에 대해(?:서)?|에 대한|에 관한|에 관해|이란|란|이라는 것은|을|를|은|는|이|가|의)?\s*(?:(?:아주 )?(?:긴|짧은|간단한|자세한|좋은)\s|무엇|뭐|뭔|설명|알려|소개|말해|써|작성|만들|추천|비교|요약|글을|시를|에세이|보고서|표로|표를|목록|이야기|코드|방법|자세히|길게|\d+\s*(?:가지|단어|문장|개|자)|세 가지|다섯 가지|왜|어떻게|어때).*$/su

/** The maximum length of a subject in words. */
const MAX_WORDS = 8

/** The subject of a text. */
export const topicOf = (asked: string): string => {
  const [first = ""] = asked.trim().split(/\n/u)
  if (isKorean(asked)) {
    const topic = first
      .replace(KOREAN_END, "")
      .replace(/(?:에 대해(?:서)?|에 대한|에 관한)$/u, "")
      .replaceAll(/[?.!,]/gu, "")
      .trim()
    return topic === "" ? "이 주제" : topic.split(/\s+/u).slice(0, 5).join(" ")
  }
  // The last sentence with words is the request; the text before it is often context.
  const sentences = first.split(/(?<=[.?!])\s+/u).filter((sentence) => contentWords(sentence).size > 0)
  const sentence = (sentences[0] ?? first)
    .replace(/[\s.?!]+$/u, "")
    .replace(/^(?:please|hi|hello|hey|ok|so|and|then)[,!]?\s+/iu, "")
  const plain = sentence.replace(TAIL, "").replace(TAIL, "")
  for (const lead of LEADS) {
    const topic = lead.exec(plain)?.[1]?.replace(TAIL, "").trim()
    if (topic !== undefined && topic !== "" && contentWords(topic).size > 0) return shortened(topic)
  }
  const words = plainWords(plain).filter((word) => contentWords(word).size > 0)
  return words.length === 0 ? "this" : words.slice(0, 4).join(" ")
}

/** The beginning of a long subject, with a capital only if the word itself has one. */
const shortened = (topic: string): string => {
  const words = topic.replaceAll(/["“”']/gu, "").split(/\s+/u)
  return words
    .slice(0, MAX_WORDS)
    .join(" ")
    .replace(/[,;:]$/u, "")
}

/** The text with a capital first letter. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** A Korean word with the particle that its last sound requires, such as `은` and `는`. */
export const withParticle = (word: string, afterConsonant: string, afterVowel: string): string => {
  const code = word.charCodeAt(word.length - 1) - 0xac00
  if (code < 0 || code > 11_171) return `${word}${/[aeiouy\d]$/iu.test(word) ? afterVowel : afterConsonant}`
  return `${word}${code % 28 === 0 ? afterVowel : afterConsonant}`
}
