/** Pictures made from text, and pictures changed by text. */
import * as Schema from "effect/Schema"
import { finiteNumber, FiniteNumber, int, Int, nullish, openLiteral, Text } from "./primitives.js"

// ---------------------------------------------------------------------------
// requests
// ---------------------------------------------------------------------------

/**
 * A picture in a request. Wire: `ImageInput`.
 *
 * **When to use**: made by `Images.fromSource` from bytes or a URL, or written by hand.
 * @category schemas
 */
export const ImageInput = Schema.Struct({
  /** Where the server fetches the picture, as a URL, or the picture itself in base64. At most 50 MiB (52,428,800 bytes). */
  image: Text
}).annotations({ identifier: "ImageInput" })

/** @category models */
export interface ImageInput extends Schema.Schema.Type<typeof ImageInput> {
  readonly image: string
}

const common = {
  /** The endpoint, with its adapter route if there is one; the adapter route on a container. Absent or `null` takes the deployment's default. */
  model: nullish(Text),
  /** How many steps the picture is worked on: more are slower and finer. Integer from 1 to 50. Not sent unless given. */
  num_inference_steps: Schema.optional(int({ minimum: 1, maximum: 50 })),
  /** The same seed with the same request makes the same picture. */
  seed: nullish(Int)
} as const

const ofDedicated = {
  /** How closely the picture follows the prompt: about 8 to 10 is faithful, 1 to 5 free. Some models pay no heed to it. */
  guidance_scale: nullish(FiniteNumber),
  /** `url` for an address to fetch the picture from, the others for the picture itself in base64. Server default: `url`. */
  response_format: nullish(Schema.Literal("url", "raw", "png", "jpeg", "jpg"))
} as const

const ofContainer = {
  /** How closely the picture follows the prompt: about 8 to 10 is faithful, 1 to 5 free. Some models pay no heed to it. Not `null`. */
  guidance_scale: Schema.optional(FiniteNumber),
  /** How the picture is encoded inside the base64 text. */
  response_format: nullish(Schema.Literal("raw", "jpeg"))
} as const

const generation = {
  /** What the picture shows. */
  prompt: Text,
  /** Pictures that guide the work, for models with ControlNets. */
  control_images: nullish(Schema.Array(ImageInput)),
  /** How much each ControlNet counts, from 0 (not at all) to 1, in the order of `control_images`. With several ControlNets, the lists are equally long; the server checks that. */
  controlnet_weights: nullish(Schema.Array(finiteNumber({ minimum: 0, maximum: 1 })))
} as const

const edition = {
  /** What to change, or several pictures to make one of. */
  image: Schema.Union(ImageInput, Schema.Array(ImageInput)),
  /** What to do to it. */
  prompt: Text
} as const

/**
 * Asks for a picture. Wire: `DedicatedImageGenerationBody`.
 *
 * **When to use**: with `Images.generate`, on every deployment.
 *
 * **Details**: it holds all that any deployment takes. A container takes less, see `ContainerGenerateImageRequest`; what it does not
 * take fails as an `InvalidRequestError` that names the field, before anything is sent.
 * @category schemas
 */
export const GenerateImageRequest = Schema.Struct({ ...common, ...generation, ...ofDedicated }).annotations({
  identifier: "GenerateImageRequest"
})

/** @category models */
export interface GenerateImageRequest extends Schema.Schema.Type<typeof GenerateImageRequest> {
  readonly prompt: string
  readonly control_images?: ReadonlyArray<ImageInput> | null | undefined
}

/**
 * Asks a container for a picture: `guidance_scale` may not be `null`, `response_format` is `raw` or `jpeg`. Wire:
 * `ContainerImageGenerationBody`.
 *
 * **When to use**: with `Images.generateContainerOperation`; it is also a `GenerateImageRequest`.
 * @category schemas
 */
export const ContainerGenerateImageRequest = Schema.Struct({ ...common, ...generation, ...ofContainer }).annotations({
  identifier: "ContainerGenerateImageRequest"
})

/** @category models */
export interface ContainerGenerateImageRequest extends Schema.Schema.Type<typeof ContainerGenerateImageRequest> {
  readonly prompt: string
  readonly control_images?: ReadonlyArray<ImageInput> | null | undefined
}

