/**
 * Builds the value of incomplete JSON text, decoded by a schema.
 *
 * In: events of the scanner. Out: snapshots. A complete value is decoded by its schema, once for each open container around it that can
 * be shown. An open container is built from its decoded members. So every snapshot is a new value, and all snapshots together take time
 * in proportion to the text: a snapshot copies the members of the open containers, and is made only after as much text has arrived.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type { Issue } from "../errors/FriendliError.js"
import { formatIssues } from "../internal/issues.js"
import * as scanner from "./scanner.js"
import { type ArrayForm, type ObjectForm, type Shape, shapeOf } from "./shapes.js"

type Key = string | number

/** The visible part of an open container: its form in the schema, and the decoded members so far. */
type View =
  | { readonly kind: "object"; readonly form: ObjectForm; readonly members: Map<PropertyKey, unknown> }
  | { readonly kind: "array"; readonly form: ArrayForm; readonly members: Array<unknown> }

/** An open container. */
interface Frame {
  /** The members so far, not decoded. */
  readonly raw: Record<string, unknown> | Array<unknown>
  /** Absent if the container shows nothing yet, or if several forms are still possible. */
  view: View | undefined
  /** The forms that are still possible. */
  candidates: ReadonlyArray<ObjectForm | undefined>
  /** The member that is being read; absent between the members of an object. */
  key: Key | undefined
}

/** Deeper containers are shown only when they are complete. */
const deepestView = 32

/** This many members may always be copied; more members only after as many characters have arrived. */
const freeMembers = 64

/** Marks a value that cannot be shown. `undefined` may be a decoded value. */
const hidden = Symbol("hidden")

/** The model chooses the keys: assigning to `__proto__` would set the prototype. */
const toObject = (members: Iterable<readonly [PropertyKey, unknown]>): Record<PropertyKey, unknown> => {
  const object: Record<PropertyKey, unknown> = {}
  for (const [key, value] of members) if (key !== "__proto__") object[key] = value
  return object
}

/** Reads one text. Mutable, without Effect. */
export interface Reader {
  readonly push: (piece: string) => void
  /** Ends the text. An empty text means `empty`, if given. */
  readonly end: (empty?: unknown) => Either.Either<unknown, ReadonlyArray<Issue>>
  /** Why the text cannot become a value. */
  readonly issues: () => ReadonlyArray<Issue> | undefined
  /** Whether a snapshot would show more than the last one. */
  readonly hasNews: () => boolean
  /** Whether enough text has arrived since the last snapshot to make another one. */
  readonly mayShow: () => boolean
  /** The value so far, as a new object; `undefined` if there is none yet. */
  readonly snapshot: () => unknown
  readonly text: () => string
}

