/**
 * Which API the demo talks to: Friendli where there is a token, else the emulator. Faults are the emulator's alone.
 */
import type { HttpClient } from "@effect/platform"
import { Config, type ConfigError, Context, Effect, Layer, Option } from "effect"
import { Serverless } from "effect-friendli"
import { EmulatorServer, layer as emulatorLayer } from "effect-friendli-emulator/EmulatorServer"
import { Screen } from "./screen.js"

export const model = "meta-llama-3.1-8b-instruct"

/** As fast as a good endpoint, so that one sees the text come. */
const VISIBLE_TOKENS_PER_SECOND = 60

/** The emulator on a free port of this machine; a pipe does not need a visible pace. */
export const emulator = Layer.unwrapEffect(
  Effect.map(Screen, (screen) =>
    emulatorLayer({ port: 0, ...(screen.isTerminal ? { tokensPerSecond: VISIBLE_TOKENS_PER_SECOND } : {}) })
  )
)

/** The capabilities over the emulator. */
export const onEmulator: Layer.Layer<
  Serverless.Capabilities,
  ConfigError.ConfigError,
  EmulatorServer | HttpClient.HttpClient
> = Layer.unwrapEffect(
  Effect.map(EmulatorServer, (server) => Serverless.layer({ token: "any-token", baseUrl: server.url, model }))
)

export class Api extends Context.Tag("demo/Api")<
  Api,
  { readonly isFriendli: boolean; readonly name: string; readonly url: string }
>() {
  static readonly fromConfig = Layer.effect(
    Api,
    Effect.gen(function* () {
      const token = yield* Config.option(
        Config.orElse(Config.nonEmptyString("FRIENDLI_TOKEN"), () => Config.nonEmptyString("FRIENDLI_BEARER_AUTH"))
      )
      const server = yield* EmulatorServer
      if (Option.isNone(token)) return { isFriendli: false, name: "the emulator", url: server.url }
      const url = yield* Config.withDefault(Config.nonEmptyString("FRIENDLI_BASE_URL"), Serverless.kind.defaultBaseUrl)
      return { isFriendli: true, name: "Friendli Serverless", url }
    })
  )
}

/** The capabilities over the API that was chosen. */
export const onApi = Layer.unwrapEffect(
  Effect.map(Api, (api) => (api.isFriendli ? Serverless.layerConfig({ model: Config.succeed(model) }) : onEmulator))
)
