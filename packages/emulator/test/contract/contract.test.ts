import { describe, expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { base, chunksOf, deployments, mismatch, post, read } from "../support.js"

const operations = [
  { name: "chat.complete", path: "/chat/completions", response: "ContainerChatCompleteSuccess" },
  { name: "chat.stream", path: "/chat/completions", event: "StreamedChatData", stream: true },
  { name: "completions.complete", path: "/completions", response: "ContainerCompletionsSuccess" },
  { name: "completions.stream", path: "/completions", event: "StreamedCompletionData", stream: true },
  { name: "token.tokenize", path: "/tokenize", response: "TokenizationSuccess" },
  { name: "token.detokenize", path: "/detokenize", response: "DetokenizationSuccess" }
] as const

const title = { serverless: "Serverless", dedicated: "Dedicated", container: "Container" } as const

const origin = "http://emulator.test"

interface Detail {
  readonly detail: ReadonlyArray<{
    readonly loc: ReadonlyArray<string | number>
    readonly msg: string
    readonly type: string
  }>
}

const locs = async (response: Response): Promise<ReadonlyArray<string>> => {
  const { detail } = (await response.json()) as Detail
  return detail.map(({ loc }) => loc.join(".")).toSorted()
}

// The rules that the full vectors break, by the field that the answer names.
const chatRules = ["body.min_tokens", "body.min_tokens", "body.response_format"]
const completionRules = ["body.max_total_tokens", "body.min_tokens", "body.min_total_tokens"]
const brokenRules: Readonly<Record<string, ReadonlyArray<string>>> = {
  "chat.complete": [...chatRules, "body.stream_options"],
  "chat.stream": chatRules,
  "completions.complete": [...completionRules, "body.stream_options"],
  "completions.stream": completionRules
}

for (const deployment of deployments) {
  describe(`golden vectors: ${deployment}`, () => {
    for (const operation of operations) {
      const vector = (kind: string): Record<string, unknown> => ({
        ...read(`${deployment}.${operation.name}.${kind}.json`),
        ...("stream" in operation ? { stream: true } : {})
      })
      /** What is invalid in the answer according to the contract; `undefined` when it is valid. */
      const misfits = async (response: Response, token: boolean): Promise<ReadonlyArray<string>> => {
        if (response.status !== 200) return [`status ${response.status}: ${await response.text()}`]
        if (!("event" in operation)) {
          const name = operation.response
          const problem = mismatch(token ? title[deployment] + name : name, await response.json())
          return problem === undefined ? [] : [problem]
        }
        const text = await response.text()
        if (!text.endsWith("data: [DONE]\n\n")) return ["no [DONE]"]
        const chunks = chunksOf(text)
        if (chunks.length === 0) return ["no event"]
        return chunks.flatMap((chunk) => mismatch(operation.event, chunk) ?? [])
      }
      const isToken = operation.name.startsWith("token.")
      const url = origin + base[deployment] + operation.path

      it(`${operation.name}: has the path of the contract`, () => {
        const { minimal } = read(`${deployment}.${operation.name}.http.json`) as {
          minimal: { url: string; method: string }
        }
        expect(new URL(minimal.url).pathname).toBe(base[deployment] + operation.path)
        expect(minimal.method).toBe("POST")
      })

      it(`${operation.name}: accepts the minimal request`, async () => {
        const { fetch } = makeEmulator()
        expect(
          await misfits(
            await post(fetch, url, { ...vector("request"), ...(isToken ? {} : { max_tokens: 12, seed: 1 }) }),
            isToken
          )
        ).toEqual([])
      })

      if (isToken) continue

      it(`${operation.name}: rejects the full request for the rules that it breaks, and accepts it without them`, async () => {
        const { fetch } = makeEmulator()
        const full = vector("request.full")
        const rejection = await post(fetch, url, full)
        expect(rejection.status).toBe(422)
        expect(await locs(rejection)).toEqual(brokenRules[operation.name])

        const keep = { ...full }
        for (const field of ["response_format", "min_tokens", "max_total_tokens", "min_total_tokens"])
          delete keep[field]
        if (!("stream" in operation)) delete keep["stream_options"]
        expect(await misfits(await post(fetch, url, keep), false)).toEqual([])
      })

      if (!operation.name.startsWith("completions")) continue

      it(`${operation.name}: accepts tokens in place of a prompt`, async () => {
        const { fetch } = makeEmulator()
        expect(
          await misfits(await post(fetch, url, { ...vector("request.tokens"), max_tokens: 5, seed: 1 }), false)
        ).toEqual([])
      })
    }
  })
}

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
