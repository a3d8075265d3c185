/**
 * Loads the media of samples and uploads them to the storage of the API. In: the references of a sample. Out: the same sample with the
 * URLs of the uploaded files.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as storage from "../client/storage.js"
import type { RequestOptions } from "../core/RequestOptions.js"
import { type FriendliError, isFriendliError } from "../errors/FriendliError.js"
import type { Upload } from "../schema/upload.js"
import type { UploadSource } from "../schema/UploadSource.js"
import { makeSha256 } from "../internal/sha256.js"
import { fromPath } from "../upload/path.js"
import { fromBlob } from "../upload/upload.js"
import { InvalidSampleError } from "./datasetErrors.js"
import * as media from "./media.js"
import type { CheckedSample } from "./samples.js"

/**
 * Finds the bytes of the image, audio or video that a sample refers to. `Option.none()` keeps the reference unchanged.
 *
 * **When to use**: `dataUrls`, `web`, `directory` and `firstOf` make loaders; write your own for another source. Its failure ends the
 * upload: a `FriendliError` is passed on, any other failure becomes an `InvalidSampleError` with the line of the sample.
 */
export type MediaLoader<R = never> = (
  reference: media.MediaReference
) => Effect.Effect<Option.Option<UploadSource>, unknown, R>

const ofBytes = (bytes: Uint8Array, name: string, type: string | undefined): Upload =>
  fromBlob(new Blob([bytes as Uint8Array<ArrayBuffer>]), { name, type })

/**
 * Loads files that are in the samples themselves, as `data:` URLs in base64. The default of `createFromFile`.
 * @category media
 */
export const dataUrls: MediaLoader = ({ kind, url }) =>
  Effect.suspend(() => {
    if (media.schemeOf(url) !== "data") return Effect.succeedNone
    const read = media.readDataUrl(url)
    if (read === undefined) return Effect.fail(new RangeError("is not a data URL in base64"))
    const { bytes, type } = read
    return Effect.succeedSome(ofBytes(bytes, media.nameOf(kind, type), type))
  })

/**
 * Loads `http:` and `https:` URLs with the `HttpClient` in the context, as the Python SDK does. Each URL is loaded once in an upload.
 *
 * **Details**: the hosts get no token and none of your headers. A file is in memory while it is uploaded: `maxBytes` (default 64 MiB)
 * limits it.
 *
 * **Gotchas**: the program requests every URL in the file, from its own network. Do not use it for untrusted files if internal hosts can
 * be reached.
 * @category media
 */
export const web =
  (options?: { readonly maxBytes?: number | undefined }): MediaLoader<HttpClient.HttpClient> =>
  ({ kind, url }) => {
    const scheme = media.schemeOf(url)
    if (scheme !== "https" && scheme !== "http") return Effect.succeedNone
    return Effect.gen(function* () {
      const caller: storage.Caller = { deployment: { name: "web", options: {} }, http: yield* HttpClient.HttpClient }
      const opened = yield* storage.open(caller, "DatasetUpload.web", url, "url", undefined)
      const bytes = yield* storage.bytesOf(opened, options?.maxBytes ?? 64 * 1024 * 1024)
      const type = opened.type?.split(";", 1)[0]
      const name = media.lastSegmentOf(url) ?? media.nameOf(kind, type ?? "")
      return Option.some(ofBytes(bytes, name, type))
    })
  }

const isBelow = (path: string, root: string): boolean =>
  path.startsWith(root) && (/[\\/]$/.test(root) || /^[\\/]/.test(path.slice(root.length)))

/**
 * Loads files by their names, relative to a directory of the `FileSystem`. A file is read while it is sent.
 *
 * **Details**: a name that points outside the directory, by `..`, as an absolute path or through a link, is an error.
 * @category media
 */
export const directory =
  (path: string): MediaLoader<FileSystem.FileSystem> =>
  ({ url }) => {
    if (media.schemeOf(url) !== undefined) return Effect.succeedNone
    if (!media.staysInside(url)) return Effect.fail(new RangeError("points outside the directory"))
    return Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const root = yield* files.realPath(path)
      const real = yield* files.realPath(`${root}/${url}`)
      if (!isBelow(real, root)) return yield* Effect.fail(new RangeError("points outside the directory"))
      return Option.some(yield* fromPath(real, { name: url.split(/[\\/]/).at(-1) }))
    })
  }

/**
 * Tries loaders in order, and uses the first one that finds the bytes.
 *
 * @example
 * ```ts
 * import { DatasetUpload } from "effect-friendli"
 *
 * const load = DatasetUpload.firstOf(DatasetUpload.dataUrls, DatasetUpload.directory("photos"), DatasetUpload.web())
 * ```
 * @category media
 */
