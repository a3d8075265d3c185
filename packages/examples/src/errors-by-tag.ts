/**
 * Errors by tag: the type of a call has every error of the call. The tags tell you what you can do about an error.
 *
 * `catchTags` removes the handled tags from the type. Your caller has to handle the remaining errors.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Duration, Effect } from "effect"
import { type Chat, Inference, Serverless } from "effect-friendli"
import { realpathSync } from "node:fs"

/** A reply for the user in every case, except for a wrong token, which only the operator can fix. */
export const reply = (request: Chat.ChatRequest) =>
  Inference.chatCompletion({ model: "meta-llama-3.1-8b-instruct", ...request }).pipe(
    Effect.map((answer) => answer.choices[0]?.message.content ?? ""),
    Effect.catchTags({
      InvalidRequestError: (error) =>
        Effect.succeed(`change ${error.issues.map((it) => it.path.join(".")).join(" and ")}`),
      RateLimitError: (error) =>
        Effect.succeed(`come back in ${Duration.format(error.retryAfter ?? Duration.minutes(1))}`),
      OverloadedError: () => Effect.succeed("the model is waking up, try again soon"),
      NotFoundError: (error) => Effect.succeed(`no such model (request ${error.requestId ?? "without id"})`),
      ConnectionError: (error) => Effect.succeed(`no connection: ${error.cause?.code ?? error.phase}`),
      RequestTimeoutError: (error) =>
        Effect.succeed(`the ${error.kind} timeout expired after ${Duration.format(error.limit)}`)
    })
  )

export const program = Effect.gen(function* () {
  const good = yield* reply({ messages: [{ role: "user", content: "Hello!" }], max_tokens: 50 })
  // rejected before the request is sent
  const bad = yield* reply({ messages: [], temperature: Number.NaN })
  yield* Console.log(good)
  yield* Console.log(bad)
  return { good, bad }
})

export const runnable = program.pipe(
  Effect.catchTag("AuthenticationError", (error) => Console.error(`Check FRIENDLI_TOKEN: ${error.message}`)),
  Effect.provide(Serverless.layerConfig()),
  Effect.provide(FetchHttpClient.layer)
)

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
