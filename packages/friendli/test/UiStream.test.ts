/**
 * Chat streams in the UI message stream protocol.
 */
import { assert, describe } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Conversation from "effect-friendli/Conversation"
import * as FriendliError from "effect-friendli/FriendliError"
import type { UiMessage } from "effect-friendli/UiMessages"
import * as UiStream from "effect-friendli/UiStream"
import { Wire } from "effect-friendli/testing"
import { it } from "./it.js"
import { collect, untilFailure } from "./support.js"

const of = (text: string, options?: Parameters<typeof Wire.chatChunks>[1]) =>
  Stream.fromIterable(Wire.chatChunks(text, options))

const failure = new FriendliError.ServerError({ operation: "Chat.stream", deployment: "serverless", message: "secret" })

describe("fromChat", () => {
  it.effect("makes parts of text and reasoning, with the ids, the metadata and the finish reason", () =>
    Effect.gen(function* () {
      const chunks = yield* collect(
        UiStream.fromChat(of("Hello there!", { reasoning: "Hm.", model: "m" }), {
          messageId: "msg-1",
          metadata: { at: 1 },
          finishMetadata: ({ finishReason, model, usage }) => ({ finishReason, model, tokens: usage?.total_tokens })
        })
      )
      assert.deepStrictEqual(chunks, [
        { type: "start", messageId: "msg-1", messageMetadata: { at: 1 } },
        { type: "start-step" },
        { type: "reasoning-start", id: "reasoning-0" },
        { type: "reasoning-delta", id: "reasoning-0", delta: "Hm." },
        { type: "reasoning-end", id: "reasoning-0" },
        { type: "text-start", id: "text-1" },
        { type: "text-delta", id: "text-1", delta: "Hello" },
        { type: "text-delta", id: "text-1", delta: " there!" },
        { type: "text-end", id: "text-1" },
        { type: "finish-step" },
        { type: "finish", finishReason: "stop", messageMetadata: { finishReason: "stop", model: "m", tokens: 12 } }
      ])
    })
  )

  it.effect("can keep reasoning from the front end", () =>
    Effect.gen(function* () {
      const chunks = yield* collect(UiStream.fromChat(of("Hi", { reasoning: "Hm." }), { reasoning: false }))
      assert.notInclude(JSON.stringify(chunks), "easoning")
    })
  )

  it.effect("streams the arguments of tools, and parses them at the end", () =>
    Effect.gen(function* () {
      const toolCalls = [
        Wire.toolCall("get_weather", { city: "Seoul" }),
        Wire.toolCall("now", ""),
        Wire.toolCall("bad", "{")
      ]
      const chunks = yield* collect(UiStream.fromChat(of("One moment.", { toolCalls }), { dynamicTools: true }))
      assert.deepStrictEqual(
        chunks.filter(({ type }) => type.startsWith("tool") || type.startsWith("finish")),
        [
          { type: "tool-input-start", toolCallId: "call-get_weather", toolName: "get_weather", dynamic: true },
          { type: "tool-input-delta", toolCallId: "call-get_weather", inputTextDelta: `{"city":"Seoul"}` },
          { type: "tool-input-start", toolCallId: "call-bad", toolName: "bad", dynamic: true },
          { type: "tool-input-delta", toolCallId: "call-bad", inputTextDelta: "{" },
          {
            type: "tool-input-available",
            toolCallId: "call-get_weather",
            toolName: "get_weather",
            input: { city: "Seoul" },
            dynamic: true
          },
          { type: "tool-input-start", toolCallId: "call-now", toolName: "now", dynamic: true },
          { type: "tool-input-available", toolCallId: "call-now", toolName: "now", input: {}, dynamic: true },
          {
            type: "tool-input-error",
            toolCallId: "call-bad",
            toolName: "bad",
            input: "{",
            errorText: "The arguments of the tool are not valid JSON.",
            dynamic: true
          },
          { type: "finish-step" },
          { type: "finish", finishReason: "tool-calls" }
        ]
      )
      // The text ends before the tools begin.
      assert.isBelow(
        chunks.findIndex(({ type }) => type === "text-end"),
        chunks.findIndex(({ type }) => type === "tool-input-start")
      )
    })
  )

  it.effect("gives a call without an id one of its own", () =>
    Effect.gen(function* () {
      const chunks = yield* collect(UiStream.fromChat(of("", { toolCalls: [Wire.toolCall("now", { a: 1 }, "")] })))
      assert.deepStrictEqual(
        chunks.flatMap((chunk) => ("toolCallId" in chunk ? [chunk.toolCallId] : [])),
        ["call-0", "call-0", "call-0"]
      )
    })
  )

  it.effect.each([
    ["length", "length"],
    ["content_filter", "content-filter"],
    ["something_new", "other"]
  ] as const)("%s is %s", ([finishReason, expected]) =>
    Effect.gen(function* () {
      const chunks = yield* collect(UiStream.fromChat(of("Hi", { finishReason })))
      assert.deepStrictEqual(chunks.at(-1), { type: "finish", finishReason: expected })
    })
  )

  it.effect("says nothing before its source does, so that a failure can decide the status", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* untilFailure(UiStream.fromChat(Stream.fail(failure))), {
        elements: [],
        error: failure
      })
      const { elements } = yield* untilFailure(
        UiStream.fromChat(Stream.concat(of("Hi").pipe(Stream.take(1)), Stream.fail(failure)))
      )
      assert.deepStrictEqual(
        elements.map(({ type }) => type),
        ["start", "start-step", "text-start", "text-delta", "text-end"]
      )
    })
  )
})

