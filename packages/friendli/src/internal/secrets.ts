/**
 * Keeps credentials and text of the request out of every error. In: the texts that an error will show, the credentials, and the request.
 * Out: the same texts with `<redacted>` in their place. Servers repeat what they were sent, so all their texts are searched (decision
 * 0022).
 *
 * Example: the token is `flp_A1b2C3d4E5f6G7h8` and a proxy answers `bad header: Bearer flp_A1b2C3d4E5f6G7h8`.
 * The error says `bad header: Bearer <redacted>`.
 */
import * as echoes from "./echoes.js"

/** The replacement of a secret, everywhere in the SDK. */
export const redacted = "<redacted>"

// ---------------------------------------------------------------------------
// credentials
// ---------------------------------------------------------------------------

/**
 * Names of headers and parameters with credentials: `authorization`, `x-api-key`, `set-cookie`, `access_token`. A name such as `author`
 * does not match, because the words must end at a separator.
 */
export const secretName =
  /(?:^|[-_.])(?:authorization|auth|(?:set-)?cookie|(?:api|access|secret|private)[-_]?key|(?:access|auth)?token|secret|password|passwd|credentials?|signature|sig)(?:$|[-_.])/i

/** The parameter `key` is a credential in URLs, but not as the name of a header. */
const isSecretParameter = (name: string): boolean => secretName.test(name) || /^key$/i.test(name)

/** Headers that are not secret: their values are meant to be shown, or are the same for everybody. */
const publicName =
  /^(?:accept|accept-.*|content-(?:encoding|language|length|type)|cache-control|connection|host|user-agent|b3|traceparent|tracestate|x-b3-.*|x-friendli-team|(?:x-)?(?:friendli-)?(?:correlation|request|trace)-id)$/

/** Shorter values reveal little, and replacing them would break words. */
const shortestSecret = 8

/** Values that occur in many texts: one word, a media type, a version, a date. */
const isCommon = (value: string): boolean =>
  /^[a-z]{1,24}$/i.test(value) ||
  /^(?:application|audio|font|image|message|model|multipart|text|video|\*)\/[\w.*+-]+(?:[;,].*)?$/i.test(value) ||
  /^v?\d{1,4}(?:[.-]\d{1,4})*$/i.test(value)

/** The values of a `cookie` header, without their names. */
const cookieValues = (cookies: string): ReadonlyArray<string> =>
  cookies.split(";").map((cookie) => cookie.slice(cookie.indexOf("=") + 1).trim())

/**
 * The values of a header that must not be shown. `name` is in lower case. A header with an unknown name
 * counts as secret unless its value is common: people invent names for headers with keys.
 */
const valuesOf = (name: string, value: string): ReadonlyArray<string> => {
  const text = value.trim()
  if (publicName.test(name)) return []
  if (!secretName.test(name)) return isCommon(text) ? [] : [text]
  if (name.endsWith("cookie")) return [text, ...cookieValues(text)]
  // without its scheme (`Bearer`), which may be shown
  return [text.replace(/^[A-Za-z][\w-]*\s+/, "")]
}

/** A text that cannot be encoded or decoded is not changed. */
const attempt = (recode: (text: string) => string, text: string): string => {
  try {
    return recode(text)
  } catch {
    return text
  }
}

/**
 * A value in every form in which a server may repeat it: unchanged, in JSON and in a URL. The longest form comes first, so that a value
 * is redacted completely, not in part.
 */
const everyForm = (values: ReadonlyArray<string>): ReadonlyArray<string> =>
  [
    ...new Set(
      values.flatMap((value) => [value, JSON.stringify(value).slice(1, -1), attempt(encodeURIComponent, value)])
    )
  ].sort((one, other) => other.length - one.length)

const isLong = (value: string): boolean => value.length >= shortestSecret

/**
 * Whether a segment is random text rather than words: long, with digits among letters; many digits; or a long mix of upper and lower
 * case.
 */
const isKeyLike = (segment: string): boolean =>
  segment.split(/[-_.~]/).some((part) => {
    const size = part.length
    const digits = part.replace(/\D/g, "").length
    if (digits === size) return size >= 10
    if (/[a-z]/i.test(part) && size >= 10 && digits >= (size >= 16 ? 1 : 3)) return true
    return size >= 20 && /[a-z]/.test(part) && /[A-Z]/.test(part)
  })

const segmentsOf = (url: string): ReadonlyArray<string> =>
  url.split("/").map((segment) => attempt(decodeURIComponent, segment))

/** Segments of the path of a base URL that are keys, as some gateways use: recognized by their form, or by the segment before them. */
export const keysOf = (baseUrl: string): ReadonlyArray<string> =>
  segmentsOf(baseUrl)
    .slice(3)
    .filter((segment, at, all) => isLong(segment) && (isKeyLike(segment) || isSecretParameter(all[at - 1] ?? "")))

