/**
 * The test kit itself: what it records, and that each scripted reply is what it says.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Audio from "effect-friendli/Audio"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Images from "effect-friendli/Images"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import * as Retry from "effect-friendli/Retry"
import { Transcription, TranscriptEvent } from "effect-friendli/schema/Audio"
import { ChatChunk } from "effect-friendli/schema/ChatChunk"
import { ChatCompletion } from "effect-friendli/schema/ChatCompletion"
import { ClassificationList } from "effect-friendli/schema/Classification"
import { Completion } from "effect-friendli/schema/Completion"
import { CompletionChunk } from "effect-friendli/schema/CompletionChunk"
import { EmbeddingList } from "effect-friendli/schema/Embeddings"
import { DedicatedImages } from "effect-friendli/schema/Images"
import { MessagesEvent } from "effect-friendli/schema/MessagesEvent"
import { MessagesResponse } from "effect-friendli/schema/MessagesResponse"
import { ToolCall } from "effect-friendli/schema/Tool"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as TranscriptStream from "effect-friendli/TranscriptStream"
import { inspect } from "node:util"
import { it } from "../it.js"
import { collect, request, serverless, token } from "../support.js"

const get = (path: string) => HttpClient.get(`http://localhost${path}`)
const bytesOf = (path: string) =>
  Effect.flatMap(get(path), (response) => Effect.map(collect(response.stream), (chunks) => chunks.map((c) => c.length)))

describe("MockHttpClient", () => {
  it.effect("records method, URL, headers and body", () =>
    Effect.gen(function* () {
      yield* HttpClientRequest.post("http://localhost/a?b=1").pipe(
        HttpClientRequest.setHeaders({ "X-One": "1" }),
        HttpClientRequest.bodyUnsafeJson({ n: 1 }),
        HttpClient.execute
      )
      const [recorded] = yield* MockHttpClient.requests
      assert.strictEqual(recorded?.method, "POST")
      assert.strictEqual(recorded?.url, "http://localhost/a?b=1")
      assert.strictEqual(recorded?.headers["x-one"], "1")
      assert.strictEqual(recorded?.body, `{"n":1}`)
      assert.deepStrictEqual(recorded?.json, { n: 1 })
      assert.strictEqual(recorded?.authorization, undefined)
    }).pipe(Effect.provide(MockHttpClient.layer([Reply.json({})])))
  )

  it.effect("keeps the token out of whatever is printed, and within reach", () =>
    Effect.gen(function* () {
      yield* Chat.complete(request)
      const requests = yield* MockHttpClient.requests
      assert.strictEqual(Redacted.value(requests[0]!.authorization!), `Bearer ${token}`)
      const printed = JSON.stringify(requests) + inspect(requests, { depth: Infinity, showHidden: true })
      assert.notInclude(printed, token)
    }).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi!"))])))
  )

  it.effect("answers in order, and says which request found the script empty", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* MockHttpClient.remaining, 2)
      assert.strictEqual(yield* Effect.flatMap(get("/1"), (r) => r.text), "one")
      assert.strictEqual(yield* MockHttpClient.remaining, 1)
      assert.strictEqual(yield* Effect.flatMap(get("/2"), (r) => r.text), "two")
      const defect = Cause.squash(yield* Effect.flip(Effect.sandbox(get("/3"))))
      assert.instanceOf(defect, MockHttpClient.ScriptExhausted)
      assert.strictEqual(
        defect.message,
        "the script of MockHttpClient has 2 replies, but request 3 was sent: GET http://localhost/3"
      )
      assert.deepStrictEqual(yield* MockHttpClient.states, ["read", "read", "refused"])
    }).pipe(Effect.provide(MockHttpClient.layer([Reply.text("one"), Reply.text("two")])))
  )

  it.effect("answers by a function of the request", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Effect.flatMap(get("/a"), (r) => r.text), "/a 0")
      assert.strictEqual(yield* Effect.flatMap(get("/b"), (r) => r.text), "/b 1")
      assert.strictEqual(yield* MockHttpClient.remaining, Infinity)
    }).pipe(Effect.provide(MockHttpClient.layer((sent, index) => Reply.text(`${new URL(sent.url).pathname} ${index}`))))
  )

  it.effect(
    "a script that ran out ends the test: no policy repeats it, no fallback hides it, no clock has to move",
    () =>
      Effect.gen(function* () {
        const calls = [
          Effect.ignore(Chat.complete(request, { retry: Retry.defaultPolicy })),
          Effect.ignore(Stream.runDrain(Chat.stream(request, { retry: Retry.defaultPolicy })))
        ]
        for (const call of calls) {
          const defect = Cause.squash(yield* Effect.flip(Effect.sandbox(call)))
          assert.instanceOf(defect, MockHttpClient.ScriptExhausted)
        }
        assert.lengthOf(yield* MockHttpClient.requests, 2)
      }).pipe(Effect.provide(serverless([])))
  )

  it.effect("reports what happened to a body", () =>
    Effect.gen(function* () {
      const response = yield* get("/")
      assert.deepStrictEqual(yield* MockHttpClient.states, ["open"])
      assert.strictEqual(yield* MockHttpClient.open, 1)
      yield* Stream.runDrain(Stream.take(response.stream, 1))
      yield* MockHttpClient.whenClosed
      assert.deepStrictEqual(yield* MockHttpClient.states, ["cancelled"])
      assert.deepStrictEqual(yield* MockHttpClient.closed, [true])
      const waiting = yield* Effect.fork(get("/"))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(yield* MockHttpClient.states, ["cancelled", "waiting"])
      yield* Fiber.interrupt(waiting)
      assert.deepStrictEqual(yield* MockHttpClient.states, ["cancelled", "aborted"])
    }).pipe(Effect.provide(MockHttpClient.layer([Reply.text("abc", { cuts: "bytes" }), Reply.never])))
  )
})

describe("Reply", () => {
  const replying = (...replies: ReadonlyArray<Reply.Reply>) => Effect.provide(MockHttpClient.layer(replies))

  it.effect("cuts where its options say", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* bytesOf("/"), [8])
      assert.deepStrictEqual(yield* bytesOf("/"), [1, 1, 1, 1, 1, 1, 1, 1])
      assert.deepStrictEqual(yield* bytesOf("/"), [3, 3, 2])
      assert.deepStrictEqual(yield* bytesOf("/"), [2, 3, 3])
      assert.deepStrictEqual(yield* bytesOf("/"), [4, 4])
      assert.deepStrictEqual(yield* bytesOf("/"), [4])
      assert.deepStrictEqual(yield* bytesOf("/"), [5])
      assert.deepStrictEqual(yield* bytesOf("/"), [])
    }).pipe(
      replying(
        Reply.text("12345678"),
        Reply.text("12345678", { cuts: "bytes" }),
        Reply.text("12345678", { cuts: 3 }),
        Reply.text("12345678", { cuts: [5, 2] }),
        Reply.text("a\r\r\nb\n\r\n", { cuts: "frames" }),
        Reply.text("a\r\r\nb\n\r\n", { after: { frames: 1 } }),
        Reply.text("12345678", { after: { bytes: 5 } }),
        Reply.text("")
      )
    )
  )

  it.effect("pauses on the clock of the call", () =>
    Effect.gen(function* () {
      const times: Array<number> = []
      const fiber = yield* Effect.fork(
        Effect.flatMap(get("/"), (response) =>
          Stream.runForEach(response.stream, () => Effect.map(Clock.currentTimeMillis, (now) => void times.push(now)))
        )
      )
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(times, [2000, 12_000, 22_000])
    }).pipe(replying(Reply.slowHeaders("2 seconds", Reply.text("abc", { cuts: "bytes", delay: "10 seconds" }))))
  )

  it.effect("pauses before each chunk as listed", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.flatMap(get("/"), (response) => response.text))
      yield* TestClock.adjust("3 seconds")
      assert.isTrue((yield* Fiber.poll(fiber))._tag === "None")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(fiber), "abc")
    }).pipe(replying(Reply.text("abc", { cuts: "bytes", delay: ["1 second", "3 seconds"] })))
  )

  it.effect("breaks, refuses, stalls", () =>
    Effect.gen(function* () {
      const broken = yield* Effect.flatMap(get("/"), (response) => Effect.flip(response.text))
      assert.strictEqual(broken._tag, "ResponseError")
      const refused = yield* Effect.flip(get("/"))
      assert.strictEqual(((refused.cause as Error).cause as { code: string }).code, "ENOTFOUND")
      const stalled = yield* Effect.flatMap(get("/"), (response) => Effect.timeoutOption(response.text, "1 hour")).pipe(
        Effect.fork,
        Effect.tap(() => TestClock.adjust("1 hour")),
        Effect.flatMap(Fiber.join)
      )
      assert.strictEqual(stalled._tag, "None")
      yield* MockHttpClient.whenClosed
      assert.deepStrictEqual(yield* MockHttpClient.states, ["reset", "refused", "aborted"])
    }).pipe(
      replying(
        Reply.text("abc", { ending: "reset" }),
        Reply.refused("ENOTFOUND"),
        Reply.text("abc", { ending: "stall" })
      )
    )
  )

  it.effect("answers with statuses that no Response can be made with", () =>
    Effect.gen(function* () {
      for (const status of [100, 204, 304, 599, 999]) assert.strictEqual((yield* get("/")).status, status)
    }).pipe(replying(...[100, 204, 304, 599, 999].map((status) => Reply.status(status, { body: "x" }))))
  )

  it("writes events, strings as they are, and [DONE]", () => {
    const text = (reply: Reply.BodyReply) => reply.chunks.map((chunk) => new TextDecoder().decode(chunk.bytes))
    assert.deepStrictEqual(text(Reply.sse([{ a: 1 }, ": ping\n\n"])), [
      `data: {"a":1}\n\n`,
      ": ping\n\n",
      "data: [DONE]\n\n"
    ])
    assert.deepStrictEqual(text(Reply.sse([{ a: 1 }], { done: false })), [`data: {"a":1}\n\n`])
    assert.deepStrictEqual(text(Reply.sse("data: 1\n\n")), ["data: 1\n\n"])
    assert.deepStrictEqual(text(Reply.sse("data: 1\n\n", { done: true })), ["data: 1\n\n", "data: [DONE]\n\n"])
    assert.strictEqual(Reply.sse([]).headers["content-type"], "text/event-stream")
  })
})

describe("Reply.event", () => {
  const text = (reply: Reply.BodyReply) => reply.chunks.map((chunk) => new TextDecoder().decode(chunk.bytes))

  it("names an event, and gives each line of its data a field", () => {
    assert.strictEqual(Reply.event("ping", {}), "event: ping\ndata: {}\n\n")
    assert.strictEqual(Reply.event("log", "a\n\nb"), "event: log\ndata: a\ndata: \ndata: b\n\n")
    assert.strictEqual(Reply.event("none", ""), "event: none\ndata: \n\n")
  })

  it("names events by their types, and sends no [DONE] then", () => {
    assert.deepStrictEqual(text(Reply.sse([{ type: "a" }, { b: 1 }, ": c\n\n"], { named: true })), [
      'event: a\ndata: {"type":"a"}\n\n',
      'data: {"b":1}\n\n',
      ": c\n\n"
    ])
    assert.deepStrictEqual(text(Reply.sse([], { named: true, done: true })), ["data: [DONE]\n\n"])
  })

  it.effect("is read by the raw view of a stream as it was written", () =>
    Effect.gen(function* () {
      const events = yield* collect(Chat.events(request))
      assert.deepStrictEqual(
        events.map(({ data, event }) => [event, data]),
        [
          ["log", "a\n\nb"],
          [undefined, "{}"]
        ]
      )
    }).pipe(Effect.provide(serverless([Reply.sse([Reply.event("log", "a\n\nb"), {}])])))
  )
})

describe("Wire", () => {
  const call = { id: "call_1", type: "function" as const, function: { name: "now", arguments: `{"zone":"KST"}` } }

  it("writes what the response schemas decode", () => {
    const options = { model: "m", reasoning: "Let me think.", toolCalls: [call] }
    Schema.decodeUnknownSync(ChatCompletion)(Wire.chatCompletion("Hi there!", options))
    Schema.decodeUnknownSync(Schema.Array(ChatChunk))(Wire.chatChunks("Hi there!", options))
    Schema.decodeUnknownSync(Completion)(Wire.completion(" there was"))
    Schema.decodeUnknownSync(Schema.Array(CompletionChunk))(Wire.completionChunks(" there was"))
    Schema.decodeUnknownSync(Transcription)(Wire.transcription("Hello."))
    Schema.decodeUnknownSync(Schema.Array(TranscriptEvent))(Wire.transcriptEvents("Hello there."))
    Schema.decodeUnknownSync(EmbeddingList)(Wire.embeddings([[0.5, 1], "AAAAPwAAgD8="]))
    const pictures = Schema.decodeUnknownSync(DedicatedImages)(Wire.images(["https://images.example/1.png", "AAAA"]))
    assert.deepStrictEqual(
      Images.toItems(pictures).map(({ _tag }) => _tag),
      ["Url", "Base64"]
    )
    Schema.decodeUnknownSync(ClassificationList)(Wire.classifications([{ label: "good", probs: [0.9, 0.1] }]))
    const tools = { thinking: "Let me think.", toolUses: [{ id: "u", name: "now", input: { zone: "KST" } }] }
    Schema.decodeUnknownSync(MessagesResponse)(Wire.message("Hi there!", tools))
    Schema.decodeUnknownSync(Schema.Array(MessagesEvent))(Wire.messageEvents("Hi there!", tools))
  })

  it("calls functions with arguments as a value or as text", () => {
    assert.deepStrictEqual(Wire.toolCall("now", { zone: "KST" }, "call_1"), call)
    assert.strictEqual(Wire.toolCall("now", '{"zone":').function.arguments, '{"zone":')
    Schema.decodeUnknownSync(ToolCall)(Wire.toolCall("now", undefined))
  })

  it.effect("streams messages that add up to what it answers", () =>
    Effect.gen(function* () {
      const options = { thinking: "Let me think.", toolUses: [{ id: "u", name: "now", input: { zone: "KST" } }] }
      const streamed = yield* MessageStream.fold(
        Messages.stream({ messages: request.messages as never, max_tokens: 9 })
      )
      assert.deepStrictEqual<unknown>(streamed, Wire.message("Hi there!", options))
    }).pipe(
      Effect.provide(
        serverless([
          Reply.sse(
            Wire.messageEvents("Hi there!", {
              thinking: "Let me think.",
              toolUses: [{ id: "u", name: "now", input: { zone: "KST" } }]
            }),
            { named: true, cuts: 7 }
          )
        ])
      )
    )
  )

  it.effect("streams transcripts that add up to what it answers", () =>
    Effect.gen(function* () {
      const streamed = yield* TranscriptStream.fold(Audio.stream({ file: new File(["RIFF"], "a.wav") }))
      assert.deepStrictEqual<unknown>(streamed, Wire.transcription("Hello there."))
    }).pipe(
      Effect.provide(serverless([Reply.sse(Wire.transcriptEvents("Hello there."), { done: false, cuts: "bytes" })]))
    )
  )

  it.effect("streams what it answers", () =>
    Effect.gen(function* () {
      const options = { reasoning: "Let me think.", toolCalls: [call] }
      const answer = yield* ChatStream.fold(Stream.fromIterable(Wire.chatChunks("  Hi there! ", options)))
      const whole = Wire.chatCompletion("  Hi there! ", options)
      assert.deepStrictEqual(answer.choices[0]?.message, whole.choices[0]?.message as never)
      assert.strictEqual(answer.choices[0]?.finish_reason, "tool_calls")
      assert.deepStrictEqual(answer.usage, whole.usage)
    })
  )
})

describe("Layer.mock", () => {
  it.effect("replaces a capability, and a function that is left out is a defect when it is called", () =>
    Effect.gen(function* () {
      const text = yield* Chat.stream(request).pipe(ChatStream.text, Stream.mkString)
      assert.strictEqual(text, "Hi there!")
      const exit = yield* Effect.exit(Chat.complete(request))
      assert.isTrue(exit._tag === "Failure" && exit.cause._tag === "Die")
    }).pipe(Effect.provide(Layer.mock(Chat.Chat, { stream: () => Stream.fromIterable(Wire.chatChunks("Hi there!")) })))
  )
})
