/**
 * `Schema` for untrusted values, without exceptions. A union whose members differ by a literal calls `String` on the value of that field,
 * and an object there can make it throw: `{"type":{"toString":null}}` is JSON that anyone may send.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { SentenceId } from "./annotations.js"

/**
 * As `ParseResult.decodeUnknownEither`; a value that makes it throw is a failure, whose sentence says so, since the schema cannot.
 */
export const decodeUnknownEither = <A, I>(
  schema: Schema.Schema<A, I>,
  options?: AST.ParseOptions
): ((value: unknown) => Either.Either<A, ParseResult.ParseIssue>) => {
  const decode = ParseResult.decodeUnknownEither(schema, options)
  return (value) => {
    try {
      return decode(value)
    } catch {
      const sentence = { [SentenceId]: "cannot be read: it has an object where a name is expected" }
      return Either.left(new ParseResult.Type(AST.annotations(schema.ast, sentence), value))
    }
  }
}

/** As `Schema.is`; a value that makes it throw does not match. */
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
