/**
 * First call: ask for a chat answer and print it.
 *
 * A program is an Effect. Its type says what it requires (`Chat`), a deployment layer provides this, and an `HttpClient` layer of your choice
 * sends the requests. `layerConfig` reads FRIENDLI_TOKEN, and FRIENDLI_BASE_URL for another server, such as the emulator.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Inference, Serverless } from "effect-friendli"
import { realpathSync } from "node:fs"

export const program = Effect.gen(function* () {
  const answer = yield* Inference.chatCompletion({
    model: "meta-llama-3.1-8b-instruct",
    messages: [
      { role: "system", content: "You are a helpful assistant." },
      { role: "user", content: "Hello!" }
    ],
    max_tokens: 200
  })
  yield* Console.log(answer.choices[0]?.message.content)
  yield* Console.log(`${answer.usage?.total_tokens} tokens`)
  return answer
})

export const runnable = program.pipe(Effect.provide(Serverless.layerConfig()), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
