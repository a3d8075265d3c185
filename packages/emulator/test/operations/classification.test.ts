import { describe, expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { classify as classifyText } from "../../src/engine/sentiment.js"
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

describe.each(["dedicated", "container"] as const)("classification on %s", (deployment) => {
  it("answers the requests of the contract at its path", async () => {
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
  it("keeps the order and counts tokens", async () => {
    const input = ["Slow reply", "", "Great service"]
    const { data, usage } = await classify({ input })
    expect(data.map(({ index, probs }) => [index, probs])).toEqual(
      input.map((text, index) => [index, classifyText(text).probs])
    )
    const tokens = input.reduce((sum, text) => sum + encode(text, { bos: true }).length, 0)
    expect(usage).toEqual({ prompt_tokens: tokens, total_tokens: tokens })
  })

  it("is the same for tokens as for the text that they encode", async () => {
    const tokens = encode("Slow reply", { bos: true })
    expect(await classify({ tokens })).toEqual(await classify({ input: "Slow reply" }))
  })

  it("is rejected when there is nothing to read", async () => {
    const rejections = [{}, { input: null }, { input: [] }, { tokens: [] }, { tokens: [-1] }]
    for (const body of rejections) expect((await post(fetch, origin + paths.container, body)).status).toBe(422)
    expect((await post(fetch, origin + paths.dedicated, { input: "x" })).status).toBe(422)
  })

  it("has no version in its path, and does not exist on serverless", async () => {
    for (const path of ["/v1/classify", "/dedicated/v1/classify", "/serverless/classify"]) {
      expect((await post(fetch, origin + path, { model: "m", input: "x" })).status).toBe(404)
    }
  })
})
