/**
 * Counting over sockets: the count of a conversation is that of the prompt which the emulator bills.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Chat from "effect-friendli/Chat"
import * as Conversation from "effect-friendli/Conversation"
import * as Serverless from "effect-friendli/Serverless"
import * as Schema from "effect/Schema"
import * as Tool from "effect-friendli/Tool"
import { emulated } from "./emulated.js"
import { token } from "./support.js"

describe("over sockets", async () => {
  const server = await emulated()
  const friendli = Serverless.layer({ token, baseUrl: server.url, model: "meta-llama-3.1-8b-instruct" })

  const conversation = Conversation.assistant(
    Conversation.user(Conversation.make("You are a helpful assistant."), "What is generative AI?"),
    { content: "A kind of model. 생성형 AI입니다." }
  )
  const asked = Conversation.user(conversation, "Give me an example.")
  const tools = [Tool.make("search", { parameters: Schema.Struct({ words: Schema.String }) })]

  it.live.each([[], tools])("equals the tokens of the prompt", (offered) =>
    Effect.gen(function* () {
      const counted = yield* Conversation.countTokens(asked, { tools: offered })
      const { usage } = yield* Chat.complete({
        messages: asked,
        max_tokens: 1,
        ...(offered.length === 0 ? {} : { tools: offered })
      })
      assert.strictEqual(counted, usage?.prompt_tokens)
    }).pipe(Effect.provide(friendli), Effect.provide(FetchHttpClient.layer))
  )

  it.live("of each message is an upper estimate", () =>
    Effect.gen(function* () {
      const exact = yield* Conversation.countTokens(asked)
      const estimate = yield* Conversation.countEach(asked)
      assert.isAtLeast(estimate, exact)
      assert.isBelow(estimate - exact, 40 + 8 * asked.length)
    }).pipe(Effect.provide(friendli), Effect.provide(FetchHttpClient.layer))
  )

  it.live("trims to what the model takes", () =>
    Effect.gen(function* () {
      const long = Array.from({ length: 20 }).reduce<Conversation.Conversation>(
        (so, _, at) =>
          Conversation.assistant(Conversation.user(so, `Question number ${at}?`), { content: "An answer." }),
        Conversation.make("Be brief.")
      )
      const { dropped, messages, tokens } = yield* Conversation.trim(long, {
        budget: 150,
        count: Conversation.countTokens
      })
      assert.isAtMost(tokens, 150)
      assert.isAbove(dropped, 5)
      assert.strictEqual(messages[0]?.role, "system")
      assert.strictEqual(messages[1]?.content, `Question number ${dropped}?`)
    }).pipe(Effect.provide(friendli), Effect.provide(FetchHttpClient.layer))
  )
})
