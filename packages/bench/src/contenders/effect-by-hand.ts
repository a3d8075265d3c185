import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { withEffect } from "./task/with-effect.js"
import { messages, type Make, model, token } from "./Contender.js"

const Usage = Schema.Struct({
  prompt_tokens: Schema.Number,
  completion_tokens: Schema.Number,
  total_tokens: Schema.Number
})

const Answer = Schema.Struct({
  id: Schema.String,
  created: Schema.Number,
  model: Schema.String,
  choices: Schema.Array(
    Schema.Struct({
      index: Schema.Number,
      message: Schema.Struct({
        role: Schema.String,
        content: Schema.NullOr(Schema.String),
        tool_calls: Schema.optional(
          Schema.Array(
            Schema.Struct({
              id: Schema.String,
              type: Schema.Literal("function"),
              function: Schema.Struct({ name: Schema.String, arguments: Schema.String })
            })
          )
        )
      }),
      finish_reason: Schema.String
    })
  ),
  usage: Usage
})

const Event = Schema.Struct({
  id: Schema.String,
  created: Schema.Number,
  model: Schema.String,
  choices: Schema.Array(
    Schema.Struct({
      index: Schema.Number,
      delta: Schema.Struct({
        role: Schema.optional(Schema.NullOr(Schema.String)),
        content: Schema.optional(Schema.NullOr(Schema.String))
      }),
      finish_reason: Schema.NullOr(Schema.String)
    })
  ),
  usage: Schema.NullOr(Usage)
})

const decodeEvent = Schema.decode(Schema.parseJson(Event))

/** A client that a developer writes in an afternoon with `HttpClient`, `Stream` and `Schema`: no retries, no timeouts, no errors of its own. */
export const make: Make = (url) => {
  const runtime = ManagedRuntime.make(FetchHttpClient.layer)
  const post = (body: object) =>
    HttpClientRequest.post(`${url}/v1/chat/completions`).pipe(
      HttpClientRequest.bearerToken(token),
      HttpClientRequest.bodyUnsafeJson({ model, messages, ...body }),
      HttpClient.execute,
      Effect.flatMap(HttpClientResponse.filterStatusOk)
    )
  const complete = (body: object) => Effect.flatMap(post(body), HttpClientResponse.schemaBodyJson(Answer))
  const many = <A, E>(count: number, atATime: number, once: Effect.Effect<A, E, HttpClient.HttpClient>) =>
    runtime.runPromise(
      Effect.forEach(Array.from({ length: count }), () => once, { concurrency: atATime, discard: true })
    )
  return {
    complete: (calls, atATime, tally) =>
      many(
        calls,
        atATime,
        Effect.map(complete({}), (answer) => {
          tally.piece(answer.choices[0]?.message.content)
          tally.usage(answer.usage.total_tokens)
        })
      ),
    stream: (streams, atATime, tally) =>
      many(
        streams,
        atATime,
        post({ stream: true, stream_options: { include_usage: true } }).pipe(
          HttpClientResponse.stream,
          Stream.decodeText(),
          Stream.splitLines,
          Stream.filter((line) => line.startsWith("data: ") && line !== "data: [DONE]"),
          Stream.mapEffect((line) => decodeEvent(line.slice("data: ".length))),
          Stream.runForEach((event) =>
            Effect.sync(() => {
              tally.piece(event.choices[0]?.delta.content)
              if (event.usage !== null) tally.usage(event.usage.total_tokens)
            })
          )
        )
      ),
    task: (tasks, atATime, tally) =>
      many(
        tasks,
        atATime,
        Effect.gen(function* () {
          const asked = yield* complete(withEffect.asking)
          const answer = yield* complete(withEffect.reporting(asked.choices[0]?.message.tool_calls ?? [], tally))
          withEffect.read(answer.choices[0]?.message.content, tally)
          tally.usage(asked.usage.total_tokens)
          tally.usage(answer.usage.total_tokens)
        })
      ),
    reject: (calls, tally) =>
      many(
        calls,
        1,
        post({}).pipe(
          // a program that needs the reason reads the body
          Effect.catchTag("ResponseError", ({ response }) =>
            Effect.map(response.text, () => tally.rejection(response.status))
          )
        )
      ),
    close: () => runtime.dispose()
  }
}
