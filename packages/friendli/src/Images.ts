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
  /**
   * The schema of a picture in base64, of a dedicated endpoint. See `schema/Images`.
   * @category schemas
   */
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
  /** The schema of a picture at an address, of a dedicated endpoint. See `schema/Images`. */
  UrlImage
}

/**
 * The capability: what a program that makes pictures needs in its `R`.
 * @category tags
 */
export class Images extends Context.Tag("effect-friendli/Images")<Images, Images.Service>() {}

export declare namespace Images {
  /**
   * What `Images.layer` provides, and what a mock replaces.
   *
   * @category models
   */
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
 * The operation behind `generate` on a dedicated endpoint, for `FriendliClient.execute`.
 * @category operations
 */
export const generateOperation: Operation.Unary<GenerateImageRequest, DedicatedImages> = /*#__PURE__*/ Operation.unary({
  ...generation,
  request: GenerateImageRequest,
  response: DedicatedImages
})

/**
 * The operation behind `generate` on a container, for `FriendliClient.execute`: it takes less and answers in another form.
 * @category operations
 */
export const generateContainerOperation: Operation.Unary<ContainerGenerateImageRequest, ContainerImage> =
  /*#__PURE__*/ Operation.unary({
    ...generation,
    request: ContainerGenerateImageRequest,
    response: ContainerImage
  })

/**
 * The operation behind `edit` on a dedicated endpoint, for `FriendliClient.execute`.
 * @category operations
 */
export const editOperation: Operation.Unary<EditImageRequest, DedicatedImages> = /*#__PURE__*/ Operation.unary({
  ...edition,
  request: EditImageRequest,
  response: DedicatedImages
})

/**
 * The operation behind `edit` on a container, for `FriendliClient.execute`: it takes less and answers in another form.
 * @category operations
 */
export const editContainerOperation: Operation.Unary<ContainerEditImageRequest, ContainerImage> =
  /*#__PURE__*/ Operation.unary({
    ...edition,
    request: ContainerEditImageRequest,
    response: ContainerImage
  })

/**
 * Makes the capability out of a client.
 *
 * **Details**: a client whose deployment is named `container` gets the container's operations, every other the dedicated ones.
 * @category constructors
 */
export const make: Effect.Effect<Images.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): Images.Service =>
    client.deployment.name === "container"
      ? {
          // The request may be more than a container takes: its schema says so before anything is sent.
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
 * The capability over whatever client is provided. The layers of `Dedicated` and `Container` hold it already.
 * @category layers
 */
export const layer: Layer.Layer<Images, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Images, make)

/**
 * Makes a picture from text.
 *
 * **When to use**: on a dedicated endpoint or a container that serves an image model.
 *
 * **Details**: the answer has the form of its deployment; `toItems` reads both. A dedicated endpoint gives an address unless
 * `response_format` asks for the picture itself; a container always gives the picture itself. Fields that a container does not take
 * (`guidance_scale: null`, a `response_format` other than `raw` and `jpeg`) fail there as an `InvalidRequestError` before anything is
 * sent. Otherwise fails as every operation does, see `FriendliError`.
 *
 * **Gotchas**: only what you give is sent. The Python SDK adds `num_inference_steps: 20`, and `guidance_scale: 0.0` on a container;
 * give them to get its pictures.
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
 * As `generate`, with what the response said besides: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const generateWithResponse = (
  request: GenerateImageRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<ImageResult>, FriendliError, Images> =>
  Effect.flatMap(Images, (images) => images.generateWithResponse(request, options))

/**
 * Changes a picture as a text says, or makes one picture of several.
 *
 * **When to use**: on a dedicated endpoint or a container that serves a model for image editing.
 *
 * **Details**: `image` is one `ImageInput` or a list of them; `fromSource` makes one from bytes or a URL. Answer and failures are those of
 * `generate`.
 *
 * **Gotchas**: the server fetches the URLs, not you: what only your machine can reach must be sent as bytes. A picture in base64 is a
 * third larger than its file, and every retry sends it again.
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
 * As `edit`, with what the response said besides: `{ value, response: { status, headers, requestId } }`.
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

/** Arguments of one call; engines allow far more, but not endlessly many. */
const slice = 0x8000

/** `Encoding.encodeBase64` takes a second for 10 MB, the platform's own a tenth of it. */
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
 * **Details**: bytes become base64. A `URL` becomes its text. A string is taken as it is: a URL, or a picture that is base64 already.
 * The API takes pictures of up to 50 MiB.
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
  // No instanceof: the bytes may come from another realm.
  image: typeof source === "string" ? source : ArrayBuffer.isView(source) ? toBase64(source) : source.href
})

/**
 * A picture of an answer that lies at an address.
 * @category models
 */
export interface UrlItem {
  readonly _tag: "Url"
  /** Where the picture is. */
  readonly url: string
  /** The seed that was used, where the deployment tells. */
  readonly seed: number | undefined
  /** The `response_format`, where the deployment tells. */
  readonly format: string | undefined
}

/**
 * A picture of an answer, in base64.
 * @category models
 */
export interface Base64Item {
  readonly _tag: "Base64"
  /** The picture in base64; `bytes` reads it. */
  readonly base64: string
  /** The seed that was used, where the deployment tells. */
  readonly seed: number | undefined
  /** The `response_format`, where the deployment tells. */
  readonly format: string | undefined
}

/**
 * A picture of an answer.
 * @category models
 */
export type Item = UrlItem | Base64Item

const itemOf = (image: UrlImage | Base64Image): Item => {
  const about = { seed: image.seed ?? undefined, format: image.response_format ?? undefined }
  // By the value, not by the key: a server may send the other key as null.
  return "b64_json" in image && typeof image.b64_json === "string"
    ? { _tag: "Base64", base64: image.b64_json, ...about }
    : { _tag: "Url", url: (image as UrlImage).url, ...about }
}

/**
 * The pictures of an answer, whichever deployment gave it.
 *
 * **When to use**: always, unless the program runs on one deployment alone and wants its own form.
 *
 * **Details**: `Url` items have an address, `Base64` items the picture itself. A container tells neither seed nor format, so they are
 * `undefined` there, and so they are where a server leaves them out.
 * @category pictures
 */
export const toItems = (result: ImageResult): ReadonlyArray<Item> =>
  "data" in result && Array.isArray(result.data)
    ? (result as DedicatedImages).data.map(itemOf)
    : [{ _tag: "Base64", base64: (result as ContainerImage).image, seed: undefined, format: undefined }]

/**
 * The bytes of a picture that came in base64.
 *
 * **When to use**: to write it to a file or to hand it on. An `Either` is an Effect too: `yield* Images.bytes(item)` works.
 *
 * **Details**: fails with a `DecodeException` where the text is no base64. A `Url` item has no bytes: fetch its address with your own
 * `HttpClient`.
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
