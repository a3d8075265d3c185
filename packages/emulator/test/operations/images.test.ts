import { decode as decodePng, encode as encodePng } from "fast-png"
import jpeg from "jpeg-js"
import { describe, expect, it } from "vitest"
import { blend, encodePicture, paint } from "../../src/engine/picture.js"
import { makeEmulator } from "../../src/Emulator.js"
import { post } from "../support.js"
import { mean, plain } from "../pictures.js"
import {
  type Answered,
  ask,
  bytesOf,
  type Deployment,
  fetch,
  generate,
  jpegTests,
  origin,
  prompt,
  requestTests,
  toBase64
} from "./images.support.js"

const edit = (deployment: Deployment, body: object) => ask(deployment, "edits", body)

const issuesOf = async (path: string, body: object): Promise<ReadonlyArray<readonly [string, string]>> => {
  const response = await post(fetch, `${origin}/v1/images/${path}`, { prompt, ...body })
  expect(response.status).toBe(422)
  const { detail } = (await response.json()) as { detail: ReadonlyArray<{ loc: ReadonlyArray<unknown>; msg: string }> }
  return detail.map(({ loc, msg }) => [loc.join("."), msg])
}

describe("a generated picture", () => {
  it("is a PNG of 256 by 256 pixels for the format png", async () => {
    const { data } = await generate("dedicated", { response_format: "png", seed: 42 })
    expect(data).toHaveLength(1)
    expect(data?.[0]).toMatchObject({ seed: 42, response_format: "png" })
    const picture = decodePng(bytesOf(data?.[0]?.b64_json), { checkCrc: true })
    expect(picture).toMatchObject({ width: 256, height: 256, channels: 3, depth: 8 })
    // the picture has more than one colour
    expect(new Set(picture.data).size).toBeGreaterThan(50)
  })

  jpegTests(["jpeg"])

  it("is a PNG in base64 for the format raw, on both deployments", async () => {
    const { data } = await generate("dedicated", { response_format: "raw", seed: 42 })
    const { image } = await generate("container", { response_format: "raw", seed: 42 })
    expect(data?.[0]?.response_format).toBe("raw")
    expect(data?.[0]?.b64_json).toBe(image)
    expect(decodePng(bytesOf(image)).width).toBe(256)
  })

  it("is a JPEG and nothing else on a container", async () => {
    const answer = await generate("container")
    expect(Object.keys(answer)).toEqual(["image"])
    expect(jpeg.decode(bytesOf(answer.image)).height).toBe(256)
  })

  it("is the same for the same prompt and seed, and in every version", async () => {
    const of = async (body: object) =>
      (await generate("dedicated", { response_format: "png", ...body })).data?.[0]?.b64_json
    const first = await of({ seed: 42 })
    expect(await of({ seed: 42 })).toBe(first)
    expect(await of({ seed: 43 })).not.toBe(first)
    expect(await of({ seed: 42, prompt: `${prompt}!` })).not.toBe(first)
    // fixed values: the picture must not change with a new version
    const { data } = paint({ prompt: "x", seed: 1, width: 2, height: 2 })
    expect([...data]).toEqual([77, 28, 56, 172, 57, 48, 181, 61, 43, 219, 182, 116])
  })

  it("returns the seed that was chosen, which gives the same picture again", async () => {
    const [first] = (await generate("dedicated", { response_format: "png" })).data ?? []
    const [again] = (await generate("dedicated", { response_format: "png", seed: first?.seed })).data ?? []
    expect(again).toEqual(first)
    const [other] = (await generate("dedicated", { response_format: "png", seed: null })).data ?? []
    expect(other?.seed).not.toBe(first?.seed)
  })
})

