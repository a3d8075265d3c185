/**
 * Images: pictures made from text, and pictures changed by text.
 *
 * On dedicated endpoints and containers. Source: "Image generations" and "Image edits" of the API reference,
 * `POST …/v1/images/generations`, `…/v1/images/edits`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import type { FriendliError } from "./errors/FriendliError.js"
import { FriendliClient, type WithResponse } from "./client/FriendliClient.js"
import * as Operation from "./core/Operation.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import {
  Base64Image,
  ContainerEditImageRequest,
  ContainerGenerateImageRequest,
  ContainerImage,
  DedicatedImages,
  EditImageRequest,
  GenerateImageRequest,
  ImageInput,
  ImageResult,
  UrlImage
} from "./schema/Images.js"

export {
  /** The schema of a picture in base64, from a dedicated endpoint. See `schema/Images`. */
  Base64Image,
  /** The schema of a container's request for a change. See `schema/Images`. */
  ContainerEditImageRequest,
  /** The schema of a container's request for a picture. See `schema/Images`. */
  ContainerGenerateImageRequest,
  /** The schema of a container's answer. See `schema/Images`. */
  ContainerImage,
  /** The schema of a dedicated endpoint's answer. See `schema/Images`. */
  DedicatedImages,
  /** The schema of a request for a change. See `schema/Images`. */
  EditImageRequest,
  /** The schema of a request for a picture. See `schema/Images`. */
  GenerateImageRequest,
  /** The schema of a picture in a request. See `schema/Images`. */
  ImageInput,
  /** The schema of the answers of all deployments. See `schema/Images`. */
  ImageResult,
  /** The schema of a picture at a URL, from a dedicated endpoint. See `schema/Images`. */
  UrlImage
}

/**
 * The capability: a program that makes pictures has it in its `R`.
 * @category tags
 */
export class Images extends Context.Tag("effect-friendli/Images")<Images, Images.Service>() {}

export declare namespace Images {
  /** What `Images.layer` provides, and what a mock replaces. */
  export interface Service {
    /** A picture from text. */
    readonly generate: (
      request: GenerateImageRequest,
      options?: RequestOptions
    ) => Effect.Effect<ImageResult, FriendliError>
    /** A picture from text, with status, headers and request id. */
    readonly generateWithResponse: (
      request: GenerateImageRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<ImageResult>, FriendliError>
    /** A picture from pictures and text. */
    readonly edit: (request: EditImageRequest, options?: RequestOptions) => Effect.Effect<ImageResult, FriendliError>
    /** A picture from pictures and text, with status, headers and request id. */
    readonly editWithResponse: (
      request: EditImageRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<ImageResult>, FriendliError>
  }
}

const generation = {
  name: "Images.generate",
  path: "/images/generations",
  genAi: "image_generation",
  generates: true
} as const
const edition = { name: "Images.edit", path: "/images/edits", genAi: "image_edit", generates: true } as const

/**
 * The operation of `generate` on a dedicated endpoint, for `FriendliClient.execute`.
 * @category operations
 */
export const generateOperation: Operation.Unary<GenerateImageRequest, DedicatedImages> = /*#__PURE__*/ Operation.unary({
  ...generation,
  request: GenerateImageRequest,
  response: DedicatedImages
})

/**
 * The operation of `generate` on a container, for `FriendliClient.execute`. A container takes fewer fields and answers
 * in another form.
 * @category operations
 */
export const generateContainerOperation: Operation.Unary<ContainerGenerateImageRequest, ContainerImage> =
  /*#__PURE__*/ Operation.unary({
    ...generation,
    request: ContainerGenerateImageRequest,
    response: ContainerImage
  })

/**
 * The operation of `edit` on a dedicated endpoint, for `FriendliClient.execute`.
 * @category operations
 */
export const editOperation: Operation.Unary<EditImageRequest, DedicatedImages> = /*#__PURE__*/ Operation.unary({
  ...edition,
  request: EditImageRequest,
  response: DedicatedImages
})

/**
 * The operation of `edit` on a container, for `FriendliClient.execute`. A container takes fewer fields and answers in
 * another form.
 * @category operations
 */
export const editContainerOperation: Operation.Unary<ContainerEditImageRequest, ContainerImage> =
  /*#__PURE__*/ Operation.unary({
    ...edition,
    request: ContainerEditImageRequest,
    response: ContainerImage
  })

/**
 * Makes the capability from a client.
 *
 * **Details**: a deployment with `images: "inline"` gets the operations of a container, every other one those of a dedicated endpoint.
 * @category constructors
 */
export const make: Effect.Effect<Images.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): Images.Service =>
    client.deployment.images === "inline"
      ? {
          // The request may have fields that a container does not take: its schema rejects them before anything is sent.
          generate: (request, options) =>
            client.execute(generateContainerOperation, request as ContainerGenerateImageRequest, options),
          generateWithResponse: (request, options) =>
            client.executeWithResponse(generateContainerOperation, request as ContainerGenerateImageRequest, options),
          edit: (request, options) =>
            client.execute(editContainerOperation, request as ContainerEditImageRequest, options),
          editWithResponse: (request, options) =>
            client.executeWithResponse(editContainerOperation, request as ContainerEditImageRequest, options)
        }
      : {
          generate: (request, options) => client.execute(generateOperation, request, options),
          generateWithResponse: (request, options) => client.executeWithResponse(generateOperation, request, options),
          edit: (request, options) => client.execute(editOperation, request, options),
          editWithResponse: (request, options) => client.executeWithResponse(editOperation, request, options)
        }
)

