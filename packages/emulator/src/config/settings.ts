/**
 * The settings of the command: one row for each, with its name in a file, its flag, its accepted values and its line in the help. In: a value of a
 * file, or the text of a flag. Out: the value of the option, or an error with the accepted values. The flags, the file and the help are all made from
 * these rows, so that they agree.
 */
import { checkPacing, pacingFields, pacingRange } from "../base/checkPacing.js"
import { closest } from "../base/closest.js"
import { isRecord } from "../base/json.js"
import { check } from "../scripts/checkRules.js"

/** One setting. */
export interface Setting {
  /** The name in a file. A dot leads into an object. */
  readonly key: string
  /** The name of the flag, without dashes. */
  readonly flag: string
  /** The value in the help after the flag. A flag without it needs no value. */
  readonly value?: string
  readonly help: string
  /** Reads the text of a flag. Throws an `Error` with the accepted values. */
  readonly fromText: (text: string) => unknown
  /** Checks a value of a file, and returns it as an option. Throws an `Error` with the accepted values. */
  readonly fromFile: (value: unknown) => unknown
}

/** Rejects a value. The message follows the name of the flag or of the key. */
const reject = (message: string): never => {
  throw new Error(message)
}

const number = (minimum: number, maximum: number, isInteger = false) => {
  const accepts = `must be ${isInteger ? "an integer" : "a number"} from ${minimum} to ${maximum}`
  const fromFile = (value: unknown): unknown => {
    const isValid =
      typeof value === "number" && value >= minimum && value <= maximum && (!isInteger || Number.isInteger(value))
    return isValid ? value : reject(accepts)
  }
  // An empty text would be 0 for `Number`.
  return { fromFile, fromText: (text: string) => fromFile(text.trim() === "" ? undefined : Number(text)) }
}

const integer = (minimum: number, maximum: number) => number(minimum, maximum, true)

const text = (what: string, accepts = (value: string) => value !== "") => {
  const fromFile = (value: unknown): unknown =>
    typeof value === "string" && accepts(value) ? value : reject(`must be ${what}`)
  return { fromFile, fromText: fromFile }
}

const protocolOf = (url: string): string => (URL.canParse(url) ? new URL(url).protocol : "")

const flag = {
  fromFile: (value: unknown): unknown => (typeof value === "boolean" ? value : reject("must be true or false")),
  fromText: (): unknown => true
}

/** One of several words. */
const word = (words: ReadonlyArray<string>) => {
  const fromFile = (value: unknown): unknown =>
    words.some((one) => one === value) ? value : reject(`must be one of ${words.join(", ")}`)
  return { fromFile, fromText: fromFile }
}

/** The items of a list that is separated by commas. Spaces around them are allowed. */
const itemsOf = (list: string, item: string): ReadonlyArray<string> => {
  const items = list.split(",").flatMap((part) => (part.trim() === "" ? [] : [part.trim()]))
  return items.length > 0 ? items : reject(`needs at least one ${item}`)
}

const list = (item: string) => ({
  fromFile: (value: unknown): unknown => {
    const isValid =
      Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string" && one !== "")
    return isValid ? value : reject(`must be a list with at least one ${item}`)
  },
  fromText: (value: string): unknown => itemsOf(value, item)
})

const originsText = "takes '*', 'none', or origins such as http://localhost:5173, without a path"

/** Origins must be written as a browser sends them: scheme, host and port, without a path. */
const originsOf = (origins: ReadonlyArray<unknown>): unknown =>
  origins.every((origin) => typeof origin === "string" && URL.canParse(origin) && new URL(origin).origin === origin)
    ? origins
    : reject(originsText)

const cors = {
  fromFile: (value: unknown): unknown => {
    if (value === "*" || value === false) return value
    if (value === "none") return false
    return Array.isArray(value) && value.length > 0 ? originsOf(value) : reject(originsText)
  },
  fromText: (value: string): unknown => {
    if (value === "*") return "*"
    return value === "none" ? false : originsOf(itemsOf(value, "origin"))
  }
}

const reasoning = word(["none", "onRequest", "byDefault", "always"])
const contextLength = integer(1, 100_000_000)