describe("message", () => {
  it.effect("wraps steps and the results between them", () =>
    Effect.gen(function* () {
      const steps = UiStream.step(of("", { toolCalls: [Wire.toolCall("now", {})] })).pipe(
        Stream.concat(Stream.make(UiStream.toolOutput("call-now", undefined), UiStream.toolError("call-x", "gone"))),
        Stream.concat(UiStream.step(of("Noon.")))
      )
      const chunks = yield* collect(UiStream.message(steps, { messageId: "m", finishReason: "stop" }))
      assert.deepStrictEqual(
        chunks.map(({ type }) => type),
        [
          "start",
          "start-step",
          "tool-input-start",
          "tool-input-delta",
          "tool-input-available",
          "finish-step",
          "tool-output-available",
          "tool-output-error",
          "start-step",
          "text-start",
          "text-delta",
          "text-end",
          "finish-step",
          "finish"
        ]
      )
      assert.deepStrictEqual(chunks[6], { type: "tool-output-available", toolCallId: "call-now", output: null })
      assert.deepStrictEqual(chunks.at(-1), { type: "finish", finishReason: "stop" })
    })
  )
})

describe("steps", () => {
  const call = Wire.toolCall("now", { zone: "KST" }, "")
  const calling = () => of("", { toolCalls: [call], reasoning: "I look." })

  it.effect("run the tools, and ask again with the results until the model calls no more", () =>
    Effect.gen(function* () {
      const asked: Array<Conversation.Conversation> = []
      const chunks = yield* collect(
        UiStream.steps(Conversation.user([], "What time is it?"), {
          ask: (conversation, round) => {
            asked.push(conversation)
            return round === 0 ? calling() : of("Noon.")
          },
          run: ({ function: { name } }) => Effect.succeed({ name, time: "12:00" })
        })
      )
      assert.deepStrictEqual(
        chunks.map(({ type }) => type),
        [
          "start-step",
          "reasoning-start",
          "reasoning-delta",
          "reasoning-delta",
          "reasoning-end",
          "tool-input-start",
          "tool-input-delta",
          "tool-input-available",
          "finish-step",
          "tool-output-available",
          "start-step",
          "text-start",
          "text-delta",
          "text-end",
          "finish-step"
        ]
      )
      // The server gave no id: the model and the front end get the same one.
      assert.deepStrictEqual(chunks[9], {
        type: "tool-output-available",
        toolCallId: "call-0",
        output: { name: "now", time: "12:00" }
      })
      assert.deepStrictEqual(asked[1], [
        { role: "user", content: "What time is it?" },
        { role: "assistant", reasoning_content: "I look.", tool_calls: [{ ...call, id: "call-0" }] },
        { role: "tool", tool_call_id: "call-0", content: `{"name":"now","time":"12:00"}` }
      ] as never)
    })
  )

  it.effect("end after the last round, and as a tool fails", () =>
    Effect.gen(function* () {
      let asked = 0
      const ask = () => (asked++, calling())
      yield* collect(UiStream.steps([], { ask, run: () => Effect.void, rounds: 2 }))
      assert.strictEqual(asked, 3)
      const { elements, error } = yield* untilFailure(UiStream.steps([], { ask, run: () => Effect.fail("broken") }))
      assert.strictEqual(error, "broken")
      assert.strictEqual(elements.at(-1)?.type, "finish-step")
    })
  )
})

