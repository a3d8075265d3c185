/**
 * Probabilities of any text.
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { classify, labels } from "../../src/engine/sentiment.js"

const anyText = fc.oneof(
  fc.string16bits({ maxLength: 60 }),
  fc.lorem(),
  fc
    .array(fc.constantFrom("not", "very", "great", "awful", "but", "slow", "tea", ".", "lovely"), { maxLength: 40 })
    .map((words) => words.join(" "))
)

describe("classify", () => {
  it("returns probabilities that add up to 1, the label of the highest, and the same every time", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { label, probs } = classify(text)
        expect(probs).toHaveLength(labels.length)
        for (const p of probs) {
          expect(p).toBeGreaterThan(0)
          expect(p).toBeLessThan(1)
        }
        expect(probs.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
        expect(labels.indexOf(label)).toBe(probs.indexOf(Math.max(...probs)))
        expect(classify(text)).toEqual({ label, probs })
      }),
      { numRuns: 500 }
    )
  })
})
