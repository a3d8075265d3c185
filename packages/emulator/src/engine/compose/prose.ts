/**
 * Composes prose about a subject. In: the wish, a random number generator, and the room in tokens. Out: a short answer, or a text of
 * the wished number of sentences, words or paragraphs, or a long one with headings that takes most of the room.
 */
import { lazily } from "../../base/lazily.js"
import { models, places } from "../corpus/index.js"
import { contentWords } from "../planner/concepts.js"
import type { Random } from "../random.js"
import { encode } from "../tokenizer.js"
import { inKorean, koreanClosings, koreanHeadings, koreanOpenings, koreanSentences } from "./korean.js"
import { closings, conclusion, openings, sections } from "./phrases.js"
import { capital } from "./topic.js"
import type { Wish } from "./wish.js"

/** Whether a subject is a plural, judged by its last word. */
const isPlural = (topic: string): boolean =>
  / and /u.test(topic) || /^\p{Ll}.*[^sui\W]s$/u.test(topic.split(/ (?:of|in|for|with|on) /u)[0]!)

const plurals: Readonly<Record<string, string>> = {
  is: "are",
  has: "have",
  depends: "depend",
  rewards: "reward",
  matters: "matter"
}

/** A sentence about the subject, with the verb after it in its number. */
export const about = (sentence: string, topic: string): string => {
  const agreed = isPlural(topic)
    ? sentence.replaceAll(
        /(?<=^|, |: |and )(\{Tc?\}) (is|has|depends|rewards|matters)\b/gu,
        (_, name: string, verb: string) => `${name} ${plurals[verb]}`
      )
    : sentence
  return capital(agreed.replaceAll("{Tc}", capital(topic)).replaceAll("{T}", topic))
}

/** The items in a random order. */
const shuffled = <A>(items: ReadonlyArray<A>, random: Random): ReadonlyArray<A> => {
  const order = [...items]
  for (let at = order.length - 1; at > 0; at--) {
    const other = random.int(0, at)
    ;[order[at], order[other]] = [order[other]!, order[at]!]
  }
  return order
}

/** The paragraphs of the corpus with their words. */
const corpusParagraphs = lazily(() =>
  [models, places].flatMap((text) => text.trim().split(/\n{2,}/u)).map((text) => ({ text, words: contentWords(text) }))
)

/** The paragraphs of the corpus about the subject, those with the most of its words first. */
const passagesAbout = (topic: string): ReadonlyArray<string> => {
  const words = [...contentWords(topic)]
  if (words.length === 0) return []
  const occurrences = (text: string): number =>
    words.reduce((sum, word) => sum + (text.toLowerCase().split(word).length - 1), 0)
  // A dialogue mentions many things, and is about something else.
  const isAbout = (text: string, own: ReadonlySet<string>): boolean =>
    !text.startsWith('"') &&
    words.every((word) => own.has(word)) &&
    (occurrences(text) > words.length || words.every((word) => text.toLowerCase().split(".")[0]!.includes(word)))
  return corpusParagraphs()
    .filter(({ text, words: own }) => isAbout(text, own))
    .map(({ text }) => text)
    .sort((a, b) => occurrences(b) - occurrences(a))
}

/**
 * Sentences about the subject without end: first those that name it, in a random order, then all parts one after another. It restarts when all were
 * used.
 */
const sentencesAbout = function* (wish: Wish, random: Random): Generator<string, never, undefined> {
  const { korean, topic } = wish
  if (korean) {
    yield inKorean(random.pick(koreanOpenings), topic)
    for (;;) for (const sentence of shuffled(koreanSentences, random)) yield inKorean(sentence, topic)
  }
  const opening = random.pick(openings)
  yield about(opening, topic)
  const named = sections.flatMap(({ sentences }) => sentences.filter((sentence) => /\{Tc?\}/u.test(sentence)))
  for (;;) {
    for (const sentence of shuffled(named, random)) yield about(sentence, topic)
    for (const { sentences } of shuffled(sections, random))
      for (const sentence of sentences) yield about(sentence, topic)
  }
}

const take = (source: Generator<string, never, undefined>, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, () => source.next().value)

const wordsIn = (text: string): number => text.trim().split(/\s+/u).length

/** The maximum number of sentences: real requests do not need more. */
const MAX_SENTENCES = 400
const MAX_PARAGRAPHS = 60

