/**
 * What `Serverless`, `Dedicated` and `Container` have in common: three capabilities over one client.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Chat from "../Chat.js"
import * as Completions from "../Completions.js"
import type { Deployment } from "../Deployment.js"
import * as FriendliClient from "../FriendliClient.js"
import * as Tokens from "../Tokens.js"

export interface Services {
  readonly chat: Chat.Chat.Service
  readonly client: FriendliClient.FriendliClient.Service
  readonly completions: Completions.Completions.Service
  readonly tokens: Tokens.Tokens.Service
}

export type Capabilities = Chat.Chat | Completions.Completions | Tokens.Tokens | FriendliClient.FriendliClient

type Checked = Effect.Effect<Deployment, ConfigError.ConfigError>

export const clientOf = (
  deployment: Checked
): Layer.Layer<FriendliClient.FriendliClient, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.unwrapEffect(Effect.map(deployment, FriendliClient.layer))

export const layerOf = (
  deployment: Checked
): Layer.Layer<Capabilities, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.mergeAll(Chat.layer, Completions.layer, Tokens.layer).pipe(Layer.provideMerge(clientOf(deployment)))

export const servicesOf = (
  deployment: Checked
): Effect.Effect<Services, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Effect.flatMap(Effect.flatMap(deployment, FriendliClient.make), (client) =>
    Effect.all({
      chat: Chat.make,
      client: Effect.succeed(client),
      completions: Completions.make,
      tokens: Tokens.make
    }).pipe(Effect.provideService(FriendliClient.FriendliClient, client))
  )
