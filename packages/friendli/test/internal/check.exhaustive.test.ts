/**
 * The quick check and `Schema` agree on every other schema, and on fields in any order.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import * as check from "../../src/internal/check.js"
import { answerTests, requestTests } from "./check.support.js"

answerTests("others")

requestTests("others")

describe("shapes", () => {
  it("accepts fields in any order, however often the order changes", () => {
    const schema = Schema.Struct({
      a: Schema.String,
      b: Schema.optional(Schema.NullOr(Schema.Number)),
      c: Schema.Literal("x", "y", null),
      d: Schema.optional(Schema.Union(Schema.String, Schema.Number, Schema.Array(Schema.String)))
    })
    const accepts = check.ofDecoding(schema)
    const decodes = (value: unknown) => Either.isRight(Schema.decodeUnknownEither(schema)(value))
    const entry = fc.oneof(
      fc.tuple(fc.constantFrom("a", "b", "c", "d", "more"), fc.constantFrom<unknown>("x", "z", 1, null, ["x"], [1], {}))
    )
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        const value = Object.fromEntries(entries)
        assert.strictEqual(accepts(value), decodes(value))
      }),
      { numRuns: 2000 }
    )
  })
})
