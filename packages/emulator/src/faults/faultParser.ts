/**
 * Checks faults from outside the program, and reads those of the fault header.
 */
import { isRecord } from "../base/json.js"
import { type Fault, FaultError } from "../base/fault.js"

type Check = (value: unknown) => boolean

const isInteger =
  (minimum: number, maximum = Number.MAX_SAFE_INTEGER): Check =>
  (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum

const isDuration: Check = (value) => typeof value === "number" && Number.isFinite(value) && value >= 0
const isFlag: Check = (value) => typeof value === "boolean"
const isText: Check = (value) => typeof value === "string"
const isAfterEvents =
  (others: Readonly<Record<string, Check>> = {}): Check =>
  (value) =>
    isRecord(value) &&
    isInteger(0)(value["afterEvents"]) &&
    Object.entries(value).every(([key, field]) => key === "afterEvents" || others[key]?.(field) === true)

const fields: Readonly<Record<keyof Fault, readonly [isValid: Check, accepts: string]>> = {
  times: [isInteger(1, 1_000_000), "an integer from 1 to 1000000"],
  id: [isText, "text"],
  status: [isInteger(200, 599), "a status from 200 to 599"],
  headers: [(value) => isRecord(value) && Object.values(value).every(isText), "an object of strings"],
  body: [() => true, "any value"],
  retryAfter: [(value) => isDuration(value) || isText(value), "seconds or a date"],
  delayHeaders: [isDuration, "milliseconds"],
  connectionClose: [isFlag, "true or false"],
  redirect: [isText, "a URL"],
  html: [isFlag, "true or false"],
  emptyBody: [isFlag, "true or false"],
  truncateBody: [isInteger(0), "a number of bytes"],
  badSchema: [isFlag, "true or false"],
  stall: [isAfterEvents(), "a number of events"],
  comments: [isInteger(1), "milliseconds from 1"],
  reset: [isAfterEvents(), "a number of events"],
  truncate: [isAfterEvents({ abrupt: isFlag }), "a number of events, and optionally `abrupt`"],
  errorFrame: [
    isAfterEvents({
      shape: (value) => value === "error" || value === "message" || value === "event",
      status: isInteger(100, 599)
    }),
    "a number of events, and optionally a shape (error, message, event) and a status"
  ],
  malformed: [isAfterEvents(), "a number of events"],
  byteWise: [isFlag, "true or false"],
  cut: [isInteger(1), "a number of bytes from 1"],
  crlf: [isFlag, "true or false"],
  noDone: [isFlag, "true or false"],
  doneUnterminated: [isFlag, "true or false"],
  holdAfterDone: [isDuration, "milliseconds"]
}

const isField = (name: string): name is keyof Fault => Object.hasOwn(fields, name)

/**
 * Checks a fault from outside the program. Throws `FaultError` when it is invalid.
 *
 * **When to use** for a fault from a file or a command line, to report its errors early. `enqueue` checks every fault too.
 *
 * @example
 * ```ts
 * import { check } from "effect-friendli-emulator/Faults"
 *
 * console.log(check({ status: 503 }).status) // 503
 * ```
 * @category parsing
 */
export const check = (fault: unknown): Fault => {
  if (!isRecord(fault)) throw new FaultError("a fault must be an object")
  for (const [name, value] of Object.entries(fault)) {
    if (!isField(name)) {
      throw new FaultError(`a fault has no field of this name; its fields are ${Object.keys(fields).join(", ")}`)
    }
    const [isValid, accepts] = fields[name]
    if (value !== undefined && !isValid(value)) throw new FaultError(`the fault's '${name}' must be ${accepts}`)
  }
  return fault as Fault
}

const camelCase = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

const numberOr = (text: string): number | string =>
  text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text

const flags: ReadonlySet<string> = new Set(
  Object.entries(fields).flatMap(([name, [isValid]]) => (isValid === isFlag ? [name] : []))
)

const eventFields: ReadonlySet<string> = new Set(["stall", "reset", "truncate", "errorFrame", "malformed"])

/** Reads the words of a field that counts events: `2`, `3:abrupt`, `1:event:503`. */
const eventValue = (name: string, text: string): unknown => {
  const [count, ...words] = text.split(":")
  const after = { afterEvents: numberOr(count ?? "") }
  if (name === "truncate") return words[0] === undefined ? after : { ...after, [words[0]]: true }
  if (name !== "errorFrame") return after
  const [shape, status] = words
  return {
    ...after,
    ...(shape === undefined ? {} : { shape }),
    ...(status === undefined ? {} : { status: numberOr(status) })
  }
}

const shortValue = (name: string, text: string | undefined): unknown => {
  if (flags.has(name)) return text === undefined || text === "true" ? true : text === "false" ? false : text
  if (eventFields.has(name)) return eventValue(name, text ?? "0")
  return name === "redirect" || name === "id" || name === "body" ? (text ?? "") : numberOr(text ?? "")
}

/**
 * Reads the value of the header `x-emulator-fault`: JSON, or the short form, which is `name=value` pairs separated by
 * semicolons. Throws `FaultError` when it is invalid.
 *
 * **When to use** to see how the emulator understands a header. In the short form, names can be written with dashes, and a flag
 * needs no value. A fault that counts events takes the number and then words after colons: `reset=2`, `truncate=3:abrupt`,
 * `errorFrame=1:event:503`.
 *
 * @example
 * ```ts
 * import { parse } from "effect-friendli-emulator/Faults"
 *
 * console.log(JSON.stringify(parse("status=429; retry-after=2; times=1")))
 * // {"status":429,"retryAfter":2,"times":1}
 * ```
 * @category parsing
 */
export const parse = (header: string): Fault => {
  const text = header.trim()
  if (text.startsWith("{")) {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw new FaultError("the fault is not valid JSON")
    }
    return check(value)
  }
  const fault: Record<string, unknown> = {}
  for (const part of text.split(";")) {
    const pair = part.trim()
    if (pair === "") continue
    const at = pair.indexOf("=")
    const name = camelCase((at < 0 ? pair : pair.slice(0, at)).trim())
    fault[name] = shortValue(name, at < 0 ? undefined : pair.slice(at + 1).trim())
  }
  return check(fault)
}
