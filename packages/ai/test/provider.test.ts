/**
 * The provider under programs of `@effect/ai`: whole answers, tools, errors, spans, vectors and tokens.
 */
import * as AiChat from "@effect/ai/Chat"
import * as AiError from "@effect/ai/AiError"
import * as EmbeddingModel from "@effect/ai/EmbeddingModel"
import * as LanguageModel from "@effect/ai/LanguageModel"
import * as AiModel from "@effect/ai/Model"
import * as Prompt from "@effect/ai/Prompt"
import * as Tokenizer from "@effect/ai/Tokenizer"
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import { assert, describe, it } from "@effect/vitest"
import * as Chat from "effect-friendli/Chat"
import * as Embeddings from "effect-friendli/Embeddings"
import * as Tokens from "effect-friendli/Tokens"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as FriendliAiError from "../src/FriendliAiError.js"
import * as FriendliEmbeddingModel from "../src/FriendliEmbeddingModel.js"
import * as FriendliLanguageModel from "../src/FriendliLanguageModel.js"
import * as FriendliTokenizer from "../src/FriendliTokenizer.js"
import { overHttp, overMock } from "./support.js"
import { keeping } from "./spans.js"

const weather = Tool.make("get_weather", { parameters: { city: Schema.String }, success: Schema.String })
const toolkit = Toolkit.make(weather)

describe("a whole answer", () => {
  it.effect("has reasoning, text, calls and the end with its usage", () =>
    Effect.gen(function* () {
      // the API does not declare the tokens of reasoning
      const usage = Object.assign(Wire.usage(20, 9), {
        prompt_tokens_details: { cached_tokens: 16 },
        completion_tokens_details: { reasoning_tokens: 4 }
      })
      const { layer } = overMock({
        complete: Wire.chatCompletion("Let me see.", {
          model: "m-1",
          reasoning: "Hm.",
          toolCalls: [Wire.toolCall("get_weather", { city: "Oslo" }, "a")],
          usage
        })
      })
      const answer = yield* LanguageModel.generateText({ prompt: "Hi", toolkit, disableToolCallResolution: true }).pipe(
        Effect.provide([layer, toolkit.toLayer({ get_weather: () => Effect.succeed("sunny") })])
      )
      assert.strictEqual(answer.reasoningText, "Hm.")
      assert.strictEqual(answer.text, "Let me see.")
      assert.strictEqual(answer.finishReason, "tool-calls")
      assert.deepInclude(answer.usage, {
        inputTokens: 20,
        outputTokens: 9,
        totalTokens: 29,
        cachedInputTokens: 16,
        reasoningTokens: 4
      })
      assert.deepInclude(answer.toolCalls[0], { id: "a", name: "get_weather", params: { city: "Oslo" } })
      const metadata = answer.content.find((part) => part.type === "response-metadata")
      assert.deepStrictEqual(
        metadata?.type === "response-metadata" ? Option.getOrNull(metadata.modelId) : undefined,
        "m-1"
      )
      const finish = answer.content.find((part) => part.type === "finish")
      assert.strictEqual(finish?.type === "finish" ? finish.metadata.friendli?.finishReason : undefined, "tool_calls")
    })
  )

  it.effect("calls that cannot be executed fail, or are left out and named", () =>
    Effect.gen(function* () {
      const executed = yield* Ref.make(0)
      const handlers = toolkit.toLayer({
        get_weather: () =>
          Effect.as(
            Ref.update(executed, (n) => n + 1),
            "sunny"
          )
      })
      const ask = (call: ReturnType<typeof Wire.toolCall>, config: FriendliLanguageModel.Config.Service) =>
        LanguageModel.generateText({ prompt: "Hi", toolkit }).pipe(
          Effect.provide([
            overMock({ complete: Wire.chatCompletion("", { toolCalls: [call] }) }, { config }).layer,
            handlers
          ])
        )
      const wrong = [
        Wire.toolCall("get_weather", `{"city":`, "a"),
        Wire.toolCall("nothing", {}, "a"),
        Wire.toolCall("get_weather", "7", "a")
      ]
      for (const call of wrong) {
        const error = yield* Effect.flip(ask(call, {}))
        assert.strictEqual(error._tag, "MalformedOutput")
        const answer = yield* ask(call, { invalidToolCalls: "skip" })
        assert.lengthOf(answer.toolCalls, 0)
        const finish = answer.content.find((part) => part.type === "finish")
        assert.strictEqual(
          finish?.type === "finish" ? finish.metadata.friendli?.invalidToolCalls?.[0]?.id : undefined,
          "a"
        )
      }
      assert.strictEqual(yield* Ref.get(executed), 0)
    })
  )
})

