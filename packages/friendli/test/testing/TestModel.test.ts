/**
 * A model that answers what a test says: texts, streams, tools, structured output and failures, in the form of each API.
 */
import { assert, describe } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { Failures, MockHttpClient, TestModel } from "effect-friendli/testing"
import * as Chat from "../../src/Chat.js"
import * as ChatObject from "../../src/ChatObject.js"
import * as ChatStream from "../../src/ChatStream.js"
import type { FriendliStreamError } from "../../src/errors/FriendliError.js"
import * as MessageObject from "../../src/MessageObject.js"
import * as Messages from "../../src/Messages.js"
import * as MessageStream from "../../src/MessageStream.js"
import * as ResponseObject from "../../src/ResponseObject.js"
import * as Responses from "../../src/Responses.js"
import * as ResponseStream from "../../src/ResponseStream.js"
import * as Tool from "../../src/Tool.js"
import { it } from "../it.js"

const messages = [{ role: "user", content: "Hello!" }] as const
const chat = { messages }
const message = { messages, max_tokens: 20 }
const response = { input: "Hello!" }

const turn: TestModel.Turn = {
  text: "Wait a moment.",
  reasoning: "I need the weather.",
  calls: [
    { name: "get_weather", arguments: { city: "Seoul" } },
    { name: "now", id: "own" }
  ],
  usage: { prompt: 3, completion: 4 },
  model: "m-1"
}

/** What an answer says, in words that all APIs have in common. */
interface Said {
  readonly text: string
  readonly calls: ReadonlyArray<readonly [id: string, name: string, json: string]>
  readonly tokens: readonly [prompt: number | null | undefined, completion: number | null | undefined]
  readonly ended: string | null | undefined
}

const ofChat = (answer: Pick<Chat.ChatCompletion, "usage"> & { readonly choices: ReadonlyArray<unknown> }): Said => {
  const { finish_reason, message: said } = (answer as Chat.ChatCompletion).choices[0]!
  return {
    text: `${said.reasoning_content ?? ""}|${said.content ?? ""}`,
    calls: (said.tool_calls ?? []).map((call) => [call.id, call.function.name, call.function.arguments]),
    tokens: [answer.usage?.prompt_tokens, answer.usage?.completion_tokens],
    ended: finish_reason
  }
}

const ofMessage = (answer: Pick<Messages.MessagesResponse, "content" | "stop_reason" | "usage">): Said => ({
  text: ["thinking", "text"]
    .map(
      (type) => answer.content.find((block) => block.type === type) as { thinking?: string; text?: string } | undefined
    )
    .map((block) => block?.thinking ?? block?.text ?? "")
    .join("|"),
  calls: answer.content.flatMap((block) =>
    block.type === "tool_use" ? [[block.id, block.name, JSON.stringify(block.input)] as const] : []
  ),
  tokens: [answer.usage?.input_tokens, answer.usage?.output_tokens],
  ended: answer.stop_reason
})

const ofResponse = (
  answer: Pick<Responses.ResponsesResponse, "output" | "usage" | "status" | "incomplete_details">
): Said => ({
  text: ["reasoning", "message"]
    .map(
      (type) =>
        answer.output.find((item) => item.type === type) as { content?: ReadonlyArray<{ text: string }> } | undefined
    )
    .map((item) => item?.content?.[0]?.text ?? "")
    .join("|"),
  calls: answer.output.flatMap((item) =>
    item.type === "function_call" ? [[item.call_id, item.name, item.arguments] as const] : []
  ),
  tokens: [answer.usage?.input_tokens, answer.usage?.output_tokens],
  ended: answer.incomplete_details?.reason ?? answer.status
})

const asks: Readonly<
  Record<string, Effect.Effect<Said, FriendliStreamError, Chat.Chat | Messages.Messages | Responses.Responses>>
> = {
  "Chat.complete": Effect.map(Chat.complete(chat), ofChat),
  "Chat.stream": Effect.map(ChatStream.fold(Chat.stream(chat)), ofChat),
  "Messages.create": Effect.map(Messages.create(message), ofMessage),
  "Messages.stream": Effect.map(MessageStream.fold(Messages.stream(message)), ofMessage),
  "Responses.create": Effect.map(Responses.create(response), ofResponse),
  "Responses.stream": Effect.map(ResponseStream.fold(Responses.stream(response)), ofResponse)
}

/** The words of the APIs for an answer with calls, one cut at a limit, and one that a filter cut. */
const words: Readonly<Record<string, readonly [string, string, string]>> = {
  Chat: ["tool_calls", "length", "content_filter"],
  Messages: ["tool_use", "max_tokens", "refusal"],
  Responses: ["completed", "max_output_tokens", "content_filter"]
}

