import { describe, expect, it } from "vitest"
import { type EmulatorOptions, makeEmulator } from "../../src/Emulator.js"
import { type ScriptRule, ScriptError } from "../../src/Scripts.js"
import { encode } from "../../src/engine/tokenizer.js"
import { chunksOf, dataOf, mismatch, post, type Usage } from "../support.js"

const origin = "http://emulator.test"
const count = (text: string): number => encode(text).length

interface ChatAnswer {
  readonly choices: ReadonlyArray<{
    readonly message: {
      readonly content: string | null
      readonly reasoning_content?: string
      readonly tool_calls?: ReadonlyArray<{ readonly function: { readonly name: string; readonly arguments: string } }>
    }
    readonly finish_reason: string
  }>
  readonly usage: Usage & { readonly completion_tokens_details?: { readonly reasoning_tokens: number } }
}

interface MessageAnswer {
  readonly content: ReadonlyArray<Record<string, unknown>>
  readonly stop_reason: string
  readonly usage: { readonly output_tokens: number }
}

const start = (script: ReadonlyArray<ScriptRule>, options: EmulatorOptions = {}) => {
  const emulator = makeEmulator({ script, ...options })
  const send = (path: string, body: object) => post(emulator.fetch, origin + path, { model: "m", ...body })
  return {
    ...emulator,
    send,
    chat: async (content: string, more: object = {}): Promise<ChatAnswer> => {
      const response = await send("/serverless/v1/chat/completions", { messages: [{ role: "user", content }], ...more })
      expect(response.status).toBe(200)
      return (await response.json()) as ChatAnswer
    },
    message: async (content: string, more: object = {}): Promise<MessageAnswer> => {
      const response = await send("/serverless/v1/messages", {
        messages: [{ role: "user", content }],
        max_tokens: 200,
        ...more
      })
      expect(response.status).toBe(200)
      return (await response.json()) as MessageAnswer
    }
  }
}

const say = "안녕하세요! The weather in Paris is sunny ☀️."