describe("a stream", () => {
  it.effect("that is cut after a complete call executes nothing, and fails", () =>
    Effect.gen(function* () {
      const executed = yield* Ref.make(0)
      const handlers = toolkit.toLayer({
        get_weather: () =>
          Effect.as(
            Ref.update(executed, (n) => n + 1),
            "sunny"
          )
      })
      const chunks = Wire.chatChunks("", { toolCalls: [Wire.toolCall("get_weather", { city: "Oslo" }, "a")] })
      const run = (reply: Reply.Reply) =>
        LanguageModel.streamText({ prompt: "Hi", toolkit }).pipe(
          Stream.runCollect,
          Effect.exit,
          Effect.provide([overHttp([reply]), handlers])
        )
      assert.isTrue(Exit.isFailure(yield* run(Reply.sse(chunks, { after: { frames: 2 } }))))
      assert.strictEqual(yield* Ref.get(executed), 0)
      assert.isTrue(Exit.isSuccess(yield* run(Reply.sse(chunks))))
      assert.strictEqual(yield* Ref.get(executed), 1)
    })
  )

  it.effect("is closed when its consumer stops", () =>
    Effect.gen(function* () {
      const first = yield* LanguageModel.streamText({ prompt: "Hi" }).pipe(
        Stream.filter((part) => part.type === "text-delta"),
        Stream.runHead
      )
      assert.isTrue(Option.isSome(first))
      const { closed } = yield* MockHttpClient.MockHttpClient
      assert.deepStrictEqual(yield* closed, [true])
    }).pipe(
      Effect.provide(overHttp([Reply.sse(Wire.chatChunks("Hello there, you"), { ending: "stall", done: false })]))
    )
  )
})

describe("errors", () => {
  const failing = (reply: Reply.Reply) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.flip(LanguageModel.generateText({ prompt: "secret words" })))
      yield* TestClock.adjust("1 hour")
      return yield* Fiber.join(fiber)
    }).pipe(Effect.provide(overHttp(() => reply)))

  it.effect("keep status, delay and request id", () =>
    Effect.gen(function* () {
      const error = yield* failing(
        Reply.status(429, {
          retryAfter: 2,
          headers: { "x-request-id": "req-1" },
          body: { error: { message: "slow down" } }
        })
      )
      assert.strictEqual(error._tag, "HttpResponseError")
      assert.strictEqual(error._tag === "HttpResponseError" ? error.response.status : 0, 429)
      assert.deepStrictEqual(Option.map(FriendliAiError.retryAfter(error), Duration.toMillis), Option.some(2000))
      assert.deepStrictEqual(FriendliAiError.requestId(error), Option.some("req-1"))
      assert.deepStrictEqual(
        Option.map(FriendliAiError.friendliError(error), ({ _tag }) => _tag),
        Option.some("RateLimitError")
      )
      assert.isTrue(FriendliAiError.isTransient(error))
      // also after a journey as JSON
      const json = yield* Schema.encode(Schema.parseJson(AiError.AiError))(error)
      const back = yield* Schema.decode(Schema.parseJson(AiError.AiError))(json)
      assert.deepStrictEqual(Option.map(FriendliAiError.retryAfter(back), Duration.toMillis), Option.some(2000))
      assert.deepStrictEqual(FriendliAiError.requestId(back), Option.some("req-1"))
    })
  )

  it.effect("of every kind have a cause", () =>
    Effect.gen(function* () {
      const rows: ReadonlyArray<readonly [Reply.Reply, string, string]> = [
        [Reply.status(401), "HttpResponseError", "AuthenticationError"],
        [Reply.status(404), "HttpResponseError", "NotFoundError"],
        [Reply.status(422, { body: { detail: [] } }), "HttpResponseError", "InvalidRequestError"],
        [Reply.status(503), "HttpResponseError", "OverloadedError"],
        [Reply.status(500), "HttpResponseError", "ServerError"],
        [Reply.refused(), "HttpRequestError", "ConnectionError"],
        [Reply.never, "HttpRequestError", "RequestTimeoutError"],
        [Reply.text("nope"), "MalformedOutput", "ResponseDecodeError"]
      ]
      for (const [reply, tag, cause] of rows) {
        const error = yield* failing(reply)
        assert.deepStrictEqual([error._tag, Option.getOrNull(FriendliAiError.friendliError(error))?._tag], [tag, cause])
        assert.notInclude(JSON.stringify(error), "secret words")
        assert.notInclude(JSON.stringify(error), "flp_test")
      }
    })
  )

  it.effect("of a request that the SDK rejects are malformed input", () =>
    Effect.gen(function* () {
      const error = yield* LanguageModel.generateText({ prompt: "Hi" }).pipe(
        FriendliLanguageModel.withConfigOverride({ temperature: Number.NaN }),
        Effect.flip,
        Effect.provide(overHttp([]))
      )
      assert.strictEqual(error._tag, "MalformedInput")
    })
  )
})

