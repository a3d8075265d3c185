/**
 * Which values of a prompt are candidates for a parameter. In: a parameter, and the values that were found. Out: candidates, the best one first; none
 * if the prompt does not contain the parameter. They are proposals: the schema is checked afterwards.
 */
import type { JsonRecord } from "../../base/json.js"
import { conceptsOf, contentWords, plainWords } from "./concepts.js"
import { kindOf, type Kind } from "./kinds.js"
import { currencies, languages } from "./names.js"
import { contentOf, searchPhrase, sqlFor, subjectOf, titleOf } from "./phrases.js"
import { allowedValues, descriptionOf, typesOf } from "./schema.js"
import type { NamedValue, NumberValue, Values } from "./values.js"

/** The sources of arguments. */
export interface Source {
  readonly values: Values
  /** Values of the results of other functions in this turn. */
  readonly results: Values | undefined
  /** The name and the description of the function. */
  readonly about: string
  /** The current day. */
  readonly today: number
}

/** A parameter, with its place in the schema. */
export interface Parameter {
  readonly name: string
  readonly schema: JsonRecord
  readonly required: boolean
  /** How many other parameters of the same object are numbers. */
  readonly otherNumbers: number
}

const FROM = new Set("from origin source departure start base pickup begin starts".split(" "))
const TO = new Set("to into destination target arrival end quote dropoff until return ends finish".split(" "))

/** Selects one of several values of one kind: the origin, the destination, or the first. */
const byRole = (words: ReadonlyArray<string>, found: ReadonlyArray<NamedValue>): ReadonlyArray<NamedValue> => {
  const isFrom = words.some((word) => FROM.has(word))
  const isTo = words.some((word) => TO.has(word))
  if (isFrom === isTo) return found
  const roles = isFrom ? ["from", "of"] : ["to", "into", "in"]
  const meant = found.filter(({ role }) => roles.includes(role))
  if (meant.length > 0) return meant
  // Without a preposition the order decides: from the first to the last.
  if (found.length > 1) return isFrom ? found.slice(0, 1) : found.slice(-1)
  return found.some(({ role }) => ["from", "to", "into"].includes(role)) ? [] : isTo ? found : []
}

const codeIn = (names: ReadonlyArray<string>): string | undefined => names.find((name) => /^[a-z]{2}$/u.test(name))

/** The number that a unit or a word before it connects with a parameter. */
const numberFor = (
  { name, otherNumbers, required, schema }: Parameter,
  numbers: ReadonlyArray<NumberValue>
): ReadonlyArray<number> => {
  const words = new Set([...contentWords(name.replaceAll("_", " ")), ...plainWords(name.replaceAll("_", " "))])
  const people = /\b(?:people|persons?|guests?|adults?|travell?ers|passengers|party|seats?|headcount)\b/iu
  const counted = ({ after, before }: NumberValue): boolean => {
    const unit = plainWords(after)[0] ?? ""
    if ([...contentWords(unit), unit, unit.replace(/s$/u, "")].some((word) => words.has(word))) return true
    if (people.test(name.replaceAll("_", " ")) && (people.test(unit) || /^\s*명/u.test(after))) return true
    if (/day|night/iu.test(name) && /^\s*(?:일|박)/u.test(after)) return true
    const last = plainWords(before).slice(-2)
    return last.some((word) => words.has(word) || [...contentWords(word)].some((one) => words.has(one)))
  }
  const meant = numbers.filter(counted)
  if (meant.length > 0) return meant.map(({ value }) => value)
  if (/^(?:amount|value|price|total|sum|budget|cost)/iu.test(name)) return numbers.map(({ value }) => value)
  const described = contentWords(descriptionOf(schema))
  const unit = numbers.filter(({ after }) =>
    [...contentWords(plainWords(after)[0] ?? "")].some((word) => described.has(word))
  )
  if (unit.length > 0) return unit.map(({ value }) => value)
  // A letter such as `a` and `b` takes the numbers in order.
  const letter = /^(?:[a-f]|num(?:ber)?_?[1-4]|x|y|operand_?[12])$/iu.exec(name)?.[0]
  if (letter !== undefined) {
    const at = /[1-4]$/u.test(letter)
      ? Number(letter.at(-1)) - 1
      : letter === "x" || letter === "y"
        ? letter.charCodeAt(0) - 120
        : letter.toLowerCase().charCodeAt(0) - 97
    return numbers.slice(at, at + 1).map(({ value }) => value)
  }
  if (!required || otherNumbers > 0) return []
  // A year is seldom an amount of something.
  const isYear = (value: number): boolean => value >= 1900 && value <= 2100
  return numbers.map(({ value }) => value).filter((value) => /year/iu.test(name) || !isYear(value))
}

