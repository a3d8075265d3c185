/**
 * Web response: send a stream to a browser, with a `Request => Response` handler for Workers, Bun, Deno or Node.
 *
 * `toReadableStream` makes server-sent events in the format of the API. A failure becomes an error frame that has only its kind and
 * status. When the browser disconnects, the connection to the API is closed.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Schema } from "effect"
import { ChatStream, Inference, Serverless } from "effect-friendli"
import { realpathSync } from "node:fs"

const Question = Schema.parseJson(Schema.Struct({ prompt: Schema.NonEmptyTrimmedString }))

export const respond = (request: Request) =>
  Effect.gen(function* () {
    const text = yield* Effect.promise(() => request.text())
    const { prompt } = yield* Schema.decode(Question)(text)
    const events = yield* ChatStream.toReadableStream(
      Inference.chatCompletionStream({
        model: "meta-llama-3.1-8b-instruct",
        messages: [{ role: "user", content: prompt }],
        max_tokens: 100
      })
    )
    return new Response(events, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } })
  }).pipe(Effect.catchTag("ParseError", (error) => Effect.succeed(new Response(error.message, { status: 400 }))))

export const program = Effect.gen(function* () {
  const request = new Request("http://localhost/ask", { method: "POST", body: JSON.stringify({ prompt: "Hello!" }) })
  const response = yield* respond(request)
  const body = yield* Effect.promise(() => response.text())
  yield* Console.log(body.trimEnd())
  return { status: response.status, body }
})

export const runnable = program.pipe(Effect.provide(Serverless.layerConfig()), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
