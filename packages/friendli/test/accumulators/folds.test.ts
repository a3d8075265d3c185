/**
 * What can be done with a stream: text, reasoning, tool calls, the whole answer, and handing it on.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Completions from "effect-friendli/Completions"
import * as CompletionStream from "effect-friendli/CompletionStream"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Retry from "effect-friendli/Retry"
import type { ChatChunk } from "effect-friendli/schema/ChatChunk"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { collect, prompt, request, serverless, token } from "../support.js"

const delta = (value: ChatChunk["choices"][number]["delta"], index = 0): ChatChunk => Wire.chatChunk(value, { index })
const of = (...chunks: ReadonlyArray<ChatChunk>) => Stream.fromIterable(chunks)

const once = { retry: Retry.never } as const
const call = { id: "call_1", type: "function" as const, function: { name: "now", arguments: `{"zone":"KST"}` } }
const answering = Effect.provide(
  serverless(() =>
    Reply.sse(Wire.chatChunks("Hi there!", { model: "m", reasoning: "Let me think.", toolCalls: [call] }), { cuts: 11 })
  )
)

describe("ChatStream", () => {
  it.effect("text, reasoning and tool calls come out of a real stream", () =>
    Effect.gen(function* () {
      const stream = Chat.stream(request)
      assert.deepStrictEqual(yield* collect(ChatStream.text(stream)), ["Hi", " there!"])
      assert.strictEqual(yield* Stream.mkString(ChatStream.reasoning(stream)), "Let me think.")
      assert.deepStrictEqual(yield* ChatStream.toolCalls(stream), [call])
      const answer = yield* ChatStream.fold(stream)
      assert.deepStrictEqual(answer.choices, [
        {
          index: 0,
          finish_reason: "tool_calls",
          message: { role: "assistant", content: "Hi there!", reasoning_content: "Let me think.", tool_calls: [call] }
        }
      ])
      assert.strictEqual(answer.model, "m")
      assert.strictEqual(answer.id, "chatcmpl-test")
      assert.deepStrictEqual(answer.usage, Wire.usage(10, 2))
    }).pipe(answering)
  )

  it.effect("reasoning is read under either name, once where it comes under both", () =>
    Effect.gen(function* () {
      const thoughts = (...deltas: ReadonlyArray<ChatChunk["choices"][number]["delta"]>) =>
        collect(ChatStream.reasoning(of(...deltas.map((value) => delta(value)))))
      assert.deepStrictEqual(yield* thoughts({ reasoning: "Let " }, { reasoning: "me" }), ["Let ", "me"])
      assert.deepStrictEqual(
        yield* thoughts(
          { reasoning: "Let ", reasoning_content: "Let " },
          { reasoning: "me ", reasoning_content: "" },
          { reasoning: null, reasoning_content: "think" },
          { reasoning: "" }
        ),
        ["Let ", "me ", "think"]
      )
    })
  )

  it.effect("reasoning is passed on to others, and kept by a failed fold under its name", () =>
    Effect.gen(function* () {
      const chunk = delta({ reasoning: "Let me" })
      const body = yield* Stream.mkString(Stream.decodeText(ChatStream.toSse(of(chunk))))
      assert.include(body, `"delta":{"reasoning":"Let me"}`)
      const error = yield* Effect.flip(ChatStream.fold(Chat.stream(request, once)))
      const { message } = Option.getOrThrow(ChatStream.partial(error)).choices[0]!
      assert.deepStrictEqual(message, { role: "assistant", content: null, reasoning: "Let me" })
      assert.deepStrictEqual(Chat.toAssistantMessage(message), {
        role: "assistant",
        content: "",
        reasoning: "Let me"
      })
    }).pipe(Effect.provide(serverless([Reply.sse([delta({ reasoning: "Let me" })], { done: false })])))
  )

  it.effect("one choice of several is picked by its index", () =>
    Effect.gen(function* () {
      const stream = of(delta({ content: "a" }), delta({ content: "b" }, 1), delta({ content: "c" }))
      assert.deepStrictEqual(yield* collect(ChatStream.text(stream)), ["a", "c"])
      assert.deepStrictEqual(yield* collect(ChatStream.text(stream, { choice: 1 })), ["b"])
      assert.deepStrictEqual(yield* collect(ChatStream.text(stream, { choice: 2 })), [])
      assert.deepStrictEqual(yield* ChatStream.toolCalls(stream, { choice: 1 }), [])
      assert.deepStrictEqual(
        (yield* ChatStream.fold(stream)).choices.map((choice) => choice.message.content),
        ["ac", "b"]
      )
    })
  )

  it.effect("tool calls survive missing indexes, repeated ids and null names", () =>
    Effect.gen(function* () {
      const stream = of(
        delta({ tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: "{" } }] }),
        delta({ tool_calls: [{ index: 0, id: "a", function: { name: null, arguments: "}" } }] }),
        delta({ tool_calls: [{ index: 1, id: "b", function: { name: "g", arguments: "1" } }] })
      )
      assert.deepStrictEqual(
        (yield* ChatStream.toolCalls(stream)).map(({ function: f, id }) => [id, f.name, f.arguments]),
        [
          ["a", "f", "{}"],
          ["b", "g", "1"]
        ]
      )
    })
  )

  it.effect("a failed fold keeps what had arrived, and the rest of the error", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ChatStream.fold(Chat.stream(request, once)))
      assert.strictEqual(error._tag, "StreamTruncatedError")
      assert.instanceOf(error, FriendliError.StreamTruncatedError)
      assert.strictEqual(error.received?.events, 2)
      assert.strictEqual(error.requestId, "req-1")
      assert.include(error.message, "cut short")
      const partial = Option.getOrThrow(ChatStream.partial(error))
      assert.strictEqual(partial.choices[0]?.message.content, "Hi there")
      assert.strictEqual(partial.choices[0]?.finish_reason, null)
      assert.isTrue(Option.isNone(CompletionStream.partial(error)))
    }).pipe(
      Effect.provide(
        serverless([
          Reply.sse(Wire.chatChunks("Hi there friend"), { after: { frames: 2 }, headers: { "x-request-id": "req-1" } })
        ])
      )
    )
  )

  for (const [name, reply, tag] of [
    ["a reset", { ending: "reset" }, "ConnectionError"],
    ["an error frame", {}, "ServerError"]
  ] as const) {
    it.effect(`a fold that fails by ${name} keeps it too`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(ChatStream.toolCalls(Chat.stream(request, once)))
        assert.strictEqual(error._tag, tag)
        assert.strictEqual(Option.getOrThrow(ChatStream.partial(error)).choices[0]?.message.content, "Hi")
      }).pipe(
        Effect.provide(
          serverless([
            Reply.sse([delta({ content: "Hi" }), ...(name === "a reset" ? [] : [{ error: "no" }])], {
              ...reply,
              done: false
            })
          ])
        )
      )
    )
  }

  it.effect("errors that are not of this SDK pass through a fold as they are", () =>
    Effect.gen(function* () {
      const mine = { _tag: "Mine" } as const
      assert.strictEqual(yield* Effect.flip(ChatStream.fold(Stream.fail(mine))), mine)
    })
  )

  it.effect("a fold of a failure before the first chunk has an empty answer", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ChatStream.fold(Chat.stream(request, once)))
      assert.strictEqual(error._tag, "AuthenticationError")
      assert.deepStrictEqual(
        Option.map(ChatStream.partial(error), (answer) => answer.choices),
        Option.some([])
      )
    }).pipe(Effect.provide(serverless([Reply.status(401)])))
  )
})

describe("toSse", () => {
  const text = <E, R>(stream: Stream.Stream<Uint8Array, E, R>) => Stream.mkString(Stream.decodeText(stream))

  it.effect("writes what another client of this SDK reads", () =>
    Effect.gen(function* () {
      const chunks = Wire.chatChunks("Hi there!")
      const body = yield* text(ChatStream.toSse(Stream.fromIterable(chunks)))
      const again = yield* collect(Chat.stream(request)).pipe(Effect.provide(serverless([Reply.sse(body)])))
      assert.deepStrictEqual(again, chunks)
      const completion = Wire.completionChunks(" there was")
      const other = yield* text(CompletionStream.toSse(Stream.fromIterable(completion)))
      const back = yield* collect(Completions.stream({ prompt: "a" })).pipe(
        Effect.provide(serverless([Reply.sse(other)]))
      )
      assert.deepStrictEqual(back, completion)
    })
  )

  it.effect("turns a failure into an error frame that tells its kind and no more, without [DONE]", () =>
    Effect.gen(function* () {
      const body = yield* text(ChatStream.toSse(Chat.stream(request, once)))
      const frames = body.trimEnd().split("\n\n")
      assert.strictEqual(frames.length, 2)
      assert.deepStrictEqual(JSON.parse(frames[1]!.slice(6)), {
        error: { type: "RateLimitError", message: "Too many requests for now.", code: 429 }
      })
      for (const secret of [token, prompt, "internal detail", "api.friendli.ai"]) assert.notInclude(body, secret)
    }).pipe(
      Effect.provide(
        serverless([
          Reply.sse([delta({ content: "Hi" }), { error: { message: "internal detail", code: 429 } }], { done: false })
        ])
      )
    )
  )

  it.effect("tells nothing of failures that are not of this SDK", () =>
    Effect.gen(function* () {
      const body = yield* text(CompletionStream.toSse(Stream.fail(new Error("internal detail"))))
      assert.notInclude(body, "internal detail")
      assert.notInclude(body, "[DONE]")
      assert.include(body, `"error"`)
    })
  )
})

describe("toReadableStream", () => {
  it.effect("is the body of a web response", () =>
    Effect.gen(function* () {
      const readable = yield* ChatStream.toReadableStream(Chat.stream(request))
      const text = yield* Effect.promise(() => new Response(readable).text())
      assert.isTrue(text.endsWith("data: [DONE]\n\n"))
      assert.strictEqual(text.split("\n\n").length - 1, Wire.chatChunks("Hi there!").length + 1)
    }).pipe(Effect.provide(serverless([Reply.sse(Wire.chatChunks("Hi there!"))])))
  )

  it.effect("closes the connection when it is cancelled", () =>
    Effect.gen(function* () {
      const readable = yield* ChatStream.toReadableStream(Chat.stream(request))
      const reader = readable.getReader()
      const first = yield* Effect.promise(() => reader.read())
      assert.include(new TextDecoder().decode(first.value), `"content":"Hi"`)
      assert.strictEqual(yield* MockHttpClient.open, 1)
      yield* Effect.promise(() => reader.cancel())
      yield* MockHttpClient.whenClosed
    }).pipe(
      Effect.provide(serverless([Reply.sse(Wire.chatChunks("Hi there!"), { after: { frames: 1 }, ending: "stall" })]))
    )
  )
})

describe("CompletionStream", () => {
  it.effect("text and fold", () =>
    Effect.gen(function* () {
      const stream = Completions.stream({ prompt: "a" })
      assert.deepStrictEqual(yield* collect(CompletionStream.text(stream)), [" there", " was"])
      const answer = yield* CompletionStream.fold(stream)
      assert.strictEqual(answer.choices[0]?.text, " there was")
      assert.deepStrictEqual(answer.choices[0]?.tokens, [1000, 1001])
      assert.strictEqual(answer.choices[0]?.finish_reason, "length")
      assert.deepStrictEqual(answer.usage, Wire.usage(10, 2))
    }).pipe(
      Effect.provide(serverless(() => Reply.sse(Wire.completionChunks(" there was", { finishReason: "length" }))))
    )
  )

  it.effect("one choice of several is picked by its index", () =>
    Effect.gen(function* () {
      const stream = Stream.make({ choices: [{ index: 0, text: "a" }] }, { choices: [{ index: 1, text: "b" }] })
      assert.deepStrictEqual(yield* collect(CompletionStream.text(stream, { choice: 1 })), ["b"])
    })
  )

  it.effect("fold keeps the highest usage, and treats an empty finish reason as missing", () =>
    Effect.gen(function* () {
      const piece = (text: string, finish_reason: string) => ({ choices: [{ index: 0, text, finish_reason }] })
      const answer = yield* CompletionStream.fold(
        Stream.make(
          piece(" there", ""),
          { choices: [], usage: Wire.usage(10, 2) },
          { choices: [], usage: { prompt_tokens_details: { cached_tokens: 8 } } },
          { choices: [], usage: Wire.usage(0, 0) },
          piece("", " "),
          piece("", "null")
        )
      )
      assert.isNull(answer.choices[0]?.finish_reason)
      assert.deepStrictEqual(answer.usage, { ...Wire.usage(10, 2), prompt_tokens_details: { cached_tokens: 8 } })
    })
  )

  it.effect("a failed fold keeps what had arrived", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(CompletionStream.fold(Completions.stream({ prompt: "a" }, once)))
      assert.strictEqual(error._tag, "ConnectionError")
      assert.strictEqual(Option.getOrThrow(CompletionStream.partial(error)).choices[0]?.text, " there")
      assert.isTrue(Option.isNone(ChatStream.partial(error)))
    }).pipe(
      Effect.provide(
        serverless([Reply.sse(Wire.completionChunks(" there was"), { after: { frames: 1 }, ending: "reset" })])
      )
    )
  )
})

describe("partial", () => {
  const about = { operation: "Chat.stream", deployment: "serverless", message: "no" }

  it("is none for an error that has received nothing, or nothing that was merged", () => {
    for (const received of [undefined, { events: 3 }, { events: 3, partial: null }, { events: 3, partial: {} }]) {
      const error = new FriendliError.ServerError({ ...about, ...(received === undefined ? {} : { received }) })
      assert.isTrue(Option.isNone(ChatStream.partial(error)))
      assert.isTrue(Option.isNone(CompletionStream.partial(error)))
    }
  })
})