export const firstOf =
  <Loaders extends ReadonlyArray<MediaLoader<unknown>>>(
    ...loaders: Loaders
  ): MediaLoader<Effect.Effect.Context<ReturnType<Loaders[number]>>> =>
  (reference) => {
    type Loaded = Effect.Effect<
      Option.Option<UploadSource>,
      unknown,
      Effect.Effect.Context<ReturnType<Loaders[number]>>
    >
    const from = (at: number): Loaded => {
      // each loader needs a part of what all of them need
      const load = loaders[at] as MediaLoader<never> | undefined
      if (load === undefined) return Effect.succeedNone
      return Effect.flatMap(load(reference), (found) => (Option.isSome(found) ? Effect.succeed(found) : from(at + 1)))
    }
    return from(0)
  }

/** The parts of a loader's failure that certainly contain no text of a sample. */
const causeOf = (error: unknown): InvalidSampleError["cause"] => {
  const tag = Predicate.hasProperty(error, "_tag") ? String(error._tag) : undefined
  if (error instanceof Error && tag === undefined) return { name: error.name, message: error.message }
  const reason = Predicate.hasProperty(error, "reason") ? String(error.reason) : ""
  return { name: tag ?? "Error", message: reason }
}

/** The error of a sample with an invalid reference. */
export const notLoaded = (
  { kind, line, path }: media.MediaReference,
  message: string,
  cause?: InvalidSampleError["cause"]
): InvalidSampleError =>
  new InvalidSampleError({
    message: `The ${kind} of the sample in line ${line} ${message}.`,
    line,
    issues: [{ path, message }],
    ...(cause === undefined ? {} : { cause })
  })

/** The schemes that servers can load, or have stored. */
const knownSchemes: ReadonlySet<string | undefined> = /*#__PURE__*/ new Set(["http", "https", "s3", "data"])

/** The part of `Files` that uploads need. */
interface Store {
  readonly upload: (
    request: { readonly file: UploadSource; readonly projectId: string },
    options?: RequestOptions
  ) => Effect.Effect<{ readonly fileId: string }, FriendliError>
  readonly getDownloadUrl: (
    request: { readonly file_id: string },
    options?: RequestOptions
  ) => Effect.Effect<{ readonly s3Uri: string }, FriendliError>
}

/** Uploads the media of a sample. */
export type Prepare<R> = (sample: CheckedSample) => Effect.Effect<CheckedSample, FriendliError | InvalidSampleError, R>

/**
 * A reference as the key of a cache: the same URL means the same file, in whichever sample it is. For a URL that contains the file, only
 * the digest is kept.
 */
class ReferenceKey implements Equal.Equal {
  private readonly id: string
  private reference: media.MediaReference | undefined
  constructor(reference: media.MediaReference) {
    const { url } = reference
    this.reference = reference
    this.id = media.schemeOf(url) === "data" ? digestOf(url) : url
  }
  /** Returns the reference once, and then no longer keeps it. */
  take(): media.MediaReference {
    const reference = this.reference!
    this.reference = undefined
    return reference
  }
  [Hash.symbol](): number {
    return Hash.string(this.id)
  }
  [Equal.symbol](that: unknown): boolean {
    return that instanceof ReferenceKey && that.id === this.id
  }
}

const digestOf = (text: string): string => {
  const hash = makeSha256()
  hash.update(new TextEncoder().encode(text))
  return hash.hex()
}

/** Uploads what samples refer to, and replaces the references. Counts uploads. */
export const uploading = <R>(
  files: Store,
  projectId: string,
  load: MediaLoader<R>,
  onUpload: () => void,
  options: RequestOptions | undefined
): Effect.Effect<Prepare<R>, never, R> =>
  Effect.gen(function* () {
    const uploadOne = (
      reference: media.MediaReference
    ): Effect.Effect<Option.Option<string>, FriendliError | InvalidSampleError, R> =>
      Effect.gen(function* () {
        const found = yield* Effect.mapError(load(reference), (error) =>
          isFriendliError(error)
            ? (error as FriendliError)
            : notLoaded(reference, "could not be loaded", causeOf(error))
        )
        if (Option.isNone(found)) {
          return knownSchemes.has(media.schemeOf(reference.url))
            ? Option.none()
            : yield* Effect.fail(notLoaded(reference, "is the name of a file, but no media loader found it"))
        }
        const { fileId } = yield* files.upload({ file: found.value, projectId }, options)
        const { s3Uri } = yield* files.getDownloadUrl({ file_id: fileId }, options)
        onUpload()
        return Option.some(s3Uri)
      })

    const cache = yield* Cache.make({
      capacity: 1000,
      timeToLive: Duration.infinity,
      lookup: (asked: ReferenceKey) => uploadOne(asked.take())
    })
    const urlOf = (reference: media.MediaReference) =>
      media.schemeOf(reference.url) === "s3" ? Effect.succeedNone : cache.get(new ReferenceKey(reference))

    return (checked) =>
      Effect.gen(function* () {
        const urls = new Map<string, string>()
        for (const reference of media.referencesIn(checked.sample, checked.line)) {
          const url = yield* urlOf(reference)
          if (Option.isSome(url)) urls.set(reference.url, url.value)
        }
        if (urls.size === 0) return checked
        const sample = media.withUrls(checked.sample, urls)
        const text = JSON.stringify(sample)
        return { line: checked.line, sample, text, size: text.length }
      })
  })
