/**
 * Composes answers in other forms than prose: lists, steps, tables, poems, stories and letters. In: the wish and a random number
 * generator. Out: markdown.
 */
import type { Random } from "../random.js"
import { membersOf } from "./collections.js"
import { inKorean, koreanAspects, koreanComparisons, koreanItems, koreanPoem, koreanStory } from "./korean.js"
import { aspects, comparisons, items, stanzas, steps, storyLines } from "./phrases.js"
import { about } from "./prose.js"
import { capital } from "./topic.js"
import type { Wish } from "./wish.js"

/** The maximum number of items: real requests do not need more. */
const MAX_ITEMS = 200

/** This number of items of a list, which restarts when all were used. */
const cycled = <A>(list: ReadonlyArray<A>, count: number, start: number): ReadonlyArray<A> =>
  Array.from({ length: Math.min(count, MAX_ITEMS) }, (_, at) => list[(start + at) % list.length]!)

/** A list: with numbers if a number of items was requested, with dashes if bullets were. */
export const composeList = ({ asked, items: count, korean, topic }: Wish, random: Random): string => {
  const isNumbered = count !== undefined && !/bullet|불릿/iu.test(asked)
  const mark = (at: number): string => (isNumbered ? `${at + 1}.` : "-")
  const bank = korean ? koreanItems : items
  const members = /\b(?:tips?|ideas|reasons|ways|facts|advantages|benefits)\b|장점|이유|방법/iu.test(asked)
    ? []
    : membersOf(topic)
  const chosen = cycled(bank, count ?? 5, random.int(0, bank.length - 1))
  const lines =
    members.length > 0
      ? members.slice(0, count ?? 5).map((member, at) => `${mark(at)} ${member}`)
      : chosen.map(([title, text], at) => {
          const sentence = korean ? inKorean(text, topic) : text.replaceAll("{T}", topic)
          return `${mark(at)} **${title}**: ${sentence}.`
        })
  // A list without text around it, if only the list is requested.
  if (/\bonly (?:the |a )?list\b|목록만/iu.test(asked)) return lines.join("\n")
  const opening = korean
    ? `${topic}에 대한 목록입니다.`
    : random.pick([`Here is a list about ${topic}:`, `This helps with ${topic}:`, `${capital(topic)}, point by point:`])
  return `${opening}\n\n${lines.join("\n")}`
}

/** Steps with numbers. */
export const composeSteps = ({ asked, items: count, korean, topic }: Wish, random: Random): string => {
  if (korean) {
    const chosen = cycled(koreanItems, count ?? 5, 0)
    const lines = chosen.map(([title, text], at) => `${at + 1}. **${title}**: ${inKorean(text, topic)}.`)
    return `${topic} 방법을 단계별로 정리했습니다.\n\n${lines.join("\n")}`
  }
  const chosen = cycled(steps, count ?? random.int(5, 6), 0)
  const isTask = /\bhow (?:to|do|can|should)\b/iu.test(asked)
  const opening = isTask ? `How to ${topic}, step by step:` : `${capital(topic)}, step by step:`
  return `${opening}\n\n${chosen.map((step, at) => `${at + 1}. ${step}`).join("\n")}`
}

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const tableOf = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [row(header), row(header.map(() => "---")), ...rows.map(row)].join("\n")

/** The names in `A, B and C`; none when there are fewer than two. */
const enumerated = (text: string): ReadonlyArray<string> => {
  const names = text
    .split(/\s*,\s*(?:and\s+)?|\s+(?:and|vs\.?|versus|or)\s+|(?:와|과|랑)\s+/iu)
    .map((name) => name.trim())
  return names.length > 1 && names.every((name) => name !== "" && name.split(/\s+/u).length <= 4) ? names : []
}

/** The columns that a request names. */
const columnsIn = (asked: string): ReadonlyArray<string> => {
  const named =
    /\b(?:with|columns?|showing|including|having)\s+(?:the\s+)?(?:columns?\s+)?(?:for\s+)?:?\s*([^.?!]+)/iu.exec(
      asked
    )?.[1]
  return named === undefined
    ? []
    : enumerated(named.replace(/\s+columns?\b.*$/iu, "").replace(/\s+in (?:a|the)\b.*$/iu, "")).map(capital)
}

