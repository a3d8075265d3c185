/**
 * Server: your own HTTP API that answers with a chat stream, as server-sent events.
 *
 * The stream is opened before the response begins, so a failure before the first element has a proper status: 503 with `Retry-After`, 504 or
 * 502. A later failure is an error frame. When the browser disconnects, the request to Friendli is cancelled.
 *
 * Start it, then: `curl -N localhost:3000/ask -H 'content-type: application/json' -d '{"prompt":"Hello!"}'`
 */
import {
  HttpApi,
  HttpApiBuilder,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpApiSchema,
  HttpApp,
  HttpServer,
  HttpServerResponse
} from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Duration, Effect, Layer, Schema } from "effect"
import { Chat, type FriendliError, Serverless } from "effect-friendli"
import * as SseResponse from "effect-friendli/SseResponse"
import * as UndiciTransport from "effect-friendli/UndiciTransport"
import { realpathSync } from "node:fs"
import { createServer } from "node:http"

export class Rejected extends Schema.TaggedError<Rejected>()(
  "Rejected",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 422 })
) {}

export class Unavailable extends Schema.TaggedError<Unavailable>()(
  "Unavailable",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 502 })
) {}

export class Busy extends Schema.TaggedError<Busy>()(
  "Busy",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 503 })
) {}

export class TooSlow extends Schema.TaggedError<TooSlow>()(
  "TooSlow",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 504 })
) {}

const Question = Schema.Struct({ prompt: Schema.NonEmptyTrimmedString.pipe(Schema.maxLength(4000)) })

/** The errors for clients. `HttpApi` itself answers 400 if a body does not fit `Question`. */
export class Api extends HttpApi.make("chat").add(
  HttpApiGroup.make("chat").add(
    HttpApiEndpoint.post("ask", "/ask")
      .setPayload(Question)
      .addSuccess(HttpApiSchema.Text({ contentType: "text/event-stream" }))
      .addError(Rejected)
      .addError(Unavailable)
      .addError(Busy)
      .addError(TooSlow)
  )
) {}

/** `Retry-After` in whole seconds. */
const setRetryAfter = (wait: Duration.DurationInput) =>
  HttpApp.appendPreResponseHandler((_request, response) =>
    Effect.succeed(HttpServerResponse.setHeader(response, "retry-after", `${Math.ceil(Duration.toSeconds(wait))}`))
  )

/** The error for the browser: only its kind, and nothing about the request to Friendli. */
const failed = (
  error: FriendliError.FriendliStreamError
): Effect.Effect<never, Rejected | Unavailable | Busy | TooSlow> => {
  switch (error._tag) {
    case "InvalidRequestError":
      return Effect.fail(new Rejected({ message: "The model cannot answer this question." }))
    case "RateLimitError":
    case "OverloadedError":
      return Effect.zipRight(
        setRetryAfter(error.retryAfter ?? "5 seconds"),
        Effect.fail(new Busy({ message: "Too many questions for now." }))
      )
    case "RequestTimeoutError":
      return Effect.fail(new TooSlow({ message: "The model took too long." }))
    default:
      return Effect.fail(new Unavailable({ message: "The model is not available." }))
  }
}

const ask = (prompt: string) =>
  SseResponse.make(Chat.stream({ messages: [{ role: "user", content: prompt }], max_tokens: 200 })).pipe(
    // for the operator; the message has neither the token nor the prompt
    Effect.tapError((error) => Effect.logWarning(error.message)),
    Effect.catchAll(failed)
  )

const ChatGroup = HttpApiBuilder.group(Api, "chat", (handlers) =>
  handlers.handle("ask", ({ payload }) => ask(payload.prompt))
)

/** The API. It requires `Chat`, so a test can provide a mock. */
export const ApiLive = Layer.provide(HttpApiBuilder.api(Api), ChatGroup)

export const layer = HttpApiBuilder.serve().pipe(HttpServer.withLogAddress, Layer.provide(ApiLive))

const Friendli = Serverless.layerConfig({
  model: Config.succeed("meta-llama-3.1-8b-instruct"),
  headersTimeout: "20 seconds"
})

/** Runs until it is interrupted. `NodeRuntime.runMain` interrupts it at SIGINT and SIGTERM: running streams are finished first. */
export const runnable = Layer.launch(
  layer.pipe(
    Layer.provide(Friendli),
    Layer.provide(NodeHttpServer.layerConfig(createServer, { port: Config.withDefault(Config.integer("PORT"), 3000) })),
    // last, so that it is closed last: running streams need its connections
    Layer.provide(UndiciTransport.layer)
  )
)

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
