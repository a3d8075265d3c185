/**
 * The one interpreter: it runs `Operation`s against a `Deployment` over the `HttpClient` that the user provides. Nothing else in
 * this SDK knows HTTP.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Deployment } from "./Deployment.js"
import type { FriendliError, FriendliStreamError } from "./FriendliError.js"
import { makeEnvironment } from "./internal/exchange.js"
import * as streaming from "./internal/streaming.js"
import type { SseFrame } from "./internal/sse.js"
import * as unary from "./internal/unary.js"
import type { Streaming, Unary } from "./Operation.js"
import type { RequestOptions } from "./RequestOptions.js"

/**
 * What an answer said besides its body.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResponseInfo {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The server's id of the request, where it gave one. */
  readonly requestId: string | undefined
}

/**
 * A decoded answer together with what the response said besides.
 *
 * @category models
 * @since 0.1.0
 */
export interface WithResponse<out A> {
  readonly value: A
  readonly response: ResponseInfo
}

/**
 * A server-sent event as it came: its name, its data as text, the last event id.
 *
 * @category models
 * @since 0.1.0
 */
export interface RawEvent extends SseFrame {}

/**
 * Runs operations.
 *
 * **When to use**: directly, for operations that the SDK lacks (see `Operation`) and for the raw events of a stream. Otherwise
 * through the capabilities, which are made of it.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { FriendliClient } from "effect-friendli"
 *
 * const where = Effect.map(FriendliClient.FriendliClient, (client) => `${client.deployment.name} at ${client.deployment.baseUrl}`)
 * ```
 *
 * @category tags
 * @since 0.1.0
 */
export class FriendliClient extends Context.Tag("effect-friendli/FriendliClient")<
  FriendliClient,
  FriendliClient.Service
>() {}

/**
 * @since 0.1.0
 */
export declare namespace FriendliClient {
  /**
   * @category models
   * @since 0.1.0
   */
  export interface Service {
    /** Where this client sends to. The token is `Redacted`. */
    readonly deployment: Deployment
    /** Runs an operation with one answer. */
    readonly execute: <Request, Response>(
      operation: Unary<Request, Response>,
      request: Request,
      options?: RequestOptions
    ) => Effect.Effect<Response, FriendliError>
    /** The same, with status, headers and request id. */
    readonly executeWithResponse: <Request, Response>(
      operation: Unary<Request, Response>,
      request: Request,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<Response>, FriendliError>
    /** Runs an operation that answers with events. Every run of the stream sends the request anew. */
    readonly stream: <Request, Event>(
      operation: Streaming<Request, Event>,
      request: Request,
      options?: RequestOptions
    ) => Stream.Stream<Event, FriendliStreamError>
    /** The same, opened: the stream belongs to the scope and can be run once. */
    readonly streamWithResponse: <Request, Event>(
      operation: Streaming<Request, Event>,
      request: Request,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<Stream.Stream<Event, FriendliStreamError>>, FriendliStreamError, Scope.Scope>
    /** The events as they come, with names and ids, nothing decoded and nothing left out but comments and the sentinel. */
    readonly events: <Request, Event>(
      operation: Streaming<Request, Event>,
      request: Request,
      options?: RequestOptions
    ) => Stream.Stream<RawEvent, FriendliStreamError>
  }
}

/**
 * Makes the client of a deployment.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Deployment, FriendliClient } from "effect-friendli"
 *
 * const gateway: Deployment.Kind = {
 *   name: "gateway", defaultBaseUrl: "https://llm.example.com", product: "", needsToken: false, needsModel: true, hasTeams: false
 * }
 * const client = Effect.flatMap(Deployment.make(gateway, {}), FriendliClient.make)
 * Effect.runPromise(Effect.provide(client, FetchHttpClient.layer)).then((it) => console.log(it.deployment.name))
 * // => gateway
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (deployment: Deployment): Effect.Effect<FriendliClient.Service, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (http): FriendliClient.Service => {
    const environment = makeEnvironment(deployment, http)
    return {
      deployment,
      execute: (operation, request, options) =>
        Effect.map(unary.run(environment, operation, request, options), (answer) => answer.value),
      executeWithResponse: (operation, request, options) => unary.run(environment, operation, request, options),
      stream: (operation, request, options) => streaming.run(environment, operation, request, options),
      streamWithResponse: (operation, request, options) => streaming.open(environment, operation, request, options),
      events: (operation, request, options) => streaming.events(environment, operation, request, options)
    }
  })

/**
 * The client of a deployment as a layer. `HttpClient` stays in its requirements: a layer that packs its own transport would ignore
 * the one a test provides.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Chat, Deployment, FriendliClient } from "effect-friendli"
 *
 * const gateway: Deployment.Kind = {
 *   name: "gateway", defaultBaseUrl: "https://llm.example.com", product: "", needsToken: false, needsModel: true, hasTeams: false
 * }
 * // chat completions over a gateway of your own
 * const layer = Chat.layer.pipe(Layer.provide(Layer.unwrapEffect(Effect.map(Deployment.make(gateway, {}), FriendliClient.layer))))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (deployment: Deployment): Layer.Layer<FriendliClient, never, HttpClient.HttpClient> =>
  Layer.effect(FriendliClient, make(deployment))
