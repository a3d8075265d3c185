/**
 * Any form comes back as it was.
 */
import type * as HttpBody from "@effect/platform/HttpBody"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Upload from "effect-friendli/Upload"
import * as fc from "fast-check"
import { bodyOf, partsOf } from "../../src/upload/multipart.js"
import { text } from "./multipart.support.js"

const watcher = { onSent: () => {}, onUnreadable: () => {} }

const bytesOf = async (body: HttpBody.HttpBody): Promise<Buffer> => {
  if (body._tag === "Raw") return Buffer.from(await (body.body as Blob).arrayBuffer())
  assert.strictEqual(body._tag, "Stream")
  if (body._tag !== "Stream") return Buffer.alloc(0)
  return Buffer.concat(Chunk.toReadonlyArray(await Effect.runPromise(Stream.runCollect(Stream.orDie(body.stream)))))
}

/** As another implementation reads it. */
const read = async (body: HttpBody.HttpBody) => {
  const bytes = await bytesOf(body)
  const headers = { "content-type": (body as HttpBody.Raw).contentType! }
  return { bytes, form: await new Response(new Uint8Array(bytes), { headers }).formData() }
}

const cut = (bytes: Uint8Array, at: number): ReadonlyArray<Uint8Array> => [bytes.subarray(0, at), bytes.subarray(at)]

const hostile = fc
  .array(fc.constantFrom("\r\n", "--", "--effect-friendli-", 'name="file"', "\r\n\r\n", "\0", "é"))
  .map((pieces) => new TextEncoder().encode(pieces.join("")))

describe("multipart", () => {
  it("any form comes back as it was, whether it is sent as a blob or as a stream; its length is what it says", () =>
    fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.stringMatching(/^[a-z_]{1,10}$/), text, { maxKeys: 4 }),
        fc.oneof(fc.uint8Array({ maxLength: 300 }), hostile),
        fc.nat(300),
        fc.boolean(),
        async (fields, content, at, hasSize) => {
          const stream = Stream.fromIterable(cut(content, at))
          const file = { name: "a.wav", type: "audio/wav" }
          const size = hasSize ? content.length : undefined
          for (const upload of [
            Upload.fromBytes(content, file),
            Upload.fromBytes(content, file).pipe(Upload.withProgress(() => Effect.void)),
            Upload.fromStream(stream, { ...file, size })
          ]) {
            const body = bodyOf(partsOf({ ...fields, "the file": upload }, new Set()), watcher)
            const { bytes, form } = await read(body)
            const length = (body as HttpBody.Raw).contentLength
            assert.strictEqual(length, upload.size === undefined ? undefined : bytes.length)
            const sent = form.get("the file") as File
            assert.deepStrictEqual([sent.name, sent.type], ["a.wav", "audio/wav"])
            assert.isTrue(Buffer.from(await sent.arrayBuffer()).equals(Buffer.from(content)))
            assert.deepStrictEqual([...form.keys()].toSorted(), [...Object.keys(fields), "the file"].toSorted())
            for (const [name, value] of Object.entries(fields)) assert.strictEqual(form.get(name), value)
          }
        }
      ),
      { numRuns: 60 }
    ))
})
