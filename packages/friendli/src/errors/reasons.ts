/**
 * Reads error bodies. In: the JSON of an error body, or the beginning of a text or page. Out: the reason, the code, the status and the
 * invalid fields, in one form for all servers. No Effect in here.
 *
 * Examples: `{"error": "rate_limit_exceeded", "message": "slow down"}` has the message `rate_limit_exceeded: slow down` and the status
 * 429. `{"detail": [{"loc": ["body", "max_tokens"], "msg": "too large"}]}`, the form of FastAPI, has the issue `max_tokens: too large`. A
 * page with the title `502 Bad Gateway` has this title as its first line.
 */
import { isFinal, statusOf } from "./codes.js"

export interface FieldIssue {
  readonly path: ReadonlyArray<string | number>
  readonly message: string
}

export interface Reason {
  /** The server's sentence. Its messages about single fields are in `issues`. */
  readonly message: string | undefined
  readonly code: string | undefined
  /** The status that the body names, as a number or by a code that means one. */
  readonly status: number | undefined
  readonly requestId: string | undefined
  /** The field that the sentence is about. */
  readonly param: string | undefined
  readonly issues: ReadonlyArray<FieldIssue>
}

interface Json {
  readonly [field: string]: unknown
}

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

/** A text, trimmed; `undefined` if it is blank. */
const text = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : undefined

/** Errors inside errors are followed no deeper than this. */
const maxDepth = 4

/** The maximum number of items of a list in one sentence. */
const maxListed = 5

/** Fields that say why, the better ones first. `title` is last: all problems (RFC 9457) of a kind have the same title. */
const sentences = [
  "message",
  "Message",
  "error_message",
  "errorMessage",
  "error_description",
  "msg",
  "detail",
  "reason",
  "title"
]

/**
 * The sentence of a value. A text is a sentence itself; a list is joined; in a record, `error` says more than the other fields. If
 * `error` is a code and another field has the sentence, both are used.
 */
