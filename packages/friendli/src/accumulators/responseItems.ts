/**
 * The items of a response while they are streamed. In: items, parts and deltas in any order. Out: the items so far, and, for a listener,
 * the text that had not arrived before.
 *
 * An item or a part may be sent as a whole at its start, at its end and at the end of the stream. A later value replaces an earlier one,
 * unless it is empty: a last event with an empty list does not remove text that has arrived.
 *
 * Data of the server is never a key of an object and never the length of an array.
 */
import type { ResponsesPart } from "../schema/ResponsesEvent.js"
import type { ResponsesOutputItem, ResponsesOutputMessage, ResponsesReasoning } from "../schema/ResponsesResponse.js"

/** The kind of an item's text. */
export type Kind = "text" | "reasoning" | "arguments" | "input"

/** An item while it is streamed: the same object from its first event to its last. */
export interface OpenItem {
  readonly item: ResponsesOutputItem
}

/** Callbacks for the text that arrives. */
export interface ItemListener {
  /** New text has arrived; empty when a call begins. */
  readonly piece: (open: OpenItem, kind: Kind, text: string) => void
  /** The whole item has arrived. */
  readonly done: (open: OpenItem) => void
}

/** The position of an event in the response. Servers may leave out each field. */
export interface Place {
  readonly item_id?: string | null | undefined
  readonly output_index?: number | null | undefined
  readonly content_index?: number | null | undefined
}

/** Text that grows. It is joined only when it is read, and kept only if it will be read. */
class Growing {
  private length = 0
  private pieces: Array<string> = []

  constructor(private readonly isKept: boolean) {}

  add(piece: string): string {
    this.length += piece.length
    if (this.isKept && piece !== "") this.pieces.push(piece)
    return piece
  }

  /**
   * Adds text that is sent at a start, or as a whole. It is new only if nothing had arrived, because emitted text cannot be taken back.
   * When the text is read, the whole text replaces the earlier pieces. Empty text changes nothing.
   */
  given(text: string, isWhole: boolean): string {
    if (this.length === 0) return this.add(text)
    if (isWhole && this.isKept && text !== "") this.pieces = [text]
    return ""
  }

  read(): string {
    if (this.pieces.length > 1) this.pieces = [this.pieces.join("")]
    return this.pieces[0] ?? ""
  }
}

/** A part of an item. */
interface OpenPart {
  index: number | undefined
  fields: ResponsesPart
  readonly text: Growing
}

/** An item. Its text is in its parts or, for a call, in the item. */
interface Open extends OpenItem {
  item: ResponsesOutputItem
  index: number | undefined
  readonly parts: Array<OpenPart>
  readonly partsByIndex: Map<number, OpenPart>
  readonly text: Growing
  isDone: boolean
}

/** The types of items that have text. */
type Type = "message" | "reasoning" | "function_call"

/** Whether a value is empty, so that the known value of a field stays. */
const isEmptyValue = (value: unknown): boolean =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)

/** Later values replace earlier ones, unless they are empty. A `Map`, because the server chooses the keys. */
export const overlay = <A extends object>(before: A, after: object): A => {
  const merged = new Map<string, unknown>(Object.entries(before))
  for (const [key, value] of Object.entries(after)) {
    if (!isEmptyValue(value) || !merged.has(key)) merged.set(key, value)
  }
  // The fields of both, and so those of `A`.
  return Object.fromEntries(merged) as A
}

/** The initial item of this type. */
const emptyOf = (type: Type, id: string | undefined): ResponsesOutputItem => {
  const named = id === undefined ? {} : { id }
  switch (type) {
    case "message":
      return { type, ...named, content: [] }
    case "reasoning":
      return { type, ...named, summary: [] }
    case "function_call":
      return { type, ...named, call_id: "", name: "", arguments: "" }
  }
}

/** The id of an item, if it has one. */
const idOf = (item: ResponsesOutputItem): string | undefined =>
  "id" in item && typeof item.id === "string" && item.id !== "" ? item.id : undefined

const textOf = (part: ResponsesPart): string | undefined =>
  part.type === "output_text" || part.type === "reasoning_text" ? part.text : undefined

/** Whether an item of this type can have the part. Parts of unknown types can be anywhere. */
const fits = (item: ResponsesOutputItem, part: ResponsesPart): boolean => {
  switch (part.type) {
    case "output_text":
      return item.type === "message"
    case "reasoning_text":
      return item.type === "reasoning"
    default:
      return item.type === "message" || item.type === "reasoning"
  }
}

/** In the order of their indexes; entries without an index keep their order and come last. */
const inOrder = <A extends { readonly index: number | undefined }>(all: ReadonlyArray<A>): ReadonlyArray<A> => {
  const rank = ({ index }: A): number => index ?? Number.POSITIVE_INFINITY
  return all.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)))
}

