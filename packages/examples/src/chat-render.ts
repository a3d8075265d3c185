/**
 * Chat render: the text that a model's chat template makes from a conversation. The model reads this text.
 *
 * Nothing is generated. Dedicated endpoints have this operation, too. Containers do not, so the program would not compile with their layer.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Schema } from "effect"
import { ChatRender, Serverless, Tool } from "effect-friendli"
import { realpathSync } from "node:fs"

const conversation: ChatRender.ChatRenderRequest = {
  model: "meta-llama-3.1-8b-instruct",
  messages: [
    { role: "system", content: "You are a helpful assistant." },
    { role: "user", content: "What is the weather in Seoul?" }
  ]
}

export const program = Effect.gen(function* () {
  const plain = yield* ChatRender.render(conversation)
  yield* Console.log(plain.text)

  // the text that a tool adds to the prompt
  const offering = yield* ChatRender.render({
    ...conversation,
    tools: [Tool.make("get_weather", { parameters: Schema.Struct({ city: Schema.String }) })]
  })
  yield* Console.log(`a tool adds ${offering.text.length - plain.text.length} characters`)
  return { plain: plain.text, offering: offering.text }
})

export const runnable = program.pipe(Effect.provide(Serverless.layerConfig()), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
