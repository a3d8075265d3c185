/**
 * Readings of tool calls: one reader for each call, by the schema of its tool.
 */
import type * as Schema from "effect/Schema"
import * as PartialJson from "../../PartialJson.js"

/** A call as it is put together: id and name may come later than the first piece. */
export interface Call {
  readonly id: string | undefined
  readonly name: string | undefined
}

interface Entry {
  readonly call: Call
  readonly position: number
  /** Absent until the name is known. */
  reader: PartialJson.Reader<unknown> | undefined
  /** What came before. */
  waiting: string
  /** What an empty text stands for. */
  empty: unknown
  hasEnded: boolean
}

/** Has the same readings as others for a tool that nobody offered. */
const refusing = (): PartialJson.Reader<unknown> => {
  let text = ""
  let told: string | undefined
  const refusal = (): PartialJson.Reading<unknown> => {
    told = text
    return { _tag: "Invalid", issues: [{ path: [], message: "there is no tool of this name" }], value: undefined, text }
  }
  return {
    push: (piece) => {
      text += piece
      return told === undefined ? refusal() : undefined
    },
    flush: () => undefined,
    end: () => (told === text ? undefined : refusal())
  }
}

export interface Calls<out Told> {
  /** A call goes on; `empty` is what its arguments are as long as no text has come. */
  readonly add: (call: Call, piece: string, empty?: unknown) => ReadonlyArray<Told>
  /** A call has all of its text. */
  readonly endOf: (call: Call) => ReadonlyArray<Told>
  readonly flush: () => ReadonlyArray<Told>
  readonly end: () => ReadonlyArray<Told>
}

export const make = <Tools extends PartialJson.ToolSchemas>(tools: Tools): Calls<PartialJson.ToolCall<Tools>> => {
  type Told = PartialJson.ToolCall<Tools>
  const entries = new Map<Call, Entry>()

  const schemaOf = (name: string): Schema.Schema<unknown, unknown> | undefined =>
    Object.hasOwn(tools, name) ? tools[name] : undefined

  const readerOf = (name: string): PartialJson.Reader<unknown> => {
    const schema = schemaOf(name)
    return schema === undefined ? refusing() : PartialJson.make(schema)
  }

  const tell = (entry: Entry, reading: PartialJson.Reading<unknown> | undefined): ReadonlyArray<Told> => {
    if (reading === undefined) return []
    const name = entry.call.name ?? ""
    const common = { id: entry.call.id ?? "", position: entry.position, reading }
    // The name chose the schema, and so the type of the reading.
    return [
      (schemaOf(name) === undefined ? { name: undefined, unknownName: name, ...common } : { name, ...common }) as Told
    ]
  }

  const ended = (entry: Entry): ReadonlyArray<Told> => {
    if (entry.hasEnded) return []
    entry.hasEnded = true
    const reader = (entry.reader ??= readerOf(entry.call.name ?? ""))
    const late = tell(entry, reader.push(entry.waiting))
    entry.waiting = ""
    return [...late, ...tell(entry, reader.end(entry.empty))]
  }

  return {
    add: (call, piece, empty = {}) => {
      let entry = entries.get(call)
      if (entry === undefined) {
        entry = { call, position: entries.size, reader: undefined, waiting: "", empty, hasEnded: false }
        entries.set(call, entry)
      }
      if (piece !== "") entry.hasEnded = false
      entry.waiting += piece
      if (call.name === undefined) return []
      entry.reader ??= readerOf(call.name)
      const text = entry.waiting
      entry.waiting = ""
      return tell(entry, entry.reader.push(text))
    },
    endOf: (call) => {
      const entry = entries.get(call)
      return entry === undefined ? [] : ended(entry)
    },
    flush: () => [...entries.values()].flatMap((entry) => tell(entry, entry.reader?.flush())),
    end: () => [...entries.values()].flatMap(ended)
  }
}
