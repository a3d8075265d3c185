import { describe, expect, it } from "vitest"
import { encode } from "../../src/engine/tokenizer.js"
import { makeEmulator } from "../../src/Emulator.js"
import { chunksOf, mismatch, post, type Usage } from "../support.js"

const origin = "http://emulator.test"
const { fetch } = makeEmulator()
const models = {
  none: "meta-llama-3.1-8b-instruct",
  onRequest: "LGAI-EXAONE/EXAONE-4.0-32B",
  byDefault: "Qwen/Qwen3-32B",
  always: "deepseek-ai/DeepSeek-R1"
} as const

interface Answer {
  readonly choices: ReadonlyArray<{
    readonly message: { readonly content: string | null; readonly reasoning_content?: string }
    readonly finish_reason: string
    readonly logprobs: { readonly content: ReadonlyArray<{ readonly token: string }> } | null
  }>
  readonly usage: Usage & { readonly completion_tokens_details?: { readonly reasoning_tokens: number } }
}

const question = { messages: [{ role: "user", content: "Why is the sea salty?" }], temperature: 0, max_tokens: 300 }

const ask = async (model: string, body: object = {}): Promise<Answer> => {
  const response = await post(fetch, `${origin}/serverless/v1/chat/completions`, { ...question, model, ...body })
  const value = (await response.json()) as Answer
  expect(response.status, JSON.stringify(value)).toBe(200)
  expect(mismatch("ContainerChatCompleteSuccess", value)).toBeUndefined()
  return value
}

/** Whether an answer has reasoning, in either place. */
const reasons = async (model: string, body: object = {}): Promise<boolean> => {
  const parsed = (await ask(model, { ...body, parse_reasoning: true })).choices[0]!.message
  const unparsed = (await ask(model, body)).choices[0]!.message
  expect(unparsed.content?.startsWith("<think>\n")).toBe(parsed.reasoning_content !== undefined)
  expect(unparsed).not.toHaveProperty("reasoning_content")
  return parsed.reasoning_content !== undefined
}

describe("a model", () => {
  it.each<[body: object, ...reasons: Array<boolean>]>([
    [{}, false, false, true, true],
    [{ chat_template_kwargs: { enable_thinking: true } }, false, true, true, true],
    [{ chat_template_kwargs: { enable_thinking: false } }, false, false, false, true],
    [{ chat_template_kwargs: { enable_thinking: "no" } }, false, false, true, true],
    [{ reasoning_effort: "low" }, false, true, true, true],
    [{ reasoning_effort: "low", chat_template_kwargs: { enable_thinking: false } }, false, false, false, true],
    [{ reasoning_budget: 0 }, false, false, false, false],
    [{ reasoning_budget: 0, reasoning_effort: "max" }, false, false, false, false],
    [{ reasoning_budget: 20 }, false, true, true, true],
    [{ reasoning_budget: -1 }, false, true, true, true]
  ])("reasons according to what it is: %j", async (body, ...expected) => {
    const found: Array<boolean> = []
    for (const model of Object.values(models)) found.push(await reasons(model, body))
    expect(found).toEqual(expected)
  })

  it("that does not reason answers the same with parse_reasoning, also within few tokens", async () => {
    const plain = await ask(models.none, { max_tokens: 20 })
    const parsed = await ask(models.none, { max_tokens: 20, parse_reasoning: true, include_reasoning: true })
    expect(parsed.choices).toEqual(plain.choices)
    expect(parsed.usage).toEqual(plain.usage)
    expect(parsed.choices[0]?.message.content).toMatch(/\S/)
  })
})

