/**
 * Resilience: a dedicated endpoint that may be down, and serverless as the fallback.
 *
 * After two failures in a row the circuit of the endpoint opens, and questions go directly to serverless. Limits keep both below their
 * capacity. The plan counts its fallbacks and their reasons. They are printed at the end. FRIENDLI_MODEL is the endpoint's id.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Layer } from "effect"
import { Chat, Dedicated, FriendliClient, Metrics, Resilience, Retry, Serverless } from "effect-friendli"
import { realpathSync } from "node:fs"

/** Four calls at a time. The circuit breaker is outside the limit, so that no call waits for an endpoint that is down. */
export const Endpoint = Dedicated.layerConfig({ model: Config.string("FRIENDLI_MODEL"), retry: Retry.never }).pipe(
  Layer.provide(Resilience.layerCircuitBreaker({ failureThreshold: 2, resetTimeout: "1 minute" })),
  Layer.provide(Resilience.layerConcurrency({ permits: 4, maxWaiting: 100 }))
)

/** A rate below the limits of the account, and a second attempt for slow calls. */
export const StandIn = Serverless.layerConfig({ model: Config.succeed("meta-llama-3.1-8b-instruct") }).pipe(
  Layer.provide(Resilience.layerRateLimit({ requestsPerMinute: 60, maxWait: "30 seconds" })),
  Layer.provide(Resilience.layerHedge({ after: "10 seconds" }))
)

/** Which deployment answered. Local rejections and errors of the servers have the same tags. */
const ask = (question: string) =>
  Effect.zipRight(
    Chat.complete({ messages: [{ role: "user", content: question }], max_tokens: 20 }),
    Effect.map(FriendliClient.FriendliClient, ({ deployment }) => deployment.name)
  )

/** How often serverless was the fallback, and why. */
const standIns = Effect.map(Metrics.read(Metrics.fallbacks), (all) =>
  all.map(({ state, tags }) => `${tags["error.code"] ?? tags["error.type"]}: ${state.count}`)
)

export const program = Effect.gen(function* () {
  const plan = yield* Resilience.plan(
    { provide: Endpoint },
    { provide: StandIn, when: (error) => error._tag === "OverloadedError" || Resilience.isOutage(error) }
  )
  const questions = ["What is an endpoint?", "What is a circuit?", "What is a hedge?", "What is a plan?"]
  const answered = yield* Effect.forEach(questions, (question) => Effect.withExecutionPlan(ask(question), plan))
  yield* Console.log(answered.join(", "))
  for (const reason of yield* standIns) yield* Console.log(`stood in after ${reason}`)
  return answered
}).pipe(Effect.scoped)

export const runnable = program.pipe(Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
