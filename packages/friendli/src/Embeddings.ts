/**
 * Embeddings: turns texts into vectors, which are close to each other if the texts have a similar meaning.
 *
 * On dedicated endpoints that serve an embedding model. Source: "Embeddings" of the API reference, `POST /dedicated/v1/embeddings`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { FriendliError } from "./errors/FriendliError.js"
import { FriendliClient, type WithResponse } from "./client/FriendliClient.js"
import * as missing from "./accumulators/missing.js"
import * as observers from "./accumulators/facts.js"
import * as Operation from "./core/Operation.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import { Embedding, EmbeddingList, EmbeddingsRequest } from "./schema/Embeddings.js"

export {
  /** The schema of one vector. See `schema/Embeddings`. */
  Embedding,
  /** The schema of the answer. See `schema/Embeddings`. */
  EmbeddingList,
  /** The schema of the request. See `schema/Embeddings`. */
  EmbeddingsRequest
}

/**
 * The capability: a program that embeds texts has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock:
 * `Layer.mock(Embeddings.Embeddings, { create: … })`.
 * @category tags
 */
export class Embeddings extends Context.Tag("effect-friendli/Embeddings")<Embeddings, Embeddings.Service>() {}

export declare namespace Embeddings {
  /** What `Embeddings.layer` provides, and what a mock replaces. */
  export interface Service {
    /** Turns texts into vectors. */
    readonly create: (
      request: EmbeddingsRequest,
      options?: RequestOptions
    ) => Effect.Effect<EmbeddingList, FriendliError>
    /** Turns texts into vectors, with status, headers and request id. */
    readonly createWithResponse: (
      request: EmbeddingsRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<EmbeddingList>, FriendliError>
  }
}

/**
 * The operation of `create`, for `FriendliClient.execute`.
 * @category operations
 */
export const createOperation: Operation.Unary<EmbeddingsRequest, EmbeddingList> = /*#__PURE__*/ Operation.unary({
  name: "Embeddings.create",
  path: "/embeddings",
  genAi: "embeddings",
  request: EmbeddingsRequest,
  response: EmbeddingList,
  observer: observers.reading,
  fillMissing: missing.indexedData
})

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<Embeddings.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): Embeddings.Service => ({
    create: (request, options) => client.execute(createOperation, request, options),
    createWithResponse: (request, options) => client.executeWithResponse(createOperation, request, options)
  })
)

/**
 * The capability over the provided client. The layer of `Dedicated` includes it.
 *
 * **Gotchas**: only dedicated endpoints have embeddings. With another deployment's client the calls fail, usually with
 * a `NotFoundError`.
 * @category layers
 */
export const layer: Layer.Layer<Embeddings, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Embeddings, make)

/**
 * Turns texts into vectors.
 *
 * **When to use**: to search, group or compare texts by meaning. Send several texts in one call as a list.
 *
 * **Details**: the answer's `data` has one item for each text, and `index` is the index of the text; `vector` reads the
 * numbers. Fails with a `FriendliError`; the server rejects a request with neither `input` nor `tokens`
 * (`InvalidRequestError`).
 *
 * **Gotchas**: vectors of different models cannot be compared: store the model's name with them.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Dedicated, Embeddings } from "effect-friendli"
 *
 * Embeddings.create({ model: "endpoint-id", input: ["Green tea", "Black tea"] }).pipe(
 *   Effect.map(({ data, usage }) => `${data.length} vectors of ${usage?.prompt_tokens} tokens`),
 *   Effect.provide(Dedicated.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => 2 vectors of 6 tokens
 * ```
 * @category accessors
 */
export const create = (
  request: EmbeddingsRequest,
  options?: RequestOptions
): Effect.Effect<EmbeddingList, FriendliError, Embeddings> =>
  Effect.flatMap(Embeddings, (embeddings) => embeddings.create(request, options))

/**
 * As `create`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const createWithResponse = (
  request: EmbeddingsRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<EmbeddingList>, FriendliError, Embeddings> =>
  Effect.flatMap(Embeddings, (embeddings) => embeddings.createWithResponse(request, options))

/**
 * An embedding whose numbers cannot be read. `index` is the index of the input. The error does not contain the text of
 * the embedding.
 * @category errors
 */
export class MalformedEmbeddingError extends Schema.TaggedError<MalformedEmbeddingError>(
  "effect-friendli/MalformedEmbeddingError"
)("MalformedEmbeddingError", {
  /** Which of the inputs the embedding belongs to. */
  index: Schema.Number,
  /** A sentence that says what is wrong. */
  message: Schema.String
}) {}

