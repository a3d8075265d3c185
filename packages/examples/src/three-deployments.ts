/**
 * Three deployments, one program: the layer is chosen by configuration when the program starts.
 *
 * FRIENDLI_DEPLOYMENT is `serverless` (default), `dedicated` or `container`. FRIENDLI_MODEL is a model id, an endpoint id, or
 * not set. The model is a setting of the deployment, so the program names no model.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect } from "effect"
import { Container, Dedicated, Deployment, FriendliClient, Inference, Serverless } from "effect-friendli"
import { realpathSync } from "node:fs"

export const program = Effect.gen(function* () {
  const { deployment } = yield* FriendliClient.FriendliClient
  const answer = yield* Inference.chatCompletion({ messages: [{ role: "user", content: "Hello!" }], max_tokens: 50 })
  const { tokens } = yield* Inference.tokenization({ prompt: "What is generative AI?" })
  yield* Console.log(`${deployment.name}: ${answer.choices[0]?.message.content} (${tokens.length} tokens asked about)`)
  return { deployment: deployment.name, tokens }
})

export const deployment = Deployment.layerUnwrap(
  Effect.map(
    Config.withDefault(
      Config.literal("serverless", "dedicated", "container")("FRIENDLI_DEPLOYMENT"),
      "serverless" as const
    ),
    (kind) => {
      switch (kind) {
        case "serverless":
          return Serverless.layerConfig({
            model: Config.withDefault(Config.nonEmptyString("FRIENDLI_MODEL"), "meta-llama-3.1-8b-instruct")
          })
        case "dedicated":
          return Dedicated.layerConfig({ model: Config.nonEmptyString("FRIENDLI_MODEL") })
        case "container":
          return Container.layerConfig()
      }
    }
  )
)

export const runnable = program.pipe(Effect.provide(deployment), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
