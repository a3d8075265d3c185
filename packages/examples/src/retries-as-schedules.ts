/**
 * Retries as schedules: a policy is a `Schedule` over the errors, so you can use Effect's own combinators.
 *
 * The default is `Retry.defaultPolicy`: two more tries, after 0.5 s and 1 s, or as `Retry-After` says. You can set a policy for one call
 * (the second argument), for a region (`Friendli.withRetry`), or for a layer (its `retry`).
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Duration, Effect, Schedule } from "effect"
import { Friendli, Inference, Retry, Serverless } from "effect-friendli"
import { realpathSync } from "node:fs"

/** First the default, then waiting for an endpoint that wakes up. */
export const patient: Retry.Policy = Retry.defaultPolicy.pipe(Schedule.andThen(Retry.coldStart("10 minutes")))

/** Five more tries with increasing waits, only after transient failures. */
export const own: Retry.Policy = Retry.transient(
  Schedule.fibonacci("100 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(5)))
)

/** Adds logging to any policy: its input is the failure, its output is the wait. */
export const watched = (policy: Retry.Policy): Retry.Policy =>
  policy.pipe(
    Schedule.tapInput((error: { readonly _tag: string }) => Console.log(`failed with ${error._tag}`)),
    Schedule.delays,
    Schedule.tapOutput((wait) => Console.log(`waiting ${Duration.format(wait)}`))
  )

const model = "meta-llama-3.1-8b-instruct"

export const program = Effect.gen(function* () {
  // every call in this region, unless it sets its own policy
  const { tokens } = yield* Inference.tokenization({ model, prompt: "What is generative AI?" })
  // a second try of this call would be billed again
  yield* Inference.completion({ model, prompt: "Say this is a test!", max_tokens: 20 }, { retry: Retry.never })
  yield* Console.log(`${tokens.length} tokens`)
  return tokens
}).pipe(Friendli.withRetry(watched(own)))

export const runnable = program.pipe(Effect.provide(Serverless.layerConfig()), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
