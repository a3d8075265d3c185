/** The client `openai`, unchanged, against the emulator. */
import { assert, describe, it } from "@effect/vitest"
import OpenAI, { APIError, AuthenticationError, RateLimitError, UnprocessableEntityError } from "openai"
import { zodResponseFormat } from "openai/helpers/zod"
import type { ChatCompletionMessageParam } from "openai/resources/chat/completions"
import type { RunningEmulator } from "../../src/NodeServer.js"
import { silence } from "./recording.js"
import {
  failureOf,
  model,
  Recipe,
  weatherPrompt,
  WeatherQuestion,
  weatherReport,
  weatherTool,
  withEmulator
} from "./support.js"

const clientOf = (server: RunningEmulator, path = "/serverless/v1", maxRetries = 0) =>
  new OpenAI({ apiKey: "flp_test", baseURL: `${server.url}${path}`, maxRetries })

const hello = { model, messages: [{ role: "user" as const, content: "Hello! Who are you?" }] }

describe("openai", () => {
  it("completes a chat, and counts its tokens", () =>
    withEmulator(async (server) => {
      const completion = await clientOf(server).chat.completions.create({ ...hello, max_tokens: 40 })
      assert.strictEqual(completion.object, "chat.completion")
      assert.isNotEmpty(completion.choices[0]?.message.content)
      assert.isAtMost(completion.usage?.completion_tokens ?? 99, 40)
      assert.strictEqual(
        completion.usage?.total_tokens,
        completion.usage!.prompt_tokens + completion.usage!.completion_tokens
      )
    }))

  it("streams a chat, whose pieces are the whole answer", () =>
    withEmulator(async (server) => {
      const client = clientOf(server)
      const whole = await client.chat.completions.create({ ...hello, seed: 5, temperature: 0 })
      let text = ""
      let tokens: number | undefined
      const stream = await client.chat.completions.create({
        ...hello,
        seed: 5,
        temperature: 0,
        stream: true,
        stream_options: { include_usage: true }
      })
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? ""
        tokens = chunk.usage?.completion_tokens ?? tokens
      }
      assert.strictEqual(text, whole.choices[0]?.message.content)
      assert.strictEqual(tokens, whole.usage?.completion_tokens)
    }))

  it("its stream helper rebuilds the completion", () =>
    withEmulator(async (server) => {
      const runner = clientOf(server).chat.completions.stream({ ...hello, n: 2, max_tokens: 20 })
      const completion = await runner.finalChatCompletion()
      assert.lengthOf(completion.choices, 2)
      for (const choice of completion.choices) {
        assert.isNotEmpty(choice.message.content)
        assert.oneOf(choice.finish_reason, ["stop", "length"])
      }
    }))

  it("runs a tool and uses its result", () =>
    withEmulator(async (server) => {
      const client = clientOf(server)
      const messages: Array<ChatCompletionMessageParam> = [{ role: "user", content: weatherPrompt }]
      const tools = [{ type: "function" as const, function: weatherTool }]
      const asked = (await client.chat.completions.create({ model, messages, tools })).choices[0]
      assert.strictEqual(asked?.finish_reason, "tool_calls")
      const call = asked?.message.tool_calls?.[0]
      if (call?.type !== "function") return assert.fail("no function was called")
      assert.strictEqual(call.function.name, "get_weather")
      assert.deepStrictEqual(WeatherQuestion.parse(JSON.parse(call.function.arguments)), {
        city: "Paris",
        unit: "celsius"
      })
      const answered = await client.chat.completions.create({
        model,
        tools,
        messages: [...messages, asked!.message, { role: "tool", tool_call_id: call.id, content: weatherReport }]
      })
      assert.strictEqual(answered.choices[0]?.finish_reason, "stop")
      assert.include(answered.choices[0]?.message.content, weatherReport)
    }))

  it("its tool runner ends with the answer", () =>
    withEmulator(async (server) => {
      const seen: Array<unknown> = []
      const runner = clientOf(server).chat.completions.runTools({
        model,
        messages: [{ role: "user", content: weatherPrompt }],
        stream: true,
        tools: [
          {
            type: "function",
            function: {
              ...weatherTool,
              parse: (text: string) => WeatherQuestion.parse(JSON.parse(text)),
              function: (question: ReturnType<typeof WeatherQuestion.parse>) => {
                seen.push(question)
                return weatherReport
              }
            }
          }
        ]
      })
      assert.include(await runner.finalContent(), weatherReport)
      assert.deepStrictEqual(seen, [{ city: "Paris", unit: "celsius" }])
    }))

  it("parses structured output", () =>
    withEmulator(async (server) => {
      const completion = await clientOf(server).chat.completions.parse({
        model,
        messages: [{ role: "user", content: "A recipe for kimchi, as JSON" }],
        response_format: zodResponseFormat(Recipe, "recipe")
      })
      assert.isTrue(Recipe.safeParse(completion.choices[0]?.message.parsed).success)
    }))

  it("completes a text, as one answer and as a stream", () =>
    withEmulator(async (server) => {
      const client = clientOf(server, "/dedicated/v1")
      const request = { model: "my-endpoint", prompt: "Once upon a time", max_tokens: 30, seed: 3 }
      const whole = await client.completions.create(request)
      let text = ""
      for await (const chunk of await client.completions.create({ ...request, stream: true }))
        text += chunk.choices[0]?.text ?? ""
      assert.isNotEmpty(text)
      assert.strictEqual(text, whole.choices[0]?.text)
    }))

  it("embeds texts: lists of numbers and base64 are the same vectors", () =>
    withEmulator(async (server) => {
      const client = clientOf(server, "/dedicated/v1")
      const request = { model: "my-endpoint", input: ["a cat sleeps", "a kitten sleeps", "stock prices fell"] }
      // the client asks for base64 unless told otherwise
      const packed = await client.embeddings.create(request)
      const listed = await client.embeddings.create({ ...request, encoding_format: "float" })
      assert.lengthOf(packed.data, 3)
      const [first, second, third] = listed.data.map(({ embedding }) => embedding)
      packed.data.forEach(({ embedding }, index) =>
        embedding.forEach((number, at) => assert.closeTo(number, listed.data[index]!.embedding[at]!, 1e-6))
      )
      const similarity = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
        a.reduce((sum, number, at) => sum + number * b[at]!, 0)
      assert.isAbove(similarity(first!, second!), similarity(first!, third!))
    }))

  it("transcribes a recording", () =>
    withEmulator(async (server) => {
      const transcription = await clientOf(server, "/dedicated/v1").audio.transcriptions.create({
        model: "my-endpoint",
        file: new File([silence()], "silence.wav", { type: "audio/wav" })
      })
      assert.include(transcription.text, "1.00 seconds")
    }))

  it("sees errors as its own classes, with a message", () =>
    withEmulator(async (server) => {
      const client = clientOf(server)
      const invalid = await failureOf(client.chat.completions.create({ ...hello, temperature: "hot" as never }))
      assert.instanceOf(invalid, UnprocessableEntityError)
      assert.include(String(invalid), "temperature")
      server.faults.enqueue({ status: 429, retryAfter: 1 })
      assert.instanceOf(await failureOf(client.chat.completions.create(hello)), RateLimitError)
      server.faults.enqueue({ status: 401 })
      assert.instanceOf(await failureOf(client.chat.completions.create(hello)), AuthenticationError)
    }))

  it("retries what it may", () =>
    withEmulator(async (server) => {
      server.faults.enqueue({ status: 503 }, { status: 502 })
      const completion = await clientOf(server, "/serverless/v1", 2).chat.completions.create(hello)
      assert.isNotEmpty(completion.choices[0]?.message.content)
      assert.deepStrictEqual(
        server.requests.map(({ status }) => status),
        [503, 502, 200]
      )
    }))

  it("fails when the stream reports an error, after the pieces before it", () =>
    withEmulator(async (server) => {
      server.faults.enqueue({ errorFrame: { afterEvents: 3 } })
      let count = 0
      const failure = await failureOf(
        (async () => {
          for await (const _ of await clientOf(server).chat.completions.create({ ...hello, stream: true })) count++
        })()
      )
      assert.instanceOf(failure, APIError)
      assert.strictEqual(count, 3)
    }))

  it("stops the generation when it is aborted", () =>
    withEmulator(
      async (server) => {
        const stream = await clientOf(server).chat.completions.create({ ...hello, max_tokens: 500, stream: true })
        for await (const _ of stream) stream.controller.abort()
        while (!server.requests[0]!.finished) await new Promise((resolve) => setTimeout(resolve, 5))
        assert.isTrue(server.requests[0]!.aborted)
        assert.isBelow(server.requests[0]!.tokensGenerated, 500)
      },
      { tokensPerSecond: 20 }
    ))
})
