/**
 * Scripted replies for `MockHttpClient`: answers of a server, good and broken ones.
 *
 * A reply is a plain value: status, headers, the bytes of the body with their chunks and delays, and how the body ends;
 * or no answer at all.
 */
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import { frameEnds } from "./internal/frames.js"

/**
 * How a body ends after its last byte: `"end"` normally, `"reset"` with a broken connection, `"stall"` not until the
 * client cancels, `"stuck"` not even when the client cancels, as with some transports.
 */
export type Ending = "end" | "reset" | "stall" | "stuck"

/**
 * Where a body is split into network chunks: `"whole"` not at all, `"frames"` after every blank line, `"bytes"` after
 * every byte, a number after that many bytes each, a list at these byte offsets.
 */
export type Cuts = "whole" | "frames" | "bytes" | number | ReadonlyArray<number>

/** Options of every reply with a body. */
export interface BodyOptions {
  /** Default: 200. Statuses that `Response` does not allow (100, 999) are possible. */
  readonly status?: number | undefined
  /** Added to the headers of the reply, or replaces them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Default: `"whole"`, for `sse` `"frames"`. */
  readonly cuts?: Cuts | undefined
  /**
   * Delays between chunks, on the `Clock` of the call, so `TestClock` controls them. One duration applies before every
   * chunk except the first; of a list, the n-th applies before the n-th chunk.
   */
  readonly delay?: Duration.DurationInput | ReadonlyArray<Duration.DurationInput> | undefined
  /**
   * Sends only that many frames (blocks closed by a blank line) or bytes. With the ending `"end"` the body is cut
   * short.
   */
  readonly after?: { readonly frames: number } | { readonly bytes: number } | undefined
  /** Default: `"end"`. */
  readonly ending?: Ending | undefined
}

/** A chunk of a body and the delay before it. */
export interface BodyChunk {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly delay: Duration.Duration
}

/** A reply with status, headers and body. */
export interface BodyReply {
  readonly _tag: "BodyReply"
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly chunks: ReadonlyArray<BodyChunk>
  readonly ending: Ending
}

/** A scripted reply. */
export type Reply =
  | BodyReply
  | { readonly _tag: "Refused"; readonly code: string }
  | { readonly _tag: "SlowHeaders"; readonly delay: Duration.Duration; readonly reply: Reply }
  | { readonly _tag: "Never" }

const encoder = /*#__PURE__*/ new TextEncoder()

const offsetsOf = (cuts: Cuts, bytes: Uint8Array): ReadonlyArray<number> => {
  if (cuts === "whole") return []
  if (cuts === "frames") return frameEnds(bytes)
  if (cuts !== "bytes" && typeof cuts !== "number") return [...cuts].sort((a, b) => a - b)
  const step = cuts === "bytes" ? 1 : Math.max(1, Math.floor(cuts))
  return Array.from({ length: Math.floor(bytes.length / step) }, (_, index) => (index + 1) * step)
}

const cut = (bytes: Uint8Array<ArrayBuffer>, cuts: Cuts): ReadonlyArray<Uint8Array<ArrayBuffer>> => {
  const chunks: Array<Uint8Array<ArrayBuffer>> = []
  let from = 0
  for (const offset of [...offsetsOf(cuts, bytes), bytes.length]) {
    const to = Math.min(offset, bytes.length)
    if (to <= from) continue
    chunks.push(bytes.subarray(from, to))
    from = to
  }
  return chunks
}

const shorten = (bytes: Uint8Array<ArrayBuffer>, after: BodyOptions["after"]): Uint8Array<ArrayBuffer> => {
  if (after === undefined) return bytes
  if ("bytes" in after) return bytes.subarray(0, Math.max(0, after.bytes))
  return after.frames <= 0
    ? bytes.subarray(0, 0)
    : bytes.subarray(0, frameEnds(bytes)[after.frames - 1] ?? bytes.length)
}

const delayOf = (delay: BodyOptions["delay"], index: number): Duration.Duration => {
  if (delay === undefined) return Duration.zero
  // A tuple of two numbers is a `DurationInput` too (seconds and nanoseconds), but here it is a list of delays.
  if (Array.isArray(delay)) return Duration.decode((delay as ReadonlyArray<Duration.DurationInput>)[index] ?? 0)
  return index === 0 ? Duration.zero : Duration.decode(delay as Duration.DurationInput)
}

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

const answer = (
  body: string | Uint8Array,
  contentType: string | undefined,
  cuts: Cuts,
  options: BodyOptions | undefined
): BodyReply => {
  const bytes = shorten(typeof body === "string" ? encoder.encode(body) : Uint8Array.from(body), options?.after)
  return {
    _tag: "BodyReply",
    status: options?.status ?? 200,
    headers: {
      ...(contentType === undefined ? {} : { "content-type": contentType }),
      ...lowerCase(options?.headers ?? {})
    },
    chunks: cut(bytes, options?.cuts ?? cuts).map((chunk, index) => ({
      bytes: chunk,
      delay: delayOf(options?.delay, index)
    })),
    ending: options?.ending ?? "end"
  }
}