export const make = <A, I>(schema: Schema.Schema<A, I>): Reader => {
  const root = shapeOf(schema.ast)
  const frames: Array<Frame> = []
  let text = ""
  let issues: ReadonlyArray<Issue> | undefined
  let result: Option.Option<unknown> = Option.none()
  /** The open string, if it can be shown. */
  let growing: unknown = hidden
  let isNew = false
  let last: unknown
  let shownAt = 0

  /** The open containers that can be shown: a step looks only at these, however deep the text is nested. */
  const shownFrames = (): ReadonlyArray<Frame> => frames.slice(0, deepestView)

  const pathHere = (): ReadonlyArray<Key> => shownFrames().flatMap(({ key }) => (key === undefined ? [] : [key]))

  /** Stops the reading with the first error. */
  const reject = (found: ReadonlyArray<Issue>): void => {
    issues ??= found
    isNew = true
  }

  /** Decodes a complete value. A failure stops the reading. */
  const decoded = (shape: Shape, raw: unknown, path: ReadonlyArray<Key>): Option.Option<unknown> => {
    try {
      const outcome = shape.decode(raw)
      if (Either.isRight(outcome)) return Option.some(outcome.right)
      reject(formatIssues(outcome.left).map((issue) => ({ ...issue, path: [...path, ...issue.path] })))
    } catch (cause) {
      // A schema may throw or overflow the stack, depending on the text of the model.
      reject([{ path, message: `cannot be decoded: ${cause instanceof Error ? cause.name : "the schema throws"}` }])
    }
    return Option.none()
  }

  /** The shape of the next value, if it can be shown before its end. */
  const shapeHere = (): Shape | undefined => {
    if (frames.length >= deepestView) return undefined
    const frame = frames.at(-1)
    if (frame === undefined) return root
    if (frame.view?.kind === "array") return frame.view.form.element(Number(frame.key))
    const member = frame.view?.form.member(String(frame.key))
    return member?.stays === true ? member.shape : undefined
  }

  /** Adds a complete member to a visible container, decoded and under its decoded name. */
  const showMember = (view: View, key: Key, raw: unknown, path: ReadonlyArray<Key>): void => {
    if (view.kind === "array") {
      const shape = view.form.element(Number(key))
      const value = shape === undefined ? Option.none() : decoded(shape, raw, path)
      // A missing element would move the next one to its place.
      if (Option.isSome(value) && view.members.length === key) view.members.push(value.value)
      return
    }
    const member = view.form.member(String(key))
    if (member === undefined) return
    const value = Option.flatMap(decoded(member.shape, raw, path), member.transform)
    if (Option.isSome(value)) view.members.set(member.name, value.value)
  }

  /**
   * Keeps the forms that allow this member. Example: in a union of `{type: "a", …}` and `{type: "b", …}`, the member `"type": "b"` leaves
   * one form, and the members before it can be shown with it.
   */
  const narrow = (frame: Frame, key: Key, raw: unknown): void => {
    frame.candidates = frame.candidates.filter((form) => form?.literals.get(String(key))?.has(raw) ?? true)
    const [form] = frame.candidates
    if (frame.candidates.length !== 1 || form === undefined) return
    frame.view = { kind: "object", form, members: new Map() }
    const path = pathHere().slice(0, -1)
    for (const [name, value] of Object.entries(frame.raw)) showMember(frame.view, name, value, [...path, name])
  }

  /** A value is complete: adds it to the container around it, or makes it the result. */
  const attach = (raw: unknown): void => {
    growing = hidden
    const frame = frames.at(-1)
    if (frame === undefined) {
      result = decoded(root, raw, [])
      isNew = true
      return
    }
    const key = frame.key!
    if (Array.isArray(frame.raw)) frame.raw.push(raw)
    else if (key !== "__proto__") frame.raw[key] = raw
    if (frame.view !== undefined) showMember(frame.view, key, raw, pathHere())
    else if (frame.candidates.length > 1) narrow(frame, key, raw)
    isNew ||= frame.view !== undefined
    // The first error ends the reading, and stays the reported one.
    if (issues === undefined) frame.key = Array.isArray(frame.raw) ? frame.raw.length : undefined
  }

  /** Enters a container. */
  const open = (frame: Frame): void => {
    frames.push(frame)
    isNew ||= frame.view !== undefined
  }

  const handler: scanner.Handler = {
    openObject: () => {
      const candidates = shapeHere()?.objects ?? []
      const form = candidates.length === 1 ? candidates[0] : undefined
      const view: View | undefined = form && { kind: "object", form, members: new Map() }
      open({ raw: {}, view, candidates, key: undefined })
    },
    openArray: () => {
      const forms = shapeHere()?.arrays ?? []
      const form = forms.length === 1 ? forms[0] : undefined
      const view: View | undefined = form && { kind: "array", form, members: [] }
      open({ raw: [], view, candidates: [], key: 0 })
    },
    key: (name) => {
      frames.at(-1)!.key = name
    },
    close: () => {
      const frame = frames.pop()!
      attach(frame.raw)
      // An error of the whole value does not remove its members.
      if (issues !== undefined) frames.push(frame)
    },
    scalar: attach,
    text: (soFar) => {
      if (growing === soFar || shapeHere()?.growsAsText !== true) return
      growing = soFar
      isNew = true
    },
    // The scanner stops, so that nothing after the first error is shown.
    isOver: () => issues !== undefined
  }

  const scan = scanner.make(handler)

  /** Builds the snapshot from the innermost open container outwards: each one contains the snapshot of its open child. */
  const value = (): unknown => {
    if (Option.isSome(result)) return result.value
    const shown = shownFrames()
    let child = shown.length === frames.length ? growing : hidden
    for (const { key, view } of shown.toReversed()) {
      if (view === undefined) child = hidden
      else if (view.kind === "array") {
        child = child === hidden || view.members.length !== key ? view.members.slice() : [...view.members, child]
      } else {
        const member = child === hidden ? undefined : view.form.member(String(key))
        child = toObject(member === undefined ? view.members : [...view.members, [member.name, child]])
      }
    }
    return child === hidden ? undefined : child
  }

  /** The number of members that a snapshot would copy. */
  const width = (): number =>
    shownFrames().reduce((sum, { view }) => {
      if (view === undefined) return sum
      return sum + (view.kind === "array" ? view.members.length : view.members.size)
    }, 0)

  /** Turns an error of the scanner into an issue with the path of the value that is being read. */
  const checkText = (): void => {
    const problem = scan.problem()
    if (problem !== undefined) reject([{ path: pathHere(), message: problem }])
  }

  return {
    push: (piece) => {
      text += piece
      // Once the text is invalid, only the text is kept.
      if (issues !== undefined) return
      scan.push(piece)
      checkText()
    },
    end: (empty) => {
      if (issues === undefined) {
        scan.end()
        checkText()
      }
      if (issues === undefined && !scan.isComplete()) {
        if (empty !== undefined && text.trim() === "") result = decoded(root, empty, [])
        else reject([{ path: pathHere(), message: "the text ends before the JSON does" }])
      }
      return issues === undefined && Option.isSome(result) ? Either.right(result.value) : Either.left(issues ?? [])
    },
    issues: () => issues,
    hasNews: () => isNew,
    mayShow: () => {
      const members = width()
      return members <= freeMembers || text.length - shownAt >= members
    },
    snapshot: () => {
      if (isNew) {
        isNew = false
        shownAt = text.length
        last = value() ?? last
      }
      return last
    },
    text: () => text
  }
}
