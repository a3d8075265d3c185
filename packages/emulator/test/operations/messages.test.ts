import { Ajv2020 } from "ajv/dist/2020.js"
import { describe, expect, it } from "vitest"
import { renderChat } from "../../src/engine/chatTemplate.js"
import { encode } from "../../src/engine/tokenizer.js"
import { makeEmulator } from "../../src/Emulator.js"
import { eventually, mismatch, post } from "../support.js"
import { type Block, type Event, eventsOf, framesOf, type Message } from "./messageEvents.js"
import { emulator, fetch, origin, sea, send, textOf, url, user, vectorTests } from "./messages.support.js"

const stream = async (body: object): Promise<string> => {
  const response = await post(fetch, url, { ...body, stream: true })
  expect(response.status).toBe(200)
  expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/)
  return response.text()
}

/** The message that the events of a stream describe, by the public rules of that format. */
const assembled = (events: ReadonlyArray<Event>): Message => {
  const { message } = events[0]!
  const content: Array<Record<string, unknown>> = []
  const json: Array<string> = []
  let last: Partial<Message> = {}
  for (const { content_block, delta, index = -1, type, usage } of events) {
    if (type === "content_block_start") {
      expect(index).toBe(content.length)
      content.push({ ...content_block })
      json.push("")
    } else if (type === "content_block_delta") {
      const block = content[index]!
      switch (delta?.type) {
        case "text_delta":
          block["text"] = `${String(block["text"])}${delta.text}`
          break
        case "thinking_delta":
          block["thinking"] = `${String(block["thinking"])}${delta.thinking}`
          break
        case "signature_delta":
          block["signature"] = delta.signature
          break
        case "input_json_delta":
          json[index] += delta.partial_json ?? ""
          break
        default:
          throw new Error(`a delta of type ${delta?.type}`)
      }
    } else if (type === "content_block_stop") {
      if (content[index]?.["type"] === "tool_use") content[index]["input"] = JSON.parse(json[index] ?? "")
    } else if (type === "message_delta") {
      last = { ...(delta as Partial<Message>), usage: { ...message!.usage, ...usage } }
    }
  }
  return { ...message!, ...last, content: content as unknown as ReadonlyArray<Block> }
}

const withoutIds = ({ content, ...message }: Message): object => ({
  ...message,
  id: "",
  content: content.map((block) => ("id" in block ? { ...block, id: "" } : block))
})

const input_schema = {
  type: "object",
  properties: { city: { type: "string" }, unit: { type: "string", enum: ["C", "F"] }, days: { type: "integer" } },
  required: ["city", "unit", "days"],
  additionalProperties: false
}

const weather = { name: "get_weather", description: "Weather of a city", input_schema }

const clock = { name: "clock-now" }

const ajv = new Ajv2020()
const satisfies = (schema: object, value: unknown): boolean => ajv.validate(schema, value)

vectorTests(["serverless"])