/** A part so far. */
const closedPart = ({ fields, text }: OpenPart): ResponsesPart =>
  fields.type === "output_text" || fields.type === "reasoning_text" ? { ...fields, text: text.read() } : fields

/** An item so far. */
const closed = ({ item, parts, text }: Open): ResponsesOutputItem => {
  switch (item.type) {
    // Parts are only added to items that they fit, so that the lists have the types of their items.
    case "message":
      return { ...item, content: inOrder(parts).map(closedPart) as ResponsesOutputMessage["content"] }
    case "reasoning":
      return parts.length === 0
        ? item
        : { ...item, content: inOrder(parts).map(closedPart) as NonNullable<ResponsesReasoning["content"]> }
    case "function_call":
      return { ...item, arguments: text.read() }
    case "custom_tool_call":
      return { ...item, input: text.read() }
    default:
      return item
  }
}

/** The text of a call, with its kind; `undefined` for other items. */
const callOf = (item: ResponsesOutputItem): readonly [Kind, string] | undefined => {
  if (item.type === "function_call") return ["arguments", item.arguments]
  return item.type === "custom_tool_call" ? ["input", item.input] : undefined
}

/** The parts that an item is sent with. */
const partsOf = (item: ResponsesOutputItem): ReadonlyArray<ResponsesPart> => {
  if (item.type === "message") return item.content
  return item.type === "reasoning" ? (item.content ?? []) : []
}

/**
 * Collects items. They are found by their id, then by their index, and without either by order. An event that fits no open item begins a
 * new one, so that nothing that arrived is lost. Each event takes time proportional to its size.
 */
export class Items {
  private readonly all: Array<Open> = []
  private readonly byIndex = new Map<number, Open>()
  /** By type and id, because some servers give items of different types the same id. */
  private readonly byId = new Map<string, Map<string, Open>>()

  /** `isKept: false` if there is only a listener: no text is kept then. */
  constructor(
    private readonly isKept: boolean,
    private readonly listener: ItemListener | undefined
  ) {}

  /** An item begins. */
  begin(item: ResponsesOutputItem, index: number | null | undefined): void {
    const open = this.ofId(item.type, idOf(item)) ?? this.open(item, index ?? undefined)
    this.place(open, idOf(item), index ?? undefined)
    this.take(open, item, false)
  }

  /** An item so far, in a response that has begun. */
  update(item: ResponsesOutputItem, index: number): void {
    this.take(this.given(item, index), item, false)
  }

  /** An item is complete. */
  finish(item: ResponsesOutputItem, index: number | null | undefined): void {
    const open = this.given(item, index ?? undefined)
    this.take(open, item, true)
    this.done(open)
  }

  /** The last event has arrived: items that were never completed get the status that follows from it. */
  settle(status: "completed" | "incomplete"): void {
    for (const open of this.all) {
      const { item } = open
      if (!open.isDone && "status" in item && item.status === "in_progress") open.item = { ...item, status }
    }
  }

  /** A part begins, or is complete. */
  part(place: Place, part: ResponsesPart, isWhole: boolean): void {
    const type = part.type === "reasoning_text" ? "reasoning" : "message"
    this.takePart(
      this.find(place, type, (item) => fits(item, part)),
      place.content_index,
      part,
      isWhole
    )
  }

  /** A delta of text or reasoning. */
  delta(place: Place, type: "message" | "reasoning", delta: string): void {
    const open = this.find(place, type, (item) => item.type === type)
    const part = this.partAt(open, place.content_index, emptyPart(type))
    this.tell(open, type === "message" ? "text" : "reasoning", part.text.add(delta))
  }

  /** A delta of arguments. */
  argumentsDelta(place: Place, delta: string): void {
    const open = this.find(place, "function_call", isFunctionCall)
    this.tell(open, "arguments", open.text.add(delta))
  }

  /** The arguments are complete. */
  argumentsDone(place: Place, whole: string, name: string | null | undefined): void {
    const open = this.find(place, "function_call", isFunctionCall)
    open.item = overlay(open.item, { name })
    this.tell(open, "arguments", open.text.given(whole, true))
    this.done(open)
  }

  /** A copy of the items so far, in the order of their indexes. */
  snapshot(): ReadonlyArray<ResponsesOutputItem> {
    return inOrder(this.all).map(closed)
  }

  private tell(open: Open, kind: Kind, text: string): void {
    if (text !== "") this.listener?.piece(open, kind, text)
  }

  /**
   * Tells the listener that an item is done. Not for an item with the status `incomplete`: only at the end of the stream is it certain
   * that no more text follows.
   */
  private done(open: Open): void {
    if (!("status" in open.item && open.item.status === "incomplete")) this.listener?.done(open)
  }

