import { type Json, json } from "effect-friendli-vectors"
import { describe, expect, it } from "vitest"
import { type EmulatorOptions, makeEmulator } from "../../src/Emulator.js"
import { base, mismatch, post } from "../support.js"
import { framesOf } from "./messageEvents.js"
import { type Item, origin, type Response_, vectorTests } from "./responses.support.js"

interface Event extends Json {
  readonly type: string
  readonly sequence_number: number
  readonly output_index: number
  readonly delta: string
  readonly text: string
  readonly arguments: string
  readonly item: Item
  readonly response: Response_
}

const weather = {
  type: "function",
  name: "get_weather",
  description: "Current weather of a city",
  parameters: {
    type: "object",
    properties: { city: { type: "string" }, unit: { enum: ["C", "F"] } },
    required: ["city", "unit"]
  }
}

const start = (options: EmulatorOptions = {}) => {
  const emulator = makeEmulator(options)
  const send = (body: object, path = base.container) =>
    post(emulator.fetch, `${origin}${path}/responses`, { model: "m", temperature: 0, ...body })
  const create = async (body: object): Promise<Response_> => {
    const response = await send(body)
    const value = (await response.json()) as Response_
    expect(response.status, JSON.stringify(value)).toBe(200)
    expect(mismatch("ContainerResponsesSuccess", value)).toBeUndefined()
    return value
  }
  const stream = async (body: object): Promise<ReadonlyArray<Event>> => {
    const frames = framesOf(await (await send({ ...body, stream: true })).text())
    return frames.map(({ data, event }) => {
      const value = JSON.parse(data) as Event
      expect(event).toBe(value.type)
      expect(mismatch("ResponsesStreamEvent", value)).toBeUndefined()
      return value
    })
  }
  const issues = async (body: object): Promise<ReadonlyArray<string>> => {
    const response = await send(body)
    expect(response.status).toBe(422)
    const value = (await response.json()) as { readonly detail: ReadonlyArray<{ readonly loc: ReadonlyArray<string> }> }
    expect(mismatch("HTTPValidationError", value)).toBeUndefined()
    return value.detail.map(({ loc }) => loc.join("."))
  }
  return { ...emulator, create, issues, send, stream }
}

const textOf = ({ output }: Response_): string =>
  output
    .flatMap(({ content, type }) => (type === "message" ? (content ?? []) : []))
    .map(({ text }) => text)
    .join("")

/** The same without what differs from request to request: ids and times. */
const withoutIds = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, child: unknown) => (/^(?:id|item_id|call_id|created_at)$/.test(key) ? "*" : child))
  )

vectorTests(["serverless"])