describe("text", () => {
  it("is a message with counted tokens", async () => {
    const message = await send({ ...sea, model: "route" })
    expect(message).toMatchObject({ type: "message", role: "assistant", model: "route", stop_sequence: null })
    expect(message.id).toMatch(/^msg_/)
    expect(message.content).toEqual([{ type: "text", text: textOf(message) }])
    expect(message.usage).toEqual({
      input_tokens: renderChat([{ role: "user", content: "Tell me about the sea and the town" }]).tokens.length,
      output_tokens: encode(textOf(message)).length,
      cache_read_input_tokens: 0
    })
  })

  it("is the same as in a chat", async () => {
    const message = await send({ ...sea, system: [{ type: "text", text: "Be brief." }] })
    const response = await post(fetch, `${origin}/v1/chat/completions`, {
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: [{ type: "text", text: "Tell me about the sea and the town" }] }
      ],
      max_tokens: 60,
      temperature: 0
    })
    const chat = (await response.json()) as {
      choices: [{ message: { content: string } }]
      usage: { prompt_tokens: number; completion_tokens: number }
    }
    expect(textOf(message)).toBe(chat.choices[0].message.content)
    expect(message.usage).toMatchObject({
      input_tokens: chat.usage.prompt_tokens,
      output_tokens: chat.usage.completion_tokens
    })
  })

  it("ends at its end, at max_tokens, or at a stop sequence, which is named", async () => {
    const whole = await send({ ...sea, max_tokens: 500 })
    expect(whole.stop_reason).toBe("end_turn")
    const short = await send({ ...sea, max_tokens: 3 })
    expect([short.stop_reason, short.usage.output_tokens]).toEqual(["max_tokens", 3])

    const stop = textOf(whole).slice(7, 12)
    const stopped = await send({ ...sea, stop_sequences: ["never said", stop] })
    expect(stopped).toMatchObject({ stop_reason: "stop_sequence", stop_sequence: stop })
    expect(textOf(stopped)).toBe(textOf(whole).slice(0, textOf(whole).indexOf(stop)))
    expect(stopped.usage.output_tokens).toBeLessThan(whole.usage.output_tokens)
    expect(await send({ ...sea, stop_sequences: [textOf(whole).slice(0, 1)] })).toMatchObject({ content: [] })
  })

  it("is not generated beyond a stop sequence", async () => {
    const whole = await send(sea)
    const message = await send({ ...sea, stop_sequences: [textOf(whole).slice(4, 9)] })
    expect(emulator.requests.at(-1)?.tokensGenerated).toBe(message.usage.output_tokens)
  })

  it("satisfies a schema", async () => {
    for (let call = 0; call < 3; call++) {
      const message = await send({
        ...user("Seoul?"),
        output_config: { format: { type: "json_schema", schema: input_schema } }
      })
      expect(satisfies(input_schema, JSON.parse(textOf(message)))).toBe(true)
    }
  })
})

describe("the prompt", () => {
  const tokens = async (body: object): Promise<number> => (await send({ max_tokens: 1, ...body })).usage.input_tokens
  const template = (messages: Parameters<typeof renderChat>[0]): number => renderChat(messages).tokens.length

  it("has system text, turns, images, tool calls and tool results, and no ignored part", async () => {
    expect(
      await tokens({
        system: [
          { type: "text", text: "Be brief." },
          { type: "text", text: "Be kind." }
        ],
        messages: [
          { role: "user", content: [{ type: "text", text: "How is the weather?" }, { type: "document" }] },
          {
            role: "assistant",
            content: [
              { type: "thinking", thinking: "A tool will help.", signature: "s" },
              { type: "tool_use", id: "toolu_1", name: "get_weather", input: { city: "Oslo" } }
            ]
          },
          {
            role: "user",
            content: [
              { type: "tool_result", tool_use_id: "toolu_1", content: "21 C" },
              {
                type: "tool_result",
                tool_use_id: "toolu_2",
                content: [{ type: "text", text: "ok" }, { type: "other" }]
              },
              { type: "tool_result", tool_use_id: "toolu_3", content: null },
              { type: "text", text: "And this?" },
              { type: "image", source: { type: "url", url: "https://files.example/cat.png" } }
            ]
          },
          { role: "assistant", content: "A cat." },
          { role: "user", content: [{ type: "document" }] }
        ]
      })
    ).toBe(
      template([
        { role: "system", content: "Be brief.\nBe kind." },
        { role: "user", content: "How is the weather?" },
        { role: "assistant", tool_calls: [{ function: { name: "get_weather", arguments: `{"city":"Oslo"}` } }] },
        { role: "tool", content: "21 C" },
        { role: "tool", content: "ok" },
        { role: "tool", content: "" },
        { role: "user", content: "And this?\n[image]" },
        { role: "assistant", content: "A cat." },
        { role: "user", content: "" }
      ])
    )
  })

  it("shows only custom tools", async () => {
    const none = await tokens(user("Hello!"))
    expect(await tokens({ ...user("Hello!"), tools: [{ name: "web_search", type: "web_search_20250305" }] })).toBe(none)
    expect(await tokens({ ...user("Hello!"), tools: [weather] })).toBe(
      renderChat([{ role: "user", content: "Hello!" }], {
        tools: [
          {
            type: "function",
            function: { name: "get_weather", description: "Weather of a city", parameters: input_schema }
          }
        ]
      }).tokens.length
    )
  })

  it("is rejected when it is longer than the context", async () => {
    const small = makeEmulator({ contextLength: 20 })
    const response = await post(small.fetch, url, user("Hello!"))
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining("messages: ") as string } })
  })
})

