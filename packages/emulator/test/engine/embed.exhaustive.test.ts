/**
 * Vectors of any text.
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { dimensions, embed } from "../../src/engine/embed.js"
import { dot } from "./embed.support.js"

const anyText = fc.oneof(fc.string16bits({ maxLength: 60 }), fc.fullUnicodeString({ maxLength: 60 }), fc.lorem())

describe("a vector", () => {
  it("has norm 1 and is the same every time, for any text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const vector = embed(text)
        expect(vector).toHaveLength(dimensions)
        expect(dot(vector, vector)).toBeCloseTo(1, 5)
        expect(embed(text)).toEqual(vector)
      }),
      { numRuns: 300 }
    )
    for (const text of ["", " \n", "!", "\ud800", "\u200d"]) expect(dot(embed(text), embed(text))).toBeCloseTo(1, 5)
  })
})
