/**
 * Structured output: an Effect schema describes the answer, for the model and for the program.
 *
 * `ResponseFormat.json` converts the schema to the `response_format`, and `Schema.parseJson` decodes the text. The model follows the JSON
 * Schema. But if `max_tokens` cut the answer short, it is not valid JSON, and the program fails with a typed error.
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
