/**
 * The common part of `Serverless`, `Dedicated` and `Container`: capabilities over one client. Each deployment lists its own capabilities,
 * so that a bundle contains no others.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Deployment } from "../core/Deployment.js"
import * as FriendliClient from "./FriendliClient.js"

type Client = FriendliClient.FriendliClient

type Checked = Effect.Effect<Deployment, ConfigError.ConfigError>

/** The tag of a capability, and how its service is made. */
type Part<Service> = readonly [
  tag: { readonly key: string },
  make: Effect.Effect<Service, never, Client | HttpClient.HttpClient>
]

/** The capabilities of a deployment by the names of their plain services. */
type Parts<P> = {
  readonly [Name in keyof P]: P[Name] extends readonly [Context.Tag<infer _, infer Service>, unknown]
    ? Part<Service>
    : never
}

type Tags<P> = { readonly [Name in keyof P]: P[Name] extends readonly [infer Tag, unknown] ? Tag : never }[keyof P]

type Identifiers<P> = Tags<P> extends infer Tag ? (Tag extends Context.Tag<infer Id, infer _> ? Id : never) : never

type Made<P> = {
  readonly [Name in keyof P]: P[Name] extends readonly [Context.Tag<infer _, infer Service>, unknown] ? Service : never
} & { readonly client: FriendliClient.FriendliClient.Service }

export const clientOf = (deployment: Checked): Layer.Layer<Client, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.effect(FriendliClient.FriendliClient, Effect.flatMap(deployment, FriendliClient.make))

/** Builds the client, and passes each capability over it to `add`. */
const build = <P extends Parts<P>>(
  parts: P,
  deployment: Checked,
  add: (name: string, key: string, service: unknown) => void
): Effect.Effect<void, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Effect.flatMap(Effect.flatMap(deployment, FriendliClient.make), (client) => {
    add("client", FriendliClient.FriendliClient.key, client)
    return Effect.forEach(
      Object.entries<Part<unknown>>(parts),
      ([name, [tag, make]]) => Effect.map(make, (service) => add(name, tag.key, service)),
      { discard: true }
    ).pipe(Effect.provideService(FriendliClient.FriendliClient, client))
  })

/** The services by the keys of their tags. */
const servicesByKey = <P extends Parts<P>>(
  parts: P,
  deployment: Checked
): Effect.Effect<Map<string, unknown>, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Effect.suspend(() => {
    const services = new Map<string, unknown>()
    return Effect.as(
      build(parts, deployment, (_, key, service) => services.set(key, service)),
      services
    )
  })

/** One layer for all capabilities: it is built in one step, while a layer for each capability would be built and closed separately. */
export const layerOf = <P extends Parts<P>>(
  parts: P,
  deployment: Checked
): Layer.Layer<Identifiers<P> | Client, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.effectContext(
    Effect.map(servicesByKey(parts, deployment), (services) => Context.unsafeMake<Identifiers<P> | Client>(services))
  )

/** Only the capabilities: merged with the layer of a deployment, it does not replace the client of that deployment. */
export const capabilitiesOf = <P extends Parts<P>>(
  parts: P,
  deployment: Checked
): Layer.Layer<Identifiers<P>, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.effectContext(
    Effect.map(servicesByKey(parts, deployment), (services) => {
      services.delete(FriendliClient.FriendliClient.key)
      return Context.unsafeMake<Identifiers<P>>(services)
    })
  )

export const servicesOf = <P extends Parts<P>>(
  parts: P,
  deployment: Checked
): Effect.Effect<Made<P>, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Effect.suspend(() => {
    const services: Record<string, unknown> = {}
    return Effect.as(
      build(parts, deployment, (name, _, service) => void (services[name] = service)),
      // each name has the service that its part makes
      services as Made<P>
    )
  })
