/**
 * Answers of servers that leave out what nobody needs, end to end: what is given, what is filled, and what stays a failure.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Completions from "effect-friendli/Completions"
import * as Embeddings from "effect-friendli/Embeddings"
import * as Tokens from "effect-friendli/Tokens"
import * as Dedicated from "effect-friendli/Dedicated"
import { Reply } from "effect-friendli/testing"
import { it } from "../it.js"
import { collect, during, over, request, serverless, untilFailure } from "../support.js"
import {
  answer,
  chat,
  choice,
  complete,
  counts,
  events,
  failingTests,
  givenTests,
  once,
  open,
  passingTests,
  read,
  rejectedTests,
  said,
  stop,
  textOf,
  typed,
  vagueTests
} from "./oddAnswers.support.js"

describe("a chat answer is given", () => {
  givenTests("examples")
})

describe("what is certain is filled", () => {
  it.effect("indexes by position", () =>
    Effect.gen(function* () {
      const given = yield* complete({ choices: [{ message: { content: "a" } }, { message: { content: "b" } }] })
      assert.deepStrictEqual(
        given.choices.map(({ index, message }) => [index, message.content]),
        [
          [0, "a"],
          [1, "b"]
        ]
      )
    })
  )

  it.effect("no index where another one contradicts its position", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(complete({ choices: [{ message: { content: "a" } }, { ...choice, index: 0 }] }))
      assert.strictEqual(error._tag, "ResponseDecodeError")
      assert.match(error.message, /choices\[0\]\.index/)
    })
  )

  const withCall = (call: unknown) => ({
    choices: [{ message: { content: null, tool_calls: [call] }, finish_reason: "tool_calls" }]
  })

  it.effect("of a tool call: type, arguments, and an empty id", () =>
    Effect.gen(function* () {
      const given = yield* complete(withCall({ function: { name: "now" }, extra: 1 }))
      assert.deepStrictEqual<unknown>(given.choices[0]?.message.tool_calls, [
        { id: "", type: "function", function: { name: "now", arguments: "{}" }, extra: 1 }
      ])
      const nulls = yield* complete(withCall({ id: null, type: null, function: { name: "now", arguments: null } }))
      assert.deepStrictEqual<unknown>(nulls.choices[0]?.message.tool_calls, [
        { id: "", type: "function", function: { name: "now", arguments: "{}" } }
      ])
    })
  )

  it.effect("no arguments of a call that was cut before them", () =>
    Effect.gen(function* () {
      for (const [reason, args] of [
        ["length", ""],
        ["content_filter", ""],
        [null, "{}"]
      ] as const) {
        const message = { tool_calls: [{ id: "a", function: { name: "now" } }] }
        const given = yield* complete({ choices: [{ message, finish_reason: reason }] })
        assert.strictEqual(given.choices[0]?.message.tool_calls?.[0]?.function.arguments, args)
      }
    })
  )

  it.effect("no name of a function", () =>
    Effect.gen(function* () {
      for (const call of [{ id: "a" }, { function: {} }, { function: { name: null, arguments: "{}" } }]) {
        assert.strictEqual((yield* Effect.flip(complete(withCall(call))))._tag, "ResponseDecodeError")
      }
    })
  )

  it.effect("null as the text of a completion, and nothing for a text that is not there", () =>
    Effect.gen(function* () {
      const run = (json: unknown) =>
        Effect.provide(Completions.complete({ prompt: "Once" }, once), serverless([Reply.json(json)]))
      const given = yield* run({ choices: [{ text: null, finish_reason: "length" }] })
      assert.deepStrictEqual<unknown>(given.choices, [{ text: "", finish_reason: "length", index: 0 }])
      assert.strictEqual(
        (yield* Effect.flip(run({ choices: [{ finish_reason: "length" }] })))._tag,
        "ResponseDecodeError"
      )
      const probable = yield* run({
        choices: [
          {
            text: "a b",
            logprobs: {
              tokens: ["a", " b"],
              token_logprobs: [null, -1],
              top_logprobs: [null, { " b": -1, " c": null }]
            }
          }
        ]
      })
      assert.deepStrictEqual(probable.choices[0]?.logprobs?.token_logprobs, [null, -1])
    })
  )

  it.effect("vectors by position", () =>
    Effect.gen(function* () {
      const layer = over([Reply.json({ data: [{ embedding: [1] }, { embedding: [2], index: null }] })])(
        Dedicated.layer({ token: "t", model: "m" })
      )
      const { data } = yield* Effect.provide(Embeddings.create({ input: ["a", "b"] }, once), layer)
      assert.deepStrictEqual<unknown>(data, [
        { embedding: [1], index: 0 },
        { embedding: [2], index: 1 }
      ])
    })
  )

  it("by operations, not by the schema: `decode` of an operation does what a call does", () => {
    const sparse = { choices: [{ message: { content: "Hi!" } }] }
    assert.isFalse(Schema.is(Chat.ChatCompletion)(sparse))
    assert.deepStrictEqual<unknown>(Either.getOrThrow(Chat.completeOperation.decode(sparse)), {
      choices: [{ index: 0, message: { content: "Hi!" } }]
    })
    assert.deepStrictEqual(sparse, { choices: [{ message: { content: "Hi!" } }] })
  })
})

describe("an answer in a 200 stays a failure", () => {
  rejectedTests("examples")

  it.effect("whatever the operation", () =>
    Effect.gen(function* () {
      const rejected = (json: unknown) =>
        Effect.flip(Effect.provide(Tokens.detokenize({ tokens: [1] }, once), serverless([Reply.json(json)])))
      assert.strictEqual(
        (yield* rejected({ error: { message: "no such key", type: "authentication_error" } }))._tag,
        "AuthenticationError"
      )
      assert.strictEqual((yield* rejected({ text: null, error: "" }))._tag, "ResponseDecodeError")
    })
  )
})

describe("a stream goes on", () => {
  passingTests("examples")

  it.effect("and is folded with the usage that came without choices", () =>
    Effect.gen(function* () {
      const layer = serverless([Reply.sse([said("Hi!"), stop, { usage: counts, cost: 1 }])])
      const whole = yield* Effect.provide(ChatStream.fold(chat), layer)
      assert.deepStrictEqual(whole.usage, counts)
      assert.strictEqual(whole.choices[0]?.message.content, "Hi!")
    })
  )

  it.effect("in completions too", () =>
    Effect.gen(function* () {
      const frames = [
        { choices: [{ text: "a" }] },
        { choices: [{ index: 0, text: null }] },
        { type: "ping" },
        { choices: [{ index: 0, finish_reason: "stop" }] },
        { usage: counts }
      ]
      const layer = serverless([Reply.sse(frames)])
      const chunks = yield* Effect.provide(collect(Completions.stream({ prompt: "Once" }, once)), layer)
      assert.deepStrictEqual(
        chunks.map(({ choices }) => choices.map(({ index, text }) => [index, text])),
        [[[0, "a"]], [[0, ""]], [[0, ""]], []]
      )
    })
  )

  it.effect("with two choices without index, where two were asked for", () =>
    Effect.gen(function* () {
      const frames = [{ choices: [{ delta: { content: "a" } }, { delta: { content: "b" } }] }]
      const seen = yield* read(frames, Chat.stream({ ...request, n: 2 }, once))
      assert.deepStrictEqual(
        seen.elements[0]?.choices.map(({ index, delta }) => [index, delta.content]),
        [
          [0, "a"],
          [1, "b"]
        ]
      )
    })
  )
})

describe("a stream fails, after what had come", () => {
  failingTests("examples")

  it.effect("over the whole answer as the first event", () =>
    Effect.gen(function* () {
      const { elements, error } = yield* read([answer])
      assert.lengthOf(elements, 0)
      assert.strictEqual(error?._tag, "ResponseDecodeError")
    })
  )

  it.effect("over a choice without index, where several were asked for", () =>
    Effect.gen(function* () {
      const frame = { choices: [{ delta: { content: "a" } }] }
      const { error } = yield* read([frame], Chat.stream({ ...request, n: 2 }, once))
      assert.strictEqual(error?._tag, "ResponseDecodeError")
    })
  )

  it.effect("over a choice of a chat in a completion", () =>
    Effect.gen(function* () {
      const layer = serverless([Reply.sse([{ choices: [{ index: 0, delta: { content: "lost" } }] }])])
      const { error } = yield* Effect.provide(untilFailure(Completions.stream({ prompt: "Once" }, once)), layer)
      assert.strictEqual(error?._tag, "ResponseDecodeError")
    })
  )
})

vagueTests("examples")

describe("a body with an uninformative content type", () => {
  it.effect("is waited for as long as a stream, and no longer", () =>
    Effect.gen(function* () {
      const stalled = yield* during(open(typed("text/plain", "\n\n", { ending: "stall" })), "61 seconds")
      assert.strictEqual(stalled.error?._tag, "RequestTimeoutError")
    })
  )

  it.effect("is read for a short time if it is not a stream, and then released", () =>
    Effect.gen(function* () {
      const stalled = yield* during(open(typed("text/plain", "no upstream", { ending: "stall" })), "6 seconds")
      assert.strictEqual(stalled.error?._tag, "ResponseDecodeError")
      assert.strictEqual(stalled.error?.body, "no upstream")
    })
  )

  it.effect("fails with the connection", () =>
    Effect.gen(function* () {
      for (const body of ["da", events]) {
        const { error } = yield* open(typed("", body, { ending: "reset" }))
        assert.strictEqual(error?._tag, "ConnectionError")
      }
    })
  )

  it.effect("comes as it arrives", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const layer = serverless([typed("text/plain", events, { cuts: "frames", delay: "1 second" })])
      const running = Stream.runForEach(chat, (chunk) => Effect.sync(() => void seen.push(textOf([chunk]))))
      const fiber = yield* Effect.fork(Effect.provide(running, layer))
      yield* TestClock.adjust("1500 millis")
      assert.deepStrictEqual(seen, ["Hi", "!"])
      yield* TestClock.adjust("2 seconds")
      yield* fiber
    })
  )
})

describe("an informative content type", () => {
  const informative: ReadonlyArray<readonly [type: string, body: string]> = [
    ["text/html", events],
    ["application/json", events],
    ["text/csv", events]
  ]
  it.effect.each(informative)("%s is believed", ([type, body]) =>
    Effect.gen(function* () {
      const { error } = yield* open(typed(type, body))
      assert.strictEqual(error?._tag, "ResponseDecodeError")
      assert.include(error?.message, type)
    })
  )
})
