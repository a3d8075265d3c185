import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Chat, Serverless } from "effect-friendli"
import type { RunningEmulator } from "effect-friendli-emulator/NodeServer"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as conversations from "../src/conversations.js"
import { bodyOf, configured, emulator, printing } from "./support.js"

const model = "meta-llama-3.1-8b-instruct"

interface Sent {
  readonly messages: ReadonlyArray<Chat.Message>
  readonly tool_choice?: string
}

const roles = ({ messages }: Sent) => messages.map(({ role }) => role).join(" ")

const chats = (server: RunningEmulator): ReadonlyArray<Sent> =>
  server.requests.flatMap(({ path }, index) =>
    path.endsWith("/chat/completions") ? [bodyOf(server, index) as Sent] : []
  )

const turn = (question: string, tokens: number): conversations.Turn => ({
  messages: [
    { role: "user", content: question },
    { role: "assistant", content: "Yes." }
  ],
  tokens
})

/** The counts of tokens and the chat streams, in the order in which the program asks. */
const scripted = (...streams: ReadonlyArray<ReadonlyArray<unknown>>) => {
  const left = [...streams]
  return MockHttpClient.layer((request) =>
    request.url.endsWith("/tokenize") ? Reply.json({ tokens: [1, 2, 3] }) : Reply.sse(left.shift() ?? [])
  )
}

const over = (http: ReturnType<typeof MockHttpClient.layer>) =>
  Layer.provideMerge(Serverless.layer({ token: "flp_test" }), http)

const heard = () => {
  const written: Array<string> = []
  return { written, onText: (text: string) => Effect.sync(() => void written.push(text)) }
}

describe("conversations", () => {
  it.scopedLive("sends the whole history, and prints each answer as it arrives", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server)(conversations.runnable))
      assert.lengthOf(value, 3)
      const sent = chats(server)
      assert.strictEqual(roles(sent[0]!), "system user")
      assert.strictEqual(roles(sent[1]!), "system user assistant tool")
      const last = sent.at(-1)!
      assert.deepStrictEqual(last.messages.slice(1, 5), [...value[0]!.messages])
      assert.deepStrictEqual(
        value.map(({ messages }) => [messages[0]?.role, messages.at(-1)?.role]),
        [
          ["user", "assistant"],
          ["user", "assistant"],
          ["user", "assistant"]
        ]
      )
      const printed = lines.join("\n")
      for (const { messages } of value) assert.include(printed, String(messages.at(-1)?.content))
    })
  )

  it.scopedLive("counts the tokens of a turn: at least as many as the server, and few more", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { onText } = heard()
      const [told, promptTokens] = yield* Effect.gen(function* () {
        const one = yield* conversations.ask([], "How is the weather in Seoul?", { budget: 2000, onText })
        const messages = [...one.messages, { role: "user" as const, content: "Thanks" }]
        const withTurn = yield* Chat.complete({ model, messages, max_tokens: 1 })
        const without = yield* Chat.complete({ model, messages: messages.slice(-1), max_tokens: 1 })
        return [one.tokens, withTurn.usage!.prompt_tokens! - without.usage!.prompt_tokens!] as const
      }).pipe(
        Effect.provide(Layer.provide(Serverless.layer({ token: "x", baseUrl: server.url }), FetchHttpClient.layer))
      )
      assert.isAtLeast(told, promptTokens)
      assert.isBelow(told - promptTokens, 100)
    })
  )

  it("keeps the newest turns that fit into the budget", () => {
    const all = [turn("1", 100), turn("2", 50), turn("3", 60)]
    assert.deepStrictEqual(conversations.within(all, 210), all)
    assert.deepStrictEqual(conversations.within(all, 209), all.slice(1))
    assert.deepStrictEqual(conversations.within(all, 109), all.slice(2))
    assert.deepStrictEqual(conversations.within(all, 59), [])
    assert.deepStrictEqual(conversations.within([], 59), [])
  })

  it.effect("sends reasoning back between the calls of a turn, and not in later turns", () =>
    Effect.gen(function* () {
      const call = { id: "call_1", function: { name: "get_weather", arguments: '{"city":"Seoul"}' } }
      const thinking = [
        { choices: [{ index: 0, delta: { reasoning_content: "I need the weather." } }] },
        { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...call }] }, finish_reason: "tool_calls" }] }
      ]
      const { onText, written } = heard()
      const sent = yield* Effect.gen(function* () {
        const one = yield* conversations.ask([], "Weather?", { budget: 100, onText })
        yield* conversations.ask([one], "And tomorrow?", { budget: 1000, onText })
        const requests = yield* MockHttpClient.requests
        return requests.filter(({ url }) => url.endsWith("/chat/completions")).map(({ json }) => json as Sent)
      }).pipe(
        Effect.provide(over(scripted(thinking, Wire.chatChunks("It is clear."), Wire.chatChunks("It will be clear."))))
      )
      assert.strictEqual(roles(sent[1]!), "system user assistant tool")
      assert.strictEqual(
        sent[1]!.messages[2]?.role === "assistant" && sent[1]!.messages[2].reasoning_content,
        "I need the weather."
      )
      assert.strictEqual(roles(sent[2]!), "system user assistant tool assistant user")
      assert.notInclude(JSON.stringify(sent[2]), "I need the weather.")
      assert.strictEqual(written.join(""), "It is clear.It will be clear.")
    })
  )

  it.effect("makes the model answer when it has called tools often enough", () =>
    Effect.gen(function* () {
      const call = { index: 0, id: "call_1", function: { name: "get_weather", arguments: "{}" } }
      const calling = [{ choices: [{ index: 0, delta: { tool_calls: [call] }, finish_reason: "tool_calls" }] }]
      const sent = yield* Effect.gen(function* () {
        yield* conversations.ask([], "Weather?", { budget: 100, onText: heard().onText, rounds: 1 })
        return (yield* MockHttpClient.requests).map(({ json }) => (json as Sent).tool_choice)
      }).pipe(Effect.provide(over(scripted(calling, Wire.chatChunks("I cannot tell.")))))
      assert.deepStrictEqual(
        sent.filter((choice) => choice !== undefined),
        ["auto", "none"]
      )
    })
  )

  it.effect("leaves the conversation as it was when a turn fails, and lets questions wait for each other", () =>
    Effect.gen(function* () {
      const { onText } = heard()
      const cut = [{ choices: [{ index: 0, delta: { content: "It" } }] }]
      const [first, failure, turns] = yield* Effect.gen(function* () {
        const conversation = yield* conversations.make({ budget: 1000, onText })
        yield* conversation.say("One?")
        const first = yield* conversation.turns
        const failure = yield* Effect.flip(conversation.say("Two?"))
        assert.strictEqual(yield* conversation.turns, first)
        yield* Effect.all([conversation.say("Three?"), conversation.say("Four?")], { concurrency: "unbounded" })
        return [first, failure, yield* conversation.turns] as const
      }).pipe(
        Effect.provide(
          over(
            MockHttpClient.layer((request) => {
              if (request.url.endsWith("/tokenize")) return Reply.json({ tokens: [1] })
              const { messages } = request.json as Sent
              return messages.at(-1)?.content === "Two?"
                ? Reply.sse(cut, { done: false })
                : Reply.sse(Wire.chatChunks("Yes."))
            })
          )
        )
      )
      assert.lengthOf(first, 1)
      assert.strictEqual(failure._tag, "StreamTruncatedError")
      assert.deepStrictEqual(
        turns.map(({ messages }) => messages[0]?.content),
        ["One?", "Three?", "Four?"]
      )
    })
  )
})
