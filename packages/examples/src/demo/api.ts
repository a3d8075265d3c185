/**
 * Which API the demo talks to: the emulator, or with `--live` Friendli. Faults are the emulator's alone.
 */
import type { HttpClient } from "@effect/platform"
import { Config, type ConfigError, Context, Data, Effect, Layer, Option } from "effect"
import { Serverless } from "effect-friendli"
import { EmulatorServer, layer as emulatorLayer } from "effect-friendli-emulator/EmulatorServer"
import { Screen } from "./screen.js"

/** What the person at the terminal has chosen. */
export interface Settings {
  /** What the first scene asks. */
  readonly prompt: string
  readonly model: string
  /** Whether requests go to Friendli, and are paid for. */
  readonly isLive: boolean
}

export class MissingTokenError extends Data.TaggedError("MissingTokenError")<{ readonly message: string }> {}

/** As fast as a good endpoint, so that one sees the text come. */
const VISIBLE_TOKENS_PER_SECOND = 60

/** The emulator on a free port of this machine; a pipe does not need a visible pace. */
export const emulator = Layer.unwrapEffect(
  Effect.map(Screen, (screen) =>
    emulatorLayer({ port: 0, ...(screen.isTerminal ? { tokensPerSecond: VISIBLE_TOKENS_PER_SECOND } : {}) })
  )
)

/** The capabilities over the emulator. */
export const onEmulator = ({
  model
}: Settings): Layer.Layer<Serverless.Capabilities, ConfigError.ConfigError, EmulatorServer | HttpClient.HttpClient> =>
  Layer.unwrapEffect(
    Effect.map(EmulatorServer, (server) => Serverless.layer({ token: "any-token", baseUrl: server.url, model }))
  )

export class Api extends Context.Tag("demo/Api")<Api, { readonly name: string; readonly url: string }>() {
  static readonly chosen = (settings: Settings) =>
    Layer.effect(
      Api,
      Effect.gen(function* () {
        const server = yield* EmulatorServer
        if (!settings.isLive) return { name: "the emulator", url: server.url }
        const token = yield* Config.option(
          Config.orElse(Config.nonEmptyString("FRIENDLI_TOKEN"), () => Config.nonEmptyString("FRIENDLI_BEARER_AUTH"))
        )
        if (Option.isNone(token)) return yield* new MissingTokenError({ message: "--live needs FRIENDLI_TOKEN" })
        const url = yield* Config.withDefault(
          Config.nonEmptyString("FRIENDLI_BASE_URL"),
          Serverless.kind.defaultBaseUrl
        )
        return { name: "Friendli Serverless", url }
      })
    )
}

/** The capabilities over the API that was chosen. */
export const onApi = (settings: Settings) =>
  settings.isLive ? Serverless.layerConfig({ model: Config.succeed(settings.model) }) : onEmulator(settings)
