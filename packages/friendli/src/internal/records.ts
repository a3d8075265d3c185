/**
 * Schemas of values that are passed on unchanged: JSON, and objects with any keys. In: a test of values. Out: a schema that neither
 * copies nor changes valid values. `Schema.Record` copies into a new object, where a key named `__proto__` is lost.
 */
import * as Either from "effect/Either"
import type * as FastCheck from "effect/FastCheck"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { ExpectedId } from "./annotations.js"

/** The decoder and, because nothing changes, the encoder. */
type Check<A> = (
  u: unknown,
  options: AST.ParseOptions,
  ast: AST.Declaration
) => Either.Either<A, ParseResult.ParseIssue>

/** An object in the sense of JSON. */
export const isPlainObject = (u: unknown): u is object => typeof u === "object" && u !== null && !Array.isArray(u)

/** Passes a value on unchanged, unless there are problems. */
export const settle = <A>(
  u: unknown,
  ast: AST.AST,
  problems: ReadonlyArray<ParseResult.ParseIssue>
): Either.Either<A, ParseResult.ParseIssue> => {
  const [first, ...rest] = problems
  if (first === undefined) return Either.right(u as A)
  return Either.left(rest.length === 0 ? first : new ParseResult.Composite(ast, u, [first, ...rest]))
}

/** A schema from one check, for both directions. `expected` names it in errors. */
export const declare = <A>(
  check: Check<A>,
  expected: string,
  annotations: Schema.Annotations.Schema<A, readonly []>
): Schema.Schema<A> =>
  Schema.declare([], { decode: () => check, encode: () => check }, { ...annotations, [ExpectedId]: expected })

/** The schema of an object with any keys, including `__proto__`, whose values pass one test. */
export const recordOf = <A extends { readonly [key: string]: number | null }>(
  identifier: string,
  item: Schema.Schema.AnyNoContext,
  accepts: (value: unknown) => boolean,
  type: string | ReadonlyArray<string>,
  items: (fc: Pick<typeof FastCheck, "double" | "option">) => FastCheck.Arbitrary<A[string]>
): Schema.Schema<A> => {
  const check: Check<A> = (u, options, ast) => {
    if (!isPlainObject(u)) return Either.left(new ParseResult.Type(ast, u))
    const problems: Array<ParseResult.ParseIssue> = []
    for (const key of Object.keys(u)) {
      const value: unknown = Reflect.get(u, key)
      if (accepts(value)) continue
      problems.push(new ParseResult.Pointer(key, u, new ParseResult.Type(item.ast, value)))
      // Without `errors: "all"` the first problem is enough.
      if (options.errors !== "all") break
    }
    return settle(u, ast, problems)
  }
  return declare(check, "an object of numbers", {
    identifier,
    description: "an object of numbers",
    jsonSchema: { type: "object", additionalProperties: { type } },
    arbitrary: () => (fc) => fc.dictionary(fc.string(), items(fc)) as unknown as FastCheck.Arbitrary<A>
  })
}