/**
 * Asks for a change to a picture. Wire: `DedicatedImageEditBody`.
 *
 * **When to use**: with `Images.edit`, on every deployment.
 *
 * **Details**: it holds all that any deployment takes. A container takes less, see `ContainerEditImageRequest`; what it does not take
 * fails as an `InvalidRequestError` that names the field, before anything is sent.
 * @category schemas
 */
export const EditImageRequest = Schema.Struct({ ...common, ...edition, ...ofDedicated }).annotations({
  identifier: "EditImageRequest"
})

/** @category models */
export interface EditImageRequest extends Schema.Schema.Type<typeof EditImageRequest> {
  readonly prompt: string
  readonly image: ImageInput | ReadonlyArray<ImageInput>
}

/**
 * Asks a container for a change to a picture: `guidance_scale` may not be `null`, `response_format` is `raw` or `jpeg`. Wire:
 * `ContainerImageEditBody`.
 *
 * **When to use**: with `Images.editContainerOperation`; it is also an `EditImageRequest`.
 * @category schemas
 */
export const ContainerEditImageRequest = Schema.Struct({ ...common, ...edition, ...ofContainer }).annotations({
  identifier: "ContainerEditImageRequest"
})

/** @category models */
export interface ContainerEditImageRequest extends Schema.Schema.Type<typeof ContainerEditImageRequest> {
  readonly prompt: string
  readonly image: ImageInput | ReadonlyArray<ImageInput>
}

// ---------------------------------------------------------------------------
// responses
// ---------------------------------------------------------------------------

const described = {
  /** The seed that was used. A seed beyond 2^53 has lost digits. */
  seed: nullish(Schema.Number),
  /** The format that was asked for. */
  response_format: nullish(openLiteral("url", "raw", "png", "jpeg", "jpg"))
} as const

/**
 * A picture that lies at an address. Wire: `URLImageItem`.
 * @category schemas
 */
export const UrlImage = Schema.Struct({
  ...described,
  /** Where the picture is. How long it stays there is for the server to say. */
  url: Text
}).annotations({ identifier: "UrlImage" })

/** @category models */
export interface UrlImage extends Schema.Schema.Type<typeof UrlImage> {
  readonly url: string
}

/**
 * A picture as it is. Wire: `B64ImageItem`.
 * @category schemas
 */
export const Base64Image = Schema.Struct({
  ...described,
  /** The picture in base64. */
  b64_json: Text
}).annotations({ identifier: "Base64Image" })

/** @category models */
export interface Base64Image extends Schema.Schema.Type<typeof Base64Image> {
  readonly b64_json: string
}

/**
 * What a dedicated endpoint answers, to both operations. Wire: `DedicatedImageGenerateSuccess`.
 *
 * **When to use**: through `Images.toItems`, which reads the answer of every deployment.
 *
 * **Details**: the list holds pictures at addresses when `response_format` was `url`, or left out, and pictures in base64 otherwise.
 * @category schemas
 */
export const DedicatedImages = Schema.Struct({
  /** The pictures. */
  data: Schema.Array(Schema.Union(UrlImage, Base64Image))
}).annotations({ identifier: "DedicatedImages" })

/** @category models */
export interface DedicatedImages extends Schema.Schema.Type<typeof DedicatedImages> {
  readonly data: ReadonlyArray<UrlImage | Base64Image>
}

/**
 * What a container answers, to both operations: one picture and nothing about it. Wire: `ContainerImageGenerateSuccess`.
 *
 * **When to use**: through `Images.toItems`, which reads the answer of every deployment.
 * @category schemas
 */
export const ContainerImage = Schema.Struct({
  /** The picture in base64. */
  image: Text
}).annotations({ identifier: "ContainerImage" })

/** @category models */
export interface ContainerImage extends Schema.Schema.Type<typeof ContainerImage> {
  readonly image: string
}

/**
 * What a deployment answers, each in its own form.
 *
 * **When to use**: as the type of a result that is kept or passed on; `Images.toItems` reads it.
 * @category schemas
 */
export const ImageResult = Schema.Union(DedicatedImages, ContainerImage).annotations({ identifier: "ImageResult" })

/**
 * What a deployment answers, each in its own form.
 * @category models
 */
export type ImageResult = DedicatedImages | ContainerImage