describe("a text that a rule says", () => {
  it("is the answer of a chat, with its true tokens, at any temperature", async () => {
    const { chat, requests } = start([{ name: "hello", say }])
    const answer = await chat("Hi", { temperature: 2, seed: 1, frequency_penalty: 2 })
    expect(mismatch("ContainerChatCompleteSuccess", answer)).toBeUndefined()
    expect(answer.choices[0]).toMatchObject({ message: { content: say }, finish_reason: "stop" })
    expect(answer.usage.completion_tokens).toBe(count(say))
    expect(requests[0]).toMatchObject({ rule: "hello", tokensGenerated: count(say) })
  })

  it("is streamed in the chunks of generated text, in every choice", async () => {
    const { send } = start([{ say }])
    const response = await send("/serverless/v1/chat/completions", {
      messages: [{ role: "user", content: "Hi" }],
      n: 2,
      stream: true,
      stream_options: { include_usage: true }
    })
    const chunks = chunksOf(await response.text())
    for (const index of [0, 1]) {
      const deltas = chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index))
      expect(deltas.map(({ delta }) => delta?.content ?? "").join("")).toBe(say)
      expect(deltas.length).toBeGreaterThan(10)
      expect(deltas.at(-1)?.finish_reason).toBe("stop")
    }
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(2 * count(say))
  })

  it("is the answer of completions, whole and streamed", async () => {
    const { send } = start([{ say: "Once upon a time." }])
    const whole = await send("/v1/completions", { prompt: ["a", "b"], seed: 1 })
    const answer = (await whole.json()) as {
      choices: ReadonlyArray<{ text: string; finish_reason: string; tokens: ReadonlyArray<number> }>
    }
    expect(answer.choices.map(({ finish_reason, text }) => [text, finish_reason])).toEqual([
      ["Once upon a time.", "stop"],
      ["Once upon a time.", "stop"]
    ])
    expect(answer.choices[0]?.tokens).toEqual(encode("Once upon a time."))
    const streamed = await send("/v1/completions", { prompt: "a", stream: true })
    expect(
      chunksOf(await streamed.text())
        .map(({ choices }) => choices[0]?.text ?? "")
        .join("")
    ).toBe("Once upon a time.")
  })

  it("is the answer of messages, whole and streamed", async () => {
    const { message, send } = start([{ say, reasoning: "Think." }])
    const answer = await message("Hi")
    expect(answer.content).toMatchObject([
      { type: "thinking", thinking: "Think." },
      { type: "text", text: say }
    ])
    expect(answer).toMatchObject({ stop_reason: "end_turn", usage: { output_tokens: count(say) + count("Think.") } })
    const streamed = await send("/v1/messages", {
      messages: [{ role: "user", content: "Hi" }],
      max_tokens: 200,
      stream: true
    })
    const events = dataOf(await streamed.text()).map((data) => JSON.parse(data) as { delta?: { text?: string } })
    expect(events.map(({ delta }) => delta?.text ?? "").join("")).toBe(say)
  })

  it("is the answer of responses, whole and streamed", async () => {
    const { send } = start([
      { when: { operation: "responses", toolResult: "get_weather", contains: "sunny" }, say: "After the tool." },
      {
        when: { operation: "responses" },
        say: "Yes.",
        reasoning: "Hm.",
        call: { tool: "get_weather", arguments: { a: 1 } }
      }
    ])
    const input = [{ type: "message", role: "user", content: "Hi" }]
    const answer = (await (await send("/serverless/v1/responses", { input })).json()) as {
      output: ReadonlyArray<{
        type: string
        arguments?: string
        call_id?: string
        content?: ReadonlyArray<{ text: string }>
      }>
    }
    expect(answer.output.map(({ type }) => type)).toEqual(["reasoning", "message", "function_call"])
    expect(answer.output[1]?.content?.[0]?.text).toBe("Yes.")
    expect(answer.output[2]?.arguments).toBe(`{"a":1}`)
    const next = {
      input: [
        ...input,
        { type: "function_call", call_id: "c", name: "get_weather", arguments: "{}" },
        { type: "function_call_output", call_id: "c", output: "It is sunny" }
      ],
      stream: true
    }
    const events = dataOf(await (await send("/serverless/v1/responses", next)).text())
    const deltas = events.map((data) => JSON.parse(data) as { type: string; delta?: string })
    expect(deltas.flatMap(({ delta, type }) => (type === "response.output_text.delta" ? [delta] : [])).join("")).toBe(
      "After the tool."
    )
  })

  it("is the answer of a chat with tools of the API, none of which runs", async () => {
    const { send } = start([{ when: { operation: "toolAssisted", contains: "2 + 3" }, say: "Five." }])
    const body = { messages: [{ role: "user", content: "What is 2 + 3?" }], tools: [{ type: "math:calculator" }] }
    const response = await send("/serverless/tools/v1/chat/completions", { ...body, stream: true })
    const text = await response.text()
    expect(text).not.toContain("tool_status")
    expect(
      chunksOf(text)
        .map(({ choices }) => choices[0]?.delta?.content ?? "")
        .join("")
    ).toBe("Five.")
  })

  it("is cut by max_tokens and by stops", async () => {
    const { chat, message } = start([{ say: "one two three four five" }])
    const cut = await chat("Hi", { max_tokens: 2 })
    expect(cut.choices[0]).toMatchObject({ message: { content: "one two" }, finish_reason: "length" })
    expect(cut.usage.completion_tokens).toBe(2)
    const stopped = await chat("Hi", { stop: [" three"] })
    expect(stopped.choices[0]).toMatchObject({ message: { content: "one two" }, finish_reason: "stop" })
    const sequence = await message("Hi", { stop_sequences: ["three"] })
    expect(sequence).toMatchObject({ stop_reason: "stop_sequence", content: [{ text: "one two " }] })
    expect(await message("Hi", { max_tokens: 1 })).toMatchObject({
      stop_reason: "max_tokens",
      content: [{ text: "one" }]
    })
  })

  it("can be empty, and need not satisfy the format of the request", async () => {
    const { chat } = start([{ when: { contains: "empty" }, say: "" }, { say: "not json" }])
    const empty = await chat("empty, please")
    expect(empty.choices[0]).toMatchObject({ message: { content: "" }, finish_reason: "stop" })
    expect(empty.usage.completion_tokens).toBe(0)
    const wrong = await chat("x", { response_format: { type: "json_object" } })
    expect(wrong.choices[0]?.message.content).toBe("not json")
  })
})

