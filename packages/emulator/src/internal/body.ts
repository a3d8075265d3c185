import type { Fault } from "../Faults.js"
import type { Entry } from "./journal.js"
import { errorBody } from "./json.js"
import type { EventsAnswer } from "./operation.js"
import { breathe, forever, sleep } from "./time.js"

const utf8 = new TextEncoder()

/** Thrown by a body at the point where its connection breaks: by a reset, or by a close before the end. */
export class Cut extends Error {
  readonly how: "reset" | "close"
  constructor(how: "reset" | "close") {
    super(how)
    this.how = how
  }
}

/** Splits what passes into pieces of one size; `flush` gives the rest. */
const slicer = (
  fault: Fault
): { push: (bytes: Uint8Array) => ReadonlyArray<Uint8Array>; flush: () => ReadonlyArray<Uint8Array> } => {
  const size = fault.byteWise === true ? 1 : fault.cut
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

/** Fields that carry an answer, and what no reader of theirs takes. */
const spoiled: Readonly<Record<string, unknown>> = {
  choices: "not a list",
  tokens: "not a list",
  text: 0,
  // Of a message, whole or in events.
  content: "not a list",
  message: "no message",
  content_block: "no block",
  delta: 0
}

const spoil = (data: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Object.hasOwn(spoiled, key) ? spoiled[key] : value])
  )

/** The error event of a stream whose events have names: the code is in its type alone. */
const namedError = (code: number, message: string): Record<string, unknown> => {
  const { type } = errorBody(code, message).error
  return { type: "error", error: { type: type === "server_error" ? "api_error" : type, message } }
}

const errorFrame = (
  fault: NonNullable<Fault["errorFrame"]>,
  end: EventsAnswer["end"]
): { readonly event?: string; readonly data: string } => {
  const code = fault.status ?? 500
  const error = { message: "The emulator was asked to fail here", type: "server_error", code }
  switch (fault.shape ?? "error") {
    case "error":
      return { data: JSON.stringify({ error }) }
    case "message":
      return { data: JSON.stringify({ object: "error", ...error }) }
    case "event":
      return { event: "error", data: JSON.stringify(end === "event" ? namedError(code, error.message) : error) }
  }
}

/** The bytes of an event stream, with everything that the fault does to them. */
export const eventBytes = async function* (
  { end: ending = "done", events }: EventsAnswer,
  fault: Fault,
  entry: Entry,
  signal: AbortSignal
): AsyncGenerator<Uint8Array, void, undefined> {
  const end = fault.crlf === true ? "\r\n" : "\n"
  const cuts = slicer(fault)
  const frame = (data: string, event?: string, close = end + end): ReadonlyArray<Uint8Array> =>
    cuts.push(utf8.encode(`${event === undefined ? "" : `event: ${event}${end}`}data: ${data}${close}`))
  let malformed = false
  try {
    for (;;) {
      const next = await events.next()
      if (signal.aborted) return
      const due = (at: { readonly afterEvents: number } | undefined): boolean =>
        at !== undefined && (next.done === true || entry.eventsSent >= at.afterEvents)
      if (due(fault.malformed) && !malformed) {
        malformed = true
        yield* frame('{"id": "cut in the mid')
      }
      if (due(fault.stall)) {
        yield* cuts.flush()
        while (fault.comments !== undefined && !signal.aborted) {
          await sleep(fault.comments, signal)
          if (!signal.aborted) yield utf8.encode(`: keep-alive${end}${end}`)
        }
        return await forever(signal)
      }
      if (due(fault.reset)) {
        yield* cuts.flush()
        throw new Cut("reset")
      }
      if (due(fault.truncate) || (fault.truncate !== undefined && next.done !== true && next.value.final)) {
        yield* cuts.flush()
        if (fault.truncate?.abrupt === true) throw new Cut("close")
        return
      }
      if (fault.errorFrame !== undefined && due(fault.errorFrame)) {
        const { data, event } = errorFrame(fault.errorFrame, ending)
        yield* frame(data, event)
        yield* cuts.flush()
        return
      }
      if (next.done === true) break
      entry.eventsSent++
      const { data, event, final } = next.value
      const open = ending === "event" && final && fault.doneUnterminated === true
      yield* frame(JSON.stringify(fault.badSchema === true ? spoil(data) : data), event, open ? "" : undefined)
      // Each event is a write of its own, and a reader that has left is noticed.
      await breathe()
    }
    if (ending === "done" && fault.noDone !== true) {
      yield* frame("[DONE]", undefined, fault.doneUnterminated === true ? "" : undefined)
    }
    yield* cuts.flush()
    if (fault.holdAfterDone !== undefined) await sleep(fault.holdAfterDone, signal)
  } finally {
    await events.return()
  }
}

/** A JSON value as it is sent. */
export const encodeJson = (value: Record<string, unknown>, fault: Fault): Uint8Array =>
  utf8.encode(JSON.stringify(fault.badSchema === true ? spoil(value) : value))

/** The bytes of a body that is not streamed, with everything that the fault does to them. */
export const plainBytes = async function* (
  whole: Uint8Array,
  fault: Fault,
  signal: AbortSignal
): AsyncGenerator<Uint8Array, void, undefined> {
  const cuts = slicer(fault)
  const broken = fault.stall ?? fault.reset ?? fault.truncate
  const kept = fault.truncateBody ?? (broken === undefined ? whole.length : whole.length >> 1)
  for (const piece of [...cuts.push(whole.slice(0, kept)), ...cuts.flush()]) {
    if (signal.aborted) return
    yield piece
    await breathe()
  }
  if (fault.stall !== undefined) return await forever(signal)
  if (fault.reset !== undefined) throw new Cut("reset")
  if (kept < whole.length) throw new Cut("close")
}