/**
 * A JSON body.
 *
 * @example
 * ```ts
 * import { Reply, Wire } from "effect-friendli/testing"
 *
 * const reply = Reply.json(Wire.chatCompletion("Hi!"), { headers: { "x-request-id": "req-1" } })
 * console.log(reply.status, reply.headers)
 * // => 200 { 'content-type': 'application/json', 'x-request-id': 'req-1' }
 * ```
 * @category constructors
 */
export const json = (value: unknown, options?: BodyOptions): BodyReply =>
  answer(JSON.stringify(value) ?? "", "application/json", "whole", options)

/**
 * A body of text (or bytes), `text/plain` unless `headers` says otherwise.
 * @category constructors
 */
export const text = (body: string | Uint8Array, options?: BodyOptions): BodyReply =>
  answer(body, "text/plain", "whole", options)

/**
 * A status, without a body unless one is given: a string is sent unchanged, anything else as JSON.
 *
 * **Details**: `retryAfter` becomes the header `retry-after`: a number of seconds, or text (a date, or an invalid
 * value).
 * @category constructors
 */
export const status = (
  code: number,
  options?: Omit<BodyOptions, "status"> & {
    readonly body?: unknown
    readonly retryAfter?: number | string | undefined
  }
): BodyReply => {
  const { body, retryAfter, ...rest } = options ?? {}
  const headers = { ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }), ...rest.headers }
  const all: BodyOptions = { ...rest, status: code, headers }
  if (body === undefined) return answer("", undefined, "whole", all)
  return typeof body === "string" ? text(body, all) : json(body, all)
}

/**
 * One server-sent event with a name, as text for `Reply.sse`: an `event:` line and a `data:` line for each line of the
 * data. A string is sent unchanged, anything else as JSON.
 * @category constructors
 */
export const event = (name: string, data: unknown): string => {
  const text = typeof data === "string" ? data : (JSON.stringify(data) ?? "")
  return `event: ${name}\n${text.replace(/^/gm, "data: ")}\n\n`
}

const typeOf = (value: unknown): string | undefined => {
  const type = Predicate.isRecord(value) ? value["type"] : undefined
  return typeof type === "string" ? type : undefined
}

const frameOf = (value: unknown, named: boolean): string => {
  if (typeof value === "string") return value
  const name = named ? typeOf(value) : undefined
  return name === undefined ? `data: ${JSON.stringify(value)}\n\n` : event(name, value)
}

/**
 * A stream of server-sent events.
 *
 * **Details**: in a list, a string is sent unchanged (`": keep-alive\n\n"`, `Reply.event("ping", {})`), and anything
 * else as the JSON of a `data:` frame; `[DONE]` follows unless `done` is false. With `named`, the `type` of a value is
 * also the name of the event, as in the Messages API, and `[DONE]` follows only if `done` is true. A string instead of
 * a list is the whole body, with `[DONE]` only if `done` is true. Each frame is one chunk unless `cuts` is given.
 *
 * @example
 * ```ts
 * import { Reply, Wire } from "effect-friendli/testing"
 *
 * const chunks = Wire.chatChunks("Hello there!")
 * const whole = Reply.sse(chunks)
 * const cutShort = Reply.sse(chunks, { after: { frames: 1 } })
 * const broken = Reply.sse(chunks, { after: { frames: 1 }, ending: "reset" })
 * const still = Reply.sse(chunks, { delay: "20 seconds", ending: "stall", done: false })
 * const messages = Reply.sse(Wire.messageEvents("Hi!"), { named: true })
 * console.log(whole.chunks.length, cutShort.chunks.length, broken.ending, still.ending, messages.chunks.length)
 * // => 5 1 reset stall 6
 * ```
 * @category constructors
 */
export const sse = (
  events: string | ReadonlyArray<unknown>,
  options?: BodyOptions & { readonly done?: boolean | undefined; readonly named?: boolean | undefined }
): BodyReply => {
  const named = options?.named ?? false
  const body = typeof events === "string" ? events : events.map((value) => frameOf(value, named)).join("")
  const done = options?.done ?? (typeof events !== "string" && !named)
  return answer(done ? `${body}data: [DONE]\n\n` : body, "text/event-stream", "frames", options)
}

/**
 * A failed connection, as if nothing listens; with another code, as if the name is unknown or the connection is reset
 * before the answer.
 * @category constructors
 */
export const refused = (code = "ECONNREFUSED"): Reply => ({ _tag: "Refused", code })

/**
 * A reply that begins after a delay, on the `Clock` of the call.
 *
 * @example
 * ```ts
 * import { Reply } from "effect-friendli/testing"
 *
 * console.log(Reply.slowHeaders("2 minutes", Reply.json({ tokens: [] }))._tag)
 * // => SlowHeaders
 * ```
 * @category constructors
 */
export const slowHeaders = (delay: Duration.DurationInput, reply: Reply): Reply => ({
  _tag: "SlowHeaders",
  delay: Duration.decode(delay),
  reply
})

/**
 * Never an answer, and no failure.
 * @category constructors
 */
export const never: Reply = { _tag: "Never" }
