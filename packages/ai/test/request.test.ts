/**
 * What `@effect/ai` asks for, as a request of the API.
 */
import * as LanguageModel from "@effect/ai/LanguageModel"
import type * as Prompt from "@effect/ai/Prompt"
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import { assert, describe, it } from "@effect/vitest"
import { Wire } from "effect-friendli/testing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as FriendliLanguageModel from "../src/FriendliLanguageModel.js"
import { overMock } from "./support.js"

const weather = Tool.make("get_weather", {
  description: "The weather in a city",
  parameters: { city: Schema.String, days: Schema.Int.pipe(Schema.between(1, 7)) },
  success: Schema.String
})
const time = Tool.make("get_time", { success: Schema.String })
const toolkit = Toolkit.make(weather, time)
const handlers = toolkit.toLayer({
  get_weather: () => Effect.succeed("sunny"),
  get_time: () => Effect.succeed("noon")
})

const answer = { complete: Wire.chatCompletion("Hi!") }

/** What is sent for a prompt. */
const sent = (prompt: Prompt.RawInput, options?: FriendliLanguageModel.Options) =>
  Effect.suspend(() => {
    const { layer, requests } = overMock(answer, options)
    return LanguageModel.generateText({ prompt }).pipe(
      Effect.map(() => requests[0]!),
      Effect.provide(layer)
    )
  })

const failure = (prompt: Prompt.RawInput) =>
  Effect.map(Effect.flip(sent(prompt)), (error) => [error._tag, (error as { description?: string }).description])

describe("messages", () => {
  it.effect("a text is a message of the user", () =>
    Effect.map(sent("Hello!"), (request) =>
      assert.deepStrictEqual(request, { parse_reasoning: true, messages: [{ role: "user", content: "Hello!" }] })
    )
  )

  it.effect("roles, names and files", () =>
    Effect.map(
      sent([
        { role: "system", content: "Be kind.", options: { friendli: { name: "boss" } } },
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "file", mediaType: "image/png", data: new Uint8Array([1, 2, 3]) },
            { type: "file", mediaType: "image/*", data: new URL("https://files.example/cat") },
            { type: "file", mediaType: "image/*", data: new Uint8Array([1]) },
            { type: "file", mediaType: "audio/wav", data: "UklGRg==" },
            { type: "file", mediaType: "video/mp4", data: "https://files.example/film.mp4" },
            { type: "file", mediaType: "image/gif", data: "data:image/gif;base64,R0lG" }
          ],
          options: { friendli: { name: "ana" } }
        },
        { role: "assistant", content: "A cat." },
        { role: "user", content: "Sure?" }
      ]),
      ({ messages }) =>
        assert.deepStrictEqual(messages, [
          { role: "system", content: "Be kind.", name: "boss" },
          {
            role: "user",
            content: [
              { type: "text", text: "What is this?" },
              { type: "image_url", image_url: { url: "data:image/png;base64,AQID" } },
              { type: "image_url", image_url: { url: "https://files.example/cat" } },
              { type: "image_url", image_url: { url: "data:image/jpeg;base64,AQ==" } },
              { type: "audio_url", audio_url: { url: "data:audio/wav;base64,UklGRg==" } },
              { type: "video_url", video_url: { url: "https://files.example/film.mp4" } },
              { type: "image_url", image_url: { url: "data:image/gif;base64,R0lG" } }
            ],
            name: "ana"
          },
          { role: "assistant", content: "A cat." },
          { role: "user", content: "Sure?" }
        ])
    )
  )

  it.effect("a file that the API does not take", () =>
    Effect.map(
      failure([{ role: "user", content: [{ type: "file", mediaType: "application/pdf", data: "JVBER" }] }]),
      ([tag, description]) => {
        assert.strictEqual(tag, "MalformedInput")
        assert.include(description, "application/pdf")
      }
    )
  )

  const turn: Prompt.RawInput = [
    { role: "user", content: "How is the weather?" },
    {
      role: "assistant",
      content: [
        { type: "reasoning", text: "I must look." },
        { type: "text", text: "Let me see." },
        { type: "tool-call", id: "a", name: "get_weather", params: { city: "Oslo" } },
        { type: "tool-call", id: "b", name: "get_time", params: {} }
      ]
    },
    {
      role: "tool",
      content: [
        {
          type: "tool-result",
          id: "a",
          name: "get_weather",
          isFailure: false,
          result: { sky: "clear" },
          providerExecuted: false
        },
        { type: "tool-result", id: "b", name: "get_time", isFailure: true, result: "no clock", providerExecuted: false }
      ]
    },
    {
      role: "assistant",
      content: [
        { type: "reasoning", text: "Easy." },
        { type: "text", text: "Clear." }
      ]
    },
    { role: "user", content: "Thanks." }
  ]

  it.effect("calls with their results; reasoning is sent back on turns with calls", () =>
    Effect.map(sent(turn), ({ messages }) =>
      assert.deepStrictEqual(messages.slice(1), [
        {
          role: "assistant",
          content: "Let me see.",
          reasoning_content: "I must look.",
          tool_calls: [
            { id: "a", type: "function", function: { name: "get_weather", arguments: `{"city":"Oslo"}` } },
            { id: "b", type: "function", function: { name: "get_time", arguments: "{}" } }
          ]
        },
        { role: "tool", tool_call_id: "a", content: `{"sky":"clear"}`, name: "get_weather" },
        { role: "tool", tool_call_id: "b", content: "no clock", name: "get_time" },
        { role: "assistant", content: "Clear." },
        { role: "user", content: "Thanks." }
      ])
    )
  )

  it.effect("reasoning is sent back always, under another name, or never", () =>
    Effect.gen(function* () {
      const reasonings = (config: FriendliLanguageModel.Config.Service) =>
        Effect.map(sent(turn, { config }), ({ messages }) =>
          messages.flatMap((message) =>
            message.role === "assistant" ? [message.reasoning_content ?? message.reasoning ?? null] : []
          )
        )
      assert.deepStrictEqual(yield* reasonings({ replayReasoning: "always" }), ["I must look.", "Easy."])
      assert.deepStrictEqual(yield* reasonings({ replayReasoning: "never" }), [null, null])
      const { messages } = yield* sent(turn, { config: { reasoningField: "reasoning" } })
      assert.deepInclude(messages[1], { reasoning: "I must look." })
    })
  )
})

