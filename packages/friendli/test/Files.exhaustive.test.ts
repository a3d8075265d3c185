/**
 * Files that are too large to be kept in memory: their digest takes most of the time.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Files from "effect-friendli/Files"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as Upload from "effect-friendli/Upload"
import { createHash } from "node:crypto"
import { over } from "./Files.support.js"
import { it } from "./it.js"

const large = new Uint8Array(17 * 1024 * 1024).fill(7)

it.effect("a large stream is read twice, and not kept", () =>
  Effect.gen(function* () {
    let opened = 0
    const stream = Stream.suspend(() => {
      opened++
      return Stream.make(large)
    })
    const uploaded = yield* Files.upload({ file: Upload.fromStream(stream, { name: "a" }), projectId: "p" })
    const digest = `sha256:${createHash("sha256").update(large).digest("hex")}`
    assert.deepStrictEqual([uploaded.size, uploaded.digest, opened], [large.length, digest, 2])
  }).pipe(
    Effect.provide(
      over([
        Reply.json({ fileId: "file-1", uploadUrl: "https://uploads.example/bucket", aws: { key: "team/file-1" } }),
        Reply.status(204),
        Reply.json(null)
      ])
    )
  )
)

it.effect("a large stream that cannot be read twice is an error about the file, and nothing is sent", () =>
  Effect.gen(function* () {
    const file = Upload.fromStream(Stream.make(large), { name: "a", repeatable: false })
    const error = yield* Effect.flip(Files.upload({ file, projectId: "p" }))
    assert(error._tag === "InvalidRequestError")
    assert.strictEqual(error.operation, "Files.upload")
    assert.deepStrictEqual(error.issues[0]?.path, ["file"])
    assert.match(error.cause?.message ?? "", /only once/)
    assert.lengthOf(yield* MockHttpClient.requests, 0)
  }).pipe(Effect.provide(over([])))
)
