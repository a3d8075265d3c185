/**
 * Management: the operations of Friendli Suite other than inference, for endpoints, datasets, files, usage and cost.
 *
 * Its operations have one base URL, whichever deployment a program uses for inference. Provide its layer next to the layer of a
 * deployment.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Deployment from "./core/Deployment.js"
import type * as FriendliClient from "./client/FriendliClient.js"
import { capabilitiesOf, clientOf, servicesOf } from "./client/layers.js"
import * as Cost from "./Cost.js"
import * as Datasets from "./Datasets.js"
import * as Endpoints from "./Endpoints.js"
import * as Files from "./Files.js"
import * as Usage from "./Usage.js"
import { hideSecrets } from "./internal/inspection.js"

/**
 * `https://api.friendli.ai`. Needs a token. A base URL may end in the path of serverless or dedicated endpoints, so that one setting is
 * enough for all layers of a program.
 * @category constants
 */
export const kind: Deployment.Definition = {
  name: "management",
  defaultBaseUrl: "https://api.friendli.ai",
  pathPrefix: "",
  requiresToken: true,
  requiresModel: false,
  supportsTeams: true
}

/** The capabilities of the layer. `FriendliClient` is not one of them, so that of a deployment is not replaced. */
export type Capabilities = Cost.Cost | Datasets.Datasets | Endpoints.Endpoints | Files.Files | Usage.Usage

/** The capabilities as plain services, for code without layers. */
export interface Services {
  readonly cost: Cost.Cost.Service
  readonly datasets: Datasets.Datasets.Service
  readonly endpoints: Endpoints.Endpoints.Service
  readonly files: Files.Files.Service
  readonly usage: Usage.Usage.Service
  readonly client: FriendliClient.FriendliClient.Service
}

/** The settings of a deployment without `model`, which management does not use. */
export interface Settings extends Omit<Deployment.Settings, "model"> {}

/** The same settings with `Config`s instead of values. */
export interface ConfigSettings extends Omit<Deployment.ConfigSettings, "model"> {}

/**
 * Makes the deployment. The base URL may end in the path of either hosted deployment. If it fits neither, the error is that for dedicated
 * endpoints.
 */
const deployed = (
  make: (definition: Deployment.Definition) => Effect.Effect<Deployment.Deployment, ConfigError.ConfigError>
): Effect.Effect<Deployment.Deployment, ConfigError.ConfigError> => {
  const below = (pathPrefix: string) => make({ ...kind, pathPrefix })
  return below("/dedicated").pipe(
    Effect.catchAll((error) => Effect.mapError(below("/serverless"), () => error)),
    Effect.map((deployment) => hideSecrets({ ...deployment, pathPrefix: kind.pathPrefix }))
  )
}

const fromSettings = (settings: Settings) => deployed((definition) => Deployment.make(definition, settings))

const fromConfig = (settings?: ConfigSettings) => deployed((definition) => Deployment.makeConfig(definition, settings))

/** The tag of each capability, and how its service is made. */
const parts = {
  cost: [Cost.Cost, Cost.make],
  datasets: [Datasets.Datasets, Datasets.make],
  endpoints: [Endpoints.Endpoints, Endpoints.make],
  files: [Files.Files, Files.make],
  usage: [Usage.Usage, Usage.make]
} as const

/**
 * The capabilities as a layer, from settings in the program.
 *
 * **Details**: `token` is required, and needs permission to manage. The layer provides no `FriendliClient`: merged with the layer of a
 * deployment, in any order, it does not replace the client of that deployment. The layers of `Resilience` and `Metrics` also work with
 * it. Fails with a `ConfigError` that names the invalid setting and never contains the token.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { Dedicated, Endpoints, Inference, Management } from "effect-friendli"
 *
 * const program = Effect.gen(function* () {
 *   yield* Endpoints.ready("endpoint-id")
 *   return yield* Inference.chatCompletion({ messages: [{ role: "user", content: "Hello!" }] })
 * })
 *
 * const runnable = program.pipe(
 *   Effect.provide(
 *     Layer.merge(
 *       Dedicated.layer({ token: "flp_example", model: "endpoint-id" }),
 *       Management.layer({ token: "flp_example" })
 *     )
 *   ),
 *   Effect.provide(FetchHttpClient.layer)
 * )
 * ```
 * @category layers
 */
export const layer = (settings: Settings): Layer.Layer<Capabilities, ConfigError.ConfigError, HttpClient.HttpClient> =>
  capabilitiesOf(parts, fromSettings(settings))

/**
 * The capabilities as a layer, from `Config`: settings that are left out are read from `FRIENDLI_TOKEN` (else
 * `FRIENDLI_BEARER_AUTH`), `FRIENDLI_TEAM`, `FRIENDLI_BASE_URL`.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Endpoints, Management } from "effect-friendli"
 *
 * Endpoints.status("endpoint-id").pipe(
 *   Effect.map(({ status }) => status),
 *   Effect.provide(Management.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => RUNNING
 * ```
 * @category layers
 */
export const layerConfig = (
  settings?: ConfigSettings
): Layer.Layer<Capabilities, ConfigError.ConfigError, HttpClient.HttpClient> =>
  capabilitiesOf(parts, fromConfig(settings))

/**
 * Only the client, as a `FriendliClient`, for programs that list the capabilities they use:
 * `Endpoints.layer.pipe(Layer.provide(Management.layerClient(settings)))`. A bundler then leaves the others out.
 *
 * **Gotchas**: the client is not for inference, and would replace the client of a deployment. Provide it to the layers that need it, not
 * to a whole program.
 * @category layers
 */
export const layerClient = (
  settings: Settings
): Layer.Layer<FriendliClient.FriendliClient, ConfigError.ConfigError, HttpClient.HttpClient> =>
  clientOf(fromSettings(settings))

/**
 * As `layerClient`, with the settings that `layerConfig` reads.
 * @category layers
 */
export const layerClientConfig = (
  settings?: ConfigSettings
): Layer.Layer<FriendliClient.FriendliClient, ConfigError.ConfigError, HttpClient.HttpClient> =>
  clientOf(fromConfig(settings))

/**
 * The capabilities as plain services, and the client.
 * @category constructors
 */
export const make = (settings: Settings): Effect.Effect<Services, ConfigError.ConfigError, HttpClient.HttpClient> =>
  servicesOf(parts, fromSettings(settings))
