/**
 * The demo: `npx -y pnpm@12 demo`, or `npx -y pnpm@12 demo "any prompt"`; `--help` lists the options.
 *
 * Starts the emulator in this process and shows the SDK. With `--live`, scenes without faults use Friendli.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import { FetchHttpClient, type HttpClient } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Cause, type ConfigError, Console, Effect, Layer } from "effect"
import type { Serverless } from "effect-friendli"
import type * as EmulatorServer from "effect-friendli-emulator/EmulatorServer"
import { Api, emulator, onApi, onEmulator, type Settings } from "./api.js"
import { box, clean, heading, table } from "./layout.js"
import { type Failure, type Scene, scenes } from "./scenes/index.js"
import { Screen } from "./screen.js"

const introduction = (settings: Settings) =>
  Effect.gen(function* () {
    const screen = yield* Screen
    const api = yield* Api
    yield* screen.line(
      box(screen.width, [
        "effect-friendli: Friendli inference as Effects, Schedules and Streams",
        `API    ${api.name}, ${api.url}`,
        `model  ${settings.model}`,
        settings.isLive
          ? "Retries, errors, the cut stream and the batch use the emulator, in this process."
          : "No data leaves this machine. --live calls Friendli, which costs money."
      ])
    )
  })

const show = (scene: Scene, settings: Settings) =>
  Effect.gen(function* () {
    const screen = yield* Screen
    yield* screen.line()
    yield* screen.line(heading(screen.paint, screen.width, scenes.indexOf(scene) + 1, scene.title))
    yield* scene.show(settings)
  })

/** The API for a scene. */
const apiOf = (
  { needsEmulator }: Scene,
  settings: Settings
): Layer.Layer<
  Serverless.Capabilities,
  ConfigError.ConfigError,
  EmulatorServer.EmulatorServer | HttpClient.HttpClient
> => (needsEmulator ? onEmulator(settings) : onApi(settings))

/** The chosen scenes, in their order. */
const demo = (chosen: ReadonlyArray<Scene>, settings: Settings) =>
  Effect.gen(function* () {
    yield* introduction(settings)
    for (const scene of chosen) {
      yield* Effect.provide(show(scene, settings), apiOf(scene, settings))
    }
  }).pipe(Effect.provide(Layer.provideMerge(Api.chosen(settings), emulator)), Effect.provide(FetchHttpClient.layer))

const listScenes = Effect.flatMap(Screen, (screen) =>
  screen.line(
    table(
      ["--scene", "what it shows"],
      scenes.map(({ name, title }) => [name, title]),
      ["left", "left"]
    )
  )
)

const command = Command.make(
  "demo",
  {
    words: Args.text({ name: "prompt" }).pipe(
      Args.withDescription(`The prompt of the first scene. Default: "Hello!"`),
      Args.repeated
    ),
    model: Options.text("model").pipe(
      Options.withDescription("The model of all scenes"),
      Options.withDefault("meta-llama-3.1-8b-instruct")
    ),
    // a choice whose values are not texts cannot be repeated, because the library reads its value twice
    names: Options.choice(
      "scene",
      scenes.map(({ name }) => name)
    ).pipe(Options.withDescription("Show only this scene. Can be given more than once"), Options.repeated),
    isList: Options.boolean("list").pipe(Options.withDescription("List the scenes")),
    isLive: Options.boolean("live").pipe(
      Options.withDescription("Call Friendli, with the token in FRIENDLI_TOKEN. This costs money")
    )
  },
  ({ isList, isLive, model, names, words }) =>
    isList
      ? listScenes
      : demo(
          names.length === 0 ? scenes : scenes.filter(({ name }) => names.includes(name)),
          // control characters would reach the terminal
          { isLive, model: clean(model), prompt: clean(words.join(" ")).trim() || "Hello!" }
        )
).pipe(Command.withDescription("Shows effect-friendli with the emulator: no data leaves this machine"))

const complain = (cause: Cause.Cause<Failure | ValidationError.ValidationError>) =>
  Cause.isInterruptedOnly(cause)
    ? Effect.void
    : Cause.failureOption(cause).pipe((failure) => {
        if (failure._tag === "None") return Console.error(Cause.pretty(cause))
        // the library has already printed the error of the command line
        if (ValidationError.isValidationError(failure.value)) return Effect.void
        return Console.error(`\nThe demo failed: ${failure.value._tag}: ${clean(failure.value.message)}`)
      })

Command.run(command, { name: "The demo of effect-friendli", version: "0.0.0" })(process.argv).pipe(
  Effect.provide(Screen.stdout),
  Effect.provide(NodeContext.layer),
  Effect.tapErrorCause(complain),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
