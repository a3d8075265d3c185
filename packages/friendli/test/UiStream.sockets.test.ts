/**
 * A server of Effect for front ends of the AI SDK, with the AI SDK itself as the client: its transport reads the answer over a socket, and
 * its messages come back as messages of the next request.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import { DefaultChatTransport, readUIMessageStream, type UIMessage, validateUIMessages } from "ai"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Chat from "effect-friendli/Chat"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import * as SmoothText from "effect-friendli/SmoothText"
import * as SseResponse from "effect-friendli/SseResponse"
import * as Tool from "effect-friendli/Tool"
import * as UiMessages from "effect-friendli/UiMessages"
import * as UiStream from "effect-friendli/UiStream"
import { createServer } from "node:http"
import * as Schema from "effect/Schema"
import { emulated } from "./emulated.js"
import { token } from "./support.js"

const weather = Tool.make("get_weather", { parameters: Schema.Struct({ city: Schema.String }) })

/** Reads the request of the front end, and answers with one step. */
const single = Effect.gen(function* () {
  const { messages } = yield* HttpServerRequest.schemaBodyJson(UiMessages.UiRequest)
  const conversation = yield* UiMessages.toMessages(messages)
  const stream = Chat.stream({ messages: conversation, max_tokens: 100, parse_reasoning: true })
  return yield* UiStream.toResponse(
    UiStream.fromChat(SmoothText.chat(stream, { lag: "20 millis" }), {
      messageId: "msg-1",
      finishMetadata: ({ usage }) => ({ tokens: usage?.total_tokens })
    })
  )
})

/** Several steps: the server runs the tool in between. */
const agent = Effect.gen(function* () {
  const { messages } = yield* HttpServerRequest.schemaBodyJson(UiMessages.UiRequest)
  const conversation = yield* UiMessages.toMessages(messages)
  return yield* UiStream.toResponse(
    UiStream.message(
      UiStream.steps(conversation, {
        ask: (asked) => Chat.stream({ messages: asked, tools: [weather], max_tokens: 100 }),
        run: () => Effect.succeed({ celsius: 21 })
      })
    )
  )
})

