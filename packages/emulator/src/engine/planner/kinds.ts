/**
 * The kind of value that a parameter takes. In: its name, description and schema. Out: a kind, such as a place or a date. The planner decides with it
 * which value of a prompt belongs to which parameter.
 */
import type { JsonRecord } from "../../base/json.js"
import { plainWords } from "./concepts.js"
import { allowedValues, descriptionOf, typesOf } from "./schema.js"

/** The kinds of values. `phrase` is a short text about the subject, `content` a longer one. */
export type Kind =
  | "choice"
  | "place"
  | "company"
  | "currency"
  | "language"
  | "person"
  | "day"
  | "time"
  | "moment"
  | "email"
  | "url"
  | "path"
  | "sql"
  | "expression"
  | "identifier"
  | "title"
  | "phrase"
  | "content"
  | "number"
  | "flag"
  | "list"
  | "object"
  | "other"

/** The kinds of texts, by the words of a name. The first match decides. */
const kindsByName: ReadonlyArray<readonly [kind: Kind, words: string]> = [
  ["sql", "sql statement"],
  ["email", "email mail recipient recipients cc bcc mailto"],
  ["url", "url uri link href website webpage"],
  ["path", "path file filename filepath directory folder"],
  ["currency", "currency currencies"],
  ["language", "language languages lang locale"],
  ["company", "ticker tickers symbol symbols company companies stock"],
  ["expression", "expression expressions expr formula equation math calculation"],
  ["moment", "datetime timestamp starttime endtime starts ends"],
  ["day", "date dates day deadline due checkin checkout birthday"],
  ["time", "time hour clock"],
  [
    "place",
    "city cities location locations place places town region country countries address origin destination area departure arrival state where venue"
  ],
  ["identifier", "id ids identifier uuid key"],
  ["person", "person people attendee attendees participant participants guest contact author who"],
  [
    "content",
    "text content body message note notes prompt input sentence paragraph comment instructions code passage summary"
  ],
  ["phrase", "query queries q search question keyword keywords term terms topic subject description reason"],
  ["title", "title name label headline"]
]

const formats: Readonly<Record<string, Kind>> = {
  email: "email",
  "idn-email": "email",
  uri: "url",
  url: "url",
  date: "day",
  time: "time",
  "date-time": "moment",
  uuid: "identifier"
}

/** The kind of a parameter. */
export const kindOf = (name: string, schema: JsonRecord): Kind => {
  if (allowedValues(schema) !== undefined) return "choice"
  const [type] = typesOf(schema)
  if (type === "boolean") return "flag"
  if (type === "array") return "list"
  if (type === "object") return "object"
  if (type === "integer" || type === "number") return "number"
  const format = formats[String(schema["format"])]
  if (format !== undefined) return format
  const words = plainWords(name.replaceAll("_", " "))
  const last = words.at(-1) ?? ""
  const described = descriptionOf(schema)
  if (words.includes("to") || words.includes("from")) {
    // `to` alone can be a place, a person, a currency or a language: the description decides.
    if (words.length === 1 && described === "") return "place"
  }
  const kinds = kindsByName.map(([kind, list]) => [kind, new Set(list.split(" "))] as const)
  // The last word of a name is its noun: `target_language` is a language, and `city_name` a city by its first.
  const noun = last === "name" || last === "code" ? (words.at(-2) ?? last) : last
  const byName =
    kinds.find(([, list]) => list.has(noun) || list.has(noun.replace(/s$/u, "")))?.[0] ??
    kinds.find(([, list]) => words.some((word) => list.has(word)))?.[0]
  if (byName === "phrase" && /\bsql\b/iu.test(described)) return "sql"
  if (byName === "phrase" && /\barithmetic|mathematical|math expression\b/iu.test(described)) return "expression"
  if (
    byName === "day" &&
    /\btime\b/iu.test(described) &&
    /T\d\d|date.?time|ISO 8601 (?:date-?time|timestamp)/iu.test(described)
  )
    return "moment"
  if (byName !== undefined) return byName
  const describedWords = plainWords(described)
  return kinds.find(([, list]) => describedWords.some((word) => word.length > 1 && list.has(word)))?.[0] ?? "other"
}
