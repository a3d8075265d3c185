/**
 * What `Serverless`, `Dedicated` and `Container` have in common. In: a checked deployment and its
 * capabilities. Out: layers and services over one client. Each deployment names its capabilities itself, so
 * that a bundle contains no others.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Deployment } from "../core/Deployment.js"
import * as FriendliClient from "./FriendliClient.js"

type Client = FriendliClient.FriendliClient

type Checked = Effect.Effect<Deployment, ConfigError.ConfigError>

/** A client alone, without capabilities: for operations of the user. */
export const clientOf = (deployment: Checked): Layer.Layer<Client, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.effect(FriendliClient.FriendliClient, Effect.flatMap(deployment, FriendliClient.make))

/** The client and all capabilities of a deployment, as one layer. */
export const layerOf = <Capabilities>(
  capabilities: Layer.Layer<Capabilities, never, Client>,
  deployment: Checked
): Layer.Layer<Capabilities | Client, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.provideMerge(capabilities, clientOf(deployment))

/** The capabilities of a deployment as values, for programs that use several deployments at once. */
export const servicesOf = <Services>(
  services: Effect.Effect<Services, never, Client>,
  deployment: Checked
): Effect.Effect<Services, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Effect.flatMap(Effect.flatMap(deployment, FriendliClient.make), (client) =>
    Effect.provideService(services, FriendliClient.FriendliClient, client)
  )
