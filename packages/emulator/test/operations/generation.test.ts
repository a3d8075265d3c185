import { describe, expect, it } from "vitest"
import { renderChat } from "../../src/engine/chatTemplate.js"
import { decode, encode } from "../../src/engine/tokenizer.js"
import { makeEmulator, serverlessModels } from "../../src/Emulator.js"
import { chunksOf, dataOf, mismatch, post, type Usage } from "../support.js"
import { chat, type ChatAnswer, fetch, messages, origin, satisfies, weather } from "./generation.support.js"

interface CompletionAnswer {
  readonly choices: ReadonlyArray<{
    readonly index: number
    readonly text: string
    readonly seed: number
    readonly tokens: ReadonlyArray<number>
    readonly logprobs: {
      readonly text_offset: ReadonlyArray<number>
      readonly token_logprobs: ReadonlyArray<number>
      readonly tokens: ReadonlyArray<string>
      readonly top_logprobs: ReadonlyArray<Record<string, number>>
    } | null
    readonly finish_reason: string
  }>
  readonly usage: Usage
}

const chatStream = async (body: object): Promise<string> => {
  const response = await post(fetch, `${origin}/v1/chat/completions`, { messages, seed: 7, ...body, stream: true })
  expect(response.status).toBe(200)
  expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/)
  const text = await response.text()
  for (const chunk of chunksOf(text)) expect(mismatch("StreamedChatData", chunk)).toBeUndefined()
  return text
}

const complete = async (body: object): Promise<CompletionAnswer> => {
  const response = await post(fetch, `${origin}/v1/completions`, { seed: 7, ...body })
  const value = (await response.json()) as CompletionAnswer
  expect(response.status).toBe(200)
  expect(mismatch("ContainerCompletionsSuccess", value)).toBeUndefined()
  return value
}

const clock = { type: "function", function: { name: "clock-now", parameters: { type: "object", properties: {} } } }

describe("tokens", () => {
  it("returns the ids of the API reference", async () => {
    const response = await post(fetch, `${origin}/serverless/v1/tokenize`, {
      model: "meta-llama-3.1-8b-instruct",
      prompt: "What is generative AI?"
    })
    expect(await response.json()).toEqual({ tokens: [128000, 3923, 374, 1803, 1413, 15592, 30] })
  })
})

describe("models", () => {
  it("returns the model name, the endpoint without its route, or null", async () => {
    const model = async (path: string, name?: string): Promise<unknown> => {
      const body = { messages, max_tokens: 1, ...(name === undefined ? {} : { model: name }) }
      const response = await post(fetch, `${origin}${path}/chat/completions`, body)
      return ((await response.json()) as ChatAnswer).model
    }
    expect(await model("/serverless/v1", "any-model")).toBe("any-model")
    expect(await model("/dedicated/v1", "endpoint:route")).toBe("endpoint")
    expect(await model("/v1", "route")).toBe("route")
    expect(await model("/v1")).toBeNull()
  })

  it("accepts only the configured models, on serverless paths only", async () => {
    const emulator = makeEmulator({ models: serverlessModels })
    const status = async (path: string, model: string): Promise<number> =>
      (await post(emulator.fetch, `${origin}${path}/tokenize`, { model, prompt: "a" })).status
    expect(await status("/serverless/v1", "meta-llama-3.1-8b-instruct")).toBe(200)
    expect(await status("/serverless/v1", "meta-llama-9")).toBe(404)
    expect(await status("/dedicated/v1", "meta-llama-9")).toBe(200)
  })
})

