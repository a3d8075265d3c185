/**
 * Files: uploads for the media of samples and for documents, and downloads.
 *
 * In the layer of `Management`. Source: "File" of the API reference, `/beta/file`. All functions fail with a `FriendliError`: a
 * `NotFoundError` if there is no file with the id.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { FriendliClient, type WithResponse } from "./client/FriendliClient.js"
import * as storage from "./client/storage.js"
import * as Operation from "./core/Operation.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import type { FriendliError } from "./errors/FriendliError.js"
import { makeSha256 } from "./internal/sha256.js"
import { unwrap } from "./internal/streams.js"
import { AnyJson } from "./schema/anyJson.js"
import { FileInfo, FileLocation, FileRequest, InitUploadRequest, UploadTicket } from "./schema/File.js"
import { isUpload } from "./schema/upload.js"
import type { UploadSource } from "./schema/UploadSource.js"
import { digest as digestOf, type Digested } from "./upload/digest.js"
import { fromBlob } from "./upload/upload.js"

export {
  /** The schema of the metadata of a file. See `schema/File`. */
  FileInfo,
  /** The schema of the location of a file. See `schema/File`. */
  FileLocation,
  /** The schema of a request for one file. See `schema/File`. */
  FileRequest,
  /** The schema of the request of `initUpload`. See `schema/File`. */
  InitUploadRequest,
  /** The schema of the answer of `initUpload`. See `schema/File`. */
  UploadTicket
}

/** A file to upload. */
export interface UploadRequest {
  /** A `File`, or an `Upload` of bytes, a blob, a path or a stream. For progress, use `Upload.withProgress`. */
  readonly file: UploadSource
  /** The id of the project that the file belongs to. */
  readonly projectId: string
  /**
   * The digest of the bytes: `sha256:` and 64 hexadecimal digits. Pass it if you know it and the size of the file is known: the file is
   * then read only once, to send it. Default: the SDK computes it.
   */
  readonly digest?: string | undefined
}

/** A file that the API has stored. */
export interface UploadedFile {
  /** Its id. */
  readonly fileId: string
  /** Its size in bytes. */
  readonly size: number
  /** The digest of its bytes. */
  readonly digest: string
  /** Whether the API already had a file with this digest, so that no bytes were sent. */
  readonly wasStored: boolean
}

/**
 * The capability: a program that uploads or downloads files has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock: `Layer.mock(Files.Files, { upload: … })`.
 * @category tags
 */
export class Files extends Context.Tag("effect-friendli/Files")<Files, Files.Service>() {}