  /** Begins an item. */
  private open(item: ResponsesOutputItem, index: number | undefined): Open {
    const open: Open = {
      item,
      index,
      parts: [],
      partsByIndex: new Map(),
      text: new Growing(this.isKept),
      isDone: false
    }
    this.all.push(open)
    if (index !== undefined) this.byIndex.set(index, open)
    this.place(open, idOf(item), index)
    const call = callOf(item)
    if (call !== undefined) this.listener?.piece(open, call[0], "")
    return open
  }

  /** Remembers an item under an id that the server has used for it, and under its first index. */
  private place(open: Open, id: string | undefined, index: number | undefined): void {
    if (id !== undefined) {
      const { type } = open.item
      const ids = this.byId.get(type) ?? new Map<string, Open>()
      this.byId.set(type, ids.set(id, open))
    }
    if (index !== undefined && open.index === undefined) {
      open.index = index
      this.byIndex.set(index, open)
    }
  }

  private ofId(type: string, id: string | undefined): Open | undefined {
    return id === undefined ? undefined : this.byId.get(type)?.get(id)
  }

  /** The item that is sent again, by its id, its index or its position; a new one if there is none of its type. */
  private given(item: ResponsesOutputItem, index: number | undefined): Open {
    const id = idOf(item)
    const found = this.ofId(item.type, id) ?? this.at(index) ?? this.latest(id, index)
    const open = found?.item.type === item.type ? found : this.open(item, index)
    this.place(open, id, index)
    return open
  }

  /** The item at an index; if it has none, the one at this position. */
  private at(index: number | undefined): Open | undefined {
    if (index === undefined) return undefined
    return this.byIndex.get(index) ?? withoutIndex(this.all[index])
  }

  /** The item of a part or a delta; a new one if there is none of a fitting type. */
  private find(place: Place, type: Type, isFitting: (item: ResponsesOutputItem) => boolean): Open {
    const id = place.item_id || undefined
    const index = place.output_index ?? undefined
    const found =
      this.ofId(type, id) ?? (index === undefined ? undefined : this.byIndex.get(index)) ?? this.latest(id, index)
    const open = found !== undefined && isFitting(found.item) ? found : this.open(emptyOf(type, id), index)
    this.place(open, id, index)
    return open
  }

  /** The latest item, unless it has another id or another index. */
  private latest(id: string | undefined, index: number | undefined): Open | undefined {
    const last = this.all.at(-1)
    if (last === undefined || (index !== undefined && last.index !== undefined)) return undefined
    return id !== undefined && idOf(last.item) !== undefined ? undefined : last
  }

  /** Adds the fields and parts that an item is sent with. */
  private take(open: Open, item: ResponsesOutputItem, isWhole: boolean): void {
    open.item = overlay(open.item, item)
    open.isDone ||= isWhole
    partsOf(item).forEach((part, index) => this.takePart(open, index, part, isWhole))
    const call = callOf(item)
    if (call !== undefined) this.tell(open, call[0], open.text.given(call[1], isWhole))
    // Hidden reasoning: its last event has null or an empty list, and there is no other content.
    if (isWhole && item.type === "reasoning" && open.parts.length === 0 && "content" in item) {
      open.item = { ...open.item, content: item.content } as ResponsesReasoning
    }
  }

  private takePart(open: Open, index: number | null | undefined, part: ResponsesPart, isWhole: boolean): void {
    const at = this.partAt(open, index, part)
    at.fields = overlay(at.fields, part)
    const text = textOf(part)
    if (text === undefined) return
    this.tell(open, part.type === "reasoning_text" ? "reasoning" : "text", at.text.given(text, isWhole))
  }

  /** The part of an item at an index, or the latest part if there is no index; a new one if there is none of its type. */
  private partAt({ parts, partsByIndex }: Open, at: number | null | undefined, fields: ResponsesPart): OpenPart {
    const index = at ?? undefined
    const found = index === undefined ? parts.at(-1) : (partsByIndex.get(index) ?? withoutIndex(parts[index]))
    const isSame = found !== undefined && found.fields.type === fields.type
    const part: OpenPart = isSame ? found : { index: undefined, fields, text: new Growing(this.isKept) }
    if (!isSame) parts.push(part)
    if (index !== undefined && part.index === undefined) {
      part.index = index
      partsByIndex.set(index, part)
    }
    return part
  }
}

/** An entry that is found by its position must not have its own index. */
const withoutIndex = <A extends { readonly index: number | undefined }>(found: A | undefined): A | undefined =>
  found?.index === undefined ? found : undefined

const isFunctionCall = (item: ResponsesOutputItem): boolean => item.type === "function_call"

const emptyPart = (type: "message" | "reasoning"): ResponsesPart =>
  type === "message" ? { type: "output_text", text: "" } : { type: "reasoning_text", text: "" }