const sentenceOf = (value: unknown, depth = 0): string | undefined => {
  if (depth > maxDepth) return undefined
  if (Array.isArray(value)) {
    const all = value.slice(0, maxListed).map((item) => sentenceOf(item, depth + 1))
    return text([...new Set(all.filter((it) => it !== undefined))].join("; "))
  }
  if (!isRecord(value)) return text(value)
  const { error } = value
  const own = () => {
    for (const name of sentences) {
      // lists are issues
      const found = name === "detail" && Array.isArray(value[name]) ? undefined : sentenceOf(value[name], depth + 1)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (typeof error !== "string") return sentenceOf(error, depth + 1) ?? own()
  const [kind, why] = [text(error), own()]
  return kind === undefined || why === undefined ? (why ?? kind) : why.includes(kind) ? why : `${kind}: ${why}`
}

/** The path of an issue, under the names that servers use for it. */
const pathOf = (issue: Json): ReadonlyArray<string | number> => {
  const place = issue["loc"] ?? issue["path"] ?? issue["field"] ?? issue["param"]
  const parts: ReadonlyArray<unknown> = Array.isArray(place) ? place : typeof place === "string" ? [place] : []
  const path = parts.filter(
    (part): part is string | number => (typeof part === "string" && part !== "") || typeof part === "number"
  )
  // FastAPI begins with the part of the request; our paths begin with the field.
  return path[0] === "body" ? path.slice(1) : path
}

/** `input` and `ctx` of FastAPI would repeat the prompt. */
const issueOf = (value: unknown): ReadonlyArray<FieldIssue> => {
  if (!isRecord(value)) {
    const message = text(value)
    return message === undefined ? [] : [{ path: [], message }]
  }
  const [path, message] = [pathOf(value), sentenceOf(value)]
  return path.length === 0 && message === undefined ? [] : [{ path, message: message ?? "not valid" }]
}

/** Of lists, and of records by field. */
const issuesIn = (value: unknown): ReadonlyArray<FieldIssue> => {
  if (Array.isArray(value)) return value.flatMap(issueOf)
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([field, said]) => {
    const message = sentenceOf(said)
    return message === undefined ? [] : [{ path: [field], message }]
  })
}

/**
 * The records that can describe the error, the innermost first. Gateways wrap the error of the server in their own, and the inner one
 * says more: `{"error": {"message": {"error": {"code": …}}}}`.
 */
const levelsOf = (json: Json): ReadonlyArray<Json> => {
  const levels: Array<Json> = [json]
  let at: unknown = json
  for (let depth = 0; depth < maxDepth && isRecord(at); depth++) {
    const inner: unknown = [at["error"], at["detail"], at["message"]].find(isRecord)
    if (isRecord(inner)) levels.unshift(inner)
    at = inner
  }
  const { choices } = json
  if (Array.isArray(choices)) {
    for (const choice of choices) if (isRecord(choice) && isRecord(choice["error"])) levels.unshift(choice["error"])
  }
  return levels
}

/** A status of an error, as a number or as three digits. `200` in an error body is not a status. */
const isStatus = (value: unknown): boolean => {
  const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value
  return typeof status === "number" && status >= 400 && status < 600
}

/** Fields in which a body repeats or names its status. */
const statusFields = ["status", "status_code", "statusCode", "http_status", "httpStatus", "code"]

/** Fields whose text is always a code, and fields whose text is a code only if it looks like one. */
const codeFields = ["code", "type"]
const wordFields = ["error_code", "errorCode", "error_type", "errorType", "status", "error"]

/** Codes that only say that there is an error. */
const empty: ReadonlySet<string> = new Set(["error", "about:blank"])

/** The codes of one level, the better fields first. A sentence in `error` is not a code: codes have no spaces. */
const codesOf = (level: Json): ReadonlyArray<string> =>
  [...codeFields, ...wordFields].flatMap((name) => {
    const code = text(level[name])
    if (code === undefined || empty.has(code) || isStatus(code)) return []
    return codeFields.includes(name) || /^[A-Za-z][\w.-]{1,63}$/.test(code) ? [code] : []
  })

const nothing: Reason = {
  message: undefined,
  code: undefined,
  status: undefined,
  requestId: undefined,
  param: undefined,
  issues: []
}

/** Reads an error body, or an error frame. */
export const reasonOf = (json: unknown): Reason => {
  if (Array.isArray(json)) {
    const first: unknown = json.find(isRecord)
    return first === undefined ? { ...nothing, message: sentenceOf(json) } : reasonOf(first)
  }
  if (!isRecord(json)) return { ...nothing, message: text(json) }
  const levels = levelsOf(json)
  const first = <A>(read: (level: Json) => A | undefined): A | undefined => {
    for (const level of levels) {
      const found = read(level)
      if (found !== undefined) return found
    }
    return undefined
  }
  // The sentence of the whole body is best; inner levels are used only if the whole body has none.
  const message = sentenceOf(json) ?? first((level) => (level === json ? undefined : sentenceOf(level)))
  const issues = levels.flatMap((level) => [
    ...(Array.isArray(level["detail"]) ? issuesIn(level["detail"]) : []),
    ...issuesIn(level["errors"])
  ])
  const codes = levels.flatMap(codesOf)
  // The last resort for a code: some servers write the status there.
  const number = first((level) => {
    const code = level["code"]
    return typeof code === "number" || isStatus(code) ? String(code) : undefined
  })
  const named = first((level) => statusFields.map((name) => level[name]).find(isStatus))
  return {
    message,
    code: codes.find(isFinal) ?? codes[0] ?? codesInErrors(json) ?? number,
    status: named === undefined ? statusNamedBy(codes) : Number(named),
    requestId: text(json["request_id"]) ?? first((level) => text(level["request_id"])),
    param: first((level) => text(level["param"])),
    issues
  }
}

/** The code of the first error in a list that has one. */
const codesInErrors = ({ errors }: Json): string | undefined =>
  Array.isArray(errors) ? errors.filter(isRecord).flatMap(codesOf)[0] : undefined

/**
 * The status of the codes. A code for an exhausted quota wins over a code for a temporary limit, because waiting would not help.
 */
const statusNamedBy = (codes: ReadonlyArray<string>): number | undefined => {
  const final = codes.find(isFinal)
  if (final !== undefined) return statusOf(final)
  for (const code of codes) {
    const status = statusOf(code)
    if (status !== undefined) return status
  }
  return undefined
}

const hasFailed = (choice: unknown): boolean => isRecord(choice) && choice["finish_reason"] === "error"

/** An answer or event with a choice that ended because the generation failed; `undefined` for all others. */
export const failedChoice = (json: unknown): Json | undefined =>
  isRecord(json) && Array.isArray(json["choices"]) && json["choices"].some(hasFailed) ? json : undefined

// ---------------------------------------------------------------------------
// pages and texts
// ---------------------------------------------------------------------------

/** The maximum length of a line that is shown. */
const maxLine = 200

const entities: ReadonlyMap<string, string> = /*#__PURE__*/ new Map([
  ["amp", "&"],
  ["apos", "'"],
  ["gt", ">"],
  ["lt", "<"],
  ["mdash", "—"],
  ["nbsp", " "],
  ["ndash", "–"],
  ["quot", '"']
])

/** The common entities and all numbered ones. Unknown names stay as they are. */
const decodeEntities = (html: string): string =>
  html.replace(/&(?:#(\d{1,7})|#[xX]([\dA-Fa-f]{1,6})|([a-z]{2,6}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities.get(name as string) ?? whole
    const point = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal)
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })

