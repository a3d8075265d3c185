/** Schemas of image generation and image editing. */
import * as Schema from "effect/Schema"
import { finiteNumber, FiniteNumber, int, Int, nullish, openLiteral, Text } from "./primitives.js"

// ---------------------------------------------------------------------------
// requests
// ---------------------------------------------------------------------------

/**
 * A picture in a request. Wire: `ImageInput`.
 *
 * **When to use**: make it with `Images.fromSource` from bytes or a URL, or write it by hand.
 */
export const ImageInput = Schema.Struct({
  /** A URL that the server fetches, or the picture itself in base64. At most 50 MiB (52,428,800 bytes). */
  image: Text
}).annotations({ identifier: "ImageInput" })

export interface ImageInput extends Schema.Schema.Type<typeof ImageInput> {
  readonly image: string
}

const common = {
  /**
   * The endpoint id, with an adapter route if needed; on a container, the adapter route. Absent or `null`: the
   * deployment's default.
   */
  model: nullish(Text),
  /**
   * The number of inference steps: more steps take longer and give more detail. Integer from 1 to 50. Only sent if
   * given.
   */
  num_inference_steps: Schema.optional(int({ minimum: 1, maximum: 50 })),
  /** The same seed with the same request makes the same picture. */
  seed: nullish(Int)
} as const

const ofDedicated = {
  /** How closely the picture follows the prompt: about 8 to 10 is close, 1 to 5 is free. Some models ignore it. */
  guidance_scale: nullish(FiniteNumber),
  /** `url` for a URL of the picture, the other values for the picture itself in base64. Server default: `url`. */
  response_format: nullish(Schema.Literal("url", "raw", "png", "jpeg", "jpg"))
} as const

const ofContainer = {
  /**
   * How closely the picture follows the prompt: about 8 to 10 is close, 1 to 5 is free. Some models ignore it. Not
   * `null`.
   */
  guidance_scale: Schema.optional(FiniteNumber),
  /** The encoding of the picture inside the base64 text. Server default: `jpeg`. */
  response_format: nullish(Schema.Literal("raw", "jpeg"))
} as const

const generation = {
  /** The prompt: what the picture shows. */
  prompt: Text,
  /** Pictures that guide the generation, for models with ControlNets. */
  control_images: nullish(Schema.Array(ImageInput)),
  /**
   * The weight of each ControlNet, from 0 (no effect) to 1, in the order of `control_images`. The lists must have the
   * same length; the server checks that.
   */
  controlnet_weights: nullish(Schema.Array(finiteNumber({ minimum: 0, maximum: 1 })))
} as const

const edition = {
  /** The picture to change, or several pictures to combine. */
  image: Schema.Union(ImageInput, Schema.Array(ImageInput)),
  /** The prompt: what to change. */
  prompt: Text
} as const

/**
 * A request for a picture. Wire: `DedicatedImageGenerationBody`.
 *
 * **When to use**: with `Images.generate`, on every deployment.
 *
 * **Details**: it has all fields that any deployment takes. A container takes fewer fields, see
 * `ContainerGenerateImageRequest`; other fields fail with an `InvalidRequestError` that names the field, before
 * anything is sent.
 */
export const GenerateImageRequest = Schema.Struct({ ...common, ...generation, ...ofDedicated }).annotations({
  identifier: "GenerateImageRequest"
})

export interface GenerateImageRequest extends Schema.Schema.Type<typeof GenerateImageRequest> {
  readonly prompt: string
  readonly control_images?: ReadonlyArray<ImageInput> | null | undefined
}

/**
 * A request for a picture from a container: `guidance_scale` may not be `null`, `response_format` is `raw` or `jpeg`.
 * Wire: `ContainerImageGenerationBody`.
 *
 * **When to use**: with `Images.generateContainerOperation`; it is also a `GenerateImageRequest`.
 */
export const ContainerGenerateImageRequest = Schema.Struct({ ...common, ...generation, ...ofContainer }).annotations({
  identifier: "ContainerGenerateImageRequest"
})

