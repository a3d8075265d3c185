/** The client `@anthropic-ai/sdk`, unchanged, against the emulator. */
import Anthropic, {
  AuthenticationError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
  UnprocessableEntityError
} from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import type { RunningEmulator } from "../../src/NodeServer.js"
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
import { z } from "zod"

/** The client appends `/v1/messages` itself, and sends the token as the API wants it when it is given as `authToken`. */
const clientOf = (server: RunningEmulator, maxRetries = 0) =>
  new Anthropic({ apiKey: null, authToken: "flp_test", baseURL: `${server.url}/serverless`, maxRetries })

const hello = { model, max_tokens: 60, messages: [{ role: "user" as const, content: "Hello! Who are you?" }] }

const tools = [
  {
    name: weatherTool.name,
    description: weatherTool.description,
    input_schema: weatherTool.parameters as Anthropic.Tool.InputSchema
  }
]

const textOf = (message: Anthropic.Message): string =>
  message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("")

describe("@anthropic-ai/sdk", () => {
  it("creates a message, and counts its tokens", () =>
    withEmulator(async (server) => {
      const message = await clientOf(server).messages.create(hello)
      assert.strictEqual(message.type, "message")
      assert.isNotEmpty(textOf(message))
      assert.isAbove(message.usage.input_tokens, 5)
      assert.isAtMost(message.usage.output_tokens, 60)
    }))

  it("streams a message, whose events rebuild the whole one", () =>
    withEmulator(async (server) => {
      const client = clientOf(server)
      const whole = await client.messages.create({ ...hello, temperature: 0 })
      const stream = client.messages.stream({ ...hello, temperature: 0 })
      let text = ""
      stream.on("text", (delta) => {
        text += delta
      })
      const message = await stream.finalMessage()
      assert.strictEqual(text, textOf(whole))
      assert.strictEqual(textOf(message), text)
      assert.strictEqual(message.stop_reason, whole.stop_reason)
      assert.strictEqual(message.usage.output_tokens, whole.usage.output_tokens)
    }))

  it("yields only events that it knows", () =>
    withEmulator(async (server) => {
      const known = [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop"
      ]
      const seen: Array<string> = []
      for await (const event of await clientOf(server).messages.create({ ...hello, stream: true })) {
        assert.include(known, event.type)
        seen.push(event.type)
      }
      assert.strictEqual(seen[0], "message_start")
      assert.strictEqual(seen.at(-1), "message_stop")
    }))

  it("thinks in a block of its own, before the text", () =>
    withEmulator(async (server) => {
      const message = await clientOf(server)
        .messages.stream({
          ...hello,
          model: "zai-org/GLM-4.6",
          max_tokens: 2000,
          thinking: { type: "enabled", budget_tokens: 1024 }
        })
        .finalMessage()
      assert.deepStrictEqual(
        message.content.map(({ type }) => type),
        ["thinking", "text"]
      )
      assert.isNotEmpty(textOf(message))
    }))

  it("uses a tool, and its result in the answer", () =>
    withEmulator(async (server) => {
      const client = clientOf(server)
      const asked = await client.messages
        .stream({ model, max_tokens: 300, tools, messages: [{ role: "user", content: weatherPrompt }] })
        .finalMessage()
      assert.strictEqual(asked.stop_reason, "tool_use")
      const use = asked.content.find((block) => block.type === "tool_use")
      assert.deepStrictEqual(WeatherQuestion.parse(use?.input), { city: "Paris", unit: "celsius" })
      const answered = await client.messages.create({
        model,
        max_tokens: 300,
        tools,
        messages: [
          { role: "user", content: weatherPrompt },
          { role: "assistant", content: asked.content },
          { role: "user", content: [{ type: "tool_result", tool_use_id: use!.id, content: weatherReport }] }
        ]
      })
      assert.strictEqual(answered.stop_reason, "end_turn")
      assert.include(textOf(answered), weatherReport)
    }))

  it("gives structured output", () =>
    withEmulator(async (server) => {
      const message = await clientOf(server).messages.create({
        model,
        max_tokens: 1000,
        messages: [{ role: "user", content: "A recipe for kimchi, as JSON" }],
        output_config: {
          format: { type: "json_schema", schema: z.toJSONSchema(Recipe) as Record<string, unknown> }
        }
      })
      assert.isTrue(Recipe.safeParse(JSON.parse(textOf(message))).success)
    }))

  it("sees errors as its own classes, in the shape of this API", () =>
    withEmulator(async (server) => {
      const client = clientOf(server)
      const invalid = await failureOf(client.messages.create({ ...hello, temperature: "hot" as never }))
      assert.instanceOf(invalid, UnprocessableEntityError)
      assert.include(String(invalid), "temperature")
      for (const [status, kind] of [
        [401, AuthenticationError],
        [404, NotFoundError],
        [429, RateLimitError],
        [503, InternalServerError]
      ] as const) {
        server.faults.enqueue({ status })
        const failure = await failureOf(client.messages.create(hello))
        assert.instanceOf(failure, kind)
        assert.strictEqual(
          ((failure as { readonly error?: { readonly type?: string } }).error ?? {}).type,
          "error",
          kind.name
        )
      }
    }))

  it("retries what it may", () =>
    withEmulator(async (server) => {
      server.faults.enqueue({ status: 503 }, { status: 429, retryAfter: 0 })
      assert.isNotEmpty(textOf(await clientOf(server, 2).messages.create(hello)))
      assert.lengthOf(server.requests, 3)
    }))
})