describe("spans", () => {
  it.effect("have names and numbers, and nothing of the conversation", () =>
    Effect.gen(function* () {
      const { spans, tracer } = keeping()
      const { layer } = overMock(
        {
          complete: Wire.chatCompletion("quiet words", { id: "c-9", model: "m-9" }),
          chunks: Wire.chatChunks("quiet words", { id: "c-9", model: "m-9" })
        },
        { model: "m", config: { temperature: 0.5, max_tokens: 7, stop: ["secret stop"] } }
      )
      yield* Effect.zipRight(
        LanguageModel.generateText({ prompt: "secret words" }),
        Stream.runDrain(LanguageModel.streamText({ prompt: "secret words" }))
      ).pipe(Effect.provide(layer), Effect.withTracer(tracer))
      for (const name of ["LanguageModel.generateText", "LanguageModel.streamText"]) {
        const span = spans.find((each) => each.name === name)
        assert.deepInclude(Object.fromEntries(span?.attributes ?? []), {
          "gen_ai.system": "friendli",
          "gen_ai.operation.name": "chat",
          "gen_ai.request.model": "m",
          "gen_ai.request.temperature": 0.5,
          "gen_ai.request.max_tokens": 7,
          "gen_ai.response.id": "c-9",
          "gen_ai.response.model": "m-9",
          "gen_ai.response.finish_reasons": ["stop"],
          "gen_ai.usage.input_tokens": 10,
          "gen_ai.usage.output_tokens": 2
        })
      }
      const everything = JSON.stringify(spans.map(({ attributes, name }) => [name, ...attributes]))
      for (const content of ["secret", "quiet"]) assert.notInclude(everything, content)
    })
  )
})