describe("chat", () => {
  it("gives the same text for the same seed, and another text for another seed", async () => {
    const text = async (seed: number): Promise<unknown> =>
      (
        await chat({
          seed,
          messages: [{ role: "user", content: "Tell me about the sea" }],
          max_tokens: 40,
          temperature: 1.5
        })
      ).choices[0]?.message.content
    expect(await text(1)).toBe(await text(1))
    expect(new Set(await Promise.all([1, 2, 3, 4, 5, 6].map(text))).size).toBeGreaterThan(1)
  })

  it("counts the tokens of the rendered prompt and of the answer", async () => {
    const answer = await chat({ max_tokens: 200 })
    expect(answer.usage.prompt_tokens).toBe(renderChat(messages).tokens.length)
    expect(answer.usage.completion_tokens).toBe(encode(answer.choices[0]?.message.content ?? "").length)
    expect(answer.usage.total_tokens).toBe(answer.usage.prompt_tokens + answer.usage.completion_tokens)
  })

  it("ends with `length` at max_tokens", async () => {
    const answer = await chat({ max_tokens: 3, min_tokens: 3 })
    expect(answer.choices[0]?.finish_reason).toBe("length")
    expect(answer.usage.completion_tokens).toBe(3)
  })

  it("ends at a stop string, which is not part of the text", async () => {
    const whole = (await chat({ max_tokens: 60 })).choices[0]?.message.content ?? ""
    const stop = whole.slice(4, 9)
    const answer = await chat({ max_tokens: 60, stop: [stop] })
    expect(answer.choices[0]?.message.content).toBe(whole.slice(0, whole.indexOf(stop)))
    expect(answer.choices[0]?.finish_reason).toBe("stop")
  })

  it("returns n choices, each with its seed of a list", async () => {
    const three = await chat({ n: 3, seed: [4, 4, 9], max_tokens: 20, temperature: 1.5 })
    expect(three.choices.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(three.choices[0]?.message.content).toBe(three.choices[1]?.message.content)
    const one = await chat({ seed: 9, max_tokens: 20, temperature: 1.5 })
    expect(three.choices[2]?.message.content).toBe(one.choices[0]?.message.content)
  })

  it("lists log probabilities whose tokens make up the text", async () => {
    const { choices } = await chat({ logprobs: true, top_logprobs: 3, max_tokens: 20 })
    const content = choices[0]?.logprobs?.content ?? []
    expect(content.map(({ token }) => token).join("")).toBe(choices[0]?.message.content)
    for (const { top_logprobs } of content) expect(top_logprobs.length).toBe(3)
    expect((await chat({ max_tokens: 4 })).choices[0]?.logprobs).toBeNull()
  })

  it("streams the same text as the whole answer, in the order of the contract", async () => {
    for (const body of [
      { max_tokens: 30 },
      { max_tokens: 30, logprobs: true, top_logprobs: 1, stop: ["zzz"] },
      { max_tokens: 30, parse_reasoning: true, model: "deepseek-r1" },
      { max_tokens: 90, model: "deepseek-r1", logprobs: true }
    ]) {
      const whole = await chat(body)
      const text = await chatStream({ ...body, stream_options: { include_usage: true } })
      expect(dataOf(text).at(-1)).toBe("[DONE]")
      const chunks = chunksOf(text)
      const choices = chunks.flatMap((chunk) => chunk.choices)
      const parsed = "parse_reasoning" in body ? { reasoning_content: "" } : {}
      expect(choices[0]?.delta).toEqual({ role: "assistant", content: "", ...parsed })
      expect(choices.map(({ delta }) => delta?.content ?? "").join("")).toBe(whole.choices[0]?.message.content)
      expect(choices.map(({ delta }) => delta?.reasoning_content ?? "").join("")).toBe(
        whole.choices[0]?.message.reasoning_content ?? ""
      )
      expect(choices.flatMap(({ logprobs }) => logprobs?.content ?? [])).toEqual(
        whole.choices[0]?.logprobs?.content ?? []
      )
      expect(choices.map(({ finish_reason }) => finish_reason).filter((reason) => reason !== null)).toEqual([
        whole.choices[0]?.finish_reason
      ])
      expect(choices.at(-1)?.delta).toEqual({})
      expect(chunks.at(-1)?.choices).toEqual([])
      expect(chunks.at(-1)?.usage).toEqual(whole.usage)
      for (const chunk of chunks.slice(0, -1)) expect(chunk.usage).toBeNull()
      expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
    }
  })

  it("sends usage only when it is requested", async () => {
    const chunks = chunksOf(await chatStream({ max_tokens: 4 }))
    expect(chunks.every(({ usage, choices }) => usage === null && choices.length === 1)).toBe(true)
  })

  it("streams several choices side by side", async () => {
    const body = { n: 2, seed: [1, 2], max_tokens: 10 }
    const whole = await chat(body)
    const choices = chunksOf(await chatStream(body)).flatMap((chunk) => chunk.choices)
    for (const { index, message, finish_reason } of whole.choices) {
      const own = choices.filter((choice) => choice.index === index)
      expect(own.map(({ delta }) => delta?.content ?? "").join("")).toBe(message.content)
      expect(own.at(-1)?.finish_reason).toBe(finish_reason)
    }
  })

  it("separates reasoning from content, and hides it on request", async () => {
    const model = "deepseek-r1"
    const shown = await chat({ model, parse_reasoning: true, max_tokens: 100 })
    expect(shown.choices[0]?.message.reasoning_content).toMatch(/\S/)
    const hidden = await chat({ model, parse_reasoning: true, include_reasoning: false, max_tokens: 100 })
    expect(hidden.choices[0]?.message).not.toHaveProperty("reasoning_content")
    expect(hidden.choices[0]?.message.content).toBe(shown.choices[0]?.message.content)
    expect(hidden.usage).toEqual(shown.usage)
    expect((await chat({ max_tokens: 5 })).choices[0]?.message).not.toHaveProperty("reasoning_content")
  })
})

describe("without a choice in the sampling the answer is the same for every seed", () => {
  const { parameters: schema } = weather.function
  it.each<[name: string, body: object]>([
    ["text", { messages: [{ role: "user", content: "Tell me about tea" }] }],
    ["json_object", { response_format: { type: "json_object" } }],
    ["json_schema", { response_format: { type: "json_schema", json_schema: { schema } } }],
    ["regex", { response_format: { type: "regex", schema: "[a-z]{12}" } }],
    ["tools", { tools: [weather], tool_choice: "required" }],
    ["reasoning", { model: "deepseek-r1", parse_reasoning: true }]
  ])("%s", async (_name, body) => {
    const message = async (sampling: object): Promise<string> => {
      const { choices } = await chat({ seed: undefined, ...body, ...sampling })
      return JSON.stringify(choices[0]?.message).replaceAll(/"call_\w+"/g, "")
    }
    const first = await message({ temperature: 0 })
    expect(await message({ temperature: 0 })).toBe(first)
    expect(await message({ temperature: 0, seed: 99 })).toBe(first)
    expect(await message({ top_k: 1, seed: 7 })).toBe(first)
    const sampled = [1, 2, 3, 4, 5, 6].map((seed) => message({ seed, temperature: 1 }))
    expect(new Set(await Promise.all(sampled)).size).toBeGreaterThan(1)
  })

  it("completions in a format", async () => {
    const text = async (sampling: object): Promise<unknown> =>
      (await complete({ prompt: "x", response_format: { type: "regex", schema: "[a-z]{12}" }, ...sampling })).choices[0]
        ?.text
    expect(await text({ temperature: 0, seed: 1 })).toBe(await text({ temperature: 0, seed: 2 }))
    expect(await text({ seed: 1 })).not.toBe(await text({ seed: 2 }))
  })

  it("a format that no text satisfies is rejected with the reason", async () => {
    const rejection = async (response_format: object): Promise<string> => {
      const response = await post(fetch, `${origin}/v1/chat/completions`, { messages, response_format })
      expect(response.status).toBe(422)
      return ((await response.json()) as { detail: [{ msg: string }] }).detail[0].msg
    }
    const range = { type: "integer", minimum: 5, maximum: 3 }
    expect(
      await rejection({
        type: "json_schema",
        json_schema: { schema: { type: "object", properties: { a: range }, required: ["a"] } }
      })
    ).toBe(
      "no text can satisfy this format: No value satisfies the schema: the limits of the number exclude each other, at a"
    )
    expect(await rejection({ type: "regex", schema: "a(?R)?b" })).toContain("recursive groups")
  })
})

describe("tools", () => {
  const user = (content: string): object => ({ messages: [{ role: "user", content }] })

  it("are called when they must be, with arguments that satisfy the schema", async () => {
    for (const tool_choice of ["required", { type: "function", function: { name: "get_weather" } }]) {
      const { choices, usage } = await chat({ tools: [weather, clock], tool_choice })
      expect(choices[0]?.finish_reason).toBe("tool_calls")
      expect(choices[0]?.message.content).toBeNull()
      const call = choices[0]?.message.tool_calls?.[0]
      expect(call?.function.name).toBe("get_weather")
      expect(satisfies(weather.function.parameters, call?.function.arguments ?? "")).toBe(true)
      expect(usage.completion_tokens).toBeGreaterThanOrEqual(encode(call?.function.arguments ?? "").length)
    }
  })

  it("are called when the user mentions them, in parallel unless that is switched off", async () => {
    const names = async (body: object): Promise<ReadonlyArray<string> | undefined> =>
      (await chat({ tools: [weather, clock], ...body })).choices[0]?.message.tool_calls?.map(
        (call) => call.function.name
      )
    expect(await names(user("How is the WEATHER?"))).toEqual(["get_weather"])
    expect(await names(user("Weather, and what says the clock?"))).toEqual(["get_weather", "clock-now"])
    expect(await names({ ...user("Weather, and what says the clock?"), parallel_tool_calls: false })).toEqual([
      "get_weather"
    ])
    expect(await names(user("Tell me a story"))).toBeUndefined()
    expect(await names({ ...user("How is the weather?"), tool_choice: "none" })).toBeUndefined()
  })

  it("are not called after the result of a tool: the answer is text", async () => {
    const call = { id: "call_1", type: "function", function: { name: "get_weather", arguments: `{"city":"Oslo"}` } }
    const { choices } = await chat({
      tools: [weather],
      messages: [
        { role: "user", content: "How is the weather?" },
        { role: "assistant", tool_calls: [call] },
        { role: "tool", tool_call_id: "call_1", content: "21" }
      ]
    })
    expect(choices[0]?.message.tool_calls).toBeUndefined()
    expect(choices[0]?.message.content).toMatch(/\S/)
  })

  it("give the text what they returned", async () => {
    const answer = async (question: string, args: object, ...results: ReadonlyArray<string>): Promise<string> => {
      const calls = results.map((_, at) => ({
        id: `call_${at}`,
        type: "function",
        function: { name: "get_weather", arguments: JSON.stringify(args) }
      }))
      const { choices } = await chat({
        tools: [weather],
        temperature: 0,
        messages: [
          { role: "user", content: question },
          { role: "assistant", tool_calls: calls },
          ...results.map((content, at) => ({ role: "tool", tool_call_id: `call_${at}`, content }))
        ]
      })
      return choices[0]?.message.content ?? ""
    }
    const seoul = JSON.stringify({ city: "Seoul", sky: "clear", temperature: 21, unit: "celsius" })
    expect(await answer("How is the weather in Seoul?", { city: "Seoul" }, seoul)).toBe(
      "In Seoul, the sky is clear and the temperature is 21 °C."
    )
    const oslo = JSON.stringify({ city: "Oslo", sky: "grey" })
    expect(await answer("Seoul and Oslo?", {}, seoul, oslo)).toMatch(/21 °C\.\n\nIn Oslo, the sky is grey\.$/)
    expect(await answer("How is the weather?", { city: "Rome" }, "18 C and windy")).toMatch(/Rome: 18 C and windy\.$/)
    expect(await answer("How is the weather?", { city: "Rome" }, `{"error":"no such city"}`)).toContain("no such city")
    const list = JSON.stringify({ results: [{ title: "Effect", url: "https://effect.website" }] })
    expect(await answer("Search.", {}, list)).toMatch(/\n\n- \*\*Effect\*\*: https:\/\/effect\.website$/)
    expect(await answer("서울 날씨 어때?", { city: "서울" }, "맑음, 21도")).toMatch(/맑음, 21도/)
  })

  it("are called in a stream with arguments in parts", async () => {
    const body = { tools: [weather, clock], ...user("Weather, and what says the clock?") }
    const whole = (await chat(body)).choices[0]?.message.tool_calls ?? []
    const choices = chunksOf(await chatStream(body)).flatMap((chunk) => chunk.choices)
    const deltas = choices.flatMap(({ delta }) => delta?.tool_calls ?? [])
    for (const [index, call] of whole.entries()) {
      const own = deltas.filter((delta) => delta.index === index)
      expect(own[0]?.id).toMatch(/^call_/)
      expect(own[0]?.function).toEqual({ name: call.function.name, arguments: "" })
      expect(own.slice(1).every((delta) => delta.id === undefined && delta.function.name === undefined)).toBe(true)
      expect(own.map((delta) => delta.function.arguments).join("")).toBe(call.function.arguments)
    }
    expect(deltas.length).toBeGreaterThan(whole.length * 2)
    expect(choices.at(-1)?.finish_reason).toBe("tool_calls")
  })

  it("end with `length` when max_tokens ends a call", async () => {
    const { choices, usage } = await chat({ tools: [weather], tool_choice: "required", max_tokens: 2 })
    expect(choices[0]?.finish_reason).toBe("length")
    expect(usage.completion_tokens).toBe(2)
  })
})

describe("completions", () => {
  const prompt = "Say this is a test!"

  it("returns text, tokens and seed, and counts tokens", async () => {
    const { choices, usage } = await complete({ prompt, max_tokens: 20, top_k: 1 })
    expect(choices[0]?.seed).toBe(7)
    expect(decode(choices[0]?.tokens ?? [])).toBe(choices[0]?.text)
    expect(usage.prompt_tokens).toBe(encode(prompt, { bos: true }).length)
    expect(usage.completion_tokens).toBe(choices[0]?.tokens.length)
  })

  it("gives the same answer for tokens as for the prompt that they encode", async () => {
    const text = await complete({ prompt, max_tokens: 10 })
    const tokens = await complete({ tokens: encode(prompt, { bos: true }), max_tokens: 10 })
    expect(tokens.choices).toEqual(text.choices)
    expect(tokens.usage).toEqual(text.usage)
  })

  it("returns n choices for each prompt", async () => {
    const { choices, usage } = await complete({ prompt: [prompt, "Once"], n: 2, seed: [1, 2], max_tokens: 6 })
    expect(choices.map(({ index, seed }) => [index, seed])).toEqual([
      [0, 1],
      [1, 2],
      [2, 1],
      [3, 2]
    ])
    expect(usage.prompt_tokens).toBe(encode(prompt, { bos: true }).length + encode("Once", { bos: true }).length)
  })

  it("limits prompt and answer together with max_total_tokens", async () => {
    const length = encode(prompt, { bos: true }).length
    const { choices, usage } = await complete({ prompt, max_total_tokens: length + 2, min_total_tokens: length + 2 })
    expect(usage.total_tokens).toBe(length + 2)
    expect(choices[0]?.finish_reason).toBe("length")
    const rejected = await post(fetch, `${origin}/v1/completions`, { prompt, max_total_tokens: length })
    expect(rejected.status).toBe(422)
  })

  it("returns the forced tokens", async () => {
    const forced = encode(" there was")
    expect((await complete({ prompt, forced_output_tokens: forced })).choices[0]).toMatchObject({
      text: " there was",
      tokens: forced
    })
  })

  it("stops at a token sequence, and never contains a bad word", async () => {
    const whole = (await complete({ prompt, max_tokens: 12, temperature: 0 })).choices[0]
    const tokens = whole?.tokens ?? []
    const stopped = await complete({
      prompt,
      max_tokens: 12,
      temperature: 0,
      stop_tokens: [{ tokens: tokens.slice(2, 4) }]
    })
    expect(stopped.choices[0]?.finish_reason).toBe("stop")
    expect(stopped.choices[0]?.text).toBe(decode(tokens.slice(0, 2)))
    const bad = decode(tokens.slice(1, 2)).trim()
    expect(
      (await complete({ prompt, max_tokens: 12, temperature: 0, bad_words: [bad] })).choices[0]?.text
    ).not.toContain(bad)
  })

  it("lists log probabilities in the format of completions", async () => {
    const { choices } = await complete({ prompt, max_tokens: 6, logprobs: 2 })
    const logprobs = choices[0]?.logprobs
    expect(logprobs?.tokens.join("")).toBe(choices[0]?.text)
    expect(logprobs?.text_offset[1]).toBe(logprobs?.tokens[0]?.length)
    expect(logprobs?.token_logprobs.length).toBe(choices[0]?.tokens.length)
    for (const top of logprobs?.top_logprobs ?? []) expect(Object.keys(top).length).toBeLessThanOrEqual(2)
  })

  it("streams the same text as the whole answer, one token in each event", async () => {
    const body = { prompt: [prompt, "Once"], max_tokens: 8, seed: 3, logprobs: 1 }
    const whole = await complete(body)
    const response = await post(fetch, `${origin}/v1/completions`, {
      ...body,
      stream: true,
      stream_options: { include_usage: true }
    })
    const text = await response.text()
    const chunks = chunksOf(text)
    for (const chunk of chunks) expect(mismatch("StreamedCompletionData", chunk)).toBeUndefined()
    for (const { finish_reason, index, text: expected, tokens } of whole.choices) {
      const own = chunks.flatMap(({ choices }) => choices).filter((choice) => choice.index === index)
      expect(own.map((choice) => choice.text).join("")).toBe(expected)
      expect(own.flatMap(({ token }) => (token === undefined ? [] : [token]))).toEqual(tokens)
      expect(own.at(-1)).toMatchObject({ text: "", finish_reason })
    }
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage })
    expect(chunks.slice(0, -1).some((chunk) => "usage" in chunk)).toBe(false)
    expect(dataOf(text).at(-1)).toBe("[DONE]")
  })
})
