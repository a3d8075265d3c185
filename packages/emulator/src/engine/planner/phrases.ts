/**
 * Phrases that a prompt implies. In: a prompt. Out: a search query, the title of something to create, the text to send or to translate, a statement
 * for a database.
 */
import { conceptsOf, contentWords, plainWords } from "./concepts.js"
import type { Values } from "./values.js"

/** The introduction of a request, which is not part of its subject. */
const LEAD =
  /^(?:(?:please|hey|hi|hello|ok|okay|now|and|then|also|can you|could you|would you|will you|i want(?: you)? to|i need(?: you)? to|i'd like to|i would like to|help me(?: to)?|let's)[\s,]+)+/iu
const SEARCH_LEAD =
  /^(?:(?:do|run|make) (?:a|an) )?(?:web |online |internet |google )?(?:search|find|look ?up|look|google|browse|research|get|fetch|retrieve)(?:\s+(?:me|up|out|on|in|through|the web|the internet|online|google|wikipedia|for|about|information|info|something|articles?|news|results?|documents?|the docs))*\s+/iu
const QUESTION_LEAD =
  /^(?:what(?:'s| is| are| was| were)|who(?:'s| is| was| are)|tell me(?: more)? about|explain|describe|show me|give me|how (?:do|can|should) (?:i|you|we)(?: make| cook| bake| build)?)\s+(?:the\s+)?/iu
const KOREAN_TAIL =
  /(?:에 대해(?:서)?|에 대한|을|를|이|가|은|는|의)?\s*(?:정보를?|내용을?)?\s*(?:검색해|찾아|알아봐|알려|조회해|보여|말해|설명해|번역해|계산해|요약해)(?:\s*(?:줘|주세요|봐|볼래|달라|줄래)[가-힣]*)?[\s.?!]*$/u

/** The search query of a prompt. */
export const searchPhrase = (text: string): string => {
  const [line = ""] = text.trim().split(/\n/u)
  const sentence = line.split(/(?<=[.?!])\s+/u).find((one) => contentWords(one).size > 0) ?? line
  const whole = sentence.replace(LEAD, "").replace(KOREAN_TAIL, "")
  const phrase = whole
    .replace(SEARCH_LEAD, "")
    .replace(QUESTION_LEAD, "")
    .replace(/[,;]?\s+(?:and )?(?:then|tell me|summarize|read|email|send|open)\b.*$/iu, "")
    .replace(/[\s.?!]+$/u, "")
    .replaceAll(/^["“']|["”']$/gu, "")
  return phrase === "" ? whole.replace(/[\s.?!]+$/u, "") || "information" : phrase
}

/** The text with a capital first letter. */
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** The subject of a letter: the stated subject, or else the beginning of its text. */
export const subjectOf = (values: Values): string => {
  const about = /\babout\s+(.+?)(?=\s+(?:saying|that says|to)\b|[,.;?!]|$)/iu.exec(values.text)?.[1]
  const [content = searchPhrase(values.text)] = contentOf(values, undefined, false)
  return capital(
    (about ?? content)
      .split(/\s+/u)
      .slice(0, 8)
      .join(" ")
      .replace(/[,.;:]$/u, "")
  )
}

/** The titles that a prompt gives to something, best first. */
export const titleOf = ({ proper, quoted, text }: Values, about: string): ReadonlyArray<string> => {
  const called =
    /\b(?:called|named|titled|entitled|with the (?:title|name))\s+([^,.;?!]+?)(?=\s+(?:on|at|from|for|with|and|in)\b|[,.;?!]|$)/iu.exec(
      text
    )?.[1]
  const korean = /([가-힣\w ]{2,20}?)(?:이라는|라는)\s/u.exec(text)?.[1]
  const concepts = conceptsOf(about)
  const made =
    concepts.has("calendar") || concepts.has("reminder") || concepts.has("ticket")
      ? (/\b(?:schedule|create|add|book|set up|plan|arrange|open|file)\s+(?:me\s+)?(?:an?\s+|the\s+|new\s+)*(.+?)(?=\s+(?:on|at|tomorrow|today|tonight|next|from|for|about|this)\b|[,.;?!]|$)/iu.exec(
          text
        )?.[1] ??
        /\b(?:remind me|reminder)\s+(?:to|about)\s+(.+?)(?=\s+(?:on|at|tomorrow|today|tonight|next|in)\b|[,.;?!]|$)/iu.exec(
          text
        )?.[1])
      : undefined
  const koreanNoun = /회의|미팅|약속|면접|생일|점심|저녁 식사|워크숍|여행/u.exec(text)?.[0]
  const found = [...quoted, called, korean, koreanNoun, made === undefined ? undefined : capital(made)]
  return [...found.filter((one) => one !== undefined), ...proper.map(({ written }) => written)]
}

/** The texts that a prompt gives to send, to store or to translate, best first. */
export const contentOf = (
  { quoted, text }: Values,
  results: Values | undefined,
  required: boolean
): ReadonlyArray<string> => {
  const block = /```\w*\n([\s\S]*?)```/u.exec(text)?.[1]?.trim()
  const said =
    /\b(?:saying|that says|to say|telling (?:him|her|them|me)(?: that)?|with the (?:text|message|body|content)|remind me to|note that)\s*:?\s+(.+?)[\s"]*$/isu.exec(
      text
    )?.[1]
  const afterColon = /:\s+(\S.{2,})$/su.exec(text)?.[1]
  const translated =
    /\btranslate\s+(.+?)\s+(?:to|into|in)\s+\p{L}+[\s.?!]*$/iu.exec(text)?.[1] ??
    /^(.+?)(?:을|를)\s+\p{L}+(?:로|으로)\s*번역/u.exec(text)?.[1]
  const found = [block, ...quoted, said, afterColon, translated].flatMap((one) =>
    one === undefined || /^(?:this|it|that)$/iu.test(one) ? [] : [one.trim().replaceAll(/^["“']|["”']$/gu, "")]
  )
  if (found.length > 0 || !required) return found
  // The result of another function is the text to send.
  return [results === undefined || results.text === "" ? text.trim() : results.text.slice(0, 400)]
}

/** A statement for a question about stored data: it counts or lists the rows of the table in the question. */
export const sqlFor = (text: string): string => {
  const words = plainWords(text)
  const korean = [...conceptsOf(text)].find((concept) =>
    ["customer", "order", "product", "ticket", "file"].includes(concept)
  )
  const at = words.findIndex((word) => /^(?:many|all|every|count|of|the|list|show|from)$/u.test(word))
  const nouns = words
    .slice(Math.max(0, at))
    .filter((word) => contentWords(word).size > 0 && !/^(?:sql|database|table|rows?|quer(?:y|ies))$/u.test(word))
  const noun = nouns.find((word) => word.endsWith("s")) ?? nouns[0]
  const named = /\b(?:from|in|into)\s+(?:the\s+)?(\w+)\s+table\b|\btable\s+(\w+)\b/iu.exec(text)
  const table =
    named?.[1] ?? named?.[2] ?? (/^[a-z_]+$/u.test(noun ?? "") ? noun! : korean === undefined ? "items" : `${korean}s`)
  const counts = /\bhow many\b|\bcount\b|\bnumber of\b|몇 (?:명|개|건)|수를|개수/iu.test(text)
  const year = /\b(20\d{2})\b/u.exec(text)?.[1]
  const where = year === undefined ? "" : ` WHERE created_at >= '${year}-01-01'`
  return counts ? `SELECT COUNT(*) FROM ${table}${where};` : `SELECT * FROM ${table}${where} LIMIT 10;`
}
