/** Files for requests: bytes, a `File` or `Blob`, a path, or a stream of bytes that is never completely in memory. */
import type * as PlatformError from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Stream from "effect/Stream"
import * as form from "./upload/multipart.js"
import type { Progress, Upload } from "./schema/upload.js"
import * as files from "./upload/path.js"
import * as internal from "./upload/upload.js"
import type { RequestBody, JsonRecord } from "./core/Operation.js"

export { isFile, isUpload, type Progress, TypeId, type Upload } from "./schema/upload.js"

/**
 * A `File` or `Blob` as an upload: from a form, from `fetch`, from Node's `openAsBlob`.
 *
 * **Details**: `name` is needed if the blob is not a `File`; `type` defaults to the blob's type. Browsers and Node's
 * fetch read the blob while they send it. Undici's own client reads it into memory, so give it a path or a stream for
 * large files. The SDK cannot observe how a blob is sent, so the headers timeout is extended by the time that the
 * upload takes at 1 Mbit/s.
 * @category constructors
 */
export const fromBlob: {
  (file: File, options?: { readonly name?: string | undefined; readonly type?: string | undefined }): Upload
  (blob: Blob, options: { readonly name: string; readonly type?: string | undefined }): Upload
} = internal.fromBlob

/**
 * Bytes in memory as an upload.
 * @category constructors
 */
export const fromBytes = (
  bytes: Uint8Array | ArrayBuffer,
  options: { readonly name: string; readonly type?: string | undefined }
): Upload => fromBlob(new Blob([bytes as Uint8Array<ArrayBuffer>]), options)

/**
 * A stream of bytes as an upload: the file is never completely in memory.
 *
 * **Details**: with `size` (in bytes) the request has a `content-length`, which some servers require; a stream of
 * another length then fails the request. A stream that can run only once needs `repeatable: false`, which prevents
 * retries. If the stream itself fails, the operation fails with an `InvalidRequestError` about `file`.
 *
 * **Gotchas**: browsers send streams only over HTTP/2, or not at all; use a `File` there. Fetch never sends the length
 * of a stream, and Node's fetch keeps a copy of the sent bytes unless redirects are disabled: provide its layer with
 * `Layer.succeed(FetchHttpClient.RequestInit, { redirect: "error", window: null })`, or use undici's client.
 *
 * @example
 * ```ts
 * import { Stream } from "effect"
 * import { Upload } from "effect-friendli"
 *
 * const upload = Upload.fromStream(Stream.make(new Uint8Array(8), new Uint8Array(8)), { name: "call.wav", size: 16 })
 * console.log(upload.repeatable)
 * // => true
 * ```
 * @category constructors
 */
export const fromStream = <E>(
  stream: Stream.Stream<Uint8Array, E>,
  options: {
    readonly name: string
    readonly type?: string | undefined
    readonly size?: number | undefined
    readonly repeatable?: boolean | undefined
  }
): Upload =>
  internal.make({
    name: options.name,
    type: options.type,
    size: options.size,
    repeatable: options.repeatable ?? true,
    stream,
    blob: undefined,
    onProgress: undefined
  })

/**
 * A file of the `FileSystem` as an upload. It is read in chunks while it is sent, and again for each attempt.
 *
 * **Details**: fails with a `PlatformError` when there is no such file. `name` defaults to the last segment of the path.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Audio, Upload } from "effect-friendli"
 *
 * const program = Effect.flatMap(Upload.fromPath("recordings/call.wav", { type: "audio/wav" }), (file) =>
 *   Audio.transcribe({ file })
 * )
 * ```
 * @category constructors
 */
export const fromPath: (
  path: string,
  options?: { readonly name?: string | undefined; readonly type?: string | undefined }
) => Effect.Effect<Upload, PlatformError.PlatformError, FileSystem.FileSystem> = files.fromPath

/**
 * The same upload, reporting its progress: the effect runs after each chunk that was passed to the transport.
 *
 * **When to use**: for a progress bar. For a stream of the progress, offer it to a `Queue` or `PubSub`. The upload
 * waits for the effect. A retry starts at zero again.
 *
 * **Gotchas**: only streams can be observed, so this sends a `File` as a stream: see `fromStream`.
 *
 * @example
 * ```ts
 * import { Console } from "effect"
 * import { Upload } from "effect-friendli"
 *
 * const upload = Upload.withProgress(
 *   Upload.fromBytes(new Uint8Array(1024), { name: "call.wav" }),
 *   ({ sent, total }) => Console.log(`${sent} of ${total}`)
 * )
 * ```
 * @category combinators
 */
export const withProgress: {
  (onProgress: (progress: Progress) => Effect.Effect<void>): (upload: Upload) => Upload
  (upload: Upload, onProgress: (progress: Progress) => Effect.Effect<void>): Upload
} = dual(2, (upload: Upload, onProgress: (progress: Progress) => Effect.Effect<void>): Upload =>
  internal.make({ ...upload, onProgress })
)

/**
 * The body of operations that take a form, for the option `encodeBody`: `multipart/form-data`.
 *
 * **Details**: strings, numbers and booleans are sent as text; objects, arrays and the fields named in `json` as JSON
 * parts; `Upload` and `File` as files. `null` and `undefined` are left out.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Operation, Upload } from "effect-friendli"
 * import { UploadSource } from "effect-friendli/schema/UploadSource"
 *
 * const describe = Operation.unary({
 *   name: "Example.describe",
 *   path: "/describe",
 *   encodeBody: Upload.multipart(),
 *   request: Schema.Struct({ file: UploadSource, language: Schema.optional(Schema.String) }),
 *   response: Schema.Struct({ text: Schema.String })
 * })
 * console.log(describe.name)
 * // => Example.describe
 * ```
 * @category constructors
 */
export const multipart = (options?: {
  /** Fields that are sent as JSON even if they are strings. */
  readonly json?: ReadonlyArray<string> | undefined
}): ((body: JsonRecord) => RequestBody) => form.formBody(new Set(options?.json))