/** Checks one entry of `models` in a file. */
const modelOf = (model: unknown): void => {
  if (typeof model === "string" && model !== "") return
  if (!isRecord(model)) return reject("must be a list of names, or of objects with 'id'")
  const { id, ...others } = model
  if (typeof id !== "string" || id === "") return reject("needs an 'id' in each object")
  const known = ["reasoning", "contextLength", "price", ...pacingFields]
  for (const [key, value] of Object.entries(others)) {
    const within = (check: () => unknown): void => {
      try {
        check()
      } catch (error) {
        reject(`has an invalid model: '${key}' ${(error as Error).message.replace(/^'\w+' /, "")}`)
      }
    }
    if (key === "reasoning") within(() => reasoning.fromFile(value))
    else if (key === "contextLength") within(() => contextLength.fromFile(value))
    else if (key === "price") {
      const isPrice = isRecord(value) && typeof value["input"] === "number" && typeof value["output"] === "number"
      if (!isPrice) reject("has an invalid model: 'price' must be an object with the numbers 'input' and 'output'")
    } else if (pacingFields.some((name) => name === key)) within(() => checkPacing({ [key]: value }))
    else reject(`has a model with '${key}', which is not known; ${closest(key, ["id", ...known])}`)
  }
}

const models = {
  fromFile: (value: unknown): unknown => {
    if (value === "any") return value
    if (!Array.isArray(value) || value.length === 0) return reject("must be 'any', or a list with at least one model")
    for (const model of value as ReadonlyArray<unknown>) modelOf(model)
    return value
  },
  fromText: (value: string): unknown => itemsOf(value, "model name")
}

/** The path of a script, or, in a file, the rules themselves. */
const script = {
  fromFile: (value: unknown): unknown => {
    if (!Array.isArray(value)) return text("the path of a file, or a list of rules").fromFile(value)
    try {
      return check(value)
    } catch (error) {
      return reject(`has an invalid rule: ${(error as Error).message}`)
    }
  },
  fromText: text("the path of a file").fromText
}

const existing = {
  fromFile: (value: unknown): unknown => (value === "any" ? value : list("endpoint id").fromFile(value)),
  fromText: list("endpoint id").fromText
}

const pacing = (name: (typeof pacingFields)[number]) => number(...pacingRange(name))
const limit = integer(1, 1_000_000_000)

