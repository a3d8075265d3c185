/**
 * Answers that need no prose about a subject. In: the messages. Out: an answer to known questions (of the corpus, sums, words in other languages,
 * capitals), an answer about the user's own text (to repeat, summarize or classify it, or to remember a name), or nothing.
 */
import type { ChatMessage } from "../chatTemplate.js"
import { isKorean, textOf } from "../conversation.js"
import { questions } from "../corpus/index.js"
import { expressionsIn, valueOf } from "../planner/arithmetic.js"
import { contentWords, plainWords } from "../planner/concepts.js"
import { classify } from "../sentiment.js"
import { koreanAnswers } from "./korean.js"

/** Questions for a definition. Only for them is one common word enough to match. */
const DEFINITION =
  /^\s*(?:please\s+)?(?:can you (?:explain|tell me)|what(?:'s|\s+is|\s+are)|explain|define|describe)\b/iu

/** The content words of a question; empty if there are too few. */
const setOf = (text: string): string => {
  const words = [...contentWords(text)].sort((a, b) => (a < b ? -1 : 1))
  return words.length > 1 || DEFINITION.test(text) ? words.join(" ") : ""
}
const exact = (text: string): string => plainWords(text).join(" ")

let table: { readonly exact: ReadonlyMap<string, string>; readonly words: ReadonlyMap<string, string> } | undefined

/** The questions of the corpus, as they are written and by their words. Collected once. */
const corpusAnswers = () => {
  if (table !== undefined) return table
  const byText = new Map<string, string>()
  const byWords = new Map<string, string>()
  for (const block of questions.trim().split(/\n{2,}/u)) {
    const [lines = "", answer = ""] = block.split(/^A: /mu)
    for (const line of lines.trim().split("\n")) {
      const question = line.slice("Q: ".length)
      byText.set(exact(question), answer)
      const words = setOf(question)
      if (words !== "" && !byWords.has(words)) byWords.set(words, answer)
    }
  }
  return (table = { exact: byText, words: byWords })
}

const capitals: Readonly<Record<string, string>> = {
  france: "Paris",
  germany: "Berlin",
  italy: "Rome",
  spain: "Madrid",
  portugal: "Lisbon",
  norway: "Oslo",
  sweden: "Stockholm",
  finland: "Helsinki",
  denmark: "Copenhagen",
  japan: "Tokyo",
  china: "Beijing",
  "south korea": "Seoul",
  korea: "Seoul",
  india: "New Delhi",
  canada: "Ottawa",
  australia: "Canberra",
  brazil: "Brasília",
  egypt: "Cairo",
  "the united kingdom": "London",
  england: "London",
  "the united states": "Washington, D.C.",
  austria: "Vienna",
  switzerland: "Bern",
  greece: "Athens",
  poland: "Warsaw"
}

/** Phrases in other languages: French, Spanish, German, Italian, Portuguese, Korean, Japanese. */
const phrasebook: Readonly<Record<string, ReadonlyArray<string>>> = {
  hello: ["bonjour", "hola", "hallo", "ciao", "olá", "안녕하세요", "こんにちは"],
  "good morning": [
    "bonjour",
    "buenos días",
    "guten Morgen",
    "buongiorno",
    "bom dia",
    "좋은 아침이에요",
    "おはようございます"
  ],
  "good night": [
    "bonne nuit",
    "buenas noches",
    "gute Nacht",
    "buona notte",
    "boa noite",
    "안녕히 주무세요",
    "おやすみなさい"
  ],
  goodbye: ["au revoir", "adiós", "auf Wiedersehen", "arrivederci", "adeus", "안녕히 가세요", "さようなら"],
  "thank you": ["merci", "gracias", "danke", "grazie", "obrigado", "감사합니다", "ありがとうございます"],
  "i love you": ["je t'aime", "te quiero", "ich liebe dich", "ti amo", "eu te amo", "사랑해요", "愛しています"],
  "how are you": [
    "comment allez-vous",
    "cómo está",
    "wie geht es Ihnen",
    "come sta",
    "como vai",
    "어떻게 지내세요",
    "お元気ですか"
  ],
  please: ["s'il vous plaît", "por favor", "bitte", "per favore", "por favor", "부탁합니다", "お願いします"],
  yes: ["oui", "sí", "ja", "sì", "sim", "네", "はい"],
  no: ["non", "no", "nein", "no", "não", "아니요", "いいえ"],
  water: ["eau", "agua", "Wasser", "acqua", "água", "물", "水"],
  "the sea": ["la mer", "el mar", "das Meer", "il mare", "o mar", "바다", "海"]
}
const phrasebookLanguages = ["french", "spanish", "german", "italian", "portuguese", "korean", "japanese"]

const unquoted = (text: string): string => text.trim().replaceAll(/^["'“”]+|["'“”]+$/gu, "")
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** A text that the user asks to repeat. */
const repeated = (asked: string): string | undefined => {
  const match =
    /^(?:please\s+)?(?:say|repeat|reply|respond|answer|output|print|return|write)(?:\s+(?:back|only|just|exactly|with|the|word|words|text|phrase|sentence|following|after me|this))*\s*:?\s*["“'`]([^"”`]+?)["”'`](?:\s+(?:and nothing else|only|exactly))?[\s.!]*$/iu.exec(
      asked.trim()
    ) ??
    /^(?:please\s+)?(?:reply|respond|answer|say|output)\s+(?:with\s+)?(?:only|just|exactly)(?:\s+(?:the words?|with))*:?\s+([\p{L}\p{N} '!-]{1,40}?)[\s.]*$/iu.exec(
      asked.trim()
    ) ??
    /^repeat after me:?\s+(.+)$/isu.exec(asked.trim())
  return match?.[1] === undefined ? undefined : unquoted(match[1])
}

/** The value of a sum or a product. */
const computed = (asked: string, korean: boolean): string | undefined => {
  const expressions = expressionsIn(asked)
  if (expressions.length === 0 || contentWords(asked).size > 6) return undefined
  const results = expressions.map((expression) => `${expression} = ${valueOf(expression)}`)
  return korean ? `${results.join(", ")}입니다.` : `${results.join(", ")}.`
}

/** Numbers in a row. */
const numbered = (asked: string): string | undefined => {
  const [, from, to] = /\bcount\b[^.?!\d]*(?:from\s+)?(\d{1,4})\s+(?:to|until|up to)\s+(\d{1,4})\b/iu.exec(asked) ?? []
  if (from === undefined || to === undefined) return undefined
  const [first, last] = [Number(from), Number(to)]
  const step = first <= last ? 1 : -1
  const length = Math.min(Math.abs(last - first) + 1, 2000)
  return Array.from({ length }, (_, at) => first + step * at).join(/\blines?\b/iu.test(asked) ? "\n" : ", ")
}

/** The main sentences of a text that the user gave. */
const summarized = (asked: string): string | undefined => {
  const match =
    /^(?:please\s+)?(?:can you\s+)?(?:summari[sz]e|sum up|give (?:me )?a (?:short )?summary of|tl;?dr|다음 글을 요약|요약해)[^:\n]*[:\n]\s*([\s\S]{40,})$/iu.exec(
      asked.trim()
    )
  if (match === null) return undefined
  const sentences = match[1]!.trim().match(/[^.!?。\n]+[.!?。]*/gu) ?? []
  const [first = "", ...rest] = sentences.map((sentence) => sentence.trim()).filter((sentence) => sentence !== "")
  // Next to the first sentence, the one with the most words that it shares with the whole.
  const counts = new Map<string, number>()
  for (const word of plainWords(match[1]!)) counts.set(word, (counts.get(word) ?? 0) + 1)
  const weight = (sentence: string): number =>
    [...contentWords(sentence)].reduce((sum, word) => sum + (counts.get(word) ?? 0), 0)
  const second = [...rest].sort((a, b) => weight(b) - weight(a))[0]
  return second === undefined || /\bone sentence\b|한 문장/iu.test(asked) ? first : `${first} ${second}`
}

/** The feeling of a text that the user gave. */
const classified = (asked: string): string | undefined => {
  if (
    !/\bsentiment\b|\bpositive\b[^.]{0,20}\bnegative\b|긍정|부정/iu.test(asked) ||
    !/\b(?:classify|classification|sentiment|is this|label|which)\b|분류|판단/iu.test(asked)
  )
    return undefined
  const text = /:\s*([\s\S]+)$/u.exec(asked)?.[1] ?? /["“]([^"”]+)["”]/u.exec(asked)?.[1]
  if (text === undefined) return undefined
  return classify(text).label
}

/** A phrase in another language. */
const translated = (asked: string): string | undefined => {
  const match =
    /\btranslate\s+(?:the (?:word|phrase|sentence|text)\s+)?(.+?)\s+(?:to|into|in)\s+(\p{L}+)[\s.?!]*$/iu.exec(
      asked.trim()
    ) ?? /^how do (?:you|i) say\s+(.+?)\s+in\s+(\p{L}+)[\s.?!]*$/iu.exec(asked.trim())
  if (match === null) return undefined
  const text = unquoted(match[1]!)
  const at = phrasebookLanguages.indexOf(match[2]!.toLowerCase())
  const found = phrasebook[text.toLowerCase().replace(/[.?!]+$/u, "")]?.[at]
  return found === undefined ? undefined : `“${text}” in ${capital(match[2]!)} is “${found}”.`
}

/** Facts about themselves that the user stated before. */
const remembered = (messages: ReadonlyArray<ChatMessage>, asked: string): string | undefined => {
  const korean = /내 이름/u.test(asked) && /뭐|무엇|알아|기억/u.test(asked)
  if (!korean && !/\bwhat(?:'s| is) my name\b|\b(?:remember|know) my name\b|\bwho am i\b/iu.test(asked))
    return undefined
  const earlier = messages
    .filter(({ role }) => role === "user")
    .map(textOf)
    .join("\n")
  const name =
    /\b(?:my name is|i am|i'm|call me)\s+(\p{Lu}[\p{L}'-]+)/u.exec(earlier)?.[1] ??
    /내 이름은\s*([가-힣A-Za-z]+?)(?:이야|야|입니다|이에요|예요)/u.exec(earlier)?.[1]
  if (name !== undefined) return korean ? `이름은 ${name}입니다.` : `Your name is ${name}.`
  return korean ? "아직 이름을 말씀해 주지 않으셨어요." : "You have not told me your name yet."
}

const capitalOf = (asked: string): string | undefined => {
  const country = /\bcapital (?:city )?of\s+([\p{L} ]+?)[\s.?!]*$/iu.exec(asked)?.[1]
  const city = country === undefined ? undefined : capitals[country.toLowerCase()]
  return city === undefined ? undefined : `The capital of ${country} is ${city}.`
}

/** The known answer, or `undefined`. */
export const knownAnswer = (messages: ReadonlyArray<ChatMessage>, asked: string): string | undefined => {
  const korean = isKorean(asked)
  const given =
    repeated(asked) ??
    numbered(asked) ??
    remembered(messages, asked) ??
    summarized(asked) ??
    classified(asked) ??
    translated(asked)
  if (given !== undefined) return given
  if (korean) return koreanAnswers.find(([pattern]) => pattern.test(asked))?.[1] ?? computed(asked, true)
  const answers = corpusAnswers()
  return (
    answers.exact.get(exact(asked)) ?? answers.words.get(setOf(asked)) ?? capitalOf(asked) ?? computed(asked, false)
  )
}
