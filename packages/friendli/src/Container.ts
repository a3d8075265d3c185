/** Friendli Container: the engine on your own machines. `model` is an adapter route, or left out. */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Audio from "./Audio.js"
import * as Chat from "./Chat.js"
import * as Classification from "./Classification.js"
import * as Completions from "./Completions.js"
import * as Deployment from "./core/Deployment.js"
import type * as FriendliClient from "./client/FriendliClient.js"
import * as Images from "./Images.js"
import { clientOf, layerOf, servicesOf } from "./client/layers.js"
import * as Messages from "./Messages.js"
import * as Responses from "./Responses.js"
import * as Tokens from "./Tokens.js"

/**
 * `http://localhost:8000`. Needs no token unless a proxy asks for one, has no teams, and takes a model only to choose
 * an adapter.
 * @category constants
 */
export const kind: Deployment.Definition = {
  name: "container",
  defaultBaseUrl: "http://localhost:8000",
  pathPrefix: "",
  requiresToken: false,
  requiresModel: false,
  supportsTeams: false,
  images: "inline"
}

/** The capabilities of this deployment. Using any other capability with the layer does not compile. */
export type Capabilities =
  | Audio.Audio
  | Chat.Chat
  | Classification.Classification
  | Completions.Completions
  | Images.Images
  | Messages.Messages
  | Responses.Responses
  | Tokens.Tokens
  | FriendliClient.FriendliClient

/** The capabilities as plain services, for code without layers. */
export interface Services {
  readonly audio: Audio.Audio.Service
  readonly chat: Chat.Chat.Service
  readonly classification: Classification.Classification.Service
  readonly completions: Completions.Completions.Service
  readonly images: Images.Images.Service
  readonly messages: Messages.Messages.Service
  readonly responses: Responses.Responses.Service
  readonly tokens: Tokens.Tokens.Service
  readonly client: FriendliClient.FriendliClient.Service
}

/** The tag of each capability, and how its service is made. */
const parts = {
  audio: [Audio.Audio, Audio.make],
  chat: [Chat.Chat, Chat.make],
  classification: [Classification.Classification, Classification.make],
  completions: [Completions.Completions, Completions.make],
  images: [Images.Images, Images.make],
  messages: [Messages.Messages, Messages.make],
  responses: [Responses.Responses, Responses.make],
  tokens: [Tokens.Tokens, Tokens.make]
} as const

/**
 * The deployment as a layer, from settings in the program.
 *
 * **Details**: every setting may be left out; `baseUrl` defaults to `http://localhost:8000`; a token is sent if it is set. Fails with a
 * `ConfigError` that names the invalid setting and never contains the token.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Inference, Container } from "effect-friendli"
 *
 * const program = Inference.chatCompletion({ messages: [{ role: "user", content: "Hello!" }] })
 *
 * const runnable = program.pipe(
 *   Effect.provide(Container.layer({ baseUrl: "http://localhost:8000" })),
 *   Effect.provide(FetchHttpClient.layer)
 * )
 * ```
 * @category layers
 */
export const layer = (
  settings: Deployment.Settings = {}
): Layer.Layer<Capabilities, ConfigError.ConfigError, HttpClient.HttpClient> =>
  layerOf(parts, Deployment.make(kind, settings))

/**
 * The deployment as a layer, from `Config`: settings that are left out are read from `FRIENDLI_BASE_URL` and, if set,
 * `FRIENDLI_TOKEN` (else `FRIENDLI_BEARER_AUTH`).
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Tokens, Container } from "effect-friendli"
 *
 * const runnable = Tokens.tokenize({ prompt: "What is generative AI?" }).pipe(
 *   Effect.provide(Container.layerConfig({ timeout: "30 seconds" })),
 *   Effect.provide(FetchHttpClient.layer)
 * )
 * ```
 * @category layers
 */
export const layerConfig = (
  settings?: Deployment.ConfigSettings
): Layer.Layer<Capabilities, ConfigError.ConfigError, HttpClient.HttpClient> =>
  layerOf(parts, Deployment.makeConfig(kind, settings))

/**
 * Only the client of the deployment, for programs that list the capabilities they use: a bundler then leaves the others
 * out.
 * @category layers
 */
export const layerClient = (
  settings: Deployment.Settings = {}
): Layer.Layer<FriendliClient.FriendliClient, ConfigError.ConfigError, HttpClient.HttpClient> =>
  clientOf(Deployment.make(kind, settings))

/**
 * As `layerClient`, with the settings that `layerConfig` reads.
 * @category layers
 */
export const layerClientConfig = (
  settings?: Deployment.ConfigSettings
): Layer.Layer<FriendliClient.FriendliClient, ConfigError.ConfigError, HttpClient.HttpClient> =>
  clientOf(Deployment.makeConfig(kind, settings))

/**
 * The deployment as plain services.
 * @category constructors
 */
export const make = (
  settings: Deployment.Settings = {}
): Effect.Effect<Services, ConfigError.ConfigError, HttpClient.HttpClient> =>
  servicesOf(parts, Deployment.make(kind, settings))
