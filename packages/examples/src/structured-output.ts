/**
 * Structured output: an Effect schema says what the answer looks like, to the model and to the program.
 *
 * `ResponseFormat.json` turns it into the `response_format`, `Schema.parseJson` reads the text back. The model keeps to the JSON
 * Schema, but an answer that `max_tokens` cut short is not valid JSON: it is a typed failure.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Schema } from "effect"
import { Inference, ResponseFormat, Serverless } from "effect-friendli"
import { realpathSync } from "node:fs"

export const City = Schema.Struct({
  name: Schema.String,
  population: Schema.Int.pipe(Schema.positive()),
  sights: Schema.NonEmptyArray(Schema.String)
})

const decode = Schema.decode(Schema.parseJson(City))

export const program = Effect.gen(function* () {
  const answer = yield* Inference.chatCompletion({
    model: "meta-llama-3.1-8b-instruct",
    messages: [{ role: "user", content: "Describe Seoul in JSON." }],
    response_format: ResponseFormat.json(City),
    max_tokens: 200
  })
  const city = yield* decode(answer.choices[0]?.message.content ?? "")
  yield* Console.log(`${city.name}: ${city.population} people, ${city.sights.join(", ")}`)
  return city
})

export const runnable = program.pipe(Effect.provide(Serverless.layerConfig()), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
