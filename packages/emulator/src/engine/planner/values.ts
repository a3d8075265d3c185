/**
 * Finds the values in a text that could be the arguments of a function. In: a text. Out: places, numbers, dates, quotations, addresses and the like,
 * each kind in the order of the text.
 */
import { expressionsIn } from "./arithmetic.js"
import { daysIn, timesIn } from "./dates.js"
import { companies, currencies, languages, places } from "./names.js"

/** A thing with all its names, and the words before it. */
export interface NamedValue {
  /** As it is written in the text. */
  readonly written: string
  /** All its names; the first is preferred. */
  readonly names: ReadonlyArray<string>
  /** The word before it, in lower case: `from`, `to`, `in`. In Korean, the particle after it. */
  readonly role: string
  readonly at: number
}

/** A number, with the words around it in lower case. */
export interface NumberValue {
  readonly value: number
  readonly before: string
  readonly after: string
}

/** The values of a text. */
export interface Values {
  readonly text: string
  readonly places: ReadonlyArray<NamedValue>
  readonly companies: ReadonlyArray<NamedValue>
  readonly currencies: ReadonlyArray<NamedValue>
  readonly languages: ReadonlyArray<NamedValue>
  /** People and other proper names, as they are written. */
  readonly proper: ReadonlyArray<NamedValue>
  readonly numbers: ReadonlyArray<NumberValue>
  readonly days: ReadonlyArray<string>
  readonly times: ReadonlyArray<string>
  readonly quoted: ReadonlyArray<string>
  readonly emails: ReadonlyArray<string>
  readonly urls: ReadonlyArray<string>
  readonly paths: ReadonlyArray<string>
  readonly sql: ReadonlyArray<string>
  readonly expressions: ReadonlyArray<string>
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/gu, "\\$&")

const KOREAN_ROLES: ReadonlyArray<readonly [RegExp, string]> = [
  [/^에서 ?(?:부터)?|^부터/u, "from"],
  [/^까지|^으로|^로/u, "to"],
  [/^에게|^께/u, "to"]
]

