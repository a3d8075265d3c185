import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as example from "../src/images.js"
import { bodyOf, configured, emulator, printing } from "./support.js"

const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff

describe("images", () => {
  const kinds = [
    ["dedicated", { FRIENDLI_MODEL: "my-endpoint" }, "/dedicated/v1/images", { model: "my-endpoint" }],
    ["container", { FRIENDLI_DEPLOYMENT: "container" }, "/v1/images", {}]
  ] as const
  for (const [name, environment, path, model] of kinds) {
    it.scopedLive(`writes an image and its edited version to files, on ${name}`, () =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const folder = yield* files.makeTempDirectoryScoped()
        const server = yield* emulator()
        const { lines, value } = yield* printing(
          configured(server, { ...environment, FRIENDLI_PICTURES: folder })(example.runnable)
        )
        for (const [file, picture] of [
          ["boat.jpg", value.boat],
          ["red-boat.jpg", value.red]
        ] as const) {
          assert.isTrue(isJpeg(picture))
          assert.deepStrictEqual(new Uint8Array(yield* files.readFile(`${folder}/${file}`)), picture)
        }
        assert.notDeepEqual(value.red, value.boat)
        assert.deepStrictEqual(lines, [
          `${folder}/boat.jpg: ${value.boat.length} bytes`,
          `${folder}/red-boat.jpg: ${value.red.length} bytes`
        ])
        assert.deepStrictEqual(
          server.requests.map((request) => request.path),
          [`${path}/generations`, `${path}/edits`]
        )
        // the picture that came is the one that is sent back
        assert.deepStrictEqual(bodyOf(server, 1), {
          ...model,
          image: { image: Buffer.from(value.boat).toString("base64") },
          prompt: "Make the boat red",
          response_format: "jpeg",
          seed: 42
        })
      }).pipe(Effect.provide(NodeContext.layer))
    )
  }

  it.effect("reports an answer without an image", () =>
    Effect.gen(function* () {
      const elsewhere = yield* Effect.flip(example.firstPicture({ data: [{ url: "https://files.example/out-1.png" }] }))
      assert.deepInclude(elsewhere, { _tag: "NoPicture", got: "https://files.example/out-1.png" })
      const nothing = yield* Effect.flip(example.firstPicture({ data: [] }))
      assert.deepInclude(nothing, { _tag: "NoPicture", got: "nothing" })
      const damaged = yield* Effect.flip(example.firstPicture({ image: "?" }))
      assert.strictEqual(damaged._tag, "DecodeException")
    })
  )
})
