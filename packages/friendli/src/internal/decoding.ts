/**
 * `Schema` for values from outside. Of a union that is told apart by a literal it calls `String` on what stands in the place of the
 * literal, and an object there can make that throw: `{"type":{"toString":null}}` is JSON that anyone may send.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { SentenceId } from "./annotations.js"

/** As that of `ParseResult`. What makes it throw is refused. */
export const decodeUnknownEither = <A, I>(
  schema: Schema.Schema<A, I>,
  options?: AST.ParseOptions
): ((value: unknown) => Either.Either<A, ParseResult.ParseIssue>) => {
  const decode = ParseResult.decodeUnknownEither(schema, options)
  return (value) => {
    try {
      return decode(value)
    } catch {
      const sentence = { [SentenceId]: "can not be read: an object stands where a name was due" }
      return Either.left(new ParseResult.Type(AST.annotations(schema.ast, sentence), value))
    }
  }
}

/** As that of `Schema`. */
export const is = <A, I>(schema: Schema.Schema<A, I>): ((value: unknown) => value is A) => {
  const guard = Schema.is(schema)
  return (value): value is A => {
    try {
      return guard(value)
    } catch {
      return false
    }
  }
}
