/**
 * Faults on demand: what a network, a gateway or the server does wrong, one request at a time.
 *
 * A fault comes from the queue of an emulator (`emulator.faults`), so that a client under test sends nothing special, or
 * from the header `x-emulator-fault` of one request.
 *
 * @since 0.1.0
 */
import { isRecord } from "./internal/json.js"

/**
 * Where in a stream something happens: after so many events have been sent. Counted are `data:` events, `[DONE]` excluded.
 *
 * @category models
 * @since 0.1.0
 */
export interface AfterEvents {
  /** Whole number from 0. For a stream shorter than this the fault happens at its end, before `[DONE]`. */
  readonly afterEvents: number
}

/**
 * One fault. Fields combine: `{ retryAfter: 1, status: 429 }`, `{ cut: 7, crlf: true, truncate: { afterEvents: 3 } }`.
 *
 * **When to use** with `emulator.faults.enqueue` or, as JSON, in the header `x-emulator-fault`. Fields that speak of
 * events concern streamed answers; on an answer that is not streamed, `stall` and `reset` happen after its head.
 *
 * @example
 * ```ts
 * import type { Fault } from "effect-friendli-emulator/Faults"
 *
 * const busy: Fault = { status: 429, retryAfter: 0, times: 2 }
 * console.log(busy.status) // 429
 * ```
 * @category models
 * @since 0.1.0
 */
export interface Fault {
  /** How many requests get this fault. Whole number from 1 to 1,000,000. Default: 1 in the queue, every one that carries the header. */
  readonly times?: number
  /** Tells apart two tests that send the same header; nothing else. */
  readonly id?: string

  /** Answers with this status (200 to 599) and `body` instead of doing the work. */
  readonly status?: number
  /** Headers added to the answer, whatever it is. */
  readonly headers?: Readonly<Record<string, string>>
  /** Body for `status`: a string as it is, anything else as JSON. Default: a JSON error. */
  readonly body?: unknown
  /** `Retry-After` of the answer: seconds, or a date as text. */
  readonly retryAfter?: number | string
  /** Milliseconds before the head of the answer. */
  readonly delayHeaders?: number
  /** Adds `Connection: close`. */
  readonly connectionClose?: boolean
  /** Answers 307 with this `Location`. */
  readonly redirect?: string
  /** Answers 200 with an HTML page. */
  readonly html?: boolean
  /** Answers 200 with the usual content type and no byte of body. */
  readonly emptyBody?: boolean
  /** Sends this many bytes of a body that is not streamed, of the full length that the head announces, then closes the socket. */
  readonly truncateBody?: number
  /** Keeps the status and breaks the body: `choices`, `tokens`, `text` or what a message is made of has the wrong type, in every event from the first on or in the one body. */
  readonly badSchema?: boolean

  /** Stops sending and never ends. With `comments`, a `: keep-alive` line follows every so many milliseconds. */
  readonly stall?: AfterEvents
  /** Milliseconds between comment lines while stalling; they are bytes, but no events. */
  readonly comments?: number
  /** Resets the connection (RST; a `TypeError` in process). `afterEvents: 0` resets before the head. */
  readonly reset?: AfterEvents
  /** Ends the body early: no final event, no `[DONE]`. With `abrupt`, the socket closes without the end of the body. */
  readonly truncate?: AfterEvents & { readonly abrupt?: boolean }
  /**
   * Sends an error frame and ends. Shapes: `error` is `{"error":{"message",…}}`, `message` is
   * `{"object":"error","message",…}`, `event` is a frame named `error`; in a stream of messages that one holds
   * `{"type":"error","error":{"type","message"}}`. `status` (default 500) is the code inside.
   */
  readonly errorFrame?: AfterEvents & { readonly shape?: "error" | "message" | "event"; readonly status?: number }
  /** Puts an event that is no JSON between the others. */
  readonly malformed?: AfterEvents
  /** Writes one byte at a time. */
  readonly byteWise?: boolean
  /** Writes this many bytes at a time, across the borders of events and characters. */
  readonly cut?: number
  /** Ends lines with CR LF. */
  readonly crlf?: boolean
  /** Sends the final events and ends without `[DONE]`. A stream of messages has none: nothing changes. */
  readonly noDone?: boolean
  /** Sends `data: [DONE]` without a line end; in a stream of messages the `message_stop` event. */
  readonly doneUnterminated?: boolean
  /** Milliseconds for which the body stays open after `[DONE]` or `message_stop`. */
  readonly holdAfterDone?: number
}

