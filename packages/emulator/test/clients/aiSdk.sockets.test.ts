/** The AI SDK with the vendor's provider `@friendliai/ai-provider`, unchanged, against the emulator. */
import { assert, describe, it } from "@effect/vitest"
import { createFriendli } from "@friendliai/ai-provider"
import { APICallError, generateText, Output, stepCountIs, streamText, tool } from "ai"
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

const friendli = (server: RunningEmulator, id: string = model) =>
  createFriendli({ apiKey: "flp_test", baseURL: `${server.url}/serverless/v1`, includeUsage: true })(id)

const prompt = "Hello! Who are you?"
const maxRetries = 0

describe("ai with @friendliai/ai-provider", () => {
  it("generates a text, even a short one", () =>
    withEmulator(async (server) => {
      // the provider always asks for parsed reasoning: a model that does not reason must spend no token on it
      const { reasoningText, text, usage } = await generateText({
        model: friendli(server),
        prompt,
        maxOutputTokens: 20,
        maxRetries
      })
      assert.isNotEmpty(text)
      assert.isUndefined(reasoningText)
      assert.isAtMost(usage.outputTokens ?? 99, 20)
    }))

  it("shows the reasoning of a model that reasons", () =>
    withEmulator(async (server) => {
      const { reasoningText, text } = await generateText({
        model: friendli(server, "zai-org/GLM-4.6"),
        prompt,
        maxOutputTokens: 500,
        maxRetries
      })
      assert.isNotEmpty(text)
      assert.isNotEmpty(reasoningText)
      assert.notStrictEqual(reasoningText?.trim(), text.trim())
    }))

  it("streams a text", () =>
    withEmulator(async (server) => {
      const result = streamText({ model: friendli(server), prompt, maxOutputTokens: 80, maxRetries })
      let text = ""
      for await (const delta of result.textStream) text += delta
      assert.isNotEmpty(text)
      assert.strictEqual(await result.text, text)
      assert.isAbove((await result.usage).outputTokens ?? 0, 0)
      assert.oneOf(await result.finishReason, ["stop", "length"])
    }))

  const getWeather = (seen: Array<unknown>) =>
    tool({
      description: weatherTool.description,
      inputSchema: WeatherQuestion,
      execute: (question) => {
        seen.push(question)
        return weatherReport
      }
    })

  it("runs tools in steps, and uses their results", () =>
    withEmulator(async (server) => {
      const seen: Array<unknown> = []
      const { steps, text } = await generateText({
        model: friendli(server),
        prompt: weatherPrompt,
        tools: { get_weather: getWeather(seen) },
        stopWhen: stepCountIs(4),
        maxRetries
      })
      assert.deepStrictEqual(seen, [{ city: "Paris", unit: "celsius" }])
      assert.lengthOf(steps, 2)
      assert.include(text, weatherReport)
    }))

  it("runs tools while it streams", () =>
    withEmulator(async (server) => {
      const seen: Array<unknown> = []
      const result = streamText({
        model: friendli(server),
        prompt: weatherPrompt,
        tools: { get_weather: getWeather(seen) },
        stopWhen: stepCountIs(4),
        maxRetries
      })
      assert.include(await result.text, weatherReport)
      assert.deepStrictEqual(seen, [{ city: "Paris", unit: "celsius" }])
    }))

  it("generates objects", () =>
    withEmulator(async (server) => {
      const { output } = await generateText({
        model: friendli(server),
        prompt: "A recipe for kimchi, as JSON",
        output: Output.object({ schema: Recipe }),
        maxRetries
      })
      assert.isTrue(Recipe.safeParse(output).success)
    }))

  it("streams objects as they grow", () =>
    withEmulator(async (server) => {
      const result = streamText({
        model: friendli(server),
        prompt: "A recipe for kimchi, as JSON",
        output: Output.object({ schema: Recipe }),
        maxRetries
      })
      let states = 0
      for await (const _ of result.partialOutputStream) states++
      assert.isAbove(states, 2)
      assert.isTrue(Recipe.safeParse(await result.output).success)
    }))

  it("sees errors as its own class, with status and message", () =>
    withEmulator(async (server) => {
      server.faults.enqueue({ status: 429, retryAfter: 1 })
      const limited = await failureOf(generateText({ model: friendli(server), prompt, maxRetries }))
      assert.isTrue(APICallError.isInstance(limited))
      assert.strictEqual(fields(limited)["statusCode"], 429)
      assert.isTrue(fields(limited)["isRetryable"])
      const invalid = await failureOf(
        generateText({ model: friendli(server), prompt, maxOutputTokens: 2_000_000_000, maxRetries })
      )
      assert.isTrue(APICallError.isInstance(invalid))
    }))

  it("retries what it may", () =>
    withEmulator(async (server) => {
      server.faults.enqueue({ status: 503, headers: { "retry-after-ms": "1" } })
      const { text } = await generateText({ model: friendli(server), prompt, maxRetries: 1 })
      assert.isNotEmpty(text)
      assert.lengthOf(server.requests, 2)
    }))
})
