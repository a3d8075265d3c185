import type * as HttpClient from "@effect/platform/HttpClient"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Serverless from "effect-friendli/Serverless"
import * as ResponseFormat from "effect-friendli/ResponseFormat"
import * as Tool from "effect-friendli/Tool"
import type { Consumption } from "../Consumption.js"
import { readReport, readSearch, readWeather, resultOf, searchDescription, weatherDescription } from "../task.js"
import { Report, Search, Weather } from "./task/effect.js"
import { messages, type Make, model, token } from "./Contender.js"

const request: Chat.ChatRequest = { model, messages }

const read = (tally: Consumption, chunk: Chat.ChatChunk): void => {
  tally.piece(chunk.choices[0]?.delta.content)
  if (chunk.usage) tally.usage(chunk.usage.total_tokens)
}

/** How a program reads a stream. To add a way: an entry here, and its title in `index.ts`. */
const consumers = {
  events: (tally: Consumption) =>
    Stream.runForEach(Chat.stream(request), (chunk) => Effect.sync(() => read(tally, chunk))),
  chunks: (tally: Consumption) =>
    Stream.runForEachChunk(Chat.stream(request), (chunks) =>
      Effect.sync(() => {
        for (const chunk of Chunk.toReadonlyArray(chunks)) read(tally, chunk)
      })
    ),
  forEach: (tally: Consumption) => Chat.forEach(request, (chunk) => read(tally, chunk))
}

export type Consumer = keyof typeof consumers

const tools = [
  Tool.make("get_weather", { description: weatherDescription, parameters: Weather }),
  Tool.make("search_places", { description: searchDescription, parameters: Search })
]
const format = ResponseFormat.json(Report, { name: "report" })
const decodeReport = Schema.decode(Schema.parseJson(Report))

const task = (tally: Consumption) =>
  Effect.gen(function* () {
    const asked = yield* Chat.complete({ model, messages, tools })
    const calls = asked.choices[0]?.message.tool_calls ?? []
    const results: Array<Chat.Message> = []
    for (const each of calls) {
      const call = yield* Tool.decodeCall(each, tools)
      if (call.name === "get_weather") readWeather(tally, call.input)
      else readSearch(tally, call.input)
      results.push({ role: "tool", tool_call_id: call.id, content: resultOf(call.name) })
    }
    const answer = yield* Chat.complete({
      model,
      messages: [...messages, Chat.toAssistantMessage({ tool_calls: calls }), ...results],
      response_format: format
    })
    readReport(tally, yield* decodeReport(answer.choices[0]?.message.content ?? ""))
    tally.usage(asked.usage?.total_tokens)
    tally.usage(answer.usage?.total_tokens)
  })

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
      task: (tasks, atATime, tally) => runtime.runPromise(many(tasks, atATime, task(tally))),
      reject: (calls, tally) =>
        runtime.runPromise(
          many(
            calls,
            1,
            Effect.catchTag(Chat.complete(request), "InvalidRequestError", ({ status }) =>
              Effect.sync(() => tally.rejection(status))
            )
          )
        ),
      close: () => runtime.dispose()
    }
  }