export declare namespace Files {
  /** What `Files.layer` provides, and what a mock replaces. */
  export interface Service {
    /** Uploads a file, in all its steps. */
    readonly upload: (request: UploadRequest, options?: RequestOptions) => Effect.Effect<UploadedFile, FriendliError>
    /** The bytes of a file, as they arrive. */
    readonly download: (request: FileRequest, options?: RequestOptions) => Stream.Stream<Uint8Array, FriendliError>
    /** The metadata of a file. */
    readonly getInfo: (request: FileRequest, options?: RequestOptions) => Effect.Effect<FileInfo, FriendliError>
    readonly getInfoWithResponse: (
      request: FileRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<FileInfo>, FriendliError>
    /** The location of the bytes of a file. */
    readonly getDownloadUrl: (
      request: FileRequest,
      options?: RequestOptions
    ) => Effect.Effect<FileLocation, FriendliError>
    readonly getDownloadUrlWithResponse: (
      request: FileRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<FileLocation>, FriendliError>
    /** The first step of an upload: asks where to send the bytes. */
    readonly initUpload: (
      request: InitUploadRequest,
      options?: RequestOptions
    ) => Effect.Effect<UploadTicket, FriendliError>
    readonly initUploadWithResponse: (
      request: InitUploadRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<UploadTicket>, FriendliError>
    /** The last step of an upload, after the bytes. */
    readonly completeUpload: (request: FileRequest, options?: RequestOptions) => Effect.Effect<void, FriendliError>
    readonly completeUploadWithResponse: (
      request: FileRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<void>, FriendliError>
  }
}

const file = { pathPrefix: "", prefix: "/beta", model: false } as const

/**
 * The operation of `initUpload`, for `FriendliClient.execute`.
 * @category operations
 */
export const initUploadOperation: Operation.Unary<InitUploadRequest, UploadTicket> = /*#__PURE__*/ Operation.unary({
  ...file,
  name: "Files.initUpload",
  path: "/file",
  retryMode: "ifNotProcessed",
  request: InitUploadRequest,
  response: UploadTicket
})

/**
 * The operation of `completeUpload`, for `FriendliClient.execute`. The JSON of the answer has no meaning.
 * @category operations
 */
export const completeUploadOperation: Operation.Unary<FileRequest, unknown> = /*#__PURE__*/ Operation.unary({
  ...file,
  name: "Files.completeUpload",
  method: "PATCH",
  path: ({ file_id }) => ["file", file_id],
  parameters: ["file_id"],
  hasBody: false,
  mayBeEmpty: true,
  retryMode: "ifNotProcessed",
  request: FileRequest,
  response: AnyJson
})

/**
 * The operation of `getInfo`, for `FriendliClient.execute`.
 * @category operations
 */
export const getInfoOperation: Operation.Unary<FileRequest, FileInfo> = /*#__PURE__*/ Operation.unary({
  ...file,
  name: "Files.getInfo",
  method: "GET",
  path: ({ file_id }) => ["file", file_id],
  parameters: ["file_id"],
  request: FileRequest,
  response: FileInfo
})

/**
 * The operation of `getDownloadUrl`, for `FriendliClient.execute`.
 * @category operations
 */
export const getDownloadUrlOperation: Operation.Unary<FileRequest, FileLocation> = /*#__PURE__*/ Operation.unary({
  ...file,
  name: "Files.getDownloadUrl",
  method: "GET",
  path: ({ file_id }) => ["file", file_id, "download_url"],
  parameters: ["file_id"],
  request: FileRequest,
  response: FileLocation
})

/** Files of up to this number of bytes are read once and kept in memory while they are sent. */
const maxBytesInMemory = 16 * 1024 * 1024

/** Fails if the bytes do not have the size and digest that the API reports. Servers can cut a body short without an error. */
const verified = ({ bytes, context }: storage.Opened, info: FileInfo): Stream.Stream<Uint8Array, FriendliError> =>
  Stream.suspend(() => {
    const hash = info.digest.startsWith("sha256:") ? makeSha256() : undefined
    let size = 0
    const pieces = Stream.mapChunks(bytes, (chunk) => {
      for (const piece of chunk) {
        size += piece.length
        hash?.update(piece)
      }
      return chunk
    })
    const end = Stream.suspend(() => {
      if (size !== info.size) return Stream.fail(storage.cutShort(context, size, info.size))
      return hash === undefined || `sha256:${hash.hex()}` === info.digest.toLowerCase()
        ? Stream.empty
        : Stream.fail(storage.otherBytes(context))
    })
    return Stream.concat(pieces, end)
  })

/**
 * Makes the capability from a client. Bytes are sent to object stores, which are other hosts, with the `HttpClient` directly.
 * @category constructors
 */
export const make: Effect.Effect<Files.Service, never, FriendliClient | HttpClient.HttpClient> =
  /*#__PURE__*/ Effect.gen(function* () {
    const client = yield* FriendliClient
    const caller: storage.Caller = { deployment: client.deployment, http: yield* HttpClient.HttpClient }

    const initUpload: Files.Service["initUpload"] = (request, options) =>
      client.execute(initUploadOperation, request, options)
    const completeUpload: Files.Service["completeUpload"] = (request, options) =>
      Effect.asVoid(client.execute(completeUploadOperation, request, options))
    const getInfo: Files.Service["getInfo"] = (request, options) => client.execute(getInfoOperation, request, options)
    const getDownloadUrl: Files.Service["getDownloadUrl"] = (request, options) =>
      client.execute(getDownloadUrlOperation, request, options)

    const digested = ({ digest, file: source }: UploadRequest): Effect.Effect<Digested, FriendliError> => {
      const upload = isUpload(source) ? source : fromBlob(source)
      if (digest !== undefined && upload.size !== undefined) {
        return Effect.succeed({ upload, size: upload.size, digest })
      }
      return Effect.mapError(digestOf(upload, maxBytesInMemory), (reason) =>
        storage.unreadable(caller, "Files.upload", reason)
      )
    }

    const upload: Files.Service["upload"] = (request, options) =>
      Effect.gen(function* () {
        const { digest, size, upload: body } = yield* digested(request)
        const { aws, fileId, uploadUrl } = yield* initUpload(
          { name: body.name, size, digest, projectId: request.projectId },
          options
        )
        const wasStored = (uploadUrl ?? null) === null
        if (!wasStored)
          yield* storage.store(caller, "Files.upload", uploadUrl!, { fields: aws ?? {}, file: body }, options)
        yield* completeUpload({ file_id: fileId }, options)
        return { fileId, size, digest, wasStored }
      })

    const download: Files.Service["download"] = (request, options) =>
      Stream.unwrap(
        Effect.gen(function* () {
          const [info, { downloadUrl }] = yield* Effect.all(
            [getInfo(request, options), getDownloadUrl(request, options)],
            { concurrency: 2 }
          )
          return verified(yield* storage.open(caller, "Files.download", downloadUrl, "downloadUrl", options), info)
        })
      )

    return {
      upload,
      download,
      getInfo,
      getInfoWithResponse: (request, options) => client.executeWithResponse(getInfoOperation, request, options),
      getDownloadUrl,
      getDownloadUrlWithResponse: (request, options) =>
        client.executeWithResponse(getDownloadUrlOperation, request, options),
      initUpload,
      initUploadWithResponse: (request, options) => client.executeWithResponse(initUploadOperation, request, options),
      completeUpload,
      completeUploadWithResponse: (request, options) =>
        Effect.map(client.executeWithResponse(completeUploadOperation, request, options), ({ response }) => ({
          value: undefined,
          response
        }))
    }
  })

/**
 * The capability over the provided client. The layer of `Management` includes it.
 * @category layers
 */
export const layer: Layer.Layer<Files, never, FriendliClient | HttpClient.HttpClient> = /*#__PURE__*/ Layer.effect(
  Files,
  make
)

/**
 * Uploads a file: tells the API its size and digest, sends the bytes to the store that the API names, and completes the upload.
 *
 * **When to use**: for media that samples of a dataset refer to, by the `s3Uri` of `getDownloadUrl`. `DatasetUpload` does this for all
 * media of a file of samples.
 *
 * **Details**: a file of more than 16 MiB is read twice, for its digest and while it is sent, and is never completely in memory; a
 * smaller file is read once. No bytes are sent if the API has a file with the same digest (`wasStored`). The store is another host: it
 * gets no token, no team and none of your headers. For progress, pass an upload of `Upload.withProgress`. Fails with a `FriendliError`:
 * an `InvalidRequestError` about `file` if the file cannot be read, or is large and can be read only once.
 *
 * **Gotchas**: stores require a content length, and fetch does not send the length of a stream. Large files, and files with progress,
 * need `UndiciTransport` or the undici layer of the platform.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Files, Management, Upload } from "effect-friendli"
 *
 * const file = Upload.fromBytes(new TextEncoder().encode("Hello, store!"), { name: "hello.txt", type: "text/plain" })
 *
 * Files.upload({ file, projectId: "project-id" }).pipe(
 *   Effect.map(({ size, wasStored }) => `${size} bytes, ${wasStored ? "known" : "sent"}`),
 *   Effect.provide(Management.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => 13 bytes, sent
 * ```
 * @category accessors
 */
export const upload = (
  request: UploadRequest,
  options?: RequestOptions
): Effect.Effect<UploadedFile, FriendliError, Files> => Effect.flatMap(Files, (files) => files.upload(request, options))

/**
 * The bytes of a file, as they arrive.
 *
 * **Details**: requests the file's size and digest first, and fails at the end if the bytes do not match: with a `ConnectionError` of the
 * phase `body` if the download was cut short, and with a `ResponseDecodeError` if the digest differs. Stopping early closes the
 * connection. Each run downloads again.
 *
 * **Gotchas**: the bytes are verified only when the stream has ended. Write them to a temporary file and rename it after the end: then no
 * incomplete file gets the final name.
 *
 * @example
 * ```ts
 * import { FileSystem } from "@effect/platform"
 * import { Effect, Stream } from "effect"
 * import { Files } from "effect-friendli"
 *
 * const program = Effect.gen(function* () {
 *   const files = yield* FileSystem.FileSystem
 *   yield* Stream.run(Files.download({ file_id: "file-id" }), files.sink("cat.png.part"))
 *   yield* files.rename("cat.png.part", "cat.png")
 * })
 * ```
 * @category accessors
 */
export const download = (
  request: FileRequest,
  options?: RequestOptions
): Stream.Stream<Uint8Array, FriendliError, Files> =>
  unwrap(Effect.map(Files, (files) => files.download(request, options)))

/**
 * Asks for the metadata of a file: its size in bytes, its digest, and whether its upload is complete.
 * @category accessors
 */
export const getInfo = (
  request: FileRequest,
  options?: RequestOptions
): Effect.Effect<FileInfo, FriendliError, Files> => Effect.flatMap(Files, (files) => files.getInfo(request, options))

/**
 * Asks for the location of a file: the `s3Uri` with which samples refer to it, and a URL with which anyone can download it.
 * @category accessors
 */
export const getDownloadUrl = (
  request: FileRequest,
  options?: RequestOptions
): Effect.Effect<FileLocation, FriendliError, Files> =>
  Effect.flatMap(Files, (files) => files.getDownloadUrl(request, options))

/**
 * The first step of an upload, for programs that send the bytes themselves. Otherwise use `upload`.
 *
 * **Details**: the answer has a URL and the fields of a form; append the file to them, as the field `file`. If there is no URL, the API
 * already has the bytes.
 * @category accessors
 */
export const initUpload = (
  request: InitUploadRequest,
  options?: RequestOptions
): Effect.Effect<UploadTicket, FriendliError, Files> =>
  Effect.flatMap(Files, (files) => files.initUpload(request, options))

/**
 * The last step of an upload, after `initUpload` and the bytes.
 * @category accessors
 */
export const completeUpload = (
  request: FileRequest,
  options?: RequestOptions
): Effect.Effect<void, FriendliError, Files> => Effect.flatMap(Files, (files) => files.completeUpload(request, options))

/**
 * As `initUpload`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const initUploadWithResponse = (
  request: InitUploadRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<UploadTicket>, FriendliError, Files> =>
  Effect.flatMap(Files, (files) => files.initUploadWithResponse(request, options))

/**
 * As `completeUpload`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const completeUploadWithResponse = (
  request: FileRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<void>, FriendliError, Files> =>
  Effect.flatMap(Files, (files) => files.completeUploadWithResponse(request, options))

/**
 * As `getInfo`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const getInfoWithResponse = (
  request: FileRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<FileInfo>, FriendliError, Files> =>
  Effect.flatMap(Files, (files) => files.getInfoWithResponse(request, options))

/**
 * As `getDownloadUrl`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const getDownloadUrlWithResponse = (
  request: FileRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<FileLocation>, FriendliError, Files> =>
  Effect.flatMap(Files, (files) => files.getDownloadUrlWithResponse(request, options))
