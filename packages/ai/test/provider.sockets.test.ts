/**
 * Programs of `@effect/ai`, unchanged, over sockets on the emulator: text, streams, objects, tools, conversations, vectors, tokens, failures.
 */
import * as AiChat from "@effect/ai/Chat"
import * as EmbeddingModel from "@effect/ai/EmbeddingModel"
import * as LanguageModel from "@effect/ai/LanguageModel"
import * as Tokenizer from "@effect/ai/Tokenizer"
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as FriendliAiError from "../src/FriendliAiError.js"
import { embeddings, emulator, eventually, model, tokenizer } from "./over.js"

const toolkit = Toolkit.make(
  Tool.make("get_weather", {
    description: "The weather in a city",
    parameters: { city: Schema.String },
    success: Schema.Struct({ sky: Schema.String })
  })
)
const handlers = toolkit.toLayer({ get_weather: ({ city }) => Effect.succeed({ sky: `clear over ${city}` }) })

describe("a program of @effect/ai on the emulator", () => {
  it.scopedLive("generates a text", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const answer = yield* LanguageModel.generateText({ prompt: "Who are you?" }).pipe(
        Effect.provide(model(server, { config: { max_tokens: 200 } }))
      )
      assert.isNotEmpty(answer.text)
      assert.oneOf(answer.finishReason, ["stop", "length"])
      assert.strictEqual((answer.usage.inputTokens ?? 0) + (answer.usage.outputTokens ?? 0), answer.usage.totalTokens)
      assert.strictEqual(server.requests[0]?.path, "/serverless/v1/chat/completions")
    })
  )

  it.scopedLive("streams reasoning and text", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      server.script([{ reasoning: "Let me think.", say: "It is blue." }])
      const parts = yield* LanguageModel.streamText({ prompt: "Which colour?" }).pipe(
        Stream.runCollect,
        Effect.map(Chunk.toReadonlyArray),
        Effect.provide(model(server))
      )
      const joined = (type: "text-delta" | "reasoning-delta") =>
        parts.map((part) => (part.type === type ? part.delta : "")).join("")
      assert.strictEqual(joined("reasoning-delta"), "Let me think.")
      assert.strictEqual(joined("text-delta"), "It is blue.")
      const finish = parts.at(-1)
      assert.strictEqual(finish?.type === "finish" ? finish.reason : undefined, "stop")
      assert.isAbove(finish?.type === "finish" ? (finish.usage.outputTokens ?? 0) : 0, 0)
    })
  )

  it.scopedLive("generates an object that matches its schema", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const Trip = Schema.Struct({
        city: Schema.String,
        days: Schema.Int.pipe(Schema.between(1, 7)),
        kind: Schema.Literal("sea", "mountains")
      })
      const { value } = yield* LanguageModel.generateObject({ prompt: "Plan a trip to Busan.", schema: Trip }).pipe(
        Effect.provide(model(server))
      )
      assert.isTrue(Schema.is(Trip)(value))
    })
  )

  it.scopedLive("executes the tools that are called, whole and streamed", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      server.script([{ call: { tool: "get_weather", arguments: { city: "Oslo" } } }])
      const program = Effect.all([
        Effect.map(
          LanguageModel.generateText({ prompt: "Weather?", toolkit }),
          ({ toolResults }) => toolResults[0]?.result
        ),
        LanguageModel.streamText({ prompt: "Weather?", toolkit }).pipe(
          Stream.runCollect,
          Effect.map(
            (parts) =>
              Chunk.toReadonlyArray(parts).flatMap((part) => (part.type === "tool-result" ? [part.result] : []))[0]
          )
        )
      ])
      const results = yield* Effect.provide(program, [model(server), handlers])
      assert.deepStrictEqual(results, [{ sky: "clear over Oslo" }, { sky: "clear over Oslo" }])
    })
  )

  it.scopedLive("keeps a conversation, with calls in between, and takes it elsewhere", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      server.script([
        { when: { toolResult: "get_weather" }, say: "Clear." },
        { when: { contains: "weather" }, call: { tool: "get_weather", arguments: { city: "Oslo" } } },
        { say: "You are welcome." }
      ])
      const texts = yield* Effect.gen(function* () {
        const chat = yield* AiChat.fromPrompt([{ role: "system", content: "Be brief." }])
        yield* chat.generateText({ prompt: "How is the weather?", toolkit })
        const clear = yield* chat.generateText({ prompt: [] })
        const restored = yield* Effect.flatMap(chat.exportJson, AiChat.fromJson)
        const thanks = yield* restored.generateText({ prompt: "Thanks!" })
        return [clear.text, thanks.text]
      }).pipe(Effect.provide([model(server), handlers]))
      assert.deepStrictEqual(texts, ["Clear.", "You are welcome."])
      const { messages } = server.requests.at(-1)!.body as { messages: ReadonlyArray<{ role: string }> }
      assert.deepStrictEqual(
        messages.map(({ role }) => role),
        ["system", "user", "assistant", "tool", "assistant", "user"]
      )
    })
  )

  it.scopedLive("embeds texts, and counts tokens", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const vectors = yield* Effect.flatMap(EmbeddingModel.EmbeddingModel, (model) =>
        model.embedMany(["tea", "coffee"])
      ).pipe(Effect.provide(embeddings(server)))
      assert.lengthOf(vectors, 2)
      assert.isNotEmpty(vectors[0])
      const tokens = yield* Effect.flatMap(Tokenizer.Tokenizer, (it) => it.tokenize("What is generative AI?")).pipe(
        Effect.provide(tokenizer(server))
      )
      assert.deepStrictEqual(tokens, [128000, 3923, 374, 1803, 1413, 15592, 30])
    })
  )

  it.scopedLive("fails when a stream is cut, resets or reports an error", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const faults = [
        [{ truncate: { afterEvents: 3 } }, "StreamTruncatedError"],
        [{ reset: { afterEvents: 3 } }, "ConnectionError"],
        [{ errorFrame: { afterEvents: 3 } }, "ServerError"],
        [{ malformed: { afterEvents: 3 } }, "ResponseDecodeError"]
      ] as const
      for (const [fault, tag] of faults) {
        server.faults.enqueue(fault)
        const error = yield* LanguageModel.streamText({ prompt: "Tell me a long story." }).pipe(
          Stream.runDrain,
          Effect.flip,
          Effect.provide(model(server))
        )
        assert.deepStrictEqual(
          Option.map(FriendliAiError.friendliError(error), ({ _tag }) => String(_tag)),
          Option.some(tag)
        )
      }
    })
  )

  it.scopedLive("cancels the request when it stops early", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      server.setPacing({ tokensPerSecond: 20 })
      server.script([{ say: "one two three four five six seven eight nine ten ".repeat(20) }])
      yield* LanguageModel.streamText({ prompt: "Count." }).pipe(
        Stream.filter((part) => part.type === "text-delta"),
        Stream.runHead,
        Effect.provide(model(server))
      )
      yield* eventually(() => server.requests[0]?.aborted === true)
    })
  )
})
