/**
 * Conversations: growing, reasoning, turns, counting and trimming.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Schema from "effect/Schema"
import * as Conversation from "effect-friendli/Conversation"
import * as Tool from "effect-friendli/Tool"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "./it.js"
import { serverless } from "./support.js"

const user = (content: string) => ({ role: "user", content }) as const
const said = (content: string) => ({ role: "assistant", content }) as const
const call = {
  id: "call-get_weather",
  type: "function",
  function: { name: "get_weather", arguments: `{"city":"Seoul"}` }
} as const

describe("growing", () => {
  it("appends questions, answers and results, and changes nothing in place", () => {
    const begun = Conversation.make("Be brief.")
    const asked = Conversation.user(begun, "Weather?")
    const called = Conversation.assistant(asked, Wire.chatCompletion("", { toolCalls: [call] }))
    assert.deepStrictEqual(Conversation.pendingCalls(called), [call])
    const answered = pipe(
      called,
      Conversation.toolResult(call, { celsius: 21 }),
      Conversation.assistant({ role: "assistant", content: "21 degrees." }),
      Conversation.user([{ type: "text", text: "Thanks" }]),
      Conversation.user("Bye")
    )
    assert.deepStrictEqual(answered, [
      { role: "system", content: "Be brief." },
      user("Weather?"),
      { role: "assistant", tool_calls: [call] },
      { role: "tool", tool_call_id: call.id, content: `{"celsius":21}` },
      said("21 degrees."),
      { role: "user", content: [{ type: "text", text: "Thanks" }] },
      user("Bye")
    ] as never)
    assert.deepStrictEqual(begun, [{ role: "system", content: "Be brief." }])
    assert.isEmpty(Conversation.pendingCalls(answered))
    assert.deepStrictEqual(Conversation.make(), [])
  })

  it("takes results of any kind", () => {
    const contents = ["text", { a: 1 }, undefined, null, 3].map(
      (result) => Conversation.toolResult([], { id: "1" }, result)[0]?.content
    )
    assert.deepStrictEqual(contents, ["text", `{"a":1}`, "null", "null", "3"])
  })

  it("appends nothing of an answer without choices", () => {
    assert.deepStrictEqual(Conversation.assistant([user("Hi")], { choices: [] }), [user("Hi")])
  })
})

describe("reasoning", () => {
  const thinking = Wire.chatCompletion("", { toolCalls: [call], reasoning: "I look." })
  const plain = Wire.chatCompletion("Yes.", { reasoning: "Easy." })
  const reasonings = (messages: Conversation.Conversation) =>
    messages.map((message) => (message.role === "assistant" ? message.reasoning_content : undefined))

  it("is kept between the calls of the latest turn, and dropped elsewhere", () => {
    const during = pipe(
      Conversation.user([], "Weather?"),
      Conversation.assistant(thinking),
      Conversation.toolResult(call, "sunny"),
      Conversation.assistant(plain)
    )
    assert.deepStrictEqual(reasonings(during), [undefined, "I look.", undefined, undefined])
    assert.deepStrictEqual(reasonings(Conversation.user(during, "And now?")), Array.from({ length: 5 }))
  })

  it("is kept everywhere or nowhere if the program says so", () => {
    const all = { reasoning: "all" } as const
    const kept = pipe([user("Hi")], Conversation.assistant(plain, all), Conversation.user("More", all))
    assert.deepStrictEqual(reasonings(kept), [undefined, "Easy.", undefined])
    assert.deepStrictEqual(reasonings(Conversation.assistant([user("Hi")], thinking, { reasoning: "none" })), [
      undefined,
      undefined
    ])
  })

  it("under the name of other servers is treated alike", () => {
    const messages: Conversation.Conversation = [{ ...said("Yes."), reasoning: "Easy." }]
    assert.deepStrictEqual(Conversation.dropReasoning(messages), [said("Yes.")])
  })
})

describe("turns", () => {
  it("begin with a message of the user, and messages of the user in a row are one", () => {
    const developer = { role: "developer", content: "Obey." } as const
    assert.deepStrictEqual(Conversation.turns([developer, user("1"), user("2"), said("a"), developer, user("3")]), {
      head: [developer],
      turns: [[user("1"), user("2"), said("a"), developer], [user("3")]]
    })
    assert.deepStrictEqual(Conversation.turns([]), { head: [], turns: [] })
    assert.deepStrictEqual(Conversation.turns([said("Hi")]), { head: [said("Hi")], turns: [] })
  })
})

describe("storing", () => {
  it.effect("gives back what was stored, and rejects what is no conversation", () =>
    Effect.gen(function* () {
      const messages = pipe(
        Conversation.make("Be brief."),
        Conversation.user([{ type: "image_url", image_url: { url: "https://a.example/1.png" } }]),
        Conversation.assistant(Wire.chatCompletion("", { toolCalls: [call], reasoning: "I look." })),
        Conversation.toolResult(call, "sunny")
      )
      const Stored = Schema.parseJson(Conversation.Conversation)
      assert.deepStrictEqual(yield* Schema.decode(Stored)(yield* Schema.encode(Stored)(messages)), messages)
      assert.strictEqual((yield* Effect.either(Schema.decode(Stored)(`[{"role":"robot"}]`)))._tag, "Left")
    })
  )
})

describe("counting", () => {
  it.effect("renders the conversation with its tools, and tokenizes the text", () =>
    Effect.gen(function* () {
      const tools = [Tool.make("now")]
      const count = yield* Conversation.countTokens([user("Hi")], {
        model: "m",
        tools,
        chatTemplateKwargs: { enable_thinking: false },
        team: "research"
      })
      assert.strictEqual(count, 3)
      const sent = yield* MockHttpClient.requests
      assert.deepStrictEqual(
        sent.map(({ json }) => json),
        [
          {
            model: "m",
            messages: [user("Hi")],
            tools: [{ type: "function", function: { name: "now", parameters: tools[0]!.function.parameters } }],
            chat_template_kwargs: { enable_thinking: false }
          },
          { model: "m", prompt: "<user>Hi<assistant>" }
        ]
      )
      assert.deepStrictEqual(
        sent.map(({ headers }) => headers["x-friendli-team"]),
        ["research", "research"]
      )
      assert.strictEqual(yield* Conversation.countTokens([user("Hi")]), 1)
      assert.deepStrictEqual((yield* MockHttpClient.requests)[2]?.json, {
        model: "default-model",
        messages: [user("Hi")]
      })
    }).pipe(
      Effect.provide(
        serverless([
          Reply.json({ text: "<user>Hi<assistant>" }),
          Reply.json({ tokens: [1, 2, 3] }),
          Reply.json({ text: "" }),
          Reply.json({ tokens: [1] })
        ])
      )
    )
  )

  it.effect("of each message counts text, reasoning and calls, and what is around them", () =>
    Effect.gen(function* () {
      const messages: Conversation.Conversation = [
        {
          role: "user",
          content: [
            { type: "text", text: "Look" },
            { type: "image_url", image_url: { url: "https://a.example/1" } }
          ]
        },
        { role: "assistant", reasoning_content: "Hm.", tool_calls: [{ ...call, type: "function" }] },
        { role: "assistant", content: "" }
      ]
      assert.strictEqual(yield* Conversation.countEach(messages), 40 + 8 * 3 + 2 * 2)
      const prompts = (yield* MockHttpClient.requests).map(({ json }) => (json as { readonly prompt: string }).prompt)
      assert.deepStrictEqual(prompts.toSorted(), [`Hm.\nget_weather {"city":"Seoul"}`, "Look\n"])
    }).pipe(Effect.provide(serverless(() => Reply.json({ tokens: [1, 2] }))))
  )
})

describe("trimming", () => {
  const turn = (at: number): Conversation.Conversation => [
    user(`question ${at}`),
    { role: "assistant", tool_calls: [{ ...call, id: `call-${at}`, type: "function" }] },
    { role: "tool", tool_call_id: `call-${at}`, content: "sunny" },
    said("Sunny.")
  ]
  const long = [...Conversation.make("Be brief."), ...[1, 2, 3, 4, 5].flatMap(turn)]

  /** Ten tokens a message; remembers how often it was asked. */
  const counting = () => {
    let asked = 0
    return {
      count: (messages: Conversation.Conversation) => Effect.sync(() => (asked++, messages.length * 10)),
      asked: () => asked
    }
  }

  it.effect("changes nothing that fits, and counts once", () =>
    Effect.gen(function* () {
      const { asked, count } = counting()
      assert.deepStrictEqual(yield* Conversation.trim(long, { budget: 210, count }), {
        messages: long,
        tokens: 210,
        dropped: 0
      })
      assert.strictEqual(asked(), 1)
    })
  )

  it.effect("drops the oldest turns as a whole, and no more than needed", () =>
    Effect.gen(function* () {
      for (const [budget, dropped] of [
        [209, 1],
        [170, 1],
        [169, 2],
        [130, 2],
        [90, 3],
        [50, 4]
      ] as const) {
        const trimmed = yield* Conversation.trim(long, { budget, count: counting().count })
        assert.strictEqual(trimmed.dropped, dropped)
        assert.deepStrictEqual(trimmed.messages, [long[0]!, ...long.slice(1 + dropped * 4)])
        assert.strictEqual(trimmed.tokens, trimmed.messages.length * 10)
      }
    })
  )

  it.effect("drops more at once if there is a target, and never the latest turn for it", () =>
    Effect.gen(function* () {
      const count = counting().count
      assert.strictEqual((yield* Conversation.trim(long, { budget: 200, target: 100, count })).dropped, 3)
      assert.strictEqual((yield* Conversation.trim(long, { budget: 200, target: 1, count })).dropped, 4)
      assert.strictEqual((yield* Conversation.trim(long, { budget: 210, target: 1, count })).dropped, 0)
    })
  )

  it.effect("fails if the latest turn alone is too long", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Conversation.trim(long, { budget: 49, count: counting().count }))
      assert.strictEqual(error._tag, "ConversationTooLongError")
      assert.strictEqual(error.tokens, 50)
      assert.strictEqual(error.budget, 49)
      yield* Effect.flip(pipe([user("1"), said("a")], Conversation.trim({ budget: 10, count: counting().count })))
    })
  )
})
