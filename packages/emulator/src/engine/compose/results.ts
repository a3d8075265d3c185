/**
 * Answers with the results of functions. In: the messages since the last one of the user. Out: a text with the result of each function, in sentences
 * or as a list; nothing if there is no result. All values come from the results.
 */
import { isRecord, type JsonRecord } from "../../base/json.js"
import type { ChatMessage } from "../chatTemplate.js"
import { textOf } from "../conversation.js"
import type { Random } from "../random.js"

/** A result with the call that it answers. */
interface Result {
  readonly name: string
  readonly arguments: JsonRecord
  readonly text: string
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The results of a turn. A result names its call by id; without an id, the order decides. */
const resultsOf = (turn: ReadonlyArray<ChatMessage>): ReadonlyArray<Result> => {
  const calls = turn.flatMap((message) => message.tool_calls ?? [])
  return turn
    .filter(({ role }) => role === "tool" || role === "ipython")
    .map((message, index) => {
      const call = calls.find(({ id }) => id !== undefined && id === message.tool_call_id) ?? calls[index]
      const args = parsed(call?.function.arguments ?? "{}")
      return { name: call?.function.name ?? "", arguments: isRecord(args) ? args : {}, text: textOf(message).trim() }
    })
}

/** A name of a field as words. */
const words = (name: string): string =>
  name
    .replaceAll(/([a-z\d])([A-Z])/gu, "$1 $2")
    .replaceAll(/[_-]+/gu, " ")
    .toLowerCase()

/** Fields that name the subject of an object. */
const SUBJECT =
  /^(?:city|location|place|country|name|title|symbol|ticker|company|query|expression|subject|id|url|language)$/iu
/** Fields that belong to the number before them. */
const UNIT = /^(?:units?|currency)$/iu
const units: Readonly<Record<string, string>> = { celsius: " °C", c: " °C", fahrenheit: " °F", f: " °F" }

const MAX_ITEMS = 6
const MAX_FIELDS = 12

/** A value in a sentence. Objects and lists are put in brackets. */
const valueText = (value: unknown): string => {
  if (typeof value === "string") return value
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map(valueText).join(", ")
  if (isRecord(value)) {
    const fields = Object.entries(value).slice(0, MAX_FIELDS)
    return fields.map(([key, field]) => `${words(key)} ${valueText(field)}`).join(", ")
  }
  return String(value)
}

/** The fields of an object as words and values, with units at their numbers. */
const fieldsOf = (object: JsonRecord): ReadonlyArray<readonly [name: string, value: string]> => {
  const unit = Object.entries(object).find(([key, value]) => UNIT.test(key) && typeof value === "string")
  let isUsed = false
  const fields = Object.entries(object)
    .filter(([key, value]) => key !== unit?.[0] && value !== null && value !== "")
    .map(([key, value]): readonly [string, string] => {
      if (typeof value !== "number" || unit === undefined || isUsed) return [words(key), valueText(value)]
      isUsed = true
      const suffix = units[String(unit[1]).toLowerCase()] ?? ` ${String(unit[1])}`
      return [words(key), `${value}${suffix}`]
    })
  return isUsed || unit === undefined ? fields : [...fields, [words(unit[0]), valueText(unit[1])]]
}

const joined = (parts: ReadonlyArray<string>): string =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`

/** The subject of an object or a call. */
const subjectOf = (object: JsonRecord): string | undefined => {
  const found = Object.entries(object).find(
    ([key, value]) => SUBJECT.test(key) && (typeof value === "string" || typeof value === "number")
  )
  return found === undefined ? undefined : String(found[1])
}

/** One item of a list: its title first, then its text and its address. */
const itemText = (item: unknown): string => {
  if (!isRecord(item)) return valueText(item)
  const subject = item["title"] ?? item["name"] ?? subjectOf(item)
  const rest = fieldsOf(item).filter(([, value]) => value !== valueText(subject))
  const details = rest.map(([name, value]) =>
    /^(?:snippet|summary|description|text|content|url|link)$/u.test(name) ? value : `${name} ${value}`
  )
  if (subject === undefined) return details.join(", ")
  return details.length === 0 ? valueText(subject) : `**${valueText(subject)}**: ${details.join(", ")}`
}

/** The text with one full stop at its end. */
const sentence = (text: string): string => (/[.!?。…]["”’)]*$/u.test(text) ? text : `${text}.`)

/** The beginning of a long text, up to the end of a sentence. */
const shortened = (text: string): string => {
  if (text.length <= 500) return text
  const sentences = text.match(/[^.!?]+[.!?]+(?=\s|$)/gu) ?? [text.slice(0, 400)]
  let short = ""
  for (const one of sentences) {
    if (short !== "" && short.length + one.length > 400) break
    short += one
  }
  return short.trim()
}

const inEnglish = (result: Result, random: Random): string => {
  const value = parsed(result.text)
  const name = result.name === "" ? "the tool" : `\`${result.name}\``
  const about = subjectOf(result.arguments)
  if (isRecord(value) && typeof value["error"] === "string") {
    return sentence(`${name} could not answer${about === undefined ? "" : ` for ${about}`}: ${value["error"]}`)
  }
  const list = Array.isArray(value) ? value : isRecord(value) ? Object.values(value).find(Array.isArray) : undefined
  if (list !== undefined && list.some(isRecord)) {
    const lines = (list as ReadonlyArray<unknown>).slice(0, MAX_ITEMS).map((item) => `- ${itemText(item)}`)
    return `Here is what ${name} found${about === undefined ? "" : ` for “${about}”`}:\n\n${lines.join("\n")}`
  }
  if (isRecord(value)) {
    const subject = subjectOf(value) ?? about
    const fields = fieldsOf(value).filter(([, field]) => field !== subject)
    const facts = joined(fields.map(([field, one]) => `the ${field} is ${one}`))
    if (facts === "") return sentence(`${name} answered with ${subject ?? "nothing"}`)
    const place =
      /weather|forecast/iu.test(result.name) || Object.keys(value).some((key) => /^(?:city|location)$/u.test(key))
    if (subject === undefined) return sentence(`According to ${name}, ${facts}`)
    return sentence(`${place ? "In" : "For"} ${subject}, ${facts}`)
  }
  const text = shortened(typeof value === "string" ? value : result.text)
  if (text === "") return `${name} returned nothing.`
  const { expression } = result.arguments
  if (typeof expression === "string") return sentence(`${expression} = ${text}`)
  // A text that names the subject itself needs no introduction of it.
  const subject = about === undefined || text.includes(about) ? "" : ` for ${about}`
  return sentence(
    random.pick([`According to ${name}${subject}: ${text}`, `This is what ${name} says${subject}: ${text}`])
  )
}

