/**
 * Halves of pairs in every other field.
 */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { halvesIn, mayHaveHalves } from "../../src/client/surrogates.js"
import { fieldTests } from "./surrogates.support.js"

describe("a half of a pair", () => {
  fieldTests("others")
})

describe("the search", () => {
  const text = fc.oneof(
    fc.fullUnicodeString(),
    fc.string16bits(),
    fc.stringOf(fc.constantFrom("\ud83d", "\ude00", "\\", "u", "d", "a", '"'))
  )

  it("finds in JSON what is in the value", () => {
    fc.assert(
      fc.property(fc.dictionary(text, fc.array(text)), (value) => {
        const found = halvesIn(value)
        const texts = [...Object.keys(value), ...Object.values(value).flat()]
        const expected = texts.some((it) => !(it as string & { isWellFormed: () => boolean }).isWellFormed())
        assert.strictEqual(found.length > 0, expected)
        if (expected) assert.isTrue(mayHaveHalves(JSON.stringify(value)))
      }),
      { numRuns: 500 }
    )
  })
})
