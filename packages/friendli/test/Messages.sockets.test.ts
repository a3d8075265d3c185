/**
 * Messages over sockets, on every deployment.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import type * as FriendliClient from "effect-friendli/FriendliClient"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { emulated } from "./emulated.js"
import { collect, token } from "./support.js"

// ---------------------------------------------------------------------------
// over sockets
// ---------------------------------------------------------------------------

describe("over sockets", async () => {
  const server = await emulated()

  const model = "meta-llama-3.1-8b-instruct"
  const settings = { token, baseUrl: server.url, model, retry: Retry.never }
  const deployments = {
    serverless: Serverless.layerClient(settings),
    dedicated: Dedicated.layerClient(settings),
    container: Container.layerClient({ ...settings, model: undefined })
  }
  const provide =
    (deployment: keyof typeof deployments) =>
    <A, E>(effect: Effect.Effect<A, E, Messages.Messages | FriendliClient.FriendliClient>) =>
      effect.pipe(
        Effect.provide(Layer.provideMerge(Messages.layer, deployments[deployment])),
        Effect.provide(FetchHttpClient.layer)
      )

  const hello: Messages.MessagesRequest = {
    system: "You are a helpful assistant.",
    messages: [{ role: "user", content: "Hello!" }],
    max_tokens: 30,
    temperature: 0
  }

  const textOf = (message: { readonly content: Messages.MessagesResponse["content"] }): string =>
    message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("")

  describe.each(["serverless", "dedicated", "container"] as const)("%s", (deployment) => {
    it.live("a stream adds up to the whole answer", () =>
      Effect.gen(function* () {
        const message = yield* Messages.create(hello)
        assert.isNotEmpty(textOf(message))
        assert.isAtMost(message.usage?.output_tokens ?? Infinity, 30)
        assert.strictEqual(
          server.requests[0]?.path,
          deployment === "container" ? "/v1/messages" : `/${deployment}/v1/messages`
        )
        assert.isTrue(server.requests[0]?.authorized)

        const streamed = yield* MessageStream.fold(Messages.stream(hello))
        assert.strictEqual(textOf(streamed), textOf(message))
        assert.strictEqual(streamed.stop_reason, message.stop_reason)
        assert.strictEqual(streamed.usage?.input_tokens, message.usage?.input_tokens)
        assert.strictEqual(streamed.usage?.output_tokens, message.usage?.output_tokens)
        assert.strictEqual(yield* Stream.mkString(MessageStream.text(Messages.stream(hello))), textOf(message))
      }).pipe(provide(deployment))
    )
  })

  const serverless = provide("serverless")

  it.live("every event of the emulator is known, from message_start to message_stop", () =>
    Effect.gen(function* () {
      const events = yield* collect(Messages.stream(hello))
      assert.deepStrictEqual(
        events.filter((event) => !MessageStream.isKnown(event)),
        []
      )
      for (const event of events) if (MessageStream.isKnown(event)) assert.strictEqual(event.name, event.data.type)
      assert.strictEqual(events[0]?.name, "message_start")
      assert.strictEqual(events.at(-1)?.name, "message_stop")
      const frames = yield* collect(Messages.events(hello))
      assert.deepStrictEqual(
        frames.map((frame) => frame.event),
        events.map((event) => event.name)
      )
    }).pipe(serverless)
  )

  it.live("a forced tool call is the same unary and streamed, and its result can be sent back", () =>
    Effect.gen(function* () {
      const asking: Messages.MessagesRequest = {
        messages: [{ role: "user", content: "What is the weather in Seoul?" }],
        max_tokens: 200,
        temperature: 0,
        tools: [
          {
            name: "get_weather",
            description: "The current weather in a city",
            input_schema: {
              type: "object",
              properties: { city: { type: "string", enum: ["Seoul", "Oslo"] } },
              required: ["city"],
              additionalProperties: false
            }
          }
        ],
        tool_choice: { type: "tool", name: "get_weather" }
      }
      const [use, ...more] = yield* MessageStream.toolUses(Messages.stream(asking))
      assert.lengthOf(more, 0)
      assert.strictEqual(use?.name, "get_weather")
      assert.isNotEmpty(use?.id)
      assert.notProperty(use, "partial_json")
      assert.oneOf(use?.input["city"], ["Seoul", "Oslo"])

      const message = yield* Messages.create(asking)
      assert.strictEqual(message.stop_reason, "tool_use")
      const called = message.content.flatMap((block) => (block.type === "tool_use" ? [block] : []))
      assert.deepStrictEqual(called[0]?.input, use?.input)

      const next = yield* Messages.create({
        ...asking,
        tool_choice: { type: "none" },
        messages: [
          ...asking.messages,
          Messages.toAssistantMessage(message),
          { role: "user", content: [{ type: "tool_result", tool_use_id: called[0]!.id, content: "21 °C" }] }
        ]
      })
      assert.isNotEmpty(textOf(next))
    }).pipe(serverless)
  )

  it.live("the server's rejection is typed and names what it rejects", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Messages.create(hello, { body: { max_tokens: 0 } }))
      assert.strictEqual(error._tag, "InvalidRequestError")
      if (error._tag !== "InvalidRequestError") return
      assert.strictEqual(error.status, 422)
      assert.include(error.message, "max_tokens")
    }).pipe(serverless)
  )

  it.live("a stream that the server cuts is a typed failure with what had arrived", () =>
    Effect.gen(function* () {
      server.faults.enqueue({ truncate: { afterEvents: 4 } })
      const error = yield* Effect.flip(MessageStream.fold(Messages.stream(hello)))
      assert.strictEqual(error._tag, "StreamTruncatedError")
      assert.strictEqual(error.received?.events, 4)
      assert.isTrue(Option.isSome(MessageStream.partial(error)))
    }).pipe(serverless)
  )

  it.live("a stream that is left early cancels its request", () =>
    Effect.gen(function* () {
      const first = yield* collect(Stream.take(MessageStream.text(Messages.stream(hello)), 1))
      assert.lengthOf(first, 1)
      const { response, value } = yield* Messages.streamWithResponse(hello)
      assert.strictEqual(response.status, 200)
      assert.isAtLeast((yield* collect(value)).length, 5)
    }).pipe(Effect.scoped, serverless)
  )
})