/** Other words for the members of common enumerations. */
const synonyms: ReadonlyArray<readonly [member: RegExp, text: RegExp]> = [
  [/^(?:c|celsius|centigrade|metric)$/iu, /celsius|centigrade|°\s?c\b|섭씨|\bmetric\b/iu],
  [/^(?:f|fahrenheit|imperial)$/iu, /fahrenheit|°\s?f\b|화씨|\bimperial\b/iu],
  [/^(?:k|kelvin)$/iu, /kelvin/iu],
  [/^(?:km|kilometers?|kilometres?)$/iu, /\bkm\b|kilomet|킬로미터/iu],
  [/^(?:high|urgent|critical)$/iu, /\burgent|\bcritical\b|\basap\b|high priority|important|긴급|급해/iu],
  [/^(?:low)$/iu, /low priority|no hurry|whenever|not urgent/iu],
  [/^(?:positive)$/iu, /\b(?:love|great|excellent|amazing|wonderful|good|happy)\b/iu],
  [/^(?:negative)$/iu, /\b(?:hate|terrible|awful|bad|horrible|angry|broken)\b/iu],
  [/^(?:add|addition|sum|plus|\+)$/iu, /\+|\bplus\b|\badd\b|\bsum\b|더하/iu],
  [/^(?:subtract|subtraction|minus|-)$/iu, /\bminus\b|\bsubtract|\d\s+-\s+\d|빼/iu],
  [/^(?:multiply|multiplication|times|\*)$/iu, /[*×]|\btimes\b|multipl|곱/iu],
  [/^(?:divide|division|\/)$/iu, /\d\s*[/÷]\s*\d|divid|나누/iu],
  [/^(?:on|true|enable|enabled)$/iu, /\b(?:turn|switch) (?:\w+ ){0,4}on\b|켜/iu],
  [/^(?:off|false|disable|disabled)$/iu, /\b(?:turn|switch) (?:\w+ ){0,4}off\b|꺼|끄/iu]
]

/** The members of an enumeration that a prompt mentions, in the order of the enumeration. */
const mentioned = (members: ReadonlyArray<unknown>, { text, ...values }: Values): ReadonlyArray<unknown> => {
  const named = [...values.places, ...values.languages, ...values.currencies, ...values.companies].flatMap(
    ({ names }) => names
  )
  const known = new Set(
    [...named, ...values.languages.flatMap(({ names }) => languages.find(([name]) => name === names[0]) ?? [])].map(
      (name) => name.toLowerCase()
    )
  )
  const lower = text.toLowerCase()
  return members.filter((member) => {
    if (typeof member === "number") return values.numbers.some(({ value }) => value === member)
    if (typeof member !== "string" || member === "") return false
    const word = member.toLowerCase().replaceAll(/[_-]+/gu, " ")
    if (known.has(word)) return true
    if (synonyms.some(([pattern, other]) => pattern.test(member) && other.test(text))) return true
    // A single letter is too often part of something else.
    if (word.length < 2) return false
    const pattern = word.replaceAll(/[.*+?^${}()|[\]\\]/gu, "\\$&")
    return new RegExp(`(?<![\\p{L}\\p{N}])${pattern}(?:s|es|ed|ing)?(?![\\p{L}\\p{N}])`, "u").test(lower)
  })
}

/** Whether a yes-or-no parameter is mentioned, and how. */
const flagFor = (name: string, text: string): ReadonlyArray<boolean> => {
  const words = [...contentWords(name.replaceAll("_", " "))]
  const lower = text.toLowerCase()
  const word = words.find((one) => one.length > 3 && lower.includes(one))
  if (word === undefined) return []
  return [!new RegExp(`\\b(?:no|not|without|don't|do not|never|except)\\b[^.,;]{0,24}${word}`, "u").test(lower)]
}