describe("fields of the request", () => {
  it.effect("layer, region and message are merged, the last one wins", () =>
    Effect.gen(function* () {
      const { layer, requests } = overMock(answer, {
        model: "m",
        config: { temperature: 0.1, top_k: 5, max_tokens: 10 }
      })
      const ask = (options?: object) =>
        LanguageModel.generateText({
          prompt: [
            {
              role: "user",
              content: "Hi",
              ...(options === undefined ? {} : { options: { friendli: { request: options } } })
            }
          ]
        })
      yield* Effect.gen(function* () {
        yield* ask()
        yield* ask().pipe(FriendliLanguageModel.withConfigOverride({ temperature: 0.2, model: "other" }))
        yield* ask({ temperature: 0.3 }).pipe(
          FriendliLanguageModel.withConfigOverride({ max_tokens: 20 }),
          FriendliLanguageModel.withConfigOverride({ temperature: 0.2, max_tokens: 30 })
        )
      }).pipe(Effect.provide(layer))
      const fields = requests.map(({ max_tokens, model, temperature, top_k }) => [
        model,
        temperature,
        top_k,
        max_tokens
      ])
      assert.deepStrictEqual(fields, [
        ["m", 0.1, 5, 10],
        ["other", 0.2, 5, 10],
        ["m", 0.3, 5, 20]
      ])
      // settings of the provider are no fields of the request
      assert.notProperty(requests[0], "replayReasoning")
    })
  )

  it.effect("a region around a stream", () =>
    Effect.gen(function* () {
      const { layer, requests } = overMock({ chunks: Wire.chatChunks("Hi!") })
      yield* LanguageModel.streamText({ prompt: "Hi" }).pipe(
        FriendliLanguageModel.withConfigOverride({ temperature: 0.4, parse_reasoning: false }),
        Stream.runDrain,
        Effect.provide(layer)
      )
      assert.deepInclude(requests[0], { temperature: 0.4, parse_reasoning: false })
    })
  )
})