/** Cleaned again if entities hid something. */
const decoded = (html: string, clean: (text: string) => string): string => {
  const plain = decodeEntities(html)
  return plain === html ? plain : clean(plain)
}

/** The result has the same length, so that offsets in one are offsets in the other. */
const asciiLowerCase = (html: string): string => html.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/**
 * Removes everything between two marks, as often as they occur: comments, scripts and styles. A mark that is never closed ends the text.
 * A search for each mark takes linear time, while a pattern may not on a hostile page.
 */
const without = (html: string, open: string, close: string): string => {
  const lower = asciiLowerCase(html)
  let kept = ""
  let at = 0
  for (;;) {
    const from = lower.indexOf(open, at)
    if (from === -1) return kept + html.slice(at)
    kept += html.slice(at, from)
    const to = lower.indexOf(close, from + open.length)
    if (to === -1) return kept
    at = to + close.length
  }
}

/** Tags become line ends, or nothing inside of a line. A tag that is cut off ends the text. */
const withoutTags = (html: string, mark: string): string => {
  let kept = ""
  let at = 0
  for (;;) {
    const from = html.indexOf("<", at)
    if (from === -1) return kept + html.slice(at)
    kept += html.slice(at, from) + mark
    const to = html.indexOf(">", from)
    if (to === -1) return kept
    at = to + 1
  }
}

/** The text of the first element with this name, on one line; `undefined` if there is none, or nothing in it. */
const elementOf = (html: string, name: string, clean: (text: string) => string): string | undefined => {
  const lower = asciiLowerCase(html)
  const from = lower.indexOf(`<${name}`)
  const start = from === -1 ? -1 : html.indexOf(">", from)
  if (start === -1) return undefined
  const end = lower.indexOf(`</${name}`, start)
  const inner = withoutTags(html.slice(start + 1, end === -1 ? undefined : end), "")
  return lineOf(decoded(inner, clean).replace(/\s+/g, " "))
}

/** The first line that has a letter or a digit in it. */
const lineOf = (plain: string): string | undefined => {
  for (const raw of plain.split(/[\r\n]+/, 500)) {
    const line = raw.replace(/\s+/g, " ").trim()
    if (/[\p{L}\p{N}]/u.test(line)) return line.length > maxLine ? `${line.slice(0, maxLine - 1)}…` : line
  }
  return undefined
}

/**
 * The first line of a body that is not JSON, from its beginning: the title or the heading of a page, the message of XML, the first line
 * of a text. `clean` removes secrets before anything is cut off, and again when entities have been decoded.
 */
export const firstLine = (start: string, clean: (text: string) => string): string | undefined => {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\ufffd]/.test(start) || /^\s*[[{]/.test(start)) return undefined
  const cleaned = clean(start)
  if (!/^\s*</.test(cleaned)) return lineOf(cleaned)
  const html = without(without(without(cleaned, "<!--", "-->"), "<script", "</script>"), "<style", "</style>")
  return (
    elementOf(html, "title", clean) ??
    elementOf(html, "h1", clean) ??
    elementOf(html, "message", clean) ??
    lineOf(decoded(withoutTags(html, "\n"), clean))
  )
}
