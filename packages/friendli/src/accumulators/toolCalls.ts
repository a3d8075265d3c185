/**
 * Tool calls put together from their pieces, without Effect. Decision 0025 has the rules, and what they cannot tell.
 */
import { argumentsOf } from "./choices.js"
import { filled, JsonText, type Maybe } from "./pieces.js"

/**
 * What is read of a piece of a tool call.
 * @category models
 */
export interface ToolCallDeltaLike {
  readonly index?: Maybe<number>
  readonly id?: Maybe<string>
  readonly function?: Maybe<{ readonly name?: Maybe<string>; readonly arguments?: Maybe<string> }>
}

/**
 * A whole tool call. `id` and `name` are empty when no piece of the call had one.
 * @category models
 */
export interface ToolCallLike {
  readonly id: string
  readonly type: "function"
  readonly function: { readonly name: string; readonly arguments: string }
}

/**
 * A tool call as it is put together: the same object from its first piece to its last. Its name may grow until arguments come.
 * @category models
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
  /** The number of the delta that wrote to it last. */
  delta: number
  /** Begun by an id alone behind a complete call: it is a call only when more comes. */
  isTentative: boolean
}

interface Piece {
  readonly index: number | undefined
  readonly id: string | undefined
  readonly name: string | undefined
  readonly text: string
}

/** Whether text would make arguments invalid that are complete. */
const spoils = (call: Call, text: string): boolean => call.arguments.hasEnded && text.trim() !== ""

/** Whether a piece begins a call in the place of one that is open there. `isForeign`: it has an id of no call. */
const begins = (open: Call, { name, text }: Piece, isForeign: boolean): boolean => {
  if (name === undefined) return isForeign && open.arguments.hasEnded && (text === "" || spoils(open, text))
  if (open.name === undefined) return spoils(open, text)
  return isForeign || (open.arguments.hasEnded && (name !== open.name || spoils(open, text)))
}

/**
 * Puts tool calls together from their pieces.
 * @category models
 */
export class ToolCalls {
  private readonly calls: Array<Call> = []
  /** The call that is open at an index, and the latest one with an id. */
  private readonly byIndex = new Map<number, Call>()
  private readonly byId = new Map<string, Call>()
  /** By index and id: servers that give every call the index 0 may still interleave them. */
  private readonly byBoth = new Map<string, Call>()
  private last: Call | undefined = undefined
  private deltas = 0

  /** Calls `seen` for each piece, after it has been added. */
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
      // A name that comes with arguments, or whole once more, is repeated; else it goes on.
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

  /** The call that a piece continues; `undefined` when it begins one. */
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
    // Within one delta each entry with a name is a call.
    if (last.delta === this.deltas) return undefined
    if (name === last.name) return spoils(last, text) ? undefined : last
    // A server that tells its calls apart goes on with the name; one that does not begins another call.
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

  /** `areComplete`: no more text can come for any of them. */
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
