/**
 * The client of a deployment: it runs `Operation`s with the `HttpClient` of the user. Capabilities are made from it.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Deployment } from "../core/Deployment.js"
import { raw, type SseEvent, type Streaming, type Unary } from "../core/Operation.js"
import type { RequestOptions } from "../core/RequestOptions.js"
import type { FriendliError, FriendliStreamError } from "../errors/FriendliError.js"
import * as streams from "../internal/streams.js"
import { makeInterpreter } from "./call.js"
import * as middleware from "./middleware.js"
import { makeEnvironment } from "./prepare.js"
import type { Interpreter, Middleware, WithResponse } from "./types.js"

export type { SseEvent } from "../core/Operation.js"
export type { Interpreter, Middleware, ResponseInfo, WithResponse } from "./types.js"

/**
 * Runs operations.
 *
 * **When to use**: directly for your own operations (see `Operation`) and for the raw events of a stream. Otherwise use
 * the capabilities.
 * @category tags
 */
export class FriendliClient extends Context.Tag("effect-friendli/FriendliClient")<
  FriendliClient,
  FriendliClient.Service
>() {}

export declare namespace FriendliClient {
  /** All methods come from two functions: see `Interpreter`. */
  export interface Service {
    /** The deployment of this client. The token is `Redacted`. */
    readonly deployment: Deployment
    /** Runs an operation with one answer. */
    readonly execute: <Request, Response>(
      operation: Unary<Request, Response>,
      request: Request,
      options?: RequestOptions
    ) => Effect.Effect<Response, FriendliError>
    /** The same, with response metadata. */
    readonly executeWithResponse: Interpreter["call"]
    /** Runs an operation that answers with events. Each run of the stream sends the request. */
    readonly stream: <Request, Event>(
      operation: Streaming<Request, Event>,
      request: Request,
      options?: RequestOptions
    ) => Stream.Stream<Event, FriendliStreamError>
    /** The same, but opened: the stream belongs to the scope and runs once. */
    readonly streamWithResponse: Interpreter["open"]
    /** The events as the server sent them, without decoding. Only comments and `[DONE]` are left out. */
    readonly events: <Request, Event>(
      operation: Streaming<Request, Event>,
      request: Request,
      options?: RequestOptions
    ) => Stream.Stream<SseEvent, FriendliStreamError>
  }
}

const valueOf = <A>(answer: WithResponse<A>): A => answer.value

/**
 * Derives a client from the two functions that run operations.
 *
 * **When to use**: for a client without HTTP, such as a test that counts operations, or a queue of jobs.
 * @category constructors
 */
export const fromInterpreter = ({ call, deployment, open }: Interpreter): FriendliClient.Service => ({
  deployment,
  execute: (operation, request, options) => Effect.map(call(operation, request, options), valueOf),
  executeWithResponse: call,
  stream: (operation, request, options) => streams.unwrapScoped(Effect.map(open(operation, request, options), valueOf)),
  streamWithResponse: open,
  events: (operation, request, options) =>
    streams.unwrapScoped(Effect.map(open(raw(operation), request, options), valueOf))
})

/**
 * Runs an operation that answers with events, and calls `use` with each event, one after another.
 *
 * **When to use**: as `Chat.forEach`, for your own operations.
 * @category accessors
 */
export const forEach = <Request, Event, E = never, R = never>(
  operation: Streaming<Request, Event>,
  request: Request,
  use: (event: Event) => Effect.Effect<unknown, E, R> | void,
  options?: RequestOptions
): Effect.Effect<void, FriendliStreamError | E, FriendliClient | R> =>
  Effect.flatMap(FriendliClient, (client) => streams.forEach(client.stream(operation, request, options), use))

/**
 * Wraps the clients of the deployments that this layer is provided to in middleware.
 *
 * **When to use**: for code that concerns every operation, such as metrics, limits and audits. Wrap the two functions
 * of an `Interpreter`: whole answers pass through `call`, streams of every form through `open`.
 *
 * **Details**: with `deployment.pipe(Layer.provide(a), Layer.provide(b))` an operation passes through `a`, then `b`, then the client. Other
 * deployments are not affected.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { FriendliClient, Serverless, Tokens } from "effect-friendli"
 *
 * const Announced = FriendliClient.layerMiddleware(
 *   Effect.succeed((next) => ({
 *     ...next,
 *     call: (operation, ...input) =>
 *       Effect.zipRight(Effect.sync(() => console.log(operation.name)), next.call(operation, ...input)),
 *     open: (operation, ...input) =>
 *       Effect.zipRight(Effect.sync(() => console.log(operation.name)), next.open(operation, ...input))
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
 * @category layers
 */
export const layerMiddleware: <E, R>(
  middleware: Effect.Effect<Middleware, E, R>
) => Layer.Layer<never, E, Exclude<R, Scope.Scope>> = middleware.layer

/**
 * Makes the client of a deployment, wrapped in the middleware of its context.
 * @category constructors
 */
export const make = (deployment: Deployment): Effect.Effect<FriendliClient.Service, never, HttpClient.HttpClient> =>
  Effect.map(Effect.context<HttpClient.HttpClient>(), (context) => {
    const environment = makeEnvironment(deployment, Context.get(context, HttpClient.HttpClient))
    return fromInterpreter(middleware.withMiddleware(makeInterpreter(environment), context))
  })

/**
 * The client of a deployment as a layer. It requires an `HttpClient`, so that a test can provide its own.
 * @category layers
 */
export const layer = (deployment: Deployment): Layer.Layer<FriendliClient, never, HttpClient.HttpClient> =>
  Layer.effect(FriendliClient, make(deployment))
