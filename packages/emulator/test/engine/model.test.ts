import { describe, expect, it } from "vitest"
import { renderChat } from "../../src/engine/chatTemplate.js"
import { model } from "../../src/engine/model.js"
import { encode, piece, SPECIAL } from "../../src/engine/tokenizer.js"

const chat = (content: string) => renderChat([{ role: "user", content }]).tokens

describe("model", () => {
  it("returns probabilities that add up to 1 over the vocabulary, highest first", () => {
    for (const prompt of [encode("The sea is"), chat("Hello!"), [], encode("zxqv")]) {
      const context = model().prime(prompt)
      for (const generated of [[], encode(" The water"), encode(" zxqv"), encode(" rocks.")]) {
        const odds = context.next(generated)
        const listed = odds.logprobs.reduce((sum, value) => sum + Math.exp(value), 0)
        expect(listed + Math.exp(odds.floor) * 128256).toBeCloseTo(1, 6)
        expect([...odds.logprobs].sort((a, b) => b - a)).toEqual(odds.logprobs)
        expect(new Set(odds.ids).size).toBe(odds.ids.length)
      }
    }
  })

  it("predicts the text of its corpus, and uses shorter contexts for other text", () => {
    const best = (text: string) => piece(model().prime(encode(text)).next([]).ids[0]!)
    expect(best("The lighthouse stands on the")).toBe(" rocks")
    expect(best("Zebras quarrel about the lighthouse stands on the")).toBe(" rocks")
    expect(best("xyzzy plugh on the")).toMatch(/^ \w+$/u)
  })

  it("has all tokens of its corpus among the wide candidates", () => {
    const context = model().prime(chat("Hello!"))
    expect(context.next([], { wide: true }).ids.length).toBeGreaterThanOrEqual(model().types)
    expect(context.next([]).ids.length).toBeLessThan(200)
  })

  it("ends a chat with the end of the turn, and a text with the end of the text", () => {
    expect(model().prime(chat("Hello!")).endToken).toBe(SPECIAL.eot)
    expect(model().prime(encode("Hello")).endToken).toBe(SPECIAL.eos)
  })
})
