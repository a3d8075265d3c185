import { describe, expect, it } from "vitest"
import { embed } from "../../src/engine/embed.js"
import { dot } from "./embed.support.js"

describe("a vector", () => {
  it.each<readonly [string, string, string]>([
    [
      "The cat sleeps on the warm sofa",
      "A cat is sleeping on a sofa that is warm",
      "The stock market fell sharply on Monday"
    ],
    ["How do I reset my password?", "I forgot my password and want to reset it", "How do I make green tea?"],
    ["고양이가 소파에서 잔다", "고양이가 소파 위에서 자고 있다", "주식 시장이 급락했다"],
    ["猫在沙发上睡觉", "猫睡在沙发上", "股市大跌"]
  ])("of %j is more similar to a paraphrase than to another text", (text, paraphrase, other) => {
    expect(dot(embed(text), embed(paraphrase))).toBeGreaterThan(dot(embed(text), embed(other)) + 0.1)
  })

  it("depends on the order of words, and not on case, spaces or letter forms", () => {
    for (const same of ["GREEN tea", " green\n tea", "ｇｒｅｅｎ tea"]) {
      expect(dot(embed("Green tea"), embed(same))).toBeCloseTo(1, 5)
    }
    expect(dot(embed("Dog bites man"), embed("Man bites dog"))).toBeLessThan(0.99)
  })
})
