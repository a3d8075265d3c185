/**
 * The bytes of an answer, with the effects of a fault. In: events or a JSON value, and a fault. Out: the pieces of bytes that are written, one after
 * another. A fault can cut, delay, damage or end the body at a certain event; without a fault the bytes are those of the API.
 */
import { isRecord } from "../base/json.js"
import { forever, sleep, yieldToEventLoop } from "../base/time.js"
import type { EventsAnswer } from "../operations/operation.js"
import { messagesErrorBody } from "../base/errors.js"
import type { Fault } from "../base/fault.js"
import type { Entry } from "./journal.js"

const utf8 = new TextEncoder()

/** Thrown by a body at the point where its connection breaks: by a reset, or by a close before the end. */
export class Cut extends Error {
  readonly how: "reset" | "close"
  constructor(how: "reset" | "close") {
    super(how)
    this.how = how
  }
}

/** Splits the bytes into pieces of the size that the fault sets. `flush` returns the rest. */
const makeSlicer = (
  fault: Fault
): { push: (bytes: Uint8Array) => ReadonlyArray<Uint8Array>; flush: () => ReadonlyArray<Uint8Array> } => {
  const size = fault.byteWise === true ? 1 : fault.cut
  // Without a fault the pieces are the events themselves.
  if (size === undefined) return { push: (bytes) => [bytes], flush: () => [] }
  let rest = new Uint8Array(0)
  return {
    push: (bytes) => {
      const all = new Uint8Array(rest.length + bytes.length)
      all.set(rest)
      all.set(bytes, rest.length)
      const pieces: Array<Uint8Array> = []
      let at = 0
      for (; at + size <= all.length; at += size) pieces.push(all.slice(at, at + size))
      rest = all.slice(at)
      return pieces
    },
    flush: () => {
      const pieces = rest.length > 0 ? [rest] : []
      rest = new Uint8Array(0)
      return pieces
    }
  }
}

/** The fields that carry an answer, each with a value of a wrong type. */
const wrongValues: Readonly<Record<string, unknown>> = {
  choices: "not a list",
  tokens: "not a list",
  text: 0,
  // Fields of a message: of the whole one, and of its events.
  content: "not a list",
  message: "no message",
  content_block: "no block",
  delta: 0,
  // Fields of a response: of the whole one, and of its events.
  output: "not a list",
  response: "no response",
  item: "no item",
  part: "no part",
  arguments: 0
}

/** A value of another type. */
const otherType = (value: unknown): unknown => (typeof value === "string" ? 0 : "of another type")

/**
 * The same object, with a wrong type for each field that carries the answer. All other fields stay, so that only a schema can detect it. An object
 * without such a field gets wrong types everywhere.
 */
const withWrongTypes = (data: Record<string, unknown>): Record<string, unknown> => {
  const entries = Object.entries(data)
  const carries = entries.some(([key]) => Object.hasOwn(wrongValues, key))
  return Object.fromEntries(
    entries.map(([key, value]) => {
      if (!carries) return [key, otherType(value)]
      return [key, Object.hasOwn(wrongValues, key) ? wrongValues[key] : value]
    })
  )
}

/** The event with which a server reports an error inside a stream, in one of the shapes that servers use. */
const errorFrame = (
  fault: NonNullable<Fault["errorFrame"]>,
  { end, failure }: EventsAnswer
): { readonly event?: string; readonly data: string } => {
  // The status that the error names in its body; the status of the answer was 200 already.
  const code = fault.status ?? 500
  const error = { message: "The emulator was asked to fail here", type: "server_error", code }
  switch (fault.shape ?? "error") {
    case "error":
      return { data: JSON.stringify({ error }) }
    // Some servers put the fields of the error at the top.
    case "message":
      return { data: JSON.stringify({ object: "error", ...error }) }
    // Others name the event. Messages and responses have their own shape of errors.
    case "event": {
      const own = failure?.({ code, message: error.message })
      if (own !== undefined) return { event: own.event ?? "error", data: JSON.stringify(own.data) }
      return { event: "error", data: JSON.stringify(end === "event" ? messagesErrorBody(code, error.message) : error) }
    }
  }
}

