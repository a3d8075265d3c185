/**
 * Testing your program: your own service on `Chat` and `Tokens`, written so that a test can replace everything below it.
 *
 * The service requires capabilities, not a deployment: it contains no token, URL or client. Its tests in `test/testing-your-program.test.ts`
 * show the test kit: a mock of a capability, scripted answers, failures, the test clock, recorded requests, broken streams, an open circuit,
 * a cassette, the emulator.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Config, Console, Context, Data, Effect, Layer, Stream } from "effect"
import { Chat, ChatStream, Resilience, Retry, Serverless, Tokens } from "effect-friendli"
import { realpathSync } from "node:fs"

/** The text is too long. This is checked before anything is paid for. */
export class TooLong extends Data.TaggedError("TooLong")<{ readonly tokens: number; readonly limit: number }> {}

/** Longer texts are rejected. */
export const limit = 1000

/** The service that the application calls. It has its own errors, and its type hides the implementation. */
export class Summarizer extends Context.Tag("Summarizer")<Summarizer, Summarizer.Service>() {}

export declare namespace Summarizer {
  interface Service {
    /** A summary in one sentence. If the model is down, the start of the text. */
    readonly summarize: (text: string) => Effect.Effect<string, TooLong>
    /** The summary as it arrives. If it is cut off, its last element says so. */
    readonly live: (text: string) => Stream.Stream<string, TooLong>
  }
}

const requestOf = (text: string) => ({
  messages: [
    { role: "system" as const, content: "Summarize the text in one sentence." },
    { role: "user" as const, content: text }
  ],
  temperature: 0,
  max_tokens: 60
})

const beginningOf = (text: string): string => (text.length <= 40 ? text : `${text.slice(0, 40)}…`)

export const layer = Layer.effect(
  Summarizer,
  Effect.gen(function* () {
    const chat = yield* Chat.Chat
    const counter = yield* Tokens.Tokens

    // if the tokens cannot be counted, the model checks the length
    const check = (text: string) =>
      counter.tokenize({ prompt: text }, { retry: Retry.never, timeout: "2 seconds" }).pipe(
        Effect.orElseSucceed(() => ({ tokens: [] })),
        Effect.filterOrFail(
          ({ tokens }) => tokens.length <= limit,
          ({ tokens }) => new TooLong({ tokens: tokens.length, limit })
        )
      )

    const summarize = (text: string) =>
      Effect.zipRight(
        check(text),
        chat.complete(requestOf(text), { retry: Retry.defaultPolicy, timeout: "30 seconds" }).pipe(
          Effect.map((answer) => answer.choices[0]?.message.content ?? beginningOf(text)),
          Effect.catchTags({
            // a mistake of the program or of the operator: the program cannot continue
            InvalidRequestError: Effect.die,
            AuthenticationError: Effect.die
          }),
          Effect.catchAll((error) => Effect.as(Effect.logWarning("no summary", error._tag), beginningOf(text)))
        )
      )

    const live = (text: string) =>
      Stream.unwrap(
        Effect.as(
          check(text),
          ChatStream.text(chat.stream(requestOf(text))).pipe(Stream.orElse(() => Stream.make(" [broken off]")))
        )
      )

    return { summarize, live }
  })
)

/** The deployment, chosen where the layers are composed. After three failures in six calls it gets no calls for a minute. */
export const Friendli = Serverless.layerConfig({ model: Config.succeed("meta-llama-3.1-8b-instruct") }).pipe(
  Layer.provide(Resilience.layerCircuitBreaker({ failureThreshold: { rate: 0.5, of: 6 }, resetTimeout: "1 minute" }))
)

export const program = Effect.gen(function* () {
  const summarizer = yield* Summarizer
  const text = "The museum opens at nine. On Mondays it is closed, and on Fridays it is open until ten at night."
  const summary = yield* summarizer.summarize(text)
  yield* Console.log(summary)
  const written = yield* Stream.mkString(summarizer.live(text))
  yield* Console.log(written)
  return { summary, written }
})

export const runnable = program.pipe(
  Effect.provide(layer),
  Effect.provide(Friendli),
  Effect.provide(FetchHttpClient.layer)
)

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