describe("reasoning that a rule gives", () => {
  it("stands where the request wants it, and counts", async () => {
    const { chat } = start([{ say: "Yes.", reasoning: "The user asks." }])
    const field = await chat("Hi", { parse_reasoning: true, temperature: 2 })
    expect(field.choices[0]?.message).toMatchObject({ content: "Yes.", reasoning_content: "The user asks." })
    expect(field.usage.completion_tokens_details?.reasoning_tokens).toBe(count("The user asks."))
    expect(field.usage.completion_tokens).toBe(count("The user asks.") + count("Yes."))
    const text = await chat("Hi")
    expect(text.choices[0]?.message.content).toBe("<think>\nThe user asks.\n</think>\n\nYes.")
    const hidden = await chat("Hi", { parse_reasoning: true, include_reasoning: false })
    expect(hidden.choices[0]?.message).toEqual({ role: "assistant", content: "Yes." })
    expect(hidden.usage.completion_tokens).toBe(field.usage.completion_tokens)
  })

  it("uses up max_tokens before the text", async () => {
    const { chat } = start([{ say: "Yes.", reasoning: "The user asks." }])
    const cut = await chat("Hi", { parse_reasoning: true, max_tokens: 2 })
    expect(cut.choices[0]).toMatchObject({
      message: { content: "", reasoning_content: "The user" },
      finish_reason: "length"
    })
  })

  it("is left out when the rule has none, although the model reasons", async () => {
    const { chat } = start([{ say: "Yes." }], { reasoning: "always" })
    expect((await chat("Hi", { parse_reasoning: true })).choices[0]?.message).toEqual({
      role: "assistant",
      content: "Yes."
    })
  })
})

const weather: ScriptRule = {
  say: "Let me look.",
  call: [
    { tool: "get_weather", arguments: { city: "Paris" } },
    { tool: "broken", arguments: "{no json" }
  ]
}

describe("tools that a rule calls", () => {
  it("are called by a chat after its text", async () => {
    const { chat } = start([weather])
    const answer = await chat("Hi")
    expect(answer.choices[0]).toMatchObject({
      message: {
        content: "Let me look.",
        tool_calls: [
          { function: { name: "get_weather", arguments: `{"city":"Paris"}` } },
          { function: { name: "broken", arguments: "{no json" } }
        ]
      },
      finish_reason: "tool_calls"
    })
    expect(answer.usage.completion_tokens).toBeGreaterThan(count(`Let me look.{"city":"Paris"}{no json`))
    expect(mismatch("ContainerChatCompleteSuccess", answer)).toBeUndefined()
  })

  it("are streamed with their arguments in pieces", async () => {
    const { send } = start([{ call: { tool: "get_weather", arguments: { city: "Paris" } } }])
    const response = await send("/v1/chat/completions", { messages: [{ role: "user", content: "Hi" }], stream: true })
    const chunks = chunksOf(await response.text())
    const calls = chunks.flatMap(({ choices }) => choices[0]?.delta?.tool_calls ?? [])
    expect(calls[0]?.function.name).toBe("get_weather")
    expect(calls.length).toBeGreaterThan(3)
    expect(calls.map(({ function: part }) => part.arguments).join("")).toBe(`{"city":"Paris"}`)
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("tool_calls")
  })

  it("are blocks of a message, and never answer a completion", async () => {
    const { message, send } = start([weather])
    expect(await message("Hi")).toMatchObject({
      stop_reason: "tool_use",
      content: [
        { type: "text", text: "Let me look." },
        { type: "tool_use", name: "get_weather", input: { city: "Paris" } },
        { type: "tool_use", name: "broken", input: {} }
      ]
    })
    const completion = await send("/v1/completions", { prompt: "Hi", max_tokens: 3, seed: 1 })
    expect(await completion.text()).not.toContain("Let me look")
  })

  it("end with `length` when the tokens run out", async () => {
    const { chat } = start([weather])
    for (let limit = 1; limit < 12; limit += 3) {
      const answer = await chat("Hi", { max_tokens: limit })
      expect([answer.choices[0]?.finish_reason, answer.usage.completion_tokens]).toEqual(["length", limit])
    }
  })
})