describe("control images", () => {
  const red = { image: toBase64(encodePicture(plain(8, 8, [255, 0, 0]), "png")) }

  it("are visible as much as their weights say", async () => {
    const redness = async (body: object): Promise<number> => {
      const { data } = await generate("dedicated", { response_format: "png", seed: 42, ...body })
      return mean(decodePng(bytesOf(data?.[0]?.b64_json)), 0)
    }
    const without = await redness({})
    expect(await redness({ control_images: [red], controlnet_weights: [0] })).toBe(without)
    const half = await redness({ control_images: [red], controlnet_weights: [0.5] })
    const full = await redness({ control_images: [red], controlnet_weights: [1] })
    expect(half).toBeGreaterThan(without)
    expect(full).toBeGreaterThan(half)
    expect(await redness({ control_images: [red] })).toBe(full)
    expect(await redness({ control_images: [] })).toBe(without)
    expect(await redness({ control_images: null, controlnet_weights: null })).toBe(without)
  })

  it("need one weight each", async () => {
    const message = "'controlnet_weights' must have one weight for each of 'control_images'"
    expect(await issuesOf("generations", { control_images: [red, red], controlnet_weights: [1] })).toEqual([
      ["body.controlnet_weights", message]
    ])
    expect(await issuesOf("generations", { controlnet_weights: [1, 1] })).toEqual([
      ["body.controlnet_weights", message]
    ])
    await generate("container", { control_images: [red, red] })
    await generate("container", { controlnet_weights: [1] })
  })
})

describe("an edited picture", () => {
  const wide = plain(30, 20, [255, 0, 0])
  const png = toBase64(encodePicture(wide, "png"))

  it("keeps the size of the first picture, and shows it and the prompt", async () => {
    const { data } = await edit("dedicated", { image: { image: png }, response_format: "png", seed: 42 })
    const picture = decodePng(bytesOf(data?.[0]?.b64_json))
    expect(picture).toMatchObject({ width: 30, height: 20 })
    const painted = paint({ prompt, seed: 42, width: 30, height: 20, steps: 1 })
    expect(picture.data).toEqual(blend(wide, painted, 0.5).data)
  })

  it.each([
    ["PNG", png],
    ["a PNG as a data URL", `data:image/png;base64,${png}`],
    ["a JPEG", toBase64(encodePicture(wide, "jpeg"))],
    ["a JPEG as a data URL with a parameter", `data:image/jpeg;name=a;base64,${toBase64(encodePicture(wide, "jpeg"))}`]
  ])("reads %s", async (_, image) => {
    const { image: edited } = await edit("container", { image: { image }, response_format: "raw", seed: 42 })
    const picture = decodePng(bytesOf(edited))
    expect(picture).toMatchObject({ width: 30, height: 20 })
    expect(mean(picture, 0)).toBeGreaterThan(127)
  })

  it("has no side longer than 512 pixels", async () => {
    const long = toBase64(encodePicture(plain(1024, 3, [0, 0, 0]), "png"))
    const { image } = await edit("container", { image: { image: long }, response_format: "raw" })
    expect(decodePng(bytesOf(image))).toMatchObject({ width: 512, height: 2 })
  })

  it("blends several pictures in equal shares", async () => {
    const blue = toBase64(encodePicture(plain(5, 5, [0, 0, 255]), "png"))
    const of = async (images: ReadonlyArray<string>) =>
      decodePng(
        bytesOf(
          (
            await edit("container", {
              image: images.map((image) => ({ image })),
              response_format: "raw",
              seed: 42
            })
          ).image
        )
      )
    const both = await of([png, blue])
    expect(both).toMatchObject({ width: 30, height: 20 })
    const alone = await of([png])
    expect(mean(both, 0)).toBeLessThan(mean(alone, 0))
    expect(mean(both, 2)).toBeGreaterThan(mean(alone, 2))
  })

  it("uses the text of a URL and downloads nothing", async () => {
    const of = async (image: string) =>
      (await edit("container", { image: { image }, seed: 42, response_format: "raw" })).image
    const first = await of("https://files.example/boat.png")
    expect(decodePng(bytesOf(first))).toMatchObject({ width: 256, height: 256 })
    expect(await of("https://files.example/boat.png")).toBe(first)
    expect(await of("https://files.example/ship.png")).not.toBe(first)
  })

  const huge = encodePng({ width: 1, height: 1, data: new Uint8Array(3), channels: 3, depth: 8 })
  new DataView(huge.buffer, huge.byteOffset).setUint32(16, 100_000)
  new DataView(huge.buffer, huge.byteOffset).setUint32(20, 100_000)

  it.each([
    ["not base64", "!", "the picture is neither a URL nor base64"],
    ["another file format", toBase64(new TextEncoder().encode("GIF89a")), "the picture is neither a PNG nor a JPEG"],
    ["an empty text", "", "the picture is neither a PNG nor a JPEG"],
    ["an incomplete PNG", png.slice(0, 60), "the picture is damaged"],
    ["the head of a PNG", png.slice(0, 12), "the picture is incomplete"],
    ["an invalid JPEG", "/9j/4HRpbnktanBlZw==", "the picture is damaged"],
    ["a PNG of too many pixels", toBase64(huge), "the picture has more than 16777216 pixels"],
    ["an invalid URL", "http://[", "the URL cannot be read"],
    ["a data URL of text", "data:image/png,x", "the data URL is not in base64"]
  ])("%s is rejected by name", async (_, image, message) => {
    expect(await issuesOf("edits", { image: { image } })).toEqual([["body.image.image", message]])
    expect(await issuesOf("edits", { image: [{ image: png }, { image }] })).toEqual([["body.image.1.image", message]])
    expect(await issuesOf("generations", { control_images: [{ image }] })).toEqual([
      ["body.control_images.0.image", message]
    ])
  })

  it("requires a picture", async () => {
    expect(await issuesOf("edits", { image: [] })).toEqual([["body.image", "'image' must have at least one picture"]])
    expect((await issuesOf("edits", {})).map(([loc]) => loc)).toEqual(["body.image"])
  })
})