/** A cell of a column of which only the name is known. */
const cellOf = (column: string, random: Random): string => {
  if (/price|cost|가격/iu.test(column)) return `$${random.int(2, 99)}`
  if (/year|연도/iu.test(column)) return String(random.int(1900, 2024))
  if (/percent|share|비율/iu.test(column)) return `${random.int(1, 99)}%`
  if (/size|distance|age|population|count|number|height|weight|score|rank|speed|quantity|크기|거리|수/iu.test(column)) {
    return String(random.int(1, 999))
  }
  return random.pick(["simple", "common", "rare", "well known", "useful", "small", "large"])
}

/** A table: the named columns, a comparison of things, or the aspects of one subject. */
export const composeTable = ({ asked, items: count, korean, topic }: Wish, random: Random): string => {
  const names = enumerated(
    topic.replace(/^(?:the\s+)?(?:difference|comparison)s? (?:between|of)\s+/iu, "").replace(/^comparing\s+/iu, "")
  )
  const columns = columnsIn(asked)
  const intro = korean ? `${topic}에 대한 표입니다.` : `Here is a table about ${topic}:`
  if (columns.length > 0 && names.length === 0) {
    const members = membersOf(topic)
    const one = capital(topic.replace(/s$/u, ""))
    const length = Math.min(count ?? (members.length > 0 ? Math.min(members.length, 8) : 4), MAX_ITEMS)
    const rows = Array.from({ length }, (_, at) =>
      columns.map((column, index) => (index === 0 ? (members[at] ?? `${one} ${at + 1}`) : cellOf(column, random)))
    )
    return `${intro}\n\n${tableOf(columns, rows)}`
  }
  if (names.length > 0) {
    const start = random.int(0, 3)
    const bank = korean ? koreanComparisons : comparisons
    const rows = bank
      .slice(0, count ?? bank.length)
      .map(([aspect, values]) => [aspect, ...names.map((_, at) => values[(start + at) % values.length]!)])
    return `${intro}\n\n${tableOf([korean ? "항목" : "Aspect", ...names.map(capital)], rows)}`
  }
  const bank = korean ? koreanAspects : aspects
  const rows = cycled(bank, count ?? 5, 0).map(([aspect, text]) => [
    aspect,
    korean ? inKorean(text, topic) : text.replaceAll("{T}", topic)
  ])
  return `${intro}\n\n${tableOf(korean ? ["항목", "설명"] : ["Aspect", "Description"], rows)}`
}

/** A poem of two to four stanzas. */
export const composePoem = ({ korean, topic }: Wish, random: Random): string => {
  if (korean) return inKorean(koreanPoem, topic)
  const middle = stanzas.slice(1, -1)
  const chosen = random.next() < 0.5 ? middle : [random.pick(middle)]
  return [stanzas[0]!, ...chosen, stanzas.at(-1)!].map((stanza) => about(stanza, topic)).join("\n\n")
}

export const composeHaiku = ({ topic }: Wish, random: Random): string =>
  random.pick([
    `A thought of ${topic},\nthe lamp is lit at the pier;\nthe sea holds its breath.`,
    `Rain on the window.\n${capital(topic)}, and the slow clock,\nand tea growing cold.`
  ])

/** A story in one or several paragraphs. */
export const composeStory = ({ korean, topic }: Wish, random: Random): string => {
  if (korean) return koreanStory.map((line) => inKorean(line, topic)).join(" ")
  const name = random.pick(["Mina", "Ada", "Tomás", "Léa"])
  const sentences = storyLines.map((line) => about(line, topic).replaceAll("Mina", name))
  return [sentences.slice(0, 3), sentences.slice(3, 6), sentences.slice(6)].map((part) => part.join(" ")).join("\n\n")
}

/** A letter with a subject line. */
export const composeLetter = ({ korean, topic }: Wish, random: Random): string => {
  if (korean)
    return `제목: ${topic}\n\n안녕하세요,\n\n${topic}에 대해 말씀드리고자 합니다. 편하신 시간에 의견을 주시면 감사하겠습니다.\n\n감사합니다.`
  const sender = random.pick(["Mina Park", "Ada Berg", "Jon Hale"])
  return `Subject: ${capital(topic)}\n\nHello,\n\nI am writing about ${topic}. I would like to go through the main points with you and agree on the next step. Please let me know which day suits you.\n\nKind regards,\n${sender}`
}
