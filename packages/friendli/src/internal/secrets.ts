/**
 * Keeps the token and the request's own text out of everything an error says. Servers echo what they were sent, so what they
 * say is searched for it.
 */

const redacted = "<redacted>"

/** Runs of this length that stand in the prompt too are taken for an echo of it. */
const window = 12

/** Shorter strings of a request, and shorter tokens, say nothing, and replacing them would tear words apart. */
const shortest = 4
const shortestToken = 8

export interface Secrets {
  readonly token: string | undefined
  readonly request: unknown
}

/** Fields whose strings are names and settings rather than text of the user. */
const openFields: ReadonlySet<string> = new Set([
  "model",
  "role",
  "type",
  "id",
  "tool_call_id",
  "reasoning_effort",
  "tool_choice"
])

/** Files hold no text that a server would echo, and too much of it to look through. */
const isPlainObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && Object.prototype.toString.call(value) === "[object Object]"

const collect = (value: unknown, into: Set<string>, depth: number): void => {
  if (typeof value === "string") {
    if (value.length >= shortest) into.add(value)
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, into, depth + 1)
  } else if (isPlainObject(value) && depth < 64) {
    for (const [key, item] of Object.entries(value)) if (!openFields.has(key)) collect(item, into, depth + 1)
  }
}

const windowsOf = (text: string): Map<string, Array<number>> => {
  const found = new Map<string, Array<number>>()
  for (let at = 0; at + window <= text.length; at++) {
    const key = text.slice(at, at + window)
    const places = found.get(key)
    if (places === undefined) found.set(key, [at])
    else places.push(at)
  }
  return found
}

/** The token, the request's strings, and both as they look inside JSON. */
const needlesOf = (secrets: Secrets): ReadonlyArray<string> => {
  const texts = new Set<string>()
  if (secrets.token !== undefined && secrets.token.length >= shortestToken) texts.add(secrets.token)
  collect(secrets.request, texts, 0)
  const needles = new Set(texts)
  for (const text of texts) {
    const quoted = JSON.stringify(text).slice(1, -1)
    needles.add(quoted)
    needles.add(quoted.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`))
  }
  return [...needles].sort((a, b) => b.length - a.length)
}

/** The text with the token blotted out, and nothing else looked for. */
export const withoutToken = (text: string, token: string | undefined): string =>
  token === undefined || token === "" ? text : text.replaceAll(token, redacted)

/** The text with the token and every echo of the request blotted out. Meant for texts of a few KiB. */
export const scrub = (text: string, secrets: Secrets): string => {
  if (text === "") return text
  const needles = needlesOf(secrets)
  if (needles.length === 0) return text
  const hidden = new Uint8Array(text.length)
  const windows = windowsOf(text)
  for (const needle of needles) {
    for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length)) {
      hidden.fill(1, at, at + needle.length)
    }
    for (let at = 0; at + window <= needle.length; at++) {
      const key = needle.slice(at, at + window)
      const places = windows.get(key)
      if (places === undefined) continue
      for (const place of places) hidden.fill(1, place, place + window)
      // once is enough, and keeps a prompt of a million equal letters linear
      windows.delete(key)
    }
  }
  let clean = ""
  for (let at = 0; at < text.length;) {
    if (hidden[at] === 0) {
      const start = at
      while (at < text.length && hidden[at] === 0) at++
      clean += text.slice(start, at)
    } else {
      while (at < text.length && hidden[at] === 1) at++
      clean += redacted
    }
  }
  return clean
}
