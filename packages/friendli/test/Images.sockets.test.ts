/**
 * Images over sockets: one program makes and changes a picture on both deployments.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Images from "effect-friendli/Images"
import { emulated } from "./emulated.js"

const token = "flp_A1b2C3d4E5f6G7h8"
const prompt = "A paper boat on a lake"

const names = ["dedicated", "container"] as const
type Deployment = (typeof names)[number]

describe("on the emulator", async () => {
  const server = await emulated()

  const on = (deployment: Deployment) => {
    const client =
      deployment === "dedicated"
        ? Dedicated.layerClient({ token, model: "endpoint", baseUrl: server.url })
        : Container.layerClient({ baseUrl: server.url })
    return <A, E>(program: Effect.Effect<A, E, Images.Images>) =>
      program.pipe(Effect.provide(Images.layer.pipe(Layer.provide(client))), Effect.provide(FetchHttpClient.layer))
  }

  const jpegStart = [0xff, 0xd8, 0xff]
  const pngStart = [0x89, 0x50, 0x4e, 0x47]
  const first = (items: ReadonlyArray<Images.Item>) =>
    Effect.gen(function* () {
      assert.strictEqual(items.length, 1)
      const [item] = items
      if (item?._tag !== "Base64") return assert.fail(`a ${item?._tag}`)
      return yield* Images.bytes(item)
    })

  it.live.each(names)("%s: one program makes a picture and changes it", (deployment) =>
    Effect.gen(function* () {
      const made = yield* Images.generate({ prompt, response_format: "raw", seed: 42 })
      const boat = yield* first(Images.toItems(made))
      assert.deepStrictEqual([...boat.subarray(0, 4)], pngStart)
      const again = yield* Images.generate({ prompt, response_format: "raw", seed: 42 })
      assert.deepStrictEqual(again, made)

      const changed = yield* Images.edit({
        image: [Images.fromSource(boat), Images.fromSource("https://files.example/boat.png")],
        prompt: "Make it red",
        response_format: "jpeg"
      })
      const red = yield* first(Images.toItems(changed))
      assert.deepStrictEqual([...red.subarray(0, 3)], jpegStart)
      const [item] = Images.toItems(made)
      assert.deepStrictEqual(
        [item?.seed, item?.format],
        deployment === "dedicated" ? [42, "raw"] : [undefined, undefined]
      )
    }).pipe(on(deployment))
  )

  it.live("dedicated gives an address unless asked otherwise, and the picture is there", () =>
    Effect.gen(function* () {
      const [item] = Images.toItems(yield* Images.generate({ prompt, seed: 42 }))
      if (item?._tag !== "Url") return assert.fail(`a ${item?._tag}`)
      assert.deepStrictEqual([item.seed, item.format], [42, "url"])
      const response = yield* Effect.promise(() => fetch(item.url))
      assert.strictEqual(response.headers.get("content-type"), "image/png")
      const bytes = new Uint8Array(yield* Effect.promise(() => response.arrayBuffer()))
      const [itself] = Images.toItems(yield* Images.generate({ prompt, seed: 42, response_format: "png" }))
      assert.deepStrictEqual(itself?._tag === "Base64" && Images.bytes(itself), Either.right(bytes))
    }).pipe(on("dedicated"))
  )

  it.live.each(names)("%s: a picture that cannot be read is an issue of its field", (deployment) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Images.edit({ image: [Images.fromSource(new Uint8Array([1, 2, 3]))], prompt: "Make it red" })
      )
      if (error._tag !== "InvalidRequestError") return assert.fail(error._tag)
      assert.deepStrictEqual(
        error.issues.map(({ path }) => path),
        [["image", 0, "image"]]
      )
      assert.strictEqual(error.status, 422)
    }).pipe(on(deployment))
  )

  it.live("errors keep the prompt and the picture to themselves", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Images.edit({ image: { image: "Zm9yIG15IGV5ZXMgb25seQ==" }, prompt }))
      const shown = `${error.message} ${JSON.stringify(error)}`
      for (const secret of [token, prompt, "Zm9yIG15IGV5ZXMgb25seQ"]) assert.notInclude(shown, secret)
    }).pipe(on("dedicated"))
  )
})