describe("requests of the contract", () => {
  requestTests(["dedicated"])

  it("have no path on serverless", async () => {
    expect((await post(fetch, `${origin}/serverless/v1/images/generations`, { prompt, model: "m" })).status).toBe(404)
  })

  it.each([
    [{ response_format: "url" }, "body.response_format"],
    [{ response_format: "png" }, "body.response_format"],
    [{ guidance_scale: null }, "body.guidance_scale"],
    [{ num_inference_steps: 0 }, "body.num_inference_steps"],
    [{ num_inference_steps: 51 }, "body.num_inference_steps"],
    [{ num_inference_steps: null }, "body.num_inference_steps"],
    [{ controlnet_weights: [1.1] }, "body.controlnet_weights.0"],
    [{ control_images: ["x"] }, "body.control_images.0"]
  ])("a container rejects %j", async (body, loc) => {
    expect((await issuesOf("generations", body)).map(([at]) => at)).toEqual([loc])
  })
})

describe("links", () => {
  const linked = async (get: typeof fetch, from: string, seed: number) => {
    const response = await post(get, `${from}/dedicated/v1/images/generations`, { model: "endpoint", prompt, seed })
    const { data } = (await response.json()) as Answered
    expect(data?.[0]?.response_format).toBe("url")
    return data?.[0]?.url ?? ""
  }

  it("work in process, on the origin of the request", async () => {
    const emulator = makeEmulator()
    const url = await linked(emulator.fetch, "https://api.friendli.ai", 42)
    expect(url).toMatch(/^https:\/\/api\.friendli\.ai\/files\/images\/[0-9a-f]{16}\.png$/)
    expect((await emulator.fetch(url)).status).toBe(200)
    expect(emulator.requests.at(-1)).toMatchObject({ method: "GET", status: 200 })
    emulator.reset()
    expect((await emulator.fetch(url)).status).toBe(404)
  })

  it("apply faults of the queue", async () => {
    const emulator = makeEmulator()
    const url = await linked(emulator.fetch, origin, 42)
    emulator.faults.enqueue({ status: 503 })
    expect((await emulator.fetch(url)).status).toBe(503)
    expect((await emulator.fetch(url)).status).toBe(200)
  })
})