describe("conditions", () => {
  it("choose by the last message, ignoring case, or by a pattern", async () => {
    const { chat } = start([
      { when: { contains: ["WEATHER", "paris"] }, say: "1" },
      { when: { matches: "^\\d+$" }, say: "2" },
      { when: { matches: /hello/gi }, say: "3" },
      { say: "4" }
    ])
    const said = async (text: string) => (await chat(text)).choices[0]?.message.content
    expect(await said("the weather in Paris")).toBe("1")
    expect(await said("the weather in Rome")).toBe("4")
    expect([await said("123"), await said("x123")]).toEqual(["2", "4"])
    expect([await said("Hello"), await said("Hello")]).toEqual(["3", "3"])
  })

  it("choose by results of tools and by the turn, in chats and in messages", async () => {
    const { send } = start([
      { when: { toolResult: "get_weather", contains: "sunny" }, say: "sunny weather" },
      { when: { toolResult: true }, say: "some result" },
      { when: { turn: 2 }, say: "second" },
      { when: { toolResult: false }, say: "first" }
    ])
    const chat = async (...messages: ReadonlyArray<object>): Promise<string | null | undefined> => {
      const response = await send("/v1/chat/completions", { messages })
      return ((await response.json()) as ChatAnswer).choices[0]?.message.content
    }
    const ask = { role: "user", content: "x" }
    const call = (name: string, id: string) => ({
      role: "assistant",
      content: null,
      tool_calls: [{ id, type: "function", function: { name, arguments: "{}" } }]
    })
    const result = (id: string, content: string) => ({ role: "tool", tool_call_id: id, content })
    expect(await chat(ask)).toBe("first")
    expect(await chat(ask, { role: "assistant", content: "y" }, ask)).toBe("second")
    expect(await chat(ask, call("get_weather", "1"), result("1", "It is sunny"))).toBe("sunny weather")
    expect(await chat(ask, call("get_weather", "1"), result("1", "It rains"))).toBe("some result")
    expect(await chat(ask, call("other", "1"), result("1", "It is sunny"))).toBe("some result")

    const messages = async (...turns: ReadonlyArray<object>): Promise<unknown> => {
      const response = await send("/v1/messages", { messages: turns, max_tokens: 50 })
      return ((await response.json()) as MessageAnswer).content[0]?.["text"]
    }
    const use = { role: "assistant", content: [{ type: "tool_use", id: "1", name: "get_weather", input: {} }] }
    expect(await messages(ask)).toBe("first")
    expect(
      await messages(ask, use, {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: "1", content: [{ type: "text", text: "sunny" }] }]
      })
    ).toBe("sunny weather")
    expect(
      await messages(ask, use, { role: "user", content: [{ type: "tool_result", tool_use_id: "1", content: "rain" }] })
    ).toBe("some result")
  })

  it("choose by model, operation, deployment and stream", async () => {
    const { send } = start([
      { when: { model: "special" }, say: "model" },
      { when: { operation: "completions" }, say: "operation" },
      { when: { deployment: "dedicated" }, say: "deployment" },
      { when: { stream: true }, say: "stream" },
      { say: "rest" }
    ])
    const messages = [{ role: "user", content: "Hi" }]
    const text = async (path: string, body: object) => (await send(path, body)).text()
    expect(await text("/serverless/v1/chat/completions", { messages, model: "special" })).toContain(`"model"`)
    expect(await text("/v1/completions", { prompt: "a" })).toContain(`"operation"`)
    expect(await text("/dedicated/v1/chat/completions", { messages })).toContain(`"deployment"`)
    expect(await text("/v1/chat/completions", { messages, stream: true })).toContain(`"stream"`)
    expect(await text("/v1/chat/completions", { messages })).toContain(`"rest"`)
  })

  it("are used up after `times` requests; what no rule fits is answered by the model", async () => {
    const { chat, requests } = start([
      { say: "1", times: 1 },
      { say: "2", times: 2 }
    ])
    const said: Array<unknown> = []
    for (let call = 0; call < 4; call++)
      said.push((await chat("Hi", { seed: 1, max_tokens: 5 })).choices[0]?.message.content)
    expect(said.slice(0, 3)).toEqual(["1", "2", "2"])
    expect(said[3]).not.toBe("2")
    expect(requests.map(({ rule }) => rule)).toEqual(["rule 1", "rule 2", "rule 2", undefined])
  })
})