/** The numbers in a base64 text, or what is wrong with it. */
const fromBase64 = (base64: string): Either.Either<Float32Array, string> => {
  const decoded = Encoding.decodeBase64(base64)
  if (Either.isLeft(decoded)) return Either.left("it is not base64")
  const bytes = decoded.right
  if (bytes.length % 4 !== 0) return Either.left(`${bytes.length} bytes are not a multiple of 4`)
  // read through a view, because the bytes are little-endian on every machine
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Either.right(Float32Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(at * 4, true)))
}

/**
 * The numbers of one embedding, from a list or from base64.
 *
 * **When to use**: on the items of `data`, before doing anything with the numbers: `Either.all(data.map(Embeddings.vector))`. An
 * `Either` is an `Effect`, so `yield*` works too.
 *
 * **Details**: base64 is read as float32 numbers, little-endian, one after another. The numbers of a list are rounded
 * to float32, so that both forms give the same result. Fails with a `MalformedEmbeddingError` if the text is not
 * base64, the number of bytes is not a multiple of 4, or a number is not finite in float32. Never throws.
 *
 * **Gotchas**: the API does not document the layout of the bytes. Servers of this kind send little-endian float32;
 * compare once with `encoding_format: "float"` on a new endpoint. `JSON.stringify` writes a `Float32Array` as an
 * object; `Array.from(vector)` is a list.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Embeddings } from "effect-friendli"
 *
 * const program = Effect.gen(function* () {
 *   const floats = yield* Embeddings.vector({ index: 0, embedding: [0.25, -0.5, 0.125] })
 *   const base64 = yield* Embeddings.vector({ index: 0, embedding: "AACAPgAAAL8AAAA+" })
 *   return [Array.from(floats), Array.from(base64)]
 * })
 * Effect.runPromise(program).then(console.log)
 * // => [ [ 0.25, -0.5, 0.125 ], [ 0.25, -0.5, 0.125 ] ]
 * ```
 * @category vectors
 */
export const vector = ({ embedding, index }: Embedding): Either.Either<Float32Array, MalformedEmbeddingError> =>
  (typeof embedding === "string" ? fromBase64(embedding) : Either.right(Float32Array.from(embedding))).pipe(
    Either.filterOrLeft(
      (numbers) => numbers.every(Number.isFinite),
      () => "not all of its numbers are finite"
    ),
    Either.mapLeft(
      (reason) =>
        new MalformedEmbeddingError({
          index,
          message: `The embedding of input ${index} cannot be read as float32 numbers: ${reason}.`
        })
    )
  )

/**
 * The largest absolute value: vectors are divided by it, so that squares neither overflow nor become 0. `0` if the
 * vector has no direction.
 */
const scaleOf = (numbers: ArrayLike<number>): number => {
  let greatest = 0
  for (let at = 0; at < numbers.length; at++) {
    const size = Math.abs(numbers[at]!)
    if (!(size < Infinity)) return 0
    if (size > greatest) greatest = size
  }
  return greatest
}

/**
 * The cosine of the angle between two vectors: 1 for the same direction, 0 for a right angle, -1 for opposite
 * directions.
 *
 * **When to use**: to rank texts by similarity. For more than about ten thousand vectors, use a database with a vector
 * index.
 *
 * **Details**: takes the result of `vector`, or lists of numbers. `Option.none()` if there is no angle: the vectors
 * have different lengths, one is empty or all zeros, or a number is not finite.
 *
 * @example
 * ```ts
 * import { Option } from "effect"
 * import { Embeddings } from "effect-friendli"
 *
 * console.log(Option.getOrNull(Embeddings.cosineSimilarity([3, 4], [4, 3])))
 * // => 0.96
 * ```
 * @category vectors
 */
export const cosineSimilarity = (a: ArrayLike<number>, b: ArrayLike<number>): Option.Option<number> => {
  const scaleA = scaleOf(a)
  const scaleB = scaleOf(b)
  if (a.length !== b.length || scaleA === 0 || scaleB === 0) return Option.none()
  let dot = 0
  let squareA = 0
  let squareB = 0
  for (let at = 0; at < a.length; at++) {
    const x = a[at]! / scaleA
    const y = b[at]! / scaleB
    dot += x * y
    squareA += x * x
    squareB += y * y
  }
  // rounding may give a value slightly outside of [-1, 1]
  return Option.some(Math.min(1, Math.max(-1, dot / Math.sqrt(squareA * squareB))))
}
