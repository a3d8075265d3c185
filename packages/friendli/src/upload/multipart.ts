/**
 * Makes `multipart/form-data` bodies (RFC 7578) from encoded requests. In: the body of a request, in which files are values. Out: an HTTP
 * body. Files are not read into memory: a blob is passed to the transport, and a stream is read as fast as the connection accepts it.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { BodyWatcher, JsonRecord, RequestBody } from "../core/Operation.js"
import { isFile, isUpload, type Upload } from "../schema/upload.js"
import { fromBlob } from "./upload.js"

/** A part of a form: text, or a file. */
export type Part =
  | { readonly name: string; readonly text: string; readonly contentType: string | undefined }
  | { readonly name: string; readonly upload: Upload }

/** A value as an upload, if it is a file. Files and blobs of the platform count, too. */
const uploadOf = (value: unknown): Upload | undefined =>
  isUpload(value) ? value : isFile(value) ? fromBlob(value) : undefined

/** The parts of one field: no part for an absent value, one for each file of a list, and otherwise one. */
const partsOfField = (name: string, value: unknown, asJson: boolean): ReadonlyArray<Part> => {
  if (value === undefined || value === null) return []
  const upload = uploadOf(value)
  if (upload !== undefined) return [{ name, upload }]
  // Several files under one name, because a list of files has no JSON form.
  if (Array.isArray(value) && value.some((item) => uploadOf(item) !== undefined)) {
    return value.flatMap((item) => partsOfField(name, item, asJson))
  }
  return asJson || typeof value === "object"
    ? [{ name, text: JSON.stringify(value), contentType: "application/json" }]
    : [{ name, text: String(value), contentType: undefined }]
}

/**
 * Strings, numbers and booleans become text; everything else, and the fields in `json`, become JSON. Absent values are
 * left out.
 */
export const partsOf = (body: JsonRecord, jsonFields: ReadonlySet<string>): ReadonlyArray<Part> =>
  Object.entries(body).flatMap(([name, value]) => partsOfField(name, value, jsonFields.has(name)))

/** Whether the parts can be sent again. */
export const isRepeatable = (parts: ReadonlyArray<Part>): boolean =>
  parts.every((part) => !("upload" in part) || part.upload.repeatable)

/** Escapes names in headers as browsers do. */
const quoted = (name: string): string => `"${name.replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/"/g, "%22")}"`

/**
 * The head of a part: boundary, name, name of the file, and type. Line ends in a type would begin another
 * header, so they become spaces.
 */
const headOf = (boundary: string, part: Part): string => {
  const filename = "upload" in part ? `; filename=${quoted(part.upload.name)}` : ""
  const type = ("upload" in part ? part.upload.type : part.contentType) ?? ""
  return (
    `--${boundary}\r\nContent-Disposition: form-data; name=${quoted(part.name)}${filename}\r\n` +
    (type === "" ? "" : `Content-Type: ${type.replace(/[\r\n]/g, " ")}\r\n`) +
    "\r\n"
  )
}

/** `randomUUID` is missing in pages without HTTPS, so the boundary is made from 128 random bits. */
const randomBoundary = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return `effect-friendli-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`
}

/**
 * The size was sent to the server as a length: with fewer bytes it would wait for the rest, and more bytes
 * would belong to no request.
 */
const wrongSize = (upload: Upload, sent: number, isOver: boolean): RangeError =>
  new RangeError(
    isOver
      ? `the stream ended after ${sent} bytes, but its size is ${upload.size}`
      : `the stream has more bytes than its size of ${upload.size}`
  )

/** The bytes of a file. Counts them, reports the progress, and fails if they are not exactly as many as the size. */
const watched = (upload: Upload, { onSent, onUnreadable }: BodyWatcher): Stream.Stream<Uint8Array, unknown> =>
  Stream.suspend(() => {
    const { onProgress, size } = upload
    let sent = 0
    // Emits one piece at a time, so that a large chunk does not bypass the transport's backpressure.
    const pieces = Stream.mapEffect(upload.stream, (bytes) => {
      sent += bytes.length
      if (size !== undefined && sent > size) return Effect.fail(wrongSize(upload, sent, false))
      onSent()
      return onProgress === undefined ? Effect.succeed(bytes) : Effect.as(onProgress({ sent, total: size }), bytes)
    })
    const end = Stream.suspend(() =>
      size === undefined || sent === size ? Stream.empty : Stream.fail(wrongSize(upload, sent, true))
    )
    return Stream.tapErrorCause(Stream.concat(pieces, end), (cause) =>
      Cause.isInterruptedOnly(cause) ? Effect.void : Effect.sync(() => onUnreadable(Cause.squash(cause)))
    )
  })

/**
 * The body of a form. Blobs stay blobs, which every transport can send; a stream, or an observed upload, makes the
 * whole body a stream.
 */
export const bodyOf = (parts: ReadonlyArray<Part>, watcher: BodyWatcher): HttpBody.HttpBody => {
  const boundary = randomBoundary()
  const contentType = `multipart/form-data; boundary=${boundary}`
  const encoder = new TextEncoder()
  // The text between two files is one piece, so the body is a list of texts and files in turn.
  const pieces: Array<Uint8Array<ArrayBuffer> | Upload> = []
  let text = ""
  const flush = (): void => {
    pieces.push(encoder.encode(text))
    text = ""
  }
  for (const part of parts) {
    text += headOf(boundary, part)
    if ("upload" in part) {
      flush()
      pieces.push(part.upload)
    } else text += part.text
    text += "\r\n"
  }
  text += `--${boundary}--\r\n`
  flush()

  // The length is known if the size of every file is known. Otherwise the transport sends the body in chunks.
  let contentLength: number | undefined = 0
  const blobs: Array<Uint8Array<ArrayBuffer> | Blob> = []
  for (const piece of pieces) {
    const size = piece instanceof Uint8Array ? piece.length : piece.size
    contentLength = contentLength === undefined || size === undefined ? undefined : contentLength + size
    if (piece instanceof Uint8Array) blobs.push(piece)
    else if (piece.blob !== undefined && piece.onProgress === undefined) blobs.push(piece.blob)
  }
  // Only texts and blobs: together they are one blob, which can be sent again.
  if (blobs.length === pieces.length) return HttpBody.raw(new Blob(blobs), { contentType, contentLength })
  const bytes = Stream.flatMap(Stream.fromIterable(pieces), (piece) =>
    piece instanceof Uint8Array ? Stream.succeed(piece) : watched(piece, watcher)
  )
  return HttpBody.stream(bytes, contentType, contentLength)
}

/** The body of an operation as a form, for `encodeBody`. */
export const formBody =
  (jsonFields: ReadonlySet<string>) =>
  (body: JsonRecord): RequestBody => {
    const parts = partsOf(body, jsonFields)
    return { repeatable: isRepeatable(parts), make: (watcher) => bodyOf(parts, watcher) }
  }