/** A text of about this number of words, in whole sentences. */
const ofWords = (wish: Wish, words: number, random: Random): string => {
  const source = sentencesAbout(wish, random)
  const parts: Array<string> = []
  let paragraph: Array<string> = []
  let count = 0
  while (count < words && count < 20_000) {
    const sentence = source.next().value
    const more = wordsIn(sentence)
    // The text ends with the sentence that brings it closest to the number.
    if (count > 0 && count + more - words > words - count) break
    paragraph.push(sentence)
    count += more
    if (paragraph.length === 5) {
      parts.push(paragraph.join(" "))
      paragraph = []
    }
  }
  if (paragraph.length > 0) parts.push(paragraph.join(" "))
  const text = parts.join("\n\n")
  if (count <= words + 4 || words > 15) return text
  return `${text
    .split(/\s+/u)
    .slice(0, words)
    .join(" ")
    .replace(/[,;:.]$/u, "")}.`
}

/** How much of the room a long answer takes, and its limit in tokens. */
const LONG_SHARE = 0.94
const LONG_TOKENS = 8000

/** A long text with headings. It ends with its conclusion before the room is used up. */
const long = (wish: Wish, room: number, random: Random): string => {
  const { korean, topic } = wish
  const target = Math.min(room * LONG_SHARE, LONG_TOKENS)
  const title = `# ${capital(topic)}`
  const ending = korean
    ? `## 맺음말\n\n${koreanClosings
        .slice(1)
        .map((sentence) => inKorean(sentence, topic))
        .join(" ")}`
    : `## ${conclusion.heading}\n\n${conclusion.sentences.map((sentence) => about(sentence, topic)).join(" ")}`
  const parts = [title]
  let tokens = encode(title).length + encode(ending).length + 4
  const add = (part: string): boolean => {
    const more = encode(`${part}\n\n`).length
    if (tokens + more > target) return false
    parts.push(part)
    tokens += more
    return true
  }
  const passages = korean ? [] : passagesAbout(topic)
  let passage = 0
  for (let round = 0; ; round++) {
    const headings = korean ? koreanHeadings : sections.map(({ heading }) => heading)
    const koreanBank = shuffled(koreanSentences, random)
    for (const [at, heading] of headings.entries()) {
      // Later rounds repeat the same aspects under other headings.
      const title = round === 0 ? heading : korean ? `${heading} (${round + 1})` : `${heading}, part ${round + 1}`
      const sentences = korean
        ? koreanBank
            .slice((at * 4) % koreanBank.length)
            .slice(0, 4)
            .map((sentence) => inKorean(sentence, topic))
        : shuffled(sections[at]!.sentences, random).map((sentence) => about(sentence, topic))
      if (!add(`## ${title}\n\n${sentences.join(" ")}`)) return [...parts, ending].join("\n\n")
      const more =
        passages[passage++] ??
        (korean || round === 0 ? undefined : corpusParagraphs()[(passage * 7) % corpusParagraphs().length]?.text)
      if (more !== undefined && !add(more)) return [...parts, ending].join("\n\n")
    }
  }
}

/** Whether the request is a yes-or-no question. */
const isYesNo = (asked: string): boolean =>
  /^\s*(?:is|are|was|were|do|does|did|can|could|should|will|would|has|have)\b[^.]*\?\s*$/iu.test(asked)

/** A short answer: a paragraph of the corpus about the subject if there is one, otherwise some sentences. */
const short = (wish: Wish, random: Random): string => {
  const { asked, korean, topic } = wish
  if (korean) {
    const sentences = take(sentencesAbout(wish, random), 4)
    return `${sentences.join(" ")} ${inKorean(random.pick(koreanClosings), topic)}`
  }
  const passages = passagesAbout(topic).slice(0, 3)
  // A single passage would be the answer for every seed, so it is then only one of several answers.
  if (passages.length > 2 || (passages.length > 0 && random.next() < 0.6)) {
    const closing = random.next() < 0.5 ? "" : ` ${about(random.pick(closings), topic)}`
    return random.pick(passages) + closing
  }
  if (isYesNo(asked)) {
    const verdict = random.pick([
      "Yes, in most cases.",
      "It depends on what you need.",
      "Usually yes, with some exceptions."
    ])
    return [verdict, ...take(sentencesAbout(wish, random), 3)].join(" ")
  }
  return [...take(sentencesAbout(wish, random), 4), about(random.pick(closings), topic)].join(" ")
}

/** Prose of the wished length. */
export const composeProse = (wish: Wish, room: number, random: Random): string => {
  const { paragraphs: count, sentences, words } = wish
  if (words !== undefined) return ofWords(wish, words, random)
  if (sentences !== undefined) return take(sentencesAbout(wish, random), Math.min(sentences, MAX_SENTENCES)).join(" ")
  if (count !== undefined) {
    const source = sentencesAbout(wish, random)
    return Array.from({ length: Math.min(count, MAX_PARAGRAPHS) }, () => take(source, 4).join(" ")).join("\n\n")
  }
  return wish.long ? long(wish, room, random) : short(wish, random)
}
