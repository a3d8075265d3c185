/** The deployment of the settings, over the fastest HTTP layer on Node. The token comes from the environment, never from the command line. */
import type * as ConfigError from "effect/ConfigError"
import * as Config from "effect/Config"
import * as Layer from "effect/Layer"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import type { FriendliClient } from "effect-friendli/FriendliClient"
import * as Models from "effect-friendli/Models"
import * as Serverless from "effect-friendli/Serverless"
import * as UndiciTransport from "effect-friendli/UndiciTransport"
import type { Settings } from "./settings.js"

/** The services that a batch needs from a deployment. Only serverless endpoints have a catalogue with prices. */
export const layerOf = ({
  baseUrl,
  deployment
}: Pick<Settings, "baseUrl" | "deployment">): Layer.Layer<FriendliClient | Models.Models, ConfigError.ConfigError> => {
  const settings = baseUrl === undefined ? {} : { baseUrl: Config.succeed(baseUrl) }
  const client = {
    serverless: Serverless.layerClientConfig,
    dedicated: Dedicated.layerClientConfig,
    container: Container.layerClientConfig
  }[deployment](settings)
  return Layer.provideMerge(Models.layer, client).pipe(Layer.provide(UndiciTransport.layer))
}