describe("a turn", () => {
  for (const [name, ask] of Object.entries(asks)) {
    const [calls, length, filter] = words[name.split(".")[0]!]!
    it.effect(`is the same for ${name}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* ask, {
          text: "I need the weather.|Wait a moment.",
          calls: [
            ["call-1", "get_weather", `{"city":"Seoul"}`],
            ["own", "now", "{}"]
          ],
          tokens: [3, 4],
          ended: calls
        })
        assert.deepInclude(yield* ask, { text: "|Hi there!", calls: [] })
        assert.strictEqual((yield* ask).ended, length)
        assert.strictEqual((yield* ask).ended, filter)
        assert.strictEqual((yield* Effect.flip(ask))._tag, "RateLimitError")
        assert.strictEqual(yield* TestModel.remaining, 0)
        const requests = yield* TestModel.requests
        assert.lengthOf(requests, 5)
        for (const { api, isStreamed } of requests) {
          assert.strictEqual(api, name.split(".")[0]!.toLowerCase())
          assert.strictEqual(isStreamed, name.endsWith(".stream"))
        }
      }).pipe(
        Effect.provide(
          TestModel.script([
            turn,
            "Hi there!",
            { text: "It is", cutShort: "length" },
            { text: "It is", cutShort: "filter" },
            { fail: Failures.rateLimit() }
          ])
        )
      )
    )
  }

  it.effect("may depend on the request", () =>
    Effect.gen(function* () {
      const answer = yield* Chat.complete({ messages, model: "m", max_tokens: 7 })
      assert.strictEqual(answer.choices[0]?.message.content, "You asked m for 7 tokens.")
    }).pipe(
      Effect.provide(
        TestModel.script([({ body }) => `You asked ${String(body["model"])} for ${String(body["max_tokens"])} tokens.`])
      )
    )
  )

  it.effect("takes its time, and may break off", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.either(ChatStream.fold(Chat.stream(chat))))
      yield* TestClock.adjust("9 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("3 seconds")
      const either = yield* Fiber.join(fiber)
      assert.strictEqual(either._tag === "Left" ? either.left._tag : undefined, "ConnectionError")
      assert.deepStrictEqual(yield* MockHttpClient.states, ["reset"])
    }).pipe(
      Effect.provide(
        TestModel.script([
          {
            text: "one two three",
            delay: "10 seconds",
            wire: { delay: "1 second", after: { frames: 2 }, ending: "reset" }
          }
        ])
      )
    )
  )

  it.effect("is not sent for a request that the API would not take", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Chat.complete({ messages, max_tokens: 1.5 }))
      assert.strictEqual(error._tag, "InvalidRequestError")
      assert.strictEqual(yield* TestModel.remaining, 1)
    }).pipe(Effect.provide(TestModel.script(["Hi!"])))
  )
})

describe("a script", () => {
  it.effect("drives tools, and arguments that are no JSON", () =>
    Effect.gen(function* () {
      const tool = Tool.make("add", { parameters: Schema.Struct({ a: Schema.Int, b: Schema.Int }) })
      const ask = Effect.flatMap(Chat.complete({ messages, tools: [tool] }), (answer) =>
        Effect.either(Tool.decodeCall(answer.choices[0]!.message.tool_calls![0]!, [tool]))
      )
      const good = yield* ask
      assert.deepStrictEqual(good._tag === "Right" ? good.right.input : undefined, { a: 1, b: 2 })
      const bad = yield* ask
      assert.strictEqual(bad._tag === "Left" ? bad.left._tag : undefined, "InvalidToolCallError")
    }).pipe(
      Effect.provide(
        TestModel.script([
          { calls: [{ name: "add", arguments: { a: 1, b: 2 } }] },
          { calls: [{ name: "add", arguments: `{"a": 1` }] }
        ])
      )
    )
  )

  const City = Schema.Struct({ people: Schema.Int.pipe(Schema.positive()) })
  const script = [{ json: { people: -1 } }, { json: { people: 3 } }] as const
  for (const [name, program] of [
    ["ChatObject.complete", Effect.map(ChatObject.complete(City, chat, { outputRetries: 1 }), ({ value }) => value)],
    [
      "MessageObject.create",
      Effect.map(MessageObject.create(City, message, { outputRetries: 1 }), ({ value }) => value)
    ],
    [
      "ResponseObject.create",
      Effect.map(ResponseObject.create(City, response, { outputRetries: 1 }), ({ value }) => value)
    ],
    [
      "ChatObject.stream",
      Effect.map(Stream.runLast(ChatObject.stream(City, chat, { outputRetries: 1 })), (last) =>
        Option.isSome(last) && last.value._tag === "Complete" ? last.value.value : undefined
      )
    ]
  ] as const) {
    it.effect(`drives structured output: ${name}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* program, { people: 3 })
        const [, again] = yield* TestModel.requests
        assert.include(JSON.stringify(again?.body), "people: expected")
      }).pipe(Effect.provide(TestModel.script(script)))
    )
  }

  it.effect("that is used up is a defect that names the request", () =>
    Effect.gen(function* () {
      yield* Chat.complete(chat)
      const exit = yield* Effect.exit(Chat.complete(chat))
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
      const shown = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""
      assert.include(shown, "The script of TestModel has 1 turn, but request 2 was sent: POST")
    }).pipe(Effect.provide(TestModel.script(["Hi!"])))
  )

  it.effect("says where the Messages API cannot say what it should", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Messages.create(message))
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
    }).pipe(Effect.provide(TestModel.script([{ calls: [{ name: "add", arguments: "[1]" }] }])))
  )
})
