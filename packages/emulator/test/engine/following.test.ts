import { describe, expect, it } from "vitest"
import { follow } from "../../src/engine/following.js"
import { generate, type GenerationRequest } from "../../src/engine/generate.js"
import { model } from "../../src/engine/model.js"
import { encode } from "../../src/engine/tokenizer.js"

const prompt = encode("The sea is", { bos: true })
const meant = " a long way from the town, and the boats come back late."
const run = (request: Partial<GenerationRequest> = {}): string => {
  const steps = generate({ prompt, seed: 1, maxTokens: 200, sampling: {}, targetTokens: encode(meant), ...request })
  let text = ""
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return text + step.value.tail
    text += step.value.text
  }
}

it("the meant token has nearly all of the probability, and all together have 1", () => {
  const distribution = model().prime(prompt).next([])
  for (const id of [encode(" zebra")[0]!, distribution.ids[0]!]) {
    const { ids, logprobs } = follow(distribution, id, 3)
    expect(ids[0]).toBe(id)
    expect(logprobs[0]).toBeGreaterThan(-0.001)
    expect(new Set(ids).size).toBe(ids.length)
    expect(logprobs.reduce((sum, logprob) => sum + Math.exp(logprob), 0)).toBeCloseTo(1, 3)
  }
})

describe("an answer follows a composed text", () => {
  it("with any seed, and without sampling", () => {
    for (let seed = 0; seed < 20; seed++) expect(run({ seed })).toBe(meant)
    expect(run({ sampling: { temperature: 0 } })).toBe(meant)
    expect(run({ sampling: { top_p: 0.5, top_k: 3 } })).toBe(meant)
  })

  it("unless a parameter speaks against it", () => {
    expect(run({ sampling: { bad_words: ["town"] } })).not.toContain("town")
    expect(run({ sampling: { bad_words: ["town"] } })).toMatch(/boats come back late\.$/u)
    expect(run({ sampling: { logit_bias: { [encode(" town")[0]!]: -100 } } })).not.toContain("town")
    const llama = encode(" llama")[0]!
    expect(run({ sampling: { logit_bias: { [llama]: 100 } }, maxTokens: 5 })).toBe(" llama".repeat(5))
    const hot = Array.from({ length: 10 }, (_, seed) => run({ seed, sampling: { temperature: 4 } }))
    expect(new Set(hot).size).toBeGreaterThan(5)
  })

  it("until a stop, and beyond its end when min_tokens asks for more", () => {
    expect(run({ stop: [", and"] })).toBe(" a long way from the town")
    expect(run({ maxTokens: 3 })).toBe(" a long way")
    const longer = run({ minTokens: 40 })
    expect(longer.startsWith(meant)).toBe(true)
    expect(encode(longer).length).toBeGreaterThanOrEqual(35)
  })
})
