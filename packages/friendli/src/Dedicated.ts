/**
 * Friendli Dedicated Endpoints: your models on GPUs that are reserved for you. `model` is an endpoint id, or
 * `ENDPOINT_ID:ADAPTER_ROUTE`.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Audio from "./Audio.js"
import * as Chat from "./Chat.js"
import * as ChatRender from "./ChatRender.js"
import * as Classification from "./Classification.js"
import * as Completions from "./Completions.js"
import * as Deployment from "./core/Deployment.js"
import * as Embeddings from "./Embeddings.js"
import type * as FriendliClient from "./client/FriendliClient.js"
import * as Images from "./Images.js"
import { clientOf, layerOf, servicesOf } from "./client/layers.js"
import * as Messages from "./Messages.js"
import * as Responses from "./Responses.js"
import * as Tokens from "./Tokens.js"

/**
 * `https://api.friendli.ai/dedicated`. Needs a token, and an endpoint id as `model`, in each request or as the default.
 * @category constants
 */
export const kind: Deployment.Definition = {
  name: "dedicated",
  defaultBaseUrl: "https://api.friendli.ai",
  pathPrefix: "/dedicated",
  requiresToken: true,
  requiresModel: true,
  supportsTeams: true,
  canWake: true
}

/** The capabilities of this deployment. Using any other capability with the layer does not compile. */
export type Capabilities =
  | Audio.Audio
  | Chat.Chat
  | ChatRender.ChatRender
  | Classification.Classification
  | Completions.Completions
  | Embeddings.Embeddings
  | Images.Images
  | Messages.Messages
  | Responses.Responses
  | Tokens.Tokens
  | FriendliClient.FriendliClient

/** The capabilities as plain services, for code without layers. */
export interface Services {
  readonly audio: Audio.Audio.Service
  readonly chat: Chat.Chat.Service
  readonly chatRender: ChatRender.ChatRender.Service
  readonly classification: Classification.Classification.Service
  readonly completions: Completions.Completions.Service
  readonly embeddings: Embeddings.Embeddings.Service
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
  chatRender: [ChatRender.ChatRender, ChatRender.make],
  classification: [Classification.Classification, Classification.make],
  completions: [Completions.Completions, Completions.make],
  embeddings: [Embeddings.Embeddings, Embeddings.make],
  images: [Images.Images, Images.make],
  messages: [Messages.Messages, Messages.make],
  responses: [Responses.Responses, Responses.make],
  tokens: [Tokens.Tokens, Tokens.make]
} as const

/**
 * The deployment as a layer, from settings in the program.
 *
 * **Details**: `token` is required; `model` is the endpoint id for requests without a model. A sleeping endpoint answers with an
 * `OverloadedError` until it is woken: `Resilience.layerColdStart` wakes it, `Retry.coldStart` only waits. Fails with a `ConfigError`
 * that names the invalid setting and never contains the token.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Inference, Dedicated } from "effect-friendli"
 *
 * const program = Inference.chatCompletion({ messages: [{ role: "user", content: "Hello!" }] })
 *
 * const runnable = program.pipe(
 *   Effect.provide(Dedicated.layer({ token: "flp_example", model: "endpoint-id" })),
 *   Effect.provide(FetchHttpClient.layer)
 * )
 * ```
 * @category layers
 */
export const layer = (
  settings: Deployment.Settings
): Layer.Layer<Capabilities, ConfigError.ConfigError, HttpClient.HttpClient> =>
  layerOf(parts, Deployment.make(kind, settings))

/**
 * The deployment as a layer, from `Config`: settings that are left out are read from `FRIENDLI_TOKEN` (else
 * `FRIENDLI_BEARER_AUTH`), `FRIENDLI_TEAM`, `FRIENDLI_BASE_URL`.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Tokens, Dedicated } from "effect-friendli"
 *
 * const runnable = Tokens.tokenize({ model: "endpoint-id", prompt: "What is generative AI?" }).pipe(
 *   Effect.provide(Dedicated.layerConfig({ timeout: "30 seconds" })),
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
  settings: Deployment.Settings
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
  settings: Deployment.Settings
): Effect.Effect<Services, ConfigError.ConfigError, HttpClient.HttpClient> =>
  servicesOf(parts, Deployment.make(kind, settings))