const identifiersIn = (text: string): ReadonlyArray<string> =>
  [
    ...text.matchAll(
      /(?:\b(?:id|order|ticket|invoice|case|user|customer|number|no\.?)\s*(?:id|number|no\.?|is)?\s*[:#]?\s*|#)([A-Za-z]{0,8}[-_]?\d[\w-]*)|\b([A-Z]{1,6}-\d+)\b|"(?:id|_id|[a-z_]+_id)"\s*:\s*"?([\w-]+)"?/giu
    )
  ].map(([, a, b, c]) => a ?? b ?? c ?? "")

const isoMoment = (day: string, time: string): string => `${day}T${time}:00Z`

/** Days and times together. If the prompt has only one time, the end is an hour after the start. */
const momentFor = (
  words: ReadonlyArray<string>,
  { days, times }: Values,
  today: number,
  required: boolean
): ReadonlyArray<string> => {
  if (days.length === 0 && times.length === 0 && !required) return []
  const isEnd = words.some((word) => TO.has(word))
  const day = (isEnd ? days.at(-1) : days[0]) ?? new Date(today).toISOString().slice(0, 10)
  const time = (isEnd ? times[1] : times[0]) ?? times[0]
  if (time === undefined) return [isoMoment(day, isEnd ? "10:00" : "09:00")]
  if (!isEnd || times.length > 1) return [isoMoment(day, time)]
  const end = new Date(Date.parse(isoMoment(day, time)) + 3_600_000).toISOString()
  return [end.replace(".000", "")]
}

/** The candidates for texts of one kind. */
const textsOf = (kind: Kind, parameter: Parameter, source: Source): ReadonlyArray<unknown> => {
  const { results, values } = source
  const words = plainWords(parameter.name.replaceAll("_", " "))
  const described = descriptionOf(parameter.schema)
  const isShort = Number(parameter.schema["maxLength"] ?? Infinity) <= 3
  const isEnd = words.some((word) => TO.has(word))
  switch (kind) {
    case "place": {
      // `to` of a letter is an address or a person.
      if (conceptsOf(source.about).has("email") && words.every((word) => TO.has(word) || FROM.has(word))) {
        return [...textsOf("email", parameter, source), ...textsOf("person", parameter, source)]
      }
      const english = !/[가-힣]/u.test(described + source.about)
      const found = byRole(words, values.places)
      return found.flatMap(({ names, written }) => (english ? [names[0]!, written] : [written, names[0]!]))
    }
    case "company": {
      const wantsTicker =
        words.some((word) => /^(?:ticker|symbol)s?$/u.test(word)) || /\b(?:ticker|symbol)\b/iu.test(described)
      const known = values.companies.map(({ names }) => (wantsTicker ? names[0]! : (names[1] ?? names[0]!)))
      const written = [...values.text.matchAll(/\$([A-Z]{1,5})\b|\b([A-Z]{2,5})\b/gu)].map(([, a, b]) => a ?? b ?? "")
      return [...known, ...written, ...values.proper.map((one) => one.written)]
    }
    case "currency":
      return byRole(
        words,
        [...values.currencies].sort((a, b) => a.at - b.at)
      ).map(({ names }) => names[0]!)
    case "language": {
      const wantsCode = isShort || words.includes("code") || /\bISO\b|\bcode\b/iu.test(described)
      // `Translate this into French` says nothing about the language of the text.
      if (words.some((word) => FROM.has(word)) && !values.languages.some(({ role }) => role === "from")) return []
      return byRole(words, values.languages).flatMap(({ names }) => {
        const all = languages.find(([name]) => name === names[0]) ?? names
        const code = codeIn(all) ?? all[0]!
        return wantsCode ? [code, all[0]!] : [all[0]!, code]
      })
    }
    case "person": {
      const others = new Set(values.places.map(({ written }) => written))
      const people = values.proper.filter(({ written }) => !others.has(written))
      const addressed = people.filter(({ role }) => ["with", "to", "named", "for", "by", "and"].includes(role))
      const korean = [...values.text.matchAll(/([가-힣]{2,4})(?:와|과|에게|님|씨)/gu)].map(([, name]) => name!)
      return [...addressed, ...people].map(({ written }) => written).concat(korean, values.emails)
    }
    case "day":
      if (values.days.length === 0 && parameter.required) return [new Date(source.today).toISOString().slice(0, 10)]
      return isEnd
        ? values.days.slice(1).concat(values.days.length === 1 && parameter.required ? values.days : [])
        : values.days
    case "time":
      return isEnd ? values.times.slice(1) : values.times
    case "moment":
      return momentFor(words, values, source.today, parameter.required)
    case "email":
      return values.emails
    case "url":
      return [...values.urls, ...(results?.urls ?? [])]
    case "path":
      return values.paths.filter((path) => !values.urls.some((url) => url.includes(path)))
    case "sql":
      return [...values.sql, ...(parameter.required ? [sqlFor(values.text)] : [])]
    case "expression":
      return values.expressions
    case "identifier":
      return [...identifiersIn(values.text), ...identifiersIn(results?.text ?? "")]
    case "title":
      return [...titleOf(values, source.about), ...(parameter.required ? [searchPhrase(values.text)] : [])]
    case "phrase": {
      if (conceptsOf(source.about).has("database")) return textsOf("sql", parameter, source)
      if (words.includes("subject") && conceptsOf(source.about).has("email")) return [subjectOf(values)]
      return [...values.quoted, ...(parameter.required ? [searchPhrase(values.text)] : [])]
    }
    case "content":
      return contentOf(values, results, parameter.required)
    default:
      return [...values.quoted, ...(parameter.required ? values.proper.map(({ written }) => written) : [])]
  }
}

/** The values for a list, from those for one of its items. */
const listFor = (parameter: Parameter, items: JsonRecord, source: Source): ReadonlyArray<unknown> => {
  const kind = kindOf(parameter.name, items)
  if (kind === "object" || kind === "list" || kind === "flag") return []
  const item: Parameter = { ...parameter, schema: items, required: false }
  const all =
    kind === "choice"
      ? mentioned(allowedValues(items) ?? [], source.values)
      : kind === "number"
        ? source.values.numbers.map(({ value }) => value)
        : kind === "place"
          ? source.values.places.map(({ names }) => names[0]!)
          : textsOf(kind, item, source)
  const distinct = [...new Set(all)]
  if (distinct.length > 0) return [distinct]
  const wantsWords = /^(?:tags?|keywords?|topics?|labels?)$/iu.test(parameter.name) && typesOf(items).includes("string")
  const words = [
    ...new Set(plainWords(source.values.text).filter((word) => contentWords(word).size > 0 && word.length > 3))
  ]
  return wantsWords && words.length > 0 ? [words.slice(0, 4)] : []
}

/** The candidates for a parameter, best first. */
export const candidatesFor = (parameter: Parameter, items: JsonRecord, source: Source): ReadonlyArray<unknown> => {
  const kind = kindOf(parameter.name, parameter.schema)
  const { values } = source
  switch (kind) {
    case "choice": {
      const members = allowedValues(parameter.schema) ?? []
      const found = mentioned(members, values)
      // Without a unit in the prompt, the metric unit is used.
      const metric = members.filter((member) => /^(?:c|celsius|metric|km)$/iu.test(String(member)))
      return [...byOrder(parameter.name, found, values), ...(parameter.required ? metric : [])]
    }
    case "number":
      return numberFor(parameter, values.numbers)
    case "flag":
      return [...flagFor(parameter.name, values.text), ...(parameter.required ? [false] : [])]
    case "list":
      return listFor(parameter, items, source)
    case "object":
      return []
    default:
      return textsOf(kind, parameter, source)
  }
}

/** Of two mentioned currencies the first is the one to convert from. */
const byOrder = (name: string, found: ReadonlyArray<unknown>, { text }: Values): ReadonlyArray<unknown> => {
  if (found.length < 2) return found
  const position = (member: unknown): number => {
    const names = currencies.find(([code]) => code === member) ?? [String(member)]
    const places = names.map((one) => text.toLowerCase().indexOf(one.toLowerCase())).filter((at) => at >= 0)
    return Math.min(...places, Infinity)
  }
  const sorted = [...found].sort((a, b) => position(a) - position(b))
  return plainWords(name.replaceAll("_", " ")).some((word) => TO.has(word)) ? sorted.toReversed() : sorted
}
