import { describe, expect, it } from "vitest"
import { encode } from "../../src/engine/tokenizer.js"
import { makeEmulator } from "../../src/Emulator.js"
import { base, mismatch, post, read, type Usage } from "../support.js"

const origin = "http://emulator.test"
const { fetch } = makeEmulator()

const render = async (body: object, path = "/dedicated/v1"): Promise<string> => {
  const response = await post(fetch, `${origin}${path}/chat/render`, { model: "any-model", ...body })
  const value = (await response.json()) as { text: string }
  expect(response.status, JSON.stringify(value)).toBe(200)
  expect(mismatch("DedicatedChatRenderSuccess", value)).toBeUndefined()
  return value.text
}

/** Each name of a control token is one token; the parts between them are text. */
const count = (text: string): number => {
  const control = /<\|(?:begin_of_text|start_header_id|end_header_id|eot_id)\|>/g
  return [...text.matchAll(control)].length + text.split(control).reduce((sum, part) => sum + encode(part).length, 0)
}

const promptTokens = async (body: object): Promise<number> => {
  const response = await post(fetch, `${origin}/v1/chat/completions`, { ...body, max_tokens: 1 })
  return ((await response.json()) as { usage: Usage }).usage.prompt_tokens
}

const weather = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] }
  }
}

const conversation = [
  { role: "system", content: "You are a pirate." },
  { role: "user", content: "Hello!" },
  { role: "assistant", content: "Ahoy." },
  { role: "user", content: [{ type: "text", text: "Who are you?" }] }
]

describe("golden vectors", () => {
  for (const deployment of ["serverless", "dedicated"] as const) {
    it(deployment, async () => {
      const { minimal } = read(`${deployment}.chat_render.render.http.json`) as { minimal: { url: string } }
      expect(new URL(minimal.url).pathname).toBe(`${base[deployment]}/chat/render`)
      expect(await render(read(`${deployment}.chat_render.render.request.json`), base[deployment])).toContain("Say hi.")
      const full = read(`${deployment}.chat_render.render.request.full.json`)
      expect(await render(full, base[deployment])).toContain(`{"name": "get_weather", "parameters": {"city": "Seoul"`)
    })
  }

  it("a container does not have the path", async () => {
    expect((await post(fetch, `${origin}/v1/chat/render`, { messages: conversation })).status).toBe(404)
  })
})

describe("text", () => {
  it("is rendered with the Llama 3.1 template", async () => {
    expect(await render({ messages: conversation })).toBe(
      "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n" +
        "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\nYou are a pirate.<|eot_id|>" +
        "<|start_header_id|>user<|end_header_id|>\n\nHello!<|eot_id|>" +
        "<|start_header_id|>assistant<|end_header_id|>\n\nAhoy.<|eot_id|>" +
        "<|start_header_id|>user<|end_header_id|>\n\nWho are you?<|eot_id|>" +
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )
  })

  it("shows tools, calls and results like that template", async () => {
    const text = await render({
      tools: [weather],
      messages: [
        { role: "user", content: "How is the weather in Oslo?" },
        {
          role: "assistant",
          tool_calls: [{ id: "c", type: "function", function: { name: "get_weather", arguments: `{"city":"Oslo"}` } }]
        },
        { role: "tool", tool_call_id: "c", content: "21 C" }
      ]
    })
    expect(text).toBe(
      "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n" +
        "Environment: ipython\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n<|eot_id|>" +
        "<|start_header_id|>user<|end_header_id|>\n\n" +
        "Given the following functions, please respond with a JSON for a function call with its proper arguments that best answers the given prompt.\n\n" +
        'Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.Do not use variables.\n\n' +
        `${JSON.stringify(weather, null, 4)}\n\nHow is the weather in Oslo?<|eot_id|>` +
        '<|start_header_id|>assistant<|end_header_id|>\n\n{"name": "get_weather", "parameters": {"city": "Oslo"}}<|eot_id|>' +
        '<|start_header_id|>ipython<|end_header_id|>\n\n"21 C"<|eot_id|>' +
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )
  })

  it("has the same number of tokens as a chat of the same messages", async () => {
    const full = read("serverless.chat_render.render.request.full.json")
    for (const body of [{ messages: conversation }, { messages: conversation, tools: [weather] }, full]) {
      expect(count(await render(body))).toBe(await promptTokens(body))
    }
  })
})