describe("tools", () => {
  const choose = (toolChoice: LanguageModel.ToolChoice<"get_weather" | "get_time">) =>
    Effect.suspend(() => {
      const { layer, requests } = overMock(answer)
      return LanguageModel.generateText({ prompt: "Hi", toolkit, toolChoice }).pipe(
        Effect.map(() => requests[0]!),
        Effect.provide(layer),
        Effect.provide(handlers)
      )
    })
  const named = (name: string) => ({ type: "function", function: { name } })

  it.effect("have the JSON Schema that the API takes", () =>
    Effect.map(choose("auto"), ({ tools }) =>
      assert.deepStrictEqual(JSON.parse(JSON.stringify(tools)), [
        {
          type: "function",
          function: {
            name: "get_weather",
            description: "The weather in a city",
            parameters: {
              type: "object",
              properties: { city: { type: "string" }, days: { type: "integer", minimum: 1, maximum: 7 } },
              required: ["city", "days"],
              additionalProperties: false
            }
          }
        },
        {
          type: "function",
          function: {
            name: "get_time",
            parameters: { type: "object", properties: {}, additionalProperties: false }
          }
        }
      ])
    )
  )

  it.effect("every choice", () =>
    Effect.gen(function* () {
      const choices = [
        ["auto", "auto", 2],
        ["none", "none", 2],
        ["required", "required", 2],
        [{ tool: "get_time" }, named("get_time"), 2],
        [{ oneOf: ["get_time"] }, "auto", 1],
        [{ mode: "required", oneOf: ["get_time"] }, named("get_time"), 1],
        [{ mode: "required", oneOf: ["get_time", "get_weather"] }, "required", 2]
      ] as const
      for (const [choice, expected, count] of choices) {
        const { tool_choice, tools } = yield* choose(choice)
        assert.deepStrictEqual([tool_choice, tools?.length], [expected, count])
      }
    })
  )

  it.effect("what cannot be sent fails before it is sent", () =>
    Effect.gen(function* () {
      const { layer, requests } = overMock(answer)
      const impossible = Toolkit.make(Tool.make("count", { parameters: { big: Schema.BigIntFromSelf } }))
      const error = yield* LanguageModel.generateText({
        prompt: "Hi",
        toolkit: impossible,
        disableToolCallResolution: true
      }).pipe(Effect.flip, Effect.provide([layer, impossible.toLayer({ count: () => Effect.void })]))
      assert.strictEqual(error._tag, "MalformedInput")
      const none = yield* Effect.flip(choose({ mode: "required", oneOf: [] }))
      assert.strictEqual(none._tag, "MalformedInput")
      assert.lengthOf(requests, 0)
    })
  )
})

describe("objects", () => {
  const Person = Schema.Struct({ name: Schema.String, age: Schema.Int }).annotations({ identifier: "Person" })
  const json = { complete: Wire.chatCompletion(`{"name":"Ana","age":7}`) }

  it.effect("are asked for by a format, and in words", () =>
    Effect.gen(function* () {
      const { layer, requests } = overMock(json)
      const { value } = yield* LanguageModel.generateObject({
        prompt: "Who?",
        schema: Person,
        objectName: "person"
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(value, { name: "Ana", age: 7 })
      const schema = {
        type: "object",
        properties: { name: { type: "string" }, age: { type: "integer" } },
        required: ["name", "age"],
        additionalProperties: false
      }
      const { messages, response_format } = JSON.parse(JSON.stringify(requests[0])) as {
        messages: Array<{ role: string; content: string }>
        response_format: unknown
      }
      assert.deepStrictEqual(response_format, { type: "json_schema", json_schema: { name: "person", schema } })
      assert.strictEqual(messages[0]?.role, "system")
      assert.include(messages[0]?.content, JSON.stringify(schema))
    })
  )

  it.effect("the words are added to a system message, or left out", () =>
    Effect.gen(function* () {
      const first = (config: FriendliLanguageModel.Config.Service) =>
        Effect.suspend(() => {
          const { layer, requests } = overMock(json, { config })
          return LanguageModel.generateObject({
            prompt: [
              { role: "system", content: "Be brief." },
              { role: "user", content: "Who?" }
            ],
            schema: Person
          }).pipe(
            Effect.map(() => requests[0]!.messages),
            Effect.provide(layer)
          )
        })
      const told = yield* first({})
      assert.lengthOf(told, 2)
      assert.match(String(told[0]?.content), /^Be brief\.\n\nAnswer only with JSON/)
      const untold = yield* first({ jsonInstruction: false })
      assert.strictEqual(untold[0]?.content, "Be brief.")
    })
  )

  it.effect("a schema that the API cannot express, and tools beside a format, fail before they are sent", () =>
    Effect.gen(function* () {
      const { layer, requests } = overMock(json)
      const free = yield* LanguageModel.generateObject({
        prompt: "Who?",
        schema: Schema.Struct({ ages: Schema.Record({ key: Schema.String, value: Schema.Number }) })
      }).pipe(Effect.flip, Effect.provide(layer))
      assert.strictEqual(free._tag, "MalformedInput")
      assert.include(free.message + String((free as { description?: string }).description), "ages")
      const both = yield* LanguageModel.generateObject({ prompt: "Who?", schema: Person, toolkit }).pipe(
        Effect.flip,
        Effect.provide([layer, handlers])
      )
      assert.strictEqual(both._tag, "MalformedInput")
      assert.lengthOf(requests, 0)
    })
  )

  it.effect("an object that is cut short says so", () =>
    Effect.gen(function* () {
      const { layer } = overMock({ complete: Wire.chatCompletion(`{"name":"An`, { finishReason: "length" }) })
      const error = yield* LanguageModel.generateObject({ prompt: "Who?", schema: Person }).pipe(
        Effect.flip,
        Effect.provide(layer)
      )
      assert.strictEqual(error._tag, "MalformedOutput")
      assert.include((error as { description?: string }).description, "length")
    })
  )
})
