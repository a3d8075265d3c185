/**
 * The distribution of random numbers.
 */
import { describe, expect, it } from "vitest"
import { first } from "./random.support.js"

describe("makeRandom", () => {
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
})
