/**
 * Models: the catalogue of serverless models, with their limits, prices and abilities.
 *
 * On serverless endpoints. Source: `GET /serverless/v1/models` of the API's description.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { FriendliError } from "./errors/FriendliError.js"
import { FriendliClient, type WithResponse } from "./client/FriendliClient.js"
import * as Operation from "./core/Operation.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import { Model, ModelList, OpenRouterModelList } from "./schema/Model.js"
import type { ModelId } from "./schema/modelIds.js"
import { NoFields } from "./schema/noFields.js"

export type { ModelId }

export {
  /** The schema of one model. See `schema/Model`. */
  Model,
  /** The schema of the catalogue. See `schema/Model`. */
  ModelList,
  /** The schema of the catalogue for OpenRouter. See `schema/Model`. */
  OpenRouterModelList
}

/**
 * The capability: a program that reads the catalogue has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock: `Layer.mock(Models.Models, { get: … })`.
 * @category tags
 */
export class Models extends Context.Tag("effect-friendli/Models")<Models, Models.Service>() {}

export declare namespace Models {
  /** What `Models.layer` provides, and what a mock replaces. */
  export interface Service {
    /** Asks for the catalogue. */
    readonly list: (options?: RequestOptions) => Effect.Effect<ModelList, FriendliError>
    /** Asks for the catalogue, with status, headers and request id. */
    readonly listWithResponse: (options?: RequestOptions) => Effect.Effect<WithResponse<ModelList>, FriendliError>
    /** Asks for the catalogue in the form that OpenRouter reads. */
    readonly listOpenRouter: (options?: RequestOptions) => Effect.Effect<OpenRouterModelList, FriendliError>
    /** Finds one model in a catalogue that is requested at most once an hour. */
    readonly get: (id: ModelId, options?: RequestOptions) => Effect.Effect<Option.Option<Model>, FriendliError>
  }
}

const catalogue = { method: "GET", hasBody: false, model: false, request: NoFields } as const

/**
 * The operation of `list`, for `FriendliClient.execute`.
 * @category operations
 */
export const listOperation: Operation.Unary<{}, ModelList> = /*#__PURE__*/ Operation.unary({
  ...catalogue,
  name: "Models.list",
  path: "/models",
  response: ModelList
})

/**
 * The operation of `listOpenRouter`, for `FriendliClient.execute`.
 * @category operations
 */
export const listOpenRouterOperation: Operation.Unary<{}, OpenRouterModelList> = /*#__PURE__*/ Operation.unary({
  ...catalogue,
  name: "Models.listOpenRouter",
  path: "/openrouter/models",
  response: OpenRouterModelList
})

/** How long `get` uses a catalogue before it asks again. Models and prices change over weeks. */
const timeToLive = /*#__PURE__*/ Duration.toMillis("1 hour")

/**
 * A catalogue that is requested again when it is too old. Callers during the request wait for its answer. A failure or an interruption is
 * not cached: the next caller sends a new request.
 */
const remembered = (list: Models.Service["list"]) =>
  Effect.map(Effect.makeSemaphore(1), (one) => {
    let known: { readonly models: ReadonlyMap<string, Model>; readonly until: number } | undefined
    const load = (options: RequestOptions | undefined) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        if (known !== undefined && now < known.until) return known.models
        const { data } = yield* list(options)
        const models = new Map(data.map((model) => [model.id, model]))
        known = { models, until: now + timeToLive }
        return models
      })
    return (options: RequestOptions | undefined) => one.withPermits(1)(load(options))
  })

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<Models.Service, never, FriendliClient> = /*#__PURE__*/ Effect.gen(function* () {
  const client = yield* FriendliClient
  const list: Models.Service["list"] = (options) => client.execute(listOperation, {}, options)
  const models = yield* remembered(list)
  return {
    list,
    listWithResponse: (options) => client.executeWithResponse(listOperation, {}, options),
    listOpenRouter: (options) => client.execute(listOpenRouterOperation, {}, options),
    get: (id, options) => Effect.map(models(options), (known) => Option.fromNullable(known.get(id)))
  }
})

/**
 * The capability over the provided client. The layer of `Serverless` includes it.
 *
 * **Gotchas**: only serverless endpoints have a catalogue. With another deployment's client the calls fail, usually with a `NotFoundError`.
 * @category layers
 */
export const layer: Layer.Layer<Models, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Models, make)

/**
 * Asks for the catalogue of serverless models.
 *
 * **When to use**: to show all models. To look up single models repeatedly, use `get`.
 *
 * **Details**: fails with a `FriendliError`. The API answers without a token, too, so a success does not mean that the token is valid.
 *
 * **Gotchas**: your account may not be allowed to use a listed model, and models that will be retired are still listed; see `isActive`.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Models, Serverless } from "effect-friendli"
 *
 * Models.list().pipe(
 *   Effect.map(({ data }) => data.filter(Models.isActive).map(({ id }) => id)),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * ```
 * @category accessors
 */
export const list = (options?: RequestOptions): Effect.Effect<ModelList, FriendliError, Models> =>
  Effect.flatMap(Models, (models) => models.list(options))

/**
 * As `list`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const listWithResponse = (
  options?: RequestOptions
): Effect.Effect<WithResponse<ModelList>, FriendliError, Models> =>
  Effect.flatMap(Models, (models) => models.listWithResponse(options))

/**
 * Asks for the catalogue in the form that OpenRouter reads: prices by the length of the context, regions, capacities.
 *
 * **Details**: fails with a `FriendliError`.
 * @category accessors
 */
export const listOpenRouter = (options?: RequestOptions): Effect.Effect<OpenRouterModelList, FriendliError, Models> =>
  Effect.flatMap(Models, (models) => models.listOpenRouter(options))

/**
 * Finds one model by its id.
 *
 * **When to use**: wherever a limit, a price or an ability of a model decides something: with `Reasoning` and `Pricing`, or to check a
 * context length. It is cheap to call: one request an hour loads the catalogue for all callers.
 *
 * **Details**: `Option.none()` if the catalogue has no such model. Fails with a `FriendliError` if the catalogue cannot be loaded; the
 * next call tries again.
 *
 * @category accessors
 */
export const get = (
  id: ModelId,
  options?: RequestOptions
): Effect.Effect<Option.Option<Model>, FriendliError, Models> =>
  Effect.flatMap(Models, (models) => models.get(id, options))

/**
 * Whether a model is in service. A model with a deprecation date is not, even if it is still listed and the date is in the future.
 * @category models
 */
export const isActive = (model: Model): boolean => (model.deprecation_date ?? null) === null
