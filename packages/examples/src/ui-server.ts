/**
 * A server for front ends with `useChat` of the AI SDK, versions 5 and 6. The messages of the front end are converted to messages of a request, and
 * the front end receives the answer as it arrives. The server runs a tool. Its call and its result are parts of the message.
 *
 * Start it, and let `useChat` call it: `new DefaultChatTransport({ api: "http://localhost:3000/api/chat" })`.
 */
import { HttpMiddleware, HttpRouter, HttpServer, HttpServerRequest } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Effect, Layer, Schema } from "effect"
import { Chat, Conversation, FriendliError, Serverless, SmoothText, Tool, UiMessages } from "effect-friendli"
import * as UiStream from "effect-friendli/UiStream"
import * as UndiciTransport from "effect-friendli/UndiciTransport"
import { realpathSync } from "node:fs"
import { createServer } from "node:http"

const getWeather = Tool.make("get_weather", {
  description: "The weather in a city, now.",
  parameters: Schema.Struct({ city: Schema.String })
})
const tools = [getWeather]

/** How many times the model may call tools before it has to answer. */
const rounds = 3

/** Decodes a call of the model and runs it. If the call is invalid, the model gets the error and can correct itself. */
const run = (call: Chat.ToolCall) =>
  Tool.decodeCall(call, tools).pipe(
    Effect.map(({ input }) => ({ city: input.city, celsius: 21 })),
    Effect.catchTag("InvalidToolCallError", ({ message }) => Effect.succeed({ error: message }))
  )

const answer = (conversation: Conversation.Conversation) =>
  UiStream.steps(conversation, {
    ask: (messages, round) =>
      SmoothText.chat(
        Chat.stream({
          messages,
          tools,
          tool_choice: round < rounds ? "auto" : "none",
          parse_reasoning: true,
          max_tokens: 500
        })
      ),
    run
  })

const chat = Effect.gen(function* () {
  const { messages } = yield* HttpServerRequest.schemaBodyJson(UiMessages.UiRequest)
  const conversation = yield* UiMessages.toMessages(messages)
  return yield* UiStream.toResponse(
    UiStream.message(answer([...Conversation.make("Answer briefly."), ...conversation]))
  )
}).pipe(
  // for the operator: an error of the SDK has neither token nor prompt, but an error of a schema contains the request
  Effect.tapError((error) => Effect.logWarning(FriendliError.isFriendliError(error) ? error.message : error._tag)),
  Effect.catchAll(UiStream.fromError)
)

/** The server. It requires `Chat`, so a test can provide a mock. */
export const layer = HttpRouter.empty.pipe(
  HttpRouter.post("/api/chat", chat),
  HttpMiddleware.cors(),
  HttpServer.serve(),
  HttpServer.withLogAddress
)

const Friendli = Serverless.layerConfig({
  model: Config.succeed("meta-llama-3.1-8b-instruct"),
  headersTimeout: "20 seconds"
})

export const runnable = Layer.launch(
  layer.pipe(
    Layer.provide(Friendli),
    Layer.provide(NodeHttpServer.layerConfig(createServer, { port: Config.withDefault(Config.integer("PORT"), 3000) })),
    Layer.provide(UndiciTransport.layer)
  )
)

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
