import type * as HttpClient from "@effect/platform/HttpClient"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Serverless from "effect-friendli/Serverless"
import type { Consumption } from "../Consumption.js"
import { messages, type Make, model, token } from "./Contender.js"

const request: Chat.ChatRequest = { model, messages }

const read = (tally: Consumption, chunk: Chat.ChatChunk): void => {
  tally.piece(chunk.choices[0]?.delta.content)
  if (chunk.usage) tally.usage(chunk.usage.total_tokens)
}

/** How a program reads a stream. */
const consumers = {
  events: (tally: Consumption) =>
    Stream.runForEach(Chat.stream(request), (chunk) => Effect.sync(() => read(tally, chunk))),
  chunks: (tally: Consumption) =>
    Stream.runForEachChunk(Chat.stream(request), (chunks) =>
      Effect.sync(() => {
        for (const chunk of Chunk.toReadonlyArray(chunks)) read(tally, chunk)
      })
    )
}

export type Consumer = keyof typeof consumers

const many = <A, E, R>(count: number, atATime: number, once: Effect.Effect<A, E, R>) =>
  Effect.forEach(Array.from({ length: count }), () => once, { concurrency: atATime, discard: true })

/** The SDK with its defaults: retries, timeouts, spans, every event checked against its schema. */
export const over =
  (http: Layer.Layer<HttpClient.HttpClient>, consumer: Consumer): Make =>
  (url) => {
    const runtime = ManagedRuntime.make(Serverless.layer({ token, baseUrl: url }).pipe(Layer.provide(http)))
    return {
      complete: (calls, atATime, tally) =>
        runtime.runPromise(
          many(
            calls,
            atATime,
            Effect.map(Chat.complete(request), (answer) => {
              tally.piece(answer.choices[0]?.message.content)
              tally.usage(answer.usage?.total_tokens)
            })
          )
        ),
      stream: (streams, atATime, tally) => runtime.runPromise(many(streams, atATime, consumers[consumer](tally))),
      close: () => runtime.dispose()
    }
  }
