/**
 * Friendli as the embedding model of `@effect/ai`: over the capability `Embeddings` of `effect-friendli`, which dedicated endpoints have.
 */
import * as AiError from "@effect/ai/AiError"
import * as EmbeddingModel from "@effect/ai/EmbeddingModel"
import * as AiModel from "@effect/ai/Model"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Embeddings from "effect-friendli/Embeddings"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import { fromFriendliError } from "./provider/errors.js"

const moduleName = "FriendliEmbeddingModel"

/** The options of every request. */
export interface Options {
  /** The endpoint id. Default: that of the deployment. */
  readonly model?: string | undefined
  /** How the vectors are sent. Default: that of the server, `float`; `base64` takes less than half of the bytes. */
  readonly encodingFormat?: "float" | "base64" | undefined
  /** The maximum number of texts in a request. Default: no limit. */
  readonly maxBatchSize?: number | undefined
  /** Options of the call: timeouts, retries, team, headers. */
  readonly requestOptions?: RequestOptions | undefined
}

/** Options of a model that batches texts that are embedded at the same time. */
export interface BatchedOptions extends Options {
  /** Stores the vectors of at most `capacity` texts, so that a text is sent only once. Default: no cache. */
  readonly cache?: { readonly capacity: number; readonly timeToLive: Duration.DurationInput } | undefined
}

/** Options of a model that collects texts during a time window. */
export interface DataLoaderOptions extends Options {
  /** How long texts are collected before a request is sent. */
  readonly window: Duration.DurationInput
}

const unusable = (description: string): AiError.AiError =>
  new AiError.MalformedOutput({ module: moduleName, method: "embedMany", description })

const embedMany =
  (embeddings: Embeddings.Embeddings.Service, options: Options) =>
  (input: ReadonlyArray<string>): Effect.Effect<Array<EmbeddingModel.Result>, AiError.AiError> =>
    Effect.gen(function* () {
      const request = {
        input,
        ...(options.model === undefined ? {} : { model: options.model }),
        ...(options.encodingFormat === undefined ? {} : { encoding_format: options.encodingFormat })
      }
      const { data } = yield* Effect.mapError(embeddings.create(request, options.requestOptions), (error) =>
        fromFriendliError(error, "embedMany", moduleName)
      )
      const results = new Map<number, EmbeddingModel.Result>()
      for (const item of data) {
        const vector = Embeddings.vector(item)
        if (Either.isLeft(vector)) return yield* unusable(vector.left.message)
        results.set(item.index, { index: item.index, embeddings: Array.from(vector.right) })
      }
      // Each text waits for its own vector, so a missing vector must be a failure.
      const missing = input.findIndex((_, index) => !results.has(index))
      if (missing !== -1) return yield* unusable(`The answer has no vector for the text at index ${missing}.`)
      return input.map((_, index) => results.get(index)!)
    })

const shared = (embeddings: Embeddings.Embeddings.Service, options: Options) => ({
  embedMany: embedMany(embeddings, options),
  ...(options.maxBatchSize === undefined ? {} : { maxBatchSize: options.maxBatchSize })
})

/**
 * Makes an embedding model that sends the texts of one `embedMany`, or of embeddings that are batched together, in one request. Errors of the SDK
 * become an `AiError`. An answer without a vector for each text is a `MalformedOutput`.
 * @category constructors
 */
export const make = (
  options: BatchedOptions = {}
): Effect.Effect<EmbeddingModel.Service, never, Embeddings.Embeddings> =>
  Effect.flatMap(Embeddings.Embeddings, (embeddings) =>
    EmbeddingModel.make({
      ...shared(embeddings, options),
      ...(options.cache === undefined ? {} : { cache: options.cache })
    })
  )

/**
 * Makes an embedding model that sends all texts of a time window in one request, whichever fibers ask.
 *
 * **When to use**: in servers, where many requests embed one text each.
 * @category constructors
 */
export const makeDataLoader = (
  options: DataLoaderOptions
): Effect.Effect<EmbeddingModel.Service, never, Embeddings.Embeddings | Scope.Scope> =>
  Effect.flatMap(Embeddings.Embeddings, (embeddings) =>
    EmbeddingModel.makeDataLoader({ ...shared(embeddings, options), window: options.window })
  )

/**
 * The batched embedding model as a layer.
 *
 * @example
 * ```ts
 * import { EmbeddingModel } from "@effect/ai"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { Dedicated } from "effect-friendli"
 * import { FriendliEmbeddingModel } from "effect-friendli-ai"
 *
 * const Friendli = FriendliEmbeddingModel.layerBatched({ model: "endpoint-id" }).pipe(
 *   Layer.provide(Dedicated.layerConfig()),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 *
 * EmbeddingModel.EmbeddingModel.pipe(
 *   Effect.flatMap((model) => model.embedMany(["Green tea", "Black tea"])),
 *   Effect.map((vectors) => vectors.length),
 *   Effect.provide(Friendli),
 *   Effect.runPromise
 * ).then(console.log)
 * // => 2
 * ```
 * @category layers
 */
export const layerBatched = (
  options?: BatchedOptions
): Layer.Layer<EmbeddingModel.EmbeddingModel, never, Embeddings.Embeddings> =>
  Layer.effect(EmbeddingModel.EmbeddingModel, make(options))

/**
 * The embedding model that sends all texts of a time window in one request, as a layer.
 * @category layers
 */
export const layerDataLoader = (
  options: DataLoaderOptions
): Layer.Layer<EmbeddingModel.EmbeddingModel, never, Embeddings.Embeddings> =>
  Layer.scoped(EmbeddingModel.EmbeddingModel, makeDataLoader(options))

/**
 * The embedding model as a `Model` of `@effect/ai`: batched, or with a `window` as a data loader.
 * @category models
 */
export const model = (
  name: string,
  options: Omit<BatchedOptions, "model"> | Omit<DataLoaderOptions, "model"> = {}
): AiModel.Model<"friendli", EmbeddingModel.EmbeddingModel, Embeddings.Embeddings> =>
  AiModel.make(
    "friendli",
    "window" in options ? layerDataLoader({ ...options, model: name }) : layerBatched({ ...options, model: name })
  )