/** The role of the text at a position: the word before it, or the Korean particle after it. */
const roleAt = (text: string, start: number, end: number): string => {
  const korean = KOREAN_ROLES.find(([pattern]) => pattern.test(text.slice(end)))
  if (korean !== undefined) return korean[1]
  return /([\p{L}]+)\s*(?:the\s+)?["“]?$/iu.exec(text.slice(0, start))?.[1]?.toLowerCase() ?? ""
}

const patterns = new Map<string, RegExp>()

/**
 * The pattern that finds a name in a text. Names in Latin letters must be whole words; codes must have the case of the table. Each pattern is made
 * once, and only for a name that occurs: the tables have hundreds of names, and a pattern takes a millisecond to compile.
 */
const patternOf = (name: string, isCode: boolean): RegExp => {
  const flags = isCode ? "gu" : "giu"
  const key = flags + name
  let pattern = patterns.get(key)
  if (pattern === undefined) {
    const latin = /^[\p{Script=Latin}\d]/u.test(name)
    pattern = new RegExp(latin ? `(?<![\\p{L}\\p{N}])${escaped(name)}(?![\\p{L}\\p{N}])` : escaped(name), flags)
    patterns.set(key, pattern)
  }
  // `matchAll` begins where the last search of the pattern ended
  pattern.lastIndex = 0
  return pattern
}

/** The occurrences of the entries of a table. */
const occurrences = (
  text: string,
  entries: ReadonlyArray<ReadonlyArray<string>>,
  isCode: (name: string) => boolean = () => false
): ReadonlyArray<NamedValue> => {
  const found: Array<NamedValue & { readonly end: number }> = []
  const lower = text.toLowerCase()
  for (const names of entries) {
    for (const name of names) {
      if (!lower.includes(name.toLowerCase())) continue
      for (const match of text.matchAll(patternOf(name, isCode(name)))) {
        const end = match.index + match[0].length
        found.push({ written: match[0], names, role: roleAt(text, match.index, end), at: match.index, end })
      }
    }
  }
  found.sort((a, b) => a.at - b.at || b.end - a.end)
  // If names overlap, the longer one counts; each entry counts once.
  const kept: Array<NamedValue & { readonly end: number }> = []
  for (const one of found) {
    if (kept.some((other) => (one.at < other.end && one.at >= other.at) || other.names === one.names)) continue
    kept.push(one)
  }
  return kept
}

const WORD = String.raw`\p{Lu}[\p{L}\p{M}'’.-]*[\p{L}]`
/** Capitalized words in a row. */
const PROPER = new RegExp(`${WORD}(?:\\s+(?:(?:de|la|of|van|von)\\s+)?${WORD})*`, "gu")
/** Words that are capitalized but are not names. */
const NO_NAMES = new Set(
  (
    "What Who When Where Why How Which Is Are Can Could Do Does Did Will Would Should Please Tell Give Show Find Search Get Look Write " +
    "Create Make Send Book Add Set Use Call Run Read Open Then And But The An In On At For From To With It My Your Translate Calculate " +
    "Compute Convert Check Describe Explain List Summarize Schedule Remind Answer Return Say Hello Hi Thanks Weather Today Tomorrow Now " +
    "First Next Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September " +
    "October November December JSON SQL API AI URL HTML CSV PM AM OK Extract Let There Celsius Fahrenheit Compare Draw Play Turn Plan Go Ask"
  ).split(" ")
)

/** Proper names: capitalized words that do not only begin a sentence. */
const properNames = (text: string): ReadonlyArray<NamedValue> =>
  [...text.matchAll(PROPER)].flatMap((match) => {
    const words = match[0].split(/\s+/u)
    let skipped = 0
    while (words.length > 0 && NO_NAMES.has(words[0]!)) skipped += words.shift()!.length + 1
    while (words.length > 0 && NO_NAMES.has(words.at(-1)!)) words.pop()
    if (words.length === 0) return []
    const written = words.join(" ").replace(/['’]s$/u, "")
    const at = match.index + skipped
    return [{ written, names: [written], role: roleAt(text, at, at + written.length), at }]
  })

/** The words after which a name is that of a place. */
const PLACE_ROLES = new Set(["in", "at", "near", "around", "from", "to", "for", "of", "visit", "and", "or"])

/** Places of the table, and names in the position of a place; in lower case, the words after `weather in`. */
const placesIn = (text: string, proper: ReadonlyArray<NamedValue>): ReadonlyArray<NamedValue> => {
  const known = occurrences(text, places, (name) => /^[A-Z]{2,3}$/u.test(name))
  const other = proper.filter(
    ({ at, role, written }) =>
      PLACE_ROLES.has(role) &&
      !known.some((place) => at <= place.at && place.at < at + written.length) &&
      ![...companies, ...languages].some((names) => names.includes(written))
  )
  const all = [...known, ...other].sort((a, b) => a.at - b.at)
  if (all.length > 0) return all
  const after =
    /\b(?:weather|forecast|temperature|time)\b[^.?!,]*?\b(?:in|at|for)\s+(?:the\s+)?([\p{L}' -]{2,40}?)(?=\s*(?:[?.!,]|$|\b(?:today|tomorrow|now|right|this|next|on|in|please)\b))/iu.exec(
      text
    )?.[1] ?? /([가-힣]{2,8}?)(?:의|에서|에|은|는)?\s*(?:오늘|내일|지금|현재)?\s*(?:날씨|기온)/u.exec(text)?.[1]
  if (after === undefined || /^(?:오늘|내일|지금|현재)/u.test(after)) return []
  const written = after.replaceAll(/(?<![\p{L}'])\p{Ll}/gu, (letter) => letter.toUpperCase()).trim()
  return [{ written, names: [written], role: "in", at: text.indexOf(after) }]
}

const NUMBER_WORDS: Readonly<Record<string, number>> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  twenty: 20,
  hundred: 100,
  한: 1,
  두: 2,
  세: 3,
  네: 4,
  다섯: 5
}

/** Numbers outside of addresses and dates, with the words around them. */
const numbersIn = (text: string): ReadonlyArray<NumberValue> => {
  const plain = text.replaceAll(/https?:\S+|\S+@\S+|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}:\d{2}\b/gu, (match) =>
    " ".repeat(match.length)
  )
  const words = Object.keys(NUMBER_WORDS)
  const pattern = new RegExp(
    `(?<![\\p{L}\\d.])(-?\\d+(?:,\\d{3})*(?:\\.\\d+)?)|(?<![\\p{L}\\p{N}])(${words.join("|")})(?=[\\s-]+\\p{L}|[가-힣])`,
    "giu"
  )
  return [...plain.matchAll(pattern)].flatMap(({ 0: whole, 1: digits, 2: word, index }) => {
    // A Korean word for a number counts only before a counter: `두 명`, and not `두통`.
    const rest = plain.slice(index + whole.length)
    if (word !== undefined && /[가-힣]/u.test(word) && !/^\s*(?:명|개|일|시간|분|장|권|박)/u.test(rest)) return []
    const value = digits === undefined ? NUMBER_WORDS[word!.toLowerCase()]! : Number(digits.replaceAll(",", ""))
    return [
      {
        value,
        before: plain.slice(Math.max(0, index - 30), index).toLowerCase(),
        after: rest.slice(0, 30).toLowerCase()
      }
    ]
  })
}

/** The texts between quotation marks, longest marks first. An apostrophe inside a word is not a quotation mark. */
const quotedIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/"([^"]+)"|“([^”]+)”|「([^」]+)」|`([^`]+)`|(?<![\p{L}\p{N}])'([^'\n]+)'(?![\p{L}\p{N}])/gu)].map(
    (match) => (match[1] ?? match[2] ?? match[3] ?? match[4] ?? match[5] ?? "").trim()
  )

const SQL =
  /\b(?:select\b[\s\S]+?\bfrom\b|insert\s+into\b|update\s+\w+\s+set\b|delete\s+from\b|create\s+table\b)[^;"”`]*/giu

/** Languages without their codes, which are words of other languages. */
const namedLanguages = languages.map((names) => names.filter((name) => name.length > 2 || /[가-힣]/u.test(name)))

/** Finds all values of a text. */
export const valuesIn = (text: string, today: number): Values => {
  const proper = properNames(text)
  return {
    text,
    proper,
    places: placesIn(text, proper),
    companies: occurrences(text, companies, (name) => /^[A-Z]{1,5}$|^\d|^Meta$|^Apple$|^Intel$|^Visa$/u.test(name)),
    currencies: occurrences(text, currencies, (name) => /^[A-Z]{3}$/u.test(name)),
    languages: occurrences(text, namedLanguages),
    numbers: numbersIn(text),
    days: daysIn(text, today),
    times: timesIn(text),
    quoted: quotedIn(text),
    emails: [...text.matchAll(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu)].map(([email]) => email),
    urls: [...text.matchAll(/https?:\/\/[^\s"'<>)\]}]+[^\s"'<>)\]}.,;:!?]/gu)].map(([url]) => url),
    paths: [...text.matchAll(/(?<![\w:/])(?:~|\.{1,2})?\/?(?:[\w.-]+\/)*[\w-]+\.[a-z]{1,5}\b/gu)].map(([path]) => path),
    sql: [...text.matchAll(SQL)].map(([statement]) => statement.trim().replace(/[.?!]$/u, "")),
    expressions: expressionsIn(text)
  }
}
