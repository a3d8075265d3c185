/** Files over sockets: with a foreign store, and with the emulator. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Files from "effect-friendli/Files"
import * as Management from "effect-friendli/Management"
import * as Upload from "effect-friendli/Upload"
import { randomBytes } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { emulated } from "./emulated.js"
import { suite } from "./management/files.suite.js"

describe("over fetch", () => {
  suite(FetchHttpClient.layer)
})

describe("with the emulator", async () => {
  const server = await emulated()

  const live = <A, E>(effect: Effect.Effect<A, E, Files.Files>) =>
    Effect.provide(
      effect,
      Layer.suspend(() => Management.layer({ token: "flp_test", baseUrl: server.url })).pipe(
        Layer.provide(FetchHttpClient.layer)
      )
    )

  const bytes = randomBytes(300_001)
  const whole = (file_id: string) =>
    Effect.map(Stream.runCollect(Files.download({ file_id })), (chunks) => Buffer.concat([...chunks]))

  it.live("a file comes back as it was, and is sent once", () =>
    Effect.gen(function* () {
      const file = Upload.fromBytes(bytes, { name: "photo.png", type: "image/png" })
      const first = yield* Files.upload({ file, projectId: "p" })
      assert.isFalse(first.wasStored)
      const info = yield* Files.getInfo({ file_id: first.fileId })
      assert.deepInclude(info, { name: "photo.png", size: bytes.length, status: "UPLOADED", digest: first.digest })
      assert.isTrue((yield* whole(first.fileId)).equals(bytes))

      const again = yield* Files.upload({ file, projectId: "p" })
      assert.deepStrictEqual(again, { ...first, wasStored: true })
      const uploads = server.requests.filter(
        ({ path }) => path.startsWith("/files/uploads/") && !path.includes("photo")
      )
      assert.lengthOf(uploads, 1)
    }).pipe(live)
  )

  it.live("from a path, a stream and a blob, with progress", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), "files-")))
      yield* Effect.promise(() => Fs.writeFile(Path.join(folder, "a.bin"), bytes))
      const sources = [
        yield* Upload.fromPath(Path.join(folder, "a.bin")).pipe(Effect.provide(NodeFileSystem.layer), Effect.orDie),
        Upload.fromStream(Stream.make(bytes.subarray(0, 10), bytes.subarray(10)), { name: "b.bin" }),
        Upload.fromBlob(new Blob([bytes]), { name: "c.bin" })
      ]
      for (const [at, source] of sources.entries()) {
        let sent = 0
        const file = Upload.withProgress(source, (progress) => Effect.sync(() => void (sent = progress.sent)))
        const { fileId } = yield* Files.upload({ file, projectId: `p${at}` })
        assert.strictEqual(sent, bytes.length)
        assert.isTrue((yield* whole(fileId)).equals(bytes))
      }
      yield* Effect.promise(() => Fs.rm(folder, { recursive: true }))
    }).pipe(live)
  )

  it.live("bytes that do not have the digest are refused at the end", () =>
    Effect.gen(function* () {
      const file = Upload.fromBytes(bytes, { name: "a" })
      const digest = `sha256:${"0".repeat(64)}`
      const error = yield* Effect.flip(Files.upload({ file, projectId: "p", digest }))
      assert(error._tag === "InvalidRequestError")
      assert.strictEqual(error.operation, "Files.completeUpload")
      assert.strictEqual(error.status, 400)
    }).pipe(live)
  )

  it.live("a file that is not there is not found", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(Files.getInfo({ file_id: "x" })))._tag, "NotFoundError")
      assert.strictEqual((yield* Effect.flip(whole("x")))._tag, "NotFoundError")
    }).pipe(live)
  )
})
