/**
 * What the unit tests and the exhaustive tests of `requests` share.
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { formatIssues, formatPath } from "../../src/internal/issues.js"

export const strict = { errors: "all", onExcessProperty: "error" } as const

export const problems = (schema: Schema.Schema<unknown>, value: unknown): ReadonlyArray<string> => {
  const encoded = Schema.encodeUnknownEither(schema, strict)(value)
  return Either.isRight(encoded)
    ? []
    : formatIssues(encoded.left).map(({ message, path }) => `${formatPath(path)}: ${message}`)
}
