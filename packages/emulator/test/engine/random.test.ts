import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeRandom } from "../../src/engine/random.js"
import { first } from "./random.support.js"

describe("makeRandom", () => {
  it("gives the same numbers for the same seed", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (seed) => {
        expect(first(seed)).toEqual(first(seed))
      })
    )
  })

  it("gives other numbers for other seeds, near or far", () => {
    const seen = new Set(
      [0, 1, 2, 3, -1, 0.5, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1].map((seed) => first(seed, 1)[0])
    )
    expect(seen.size).toBe(10)
    expect(new Set(Array.from({ length: 5000 }, (_, seed) => first(seed, 1)[0])).size).toBe(5000)
  })

  it("keeps integers within both bounds and reaches them", () => {
    const random = makeRandom(1)
    const seen = new Set(Array.from({ length: 200 }, () => random.int(-1, 2)))
    expect([...seen].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2])
    expect(["a", "b"]).toContain(random.pick(["a", "b"]))
  })
})
