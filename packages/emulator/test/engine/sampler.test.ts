import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeRandom } from "../../src/engine/random.js"
import { candidates, sample, type Sampling, type SamplerInput } from "../../src/engine/sampler.js"
import { encode } from "../../src/engine/tokenizer.js"

const [A, B, C, D] = [100, 200, 300, 400] as const
const probabilities = new Map<number, number>([
  [A, 0.5],
  [B, 0.3],
  [C, 0.15],
  [D, 0.05]
])
const distribution = {
  ids: [...probabilities.keys()],
  logprobs: [...probabilities.values()].map(Math.log),
  floor: -20
}

const left = (sampling: Sampling, more?: Partial<SamplerInput>) =>
  candidates({ distribution, sampling, prompt: [], generated: [], random: makeRandom(1), ...more })
const ids = (sampling: Sampling, more?: Partial<SamplerInput>) => left(sampling, more).map(({ id }) => id)
const chance = (id: number, sampling: Sampling, more?: Partial<SamplerInput>) =>
  left(sampling, more).find((item) => item.id === id)?.probability ?? 0

describe("candidates", () => {
  it("are the probabilities of the model without parameters", () => {
    expect(ids({})).toEqual([A, B, C, D])
    for (const [id, probability] of probabilities) expect(chance(id, {})).toBeCloseTo(probability, 10)
  })

  it("temperature 0 is greedy, below 1 sharpens, above 1 flattens", () => {
    expect(left({ temperature: 0 })).toEqual([{ id: A, probability: 1 }])
    expect(chance(A, { temperature: 0.5 })).toBeCloseTo(0.25 / (0.25 + 0.09 + 0.0225 + 0.0025), 10)
    expect(chance(D, { temperature: 2 })).toBeGreaterThan(0.1)
    expect(chance(A, { temperature: 1e-6 })).toBeCloseTo(1, 10)
  })

  it("top_k keeps the best, 0 keeps all", () => {
    expect(ids({ top_k: 2 })).toEqual([A, B])
    expect(chance(A, { top_k: 2 })).toBeCloseTo(0.5 / 0.8, 10)
    expect(ids({ top_k: 0 })).toHaveLength(4)
    expect(ids({ top_k: 99 })).toHaveLength(4)
  })

  it("top_p keeps the smallest set that reaches it", () => {
    expect(ids({ top_p: 0.5 })).toEqual([A])
    expect(ids({ top_p: 0.51 })).toEqual([A, B])
    expect(ids({ top_p: 0.96 })).toEqual([A, B, C, D])
    expect(ids({ top_p: 1 })).toHaveLength(4)
    expect(ids({ top_p: 1e-9 })).toEqual([A])
  })

  it("min_p removes tokens that are much less likely than the best", () => {
    expect(ids({ min_p: 0.5 })).toEqual([A, B])
    expect(ids({ min_p: 1 })).toEqual([A])
    expect(ids({ min_p: 0 })).toHaveLength(4)
  })

  it("xtc removes all tokens above the threshold except the least likely one", () => {
    expect(ids({ xtc_threshold: 0.1, xtc_probability: 1 })).toEqual([C, D])
    expect(ids({ xtc_threshold: 0.4, xtc_probability: 1 })).toEqual([A, B, C, D])
    expect(ids({ xtc_threshold: 0.1, xtc_probability: 0 })).toEqual([A, B, C, D])
  })

  it("xtc_probability is how often xtc is applied", () => {
    const random = makeRandom(3)
    const applied = Array.from({ length: 2000 }, () => ids({ xtc_threshold: 0.1, xtc_probability: 0.25 }, { random }))
    expect(applied.filter((list) => list.length === 2).length / 2000).toBeCloseTo(0.25, 1)
  })

  it("repetition_penalty makes tokens of prompt and answer less likely, and more likely below 1", () => {
    const seen = { prompt: [A], generated: [B] }
    expect(chance(A, { repetition_penalty: 2 }, seen)).toBeLessThan(chance(A, {}))
    expect(chance(B, { repetition_penalty: 2 }, seen)).toBeLessThan(chance(B, {}))
    expect(chance(C, { repetition_penalty: 2 }, seen)).toBeGreaterThan(chance(C, {}))
    expect(chance(A, { repetition_penalty: 0.5 }, { prompt: [A] })).toBeGreaterThan(chance(A, {}))
    expect(chance(A, { repetition_penalty: 1 }, seen)).toBeCloseTo(0.5, 10)
  })

  it("frequency_penalty counts every occurrence, presence_penalty only one", () => {
    const ratio = (sampling: Sampling, generated: ReadonlyArray<number>) =>
      Math.log(chance(A, sampling, { generated }) / chance(B, sampling, { generated })) - Math.log(0.5 / 0.3)
    expect(ratio({ frequency_penalty: 0.5 }, [A, A, A])).toBeCloseTo(-1.5, 8)
    expect(ratio({ presence_penalty: 0.5 }, [A, A, A])).toBeCloseTo(-0.5, 8)
    expect(ratio({ frequency_penalty: -0.5, presence_penalty: -0.25 }, [A])).toBeCloseTo(0.75, 8)
    expect(chance(A, { frequency_penalty: 2, presence_penalty: 2 }, { prompt: [A] })).toBeCloseTo(0.5, 10)
  })

  it("logit_bias shifts tokens, removes them and adds them", () => {
    expect(ids({ logit_bias: { [D]: 100 }, temperature: 0 })).toEqual([D])
    expect(ids({ logit_bias: { [A]: -100 }, temperature: 0 })).toEqual([B])
    expect(ids({ logit_bias: { 777: 100 }, temperature: 0 })).toEqual([777])
    expect(chance(777, { logit_bias: { 777: 5 } })).toBeCloseTo(Math.exp(-15), 8)
    expect(ids({ logit_bias: { 777: -5, x: 5, 999999: 5 } })).toEqual([A, B, C, D])
  })

  it("no_repeat_ngram forbids the token that would repeat a sequence", () => {
    expect(ids({ no_repeat_ngram: 2 }, { generated: [C, A, B, C] })).toEqual([B, C, D])
    expect(ids({ no_repeat_ngram: 3 }, { generated: [C, A, B, C] })).toEqual([A, B, C, D])
    expect(ids({ no_repeat_ngram: 3 }, { generated: [A, B, D, A, B] })).toEqual([A, B, C])
    expect(ids({ no_repeat_ngram: 1 }, { generated: [A, A] })).toEqual([A, B, C, D])
    expect(ids({ no_repeat_ngram: 3 }, { generated: [] })).toEqual([A, B, C, D])
  })

  it("bad_word_tokens forbids the last token of a sequence after the others", () => {
    expect(ids({ bad_word_tokens: [[B]] })).toEqual([A, C, D])
    expect(ids({ bad_word_tokens: [[C, B]] })).toEqual([A, B, C, D])
    expect(ids({ bad_word_tokens: [[C, B], []] }, { generated: [A, C] })).toEqual([A, C, D])
  })

  it("bad_words are found inside tokens and across them", () => {
    const [the, sea, salty] = encode(" the sea salty") as [number, number, number]
    const words = { ids: [the, sea, salty], logprobs: [-1, -1.1, -1.2], floor: -20 }
    const kept = (bad: ReadonlyArray<string>, generated: ReadonlyArray<number>) =>
      ids({ bad_words: bad }, { distribution: words, generated })
    expect(kept(["salt"], [])).toEqual([the, sea])
    expect(kept(["the sea"], [])).toEqual([the, sea, salty])
    expect(kept(["the sea"], [the])).toEqual([the, salty])
    expect(kept(["e s"], [the])).toEqual([the])
    expect(kept([""], [the])).toEqual([the, sea, salty])
  })

  it("do not contain forbidden tokens, and are empty when all are forbidden", () => {
    expect(ids({}, { forbidden: (id) => id === A })).toEqual([B, C, D])
    expect(ids({}, { forbidden: () => true })).toEqual([])
    expect(
      sample({ distribution, sampling: {}, prompt: [], generated: [], random: makeRandom(1), forbidden: () => true })
    ).toBe(undefined)
  })

  it("always add up to 1", () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(
        fc.record({
          temperature: fc.double({ min: 0, max: 3, noNaN: true }),
          top_k: fc.nat(6),
          top_p: fc.double({ min: 1e-6, max: 1, noNaN: true }),
          min_p: unit,
          xtc_threshold: unit,
          xtc_probability: unit,
          repetition_penalty: fc.double({ min: 0.1, max: 3, noNaN: true }),
          frequency_penalty: fc.double({ min: -2, max: 2, noNaN: true }),
          presence_penalty: fc.double({ min: -2, max: 2, noNaN: true })
        }),
        fc.array(fc.constantFrom(A, B, C, D)),
        (sampling, generated) => {
          const kept = left(sampling, { generated })
          expect(kept.length).toBeGreaterThan(0)
          expect(kept.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 8)
        }
      )
    )
  })
})

describe("sample", () => {
  it("chooses tokens as often as their probabilities say", () => {
    const random = makeRandom(5)
    const counts = new Map<number, number>()
    for (let round = 0; round < 20_000; round++) {
      const id = sample({ distribution, sampling: {}, prompt: [], generated: [], random })!
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    for (const [id, probability] of probabilities) expect(counts.get(id)! / 20_000).toBeCloseTo(probability, 1.7)
  })
})
