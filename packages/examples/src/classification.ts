/**
 * Classification: sort messages by sentiment, and give uncertain messages to a person.
 *
 * `probs` has a probability for every class. The largest is the probability of `label`. The program compares it with a threshold.
 * FRIENDLI_MODEL is the endpoint's id.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Layer } from "effect"
import * as Classification from "effect-friendli/Classification"
import * as Dedicated from "effect-friendli/Dedicated"
import { realpathSync } from "node:fs"

const sure = 0.75

export const triage = (messages: ReadonlyArray<string>) =>
  Effect.map(Classification.classify({ input: messages }), ({ data }) =>
    data.map(({ index, label, probs }) => ({
      message: messages[index] ?? "",
      verdict: Math.max(...probs) >= sure ? label : "ask a person"
    }))
  )

export const program = Effect.gen(function* () {
  const sorted = yield* triage(["Great service, thank you!", "Slow reply", "Where is the invoice of March?"])
  yield* Effect.forEach(sorted, ({ message, verdict }) => Console.log(`${verdict}: ${message}`))
  return sorted
})

// the only capability that the program uses, with the client of the deployment
const classification = Classification.layer.pipe(
  Layer.provide(Dedicated.layerClientConfig({ model: Config.nonEmptyString("FRIENDLI_MODEL") }))
)

export const runnable = program.pipe(Effect.provide(classification), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
