/**
 * Puts the value together that JSON text has told so far.
 *
 * A value that has ended is decoded by its schema, once for each container that is open around it and can be shown. What is still
 * open is put together of its decoded members. So every snapshot is a value of its own, and all of them take time in proportion to the text:
 * a snapshot copies the members of the open containers, and one is made only when as much text has come.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type { Issue } from "../errors/FriendliError.js"
import { formatIssues } from "../internal/issues.js"
import * as scanner from "./scanner.js"
import { type ArrayForm, type ObjectForm, type Shape, shapeOf } from "./shapes.js"

type Key = string | number

/** How an open container is shown. */
type View =
  | { readonly kind: "object"; readonly form: ObjectForm; readonly members: Map<PropertyKey, unknown> }
  | { readonly kind: "array"; readonly form: ArrayForm; readonly members: Array<unknown> }

interface Frame {
  readonly raw: Record<string, unknown> | Array<unknown>
  /** Absent where it shows nothing, or can not yet be told from other forms. */
  view: View | undefined
  /** What it may turn out to be. */
  candidates: ReadonlyArray<ObjectForm | undefined>
  /** The member that is being read; absent between members of an object. */
  key: Key | undefined
}

/** Deeper containers are shown when they have ended. */
const deepestView = 32

/** So many members may always be copied; of more, one for each character that has come. */
const freeMembers = 64

const hidden = Symbol("hidden")

/** Keys come from outside: `__proto__` would be the prototype. */
const toObject = (members: Iterable<readonly [PropertyKey, unknown]>): Record<PropertyKey, unknown> => {
  const object: Record<PropertyKey, unknown> = {}
  for (const [key, value] of members) if (key !== "__proto__") object[key] = value
  return object
}

export interface Reader {
  readonly push: (piece: string) => void
  /** Ends the text. An empty one stands for `empty`, where that is given. */
  readonly end: (empty?: unknown) => Either.Either<unknown, ReadonlyArray<Issue>>
  /** Why no value can come of it. */
  readonly issues: () => ReadonlyArray<Issue> | undefined
  /** Whether there is more to show than in the last snapshot. */
  readonly hasNews: () => boolean
  /** Whether so much text has come since the last snapshot that another one may be made. */
  readonly mayShow: () => boolean
  /** What there is, as a value of its own; undefined before there is any. */
  readonly snapshot: () => unknown
  readonly text: () => string
}

export const make = <A, I>(schema: Schema.Schema<A, I>): Reader => {
  const root = shapeOf(schema.ast)
  const frames: Array<Frame> = []
  let text = ""
  let issues: ReadonlyArray<Issue> | undefined
  let result: Option.Option<unknown> = Option.none()
  /** The string that is open, where it can be shown. */
  let growing: unknown = hidden
  let isNew = false
  let last: unknown
  let shownAt = 0

  /** Those that can be shown: however deep the text goes, a step looks at so many. */
  const shownFrames = (): ReadonlyArray<Frame> => frames.slice(0, deepestView)

  const pathHere = (): ReadonlyArray<Key> => shownFrames().flatMap(({ key }) => (key === undefined ? [] : [key]))

  const refuse = (found: ReadonlyArray<Issue>): void => {
    issues ??= found
    isNew = true
  }

  const decoded = (shape: Shape, raw: unknown, path: ReadonlyArray<Key>): Option.Option<unknown> => {
    try {
      const outcome = shape.decode(raw)
      if (Either.isRight(outcome)) return Option.some(outcome.right)
      refuse(formatIssues(outcome.left).map((issue) => ({ ...issue, path: [...path, ...issue.path] })))
    } catch (cause) {
      // A schema that throws, or nests so deep that the stack ends: what the model wrote decides over both.
      refuse([{ path, message: `can not be decoded: ${cause instanceof Error ? cause.name : "the schema throws"}` }])
    }
    return Option.none()
  }

  /** Of the value that comes next, where it can be shown before its end. */
  const shapeHere = (): Shape | undefined => {
    if (frames.length >= deepestView) return undefined
    const frame = frames.at(-1)
    if (frame === undefined) return root
    if (frame.view?.kind === "array") return frame.view.form.element(Number(frame.key))
    const member = frame.view?.form.member(String(frame.key))
    return member?.stays === true ? member.shape : undefined
  }

  const showMember = (view: View, key: Key, raw: unknown, path: ReadonlyArray<Key>): void => {
    if (view.kind === "array") {
      const shape = view.form.element(Number(key))
      const value = shape === undefined ? Option.none() : decoded(shape, raw, path)
      // One that is missing would give its place to the next.
      if (Option.isSome(value) && view.members.length === key) view.members.push(value.value)
      return
    }
    const member = view.form.member(String(key))
    if (member === undefined) return
    const value = Option.flatMap(decoded(member.shape, raw, path), member.transform)
    if (Option.isSome(value)) view.members.set(member.name, value.value)
  }

  /** The forms that this member leaves; where it is one, it can be shown from now on. */
  const narrow = (frame: Frame, key: Key, raw: unknown): void => {
    frame.candidates = frame.candidates.filter((form) => form?.literals.get(String(key))?.has(raw) ?? true)
    const [form] = frame.candidates
    if (frame.candidates.length !== 1 || form === undefined) return
    frame.view = { kind: "object", form, members: new Map() }
    const path = pathHere().slice(0, -1)
    for (const [name, value] of Object.entries(frame.raw)) showMember(frame.view, name, value, [...path, name])
  }

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
    // What is wrong here stays the place where reading has ended.
    if (issues === undefined) frame.key = Array.isArray(frame.raw) ? frame.raw.length : undefined
  }

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
      // What is wrong with it as a whole takes nothing away from its members.
      if (issues !== undefined) frames.push(frame)
    },
    scalar: attach,
    text: (soFar) => {
      if (growing === soFar || shapeHere()?.growsAsText !== true) return
      growing = soFar
      isNew = true
    },
    isOver: () => issues !== undefined
  }

  const scan = scanner.make(handler)

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

  const width = (): number =>
    shownFrames().reduce((sum, { view }) => {
      if (view === undefined) return sum
      return sum + (view.kind === "array" ? view.members.length : view.members.size)
    }, 0)

  const checkText = (): void => {
    const problem = scan.problem()
    if (problem !== undefined) refuse([{ path: pathHere(), message: problem }])
  }

  return {
    push: (piece) => {
      text += piece
      // Of what can not become a value only the text is kept.
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
        else refuse([{ path: pathHere(), message: "the text ends before the JSON does" }])
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
