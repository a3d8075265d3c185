/**
 * Finds the shape of JSON that a prompt asks for. In: a text. Out: a JSON schema, from a schema, an example, a type such as
 * `{ name: string, age?: number }` or a list of keys in the text; and the text without that part.
 */
import { isRecord, type JsonRecord } from "../../base/json.js"

/** A shape, and the rest of the text. */
export interface ShapeInPrompt {
  readonly schema: JsonRecord
  readonly rest: string
}

/** The schema of a text that describes a value: the name of a type, a list of choices, or an example. */
const ofWord = (word: string): JsonRecord => {
  const text = word.trim().replaceAll(/^[<(]|[>)]$/gu, "")
  const list = /^(?:array<(.+)>|(.+)\[\]|list of (.+?)s?)$/iu.exec(text)
  if (list !== null) return { type: "array", items: ofWord(list[1] ?? list[2] ?? list[3] ?? ""), minItems: 1 }
  if (/^(?:int|integer)\b/iu.test(text)) return { type: "integer" }
  if (/^(?:number|float|double|decimal)\b/iu.test(text)) return { type: "number" }
  if (/^bool(?:ean)?\b/iu.test(text)) return { type: "boolean" }
  const choices = text.split(/\s*\|\s*/u).map((choice) => choice.replaceAll(/^["'“]|["'”]$/gu, ""))
  const values = choices.filter((choice) => choice !== "null" && choice !== "undefined")
  if (values.length > 1 && values.every((value) => /^[\p{L}\p{N} _-]{1,30}$/u.test(value)))
    return { type: "string", enum: values }
  if (/^\d{4}-\d{2}-\d{2}$|^(?:YYYY-MM-DD|date)\b/u.test(text)) return { type: "string", format: "date" }
  return { type: "string" }
}

/** The schema of an example. */
const ofExample = (value: unknown): JsonRecord => {
  if (typeof value === "string") return ofWord(value)
  if (typeof value === "number") return { type: Number.isInteger(value) ? "integer" : "number" }
  if (typeof value === "boolean") return { type: "boolean" }
  if (Array.isArray(value)) {
    return {
      type: "array",
      items: value.length > 0 ? ofExample(value[0]) : { type: "string" },
      minItems: 1,
      maxItems: 4
    }
  }
  if (!isRecord(value)) return { type: ["string", "null"] }
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(value).map(([key, one]) => [key, ofExample(one)])),
    required: Object.keys(value),
    additionalProperties: false
  }
}

/** Whether an object is a schema, not an example. */
const isSchema = (value: JsonRecord): boolean =>
  typeof value["$schema"] === "string" ||
  (isRecord(value["properties"]) && Object.values(value["properties"]).every(isRecord)) ||
  (typeof value["type"] === "string" && ["object", "array"].includes(value["type"]) && Object.keys(value).length > 1)

/** The end of a block that begins with a bracket; -1 when it is not closed. */
const endOf = (text: string, start: number): number => {
  let depth = 0
  let quote = ""
  for (let at = start; at < text.length; at++) {
    const char = text[at]!
    if (quote !== "") {
      if (char === "\\") at++
      else if (char === quote) quote = ""
    } else if (char === '"') quote = char
    else if (char === "{" || char === "[") depth++
    else if ((char === "}" || char === "]") && --depth === 0) return at + 1
  }
  return -1
}

/** Reads a type or an example that is not strict JSON. Returns nothing when it is neither. */
const loose = (text: string): JsonRecord | undefined => {
  const properties: JsonRecord = {}
  const required: Array<string> = []
  const field = /\s*(?:"([^"]+)"|'([^']+)'|([\p{L}_$][\p{L}\p{N}_$-]*))\s*(\?)?\s*:\s*/uy
  let at = 1
  for (;;) {
    field.lastIndex = at
    const match = field.exec(text)
    if (match === null) break
    at = field.lastIndex
    const name = match[1] ?? match[2] ?? match[3] ?? ""
    const char = text[at]
    if (char === "{" || char === "[") {
      const end = endOf(text, at)
      if (end < 0) return undefined
      const part = text.slice(at, end)
      const isList = char === "[" || text.slice(end).startsWith("[]")
      const inner =
        char === "{"
          ? loose(part)
          : (loose(part.slice(1).trim()) ?? ofWord(part.slice(1, -1).split(",")[0]!.replaceAll('"', "")))
      properties[name] = isList
        ? { type: "array", items: inner ?? { type: "string" }, minItems: 1 }
        : (inner ?? { type: "object" })
      at = end + (text.slice(end).startsWith("[]") ? 2 : 0)
    } else {
      const word = /^(?:"[^"]*"|[^,;}\n"]|"[^"]*"(?=\s*\|))+/u.exec(text.slice(at))?.[0] ?? ""
      properties[name] = ofWord(
        word
          .trim()
          .replace(/\s*(?:\/\/|#).*$/u, "")
          .replaceAll(/^"|"$/gu, "")
      )
      at += word.length
    }
    if (match[4] === undefined) required.push(name)
    const separator = /^\s*(?:\/\/[^\n]*)?[,;]?\s*(?:\/\/[^\n]*)?/u.exec(text.slice(at))![0]
    at += separator.length
    if (text[at] === "}") break
  }
  return Object.keys(properties).length === 0
    ? undefined
    : { type: "object", properties, required, additionalProperties: false }
}

