/**
 * `multipart/form-data` bodies (RFC 7578) out of encoded requests, without ever holding a file in memory.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { BodyWatcher, JsonRecord } from "../Operation.js"
import type { Upload } from "../Upload.js"
import { fromBlob, isFile, isUpload } from "./uploads.js"

/** A part of a form: text, or a file. */
export type Part =
  | { readonly name: string; readonly text: string; readonly contentType: string | undefined }
  | { readonly name: string; readonly upload: Upload }

/** Text as it is, numbers and booleans as text, everything else, and the fields that are named, as JSON; absent is absent. */
export const partsOf = (body: JsonRecord, jsonFields: ReadonlySet<string>): ReadonlyArray<Part> =>
  Object.entries(body).flatMap(([name, value]): ReadonlyArray<Part> => {
    if (value === undefined || value === null) return []
    if (isUpload(value)) return [{ name, upload: value }]
    if (isFile(value)) return [{ name, upload: fromBlob(value) }]
    return jsonFields.has(name) || typeof value === "object"
      ? [{ name, text: JSON.stringify(value), contentType: "application/json" }]
      : [{ name, text: String(value), contentType: undefined }]
  })

/** As browsers write names into a header. */
const quoted = (name: string): string => `"${name.replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/"/g, "%22")}"`

const headOf = (boundary: string, part: Part): string => {
  const file = "upload" in part ? part.upload : undefined
  const filename = file === undefined ? "" : `; filename=${quoted(file.name)}`
  const type = "upload" in part ? part.upload.type : part.contentType
  return (
    `--${boundary}\r\nContent-Disposition: form-data; name=${quoted(part.name)}${filename}\r\n` +
    (type === undefined ? "" : `Content-Type: ${type.replace(/[\r\n]/g, " ")}\r\n`) +
    "\r\n"
  )
}

const watched = (upload: Upload, { onSent, onUnreadable }: BodyWatcher): Stream.Stream<Uint8Array, unknown> =>
  Stream.suspend(() => {
    let sent = 0
    const stream = Stream.tapError(upload.stream, (reason) => Effect.sync(() => onUnreadable(reason)))
    const { onProgress, size } = upload
    if (onProgress === undefined) {
      return Stream.map(stream, (bytes) => {
        onSent()
        return bytes
      })
    }
    return Stream.tap(stream, (bytes) => {
      sent += bytes.length
      onSent()
      return onProgress({ sent, total: size })
    })
  })

/** Whether the parts can be sent again. */
export const isRepeatable = (parts: ReadonlyArray<Part>): boolean =>
  parts.every((part) => !("upload" in part) || part.upload.repeatable)

/** The body of a form. Blobs stay blobs, which every transport can send; what is a stream, or is watched, makes the body one. */
export const bodyOf = (parts: ReadonlyArray<Part>, watcher: BodyWatcher): HttpBody.HttpBody => {
  const boundary = `effect-friendli-${crypto.randomUUID()}`
  const contentType = `multipart/form-data; boundary=${boundary}`
  const encoder = new TextEncoder()
  const end = `--${boundary}--\r\n`
  let length: number | undefined = encoder.encode(end).length
  const pieces: Array<string | Upload> = []
  for (const part of parts) {
    const head = headOf(boundary, part)
    const content = "upload" in part ? part.upload : part.text
    pieces.push(head, content, "\r\n")
    const size = typeof content === "string" ? encoder.encode(content).length : content.size
    length = length === undefined || size === undefined ? undefined : length + encoder.encode(head).length + size + 2
  }
  pieces.push(end)
  const blobs: Array<string | Blob> = []
  for (const piece of pieces) {
    if (typeof piece === "string") blobs.push(piece)
    else if (piece.blob !== undefined && piece.onProgress === undefined) blobs.push(piece.blob)
  }
  if (blobs.length === pieces.length) return HttpBody.raw(new Blob(blobs), { contentType, contentLength: length })
  return HttpBody.stream(
    pieces.reduce<Stream.Stream<Uint8Array, unknown>>(
      (all, piece) =>
        Stream.concat(
          all,
          typeof piece === "string" ? Stream.sync(() => encoder.encode(piece)) : watched(piece, watcher)
        ),
      Stream.empty
    ),
    contentType,
    length
  )
}
