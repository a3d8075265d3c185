import { describe, expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { embed } from "../../src/engine/embed.js"
import { encode } from "../../src/engine/tokenizer.js"
import { post, read } from "../support.js"
import { create, fetch, url } from "./embeddings.support.js"

const rejection = async (body: object): Promise<unknown> => {
  const response = await post(fetch, url, { model: "endpoint", ...body })
  expect(response.status).toBe(422)
  return ((await response.json()) as { readonly detail: ReadonlyArray<{ readonly loc: unknown }> }).detail[0]?.loc
}

describe("embeddings", () => {
  it("answer the requests of the contract at its path", async () => {
    const { full, minimal } = read("dedicated.embeddings.embeddings.http.json") as {
      full: { url: string }
      minimal: { url: string }
    }
    for (const wire of [minimal, full]) expect(new URL(wire.url).pathname).toBe(new URL(url).pathname)
    expect((await create(read("dedicated.embeddings.embeddings.request.json"))).data).toHaveLength(1)
    const { data, model } = await create<string>(read("dedicated.embeddings.embeddings.request.full.json"))
    expect(data.map(({ embedding }) => typeof embedding)).toEqual(["string", "string"])
    expect(model).toBe("ep01abcxyz")
  })

  it("keep the order and count tokens", async () => {
    const input = ["Green tea", "", "The weather in Seoul", "Green tea"]
    const { data, usage } = await create({ input })
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2, 3])
    expect(data.map(({ embedding }) => embedding)).toEqual(input.map((text) => Array.from(embed(text))))
    const tokens = input.reduce((sum, text) => sum + encode(text, { bos: true }).length, 0)
    expect(usage).toMatchObject({ prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens })
  })

  it("are the same for tokens as for the text that they encode", async () => {
    const tokens = encode("What is generative AI?", { bos: true })
    const ofTokens = await create({ tokens, input: null, encoding_format: null })
    const ofText = await create({ input: "What is generative AI?" })
    expect(ofTokens.data).toEqual(ofText.data)
    expect(ofTokens.usage).toEqual(ofText.usage)
  })

  it("are rejected when there is nothing to read", async () => {
    expect(await rejection({})).toEqual(["body", "input"])
    expect(await rejection({ input: null, tokens: null })).toEqual(["body", "input"])
    expect(await rejection({ input: [] })).toEqual(["body", "input"])
    expect(await rejection({ tokens: [] })).toEqual(["body", "tokens"])
    expect(await rejection({ tokens: [1, 200_000] })).toEqual(["body", "tokens", 1])
    expect(await rejection({ input: "x", encoding_format: "int8" })).toEqual(["body", "encoding_format"])
  })

  it("are rejected when a text is longer than the context", async () => {
    const small = makeEmulator({ contextLength: 4 }).fetch
    const status = async (input: string) => (await post(small, url, { model: "endpoint", input })).status
    expect(await status("one two three")).toBe(200)
    expect(await status("one two three four")).toBe(422)
  })

  it("exist on no other deployment", async () => {
    for (const path of ["/serverless/v1/embeddings", "/v1/embeddings"]) {
      expect((await post(fetch, `http://emulator.test${path}`, { model: "m", input: "x" })).status).toBe(404)
    }
  })
})