describe("thinking", () => {
  const thinking = { type: "enabled", budget_tokens: 20 }

  it("comes first, has a signature, and counts", async () => {
    const message = await send({ ...sea, thinking })
    const [thought, text] = message.content
    expect(message.content.map(({ type }) => type)).toEqual(["thinking", "text"])
    expect(thought?.signature).toMatch(/^[A-Za-z0-9+/]+=*$/)
    expect(message.usage.output_tokens).toBe(encode(thought?.thinking ?? "").length + encode(text?.text ?? "").length)
    expect(encode(thought?.thinking ?? "").length).toBeLessThanOrEqual(20)
    expect(textOf(message)).toBe(
      textOf(await send({ ...sea, max_tokens: 60 - encode(thought?.thinking ?? "").length }))
    )
  })

  it("is off by default; adaptive switches it on, and effort limits it", async () => {
    const types = async (config: object): Promise<ReadonlyArray<string>> =>
      (await send({ ...sea, thinking: config })).content.map(({ type }) => type)
    expect(await types({ type: "disabled" })).toEqual(["text"])
    expect(await types({ type: "adaptive" })).toEqual(["thinking", "text"])
    const size = async (effort: string): Promise<number> => {
      const { content } = await send({ ...sea, thinking: { type: "adaptive" }, output_config: { effort } })
      return encode(content[0]?.thinking ?? "").length
    }
    expect(await size("low")).toBeLessThanOrEqual(16)
    expect(await size("max")).toBeGreaterThan(16)
  })

  it("is the whole answer when max_tokens ends it", async () => {
    const message = await send({ ...sea, max_tokens: 4, thinking: { type: "adaptive" } })
    expect(message).toMatchObject({ stop_reason: "max_tokens", usage: { output_tokens: 4 } })
    expect(message.content.map(({ type }) => type)).toEqual(["thinking"])
  })

  it("is not ended by a stop sequence", async () => {
    const thought = (await send({ ...sea, thinking })).content[0]?.thinking ?? ""
    const message = await send({ ...sea, thinking, stop_sequences: [thought.slice(2, 8)] })
    expect(message.content[0]?.thinking).toBe(thought)
  })
})

describe("tools", () => {
  it("are called when they must be, with an input that satisfies the schema", async () => {
    for (const tool_choice of [{ type: "any" }, { type: "tool", name: "get_weather" }]) {
      const message = await send({ ...user("Hello!"), tools: [weather, clock], tool_choice })
      expect(message.stop_reason).toBe("tool_use")
      expect(message.content.length).toBe(1)
      expect(message.content[0]).toMatchObject({ type: "tool_use", name: "get_weather" })
      expect(message.content[0]?.id).toMatch(/^toolu_/)
      expect(satisfies(input_schema, message.content[0]?.input)).toBe(true)
      expect(message.usage.output_tokens).toBeGreaterThanOrEqual(
        encode(JSON.stringify(message.content[0]?.input)).length
      )
    }
  })

  it("are called when the user mentions them, in parallel unless that is switched off", async () => {
    const names = async (body: object): Promise<ReadonlyArray<string | undefined>> =>
      (await send({ tools: [weather, clock], ...body })).content.flatMap((block) =>
        block.type === "tool_use" ? [block.name] : []
      )
    const both = user("Weather, and what says the clock?")
    expect(await names(both)).toEqual(["get_weather", "clock-now"])
    expect(await names({ ...both, tool_choice: { type: "auto", disable_parallel_tool_use: true } })).toEqual([
      "get_weather"
    ])
    expect(await names({ ...both, tool_choice: { type: "none" } })).toEqual([])
    expect(await names(user("Tell me a story"))).toEqual([])
  })

  it("are not called after the result of a tool: the answer is text", async () => {
    const message = await send({
      tools: [weather],
      messages: [
        { role: "user", content: "How is the weather?" },
        { role: "assistant", content: [{ type: "tool_use", id: "t", name: "get_weather", input: { city: "Oslo" } }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "21" }] }
      ]
    })
    expect(message).toMatchObject({ stop_reason: "end_turn", content: [{ type: "text" }] })
  })

  it("have an empty input when max_tokens ends the call", async () => {
    const asked = { ...user("Hello!"), tools: [weather], tool_choice: { type: "any" } }
    const { usage } = await send({ ...asked, temperature: 0 })
    const message = await send({ ...asked, temperature: 0, max_tokens: usage.output_tokens - 2 })
    expect(message).toMatchObject({ stop_reason: "max_tokens", content: [{ type: "tool_use", input: {} }] })
  })
})

