import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeRandom } from "../../src/engine/random.js"

const first = (seed: number, count = 20) => {
  const random = makeRandom(seed)
  return Array.from({ length: count }, random.next)
}

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

  it("is uniform over its range, and over the first number of many seeds", () => {
    const even = (numbers: ReadonlyArray<number>) => {
      const bins = Array.from({ length: 16 }, () => 0)
      for (const value of numbers) {
        expect(value >= 0 && value < 1).toBe(true)
        bins[Math.floor(value * 16)]!++
      }
      // Chi-squared with 15 degrees of freedom: 37.7 has a probability of one in a thousand.
      const expected = numbers.length / 16
      expect(bins.reduce((sum, bin) => sum + (bin - expected) ** 2 / expected, 0)).toBeLessThan(37.7)
    }
    even(first(42, 16_000))
    even(Array.from({ length: 16_000 }, (_, seed) => first(seed, 1)[0]!))
  })

  it("keeps integers within both bounds and reaches them", () => {
    const random = makeRandom(1)
    const seen = new Set(Array.from({ length: 200 }, () => random.int(-1, 2)))
    expect([...seen].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2])
    expect(["a", "b"]).toContain(random.pick(["a", "b"]))
  })
})
