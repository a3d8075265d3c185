/**
 * The one interpreter: it runs `Operation`s against a `Deployment` over the `HttpClient` that the user provides. Nothing else in
 * this SDK knows HTTP.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Deployment } from "../core/Deployment.js"
import type { FriendliError, FriendliStreamError } from "../errors/FriendliError.js"
import { makeEnvironment } from "./prepare.js"
import * as streaming from "./streaming.js"
import type { SseFrame } from "../internal/sse.js"
import * as unary from "./unary.js"
import type { Streaming, Unary } from "../core/Operation.js"
import type { RequestOptions } from "../core/RequestOptions.js"

/**
 * What an answer said besides its body.
 *
 * @category models
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
 */
export interface WithResponse<out A> {
  readonly value: A
  readonly response: ResponseInfo
}

/**
 * A server-sent event as it came: its name, its data as text, the last event id.
 *
 * @category models
 */
export interface SseEvent extends SseFrame {}

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
 */
export class FriendliClient extends Context.Tag("effect-friendli/FriendliClient")<
  FriendliClient,
  FriendliClient.Service
>() {}

export declare namespace FriendliClient {
  /**
   * Runs any `Operation`, in each form that an answer can have.
   *
   * @category models
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
    ) => Stream.Stream<SseEvent, FriendliStreamError>
  }
}

/**
 * What stands between capabilities and the client under them: it sees every operation of every capability, and may run it otherwise.
 *
 * **Details**: `client` is what it stands around, other middleware included. `direct` is the client under all middleware, for requests that
 * middleware makes itself: one that went through limits could wait for a place that the very operation holds which waits for it.
 *
 * @category models
 */
export interface Middleware {
  (client: FriendliClient.Service, direct: FriendliClient.Service): FriendliClient.Service
}

/** Each layer of middleware has a key of its own, so that none hides another, and what is provided to one deployment stays there. */
const middlewareKey = "effect-friendli/FriendliClient/Middleware/"

let middlewareBuilt = 0

/** What was built first, which is what the others were provided with, stands nearest to the client. */
const middlewareIn = (context: Context.Context<never>): ReadonlyArray<Middleware> =>
  [...context.unsafeMap]
    .filter(([key]) => key.startsWith(middlewareKey))
    .map(([key, middleware]) => [Number(key.slice(middlewareKey.length)), middleware as Middleware] as const)
    .sort(([a], [b]) => a - b)
    .map(([, middleware]) => middleware)

/**
 * Puts middleware around the clients of the deployments that this layer is provided to.
 *
 * **When to use**: for what concerns every operation, as metrics, limits and audits do.
 *
 * **Details**: with `deployment.pipe(Layer.provide(a), Layer.provide(b))` an operation passes `a`, then `b`, then the client. It is around
 * the deployments that it is provided to, and no others.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { FriendliClient, Serverless, Tokens } from "effect-friendli"
 *
 * const Announced = FriendliClient.layerMiddleware(
 *   Effect.succeed((client) => ({
 *     ...client,
 *     execute: (operation, request, options) =>
 *       Effect.zipRight(Effect.sync(() => console.log(operation.name)), client.execute(operation, request, options))
 *   }))
 * )
 *
 * Tokens.tokenize({ model: "meta-llama-3.1-8b-instruct", prompt: "Hello!" }).pipe(
 *   Effect.provide(Serverless.layerConfig().pipe(Layer.provide(Announced))),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(({ tokens }) => console.log(tokens.length))
 * // => Tokens.tokenize
 * // => 3
 * ```
 *
 * @category layers
 */
export const layerMiddleware = <E, R>(
  middleware: Effect.Effect<Middleware, E, R>
): Layer.Layer<never, E, Exclude<R, Scope.Scope>> =>
  Layer.scopedContext(
    Effect.map(middleware, (made) =>
      Context.unsafeMake<never>(new Map([[`${middlewareKey}${middlewareBuilt++}`, made]]))
    )
  )

/**
 * Makes the client of a deployment.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Deployment, FriendliClient } from "effect-friendli"
 *
 * const gateway: Deployment.Definition = {
 *   name: "gateway", defaultBaseUrl: "https://llm.example.com", pathPrefix: "", requiresToken: false, requiresModel: true, supportsTeams: false
 * }
 * const client = Effect.flatMap(Deployment.make(gateway, {}), FriendliClient.make)
 * Effect.runPromise(Effect.provide(client, FetchHttpClient.layer)).then((it) => console.log(it.deployment.name))
 * // => gateway
 * ```
 *
 * @category constructors
 */
export const make = (deployment: Deployment): Effect.Effect<FriendliClient.Service, never, HttpClient.HttpClient> =>
  Effect.map(Effect.context<HttpClient.HttpClient>(), (context) => {
    const environment = makeEnvironment(deployment, Context.get(context, HttpClient.HttpClient))
    const client: FriendliClient.Service = {
      deployment,
      execute: (operation, request, options) =>
        Effect.map(unary.run(environment, operation, request, options), (answer) => answer.value),
      executeWithResponse: (operation, request, options) => unary.run(environment, operation, request, options),
      stream: (operation, request, options) => streaming.run(environment, operation, request, options),
      streamWithResponse: (operation, request, options) => streaming.open(environment, operation, request, options),
      events: (operation, request, options) => streaming.events(environment, operation, request, options)
    }
    return middlewareIn(context).reduce((inner, around) => around(inner, client), client)
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
 * const gateway: Deployment.Definition = {
 *   name: "gateway", defaultBaseUrl: "https://llm.example.com", pathPrefix: "", requiresToken: false, requiresModel: true, supportsTeams: false
 * }
 * // chat completions over a gateway of your own
 * const layer = Chat.layer.pipe(Layer.provide(Layer.unwrapEffect(Effect.map(Deployment.make(gateway, {}), FriendliClient.layer))))
 * ```
 *
 * @category layers
 */
export const layer = (deployment: Deployment): Layer.Layer<FriendliClient, never, HttpClient.HttpClient> =>
  Layer.effect(FriendliClient, make(deployment))