describe("a stream", () => {
  it("names every event by its type, in order, and ends with message_stop", async () => {
    const text = await stream({ ...sea, thinking: { type: "adaptive" } })
    const frames = framesOf(text)
    expect(frames.map(({ event }) => event)).toEqual(eventsOf(text).map(({ type }) => type))
    const order = frames.map(({ event }) => event).filter((event, at, all) => event !== all[at - 1])
    const block = ["content_block_start", "content_block_delta", "content_block_stop"]
    expect(order).toEqual(["message_start", ...block, ...block, "message_delta", "message_stop"])
    expect(text).toMatch(/event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/)
    expect(text).not.toContain("[DONE]")
  })

  it("starts with an empty message and the number of input tokens", async () => {
    const [start] = eventsOf(await stream(sea))
    expect(start?.message).toMatchObject({
      type: "message",
      role: "assistant",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: (await send(sea)).usage.input_tokens, output_tokens: 0 }
    })
    expect(mismatch("ServerlessMessagesSuccess", start?.message)).toBeUndefined()
  })

  it("has the same content as the whole answer", async () => {
    const said = textOf(await send(sea))
    for (const body of [
      {},
      { max_tokens: 2 },
      { stop_sequences: [said.slice(6, 10), "zzz"] },
      { stop_sequences: [said.slice(-3)] },
      { thinking: { type: "enabled", budget_tokens: 12 } },
      { thinking: { type: "adaptive" }, tools: [weather, clock], tool_choice: { type: "tool", name: "get_weather" } },
      { ...user("Weather, and what says the clock?"), tools: [weather, clock] },
      { output_config: { format: { schema: input_schema } } }
    ]) {
      const whole = await send({ ...sea, ...body })
      expect(withoutIds(assembled(eventsOf(await stream({ ...sea, ...body }))))).toEqual(withoutIds(whole))
    }
  })

  it("sends the signature before a thinking block stops, and starts a tool_use block with an empty input", async () => {
    const events = eventsOf(
      await stream({ ...sea, thinking: { type: "adaptive" }, tools: [weather], tool_choice: { type: "any" } })
    )
    const thinking = events.filter(({ index }) => index === 0)
    expect(thinking[0]?.content_block).toEqual({ type: "thinking", thinking: "", signature: "" })
    expect(thinking.at(-2)?.delta?.type).toBe("signature_delta")
    const call = events.filter(({ index }) => index === 1)
    expect(call[0]?.content_block).toMatchObject({ type: "tool_use", name: "get_weather", input: {} })
    expect(call.length).toBeGreaterThan(4)
  })

  it("is not generated after the client has disconnected", async () => {
    const slow = makeEmulator({ tokensPerSecond: 50 })
    const controller = new AbortController()
    const response = await post(slow.fetch, url, { ...sea, stream: true }, { signal: controller.signal })
    const reader = response.body!.getReader()
    await reader.read()
    controller.abort()
    await expect(reader.read()).rejects.toThrow("abort")
    await eventually(() => slow.requests[0]?.finished === true)
    expect(slow.requests[0]).toMatchObject({ aborted: true })
    expect(slow.requests[0]?.tokensGenerated).toBeLessThan(10)
  })
})

