/**
 * What `Serverless`, `Dedicated` and `Container` have in common: capabilities over one client. Which ones, each says for itself, so
 * that a bundle has no others.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Deployment } from "../core/Deployment.js"
import * as FriendliClient from "./FriendliClient.js"

type Client = FriendliClient.FriendliClient

type Checked = Effect.Effect<Deployment, ConfigError.ConfigError>

export const clientOf = (deployment: Checked): Layer.Layer<Client, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.effect(FriendliClient.FriendliClient, Effect.flatMap(deployment, FriendliClient.make))

export const layerOf = <Capabilities>(
  capabilities: Layer.Layer<Capabilities, never, Client>,
  deployment: Checked
): Layer.Layer<Capabilities | Client, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.provideMerge(capabilities, clientOf(deployment))

export const servicesOf = <Services>(
  services: Effect.Effect<Services, never, Client>,
  deployment: Checked
): Effect.Effect<Services, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Effect.flatMap(Effect.flatMap(deployment, FriendliClient.make), (client) =>
    Effect.provideService(services, FriendliClient.FriendliClient, client)
  )
