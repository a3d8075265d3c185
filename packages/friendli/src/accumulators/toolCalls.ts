/**
 * Merges the deltas of tool calls, without Effect. In: the `tool_calls` of each chunk. Out: complete calls,
 * in order. Decision 0025 has the rules, and the cases that they cannot decide.
 *
 * Example: `{index: 0, id: "a", function: {name: "f", arguments: ""}}`, then `{index: 0, function:
 * {arguments: "{\"x\":"}}` and `{index: 0, function: {arguments: "1}"}}` make one call of `f` with the
 * arguments `{"x":1}`. A further `{index: 0, id: "b", function: {name: "g", …}}` is a second call: some
 * servers give every call the index 0.
 */
import { argumentsOf } from "./choices.js"
import { filled, JsonText, type Maybe } from "./pieces.js"

/** The fields of a tool call delta that are read. */
export interface ToolCallDeltaLike {
  readonly index?: Maybe<number>
  readonly id?: Maybe<string>
  readonly function?: Maybe<{ readonly name?: Maybe<string>; readonly arguments?: Maybe<string> }>
}

/** A merged tool call. `id` and `name` are empty if no delta of the call had them. */
export interface ToolCallLike {
  readonly id: string
  readonly type: "function"
  readonly function: { readonly name: string; readonly arguments: string }
}

/**
 * A tool call while it is merged: the same object from its first delta to its last. Its name may grow until arguments arrive.
 */
export interface OpenToolCall {
  readonly id: string | undefined
  readonly name: string | undefined
}

/** A call while it is merged. The index and the id may come with any of its deltas. */
interface Call extends OpenToolCall {
  index: number | undefined
  id: string | undefined
  name: string | undefined
  readonly arguments: JsonText
  /** The number of the last chunk that changed it. */
  delta: number
  /** It began with only an id after a complete call: it counts as a call only if more of it arrives. */
  isTentative: boolean
}

/** A delta with its missing and empty fields removed. */
interface Piece {
  readonly index: number | undefined
  readonly id: string | undefined
  readonly name: string | undefined
  readonly text: string
}

const isFinite = (index: Maybe<number>): index is number => Number.isFinite(index)

/** Whether the text would make complete arguments invalid. */
const spoils = (call: Call, text: string): boolean => call.arguments.hasEnded && text.trim() !== ""

/**
 * Whether a delta begins a new call although another one is open at its index. `isForeign`: its id belongs to no call
 * so far.
 */
const begins = (open: Call, { name, text }: Piece, isForeign: boolean): boolean => {
  if (name === undefined) return isForeign && open.arguments.hasEnded && (text === "" || spoils(open, text))
  if (open.name === undefined) return spoils(open, text)
  return isForeign || (open.arguments.hasEnded && (name !== open.name || spoils(open, text)))
}

/**
 * Merges the deltas of tool calls. In: the `tool_calls` of each chunk. Out: the calls so far.
 *
 * Servers differ in what identifies the call of a delta: the index, the id, both, or only the order. So each delta is assigned
 * by the most specific of these that it has, and a call whose arguments are complete JSON takes no more text.
 */
export class ToolCalls {
  private readonly calls: Array<Call> = []
  /** The open call of each index, and the latest call of each id. */
  private readonly byIndex = new Map<number | undefined, Call>()
  private readonly byId = new Map<string | undefined, Call>()
  /** Keyed by index and id, because servers that give every call the index 0 may still interleave them. */
  private readonly byBoth = new Map<string, Call>()
  private last: Call | undefined = undefined
  private deltas = 0

  /** Calls `seen` for each delta after it has been added. */
  add(
    deltas: Maybe<ReadonlyArray<Maybe<ToolCallDeltaLike>>>,
    seen?: (call: OpenToolCall, piece: string) => void
  ): void {
    if (deltas == null) return
    this.deltas++
    for (const delta of deltas) {
      if (delta == null) continue
      const piece: Piece = {
        index: isFinite(delta.index) ? delta.index : undefined,
        id: filled(delta.id) ? delta.id : undefined,
        name: filled(delta.function?.name) ? delta.function.name : undefined,
        text: delta.function?.arguments ?? ""
      }
      const call = this.find(piece) ?? this.open(piece)
      this.write(call, piece)
      if (!call.isTentative) seen?.(call, piece.text)
    }
  }

