/**
 * Decodes incomplete JSON by a schema while it arrives: arguments of tool calls, and structured answers.
 *
 * **When to use**: to show a form, a list or a chart while the model fills it in. For tool calls see `ChatStream.partialToolCalls` and
 * `MessageStream.partialToolUses`, which do this for each call.
 *
 * **Details**: nothing is guessed. A complete value is decoded by its schema, transformations included. An open object or array shows its
 * complete members. An open string is shown so far if its schema is `Schema.String`, with or without bounds of its length. Numbers,
 * literals, dates, other refined strings, and unions of which several members are still possible, are shown when they are complete. The
 * total time is proportional to the length of the text.
 */
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import type { Pipeable } from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { Issue } from "../errors/FriendliError.js"
import { readings } from "../accumulators/folds.js"
import * as reader from "./reader.js"

/**
 * Types without members that could be missing. Data types of Effect are among them, because a schema makes them from a
 * complete value.
 */
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

/** A value whose members may be missing, at every depth. */
export type DeepPartial<A> = unknown extends A
  ? A
  : A extends Whole
    ? A
    : A extends ReadonlyArray<infer Element>
      ? number extends A["length"]
        ? ReadonlyArray<DeepPartial<Element>>
        : { readonly [Index in keyof A]?: DeepPartial<A[Index]> }
      : { readonly [Key in keyof A]?: DeepPartial<A[Key]> }

/** The text is incomplete. `value` is the value so far; later readings do not change it. */
export interface Growing<A> {
  readonly _tag: "Growing"
  readonly value: DeepPartial<A>
  /** The text so far. */
  readonly text: string
}

/** The text is complete and matches the schema. */
export interface Complete<A> {
  readonly _tag: "Complete"
  readonly value: A
  readonly text: string
}

/**
 * The text cannot become a value of the schema: it is not JSON, it ended too early, or the schema rejects a complete
 * part.
 */
export interface Invalid<A> {
  readonly _tag: "Invalid"
  /** What is wrong, and where. Contains no strings of the text. */
  readonly issues: ReadonlyArray<Issue>
  /** The value that was decoded before that, if any. */
  readonly value: DeepPartial<A> | undefined
  readonly text: string
}

/**
 * The state of a value while its JSON arrives.
 *
 * **Details**: the last reading is `Complete` or `Invalid` and has the whole text. `Invalid` may come earlier, as soon
 * as it is certain, and then again at the end if more text came.
 */
export type Reading<A> = Growing<A> | Complete<A> | Invalid<A>

/** Reads one value from pieces of text. */
export interface Reader<A> {
  /** The reading after this piece, if it has more than the previous one. */
  readonly push: (piece: string) => Reading<A> | undefined
  /** The rest that the last reading did not show, for a text that is cut short. */
  readonly flush: () => Reading<A> | undefined
  /** Ends the text. `undefined` if the last reading was final. An empty text is decoded as `empty`, if given. */
  readonly end: (empty?: unknown) => Reading<A> | undefined
}

/** The tools of a request by name, with the schemas of their arguments. */
export type ToolSchemas = Readonly<Record<string, Schema.Schema.AnyNoContext>>

/** The state of a tool call while it arrives. `name` is the tool, and determines the type of `reading.value`. */
export type ToolCall<Tools extends ToolSchemas> =
  | {
      readonly [Name in keyof Tools & string]: KnownToolCall<Name, Schema.Schema.Type<Tools[Name]>>
    }[keyof Tools & string]
  | UnknownToolCall

/** A call of one of the tools. */
export interface KnownToolCall<Name extends string, A> {
  readonly name: Name
  /** Empty until the server has sent it. */
  readonly id: string
  /** The position of the call among the calls of the answer, from 0, in the order in which they began. */
  readonly position: number
  readonly reading: Reading<A>
}

/** A call of a tool that does not exist. Models invent some. */
export interface UnknownToolCall {
  readonly name: undefined
  /** The name that the model called; empty if it gave none. */
  readonly unknownName: string
  readonly id: string
  readonly position: number
  readonly reading: Invalid<never>
}

/**
 * Makes a reader, for text that does not come from a `Stream`.
 *
 * **Details**: a reader has state and reads one text. The schema must need no services and decode synchronously,
 * otherwise every reading is `Invalid`. If open arrays and records have more than 64 members, at least as many
 * characters come between two readings, so that the total time stays linear.
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
  /** The text of the last reading, if it was final. */
  let lastText: string | undefined

  // The reader builds values by the schema, which the compiler cannot follow.
  const value = (): DeepPartial<A> | undefined => json.snapshot() as DeepPartial<A> | undefined

  const invalid = (issues: ReadonlyArray<Issue>): Invalid<A> | undefined => {
    const text = json.text()
    if (lastText === text) return undefined
    lastText = text
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
      if (issues !== undefined) return lastText === undefined ? invalid(issues) : undefined
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
 * Decodes a stream of text as JSON of a schema while it arrives.
 *
 * **When to use**: for an answer with `response_format: ResponseFormat.json(schema)`, from `ChatStream.text` or `CompletionStream.text`.
 *
 * **Details**: emits a reading for each piece that adds something, and at the end one that is `Complete` or `Invalid`.
 * JSON that the schema rejects is an element and not a failure, so that no text is lost. A failure of the stream
 * follows the last reading.
 *
 * **Gotchas**: `Complete` comes at the end of the stream, because more text would make the JSON invalid.
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