/** The URL without the keys that are in its base. */
export const withoutKeys = (url: string, baseUrl: string): string => {
  const keys = new Set(keysOf(baseUrl))
  if (keys.size === 0) return url
  const segments = segmentsOf(url)
  return url
    .split("/")
    .map((segment, at) => (keys.has(segments[at]!) ? redacted : segment))
    .join("/")
}

/**
 * The credentials of a request: values of its headers except for common ones, cookies, and the password and secret parameters of its URL.
 * Values that the caller passes count even if they are short.
 */
export const secretsOf = (
  headers: Readonly<Record<string, string>>,
  url?: URL | undefined,
  named: ReadonlyArray<string> = []
): ReadonlyArray<string> => {
  const inHeaders = Object.entries(headers).flatMap(([name, value]) => valuesOf(name.toLowerCase(), value))
  const inUrl =
    url === undefined
      ? []
      : [
          attempt(decodeURIComponent, url.username),
          attempt(decodeURIComponent, url.password),
          ...[...url.searchParams].filter(([name]) => isSecretParameter(name)).map(([, value]) => value)
        ]
  return everyForm([...[...inHeaders, ...inUrl].filter(isLong), ...named.filter((value) => value !== "")])
}

/** The same, and the cookies that an answer sets. */
export const withCookies = (secrets: ReadonlyArray<string>, values: ReadonlyArray<string>): ReadonlyArray<string> =>
  everyForm([...secrets, ...values.filter(isLong)])

/** The text without credentials. Text of the request is not searched for. */
export const redact = (text: string, secrets: ReadonlyArray<string>): string =>
  secrets.reduce((clean, secret) => clean.replaceAll(secret, redacted), text)

// ---------------------------------------------------------------------------
// text of the request
// ---------------------------------------------------------------------------

/** The texts that errors of one call must not show. */
export interface Secrets {
  /** Called only when a call fails. */
  readonly credentials: () => ReadonlyArray<string>
  readonly request: unknown
  /** Texts that were already searched: an attempt that fails like the previous one costs nothing. */
  readonly scrubbed: Map<string, string>
}

/** The secrets of one call. `credentials` is a function, so that a call that succeeds does not compute them. */
export const make = (credentials: () => ReadonlyArray<string>, request: unknown): Secrets => ({
  credentials,
  request,
  scrubbed: new Map()
})

/**
 * Fields whose strings are names and settings rather than text of the user, if they look like names. An error that hides the name of the
 * model would not be helpful.
 */
const nameFields: ReadonlySet<string> = new Set([
  "model",
  "role",
  "type",
  "id",
  "name",
  "required",
  "tool_call_id",
  "tool_choice",
  "tool_use_id",
  "reasoning_effort",
  "response_format",
  "encoding_format",
  "language"
])

/** Fields below which every key is the name of a field. */
const schemaFields: ReadonlySet<string> = new Set(["properties", "$defs", "definitions", "patternProperties"])

/** Whether a text looks like a name: no spaces, no quotation marks, not too long. */
const isName = (text: string): boolean => /^[\w$][\w$.:/@+-]{0,127}$/.test(text)

const isWord = (text: string): boolean => /^[A-Za-z]*$/.test(text)

/** Files and streams are left out: they are large, and a server does not repeat them as text. */
const isPlainObject = (value: unknown): value is object => Object.prototype.toString.call(value) === "[object Object]"

/** A file as text. It is not searched for: the content of files is recognized by its form, see `files`. */
const isDataUrl = (text: string): boolean => text.startsWith("data:") && /;base64,/i.test(text.slice(0, 256))

/** Deeper values are not visited: a request of endless depth must not overflow the stack. */
const maxDepth = 128

/**
 * Visits every text of a request once: names are collected, all other texts are passed to `look`. Keys that are not names are text, too:
 * a user may put text into the keys of a JSON object.
 */
const visitor = (names: Set<string>, look: (text: string) => void) => {
  const keys = new Set<string>()
  const visit = (value: unknown, field: string, depth: number): void => {
    if (typeof value === "string") {
      if (nameFields.has(field) && isName(value)) names.add(value)
      else if (!isDataUrl(value)) look(value)
    } else if (depth > maxDepth) {
      return
    } else if (Array.isArray(value)) {
      for (const item of value) visit(item, field, depth + 1)
    } else if (isPlainObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        if (!keys.has(key)) {
          keys.add(key)
          if (!isName(key)) look(key)
        }
        if (schemaFields.has(field)) names.add(key)
        visit(item, key, depth + 1)
      }
    }
  }
  return visit
}

