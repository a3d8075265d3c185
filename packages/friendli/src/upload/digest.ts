/**
 * Size and digest of files, which the API requires before an upload. In: an upload. Out: its size and digest, and an upload of the same
 * bytes that can be sent. A small file is read once and kept. A larger one is read here, and again while it is sent, so that it is never
 * completely in memory.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { concatenate } from "../internal/bytes.js"
import { makeSha256 } from "../internal/sha256.js"
import { forEach } from "../internal/streams.js"
import type { Upload } from "../schema/upload.js"
import { make } from "./upload.js"

/** A file whose bytes were read once. */
export interface Digested {
  readonly upload: Upload
  readonly size: number
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string
}

/** The failure of a stream that was run for its digest and cannot run again to be sent. */
export const readOnce = new RangeError("the stream can run only once, and is too large to be kept in memory")

/** Reads an upload to its end. `keep`: the most bytes that are kept in memory. */
export const digest = (upload: Upload, keep: number): Effect.Effect<Digested, unknown> =>
  Effect.suspend(() => {
    const hash = makeSha256()
    // a blob needs no copy: it can be read again
    let kept: Array<Uint8Array> | undefined = upload.blob === undefined ? [] : undefined
    let size = 0
    const reading = forEach(upload.stream, (bytes) => {
      hash.update(bytes)
      size += bytes.length
      if (size > keep) kept = undefined
      kept?.push(bytes.slice())
    })
    return Effect.flatMap(reading, () => {
      if (upload.size !== undefined && upload.size !== size) {
        return Effect.fail(new RangeError(`the stream has ${size} bytes, but its size is ${upload.size}`))
      }
      const found = { size, digest: `sha256:${hash.hex()}` }
      if (kept !== undefined) return Effect.succeed({ ...found, upload: fromMemory(upload, kept, size) })
      return upload.blob !== undefined || upload.repeatable
        ? Effect.succeed({ ...found, upload: make({ ...upload, size }) })
        : Effect.fail(readOnce)
    })
  })

/** The same upload from bytes in memory. It is a blob, so every transport knows its length. */
const fromMemory = (upload: Upload, parts: ReadonlyArray<Uint8Array>, size: number): Upload => {
  const bytes = parts.length === 0 ? new Uint8Array(0) : concatenate(parts)
  return make({
    ...upload,
    size,
    repeatable: true,
    blob: new Blob([bytes as Uint8Array<ArrayBuffer>]),
    stream: size === 0 ? Stream.empty : Stream.succeed(bytes)
  })
}
