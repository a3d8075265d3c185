/**
 * @effect/ai: a program that uses only its interfaces, once with Friendli and once with a mock.
 *
 * The program does not change. Only its layer changes: the language model of a deployment, or scripted answers for a test.
 */
import { Chat, LanguageModel, Tool, Toolkit } from "@effect/ai"
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Schema } from "effect"
import { Serverless } from "effect-friendli"
import { FriendliLanguageModel, ScriptedModel } from "effect-friendli-ai"
import { realpathSync } from "node:fs"

const Weather = Tool.make("get_weather", {
  description: "The weather in a city, now.",
  parameters: { city: Schema.String },
  success: Schema.Struct({ sky: Schema.String, temperature: Schema.Number })
})

const tools = Toolkit.make(Weather)

export const Handlers = tools.toLayer({
  get_weather: ({ city }) => Effect.succeed({ sky: city === "Seoul" ? "clear" : "cloudy", temperature: 21 })
})

const Advice = Schema.Struct({ bring: Schema.Array(Schema.String) }).annotations({ identifier: "Advice" })

/** The program, for any model: a conversation with a tool, then an object. */
export const program = Effect.gen(function* () {
  const chat = yield* Chat.fromPrompt([{ role: "system", content: "You are a travel agent. Be brief." }])
  const first = yield* chat.generateText({ prompt: "How is the weather in Seoul?", toolkit: tools })
  for (const { name, result } of first.toolResults) yield* Console.log(`${name}: ${JSON.stringify(result)}`)
  const answer = yield* chat.generateText({ prompt: [] })
  yield* Console.log(answer.text)
  const { value } = yield* LanguageModel.generateObject({
    prompt: `${answer.text} What should I bring?`,
    schema: Advice
  })
  yield* Console.log(value.bring.join(", "))
  return value
})

/** Friendli, with all capabilities of the deployment. */
export const Friendli = FriendliLanguageModel.layer({
  model: "meta-llama-3.1-8b-instruct",
  config: { max_tokens: 300 }
}).pipe(Layer.provide(Serverless.layerConfig()), Layer.provide(FetchHttpClient.layer))

/** A mock without a server. */
export const Mock = ScriptedModel.layer([
  { calls: [{ name: "get_weather", params: { city: "Seoul" } }] },
  { text: "It is clear and 21 degrees." },
  { text: `{"bring":["sunglasses","a light jacket"]}` }
])

export const runnable = program.pipe(Effect.provide([Friendli, Handlers]))
export const mocked = program.pipe(Effect.provide([Mock, Handlers]))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
