/** LangChain with `@langchain/openai`, unchanged, against the emulator. */
import { assert, describe, it } from "@effect/vitest"
import { type AIMessageChunk, HumanMessage, type ToolMessage } from "@langchain/core/messages"
import { StringOutputParser } from "@langchain/core/output_parsers"
import { ChatPromptTemplate } from "@langchain/core/prompts"
import { tool } from "@langchain/core/tools"
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai"
import type { RunningEmulator } from "../../src/NodeServer.js"
import {
  failureOf,
  fields,
  model,
  Recipe,
  weatherPrompt,
  WeatherQuestion,
  weatherReport,
  weatherTool,
  withEmulator
} from "./support.js"

const configuration = (server: RunningEmulator, path: string) => ({ baseURL: `${server.url}${path}` })

const chatOf = (server: RunningEmulator, options: { readonly maxTokens?: number; readonly maxRetries?: number } = {}) =>
  new ChatOpenAI({
    model,
    apiKey: "flp_test",
    maxRetries: 0,
    configuration: configuration(server, "/serverless/v1"),
    ...options
  })

describe("LangChain", () => {
  it("invokes a chain of a prompt, the model and a parser", () =>
    withEmulator(async (server) => {
      const chain = ChatPromptTemplate.fromMessages([
        ["system", "You are a {role}."],
        ["human", "{question}"]
      ])
        .pipe(chatOf(server, { maxTokens: 40 }))
        .pipe(new StringOutputParser())
      assert.isNotEmpty(await chain.invoke({ role: "cook", question: "What is kimchi?" }))
    }))

  it("streams a message, whose chunks add up", () =>
    withEmulator(async (server) => {
      const chunks: Array<AIMessageChunk> = []
      for await (const chunk of await chatOf(server, { maxTokens: 40 }).stream("Hello! Who are you?"))
        chunks.push(chunk)
      const whole = chunks.reduce((sum, chunk) => sum.concat(chunk))
      assert.isNotEmpty(whole.text)
      assert.isAbove(fields(whole.usage_metadata)["output_tokens"] as number, 0)
    }))

  it("answers a batch", () =>
    withEmulator(async (server) => {
      const answers = await chatOf(server, { maxTokens: 10 }).batch(["One", "Two", "Three"])
      assert.lengthOf(answers, 3)
      for (const { text } of answers) assert.isNotEmpty(text)
    }))

  it("calls a tool and uses its result", () =>
    withEmulator(async (server) => {
      const seen: Array<unknown> = []
      const getWeather = tool(
        (question: unknown) => {
          seen.push(question)
          return weatherReport
        },
        { name: weatherTool.name, description: weatherTool.description, schema: WeatherQuestion }
      )
      const chat = chatOf(server).bindTools([getWeather])
      const messages = [new HumanMessage(weatherPrompt)]
      const asked = await chat.invoke(messages)
      const call = asked.tool_calls?.[0]
      if (call === undefined) return assert.fail("no tool was called")
      const result = (await getWeather.invoke({ ...call, type: "tool_call" })) as ToolMessage
      assert.deepStrictEqual(seen, [{ city: "Paris", unit: "celsius" }])
      const answered = await chat.invoke([...messages, asked, result])
      assert.include(answered.text, weatherReport)
    }))

  for (const method of ["jsonSchema", "functionCalling"] as const) {
    it(`gives structured output by ${method}`, () =>
      withEmulator(async (server) => {
        const recipe = await chatOf(server)
          .withStructuredOutput(Recipe, { name: "recipe", method })
          .invoke("A recipe for kimchi, as JSON")
        assert.isTrue(Recipe.safeParse(recipe).success)
      }))
  }

  it("embeds documents", () =>
    withEmulator(async (server) => {
      const embeddings = new OpenAIEmbeddings({
        model: "my-endpoint",
        apiKey: "flp_test",
        configuration: configuration(server, "/dedicated/v1")
      })
      const vectors = await embeddings.embedDocuments(["a cat sleeps", "stock prices fell"])
      assert.lengthOf(vectors, 2)
      for (const vector of vectors) assert.lengthOf(vector, 384)
    }))

  it("sees the status of an error", () =>
    withEmulator(async (server) => {
      server.faults.enqueue({ status: 401 })
      assert.strictEqual(fields(await failureOf(chatOf(server).invoke("Hello!")))["status"], 401)
    }))

  it("retries what it may", () =>
    withEmulator(async (server) => {
      server.faults.enqueue({ status: 503 })
      assert.isNotEmpty((await chatOf(server, { maxRetries: 1 }).invoke("Hello!")).text)
      assert.lengthOf(server.requests, 2)
    }))
})