export interface ContainerGenerateImageRequest extends Schema.Schema.Type<typeof ContainerGenerateImageRequest> {
  readonly prompt: string
  readonly control_images?: ReadonlyArray<ImageInput> | null | undefined
}

/**
 * A request for a change to a picture. Wire: `DedicatedImageEditBody`.
 *
 * **When to use**: with `Images.edit`, on every deployment.
 *
 * **Details**: it has all fields that any deployment takes. A container takes fewer fields, see
 * `ContainerEditImageRequest`; other fields fail with an `InvalidRequestError` that names the field, before anything is
 * sent.
 */
export const EditImageRequest = Schema.Struct({ ...common, ...edition, ...ofDedicated }).annotations({
  identifier: "EditImageRequest"
})

export interface EditImageRequest extends Schema.Schema.Type<typeof EditImageRequest> {
  readonly prompt: string
  readonly image: ImageInput | ReadonlyArray<ImageInput>
}

/**
 * A request for a change to a picture from a container: `guidance_scale` may not be `null`, `response_format` is `raw`
 * or `jpeg`. Wire: `ContainerImageEditBody`.
 *
 * **When to use**: with `Images.editContainerOperation`; it is also an `EditImageRequest`.
 */
export const ContainerEditImageRequest = Schema.Struct({ ...common, ...edition, ...ofContainer }).annotations({
  identifier: "ContainerEditImageRequest"
})

export interface ContainerEditImageRequest extends Schema.Schema.Type<typeof ContainerEditImageRequest> {
  readonly prompt: string
  readonly image: ImageInput | ReadonlyArray<ImageInput>
}

// ---------------------------------------------------------------------------
// responses
// ---------------------------------------------------------------------------

const described = {
  /** The seed that was used. A seed above 2^53 has lost digits. */
  seed: nullish(Schema.Number),
  /** The requested format. */
  response_format: nullish(openLiteral("url", "raw", "png", "jpeg", "jpg"))
} as const

/** A picture at a URL. Wire: `URLImageItem`. */
export const UrlImage = Schema.Struct({
  ...described,
  /** The URL of the picture. The server decides how long it is valid. */
  url: Text
}).annotations({ identifier: "UrlImage" })

export interface UrlImage extends Schema.Schema.Type<typeof UrlImage> {
  readonly url: string
}

/** A picture in base64. Wire: `B64ImageItem`. */
export const Base64Image = Schema.Struct({
  ...described,
  /** The picture in base64. */
  b64_json: Text
}).annotations({ identifier: "Base64Image" })

export interface Base64Image extends Schema.Schema.Type<typeof Base64Image> {
  readonly b64_json: string
}

/**
 * The answer of a dedicated endpoint to both operations. Wire: `DedicatedImageGenerateSuccess`.
 *
 * **When to use**: through `Images.toItems`, which reads the answer of every deployment.
 *
 * **Details**: the list has URLs if `response_format` was `url` or left out, and pictures in base64 otherwise.
 */
export const DedicatedImages = Schema.Struct({
  /** The pictures. */
  data: Schema.Array(Schema.Union(UrlImage, Base64Image))
}).annotations({ identifier: "DedicatedImages" })

export interface DedicatedImages extends Schema.Schema.Type<typeof DedicatedImages> {
  readonly data: ReadonlyArray<UrlImage | Base64Image>
}

/**
 * The answer of a container to both operations: one picture without metadata. Wire: `ContainerImageGenerateSuccess`.
 *
 * **When to use**: through `Images.toItems`, which reads the answer of every deployment.
 */
export const ContainerImage = Schema.Struct({
  /** The picture in base64. */
  image: Text
}).annotations({ identifier: "ContainerImage" })

export interface ContainerImage extends Schema.Schema.Type<typeof ContainerImage> {
  readonly image: string
}

/**
 * The answer of any deployment.
 *
 * **When to use**: as the type of a result that is stored or passed on; read it with `Images.toItems`.
 */
export const ImageResult = Schema.Union(DedicatedImages, ContainerImage).annotations({ identifier: "ImageResult" })

/** The answer of any deployment. */
export type ImageResult = DedicatedImages | ContainerImage
