/**
 * JSON that is still being written, decoded by a schema as it grows: arguments of tool calls, and structured answers.
 *
 * **When to use**: to show a form, a list or a chart while the model fills it in. For tool calls see `ChatStream.partialToolCalls` and
 * `MessageStream.partialToolUses`, which do it for each call.
 *
 * **Details**: nothing is guessed. A value that has ended is decoded by its schema, transformations included. Of what is still open there
 * are the members that have ended, and open strings of a plain `Schema.String` (with bounds of length, too) as far as they have come.
 * Numbers, literals, dates, other refined strings, and unions until one member fits, are there when they have ended. The whole takes
 * time in proportion to the text.
 */
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import type { Pipeable } from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { Issue } from "../errors/FriendliError.js"
import { readings } from "../accumulators/folds.js"
import * as reader from "./reader.js"

/** What has no members that could be missing: data types of Effect, too, which schemas make of the whole. */
type Whole =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | Date
  | RegExp
  | URL
  | Uint8Array
  | ReadonlySet<unknown>
  | ReadonlyMap<unknown, unknown>
  | Pipeable
  | ((...args: never) => unknown)

/**
 * A value of which members may be missing, at any depth.
 * @category models
 */
export type DeepPartial<A> = unknown extends A
  ? A
  : A extends Whole
    ? A
    : A extends ReadonlyArray<infer Element>
      ? number extends A["length"]
        ? ReadonlyArray<DeepPartial<Element>>
        : { readonly [Index in keyof A]?: DeepPartial<A[Index]> }
      : { readonly [Key in keyof A]?: DeepPartial<A[Key]> }

/**
 * The text goes on. `value` is what there is so far: a value of its own, which does not change when more comes.
 * @category models
 */
export interface Growing<A> {
  readonly _tag: "Growing"
  readonly value: DeepPartial<A>
  /** The text so far. */
  readonly text: string
}

/**
 * The text has ended, and is a value of the schema.
 * @category models
 */
export interface Complete<A> {
  readonly _tag: "Complete"
  readonly value: A
  readonly text: string
}

/**
 * No value of the schema can come of the text: it is no JSON, or ended too early, or the schema refuses a part that has ended.
 * @category models
 */
export interface Invalid<A> {
  readonly _tag: "Invalid"
  /** What is wrong, and where. Strings of the text are not repeated. */
  readonly issues: ReadonlyArray<Issue>
  /** What could be decoded before that; undefined where nothing could. */
  readonly value: DeepPartial<A> | undefined
  readonly text: string
}

/**
 * What is known of a value while its JSON comes.
 *
 * **Details**: the last reading is `Complete` or `Invalid` and has the whole text. `Invalid` may come before, as soon as it is certain, and
 * then once more at the end when more text has come.
 * @category models
 */
export type Reading<A> = Growing<A> | Complete<A> | Invalid<A>

/**
 * Reads one value, piece by piece.
 * @category models
 */
export interface Reader<A> {
  /** The reading after this piece, where it tells more than the one before. */
  readonly push: (piece: string) => Reading<A> | undefined
  /** What the last reading did not show yet, of a text that breaks off without an end. */
  readonly flush: () => Reading<A> | undefined
  /**
   * Ends the text. Undefined where the last reading has said it all. An empty text is decoded as `empty`, where that is given.
   */
  readonly end: (empty?: unknown) => Reading<A> | undefined
}

/**
 * The tools of a request by their names: what their arguments are decoded with.
 * @category models
 */
export type ToolSchemas = Readonly<Record<string, Schema.Schema.AnyNoContext>>

/**
 * What is known of a tool call while it is written. `name` tells which tool it is, and what `reading.value` is.
 * @category models
 */
export type ToolCall<Tools extends ToolSchemas> =
  | {
      readonly [Name in keyof Tools & string]: KnownToolCall<Name, Schema.Schema.Type<Tools[Name]>>
    }[keyof Tools & string]
  | UnknownToolCall

/**
 * A call of one of the tools.
 * @category models
 */
export interface KnownToolCall<Name extends string, A> {
  readonly name: Name
  /** Empty until the server has said it. */
  readonly id: string
  /** Which call of the answer it is, from 0, in the order in which they began. */
  readonly position: number
  readonly reading: Reading<A>
}

/**
 * A call of a tool that there is not. Models invent some.
 * @category models
 */
export interface UnknownToolCall {
  readonly name: undefined
  /** What the model called; empty where it gave no name. */
  readonly unknownName: string
  readonly id: string
  readonly position: number
  readonly reading: Invalid<never>
}

