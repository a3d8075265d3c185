/** Friendli Serverless Endpoints: models that Friendli runs, paid per token. `model` is a model id. */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Audio from "./Audio.js"
import * as Chat from "./Chat.js"
import * as ChatRender from "./ChatRender.js"
import * as Completions from "./Completions.js"
import * as Deployment from "./core/Deployment.js"
import type * as FriendliClient from "./client/FriendliClient.js"
import { clientOf, layerOf, servicesOf } from "./client/layers.js"
import * as Knowledge from "./Knowledge.js"
import * as Messages from "./Messages.js"
import * as Models from "./Models.js"
import * as Responses from "./Responses.js"
import * as Tokens from "./Tokens.js"
import * as ToolAssistedChat from "./ToolAssistedChat.js"

/**
 * `https://api.friendli.ai/serverless`. Needs a token, and a model in each request or as the default.
 * @category constants
 */
export const kind: Deployment.Definition = {
  name: "serverless",
  defaultBaseUrl: "https://api.friendli.ai",
  pathPrefix: "/serverless",
  requiresToken: true,
  requiresModel: true,
  supportsTeams: true
}

/** The capabilities of this deployment. Using any other capability with the layer does not compile. */
export type Capabilities =
  | Audio.Audio
  | Chat.Chat
  | ChatRender.ChatRender
  | Completions.Completions
  | Knowledge.Knowledge
  | Messages.Messages
  | Models.Models
  | Responses.Responses
  | Tokens.Tokens
  | ToolAssistedChat.ToolAssistedChat
  | FriendliClient.FriendliClient

/** The capabilities as plain services, for code without layers. */
export interface Services {
  readonly audio: Audio.Audio.Service
  readonly chat: Chat.Chat.Service
  readonly chatRender: ChatRender.ChatRender.Service
  readonly completions: Completions.Completions.Service
  readonly knowledge: Knowledge.Knowledge.Service
  readonly messages: Messages.Messages.Service
  readonly models: Models.Models.Service
  readonly responses: Responses.Responses.Service
  readonly tokens: Tokens.Tokens.Service
  readonly toolAssistedChat: ToolAssistedChat.ToolAssistedChat.Service
  readonly client: FriendliClient.FriendliClient.Service
}

/** The tag of each capability, and how its service is made. */
const parts = {
  audio: [Audio.Audio, Audio.make],
  chat: [Chat.Chat, Chat.make],
  chatRender: [ChatRender.ChatRender, ChatRender.make],
  completions: [Completions.Completions, Completions.make],
  knowledge: [Knowledge.Knowledge, Knowledge.make],
  messages: [Messages.Messages, Messages.make],
  models: [Models.Models, Models.make],
  responses: [Responses.Responses, Responses.make],
  tokens: [Tokens.Tokens, Tokens.make],
  toolAssistedChat: [ToolAssistedChat.ToolAssistedChat, ToolAssistedChat.make]
} as const

/**
 * The deployment as a layer, from settings in the program.
 *
 * **Details**: `token` is required; `model` is the default for requests without a model. Fails with a `ConfigError` that names the
 * invalid setting and never contains the token.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Inference, Serverless } from "effect-friendli"
 *
 * const program = Inference.chatCompletion({ messages: [{ role: "user", content: "Hello!" }] })
 *
 * const runnable = program.pipe(
 *   Effect.provide(Serverless.layer({ token: "flp_example", model: "meta-llama-3.1-8b-instruct" })),
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
 * import { Tokens, Serverless } from "effect-friendli"
 *
 * const runnable = Tokens.tokenize({ model: "meta-llama-3.1-8b-instruct", prompt: "What is generative AI?" }).pipe(
 *   Effect.provide(Serverless.layerConfig({ timeout: "30 seconds" })),
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
