import { describe, expect, it } from "vitest"
import { classify, score } from "../../src/engine/sentiment.js"

describe("classify", () => {
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