/** Calls `visit` for each range of a text that is hidden, and for each that is not. */
const forEachRange = (hidden: Uint8Array, visit: (from: number, to: number, isHidden: boolean) => void): void => {
  for (let from = 0, to = 0; from < hidden.length; from = to) {
    while (to < hidden.length && hidden[to] === hidden[from]) to++
    visit(from, to, hidden[from] === 1)
  }
}

/**
 * Shows the names in a hidden range again, and the whole range if it contains little else, so that errors stay readable:
 * `use llama-3.1-8b-instruct now` is shown unchanged, although the prompt contains the same words, because without the name less than a
 * run is left.
 */
const unhideNames = (text: string, hidden: Uint8Array, names: ReadonlySet<string>): void =>
  forEachRange(hidden, (from, to, isHidden) => {
    if (!isHidden) return
    const found = Array.from(text.slice(from, to).matchAll(/[\w$](?:[\w$.:/@+-]*[\w$])?/g))
      .map(({ 0: name, index }) => ({ name, at: from + index }))
      .filter(({ at, name }) => names.has(name) && !/\w/.test(`${text[at - 1] ?? ""}${text[at + name.length] ?? ""}`))
    const rest = found.reduce((length, { name }) => length - name.length, to - from)
    if (found.length > 0 && rest < echoes.runLength) hidden.fill(0, from, to)
    // a single word such as `city` would not make the text more readable
    for (const { at, name } of found) if (!isWord(name)) hidden.fill(0, at, at + name.length)
  })

/**
 * The content of files that are part of a text, in base64. It is recognized by its form, because files of a
 * request are not read here.
 */
const files = /;base64,([\w+/\\=%-]{16,})/gi

/** The text with `<redacted>` instead of each hidden range. */
const render = (text: string, hidden: Uint8Array): string => {
  let clean = ""
  forEachRange(hidden, (from, to, isHidden) => {
    clean += isHidden ? redacted : text.slice(from, to)
  })
  return clean
}

/** Hides both halves of a surrogate pair if one of them is hidden: half a pair is not a character. */
const hidePairs = (text: string, hidden: Uint8Array): void => {
  for (let at = 1; at < text.length; at++) {
    if (hidden[at] === hidden[at - 1] || !/^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1))) continue
    hidden.fill(1, at - 1, at + 1)
  }
}

/** The fixed cost of searching a text, in characters. */
const perText = 16

/** How many texts are kept for the next attempt. */
const maxKept = 256

/**
 * Searches all texts of an error together, so that the request is read only once for each error. The returned function does a part of a
 * few milliseconds at each call and returns true after the last one: a request of many MB never blocks the program for long.
 */
export const searching = (
  { credentials, request, scrubbed }: Secrets,
  texts: ReadonlyArray<string>
): (() => boolean) => {
  const fresh = [...new Set(texts)].filter((text) => text !== "" && !scrubbed.has(text))
  if (fresh.length === 0) return () => true
  if (scrubbed.size > maxKept) scrubbed.clear()
  // From here on the work is done in parts. A text is searched only once for each call, however many attempts
  // fail in the same way.
  const found = echoes.make(fresh)
  const names = new Set<string>()
  const said: Array<string> = []
  visitor(names, (text) => said.push(text))(request, "", 0)
  // The last step, after the whole request was searched: names are shown, credentials and files are hidden. Credentials come after names,
  // since a name never makes a credential visible.
  const finish = (): void => {
    let start = 0
    const parts = fresh.map((text) => {
      const hidden = found.hidden.subarray(start, start + text.length)
      start += text.length + 1
      return { text, hidden }
    })
    for (const { hidden, text } of parts) unhideNames(text, hidden, names)
    for (const credential of credentials()) {
      found.look(credential)
      found.find(credential)
    }
    for (const { hidden, text } of parts) {
      for (const file of text.matchAll(files)) {
        hidden.fill(1, file.index + file[0].length - file[1]!.length, file.index + file[0].length)
      }
      hidePairs(text, hidden)
      scrubbed.set(text, render(text, hidden))
    }
  }

  let at = 0
  let from = 0
  return () => {
    // One part: a number of characters of the request, across its texts.
    for (let left = echoes.partLength; at < said.length && left > 0;) {
      const text = said[at]!
      const end = found.look(text, from)
      left -= end - from + perText
      from = end < text.length ? end : 0
      if (from === 0) at++
    }
    if (at < said.length) return false
    finish()
    return true
  }
}

/** As {@link searching}, without a pause. */
export const search = (secrets: Secrets, texts: ReadonlyArray<string>): void => {
  const step = searching(secrets, texts)
  while (!step());
}

/** The text without credentials and echoes of the request. Meant for texts of a few KiB. */
export const scrub = (text: string, secrets: Secrets): string => {
  search(secrets, [text])
  return secrets.scrubbed.get(text) ?? text
}