describe("reasoning", () => {
  const { byDefault: model } = models

  it("is another text than the answer, which stays the same without it", async () => {
    const off = await ask(model, { reasoning_budget: 0 })
    const on = await ask(model, { parse_reasoning: true })
    const { content, reasoning_content } = on.choices[0]!.message
    expect(content).toBe(off.choices[0]?.message.content)
    expect(reasoning_content).toContain("Why is the sea salty?")
    expect(content).not.toContain(reasoning_content?.slice(0, 20))
    expect(reasoning_content).not.toContain(content?.slice(0, 20))
  })

  it("has true token counts, wherever it stands", async () => {
    const parsed = await ask(model, { parse_reasoning: true })
    const { content, reasoning_content } = parsed.choices[0]!.message
    const own = encode(reasoning_content!).length
    expect(parsed.usage.completion_tokens).toBe(own + encode(content!).length)
    expect(parsed.usage.completion_tokens_details).toEqual({ reasoning_tokens: own })
    const hidden = await ask(model, { parse_reasoning: true, include_reasoning: false })
    expect(hidden.usage).toEqual(parsed.usage)

    const unparsed = await ask(model, { logprobs: true })
    const [choice] = unparsed.choices
    expect(choice?.message.content).toBe(`<think>\n${reasoning_content}\n</think>\n\n${content}`)
    expect(unparsed.usage.completion_tokens).toBe(encode(choice!.message.content!).length)
    expect(choice?.logprobs?.content.map(({ token }) => token).join("")).toBe(choice?.message.content)
    expect((await ask(models.none)).usage).not.toHaveProperty("completion_tokens_details")
  })

  it("is limited by effort and budget, and by max_tokens, which it can use up", async () => {
    const size = async (body: object): Promise<number> =>
      (await ask(model, { parse_reasoning: true, ...body })).usage.completion_tokens_details!.reasoning_tokens
    const sizes: Array<number> = []
    for (const reasoning_effort of ["minimal", "low", "medium", "high", "max"]) {
      sizes.push(await size({ reasoning_effort }))
    }
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b))
    expect(sizes[0]).toBeLessThanOrEqual(8)
    expect(sizes.at(-1)).toBeGreaterThan(64)
    expect(await size({ reasoning_budget: 5 })).toBe(5)
    const cut = await ask(model, { parse_reasoning: true, max_tokens: 10 })
    expect(cut.choices[0]).toMatchObject({ finish_reason: "length", message: { content: "" } })
    expect(cut.usage.completion_tokens).toBe(10)
  })

  it("is not ended by a stop string", async () => {
    const answer = await ask(model, { parse_reasoning: true, stop: ["sea salty"] })
    expect(answer.choices[0]?.message.reasoning_content).toContain("sea salty")
  })

  it("comes before the text in a stream, whose first chunk has both fields, empty", async () => {
    const response = await post(fetch, `${origin}/serverless/v1/chat/completions`, {
      ...question,
      model,
      parse_reasoning: true,
      stream: true
    })
    const deltas = chunksOf(await response.text()).flatMap(({ choices }) => choices.map(({ delta }) => delta ?? {}))
    expect(deltas[0]).toEqual({ role: "assistant", content: "", reasoning_content: "" })
    const kinds = deltas.slice(1, -1).map((delta) => Object.keys(delta).join())
    expect(kinds.filter((kind, at) => kind !== kinds[at - 1])).toEqual(["reasoning_content", "content"])
    const hidden = await post(fetch, `${origin}/serverless/v1/chat/completions`, {
      ...question,
      model,
      parse_reasoning: true,
      include_reasoning: false,
      stream: true
    })
    expect(await hidden.text()).not.toContain("reasoning_content")
  })

  it("comes before function calls", async () => {
    const tool = { name: "get_weather", parameters: { type: "object", properties: {} } }
    const body = { tools: [{ type: "function", function: tool }], tool_choice: "required" }
    const parsed = (await ask(model, { ...body, parse_reasoning: true })).choices[0]!.message
    expect(parsed).toMatchObject({ content: null, tool_calls: [{ function: { name: "get_weather" } }] })
    expect(parsed.reasoning_content).toContain("get_weather")
    const unparsed = (await ask(model, body)).choices[0]!.message
    expect(unparsed.content).toBe(`<think>\n${parsed.reasoning_content}\n</think>\n\n`)
  })
})

it("thinking of messages: the model decides without it, and it can be switched off", async () => {
  const types = async (model: string, thinking?: object): Promise<ReadonlyArray<string>> => {
    const response = await post(fetch, `${origin}/serverless/v1/messages`, { ...question, model, thinking })
    return ((await response.json()) as { content: ReadonlyArray<{ type: string }> }).content.map(({ type }) => type)
  }
  const adaptive = { type: "adaptive" }
  expect(await types(models.none, adaptive)).toEqual(["text"])
  expect(await types(models.onRequest)).toEqual(["text"])
  expect(await types(models.onRequest, adaptive)).toEqual(["thinking", "text"])
  expect(await types(models.byDefault)).toEqual(["thinking", "text"])
  expect(await types(models.always, { type: "disabled" })).toEqual(["text"])
})