const inKorean = (result: Result): string => {
  const value = parsed(result.text)
  const name = result.name === "" ? "도구" : `\`${result.name}\``
  const about = subjectOf(result.arguments)
  if (isRecord(value) && typeof value["error"] === "string") return `${name}에서 오류가 났습니다: ${value["error"]}`
  const list = Array.isArray(value) ? value : isRecord(value) ? Object.values(value).find(Array.isArray) : undefined
  if (list !== undefined && list.some(isRecord)) {
    const lines = (list as ReadonlyArray<unknown>).slice(0, MAX_ITEMS).map((item) => `- ${itemText(item)}`)
    return `${name}의 검색 결과입니다.\n\n${lines.join("\n")}`
  }
  if (isRecord(value)) {
    const subject = subjectOf(value) ?? about
    const fields = fieldsOf(value).filter(([, field]) => field !== subject)
    return `${subject === undefined ? "" : `${subject}: `}${fields.map(([field, one]) => `${field} ${one}`).join(", ")}입니다. (${name}의 결과)`
  }
  const text = shortened(typeof value === "string" ? value : result.text)
  return `${name}의 결과${about === undefined || text.includes(about) ? "" : `(${about})`}는 다음과 같습니다: ${text}`
}

/** The answer after results, or `undefined` when there are none. Several results are separated by line ends. */
export const composeResults = (
  turn: ReadonlyArray<ChatMessage>,
  korean: boolean,
  random: Random
): string | undefined => {
  const results = resultsOf(turn)
  if (results.length === 0) return undefined
  return results.map((result) => (korean ? inKorean(result) : inEnglish(result, random))).join("\n\n")
}
