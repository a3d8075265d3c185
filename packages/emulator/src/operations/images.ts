/**
 * Pictures from a prompt, and edits of given pictures. In: a prompt, and pictures as base64, data URLs or
 * URLs. Out: a picture, as a URL on the emulator or in base64. Nothing is downloaded, and the same request
 * with the same seed gives the same bytes.
 */
import { randomSeed } from "../base/ids.js"
import { blend, decodePicture, encodePicture, nameOf, paint, type Picture, resize } from "../engine/picture.js"
import type { JsonRecord } from "../base/json.js"
import { type Answer, invalid, type OperationContext } from "./operation.js"
import { yieldToEventLoop } from "../base/time.js"

/** A picture in a request. */
interface ImageInput {
  readonly image: string
}

/** The fields of both operations. */
interface ImageBody {
  readonly prompt: string
  readonly num_inference_steps?: number
  readonly guidance_scale?: number | null
  readonly seed?: number | null
  readonly response_format?: "url" | "raw" | "png" | "jpeg" | "jpg" | null
  readonly control_images?: ReadonlyArray<ImageInput> | null
  readonly controlnet_weights?: ReadonlyArray<number> | null
  readonly image?: ImageInput | ReadonlyArray<ImageInput>
}

/** A picture to edit is scaled down until its longer side has this many pixels. */
const MAX_SIDE = 512

/** Where a field is in the request, for issues. */
type Loc = ReadonlyArray<string | number>

/** The bytes, or `undefined` if it is not base64. */
const fromBase64 = (text: string): Uint8Array | undefined => {
  try {
    const binary = atob(text)
    return Uint8Array.from(binary, (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

/**
 * The bytes as base64. They are turned into characters in parts, because a call with millions of arguments
 * overflows the stack.
 */
const toBase64 = (bytes: Uint8Array): string => {
  let binary = ""
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(binary)
}

/** The beginning of a data URL, up to its comma. The second group says whether base64 follows. */
const dataUrl = /^data:([^,;]*)(?:;[^,;]*)*?(;base64)?,/i

/** The picture of an input. Nothing is downloaded: for a URL, a picture is made from its text. */
const readInput = ({ image }: ImageInput, loc: Loc): Picture | Answer => {
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(image)) {
    return URL.canParse(image) ? paint({ prompt: image, seed: 0 }) : invalid(loc, "the URL cannot be read")
  }
  // Without a head it is plain base64.
  const head = dataUrl.exec(image)
  if (head !== null && head[2] === undefined) return invalid(loc, "the data URL is not in base64")
  const bytes = fromBase64(head === null ? image : image.slice(head[0].length))
  if (bytes === undefined) return invalid(loc, "the picture is neither a URL nor base64")
  const picture = decodePicture(bytes)
  return typeof picture === "string" ? invalid(loc, `the picture ${picture}`) : picture
}

const isAnswer = (value: Picture | Answer): value is Answer => "kind" in value

/** The same picture, with its longer side within the limit. Small pictures stay as they are. */
const shrink = (picture: Picture): Picture => {
  const ratio = Math.min(1, MAX_SIDE / Math.max(picture.width, picture.height))
  const side = (length: number): number => Math.max(1, Math.round(length * ratio))
  return resize(picture, side(picture.width), side(picture.height))
}

/** A picture from the prompt and the options of a request. */
const paintFor = (body: ImageBody, seed: number, size?: Pick<Picture, "width" | "height">): Picture =>
  paint({
    prompt: body.prompt,
    seed,
    ...(body.num_inference_steps === undefined ? {} : { steps: body.num_inference_steps }),
    guidance: body.guidance_scale ?? 0,
    ...(size === undefined ? {} : { width: size.width, height: size.height })
  })

/**
 * The answer in the form of the deployment: containers have their own format, and dedicated endpoints return a URL unless the request sets another
 * format.
 */
const answer = (picture: Picture, body: ImageBody, seed: number, context: OperationContext): Answer => {
  const format = body.response_format
  if (context.deployment === "container") {
    const bytes = encodePicture(picture, format === "raw" ? "png" : "jpeg")
    return { kind: "json", value: { image: toBase64(bytes) } }
  }
  if (format === undefined || format === null || format === "url") {
    const bytes = encodePicture(picture, "png")
    const url = context.host({ name: `${nameOf(bytes)}.png`, bytes, contentType: "image/png" })
    return { kind: "json", value: { data: [{ seed, response_format: "url", url }] } }
  }
  const bytes = encodePicture(picture, format === "jpeg" || format === "jpg" ? "jpeg" : "png")
  return { kind: "json", value: { data: [{ seed, response_format: format, b64_json: toBase64(bytes) }] } }
}

/** Makes a picture from the prompt and blends the control images in. */
export const generateImage = async (value: JsonRecord, context: OperationContext): Promise<Answer> => {
  const body = value as unknown as ImageBody
  const controls = body.control_images ?? []
  const weights = body.controlnet_weights ?? []
  // For one image, the weight may be given or left out.
  if (weights.length > 0 && weights.length !== controls.length && Math.max(weights.length, controls.length) > 1) {
    return invalid(["controlnet_weights"], "'controlnet_weights' must have one weight for each of 'control_images'")
  }
  const seed = body.seed ?? randomSeed()
  let picture = paintFor(body, seed)
  for (const [index, input] of controls.entries()) {
    await yieldToEventLoop()
    const control = readInput(input, ["control_images", index, "image"])
    if (isAnswer(control)) return control
    // A weight of 1 still leaves half of the picture to the prompt.
    picture = blend(picture, control, (weights[index] ?? 1) / 2)
  }
  return answer(picture, body, seed, context)
}

/** Blends the given pictures with one that is made from the prompt. */
export const editImage = async (value: JsonRecord, context: OperationContext): Promise<Answer> => {
  const body = value as unknown as ImageBody
  const given = body.image
  const isList = Array.isArray(given)
  const inputs = (isList ? given : [given]) as ReadonlyArray<ImageInput>
  let base: Picture | undefined
  for (const [index, input] of inputs.entries()) {
    await yieldToEventLoop()
    const picture = readInput(input, isList ? ["image", index, "image"] : ["image", "image"])
    if (isAnswer(picture)) return picture
    // All pictures get the same weight.
    base = base === undefined ? shrink(picture) : blend(base, picture, 1 / (index + 1))
  }
  if (base === undefined) return invalid(["image"], "'image' must have at least one picture")
  await yieldToEventLoop()
  const seed = body.seed ?? randomSeed()
  return answer(blend(base, paintFor(body, seed, base), 0.5), body, seed, context)
}
