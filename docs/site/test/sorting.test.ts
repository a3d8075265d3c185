import { describe, expect, it } from "vitest"
import { compare, keyOf } from "../.vitepress/theme/sorting.js"

const sorted = (cells: ReadonlyArray<string>, direction: 1 | -1 = 1): ReadonlyArray<string> =>
  cells.toSorted((a, b) => compare(keyOf(a), keyOf(b), direction))

describe("a sorted column", () => {
  it("has numbers by their value, whatever their unit", () => {
    expect(sorted(["1.5 s", "20 ms", "900 µs", "3 min"])).toEqual(["900 µs", "20 ms", "1.5 s", "3 min"])
    expect(sorted(["1 MB", "20 kB", "512 B"])).toEqual(["512 B", "20 kB", "1 MB"])
    expect(sorted(["1,265.0", "107", "18.8"], -1)).toEqual(["1,265.0", "107", "18.8"])
    expect(sorted(["≤ 1.00×", "< 0.50×", "-2"])).toEqual(["-2", "< 0.50×", "≤ 1.00×"])
    expect(sorted([".5", "0.25"])).toEqual(["0.25", ".5"])
  })

  it("has texts in the order of the alphabet, with the numbers in them by value", () => {
    expect(sorted(["openai 10", "Openai 9", "ai"])).toEqual(["ai", "Openai 9", "openai 10"])
  })

  it("has numbers before texts, and empty cells last in both directions", () => {
    expect(sorted(["", "b", "1", "a"])).toEqual(["1", "a", "b", ""])
    expect(sorted(["", "b", "1", "a"], -1)).toEqual(["b", "a", "1", ""])
  })
})
