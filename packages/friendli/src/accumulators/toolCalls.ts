/**
 * Merges the deltas of tool calls, without Effect. Decision 0025 has the rules, and the cases that they cannot decide.
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
 * A tool call while it is merged: the same object from its first delta to its last. Its name may grow until arguments
 * come.
 */
export interface OpenToolCall {
  readonly id: string | undefined
  readonly name: string | undefined
}

interface Call extends OpenToolCall {
  index: number | undefined
  id: string | undefined
  name: string | undefined
  readonly arguments: JsonText
  /** The number of the last chunk that changed it. */
  delta: number
  /** It began with only an id after a complete call: it counts as a call only if more comes. */
  isTentative: boolean
}

interface Piece {
  readonly index: number | undefined
  readonly id: string | undefined
  readonly name: string | undefined
  readonly text: string
}

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

/** Merges the deltas of tool calls. */
export class ToolCalls {
  private readonly calls: Array<Call> = []
  /** The open call of each index, and the latest call of each id. */
  private readonly byIndex = new Map<number, Call>()
  private readonly byId = new Map<string, Call>()
  /** Keyed by index and id, because servers that give every call the index 0 may still interleave them. */
  private readonly byBoth = new Map<string, Call>()
  private last: Call | undefined = undefined
  private deltas = 0

  /** Calls `seen` for each delta after it has been added. */
  add(
    deltas: Maybe<ReadonlyArray<Maybe<ToolCallDeltaLike>>>,
    seen?: (call: OpenToolCall, piece: string) => void
  ): void {
    if (deltas === null || deltas === undefined) return
    this.deltas++
    for (const delta of deltas) {
      if (delta === null || delta === undefined) continue
      const piece: Piece = {
        index: typeof delta.index === "number" && Number.isFinite(delta.index) ? delta.index : undefined,
        id: filled(delta.id) ? delta.id : undefined,
        name: filled(delta.function?.name) ? delta.function.name : undefined,
        text: delta.function?.arguments ?? ""
      }
      const call = this.find(piece) ?? this.open(piece)
      this.write(call, piece)
      if (!call.isTentative) seen?.(call, piece.text)
    }
  }

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
    if (call.index !== undefined) this.byIndex.set(call.index, call)
    if (call.id !== undefined) {
      this.byId.set(call.id, call)
      if (call.index !== undefined) this.byBoth.set(`${call.index} ${call.id}`, call)
    }
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

  private findAt(index: number, piece: Piece): Call | undefined {
    const { id, name, text } = piece
    const { last } = this
    const open = this.byIndex.get(index)
    if (id === undefined) {
      if (open !== undefined) return begins(open, piece, false) ? undefined : open
      return name === undefined && last?.index === undefined ? last : undefined
    }
    if (open !== undefined && open.id === id) {
      const isOther = name !== undefined && open.name !== undefined && name !== open.name
      return isOther && spoils(open, text) ? undefined : open
    }
    const known = this.byBoth.get(`${index} ${id}`) ?? this.byId.get(id)
    if (known !== undefined && (known.index === undefined || known.index === index)) return known
    return open === undefined || begins(open, piece, open.id !== undefined) ? undefined : open
  }

  private findById(id: string, piece: Piece): Call | undefined {
    const { last } = this
    const known = this.byId.get(id)
    if (known !== undefined) return known
    return last === undefined || begins(last, piece, true) ? undefined : last
  }

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

  /** `areComplete`: no more text can come for any call. */
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
