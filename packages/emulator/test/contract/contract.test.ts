import { describe, expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { mismatch, post, read } from "../support.js"
import { type Detail, locs, origin, vectorTests } from "./contract.support.js"

vectorTests(["serverless"])

it("golden vector: a budget of 0 switches reasoning off", async () => {
  const vector = read("serverless.chat.complete.request.reasoning_off.json")
  const response = await post(
    makeEmulator({ reasoning: "byDefault" }).fetch,
    `${origin}/serverless/v1/chat/completions`,
    {
      ...vector,
      parse_reasoning: true
    }
  )
  expect(response.status).toBe(200)
  expect(await response.text()).not.toContain("reasoning_content")
})

describe("422", () => {
  const url = `${origin}/serverless/v1/chat/completions`
  const user = { role: "user", content: "Hello!" }
  const body = { model: "m", messages: [user] }
  const cases: ReadonlyArray<readonly [title: string, body: unknown, locs: ReadonlyArray<string>]> = [
    ["an empty body", {}, ["body.messages", "body.model"]],
    ["a body that is not an object", [], ["body"]],
    ["an unknown role", { ...body, messages: [{ role: "boss", content: "x" }] }, ["body.messages.0.role"]],
    ["a message without a role", { ...body, messages: [user, { content: "x" }] }, ["body.messages.1.role"]],
    ["no messages", { ...body, messages: [] }, ["body.messages"]],
    ["content of the wrong type", { ...body, messages: [{ role: "user", content: 4 }] }, ["body.messages.0.content"]],
    [
      "a part of unknown type",
      { ...body, messages: [{ role: "user", content: [{ type: "text", text: "a" }, { type: "smell" }] }] },
      ["body.messages.0.content.1.type"]
    ],
    [
      "an assistant message without content and calls",
      { ...body, messages: [user, { role: "assistant" }] },
      ["body.messages.1.content"]
    ],
    [
      "numbers out of range",
      { ...body, top_p: 0, frequency_penalty: 3, min_p: 2 },
      ["body.frequency_penalty", "body.min_p", "body.top_p"]
    ],
    ["numbers of the wrong type", { ...body, temperature: "hot", seed: "x" }, ["body.seed", "body.temperature"]],
    ["top_logprobs without logprobs", { ...body, top_logprobs: 2 }, ["body.top_logprobs"]],
    ["stream_options without stream", { ...body, stream_options: { include_usage: true } }, ["body.stream_options"]],
    [
      "the choice of a function that does not exist",
      { ...body, tool_choice: { type: "function", function: { name: "nope" } } },
      ["body.tool_choice.function.name"]
    ],
    ["a required tool call without tools", { ...body, tool_choice: "required" }, ["body.tool_choice"]],
    ["a bias that is not a number", { ...body, logit_bias: { "12": "much" } }, ["body.logit_bias.12"]],
    ["zero choices", { ...body, n: 0 }, ["body.n"]],
    ["an invalid regex", { ...body, response_format: { type: "regex", schema: "(" } }, ["body.response_format"]],
    [
      "a schema format without schema",
      { ...body, response_format: { type: "json_schema" } },
      ["body.response_format.json_schema"]
    ]
  ]
  for (const [name, request, expected] of cases) {
    it(`rejects ${name}`, async () => {
      const response = await post(makeEmulator().fetch, url, request)
      expect(response.status).toBe(422)
      const copy = (await response.clone().json()) as unknown
      expect(mismatch("HTTPValidationError", copy)).toBeUndefined()
      expect(await locs(response)).toEqual(expected)
    })
  }

  it("never repeats a value of the request", async () => {
    const secret = "s3cr3t-value"
    const { fetch } = makeEmulator({ models: ["known"] })
    const bodies = [
      { model: secret, messages: [{ role: secret, content: secret }], temperature: secret, reasoning_effort: secret },
      { model: secret, messages: [user] },
      `{"model": "${secret}", oops`
    ]
    for (const request of bodies) expect(await (await post(fetch, url, request)).text()).not.toContain(secret)
  })

  it("distinguishes invalid JSON, infinite numbers and a missing body", async () => {
    const { fetch } = makeEmulator()
    const type = async (text: string): Promise<string | undefined> => {
      const response = await post(fetch, url, text)
      expect(response.status).toBe(422)
      return ((await response.json()) as Detail).detail[0]?.type
    }
    expect(await type(`{"model": "m", "messages": [], "temperature": NaN}`)).toBe("json_invalid")
    expect(await type(`{"model": "m", "messages": [], "temperature": 1e999}`)).toBe("float_type")
    expect(await type("")).toBe("missing")
  })

  it("requires the content type of JSON", async () => {
    const response = await post(makeEmulator().fetch, url, body, { headers: { "content-type": "text/plain" } })
    expect(response.status).toBe(422)
    expect(await locs(response)).toEqual(["header.content-type"])
  })

  it("names the token that is not in the vocabulary", async () => {
    const { fetch } = makeEmulator()
    const rejection = await post(fetch, `${origin}/v1/detokenize`, { tokens: [3923, 9_999_999] })
    expect(await locs(rejection)).toEqual(["body.tokens.1"])
    const forced = await post(fetch, `${origin}/v1/completions`, { prompt: "a", forced_output_tokens: [1, 2, 999_999] })
    expect(await locs(forced)).toEqual(["body.forced_output_tokens.2"])
  })

  it("accepts a null, empty or default field where the field itself would break a rule", async () => {
    const { fetch } = makeEmulator()
    const response = await post(fetch, url, {
      ...body,
      max_tokens: 4,
      tools: [],
      min_tokens: 0,
      response_format: { type: "json_object" },
      top_logprobs: null
    })
    expect(response.status).toBe(200)
  })
})