  /** Adds a delta to its call, and remembers the call under every index and id that the server has used for it. */
  private write(call: Call, { id, index, name, text }: Piece): void {
    call.index ??= index
    call.id ??= id
    if (name !== undefined) {
      if (call.name === undefined) call.name = name
      // A name that comes with arguments, or that equals the whole name so far, is a repetition; otherwise it continues the name.
      else if (call.arguments.isEmpty && name !== call.name) call.name += name
    }
    call.arguments.add(text)
    call.delta = this.deltas
    if (name !== undefined || text !== "") call.isTentative = false
    // A call without index or id is found under neither: nobody asks for `undefined`.
    this.byIndex.set(call.index, call)
    this.byId.set(call.id, call)
    this.byBoth.set(`${call.index} ${call.id}`, call)
    this.last = call
  }

  /** The call that a delta continues; `undefined` if it begins a call. */
  private find(piece: Piece): Call | undefined {
    return piece.index !== undefined
      ? this.findAt(piece.index, piece)
      : piece.id !== undefined
        ? this.findById(piece.id, piece)
        : this.findLast(piece)
  }

  /** With an index: the open call there, unless the delta begins another one or its id belongs to another call. */
  private findAt(index: number, piece: Piece): Call | undefined {
    const { id, name, text } = piece
    const { last } = this
    const open = this.byIndex.get(index)
    if (id === undefined) {
      if (open !== undefined) return begins(open, piece, false) ? undefined : open
      return name === undefined && last?.index === undefined ? last : undefined
    }
    if (open !== undefined && open.id === id) {
      // The same index and id, but another call: its name differs, and its text would make complete arguments invalid.
      const isOther = name !== undefined && open.name !== undefined && name !== open.name
      return isOther && spoils(open, text) ? undefined : open
    }
    // Not the call that is open at this index. It may be an earlier one, which a server continues by its id.
    const found = this.byBoth.get(`${index} ${id}`) ?? this.byId.get(id)
    if (found !== undefined && (found.index === undefined || found.index === index)) return found
    return open === undefined || begins(open, piece, open.id !== undefined) ? undefined : open
  }

  /** With an id and no index: the call of that id, or the latest call if it can still be continued. */
  private findById(id: string, piece: Piece): Call | undefined {
    const { last } = this
    const found = this.byId.get(id)
    if (found !== undefined) return found
    return last === undefined || begins(last, piece, true) ? undefined : last
  }

  /** With neither: the latest call, unless the delta has the name of another one. */
  private findLast(piece: Piece): Call | undefined {
    const { name, text } = piece
    const { last } = this
    if (last === undefined || name === undefined) return last
    if (last.name === undefined) return spoils(last, text) ? undefined : last
    // Within one chunk each entry with a name is a call.
    if (last.delta === this.deltas) return undefined
    if (name === last.name) return spoils(last, text) ? undefined : last
    // A server that gives its calls different indexes or ids continues the name; otherwise a second name begins another call.
    return last.arguments.isEmpty && (last.id !== undefined || last.index !== undefined) ? last : undefined
  }

  /** Begins a call. An id alone, after a complete call, may be the end of that call: such a call is tentative. */
  private open({ name, text }: Piece): Call {
    const call: Call = {
      index: undefined,
      id: undefined,
      name: undefined,
      arguments: new JsonText(),
      delta: 0,
      isTentative: name === undefined && text === "" && this.last?.arguments.hasEnded === true
    }
    this.calls.push(call)
    return call
  }

  /** The calls so far, in the order of their indexes. `areComplete`: no more text can come for any call. */
  read(areComplete: boolean): Array<ToolCallLike> {
    const rank = (call: Call): number => call.index ?? Number.POSITIVE_INFINITY
    return this.calls
      .filter((call) => !call.isTentative)
      .toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)))
      .map((call) => {
        const text = call.arguments.read()
        return {
          id: call.id ?? "",
          type: "function",
          function: { name: call.name ?? "", arguments: areComplete ? argumentsOf(text) : text }
        }
      })
  }
}
