/**
 * The demo: `npx -y pnpm@12 demo`, or `npx -y pnpm@12 demo "any prompt"`.
 *
 * Starts the emulator in this process and shows what the SDK does. Where FRIENDLI_TOKEN is set, what needs no fault is
 * shown on Friendli; faults are the emulator's in any case.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Cause, Console, Effect, Layer } from "effect"
import { Api, emulator, model, onApi, onEmulator } from "./api.js"
import { box, clean, heading } from "./layout.js"
import * as scenes from "./scenes.js"
import { Screen } from "./screen.js"

const scene = <A, E, R>(number: number, title: string, show: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const screen = yield* Screen
    yield* screen.line()
    yield* screen.line(heading(screen.paint, screen.width, number, title))
    yield* show
  })

const introduction = Effect.gen(function* () {
  const screen = yield* Screen
  const api = yield* Api
  yield* screen.line(
    box(screen.width, [
      "effect-friendli: Friendli inference as Effects, Schedules and Streams",
      `API    ${api.name}, ${api.url}`,
      `model  ${model}`,
      api.isFriendli
        ? "Scenes 4 to 6 need faults: they run on the emulator, in this process."
        : "Nothing leaves this machine. Set FRIENDLI_TOKEN to talk to Friendli."
    ])
  )
})

const demo = (prompt: string) =>
  Effect.gen(function* () {
    yield* introduction
    yield* Effect.all([
      scene(1, "A chat answer as it arrives", scenes.streamedChat(prompt)),
      scene(2, "A completion", scenes.completion),
      scene(3, "Tokens, and back", scenes.tokens)
    ]).pipe(Effect.provide(onApi))
    yield* Effect.all([
      scene(4, "A retry that recovers", scenes.retries),
      scene(5, "Typed errors, by tag", scenes.typedErrors),
      scene(6, "A stream cut short", scenes.cutStream)
    ]).pipe(Effect.provide(onEmulator))
  })

const complain = (cause: Cause.Cause<{ readonly _tag: string; readonly message: string }>) =>
  Cause.isInterruptedOnly(cause)
    ? Effect.void
    : Console.error(
        Cause.failureOption(cause).pipe((failure) =>
          failure._tag === "Some"
            ? `\nThe demo failed: ${failure.value._tag}: ${clean(failure.value.message)}`
            : Cause.pretty(cause)
        )
      )

const prompt = clean(process.argv.slice(2).join(" ")).trim() || "Hello!"

demo(prompt).pipe(
  Effect.provide(Api.fromConfig.pipe(Layer.provideMerge(emulator), Layer.provideMerge(Screen.stdout))),
  Effect.provide(FetchHttpClient.layer),
  Effect.tapErrorCause(complain),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
