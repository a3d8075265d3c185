/**
 * What the unit tests and the exhaustive tests of `images` share.
 */
import jpeg from "jpeg-js"
import { expect, it } from "vitest"
import { encodePicture } from "../../src/engine/picture.js"
import { makeEmulator } from "../../src/Emulator.js"
import { base, mismatch, post, read } from "../support.js"
import { plain } from "../pictures.js"

export const prompt = "A paper boat on a lake"

export const origin = "http://emulator.test"

export const { fetch } = makeEmulator()

export interface Answered {
  readonly image?: string
  readonly data?: ReadonlyArray<{
    readonly seed: number
    readonly response_format: string
    readonly url?: string
    readonly b64_json?: string
  }>
}

const schemas = { dedicated: "DedicatedImageGenerateSuccess", container: "ContainerImageGenerateSuccess" } as const

export type Deployment = keyof typeof schemas

export const ask = async (
  deployment: Deployment,
  operation: "generations" | "edits",
  body: object
): Promise<Answered> => {
  const response = await post(fetch, `${origin}${base[deployment]}/images/${operation}`, {
    prompt,
    // one layer of noise in place of five: the pictures are coarser, and quicker to paint
    num_inference_steps: 1,
    ...(deployment === "dedicated" ? { model: "endpoint" } : {}),
    ...body
  })
  const value = (await response.json()) as Answered
  expect(value).not.toHaveProperty("detail")
  expect(response.status).toBe(200)
  expect(mismatch(schemas[deployment], value)).toBeUndefined()
  return value
}

export const generate = (deployment: Deployment, body: object = {}) => ask(deployment, "generations", body)

export const bytesOf = (base64: string | undefined): Buffer => Buffer.from(base64 ?? "", "base64")

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")

export const jpegTests = (rows: ReadonlyArray<string>): void => {
  it.each(rows)("is a JPEG for the format %s", async (format) => {
    const { data } = await generate("dedicated", { response_format: format, seed: 42 })
    expect(data?.[0]?.response_format).toBe(format)
    expect(jpeg.decode(bytesOf(data?.[0]?.b64_json))).toMatchObject({ width: 256, height: 256 })
  })
}

const real = toBase64(encodePicture(plain(4, 4, [1, 2, 3]), "png"))

// The vectors contain only the signature of a PNG.
const withPictures = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll("iVBORw0KGgotdGlueS0=", real))

export const requestTests = (rows: ReadonlyArray<Deployment>): void => {
  for (const deployment of rows) {
    for (const [operation, path] of [
      ["generate", "generations"],
      ["edit", "edits"]
    ] as const) {
      for (const kind of ["request", "request.full"]) {
        it(`${deployment}.image.${operation}.${kind} is answered`, async () => {
          const answer = await ask(
            deployment,
            path,
            withPictures(read(`${deployment}.image.${operation}.${kind}.json`)) as object
          )
          expect(answer.data?.length ?? 1).toBe(1)
        })
      }
    }
  }
}
