/**
 * Readings of tool calls. In: text for calls that are merged elsewhere. Out: the arguments of each call so far, read with the schema of
 * its tool. Each call has its own reader, because calls may be interleaved.
 */
import type * as Schema from "effect/Schema"
import * as PartialJson from "./PartialJson.js"

/** A call while it is merged: id and name may arrive after the first delta. */
export interface Call {
  readonly id: string | undefined
  readonly name: string | undefined
}

/** The state of one call. */
interface Entry {
  readonly call: Call
  readonly position: number
  /** Absent until the name is known and text has arrived; the name may grow until then. */
  reader: PartialJson.Reader<unknown> | undefined
  /** The text that arrived before the reader was made. */
  waiting: string
  /** Whether only blanks have arrived. */
  isBlank: boolean
  /** The value of an empty text. */
  empty: unknown
  hasEnded: boolean
  /** The last reading, and the id with which it was emitted. */
  last: { readonly reading: PartialJson.Reading<unknown>; readonly id: string | undefined } | undefined
}

/** Reads the calls of tools without a schema in the same way. */
const rejecting = (): PartialJson.Reader<unknown> => {
  let text = ""
  let lastText: string | undefined
  const rejection = (): PartialJson.Reading<unknown> => {
    lastText = text
    return { _tag: "Invalid", issues: [{ path: [], message: "there is no tool of this name" }], value: undefined, text }
  }
  return {
    push: (piece) => {
      text += piece
      return lastText === undefined ? rejection() : undefined
    },
    flush: () => undefined,
    end: () => (lastText === text ? undefined : rejection())
  }
}

export interface Calls<out Element> {
  /** Adds text to a call. `empty` is the value of its arguments until text arrives. */
  readonly add: (call: Call, piece: string, empty?: unknown) => ReadonlyArray<Element>
  /** Ends a call: all of its text has arrived. */
  readonly endOf: (call: Call) => ReadonlyArray<Element>
  readonly flush: () => ReadonlyArray<Element>
  /** `isCutShort`: a call without arguments might have received some. */
  readonly end: (isCutShort?: boolean) => ReadonlyArray<Element>
}

export const make = <Tools extends PartialJson.ToolSchemas>(tools: Tools): Calls<PartialJson.ToolCall<Tools>> => {
  type Element = PartialJson.ToolCall<Tools>
  const entries = new Map<Call, Entry>()

  const schemaOf = (name: string): Schema.Schema<unknown, unknown> | undefined =>
    Object.hasOwn(tools, name) ? tools[name] : undefined

  /** The reader of a tool's arguments. */
  const readerOf = (name: string): PartialJson.Reader<unknown> => {
    const schema = schemaOf(name)
    return schema === undefined ? rejecting() : PartialJson.make(schema)
  }

  /** A reading with the call that it belongs to; nothing without a reading. */
  const toElements = (entry: Entry, reading: PartialJson.Reading<unknown> | undefined): ReadonlyArray<Element> => {
    if (reading === undefined) return []
    entry.last = { reading, id: entry.call.id }
    const name = entry.call.name ?? ""
    const common = { id: entry.call.id ?? "", position: entry.position, reading }
    // The name determines the schema, and so the type of the reading.
    return [
      (schemaOf(name) === undefined
        ? { name: undefined, unknownName: name, ...common }
        : { name, ...common }) as Element
    ]
  }

  /** Blank text is replaced by the empty value, so that the reading shows the final arguments of the call. */
  const readBlank = (entry: Entry): ReadonlyArray<Element> => {
    const reader = readerOf(entry.call.name ?? "")
    const first = reader.push(JSON.stringify(entry.empty))
    return toElements(entry, reader.end() ?? first)
  }

  /** Reads the rest of a call at its end. If its name never arrived, this is all of its text. */
  const readRest = (entry: Entry): ReadonlyArray<Element> => {
    const reader = (entry.reader ??= readerOf(entry.call.name ?? ""))
    const late = toElements(entry, reader.push(entry.waiting))
    entry.waiting = ""
    return [...late, ...toElements(entry, reader.end())]
  }

  /** The readings at the end of a call. A call can end twice, if text arrives after an apparent end. */
  const ended = (entry: Entry, isCutShort: boolean): ReadonlyArray<Element> => {
    if (entry.hasEnded) return []
    entry.hasEnded = true
    const elements = entry.isBlank && !isCutShort ? readBlank(entry) : readRest(entry)
    // The last reading was final, but an id arrived after it.
    return elements.length === 0 && entry.last?.id !== entry.call.id ? toElements(entry, entry.last?.reading) : elements
  }

  return {
    add: (call, piece, empty = {}) => {
      let entry = entries.get(call)
      if (entry === undefined) {
        const position = entries.size
        entry = {
          call,
          position,
          reader: undefined,
          waiting: "",
          isBlank: true,
          empty,
          hasEnded: false,
          last: undefined
        }
        entries.set(call, entry)
      }
      if (piece !== "") entry.hasEnded = false
      entry.isBlank &&= piece.trim() === ""
      entry.waiting += piece
      if (call.name === undefined || entry.isBlank) return []
      entry.reader ??= readerOf(call.name)
      const text = entry.waiting
      entry.waiting = ""
      return toElements(entry, entry.reader.push(text))
    },
    endOf: (call) => {
      const entry = entries.get(call)
      return entry === undefined ? [] : ended(entry, false)
    },
    flush: () => [...entries.values()].flatMap((entry) => toElements(entry, entry.reader?.flush())),
    end: (isCutShort = false) => [...entries.values()].flatMap((entry) => ended(entry, isCutShort))
  }
}
