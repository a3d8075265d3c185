/**
 * Classification: sorts texts into the classes that a model was trained for.
 *
 * On dedicated endpoints and containers that serve a classification model. Source: "Text classification" of the API reference,
 * `POST /dedicated/classify` and `POST /classify`, without a version in the path.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { FriendliError } from "./errors/FriendliError.js"
import { FriendliClient, type WithResponse } from "./client/FriendliClient.js"
import * as missing from "./accumulators/missing.js"
import * as observers from "./accumulators/facts.js"
import * as Operation from "./core/Operation.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import { ClassificationList, ClassificationRequest, Classified } from "./schema/Classification.js"

export {
  /** The schema of the answer. See `schema/Classification`. */
  ClassificationList,
  /** The schema of the request. See `schema/Classification`. */
  ClassificationRequest,
  /** The schema of the result for one text. See `schema/Classification`. */
  Classified
}

/**
 * The capability: a program that classifies texts has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock:
 * `Layer.mock(Classification.Classification, { classify: … })`.
 * @category tags
 */
export class Classification extends Context.Tag("effect-friendli/Classification")<
  Classification,
  Classification.Service
>() {}

export declare namespace Classification {
  /** What `Classification.layer` provides, and what a mock replaces. */
  export interface Service {
    /** Sorts texts into classes. */
    readonly classify: (
      request: ClassificationRequest,
      options?: RequestOptions
    ) => Effect.Effect<ClassificationList, FriendliError>
    /** Sorts texts into classes, with status, headers and request id. */
    readonly classifyWithResponse: (
      request: ClassificationRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<ClassificationList>, FriendliError>
  }
}

/**
 * The operation of `classify`, for `FriendliClient.execute`.
 * @category operations
 */
export const classifyOperation: Operation.Unary<ClassificationRequest, ClassificationList> =
  /*#__PURE__*/ Operation.unary({
    name: "Classification.classify",
    prefix: "",
    path: "/classify",
    genAi: "classify",
    request: ClassificationRequest,
    response: ClassificationList,
    observer: observers.reading,
    fillMissing: missing.indexedData
  })

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<Classification.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): Classification.Service => ({
    classify: (request, options) => client.execute(classifyOperation, request, options),
    classifyWithResponse: (request, options) => client.executeWithResponse(classifyOperation, request, options)
  })
)

/**
 * The capability over the provided client. The layers of `Dedicated` and `Container` include it.
 *
 * **Gotchas**: serverless endpoints do not classify: over their client every call fails with a `NotFoundError`.
 * @category layers
 */
export const layer: Layer.Layer<Classification, never, FriendliClient> = /*#__PURE__*/ Layer.effect(
  Classification,
  make
)

/**
 * Sorts texts into the classes of a model.
 *
 * **When to use**: for sentiment, topics, spam or languages, depending on the model of the endpoint. Send several texts
 * in one call as a list.
 *
 * **Details**: the answer's `data` has one item for each text: `label`, the name of the most likely class, and `probs`,
 * the probabilities of all `num_classes` classes, each from 0 to 1, with the sum 1. `index` is the index of the text.
 * Fails with a `FriendliError`; the server rejects a request with neither `input` nor `tokens` (`InvalidRequestError`).
 *
 * **Gotchas**: the answer names only the most likely class. `probs` has the order of the model's own configuration.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Classification, Dedicated } from "effect-friendli"
 *
 * Classification.classify({ model: "endpoint-id", input: ["Great service", "Slow reply"] }).pipe(
 *   Effect.map(({ data }) => data.map((item) => item.label).join(", ")),
 *   Effect.provide(Dedicated.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => positive, negative
 * ```
 * @category accessors
 */
export const classify = (
  request: ClassificationRequest,
  options?: RequestOptions
): Effect.Effect<ClassificationList, FriendliError, Classification> =>
  Effect.flatMap(Classification, (classification) => classification.classify(request, options))

/**
 * As `classify`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const classifyWithResponse = (
  request: ClassificationRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<ClassificationList>, FriendliError, Classification> =>
  Effect.flatMap(Classification, (classification) => classification.classifyWithResponse(request, options))