/**
 * The faults that wait for requests.
 *
 * **When to use** through `emulator.faults`.
 *
 * @category models
 * @since 0.1.0
 */
export interface FaultQueue {
  /** Appends faults; each is used by one request, or by `times` requests, in order. */
  readonly enqueue: (...faults: ReadonlyArray<Fault>) => void
  /** Puts a fault before all others: the next request gets it. */
  readonly next: (fault: Fault) => void
  /** Forgets the faults that wait. */
  readonly clear: () => void
  /** The faults that wait, one entry a request. */
  readonly pending: ReadonlyArray<Fault>
}

/**
 * A fault that cannot be read: its message says which field and what it takes.
 *
 * @category errors
 * @since 0.1.0
 */
export class FaultError extends TypeError {
  /** Discriminates the error in a union. */
  readonly _tag = "FaultError"
  override readonly name = "FaultError"
}

type Check = (value: unknown) => boolean

const isWhole =
  (minimum: number, maximum = Number.MAX_SAFE_INTEGER): Check =>
  (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum

const isDuration: Check = (value) => typeof value === "number" && Number.isFinite(value) && value >= 0
const isFlag: Check = (value) => typeof value === "boolean"
const isText: Check = (value) => typeof value === "string"
const isAfter =
  (others: Readonly<Record<string, Check>> = {}): Check =>
  (value) =>
    isRecord(value) &&
    isWhole(0)(value["afterEvents"]) &&
    Object.entries(value).every(([key, field]) => key === "afterEvents" || others[key]?.(field) === true)

const fields: Readonly<Record<keyof Fault, readonly [check: Check, takes: string]>> = {
  times: [isWhole(1, 1_000_000), "a whole number from 1 to 1000000"],
  id: [isText, "text"],
  status: [isWhole(200, 599), "a status from 200 to 599"],
  headers: [(value) => isRecord(value) && Object.values(value).every(isText), "an object of strings"],
  body: [() => true, "anything"],
  retryAfter: [(value) => isDuration(value) || isText(value), "seconds or a date"],
  delayHeaders: [isDuration, "milliseconds"],
  connectionClose: [isFlag, "true or false"],
  redirect: [isText, "a URL"],
  html: [isFlag, "true or false"],
  emptyBody: [isFlag, "true or false"],
  truncateBody: [isWhole(0), "a number of bytes"],
  badSchema: [isFlag, "true or false"],
  stall: [isAfter(), "a number of events"],
  comments: [isWhole(1), "milliseconds from 1"],
  reset: [isAfter(), "a number of events"],
  truncate: [isAfter({ abrupt: isFlag }), "a number of events, and perhaps `abrupt`"],
  errorFrame: [
    isAfter({
      shape: (value) => value === "error" || value === "message" || value === "event",
      status: isWhole(100, 599)
    }),
    "a number of events, and perhaps a shape (error, message, event) and a status"
  ],
  malformed: [isAfter(), "a number of events"],
  byteWise: [isFlag, "true or false"],
  cut: [isWhole(1), "a number of bytes from 1"],
  crlf: [isFlag, "true or false"],
  noDone: [isFlag, "true or false"],
  doneUnterminated: [isFlag, "true or false"],
  holdAfterDone: [isDuration, "milliseconds"]
}

const isField = (name: string): name is keyof Fault => Object.hasOwn(fields, name)

const known = (): string => Object.keys(fields).join(", ")

/**
 * Checks a fault that came from outside.
 *
 * **When to use** before a fault from a file or a command line goes into the queue; `enqueue` does it too. Throws `FaultError`.
 *
 * @example
 * ```ts
 * import { check } from "effect-friendli-emulator/Faults"
 *
 * console.log(check({ status: 503 }).status) // 503
 * ```
 * @category parsing
 * @since 0.1.0
 */
export const check = (fault: unknown): Fault => {
  if (!isRecord(fault)) throw new FaultError("a fault is an object")
  for (const [name, value] of Object.entries(fault)) {
    if (!isField(name)) throw new FaultError(`a fault has no field of this name; it has ${known()}`)
    const [accepts, takes] = fields[name]
    if (value !== undefined && !accepts(value)) throw new FaultError(`the fault's '${name}' takes ${takes}`)
  }
  return fault as Fault
}

const camelCase = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

const numberOr = (text: string): number | string =>
  text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text

const flags: ReadonlySet<string> = new Set(
  Object.entries(fields).flatMap(([name, [accepts]]) => (accepts === isFlag ? [name] : []))
)

const eventFields: ReadonlySet<string> = new Set(["stall", "reset", "truncate", "errorFrame", "malformed"])

const shortValue = (name: string, text: string | undefined): unknown => {
  if (flags.has(name)) return text === undefined || text === "true" ? true : text === "false" ? false : text
  if (eventFields.has(name)) {
    const [count, ...words] = (text ?? "0").split(":")
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
  return name === "redirect" || name === "id" || name === "body" ? (text ?? "") : numberOr(text ?? "")
}

/**
 * Reads the value of the header `x-emulator-fault`: JSON, or `name=value` pairs between semicolons.
 *
 * **When to use** to see how the emulator will understand a header. In the short form names may be written with dashes; a
 * flag needs no value; a stream fault takes the number of events, then its words after colons: `reset=2`,
 * `truncate=3:abrupt`, `errorFrame=1:event:503`. Throws `FaultError`.
 *
 * @example
 * ```ts
 * import { parse } from "effect-friendli-emulator/Faults"
 *
 * console.log(JSON.stringify(parse("status=429; retry-after=2; times=1")))
 * // {"status":429,"retryAfter":2,"times":1}
 * ```
 * @category parsing
 * @since 0.1.0
 */
export const parse = (header: string): Fault => {
  const text = header.trim()
  if (text.startsWith("{")) {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw new FaultError("the fault is no valid JSON")
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

/**
 * An empty queue.
 *
 * **When to use** hardly ever: an emulator has one.
 *
 * @example
 * ```ts
 * import { makeQueue } from "effect-friendli-emulator/Faults"
 *
 * const queue = makeQueue()
 * queue.enqueue({ status: 500, times: 2 })
 * console.log(queue.pending.length) // 2
 * ```
 * @category constructors
 * @since 0.1.0
 */
export const makeQueue = (): FaultQueue & { readonly take: () => Fault | undefined } => {
  let waiting: Array<{ readonly fault: Fault; left: number }> = []
  const entry = (fault: Fault): { readonly fault: Fault; left: number } => ({
    fault: check(fault),
    left: fault.times ?? 1
  })
  return {
    enqueue: (...faults) => {
      waiting.push(...faults.map(entry))
    },
    next: (fault) => {
      waiting.unshift(entry(fault))
    },
    clear: () => {
      waiting = []
    },
    get pending() {
      return waiting.flatMap(({ fault, left }) => Array.from({ length: left }, () => fault))
    },
    take: () => {
      const first = waiting[0]
      if (first === undefined) return undefined
      first.left--
      if (first.left === 0) waiting.shift()
      return first.fault
    }
  }
}
