import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { classify as classifyText, labels, score } from "../../src/engine/sentiment.js"
import { encode } from "../../src/engine/tokenizer.js"
import { mismatch, post, read } from "../support.js"

const origin = "http://emulator.test"
const paths = { dedicated: "/dedicated/classify", container: "/classify" } as const
const { fetch } = makeEmulator()

interface Answer {
  readonly data: ReadonlyArray<{
    readonly index: number
    readonly label: string
    readonly num_classes: number
    readonly probs: ReadonlyArray<number>
  }>
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number }
}

const classify = async (body: object, path: string = paths.container): Promise<Answer> => {
  const response = await post(fetch, origin + path, body)
  const value = (await response.json()) as Answer
  expect(response.status).toBe(200)
  expect(mismatch("ContainerTextClassificationSuccess", value)).toBeUndefined()
  return value
}

const anyText = fc.oneof(
  fc.string16bits({ maxLength: 60 }),
  fc.lorem(),
  fc
    .array(fc.constantFrom("not", "very", "great", "awful", "but", "slow", "tea", ".", "lovely"), { maxLength: 40 })
    .map((words) => words.join(" "))
)

describe("a verdict", () => {
  it("has probabilities that add up, the label of the greatest, and is the same every time", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { label, probs } = classifyText(text)
        expect(probs).toHaveLength(labels.length)
        for (const p of probs) {
          expect(p).toBeGreaterThan(0)
          expect(p).toBeLessThan(1)
        }
        expect(probs.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
        expect(labels.indexOf(label)).toBe(probs.indexOf(Math.max(...probs)))
        expect(classifyText(text)).toEqual({ label, probs })
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
  ])("on %j is %s, and no close one", (text, label) => {
    const verdict = classifyText(text)
    expect(verdict.label).toBe(label)
    expect(Math.max(...verdict.probs)).toBeGreaterThan(0.75)
  })

  it("on a text that says nothing is a close one", () => {
    for (const text of ["", "The invoice of March", "Zxqv"]) {
      expect(Math.max(...classifyText(text).probs)).toBeLessThan(0.6)
    }
    expect(classifyText("Zxqv").probs).not.toEqual(classifyText("Zxqw").probs)
  })

  it("weighs words", () => {
    expect(score("very good")).toBeGreaterThan(score("good"))
    expect(score("slightly good")).toBeLessThan(score("good"))
    expect(score("awful")).toBeLessThan(score("bad"))
    expect(score("awful")).toBeLessThan(score("not great"))
  })
})

describe.each(["dedicated", "container"] as const)("classification on %s", (deployment) => {
  it("serves the vectors of the contract at its path", async () => {
    const name = `${deployment}.classification.classify`
    const { minimal } = read(`${name}.http.json`) as { minimal: { url: string } }
    expect(new URL(minimal.url).pathname).toBe(paths[deployment])
    const one = await classify(read(`${name}.request.json`), paths[deployment])
    expect(one.data.map(({ label }) => label)).toEqual(["positive"])
    const two = await classify(read(`${name}.request.full.json`), paths[deployment])
    expect(two.data.map(({ index, label, num_classes }) => [index, label, num_classes])).toEqual([
      [0, "positive", 2],
      [1, "negative", 2]
    ])
  })
})

describe("classification", () => {
  it("keeps order and counts tokens", async () => {
    const input = ["Slow reply", "", "Great service"]
    const { data, usage } = await classify({ input })
    expect(data.map(({ index, probs }) => [index, probs])).toEqual(
      input.map((text, index) => [index, classifyText(text).probs])
    )
    const tokens = input.reduce((sum, text) => sum + encode(text, { bos: true }).length, 0)
    expect(usage).toEqual({ prompt_tokens: tokens, total_tokens: tokens })
  })

  it("reads tokens as the text that they stand for", async () => {
    const tokens = encode("Slow reply", { bos: true })
    expect(await classify({ tokens })).toEqual(await classify({ input: "Slow reply" }))
  })

  it("refuses what is nothing to read", async () => {
    const refusals = [{}, { input: null }, { input: [] }, { tokens: [] }, { tokens: [-1] }]
    for (const body of refusals) expect((await post(fetch, origin + paths.container, body)).status).toBe(422)
    expect((await post(fetch, origin + paths.dedicated, { input: "x" })).status).toBe(422)
  })

  it("has no version in its path, and is not on serverless", async () => {
    for (const path of ["/v1/classify", "/dedicated/v1/classify", "/serverless/classify"]) {
      expect((await post(fetch, origin + path, { model: "m", input: "x" })).status).toBe(404)
    }
  })
})