describe("a model", () => {
  it.effect("names its provider", () =>
    Effect.gen(function* () {
      const provider = yield* AiModel.ProviderName
      const { text } = yield* LanguageModel.generateText({ prompt: "Hi" })
      assert.deepStrictEqual([provider, text], ["friendli", "Hi!"])
    }).pipe(
      Effect.provide(FriendliLanguageModel.model("m")),
      Effect.provide(Layer.mock(Chat.Chat, { complete: () => Effect.succeed(Wire.chatCompletion("Hi!")) }))
    )
  )

  it.effect("runs under Chat of @effect/ai, whose history is exported and imported", () =>
    Effect.gen(function* () {
      const { layer, requests } = overMock({ complete: Wire.chatCompletion("Hi!") })
      yield* Effect.gen(function* () {
        const chat = yield* AiChat.fromPrompt([{ role: "system", content: "Be kind." }])
        yield* chat.generateText({ prompt: "Hello!" })
        const json = yield* chat.exportJson
        const restored = yield* AiChat.fromJson(json)
        yield* restored.generateText({ prompt: "Again!" })
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(requests[1]?.messages, [
        { role: "system", content: "Be kind." },
        { role: "user", content: "Hello!" },
        { role: "assistant", content: "Hi!" },
        { role: "user", content: "Again!" }
      ])
    })
  )
})

describe("embeddings", () => {
  /** A vector for each text: its length. */
  const overEmbeddings = (options?: { readonly missing?: boolean; readonly base64?: boolean }) => {
    const asked: Array<ReadonlyArray<string>> = []
    const mock = Layer.mock(Embeddings.Embeddings, {
      create: ({ input }) => {
        const texts = Array.isArray(input) ? (input as ReadonlyArray<string>) : []
        asked.push(texts)
        const data = texts.map((text, index) => ({
          index,
          embedding: options?.base64 === true ? "AACAPw==" : [text.length, 0.5]
        }))
        return Effect.succeed({ data: options?.missing === true ? data.slice(1) : data.toReversed() })
      }
    })
    return { asked, mock }
  }

  it.effect("many texts are one request, in the order of the texts", () =>
    Effect.gen(function* () {
      const { asked, mock } = overEmbeddings()
      const vectors = yield* EmbeddingModel.EmbeddingModel.pipe(
        Effect.flatMap((model) => model.embedMany(["a", "bb", "ccc"])),
        Effect.provide(Layer.provide(FriendliEmbeddingModel.layerBatched({ model: "e" }), mock))
      )
      assert.deepStrictEqual(vectors, [
        [1, 0.5],
        [2, 0.5],
        [3, 0.5]
      ])
      assert.deepStrictEqual(asked, [["a", "bb", "ccc"]])
    })
  )

  it.effect("batches have a size, a cache and base64", () =>
    Effect.gen(function* () {
      const { asked, mock } = overEmbeddings({ base64: true })
      yield* Effect.gen(function* () {
        const model = yield* EmbeddingModel.EmbeddingModel
        assert.deepStrictEqual(yield* model.embedMany(["a", "b", "c"]), [[1], [1], [1]])
        yield* model.embed("a")
      }).pipe(
        Effect.provide(
          Layer.provide(
            FriendliEmbeddingModel.layerBatched({
              maxBatchSize: 2,
              encodingFormat: "base64",
              cache: { capacity: 10, timeToLive: "1 hour" }
            }),
            mock
          )
        )
      )
      assert.deepStrictEqual(asked.map((texts) => texts.length).toSorted(), [1, 2])
    })
  )

  it.effect("a data loader collects what is asked within its window", () =>
    Effect.gen(function* () {
      const { asked, mock } = overEmbeddings()
      yield* Effect.gen(function* () {
        const model = yield* EmbeddingModel.EmbeddingModel
        const fibers = yield* Effect.all([Effect.fork(model.embed("a")), Effect.fork(model.embed("bb"))])
        yield* TestClock.adjust("50 millis")
        assert.deepStrictEqual(yield* Effect.all(fibers.map(Fiber.join)), [
          [1, 0.5],
          [2, 0.5]
        ])
      }).pipe(Effect.provide(Layer.provide(FriendliEmbeddingModel.layerDataLoader({ window: "50 millis" }), mock)))
      assert.lengthOf(asked, 1)
    })
  )

  it.effect("a missing vector is a failure", () =>
    Effect.gen(function* () {
      const error = yield* EmbeddingModel.EmbeddingModel.pipe(
        Effect.flatMap((model) => model.embedMany(["a", "b"])),
        Effect.flip,
        Effect.provide(Layer.provide(FriendliEmbeddingModel.layerBatched(), overEmbeddings({ missing: true }).mock))
      )
      assert.strictEqual(error._tag, "MalformedOutput")
    })
  )
})

describe("tokens", () => {
  const asked: Array<string> = []
  /** A token for each word. */
  const mock = Layer.mock(Tokens.Tokens, {
    tokenize: ({ prompt }) => {
      asked.push(prompt)
      return Effect.succeed({ tokens: prompt.split(/\s+/).map((_, index) => index) })
    }
  })
  const layer = Layer.provide(FriendliTokenizer.layer({ model: "m" }), mock)

  it.effect("of a prompt: texts, calls and results, in one request", () =>
    Effect.gen(function* () {
      asked.length = 0
      const tokenizer = yield* Tokenizer.Tokenizer
      const tokens = yield* tokenizer.tokenize([
        { role: "system", content: "one two" },
        {
          role: "user",
          content: [
            { type: "text", text: "three" },
            { type: "file", mediaType: "image/png", data: "AQID" }
          ]
        },
        { role: "assistant", content: [{ type: "tool-call", id: "a", name: "f", params: { x: 1 } }] },
        {
          role: "tool",
          content: [
            { type: "tool-result", id: "a", name: "f", result: "four", isFailure: false, providerExecuted: false }
          ]
        }
      ])
      assert.lengthOf(tokens, 6)
      assert.deepStrictEqual(asked, [`one two\nthree\nf\n{"x":1}\nfour`])
    }).pipe(Effect.provide(layer))
  )

  it.effect("cut a prompt to the last messages that fit", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer.Tokenizer
      const cut = yield* tokenizer.truncate(
        [
          { role: "user", content: "one two three" },
          { role: "assistant", content: "four five" },
          { role: "user", content: "six" }
        ],
        3
      )
      assert.lengthOf(cut.content, 2)
      assert.isTrue(Prompt.isPrompt(cut))
    }).pipe(Effect.provide(layer))
  )
})