describe("a response", () => {
  it("has the text of the same chat, and its token counts", async () => {
    const { create, fetch } = start()
    const input = "Tell me about the sea"
    const response = await create({ input, instructions: "Be brief.", max_output_tokens: 40 })
    const chat = (await (
      await post(fetch, `${origin}/v1/chat/completions`, {
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: input }
        ],
        temperature: 0,
        max_tokens: 40
      })
    ).json()) as {
      choices: [{ message: { content: string } }]
      usage: { prompt_tokens: number; completion_tokens: number }
    }
    expect(textOf(response)).toBe(chat.choices[0].message.content)
    expect(response.usage).toMatchObject({
      input_tokens: chat.usage.prompt_tokens,
      output_tokens: chat.usage.completion_tokens
    })
    expect(await create({ input, instructions: "Be brief.", max_output_tokens: 40 })).toMatchObject({
      output: [{ content: response.output[0]!.content }]
    })
  })

  it("is incomplete when its tokens ran out, and its last item too", async () => {
    const { create, stream } = start()
    const body = { input: "Tell me about the sea", max_output_tokens: 3 }
    const response = await create(body)
    expect(response).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } })
    expect(response.output.at(-1)?.status).toBe("incomplete")
    // As in the vector: no event ends the item that was cut.
    const types = (events: ReadonlyArray<{ readonly type: string }>) => [...new Set(events.map(({ type }) => type))]
    expect(types(await stream(body))).toEqual(types(json("container.responses.stream.stream.incomplete.json")))
  })

  it("calls functions with arguments of their schema, or the one that is chosen", async () => {
    const { create } = start()
    const { output, status } = await create({ input: "What is the weather in Seoul?", tools: [weather] })
    const call = output.at(-1)!
    expect([status, call.type, call.name]).toEqual(["completed", "function_call", "get_weather"])
    expect(Object.keys(JSON.parse(call.arguments!) as object)).toEqual(expect.arrayContaining(["city", "unit"]))
    const forced = await create({
      input: "Hello!",
      tools: [weather],
      tool_choice: { type: "function", name: "get_weather" }
    })
    expect(forced.output.map(({ type }) => type)).toEqual(["function_call"])
  })

  it("answers in text after the result of a call, and where only a custom tool could be called", async () => {
    const { create } = start()
    const question = { role: "user", content: "What is the weather in Seoul?" }
    const after = await create({
      input: [
        question,
        { type: "function_call", call_id: "c1", name: "get_weather", arguments: `{"city":"Seoul","unit":"C"}` },
        { type: "function_call_output", call_id: "c1", output: `{"celsius":21}` }
      ],
      tools: [weather]
    })
    expect(after.output.map(({ type }) => type)).toEqual(["message"])
    const custom = await create({
      input: [question],
      tools: [weather, { type: "custom", name: "shell" }],
      tool_choice: { type: "custom", name: "shell" }
    })
    expect(custom.output.map(({ type }) => type)).toEqual(["message"])
  })

  it("has JSON of the schema that `text.format` asks for", async () => {
    const { create } = start()
    const schema = { type: "object", properties: { n: { type: "integer", minimum: 3, maximum: 5 } }, required: ["n"] }
    const response = await create({
      input: "A number",
      text: { format: { type: "json_schema", name: "number", schema } }
    })
    const { n } = JSON.parse(textOf(response)) as { n: number }
    expect([3, 4, 5]).toContain(n)
    const free = await create({ input: "An object", text: { format: { type: "json_object" } } })
    expect(typeof JSON.parse(textOf(free))).toBe("object")
  })

  it("has a reasoning item of a model that reasons; `none` switches it off where the model has a switch", async () => {
    const { create } = start({ models: [{ id: "m", reasoning: "byDefault" }] })
    const input = "Tell me about the sea"
    const thinking = await create({ input })
    expect(thinking.output.map(({ type }) => type)).toEqual(["reasoning", "message"])
    expect(thinking.usage.output_tokens_details.reasoning_tokens).toBeGreaterThan(0)
    const silent = await create({ input, reasoning: { effort: "none" } })
    expect(silent.output.map(({ type }) => type)).toEqual(["message"])
    expect(silent.usage.output_tokens_details.reasoning_tokens).toBe(0)
    expect(textOf(silent)).not.toContain("<think>")

    const always = start({ models: [{ id: "m", reasoning: "always" }] })
    const leaked = await always.create({ input, reasoning: { effort: "none" } })
    expect(leaked.output.map(({ type }) => type)).toEqual(["message"])
    expect(textOf(leaked)).toContain("</think>")
  })
})

