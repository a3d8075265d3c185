/**
 * The API that the demo calls: the emulator, or with `--live` Friendli. Only the emulator has faults.
 */
import type { HttpClient } from "@effect/platform"
import { Config, type ConfigError, Context, Data, Effect, Layer, Option } from "effect"
import { Serverless } from "effect-friendli"
import { EmulatorServer, layer as emulatorLayer } from "effect-friendli-emulator/EmulatorServer"
import { Screen } from "./screen.js"

/** The options of the user. */
export interface Settings {
  /** The prompt of the first scene. */
  readonly prompt: string
  readonly model: string
  /** True if requests go to Friendli, which costs money. */
  readonly isLive: boolean
}

export class MissingTokenError extends Data.TaggedError("MissingTokenError")<{ readonly message: string }> {}

/** As fast as a good endpoint, so that the user sees the text arrive. */
const VISIBLE_TOKENS_PER_SECOND = 60

/** The emulator on a free port of this machine. Without a terminal, no visible pace is needed. */
export const emulator = Layer.unwrapEffect(
  Effect.map(Screen, (screen) =>
    emulatorLayer({ port: 0, ...(screen.isTerminal ? { tokensPerSecond: VISIBLE_TOKENS_PER_SECOND } : {}) })
  )
)

/** The capabilities, with the emulator as the API. */
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

/** The capabilities, with the chosen API. */
export const onApi = (settings: Settings) =>
  settings.isLive ? Serverless.layerConfig({ model: Config.succeed(settings.model) }) : onEmulator(settings)
