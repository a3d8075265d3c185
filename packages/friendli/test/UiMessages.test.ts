/**
 * Messages of `useChat` as messages of a request.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as UiMessages from "effect-friendli/UiMessages"
import { it } from "./it.js"

const decode = Schema.decodeUnknown(UiMessages.UiRequest)

const user = (...parts: ReadonlyArray<UiMessages.UiPart>): UiMessages.UiMessage => ({ id: "u", role: "user", parts })
const assistant = (...parts: ReadonlyArray<UiMessages.UiPart>): UiMessages.UiMessage => ({
  id: "a",
  role: "assistant",
  parts
})
const text = (words: string): UiMessages.UiPart => ({ type: "text", text: words })
const step: UiMessages.UiPart = { type: "step-start" }
const tool = (state: string, more: object): UiMessages.UiPart => ({
  type: "tool-get_weather",
  toolCallId: "c1",
  state,
  input: { city: "Seoul" },
  ...more
})

const converted = (...messages: ReadonlyArray<UiMessages.UiMessage>) =>
  Either.getOrThrow(UiMessages.toMessages(messages))

const call = {
  id: "c1",
  type: "function",
  function: { name: "get_weather", arguments: `{"city":"Seoul"}` }
} as const

describe("the request", () => {
  it.effect("is decoded with everything that the front end adds", () =>
    Effect.gen(function* () {
      const body = {
        id: "chat-1",
        trigger: "submit-message",
        messageId: null,
        mine: 1,
        messages: [
          {
            id: "1",
            role: "user",
            metadata: { at: 1 },
            parts: [
              { type: "text", text: "Hi", state: "done", providerMetadata: { x: { y: 1 } } },
              { type: "data-note", id: "n", data: { a: 1 } },
              { type: "source-url", sourceId: "s", url: "https://a.example" },
              {
                type: "tool-a",
                toolCallId: "c",
                state: "a-newer-state",
                approval: { id: "1", approved: false, reason: "no" }
              }
            ]
          }
        ]
      }
      assert.deepStrictEqual(yield* decode(body), body as never)
    })
  )

  it.effect("is rejected if a part of a known type is wrong", () =>
    Effect.gen(function* () {
      for (const part of [
        { type: "text" },
        { type: "file", url: "x" },
        { type: "tool-a", state: "x" },
        { type: 1 },
        {}
      ]) {
        const result = yield* Effect.either(decode({ messages: [{ id: "1", role: "user", parts: [part] }] }))
        assert.strictEqual(result._tag, "Left", JSON.stringify(part))
      }
    })
  )
})

describe("messages of the user", () => {
  it("are text, or parts with files", () => {
    assert.deepStrictEqual(converted(user(text("Hi"))), [{ role: "user", content: "Hi" }])
    assert.deepStrictEqual(
      converted(
        user(
          text("Look:"),
          { type: "file", mediaType: "image/png", url: "data:image/png;base64,AA==" },
          { type: "file", mediaType: "audio/wav", url: "https://a.example/a.wav" },
          { type: "file", mediaType: "video/mp4", url: "https://a.example/a.mp4" },
          { type: "file", mediaType: "text/plain", url: "data:text/plain;base64,7ISc7Jq4" },
          { type: "file", mediaType: "text/csv", url: "data:text/csv,a%2Cb" },
          { type: "data-note", data: 1 } as never
        )
      ),
      [
        {
          role: "user",
          content: [
            { type: "text", text: "Look:" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
            { type: "audio_url", audio_url: { url: "https://a.example/a.wav" } },
            { type: "video_url", video_url: { url: "https://a.example/a.mp4" } },
            { type: "text", text: "서울" },
            { type: "text", text: "a,b" }
          ]
        }
      ]
    )
  })

  it("without anything that a model reads are left out", () => {
    assert.deepStrictEqual(converted(user({ type: "data-note" }), user(text("Hi"))), [{ role: "user", content: "Hi" }])
  })

  it("with a file that no model reads are rejected, with the place and without the content", () => {
    for (const file of [
      { type: "file", mediaType: "application/pdf", url: "data:application/pdf;base64,AA==" },
      { type: "file", mediaType: "text/plain", url: "https://secret.example/a.txt" },
      { type: "file", mediaType: "text/plain", url: "data:text/plain;base64,*" },
      { type: "file", mediaType: "text/plain", url: "data:text/plain,%E0%A4%A" }
    ] as const) {
      const result = UiMessages.toMessages([user(text("Hi")), user(text("Read this"), file)])
      assert(Either.isLeft(result))
      assert.deepStrictEqual(result.left.path, [1, "parts", 1])
      assert.notInclude(result.left.message, "secret")
    }
  })
})

describe("messages of the system", () => {
  const system: UiMessages.UiMessage = { id: "s", role: "system", parts: [text("Be "), text("kind.")] }

  it("are rejected, because anybody could send them, unless they are allowed", () => {
    const result = UiMessages.toMessages([system, user(text("Hi"))])
    assert(Either.isLeft(result))
    assert.deepStrictEqual(result.left.path, [0])
    assert.deepStrictEqual(Either.getOrThrow(UiMessages.toMessages([system], { allowSystem: true })), [
      { role: "system", content: "Be kind." }
    ])
  })
})

describe("messages of the assistant", () => {
  it("are one message for each step, followed by the results of its tools", () => {
    assert.deepStrictEqual(
      converted(
        user(text("Weather?")),
        assistant(
          step,
          { type: "reasoning", text: "I look." },
          text("One moment."),
          tool("output-available", { output: { celsius: 21 } }),
          { type: "dynamic-tool", toolName: "now", toolCallId: "c2", state: "output-available", output: "noon" },
          step,
          text("21 degrees.")
        )
      ),
      [
        { role: "user", content: "Weather?" },
        {
          role: "assistant",
          content: "One moment.",
          reasoning_content: "I look.",
          tool_calls: [call, { id: "c2", type: "function", function: { name: "now", arguments: "{}" } }]
        },
        { role: "tool", tool_call_id: "c1", content: `{"celsius":21}` },
        { role: "tool", tool_call_id: "c2", content: "noon" },
        { role: "assistant", content: "21 degrees." }
      ]
    )
  })

  it("lose the reasoning of earlier turns", () => {
    const said = assistant(step, { type: "reasoning", text: "Hm." }, text("Yes."))
    assert.deepStrictEqual(converted(user(text("1")), said, user(text("2")))[1], { role: "assistant", content: "Yes." })
    assert.deepStrictEqual(Either.getOrThrow(UiMessages.toMessages([said], { reasoning: "all" }))[0], {
      role: "assistant",
      content: "Yes.",
      reasoning_content: "Hm."
    })
  })

  it("tell the model about tools that failed or were not allowed", () => {
    assert.deepStrictEqual(
      converted(
        assistant(step, tool("output-error", { errorText: "no network" })),
        assistant(step, tool("output-denied", { approval: { reason: "too dear" } })),
        assistant(step, tool("output-denied", {}))
      ).flatMap((message) => (message.role === "tool" ? [message.content] : [])),
      [`{"error":"no network"}`, `{"error":"too dear"}`, `{"error":"The user did not allow this call."}`]
    )
  })

  it("leave out calls that have no result, and steps without content", () => {
    for (const state of ["input-streaming", "input-available", "approval-requested", "approval-responded", "newer"]) {
      assert.deepStrictEqual(
        converted(assistant(step, tool(state, {})), assistant(step, text("Hi"), tool(state, {}))),
        [{ role: "assistant", content: "Hi" }]
      )
    }
  })
})
