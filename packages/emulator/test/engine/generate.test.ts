import { describe, expect, it } from "vitest"
import { renderChat } from "../../src/engine/chatTemplate.js"
import { ConstraintError } from "../../src/engine/constrain.js"
import { model } from "../../src/engine/model.js"
import { decode, encode, isSpecial, SPECIAL, UnknownTokenError } from "../../src/engine/tokenizer.js"
import { chat, run } from "./generate.support.js"

describe("generate", () => {
  it("gives the same answer for the same request, and others for other seeds", () => {
    const prompt = chat("Tell me about fish and the harbour at night")
    const texts = Array.from({ length: 8 }, (_, seed) => run({ prompt, seed }).text)
    expect(Array.from({ length: 8 }, (_, seed) => run({ prompt, seed }).text)).toEqual(texts)
    expect(new Set(texts).size).toBeGreaterThan(4)
  })

  it("answers the question that was asked", () => {
    expect(run({ prompt: chat("What is generative AI?"), sampling: { temperature: 0 } }).text).toMatch(
      /^Generative AI/u
    )
    expect(run({ prompt: encode("Say this is a test!", { bos: true }), sampling: { top_k: 1 } }).text).toMatch(
      /^ This is a test\./u
    )
    const messages = [
      { role: "system", content: "You are a helpful assistant." },
      { role: "user", content: "Hello!" }
    ]
    expect(run({ prompt: renderChat(messages).tokens, sampling: { temperature: 0 } }).text).toMatch(/^Hello!/u)
  })

  it("never chooses a control token, whatever the bias", () => {
    const logit_bias = { [SPECIAL.start_header]: 100, [SPECIAL.bos]: 100, 128050: 100 }
    for (let seed = 0; seed < 10; seed++) {
      const { ids } = run({ prompt: chat("Hello!"), seed, sampling: { temperature: 2, logit_bias } })
      expect(ids.some(isSpecial)).toBe(false)
    }
  })

  it("stops at maxTokens", () => {
    const { finishReason, tokens } = run({ maxTokens: 5 })
    expect([tokens.length, finishReason]).toEqual([5, "length"])
    expect(run({ maxTokens: 0 })).toMatchObject({ tokens: [], text: "", finishReason: "length" })
  })

  it("continues until minTokens", () => {
    const prompt = chat("Say this is a test")
    expect(run({ prompt, sampling: { temperature: 0 } }).tokens.length).toBeLessThan(40)
    for (const temperature of [0, 1]) {
      expect(run({ prompt, minTokens: 120, sampling: { temperature } }).tokens.length).toBeGreaterThanOrEqual(120)
    }
  })

  it("ends at additional end tokens, but only after minTokens", () => {
    const dot = encode(".")[0]!
    const { finishReason, text } = run({ eosTokens: [dot], sampling: { temperature: 0 } })
    expect(finishReason).toBe("stop")
    expect(text).not.toContain(".")
    const later = run({ eosTokens: [dot], minTokens: 60, sampling: { temperature: 0 } })
    expect(later.tokens.length).toBeGreaterThanOrEqual(60)
    expect(later.ids.slice(0, 60)).not.toContain(dot)
  })

  it("returns forced tokens with their log probabilities and nothing else", () => {
    const forcedTokens = encode(" salty because zebras")
    const { finishReason, ids, text, tokens } = run({ forcedTokens })
    expect(ids).toEqual(forcedTokens)
    expect(text).toBe(" salty because zebras")
    expect(finishReason).toBe("stop")
    expect(tokens[0]!.logprob).toBeGreaterThan(tokens.at(-1)!.logprob)
    expect(run({ forcedTokens, maxTokens: 2 })).toMatchObject({ finishReason: "length", text: " salty because" })
  })

  it("lists consistent log probabilities", () => {
    const { tokens } = run({ prompt: chat("What is a token?"), sampling: { temperature: 0 }, topLogprobs: 5 })
    for (const { bytes, id, logprob, token, top } of tokens) {
      expect(top).toHaveLength(5)
      expect(top[0]!.logprob).toBeLessThanOrEqual(0)
      expect(top.map((item) => item.logprob)).toEqual(top.map((item) => item.logprob).sort((a, b) => b - a))
      // Only the end token, which is not part of an answer, can be more likely than a greedy choice.
      expect(top.find((item) => item.id !== SPECIAL.eot)).toEqual({ token, id, logprob, bytes })
      expect(decode([id])).toBe(token)
    }
    expect(run({}).tokens[0]!.top).toEqual([])
  })

  it("applies the sampling parameters", () => {
    const base = { prompt: chat("Tell me about the sea and the harbour"), minTokens: 80, maxTokens: 80, seed: 3 }
    const plain = run(base)
    expect(run({ ...base, sampling: { bad_words: ["the", "The"] } }).text).not.toMatch(/the/iu)
    expect(plain.text).toMatch(/the/iu)
    const pairs = (ids: ReadonlyArray<number>) => ids.slice(1).map((id, at) => `${ids[at]} ${id}`)
    const unrepeated = pairs(run({ ...base, sampling: { no_repeat_ngram: 2, temperature: 0 } }).ids)
    expect(new Set(unrepeated).size).toBe(unrepeated.length)
    const repeated = pairs(run({ ...base, sampling: { temperature: 0 } }).ids)
    expect(new Set(repeated).size).toBeLessThan(repeated.length)
    const llama = encode(" llama")[0]!
    expect(run({ ...base, sampling: { logit_bias: { [llama]: 100 } } }).ids.every((id) => id === llama)).toBe(true)
    const distinct = (frequency_penalty: number) =>
      new Set(run({ ...base, minTokens: 300, maxTokens: 300, sampling: { temperature: 0, frequency_penalty } }).ids)
        .size
    expect(distinct(2)).toBeGreaterThan(distinct(0))
  })

  it("finds a token when nearly all are forbidden, and ends when all are", () => {
    const vowels = run({ minTokens: 10, maxTokens: 10, sampling: { bad_words: [..."aeiou"] } })
    expect(vowels.tokens).toHaveLength(10)
    expect(vowels.text).not.toMatch(/[aeiou]/u)
    const prompt = chat("Hello!")
    const everything = model()
      .prime(prompt)
      .next([], { wide: true })
      .ids.map((id) => [id])
    const nothing = run({ prompt, minTokens: 5, sampling: { bad_word_tokens: everything } })
    expect(nothing.tokens).toEqual([])
    expect(nothing.finishReason).toBe("stop")
  })

  it("holds back an incomplete character until it is complete", () => {
    const forcedTokens = encode("🦙!")
    expect(run({ forcedTokens }).tokens.map(({ text }) => text)).toEqual(["", "", "🦙", "!"])
    expect(run({ forcedTokens, maxTokens: 2 })).toMatchObject({ text: "", finishReason: "length" })
  })

  it("shows text that was held back for a stop string that did not follow", () => {
    const forcedTokens = encode(" wait for it")
    expect(run({ forcedTokens, stop: [" it was"] })).toMatchObject({
      text: " wait for it",
      tail: " it",
      finishReason: "stop"
    })
  })

  it("stops at token sequences without showing them", () => {
    const forcedTokens = encode(" one two three four")
    const [, two, three, four] = forcedTokens as [number, number, number, number]
    const { ids, text, tokens } = run({ forcedTokens, stopTokens: [[two, four], [two, three], []] })
    expect(text).toBe(" one")
    expect(ids).toEqual(forcedTokens.slice(0, 3))
    expect(tokens.map((token) => token.text)).toEqual([" one", "", ""])
    expect(run({ forcedTokens, stopTokens: [[two, four]] }).text).toBe(" one two three four")
    expect(run({ forcedTokens, stopTokens: [[two, three]], minTokens: 4 }).text).toBe(" one two three four")
  })

  it("satisfies a constraint", () => {
    const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] }
    for (let seed = 0; seed < 10; seed++) {
      const { finishReason, text } = run({ seed, constraint: { kind: "json_schema", schema } })
      expect(finishReason).toBe("stop")
      expect(JSON.parse(text)).toEqual({ city: expect.any(String) })
    }
    expect(run({ constraint: { kind: "regex", pattern: "[A-Z]{3}-\\d{4}" } }).text).toMatch(/^[A-Z]{3}-\d{4}$/u)
    expect(JSON.parse(run({ constraint: { kind: "json_object" } }).text)).toBeTypeOf("object")
    expect(run({ constraint: { kind: "json_object" }, maxTokens: 3 }).finishReason).toBe("length")
    expect(() => run({ constraint: { kind: "regex", pattern: "(" } })).toThrow(ConstraintError)
  })

  it("rejects ids that are not in the vocabulary", () => {
    expect(() => run({ prompt: [1, -1] })).toThrow(UnknownTokenError)
    expect(() => run({ forcedTokens: [1, 200_000] })).toThrow(UnknownTokenError)
  })
})