/**
 * The capability over the provided client. The layers of `Dedicated` and `Container` include it.
 * @category layers
 */
export const layer: Layer.Layer<Images, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Images, make)

/**
 * Makes a picture from text.
 *
 * **When to use**: on a dedicated endpoint or a container that serves an image model.
 *
 * **Details**: the answer has the form of its deployment; `toItems` reads both forms. A dedicated endpoint gives a URL
 * unless `response_format` asks for the picture itself; a container always gives the picture itself. On a container,
 * fields that it does not take (`guidance_scale: null`, a `response_format` other than `raw` and `jpeg`) fail with an
 * `InvalidRequestError` before anything is sent. For other errors see `FriendliError`.
 *
 * **Gotchas**: only the fields that you give are sent. The Python SDK adds `num_inference_steps: 20`, and
 * `guidance_scale: 0.0` on a container; give both to get the same pictures.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Dedicated, Images } from "effect-friendli"
 *
 * Images.generate({ model: "endpoint-id", prompt: "A paper boat on a lake", response_format: "png", seed: 42 }).pipe(
 *   Effect.map((result) => Images.toItems(result).map((item) => `${item._tag} ${item.format} ${item.seed}`)),
 *   Effect.provide(Dedicated.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(([first]) => console.log(first))
 * // => Base64 png 42
 * ```
 * @category accessors
 */
export const generate = (
  request: GenerateImageRequest,
  options?: RequestOptions
): Effect.Effect<ImageResult, FriendliError, Images> =>
  Effect.flatMap(Images, (images) => images.generate(request, options))

/**
 * As `generate`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const generateWithResponse = (
  request: GenerateImageRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<ImageResult>, FriendliError, Images> =>
  Effect.flatMap(Images, (images) => images.generateWithResponse(request, options))

/**
 * Changes a picture as a prompt says, or makes one picture from several.
 *
 * **When to use**: on a dedicated endpoint or a container that serves a model for image editing.
 *
 * **Details**: `image` is one `ImageInput` or a list of them; `fromSource` makes one from bytes or a URL. The answer
 * and the errors are those of `generate`.
 *
 * **Gotchas**: the server fetches the URLs, so send pictures that only your machine can reach as bytes. A picture in
 * base64 is a third larger than its file, and every retry sends it again.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Dedicated, Images } from "effect-friendli"
 *
 * Images.edit({
 *   model: "endpoint-id",
 *   image: Images.fromSource("https://files.example/boat.png"),
 *   prompt: "Make it red",
 *   response_format: "jpeg"
 * }).pipe(
 *   Effect.map((result) => Images.toItems(result)[0]?._tag),
 *   Effect.provide(Dedicated.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => Base64
 * ```
 * @category accessors
 */
export const edit = (
  request: EditImageRequest,
  options?: RequestOptions
): Effect.Effect<ImageResult, FriendliError, Images> =>
  Effect.flatMap(Images, (images) => images.edit(request, options))

