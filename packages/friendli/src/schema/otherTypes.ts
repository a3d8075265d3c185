/**
 * Blocks, items and events of types that this version does not know. They are kept unchanged, so that a new type does not break a
 * deployed program.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { ExpectedId } from "../internal/annotations.js"
import { typeOf } from "./eventTypes.js"

/** Only for the compiler: with `string`, or a branded string, `block.type === "text"` would not narrow. */
declare enum Other {
  Type = "another type"
}

/** A `type` that this version does not know: any string, but for the compiler different from the known types. */
export type OtherType = Other

/**
 * A schema of objects whose `type` is none of these. They are returned unchanged, if they are `accepted`.
 *
 * **Details**: an object with one of these types is invalid, so that the error of the union around it is about the known type.
 */
export const otherThan = <A extends { readonly type: OtherType }>(
  identifier: string,
  known: ReadonlyArray<string>,
  accepted?: (u: unknown) => Either.Either<unknown, ParseResult.ParseIssue>
): Schema.Schema<A> => {
  const names: ReadonlySet<string> = new Set(known)
  const check = (
    u: unknown,
    _options: AST.ParseOptions,
    ast: AST.Declaration
  ): Either.Either<A, ParseResult.ParseIssue> => {
    if (!Predicate.isRecord(u) || typeof u["type"] !== "string" || names.has(u["type"])) {
      return Either.left(new ParseResult.Type(ast, u))
    }
    const other = u as Partial<A> as A
    return accepted === undefined ? Either.right(other) : Either.map(accepted(u), () => other)
  }
  return Schema.declare(
    [],
    { decode: () => check, encode: () => check },
    {
      identifier,
      [ExpectedId]: "an object of another type",
      description: "an object of another type",
      jsonSchema: { type: "object", properties: { type: { type: "string" } }, required: ["type"] },
      arbitrary: () => (fc) => fc.record({ type: fc.string().filter((type) => !names.has(type)) }) as never
    }
  )
}

/** An event with its name, whose data may be anything. */
interface NamedEvent {
  readonly name?: string | undefined
  readonly data: unknown
}

/** A documented name must equal the type in the data. With any other name only the type in the data counts. */
export const agreeing =
  (documented: ReadonlySet<unknown>) =>
  ({ data, name }: NamedEvent): boolean =>
    !documented.has(name) || name === typeOf(data)

/**
 * A schema of events that are not documented. They are returned unchanged.
 *
 * **Details**: an event with the name or the type of a documented event is invalid, so that a broken part of an answer is not ignored. So
 * is an event with neither a name nor a type.
 */
export const otherEvent = (identifier: string, documented: ReadonlySet<unknown>): Schema.Schema<NamedEvent> => {
  const isOther = (u: unknown): u is NamedEvent => {
    if (!Predicate.isRecord(u) || !Object.hasOwn(u, "data")) return false
    const { data, name } = u
    const type = typeOf(data)
    if (documented.has(type)) return false
    // `message` is the default name of an event without a name.
    if (name === undefined || name === "message") return typeof type === "string"
    return typeof name === "string" && !documented.has(name)
  }
  const check = (
    u: unknown,
    _options: AST.ParseOptions,
    ast: AST.Declaration
  ): Either.Either<NamedEvent, ParseResult.ParseIssue> =>
    isOther(u) ? Either.right(u) : Either.left(new ParseResult.Type(ast, u))
  return Schema.declare(
    [],
    { decode: () => check, encode: () => check },
    {
      identifier,
      [ExpectedId]: "an event with a name or a type",
      description: "an event with a name or a type",
      jsonSchema: { type: "object", properties: { name: { type: "string" }, data: {} }, required: ["data"] },
      arbitrary: () => (fc) =>
        fc.record({ name: fc.string().filter((given) => !documented.has(given)), data: fc.jsonValue() })
    }
  )
}
