/**
 * Schemas of objects whose keys come from outside.
 */
import * as Either from "effect/Either"
import type * as FastCheck from "effect/FastCheck"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { ExpectedId } from "../schema/annotations.js"

const isPlainObject = (u: unknown): u is object => typeof u === "object" && u !== null && !Array.isArray(u)

/** The schema of an object whose keys are open, `__proto__` included, and whose values pass one test. */
export const recordOf = <A extends { readonly [key: string]: number | null }>(
  expectedItem: AST.AST,
  accepts: (item: unknown) => boolean,
  described: {
    readonly identifier: string
    readonly expected: string
    readonly jsonSchema: object
    readonly value: (fc: Pick<typeof FastCheck, "double" | "option">) => FastCheck.Arbitrary<A[string]>
  }
): Schema.Schema<A> => {
  const check = (
    u: unknown,
    options: AST.ParseOptions,
    ast: AST.Declaration
  ): Either.Either<A, ParseResult.ParseIssue> => {
    if (!isPlainObject(u)) return Either.left(new ParseResult.Type(ast, u))
    const issues: Array<ParseResult.ParseIssue> = []
    for (const key of Object.keys(u)) {
      const item: unknown = Reflect.get(u, key)
      if (accepts(item)) continue
      issues.push(new ParseResult.Pointer(key, u, new ParseResult.Type(expectedItem, item)))
      if (options.errors !== "all") break
    }
    const [first, ...rest] = issues
    return first === undefined ? Either.right(u as A) : Either.left(new ParseResult.Composite(ast, u, [first, ...rest]))
  }
  return Schema.declare(
    [],
    { decode: () => check, encode: () => check },
    {
      identifier: described.identifier,
      [ExpectedId]: described.expected,
      description: described.expected,
      jsonSchema: { type: "object", additionalProperties: described.jsonSchema },
      arbitrary: () => (fc) => fc.dictionary(fc.string(), described.value(fc)) as unknown as FastCheck.Arbitrary<A>
    }
  )
}