describe("toResponse", () => {
  it.scoped("has the header of the protocol, and an error is a chunk", () =>
    Effect.gen(function* () {
      const response = yield* UiStream.toResponse(
        UiStream.fromChat(Stream.concat(of("Hi").pipe(Stream.take(1)), Stream.fail(failure)))
      )
      assert.strictEqual(response.headers["x-vercel-ai-ui-message-stream"], "v1")
      assert.strictEqual(response.headers["content-type"], "text/event-stream")
      assert(response.body._tag === "Stream")
      const text = yield* Stream.mkString(Stream.decodeText(response.body.stream as Stream.Stream<Uint8Array>))
      assert.isTrue(text.endsWith(`data: {"type":"error","errorText":"The service failed."}\n\ndata: [DONE]\n\n`), text)
      assert.notInclude(text, "secret")
    })
  )

  it.scoped("says a failure in your words, before the first chunk as a text with the status", () =>
    Effect.gen(function* () {
      const words = (error: unknown) => (error === failure ? "Try it again." : "?")
      const chunks = UiStream.fromChat(Stream.concat(of("Hi").pipe(Stream.take(1)), Stream.fail(failure)))
      const response = yield* UiStream.toResponse(chunks, { errorText: words })
      assert(response.body._tag === "Stream")
      const text = yield* Stream.mkString(Stream.decodeText(response.body.stream as Stream.Stream<Uint8Array>))
      assert.include(text, `data: {"type":"error","errorText":"Try it again."}`)
      const early = UiStream.fromError(failure, words)
      assert.strictEqual(early.status, 502)
      assert.deepInclude(early.body.toJSON(), { contentType: "text/plain", body: "Try it again." })
      const busy = new FriendliError.OverloadedError({
        operation: "Chat.stream",
        deployment: "serverless",
        message: "secret",
        retryAfter: Duration.seconds(3)
      })
      const later = UiStream.fromError(busy)
      assert.deepStrictEqual([later.status, later.headers["retry-after"]], [503, "3"])
      assert.deepInclude(later.body.toJSON(), { body: "The service is overloaded." })
    })
  )
})