/**
 * Makes a reader, for pieces that come from elsewhere than a `Stream`.
 *
 * **Details**: keeps state and belongs to one text. The schema must need no services and decode without waiting, or everything is `Invalid`.
 * Between readings with more than 64 members in open lists and records, at least as many characters pass: so the whole stays linear.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { PartialJson } from "effect-friendli"
 *
 * const reader = PartialJson.make(Schema.Struct({ city: Schema.String, days: Schema.Number }))
 *
 * for (const piece of [`{"ci`, `ty":"Seo`, `ul","days":1`, `0}`]) console.log(reader.push(piece)?.value)
 * console.log(reader.end()?._tag)
 * // => {}
 * // => { city: 'Seo' }
 * // => { city: 'Seoul' }
 * // => { city: 'Seoul', days: 10 }
 * // => Complete
 * ```
 * @category constructors
 */
export const make = <A, I>(schema: Schema.Schema<A, I>): Reader<A> => {
  const json = reader.make(schema)
  /** The text of the last reading, where that was final. */
  let told: string | undefined

  // The reader puts values together by the schema; the compiler can not follow it there.
  const value = (): DeepPartial<A> | undefined => json.snapshot() as DeepPartial<A> | undefined

  const invalid = (issues: ReadonlyArray<Issue>): Invalid<A> | undefined => {
    const text = json.text()
    if (told === text) return undefined
    told = text
    return { _tag: "Invalid", issues, value: value(), text }
  }

  const growing = (): Growing<A> | undefined => {
    if (!json.hasNews()) return undefined
    const shown = value()
    return shown === undefined ? undefined : { _tag: "Growing", value: shown, text: json.text() }
  }

  return {
    push: (piece) => {
      json.push(piece)
      const issues = json.issues()
      if (issues !== undefined) return told === undefined ? invalid(issues) : undefined
      return json.mayShow() ? growing() : undefined
    },
    flush: () => (json.issues() === undefined ? growing() : undefined),
    end: (empty) => {
      const outcome = json.end(empty)
      return Either.isLeft(outcome)
        ? invalid(outcome.left)
        : { _tag: "Complete", value: outcome.right as A, text: json.text() }
    }
  }
}

/**
 * Decodes text that comes in pieces, as JSON of a schema, while it grows.
 *
 * **When to use**: for an answer with `response_format: ResponseFormat.json(schema)`, from `ChatStream.text` or `CompletionStream.text`.
 *
 * **Details**: an element for each piece that tells more than the one before, and at the end one that is `Complete` or `Invalid`. What the
 * schema refuses is an element and no failure, so nothing that came is lost. A failure of the stream comes after the last reading.
 *
 * **Gotchas**: `Complete` comes with the end of the stream, since more text would make the JSON invalid.
 *
 * @example
 * ```ts
 * import { Effect, Schema, Stream } from "effect"
 * import { PartialJson } from "effect-friendli"
 *
 * const Recipe = Schema.Struct({ title: Schema.String, minutes: Schema.Number, steps: Schema.Array(Schema.String) })
 *
 * const text = Stream.make(`{"title":"Kim`, `chi","minutes":3`, `0,"steps":["Salt`, ` the cabbage"]}`)
 *
 * PartialJson.decode(text, Recipe).pipe(
 *   Stream.runForEach((reading) => Effect.sync(() => console.log(reading._tag, JSON.stringify(reading.value)))),
 *   Effect.runPromise
 * )
 * // => Growing {"title":"Kim"}
 * // => Growing {"title":"Kimchi"}
 * // => Growing {"title":"Kimchi","minutes":30,"steps":["Salt"]}
 * // => Growing {"title":"Kimchi","minutes":30,"steps":["Salt the cabbage"]}
 * // => Complete {"title":"Kimchi","minutes":30,"steps":["Salt the cabbage"]}
 * ```
 * @category combinators
 */
export const decode: {
  <A, I>(schema: Schema.Schema<A, I>): <E, R>(text: Stream.Stream<string, E, R>) => Stream.Stream<Reading<A>, E, R>
  <A, I, E, R>(text: Stream.Stream<string, E, R>, schema: Schema.Schema<A, I>): Stream.Stream<Reading<A>, E, R>
} = /*#__PURE__*/ dual(
  2,
  <A, I, E, R>(text: Stream.Stream<string, E, R>, schema: Schema.Schema<A, I>): Stream.Stream<Reading<A>, E, R> => {
    const some = (reading: Reading<A> | undefined): ReadonlyArray<Reading<A>> =>
      reading === undefined ? [] : [reading]
    return readings(text, () => {
      const reader = make(schema)
      return {
        add: (piece) => some(reader.push(piece)),
        flush: () => some(reader.flush()),
        end: () => some(reader.end())
      }
    })
  }
)