/** The bytes of an event stream. Counts the events in the record, which is also how faults find their position. */
export const eventBytes = async function* (
  answer: EventsAnswer,
  fault: Fault,
  entry: Entry,
  signal: AbortSignal
): AsyncGenerator<Uint8Array, void, undefined> {
  const { end = "done", events } = answer
  const lineEnd = fault.crlf === true ? "\r\n" : "\n"
  const slicer = makeSlicer(fault)
  const frame = (data: string, event?: string, frameEnd = lineEnd + lineEnd): ReadonlyArray<Uint8Array> =>
    slicer.push(utf8.encode(`${event === undefined ? "" : `event: ${event}${lineEnd}`}data: ${data}${frameEnd}`))
  let malformedSent = false
  try {
    for (;;) {
      const next = await events.next()
      if (signal.aborted) return
      // A fault at event n happens before event n + 1 is sent, or at the end if there are fewer events.
      const isDue = (position: { readonly afterEvents: number } | undefined): boolean =>
        position !== undefined && (next.done === true || entry.eventsSent >= position.afterEvents)
      // An event whose JSON is cut. The stream continues after it.
      if (isDue(fault.malformed) && !malformedSent) {
        malformedSent = true
        yield* frame('{"id": "cut in the mid')
      }
      // Nothing more comes, or only comments. The connection stays open until the client closes it.
      if (isDue(fault.stall)) {
        yield* slicer.flush()
        while (fault.comments !== undefined && !signal.aborted) {
          await sleep(fault.comments, signal)
          if (!signal.aborted) yield utf8.encode(`: keep-alive${lineEnd}${lineEnd}`)
        }
        return await forever(signal)
      }
      // Earlier writes are sent first, so that the client sees a reset in the middle.
      if (isDue(fault.reset)) {
        yield* slicer.flush()
        throw new Cut("reset")
      }
      // The stream ends as if it were complete, but without its finish reason.
      if (isDue(fault.truncate) || (fault.truncate !== undefined && next.done !== true && next.value.final)) {
        yield* slicer.flush()
        if (fault.truncate?.abrupt === true) throw new Cut("close")
        return
      }
      if (fault.errorFrame !== undefined && isDue(fault.errorFrame)) {
        const { data, event } = errorFrame(fault.errorFrame, answer)
        yield* frame(data, event)
        yield* slicer.flush()
        return
      }
      if (next.done === true) break
      entry.eventsSent++
      const { data, event, final } = next.value
      // The last event without the blank line that should end it.
      const isUnterminated = end === "event" && final && fault.doneUnterminated === true
      const sent = fault.badSchema === true ? withWrongTypes(data) : data
      yield* frame(JSON.stringify(sent), event, isUnterminated ? "" : undefined)
      // Each event becomes a write of its own, and a client that has disconnected is noticed.
      await yieldToEventLoop()
    }
    // Streams whose events have names end with an event, not with `[DONE]`.
    if (end === "done" && fault.noDone !== true) {
      yield* frame("[DONE]", undefined, fault.doneUnterminated === true ? "" : undefined)
    }
    yield* slicer.flush()
    if (fault.holdAfterDone !== undefined) await sleep(fault.holdAfterDone, signal)
  } finally {
    // Also ends the generator of the operation, however the stream ends.
    await events.return()
  }
}

/** The bytes of a JSON answer. */
export const jsonBytes = (value: unknown, fault: Fault): Uint8Array =>
  utf8.encode(JSON.stringify(fault.badSchema === true && isRecord(value) ? withWrongTypes(value) : value))

/** The bytes of a body that is not streamed, in the pieces that the fault asks for, up to where the fault breaks it. */
export const bodyBytes = async function* (
  whole: Uint8Array,
  fault: Fault,
  signal: AbortSignal
): AsyncGenerator<Uint8Array, void, undefined> {
  const slicer = makeSlicer(fault)
  // Half of a broken body is sent, unless the fault sets the number of bytes.
  const breaks = (fault.stall ?? fault.reset ?? fault.truncate) !== undefined
  const kept = fault.truncateBody ?? (breaks ? whole.length >> 1 : whole.length)
  for (const piece of [...slicer.push(whole.slice(0, kept)), ...slicer.flush()]) {
    if (signal.aborted) return
    yield piece
    await yieldToEventLoop()
  }
  if (fault.stall !== undefined) return await forever(signal)
  if (fault.reset !== undefined) throw new Cut("reset")
  // The length was announced in the head: a body that is shorter is a connection that closed too early.
  if (kept < whole.length) throw new Cut("close")
}
