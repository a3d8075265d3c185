/**
 * Text under any prompt, stop strings and seeds.
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decode, encode } from "../../src/engine/tokenizer.js"
import { chat, run } from "./generate.support.js"

describe("generate", () => {
  it("ends after a sentence, at a plausible length", () => {
    const lengths: Array<number> = []
    for (let seed = 0; seed < 40; seed++) {
      const { finishReason, text, tokens } = run({
        prompt: chat("Tell me about the sea and the town"),
        seed,
        maxTokens: 2000
      })
      expect(finishReason).toBe("stop")
      expect(text).toMatch(/[.!?"”]\s*$/u)
      lengths.push(tokens.length)
    }
    lengths.sort((a, b) => a - b)
    expect(lengths[20]!).toBeGreaterThan(20)
    expect(lengths[35]!).toBeLessThan(160)
  })

  it("shows no stop string and loses no text before it, however the text is split into tokens", () => {
    const whole = run({ sampling: { temperature: 0 }, minTokens: 150, maxTokens: 150 }).text
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 12 }), (from, size) => {
        const stop = whole.slice(from, from + size)
        // A text cannot contain half of a character.
        fc.pre(!/^[\udc00-\udfff]|[\ud800-\udbff]$/u.test(stop))
        const { finishReason, text } = run({
          sampling: { temperature: 0 },
          minTokens: 150,
          maxTokens: 150,
          stop: [stop, "", "never there"]
        })
        expect(finishReason).toBe("stop")
        expect(text).toBe(whole.slice(0, whole.indexOf(stop)))
      }),
      { numRuns: 60 }
    )
  })

  it("never shows a part of a stop string or of a character, even temporarily", () => {
    const text = "The llama 🦙🦙 says bom dia, おはよう and 좋은 아침! abab abc 🦙a"
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom("abc", "ab abc", "🦙🦙 s", "🦙a", "はよ", " and ", "좋은 아침!", "xyz", "b", "dia, お"),
          { maxLength: 4 }
        ),
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat(10)),
        (stop, maxTokens, cuts) => {
          // Every way to split the text into tokens must give the same answer.
          const parts: Array<string> = []
          let at = 0
          for (const cut of cuts) parts.push(text.slice(at, (at += cut)))
          const forcedTokens = [...parts, text.slice(at)].flatMap((part) =>
            encode(part.replaceAll(/[\ud800-\udfff](?![\udc00-\udfff])/gu, ""))
          )
          const { text: answer, tokens } = run({ forcedTokens, maxTokens, stop })
          let shown = ""
          for (const token of tokens) {
            shown += token.text
            for (const one of stop) expect(shown).not.toContain(one)
            expect(shown).not.toContain("\ufffd")
          }
          for (const one of stop) expect(answer).not.toContain(one)
          expect(answer).not.toContain("\ufffd")
          expect(answer.startsWith(shown)).toBe(true)
          expect(decode(forcedTokens).startsWith(answer)).toBe(true)
        }
      ),
      { numRuns: 200 }
    )
  })

  it("breaks no character when tokens contain parts of one", () => {
    const [head, middle, last] = encode("🦙") as [number, number, number]
    const wholes: Array<string> = []
    for (let seed = 0; seed < 20; seed++) {
      const logit_bias = { [head]: 18, [middle]: 18, [last]: 18 }
      const { text } = run({ seed, maxTokens: 60, sampling: { temperature: 2, logit_bias } })
      expect(text).not.toContain("\ufffd")
      wholes.push(...(text.match(/\p{Extended_Pictographic}/gu) ?? []))
    }
    expect(wholes.length).toBeGreaterThan(20)
    // Bytes that are never part of a text occur only in forced tokens.
    expect(run({ sampling: { logit_bias: { [middle]: 100 } }, maxTokens: 20 }).ids[0]).not.toBe(middle)
    expect(run({ forcedTokens: [middle, ...encode("!")] }).text).toBe("\ufffd!")
  })

  it("accepts any prompt", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(128255), { maxLength: 30 }), fc.integer(), (prompt, seed) => {
        expect(run({ prompt, seed, maxTokens: 30 }).tokens.length).toBeLessThanOrEqual(30)
      }),
      { numRuns: 50 }
    )
  })
})