describe("onEnd", () => {
  const question: UiMessage = { id: "1", role: "user", parts: [{ type: "text", text: "Hi!" }] }

  const keeping = (
    chunks: Stream.Stream<UiStream.UiChunk, unknown>,
    messages: ReadonlyArray<UiMessage> = [question]
  ) => {
    const kept: Array<ReadonlyArray<UiMessage>> = []
    return { kept, chunks: UiStream.onEnd(chunks, messages, (all) => Effect.sync(() => kept.push(all))) }
  }

  it.effect("gives the answer after the question, with the id that the front end got", () =>
    Effect.gen(function* () {
      const { chunks, kept } = keeping(
        UiStream.fromChat(of("Hello!", { reasoning: "Hm.", model: "m" }), {
          metadata: { at: 1 },
          finishMetadata: ({ model }) => ({ model })
        })
      )
      const [start] = yield* collect(chunks)
      assert(start?.type === "start" && start.messageId !== undefined)
      assert.match(start.messageId, /^[a-z0-9]{16}$/)
      assert.deepStrictEqual(kept, [
        [
          question,
          {
            id: start.messageId,
            role: "assistant",
            metadata: { at: 1, model: "m" },
            parts: [{ type: "step-start" }, { type: "reasoning", text: "Hm." }, { type: "text", text: "Hello!" }]
          }
        ]
      ])
    })
  )

  it.effect("gives what there was when the answer fails or is interrupted, without a call that is cut short", () =>
    Effect.gen(function* () {
      const cut = UiStream.step(
        Stream.take(of("Hello there!", { toolCalls: [Wire.toolCall("now", { zone: "KST" })] }), 4)
      ).pipe(Stream.takeUntil(({ type }) => type === "tool-input-delta"))
      const failed = keeping(UiStream.message(Stream.concat(cut, Stream.fail(failure))))
      yield* Effect.flip(collect(failed.chunks))
      const left = keeping(UiStream.message(Stream.concat(cut, Stream.never)))
      const fiber = yield* Effect.fork(Stream.runDrain(left.chunks))
      yield* Effect.yieldNow({ priority: 100 })
      yield* Fiber.interrupt(fiber)
      for (const { kept } of [failed, left]) {
        assert.deepStrictEqual(kept[0]?.[1]?.parts, [{ type: "step-start" }, { type: "text", text: "Hello there!" }])
      }
    })
  )

  it.effect("goes on with a message of the assistant, and keeps data, sources and files", () =>
    Effect.gen(function* () {
      const asked: UiMessage = {
        id: "2",
        role: "assistant",
        metadata: { cost: 1 },
        parts: [
          { type: "step-start" },
          { type: "tool-pay", toolCallId: "c1", state: "approval-responded", approval: { id: "c1", approved: true } },
          { type: "dynamic-tool", toolName: "look", toolCallId: "c2", state: "approval-responded" }
        ]
      }
      const { chunks, kept } = keeping(
        UiStream.message(
          Stream.fromIterable<UiStream.UiChunk>([
            UiStream.toolOutput("c1", "paid"),
            UiStream.toolDenied("c2"),
            UiStream.toolError("nobody", "unknown"),
            { type: "data-status", id: "s", data: 1 },
            { type: "data-status", id: "s", data: 2 },
            { type: "data-status", data: 3, transient: true },
            { type: "source-url", sourceId: "u", url: "https://example.org/" },
            { type: "message-metadata", messageMetadata: { tokens: 2 } },
            { type: "tool-input-start", toolCallId: "c3", toolName: "pay", dynamic: true },
            { type: "tool-input-error", toolCallId: "c3", toolName: "pay", input: "{", errorText: "not JSON" },
            { type: "tool-input-available", toolCallId: "c4", toolName: "pay", input: {} },
            UiStream.toolApproval("c4")
          ])
        ),
        [question, asked]
      )
      assert.deepStrictEqual((yield* collect(chunks))[0], { type: "start", messageId: "2" })
      assert.deepStrictEqual(kept, [
        [
          question,
          {
            id: "2",
            role: "assistant",
            metadata: { cost: 1, tokens: 2 },
            parts: [
              { type: "step-start" },
              { ...asked.parts[1]!, state: "output-available", output: "paid" },
              { ...asked.parts[2]!, state: "output-denied" },
              { type: "data-status", id: "s", data: 2 },
              { type: "source-url", sourceId: "u", url: "https://example.org/" },
              {
                type: "dynamic-tool",
                toolName: "pay",
                toolCallId: "c3",
                state: "output-error",
                rawInput: "{",
                errorText: "not JSON"
              },
              {
                type: "tool-pay",
                toolCallId: "c4",
                state: "approval-requested",
                input: {},
                approval: { id: "c4" }
              }
            ]
          }
        ]
      ] as never)
    })
  )

  it.effect("is silent where nothing has come", () =>
    Effect.gen(function* () {
      const { chunks, kept } = keeping(UiStream.message(Stream.fail(failure)))
      yield* Effect.flip(collect(chunks))
      assert.deepStrictEqual(kept, [])
    })
  )
})