describe("a rule that fails", () => {
  it("answers with its status or its fault, after the checks of the request", async () => {
    const { send } = start([
      { when: { contains: "status" }, fail: 503 },
      { when: { contains: "fault" }, fail: { status: 429, retryAfter: 7 } },
      { when: { operation: "tokenize" }, fail: 418 }
    ])
    const chat = (content: string, more = {}) =>
      send("/serverless/v1/chat/completions", { messages: [{ role: "user", content }], max_tokens: 3, ...more })
    expect((await chat("status")).status).toBe(503)
    const limited = await chat("fault")
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"])
    expect((await chat("status", { max_tokens: "x" })).status).toBe(422)
    expect((await chat("else")).status).toBe(200)
    expect((await send("/v1/tokenize", { prompt: "status" })).status).toBe(418)
    expect((await send("/v1/detokenize", { tokens: [1] })).status).toBe(200)
  })

  it("breaks the stream of what it says, or of what the model says", async () => {
    const { send } = start([
      { when: { contains: "scripted" }, say: "one two three four", fail: { truncate: { afterEvents: 3 } } },
      { fail: { errorFrame: { afterEvents: 2 } } }
    ])
    const events = async (content: string) =>
      dataOf(
        await (
          await send("/v1/chat/completions", { messages: [{ role: "user", content }], stream: true, seed: 1 })
        ).text()
      )
    const cut = await events("scripted")
    expect(cut.length).toBe(3)
    expect(cut.join("")).toContain("one")
    const broken = await events("generated")
    expect(broken.length).toBe(3)
    expect(JSON.parse(broken[2] ?? "")).toMatchObject({ error: { code: 500 } })
  })
})

describe("emulator.script", () => {
  it("sets rules that come before those of the option, until the reset", async () => {
    const { chat, reset, script } = start([{ say: "start", times: 1 }])
    const said = async () => (await chat("Hi", { seed: 1, max_tokens: 3 })).choices[0]?.message.content
    script([{ say: "set", times: 1 }])
    expect([await said(), await said()]).toEqual(["set", "start"])
    script([{ say: "again" }])
    expect(await said()).toBe("again")
    reset()
    expect(await said()).toBe("start")
    expect(() => script([{ say: 1 } as never])).toThrow(ScriptError)
    expect(() => makeEmulator({ script: [{}] })).toThrow("rules[0] needs one of")
  })
})

describe("strictScript", () => {
  it("rejects what no rule fits, says what it was, and repeats no text of it", async () => {
    const { requests, send } = start([{ when: { contains: "known" }, say: "ok" }], { strictScript: true })
    const chat = (content: string) =>
      send("/serverless/v1/chat/completions", { messages: [{ role: "user", content }], stream: true })
    expect((await chat("known")).status).toBe(200)
    const rejected = await chat("secret prompt")
    expect(rejected.status).toBe(400)
    expect(await rejected.json()).toEqual({
      error: {
        message:
          "No rule of the script fits this request: 'chat' on serverless, streamed, turn 1, the last message has 13 characters, " +
          "1 rule is in force",
        type: "invalid_request_error",
        code: 400
      }
    })
    expect(requests[1]?.reason).toMatch(/^No rule of the script/)
    expect((await send("/v1/completions", { prompt: "a" })).status).toBe(400)
    expect((await send("/v1/messages", { messages: [{ role: "user", content: "a" }], max_tokens: 5 })).status).toBe(400)
    expect((await send("/v1/tokenize", { prompt: "a" })).status).toBe(200)
  })
})