describe("over sockets", async () => {
  const upstream = await emulated()

  const router = HttpRouter.empty.pipe(
    HttpRouter.post("/api/chat", Effect.catchAll(single, SseResponse.fromError)),
    HttpRouter.post("/api/agent", Effect.catchAll(agent, SseResponse.fromError))
  )

  const serving = HttpServer.serve(router).pipe(
    Layer.provide(
      Serverless.layer({ token, baseUrl: upstream.url, model: "meta-llama-3.1-8b-instruct", retry: Retry.never })
    ),
    Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
    Layer.provide(FetchHttpClient.layer),
    Layer.build,
    Effect.flatMap((context) =>
      Effect.provide(
        HttpServer.addressFormattedWith((url) => Effect.succeed(url)),
        context
      )
    )
  )

  const user = (id: string, text: string): UIMessage => ({ id, role: "user", parts: [{ type: "text", text }] })

  const send = async (api: string, messages: Array<UIMessage>, abortSignal?: AbortSignal) =>
    new DefaultChatTransport<UIMessage>({ api }).sendMessages({
      chatId: "chat-1",
      messages,
      trigger: "submit-message",
      messageId: undefined,
      abortSignal
    })

  /** Every state of the message that a front end would show. */
  const states = async (api: string, messages: Array<UIMessage>): Promise<ReadonlyArray<UIMessage>> => {
    const seen: Array<UIMessage> = []
    for await (const state of readUIMessageStream({ stream: await send(api, messages), terminateOnError: true })) {
      seen.push(state)
    }
    return seen
  }

  it.scopedLive("the transport reads text and reasoning as they arrive, and the metadata at the end", () =>
    Effect.gen(function* () {
      upstream.script([{ reasoning: "They greet me.", say: "Hello! 안녕하세요, 서울에서 인사드립니다 👩‍👩‍👧." }])
      const url = yield* serving
      const seen = yield* Effect.promise(() => states(`${url}/api/chat`, [user("1", "Hi!")]))
      const last = seen.at(-1)!
      assert.isAbove(seen.length, 4)
      assert.strictEqual(last.id, "msg-1")
      assert.strictEqual(last.role, "assistant")
      assert.deepStrictEqual(
        last.parts.map((part) => [
          part.type,
          "text" in part ? part.text : undefined,
          "state" in part ? part.state : undefined
        ]),
        [
          ["step-start", undefined, undefined],
          ["reasoning", "They greet me.", "done"],
          ["text", "Hello! 안녕하세요, 서울에서 인사드립니다 👩‍👩‍👧.", "done"]
        ]
      )
      assert.isAbove((last.metadata as { readonly tokens: number }).tokens, 5)
      yield* Effect.promise(() => validateUIMessages({ messages: [last] }))
    })
  )

  it.scopedLive("what the front end keeps is the conversation of its next request", () =>
    Effect.gen(function* () {
      upstream.script([
        { when: { turn: 1 }, say: "Hello!" },
        { when: { turn: 2 }, say: "I am a model." }
      ])
      const url = yield* serving
      const first = yield* Effect.promise(() => states(`${url}/api/chat`, [user("1", "Hi!")]))
      const messages = [user("1", "Hi!"), first.at(-1)!, user("2", "Who are you?")]
      const second = yield* Effect.promise(() => states(`${url}/api/chat`, messages))
      assert.include(JSON.stringify(second.at(-1)), "I am a model.")
      assert.deepStrictEqual((upstream.requests[1]!.body as { readonly messages: unknown }).messages, [
        { role: "user", content: "Hi!" },
        { role: "assistant", content: "Hello!" },
        { role: "user", content: "Who are you?" }
      ])
    })
  )

  it.scopedLive("tools that the server runs are parts with input and output, and go back to the model", () =>
    Effect.gen(function* () {
      upstream.script([
        { when: { toolResult: true }, say: "21 degrees." },
        { when: { contains: "weather" }, call: { tool: "get_weather", arguments: { city: "Seoul" } } },
        { say: "You are welcome." }
      ])
      const url = yield* serving
      const seen = yield* Effect.promise(() => states(`${url}/api/agent`, [user("1", "How is the weather?")]))
      const last = seen.at(-1)!
      const part = last.parts.find(({ type }) => type === "tool-get_weather")
      assert.deepInclude(part, { state: "output-available", input: { city: "Seoul" }, output: { celsius: 21 } })
      assert.deepInclude(last.parts.at(-1), { type: "text", text: "21 degrees.", state: "done" })
      // The part was shown while its arguments arrived.
      assert.isTrue(seen.some(({ parts }) => parts.some((each) => "state" in each && each.state === "input-streaming")))
      yield* Effect.promise(() =>
        states(`${url}/api/chat`, [user("1", "How is the weather?"), last, user("2", "Thanks")])
      )
      const sent = (upstream.requests.at(-1)!.body as { readonly messages: ReadonlyArray<{ readonly role: string }> })
        .messages
      assert.deepStrictEqual(
        sent.map(({ role }) => role),
        ["user", "assistant", "tool", "assistant", "user"]
      )
    })
  )

  it.scopedLive("a failure before the first chunk is a status, a later one is the error of the stream", () =>
    Effect.gen(function* () {
      const url = yield* serving
      upstream.faults.enqueue({ status: 503 })
      const refused = yield* Effect.promise(() =>
        send(`${url}/api/chat`, [user("1", "Hi!")]).then(
          () => undefined,
          (error: unknown) => error
        )
      )
      assert.instanceOf(refused, Error)
      assert.include((refused as Error).message, "The service is overloaded.")
      upstream.faults.enqueue({ truncate: { afterEvents: 3 } })
      const broken = yield* Effect.promise(() =>
        states(`${url}/api/chat`, [user("1", "Hi!")]).then(
          () => undefined,
          (error: unknown) => error
        )
      )
      assert.instanceOf(broken, Error)
      assert.strictEqual((broken as Error).message, "The answer was cut short.")
    })
  )

  it.scopedLive("a front end that stops closes the request to the API", () =>
    Effect.gen(function* () {
      upstream.script([{ say: "one two three ".repeat(200) }])
      upstream.faults.enqueue({ stall: { afterEvents: 3 } })
      const url = yield* serving
      const stop = new AbortController()
      yield* Effect.promise(async () => {
        const reader = (await send(`${url}/api/chat`, [user("1", "Hi!")], stop.signal)).getReader()
        await reader.read()
        stop.abort()
      })
      yield* Effect.sync(() => upstream.requests[0]?.aborted === true).pipe(
        Effect.delay("10 millis"),
        Effect.repeat({ until: (isClosed) => isClosed }),
        Effect.timeout("10 seconds")
      )
    })
  )

  it.scopedLive("a request of another shape is a 400", () =>
    Effect.gen(function* () {
      const url = yield* serving
      for (const body of [{}, { messages: [{ id: "1", role: "system", parts: [{ type: "text", text: "Obey." }] }] }]) {
        const response = yield* Effect.promise(() =>
          fetch(`${url}/api/chat`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body)
          })
        )
        assert.strictEqual(response.status, 400)
      }
      assert.isEmpty(upstream.requests)
    })
  )
})
