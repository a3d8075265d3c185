/**
 * Chat render over sockets, on every deployment that has it.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ChatRender from "effect-friendli/ChatRender"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import * as Tokens from "effect-friendli/Tokens"
import { emulated } from "./emulated.js"
import { token } from "./support.js"

describe("over sockets", async () => {
  const server = await emulated()

  const settings = { token, baseUrl: server.url, model: "meta-llama-3.1-8b-instruct", retry: Retry.never }
  const conversation: ChatRender.ChatRenderRequest = {
    messages: [
      { role: "system", content: "You are a helpful assistant." },
      { role: "user", content: "What is generative AI?" }
    ]
  }

  it.live.each(["serverless", "dedicated"] as const)("%s: roles and texts are in order", (deployment) =>
    Effect.gen(function* () {
      const { text } = yield* ChatRender.render(conversation)
      const places = ["system", "You are a helpful assistant.", "user", "What is generative AI?", "assistant"].map(
        (part) => text.indexOf(part)
      )
      assert.notInclude(places, -1)
      assert.strictEqual(text.lastIndexOf("assistant") > text.indexOf("What is generative AI?"), true)
      assert.strictEqual(server.requests[0]?.path, `/${deployment}/v1/chat/render`)
      assert.isTrue(server.requests[0]?.authorized)
      assert.strictEqual((yield* ChatRender.render(conversation)).text, text)
      const longer = { messages: [...conversation.messages, { role: "assistant", content: "A tool." }] } as const
      assert.include((yield* ChatRender.render(longer)).text, "A tool.")
    }).pipe(
      Effect.provide(
        Layer.provide(
          ChatRender.layer,
          { serverless: Serverless, dedicated: Dedicated }[deployment].layerClient(settings)
        )
      ),
      Effect.provide(FetchHttpClient.layer)
    )
  )

  it.live("the text tokenizes, tools are part of it", () =>
    Effect.gen(function* () {
      const plain = yield* ChatRender.render(conversation)
      const withTools = yield* ChatRender.render({
        ...conversation,
        tools: [{ type: "function", function: { name: "get_weather", parameters: { type: "object", properties: {} } } }]
      })
      assert.include(withTools.text, "get_weather")
      const { tokens } = yield* Tokens.tokenize({ prompt: plain.text })
      assert.isAbove(tokens.length, 10)
    }).pipe(
      Effect.provide(Layer.provideMerge(Layer.merge(ChatRender.layer, Tokens.layer), Serverless.layerClient(settings))),
      Effect.provide(FetchHttpClient.layer)
    )
  )
})