/**
 * As `edit`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const editWithResponse = (
  request: EditImageRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<ImageResult>, FriendliError, Images> =>
  Effect.flatMap(Images, (images) => images.editWithResponse(request, options))

// ---------------------------------------------------------------------------
// pictures in and out
// ---------------------------------------------------------------------------

/** The number of arguments of one call: engines allow far more, but not any number. */
const slice = 0x8000

/** `Encoding.encodeBase64` takes a second for 10 MB, `btoa` a tenth of that. */
const toBase64 = (bytes: Uint8Array): string => {
  let binary = ""
  for (let at = 0; at < bytes.length; at += slice) {
    binary += String.fromCharCode(...bytes.subarray(at, at + slice))
  }
  return btoa(binary)
}

/**
 * A picture for a request, from bytes or a URL.
 *
 * **When to use**: for `image` of `edit` and `control_images` of `generate`.
 *
 * **Details**: bytes become base64. A `URL` becomes its text. A string is used unchanged: a URL, or a picture in
 * base64. The API takes pictures of up to 50 MiB.
 *
 * @example
 * ```ts
 * import { Images } from "effect-friendli"
 *
 * console.log(Images.fromSource(new Uint8Array([0x89, 0x50, 0x4e, 0x47])).image)
 * // => iVBORw==
 * console.log(Images.fromSource(new URL("https://files.example/boat.png")).image)
 * // => https://files.example/boat.png
 * ```
 * @category pictures
 */
export const fromSource = (source: Uint8Array | URL | string): ImageInput => ({
  // not `instanceof`, because the bytes may come from another realm
  image: typeof source === "string" ? source : ArrayBuffer.isView(source) ? toBase64(source) : source.href
})

/** A picture of an answer, as a URL. */
export interface UrlItem {
  readonly _tag: "Url"
  /** The URL of the picture. */
  readonly url: string
  /** The seed that was used, if the deployment reports it. */
  readonly seed: number | undefined
  /** The `response_format`, if the deployment reports it. */
  readonly format: string | undefined
}

/** A picture of an answer, in base64. */
export interface Base64Item {
  readonly _tag: "Base64"
  /** The picture in base64; `bytes` reads it. */
  readonly base64: string
  /** The seed that was used, if the deployment reports it. */
  readonly seed: number | undefined
  /** The `response_format`, if the deployment reports it. */
  readonly format: string | undefined
}

/** A picture of an answer. */
export type Item = UrlItem | Base64Item

const itemOf = (image: UrlImage | Base64Image): Item => {
  const about = { seed: image.seed ?? undefined, format: image.response_format ?? undefined }
  // decided by the value, not by the key, because a server may send the other key as null
  return "b64_json" in image && typeof image.b64_json === "string"
    ? { _tag: "Base64", base64: image.b64_json, ...about }
    : { _tag: "Url", url: (image as UrlImage).url, ...about }
}

/**
 * The pictures of an answer, whichever deployment gave it.
 *
 * **When to use**: in every program that may run on more than one deployment.
 *
 * **Details**: `Url` items have a URL, `Base64` items the picture itself. `seed` and `format` are `undefined` if a server leaves them
 * out, as containers do.
 * @category pictures
 */
export const toItems = (result: ImageResult): ReadonlyArray<Item> =>
  "data" in result && Array.isArray(result.data)
    ? (result as DedicatedImages).data.map(itemOf)
    : [{ _tag: "Base64", base64: (result as ContainerImage).image, seed: undefined, format: undefined }]

/**
 * The bytes of a picture in base64.
 *
 * **When to use**: to write it to a file or to pass it on. An `Either` is an `Effect`: `yield* Images.bytes(item)`
 * works.
 *
 * **Details**: fails with a `DecodeException` if the text is not base64. A `Url` item has no bytes: fetch the URL with
 * your own `HttpClient`.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import { Images } from "effect-friendli"
 *
 * const sizes = Images.toItems({ image: "iVBORw==" }).map((item) =>
 *   item._tag === "Url" ? item.url : Either.map(Images.bytes(item), (bytes) => bytes.length)
 * )
 * console.log(sizes[0] === undefined || typeof sizes[0] === "string" ? "elsewhere" : Either.getOrThrow(sizes[0]))
 * // => 4
 * ```
 * @category pictures
 */
export const bytes = (item: Base64Item): Either.Either<Uint8Array, Encoding.DecodeException> =>
  Encoding.decodeBase64(item.base64)
