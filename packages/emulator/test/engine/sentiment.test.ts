import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { classify, labels, score } from "../../src/engine/sentiment.js"

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

  it.each([
    ["Great service", "positive"],
    ["Slow reply", "negative"],
    ["I loved it, and the staff was friendlier than ever", "positive"],
    ["Not good at all", "negative"],
    ["It isn’t bad, really", "positive"],
    ["No. Great!", "positive"],
    ["I can't recommend it", "negative"],
    ["The food was great but the waiter was rude", "negative"],
    ["The waiter was slow but the food was great", "positive"],
    ["Unhelpful and boringly long", "negative"],
    ["👍", "positive"]
  ])("classifies %j clearly as %s", (text, label) => {
    const verdict = classify(text)
    expect(verdict.label).toBe(label)
    expect(Math.max(...verdict.probs)).toBeGreaterThan(0.75)
  })

  it("gives a neutral text probabilities near one half", () => {
    for (const text of ["", "The invoice of March", "Zxqv"]) {
      expect(Math.max(...classify(text).probs)).toBeLessThan(0.6)
    }
    expect(classify("Zxqv").probs).not.toEqual(classify("Zxqw").probs)
  })

  it("gives words different weights", () => {
    expect(score("very good")).toBeGreaterThan(score("good"))
    expect(score("slightly good")).toBeLessThan(score("good"))
    expect(score("awful")).toBeLessThan(score("bad"))
    expect(score("awful")).toBeLessThan(score("not great"))
  })
})