/** All settings, in the order of the help. */
export const settings: ReadonlyArray<Setting> = [
  { key: "port", flag: "port", value: "number", help: "port; 0 chooses a free one (8000)", ...integer(0, 65_535) },
  { key: "host", flag: "host", value: "address", help: "address to listen on (127.0.0.1)", ...text("an address") },
  {
    key: "tokens",
    flag: "token",
    value: "tokens",
    help: "accepted bearer tokens, separated by commas (any)",
    ...list("token")
  },
  {
    key: "models",
    flag: "model",
    value: "names",
    help: "serverless models that exist, separated by commas (any)",
    ...models
  },
  {
    key: "reasoning",
    flag: "reasoning",
    value: "when",
    help: "when models reason: none, onRequest, byDefault, always (by their names)",
    ...reasoning
  },
  {
    key: "contextLength",
    flag: "context-length",
    value: "tokens",
    help: "maximum tokens of prompt and answer together (131072)",
    ...contextLength
  },
  {
    key: "defaultMaxTokens",
    flag: "default-max-tokens",
    value: "tokens",
    help: "maximum tokens of an answer if the request sets no limit (512)",
    ...integer(1, 100_000_000)
  },
  {
    key: "script",
    flag: "script",
    value: "file",
    help: "scripted answers, JSON or YAML; read again after each change",
    ...script
  },
  {
    key: "strictScript",
    flag: "strict-script",
    help: "reject requests without a matching rule of the script",
    ...flag
  },
  { key: "strict", flag: "strict", help: "reject fields that the API does not have", ...flag },
  {
    key: "timeToFirstToken",
    flag: "time-to-first-token",
    value: "ms",
    help: "milliseconds until the first generated token (0)",
    ...pacing("timeToFirstToken")
  },
  {
    key: "tokensPerSecond",
    flag: "tokens-per-second",
    value: "number",
    help: "generated tokens per second (no limit)",
    ...pacing("tokensPerSecond")
  },
  {
    key: "jitter",
    flag: "jitter",
    value: "share",
    help: "random part of these times, from 0 to 1 (0)",
    ...pacing("jitter")
  },
  { key: "seed", flag: "seed", value: "number", help: "seed of the jitter (0)", ...integer(0, 2 ** 31 - 1) },
  {
    key: "requestsPerMinute",
    flag: "requests-per-minute",
    value: "number",
    help: "rate limit; more requests get a 429 (no limit)",
    ...limit
  },
  {
    key: "tokensPerMinute",
    flag: "tokens-per-minute",
    value: "number",
    help: "rate limit of tokens of prompts and answers (no limit)",
    ...limit
  },
  {
    key: "endpoints.existing",
    flag: "endpoint",
    value: "ids",
    help: "dedicated endpoints that exist, separated by commas (any)",
    ...existing
  },
  {
    key: "endpoints.asleep",
    flag: "asleep",
    value: "ids",
    help: "dedicated endpoints that sleep until they are woken, separated by commas (none)",
    ...list("endpoint id")
  },
  {
    key: "endpoints.wakeTime",
    flag: "wake-time",
    value: "ms",
    help: "milliseconds until a woken endpoint runs (100)",
    ...number(0, 3_600_000)
  },
  {
    key: "endpoints.retryAfter",
    flag: "retry-after",
    value: "seconds",
    help: "seconds in Retry-After of endpoints that do not run (none)",
    ...number(0, 86_400)
  },
  {
    key: "cors",
    flag: "cors",
    value: "origins",
    help: "origins of web pages that may call, separated by commas; '*', 'none' ('*' on loopback)",
    ...cors
  },
  {
    key: "maxBodyBytes",
    flag: "max-body-bytes",
    value: "bytes",
    help: "maximum bytes of a request body; a larger one gets a 413 (33554432)",
    ...integer(1, 2 ** 31 - 1)
  },
  {
    key: "journalLimit",
    flag: "journal-limit",
    value: "number",
    help: "maximum number of recorded requests (1000)",
    ...integer(1, 10_000_000)
  },
  {
    key: "journalBytes",
    flag: "journal-bytes",
    value: "bytes",
    help: "maximum bytes of the recorded requests (67108864)",
    ...integer(1, 2 ** 40)
  },
  {
    key: "record.file",
    flag: "record",
    value: "file",
    help: "forward requests to the real API and record it on a cassette",
    ...text("the path of a file")
  },
  {
    key: "record.upstream",
    flag: "upstream",
    value: "url",
    help: "the API that is recorded (https://api.friendli.ai)",
    ...text("a URL such as https://api.friendli.ai", (value) => /^https?:$/.test(protocolOf(value)))
  },
  {
    key: "replay",
    flag: "replay",
    value: "file",
    help: "answer from a cassette",
    ...text("the path of a file")
  },
  { key: "quiet", flag: "quiet", help: "print no line for each request", ...flag }
]

/** Whether a value is an object whose values are lists of such items. */
const isListsOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  isRecord(value) && Object.values(value).every((items) => Array.isArray(items) && items.every(isItem))

/** Whether a value is an object with a text under `key`, and no other keys than these. */
const isNamed = (value: unknown, key: string, others: ReadonlyArray<string>): boolean =>
  isRecord(value) &&
  typeof value[key] === "string" &&
  Object.keys(value).every((name) => name === key || others.includes(name))

const isText = (value: unknown): boolean => typeof value === "string"

/** Settings that only a file can have, because they are too long for a flag. */
export const fileSettings: Readonly<Record<string, (value: unknown) => unknown>> = {
  datasets: (value) => {
    const isValid =
      Array.isArray(value) &&
      value.every(
        (one: unknown) =>
          isNamed(one, "name", ["id", "projectId", "splits"]) &&
          isListsOf((one as { readonly splits?: unknown }).splits ?? {}, (sample) => isText(sample) || isRecord(sample))
      )
    return isValid
      ? value
      : reject(
          "must be a list of objects with name, and optionally id, projectId and splits, which are lists of samples"
        )
  },
  knowledge: (value) =>
    isListsOf(value, (document) => isText(document) || isNamed(document, "text", ["id"]))
      ? value
      : reject("must be an object of lists of documents: texts, or objects with text and optionally id")
}