it("tokenizes to as many tokens as the chat counts, and is continued as one by completions", async () => {
  for (const body of [
    { messages: conversation },
    { messages: conversation, tools: [weather] },
    { messages: [{ role: "user", content: "안녕 👋 <|not_a_token|>" }] }
  ]) {
    const text = await render(body)
    const tokenized = await post(fetch, `${origin}/v1/tokenize`, { prompt: text })
    const { tokens } = (await tokenized.json()) as { tokens: ReadonlyArray<number> }
    expect(tokens.length).toBe(await promptTokens(body))
    const completed = await post(fetch, `${origin}/v1/completions`, { prompt: text, max_tokens: 1 })
    expect(((await completed.json()) as { usage: Usage }).usage.prompt_tokens).toBe(tokens.length)
  }
})

describe("chat_template_kwargs", () => {
  const withKwargs = (chat_template_kwargs: object | null): Promise<string> =>
    render({ messages: conversation, tools: [weather], chat_template_kwargs })

  it("sets the variables of the template", async () => {
    expect(await withKwargs({ date_string: "01 Jan 2030" })).toContain("Today Date: 01 Jan 2030\n\n")
    expect(await withKwargs({ add_generation_prompt: false })).toMatch(/Who are you\?<\|eot_id\|>$/)
    const inSystem = await withKwargs({ tools_in_user_message: false })
    expect(inSystem).toContain("26 Jul 2024\n\nYou have access to the following functions.")
    expect(inSystem).toContain(`${JSON.stringify(weather, null, 4)}\n\nYou are a pirate.<|eot_id|>`)
    const custom = await withKwargs({ custom_tools: [{ name: "other" }] })
    expect(custom).toContain(JSON.stringify({ name: "other" }, null, 4))
    expect(custom).not.toContain("get_weather")
  })

  it("changes the token count of a chat with its prompt", async () => {
    const usual = await promptTokens({ messages: conversation, tools: [weather] })
    for (const chat_template_kwargs of [
      { date_string: "the first of January of the year 2030" },
      { add_generation_prompt: false },
      { tools_in_user_message: false },
      { custom_tools: [{ name: "other" }] },
      { date_string: "01 Jan", add_generation_prompt: false, custom_tools: [] }
    ]) {
      const body = { messages: conversation, tools: [weather], chat_template_kwargs }
      const counted = await promptTokens(body)
      expect(counted, JSON.stringify(chat_template_kwargs)).toBe(count(await render(body)))
      expect(counted).not.toBe(usual)
    }
  })

  it("ignores unknown variables and null", async () => {
    const usual = await withKwargs(null)
    expect(await withKwargs({ enable_thinking: false, toString: 1 })).toBe(usual)
    expect(await withKwargs({ date_string: null, custom_tools: null })).toBe(usual)
  })

  it("is rejected by name when a variable has the wrong type; a request without messages is rejected too", async () => {
    const locs = async (body: object, path = "chat/render"): Promise<unknown> => {
      const response = await post(fetch, `${origin}/serverless/v1/${path}`, { model: "m", ...body })
      expect(response.status).toBe(422)
      return ((await response.json()) as { detail: ReadonlyArray<{ loc: unknown }> }).detail.map(({ loc }) => loc)
    }
    const kwargs = (chat_template_kwargs: object): object => ({ messages: conversation, chat_template_kwargs })
    for (const [name, value] of [
      ["date_string", 1],
      ["add_generation_prompt", "no"],
      ["tools_in_user_message", 0],
      ["custom_tools", [1]]
    ] as const) {
      expect(await locs(kwargs({ [name]: value }))).toEqual([["body", "chat_template_kwargs", name]])
      expect(await locs(kwargs({ [name]: value }), "chat/completions")).toEqual([
        ["body", "chat_template_kwargs", name]
      ])
    }
    expect(await locs({ messages: [] })).toEqual([["body", "messages"]])
    expect(await locs({})).toEqual([["body", "messages"]])
  })
})