describe("the events of a response", () => {
  const reasoning: EmulatorOptions = { models: [{ id: "m", reasoning: "byDefault" }] }
  const question = { input: "What is the weather in Seoul?", tools: [weather] }

  it("are numbered from 0, and the last one has the whole response", async () => {
    const { create, stream } = start(reasoning)
    for (const body of [question, { input: "Tell me about the sea" }]) {
      const events = await stream(body)
      expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at))
      expect(withoutIds(events.at(-1)?.response)).toEqual(withoutIds(await create(body)))
      expect(new Set(events.flatMap(({ response }) => response?.id ?? [])).size).toBe(1)
    }
  })

  it("come in the order of the vector, and their deltas are what the done events have", async () => {
    const { stream } = start(reasoning)
    const order = (events: ReadonlyArray<{ readonly type: string }>) =>
      events.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1])
    const vector = order(json("container.responses.stream.stream.json"))
    const ofItem = (events: ReadonlyArray<string>, delta: string) => {
      const at = events.indexOf(`${delta}.delta`)
      return events.slice(
        events.lastIndexOf("response.output_item.added", at),
        events.indexOf("response.output_item.done", at) + 1
      )
    }
    const called = await stream(question)
    const told = await stream({ input: "Tell me about the sea" })
    for (const [events, part] of [
      [told, "response.reasoning_text"],
      [told, "response.output_text"],
      [called, "response.function_call_arguments"]
    ] as const) {
      expect(ofItem(order(events), part)).toEqual(ofItem(vector, part))
      const deltas = events.filter(({ type }) => type === `${part}.delta`).map(({ delta }) => delta)
      expect(deltas.length).toBeGreaterThan(1)
      const done = events.find(({ type }) => type === `${part}.done`)
      expect(done?.text ?? done?.arguments).toBe(deltas.join(""))
    }
    expect(told.slice(0, 2).map(({ type }) => type)).toEqual(vector.slice(0, 2))
    expect(told.at(-1)?.type).toBe("response.completed")
  })

  it("end with `response.failed` after an error inside the stream, and without `[DONE]`", async () => {
    const { faults, send } = start()
    faults.enqueue({ errorFrame: { afterEvents: 4, shape: "event", status: 429 } })
    const text = await (await send({ input: "Tell me about the sea", stream: true })).text()
    const last = JSON.parse(framesOf(text).at(-1)!.data) as Event
    expect(mismatch("ResponsesStreamEvent", last)).toBeUndefined()
    expect([last.type, last.sequence_number]).toEqual(["response.failed", 4])
    expect(last.response).toMatchObject({ status: "failed", error: { code: "rate_limit_exceeded" } })
    expect(text).not.toContain("[DONE]")

    faults.enqueue({ truncate: { afterEvents: 1000 } })
    const cut = await (await send({ input: "Hello!", stream: true })).text()
    expect(framesOf(cut).at(-1)?.event).toBe("response.output_item.done")
  })
})

describe("422", () => {
  const cases: ReadonlyArray<readonly [name: string, body: object, locs: ReadonlyArray<string>]> = [
    ["no input", {}, ["body.input"]],
    ["an empty input", { input: [] }, ["body.input"]],
    ["an item of unknown type", { input: [{ type: "additional_tools" }] }, ["body.input.0.type"]],
    ["a message without a role", { input: [{ content: "Hi" }] }, ["body.input.0.role"]],
    [
      "a call without a name",
      { input: [{ type: "function_call", call_id: "c", arguments: "{}" }] },
      ["body.input.0.name"]
    ],
    ["a tool that the API does not have", { input: "x", tools: [{ type: "web_search" }] }, ["body.tools.0.type"]],
    [
      "a grammar",
      { input: "x", tools: [{ type: "custom", name: "f", format: { type: "grammar" } }] },
      ["body.tools.0.format"]
    ],
    [
      "the choice of a tool that does not exist",
      { input: "x", tools: [weather], tool_choice: { type: "function", name: "f" } },
      ["body.tool_choice.name"]
    ],
    ["a choice of unknown type", { input: "x", tool_choice: { type: "mcp", name: "f" } }, ["body.tool_choice.type"]],
    ["a temperature that is too high", { input: "x", temperature: 3 }, ["body.temperature"]],
    ["no token at all", { input: "x", max_output_tokens: 0 }, ["body.max_output_tokens"]],
    [
      "`chat_template_kwargs` outside `reasoning`",
      { input: "x", chat_template_kwargs: {} },
      ["body.chat_template_kwargs"]
    ],
    [
      "a schema without a name",
      { input: "x", text: { format: { type: "json_schema", schema: {} } } },
      ["body.text.format.name"]
    ],
    [
      "a schema that nothing satisfies",
      {
        input: "x",
        text: {
          format: { type: "json_schema", name: "n", schema: { type: "object", minProperties: 2, maxProperties: 1 } }
        }
      },
      ["body.text.format.schema"]
    ]
  ]
  it.each(cases)("for %s", async (_name, body, locs) => {
    expect(await start().issues(body)).toEqual(locs)
  })
})