describe("errors", () => {
  it("have the format of messages and name the field when the request is invalid", async () => {
    const rejection = async (body: unknown, headers?: Record<string, string>): Promise<string> => {
      const response = await post(fetch, url, body, headers === undefined ? {} : { headers })
      const value = (await response.json()) as { error: { type: string; message: string }; request_id: string }
      expect(response.status, JSON.stringify(value)).toBe(422)
      expect(mismatch("MessagesErrorResponse", value)).toBeUndefined()
      expect(value).toMatchObject({ type: "error", error: { type: "invalid_request_error" } })
      expect(value.request_id).toBe(response.headers.get("x-request-id"))
      return value.error.message
    }
    const hi = user("Hi")
    const cases: ReadonlyArray<readonly [body: object, field: string]> = [
      [{}, "messages"],
      [{ messages: [] }, "messages"],
      [{ messages: [{ role: "system", content: "x" }] }, "messages.0.role"],
      [user([{ type: "sound" }]), "messages.0.content.0.type"],
      [{ ...hi, max_tokens: 0 }, "max_tokens"],
      [{ ...hi, temperature: -1 }, "temperature"],
      [{ ...hi, stop_sequences: "x" }, "stop_sequences"],
      [{ ...hi, thinking: { type: "enabled" } }, "thinking.budget_tokens"],
      [{ ...hi, thinking: { type: "adaptive", budget_tokens: 5 } }, "thinking.budget_tokens"],
      [{ ...hi, max_tokens: 5, thinking: { type: "enabled", budget_tokens: 5 } }, "thinking.budget_tokens"],
      [{ ...hi, tool_choice: { type: "any" } }, "tool_choice"],
      [{ ...hi, tool_choice: { type: "tool" } }, "tool_choice.name"],
      [{ ...hi, tools: [weather], tool_choice: { type: "tool", name: "other" } }, "tool_choice.name"],
      [
        { ...hi, tool_choice: { type: "none", disable_parallel_tool_use: true } },
        "tool_choice.disable_parallel_tool_use"
      ],
      [{ ...hi, tools: [{ name: "f", input_schema: { type: "string" } }] }, "tools.0.input_schema.type"],
      [{ ...hi, output_config: { format: { schema: { type: "string", enum: [1] } } } }, "output_config.format.schema"]
    ]
    for (const [body, field] of cases) {
      expect((await rejection(body)).startsWith(`${field}: `), `${field} in ${await rejection(body)}`).toBe(true)
      expect((await rejection({ ...body, stream: true })).startsWith(`${field}: `)).toBe(true)
    }
    expect(await rejection({ messages: [] })).toBe("messages: Input should have at least 1 item")
    const budget = (thinking: object): Promise<string> => rejection({ ...hi, max_tokens: 5, thinking })
    expect(await budget({ type: "enabled" })).toBe("thinking.budget_tokens: Field required when 'type' is 'enabled'")
    expect(await budget({ type: "disabled", budget_tokens: 1 })).toBe(
      "thinking.budget_tokens: 'budget_tokens' cannot be given when 'type' is 'disabled' or 'adaptive'"
    )
    expect(await budget({ type: "enabled", budget_tokens: 5 })).toBe(
      "thinking.budget_tokens: Input should be less than 'max_tokens'"
    )
    expect(await rejection("{")).toMatch(/^body\.\d+: JSON decode error$/)
    expect(await rejection("x", { "content-type": "text/plain" })).toMatch(/^header\.content-type: /)
    expect(await rejection({ max_tokens: "x" })).toMatch(/messages: .*; .*max_tokens: |max_tokens: .*; .*messages: /)
  })

  it("have the shape of this path for every status", async () => {
    const small = makeEmulator({ maxBodyBytes: 10 })
    const failures: ReadonlyArray<readonly [status: number, type: string, answer: () => Promise<Response>]> = [
      [401, "authentication_error", () => fetch(`${origin}/serverless/v1/messages`, { method: "POST", body: "{}" })],
      [405, "invalid_request_error", () => fetch(url)],
      [413, "request_too_large", () => post(small.fetch, url, sea)],
      ...(
        [
          [400, "invalid_request_error"],
          [403, "permission_error"],
          [404, "not_found_error"],
          [429, "rate_limit_error"],
          [500, "api_error"],
          [503, "overloaded_error"]
        ] as const
      ).map(([status, type]) => {
        const headers = { "x-emulator-fault": `status=${status}` }
        return [status, type, () => post(fetch, url, sea, { headers })] as const
      })
    ]
    for (const [status, type, answer] of failures) {
      const response = await answer()
      const value: unknown = await response.json()
      expect([response.status, value]).toEqual([
        status,
        {
          type: "error",
          error: { type, message: expect.any(String) as string },
          request_id: response.headers.get("x-request-id")
        }
      ])
      expect(mismatch("MessagesErrorResponse", value)).toBeUndefined()
    }
  })
})
