/**
 * The Responses API as OpenAI's own client uses it, over a socket.
 */
import OpenAI from "openai"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { listen, type RunningEmulator } from "../../src/NodeServer.js"

describe("the openai client", () => {
  let server: RunningEmulator
  let client: OpenAI
  beforeAll(async () => {
    server = await listen({ models: [{ id: "m", reasoning: "byDefault" }] })
    client = new OpenAI({ apiKey: "any", baseURL: `${server.url}/serverless/v1`, maxRetries: 0 })
  })
  afterAll(() => server.close())

  const tools: Array<OpenAI.Responses.FunctionTool> = [
    {
      type: "function",
      name: "get_weather",
      description: "Current weather of a city",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      strict: true
    }
  ]

  it("creates a response, and reads its text", async () => {
    const response = await client.responses.create({ model: "m", input: "Tell me about the sea", temperature: 0 })
    expect(response.status).toBe("completed")
    expect(response.output_text.length).toBeGreaterThan(5)
    expect(response.usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0)
  })

  it("puts a stream together to what a whole answer has", async () => {
    const request = { model: "m", input: "Tell me about the sea", temperature: 0 }
    const streamed = await client.responses.stream(request).finalResponse()
    expect(streamed.output_text).toBe((await client.responses.create(request)).output_text)
  })

  it("calls a function and tells its result", async () => {
    const input: Array<OpenAI.Responses.ResponseInputItem> = [{ role: "user", content: "What is the weather in Oslo?" }]
    const first = await client.responses.create({ model: "m", input, tools, temperature: 0 })
    const call = first.output.find((item) => item.type === "function_call")!
    expect(call.name).toBe("get_weather")
    const second = await client.responses.create({
      model: "m",
      input: [
        ...input,
        ...first.output,
        { type: "function_call_output", call_id: call.call_id, output: `{"celsius":21}` }
      ] as Array<OpenAI.Responses.ResponseInputItem>,
      tools,
      temperature: 0
    })
    expect(second.output.map(({ type }) => type)).toEqual(["reasoning", "message"])
  })
})