/** The keys that a text lists: `with the keys name, age (number) and city`. */
const KEYS =
  /\b(?:keys?|fields?|properties|attributes)\b\s*(?:named|called|are|is)?\s*:?\s*((?:[-*\s]*["'`]?[\p{L}_][\p{L}\p{N}_]*["'`]?(?:\s*\([^)]*\)|\s*:\s*(?:string|number|integer|boolean|list|array)\b)?(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s*\n\s*(?=[-*])))*[-*\s]*["'`]?[\p{L}_][\p{L}\p{N}_]*["'`]?(?:\s*\([^)]*\)|\s*:\s*(?:string|number|integer|boolean|list|array)\b)?)/iu

const ofKeys = (list: string): JsonRecord => {
  const properties: JsonRecord = {}
  for (const [, name, inBrackets, afterColon] of list.matchAll(
    /["'`]?([\p{L}_][\p{L}\p{N}_]*)["'`]?(?:\s*\(([^)]*)\)|\s*:\s*(\w+))?(?:\s*,|\s+and\b|\s*\n|$)/giu
  )) {
    if (/^(?:and|or|the|a)$/iu.test(name!)) continue
    const type = inBrackets ?? afterColon
    properties[name!] = /^(?:list|array)\b/iu.test(type ?? "")
      ? { type: "array", items: { type: "string" }, minItems: 1 }
      : type === undefined
        ? guessed(name!)
        : ofWord(type)
  }
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false }
}

/** The type of a key that is only a name. */
const guessed = (name: string): JsonRecord => {
  if (/^(?:age|count|number|quantity|year|population|score|rating|minutes|hours|days)$|_count$/iu.test(name))
    return { type: "integer" }
  if (/^(?:price|amount|total|cost|confidence|probability|temperature|latitude|longitude)$/iu.test(name))
    return { type: "number" }
  if (/^(?:is|has|can)(?:_|[A-Z])|^(?:valid|active|enabled|done)$/u.test(name)) return { type: "boolean" }
  if (/^(?:tags|keywords|items|steps|names|topics|ingredients|sights|examples|list)$/iu.test(name))
    return { type: "array", items: { type: "string" }, minItems: 1 }
  return { type: "string" }
}

/** The shape that a text asks for; nothing when it names none. */
export const shapeInPrompt = (text: string): ShapeInPrompt | undefined => {
  for (let start = text.indexOf("{"); start >= 0; start = text.indexOf("{", start + 1)) {
    const end = endOf(text, start)
    if (end < 0) continue
    const block = text.slice(start, end)
    let schema: JsonRecord | undefined
    try {
      const value: unknown = JSON.parse(block)
      if (isRecord(value) && Object.keys(value).length > 0) schema = isSchema(value) ? value : ofExample(value)
    } catch {
      schema = loose(block)
    }
    if (schema !== undefined) return { schema, rest: `${text.slice(0, start)}${text.slice(end)}`.trim() }
  }
  const keys = KEYS.exec(text)
  if (keys === null) return undefined
  const schema = ofKeys(keys[1]!)
  return Object.keys(schema["properties"] as JsonRecord).length === 0
    ? undefined
    : { schema, rest: `${text.slice(0, keys.index)}${text.slice(keys.index + keys[0].length)}`.trim() }
}
