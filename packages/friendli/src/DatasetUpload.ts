/**
 * DatasetUpload: fills datasets from files and streams of any size: it checks each sample, sends the samples in batches, and uploads the
 * images, audio and video that they refer to.
 *
 * Over the capabilities `Datasets` and `Files` of `Management`. A file is in JSON Lines: the JSON of a `Sample` in each line.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as Take from "effect/Take"
import * as storage from "./client/storage.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import * as Datasets from "./Datasets.js"
import { type FriendliError, isNotProcessed } from "./errors/FriendliError.js"
import * as Files from "./Files.js"
import { DatasetUploadError, type InvalidSampleError } from "./management/datasetErrors.js"
import { dataUrls, type MediaLoader, notLoaded, uploading } from "./management/loaders.js"
import { forEach } from "./internal/streams.js"
import * as media from "./management/media.js"
import * as reading from "./management/samples.js"
import type { DatasetInfo, DatasetModality, SplitInfo, StoredSample } from "./schema/Dataset.js"
import type { Sample } from "./schema/Sample.js"
import { isFile, isUpload, type Upload } from "./schema/upload.js"
import type { UploadSource } from "./schema/UploadSource.js"
import * as upload from "./upload/upload.js"

export type { MediaReference } from "./management/media.js"
export { dataUrls, directory, firstOf, type MediaLoader, web } from "./management/loaders.js"
export { DatasetUploadError, InvalidSampleError } from "./management/datasetErrors.js"

/** The last step, and the totals so far. */
export type Progress =
  | {
      /** The file was checked as a whole. Nothing is created yet. */
      readonly _tag: "Checked"
      /** The number of samples in the file. */
      readonly samples: number
    }
  | {
      /** A batch of samples is stored. */
      readonly _tag: "Stored"
      readonly dataset_id: string
      readonly split_id: string
      /** The number of samples that are stored. */
      readonly samples: number
      /** The number of files that were uploaded for them. */
      readonly media: number
      /** How many bytes of the source have been read. 0 for a stream of samples. */
      readonly bytes: number
      /** The size of the source in bytes, if it is known. */
      readonly totalBytes: number | undefined
      /** The samples of this batch with their ids. */
      readonly batch: ReadonlyArray<StoredSample>
    }

/** What was stored. */
export interface Uploaded {
  readonly dataset_id: string
  readonly split_id: string
  /** The number of samples. */
  readonly samples: number
  /** The number of files that were uploaded for them. */
  readonly media: number
}

/** How samples are read and sent. */
export interface Settings<R = never> {
  /** The most samples of a batch, and its most bytes. A larger sample is sent alone. Default: 100 samples, 4 MiB. */
  readonly batch?: { readonly samples?: number | undefined; readonly bytes?: number | undefined } | undefined
  /** Runs after each stored batch; the next batch waits for it. */
  readonly onProgress?: ((progress: Progress) => Effect.Effect<void, never, R>) | undefined
}

/** Samples for an existing split. */
export interface SamplesRequest<E = never, R = never, R2 = never, R3 = never> extends Settings<R2> {
  readonly dataset_id: string
  readonly split_id: string
  /** A file in JSON Lines: a `File`, or an `Upload` of bytes, a blob, a path or a stream. Or a stream of samples, or of their JSON texts. */
  readonly source: UploadSource | Stream.Stream<Sample | string, E, R>
  /** Uploads the media that samples refer to into a project. Default: references are not changed. */
  readonly media?:
    | {
        readonly projectId: string
        readonly load: MediaLoader<R3>
        /** How many samples are prepared at once. Default: 4. */
        readonly concurrency?: number | undefined
      }
    | undefined
}

/** A dataset to be created from a file. */
export interface CreateFromFileRequest<R = never, R2 = never> extends Settings<R> {
  /** The name of the dataset. */
  readonly name: string
  /** The id of the project for the dataset and its media. */
  readonly projectId: string
  /** The samples in JSON Lines: a `File`, or an `Upload`. */
  readonly file: UploadSource
  /** The name of the split. Default: `"train"`, as in the Python SDK. */
  readonly split?: string | undefined
  /**
   * What samples may contain; a sample with anything else is invalid. Default: what the file contains if it is checked first, otherwise
   * text.
   */
  readonly modality?: DatasetModality | undefined
  /** How the media that samples refer to is loaded, or `"keep"`: references are not changed. Default: `dataUrls`. */
  readonly media?: MediaLoader<R2> | "keep" | undefined
  /**
   * Whether the whole file is checked before anything is created, so that an invalid line costs nothing. Default: true if the file can be
   * read twice.
   */
  readonly checkFirst?: boolean | undefined
  /** What happens to the dataset if the upload fails or is interrupted. Default: `"keep"`; its id is in the error. */
  readonly onFailure?: "keep" | "delete" | undefined
}

/** What was created. */
export interface Created extends Uploaded {
  readonly dataset: DatasetInfo
  readonly split: SplitInfo
}

// ---------------------------------------------------------------------------
// samples
// ---------------------------------------------------------------------------

const uploadOf = (source: UploadSource): Upload => (isUpload(source) ? source : upload.fromBlob(source))

const isSource = (source: unknown): source is UploadSource => isUpload(source) || isFile(source)

/** The failure of an upload whose file cannot be read. */
const unreadable = (operation: string, reason: unknown): FriendliError =>
  storage.unreadable({ deployment: { name: "management" } }, operation, reason)

/** The samples of a source. A failure of the source becomes an `InvalidRequestError` about `file`. */
const samplesOf = <E, R>(
  operation: string,
  source: UploadSource | Stream.Stream<Sample | string, E, R>,
  problemOf: reading.Problem,
  onBytes: (bytes: number) => void
): Stream.Stream<reading.CheckedSample, FriendliError | InvalidSampleError, R> =>
  isSource(source)
    ? reading.ofBytes(
        uploadOf(source).stream.pipe(
          Stream.mapError((reason) => unreadable(operation, reason)),
          Stream.mapChunks((chunk) => {
            for (const bytes of chunk) onBytes(bytes.length)
            return chunk
          })
        ),
        problemOf
      )
    : reading.ofSamples(
        Stream.mapError(source, (reason) => unreadable(operation, reason)),
        problemOf
      )

/** Whether this error means that no sample of the batch is stored. After any other error the server may have stored them. */
const isRejected = (error: FriendliError): boolean =>
  isNotProcessed(error) ||
  error._tag === "InvalidRequestError" ||
  (error.status !== undefined && error.status >= 400 && error.status < 500)

/** What is known when an upload stops. */
interface State {
  stored: number
  uncertain: number
  media: number
  bytes: number
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`

const stopped = (
  operation: string,
  reason: FriendliError | InvalidSampleError,
  { stored, uncertain }: Pick<State, "stored" | "uncertain">,
  place?: { readonly dataset_id: string; readonly split_id?: string | undefined }
): DatasetUploadError =>
  new DatasetUploadError({
    message: [
      `${operation} stopped after ${count(stored, "sample")}`,
      ...(uncertain === 0 ? [] : [` (and perhaps ${uncertain} more)`]),
      ...(place === undefined ? [] : [` in dataset ${place.dataset_id}`]),
      ...(place?.split_id === undefined ? [] : [`, split ${place.split_id}`]),
      `: ${reason.message}`
    ].join(""),
    reason,
    stored,
    uncertain,
    wasDeleted: false,
    ...(place === undefined ? {} : { dataset_id: place.dataset_id }),
    ...(place?.split_id === undefined ? {} : { split_id: place.split_id })
  })

/** A whole number of at least 1, whatever the caller passed. */
const atLeastOne = (value: number | undefined, usual: number): number =>
  value === undefined || Number.isNaN(value) ? usual : Math.max(1, Math.floor(value))

const limitsOf = ({ batch }: Pick<Settings, "batch">): reading.Limits => ({
  samples: atLeastOne(batch?.samples, 100),
  bytes: atLeastOne(batch?.bytes, 4 * 1024 * 1024)
})

const anything: reading.Problem = () => undefined

const run = <E, R, R2, R3>(
  operation: string,
  request: SamplesRequest<E, R, R2, R3>,
  problemOf: reading.Problem,
  options: RequestOptions | undefined
): Effect.Effect<Uploaded, DatasetUploadError, Datasets.Datasets | Files.Files | R | R2 | R3> => {
  const { dataset_id, media: loading, onProgress, source, split_id } = request
  return Effect.suspend(() => {
    const state: State = { stored: 0, uncertain: 0, media: 0, bytes: 0 }
    const totalBytes = isSource(source) ? uploadOf(source).size : undefined

    const sending = Effect.gen(function* () {
      const datasets = yield* Datasets.Datasets
      const prepare =
        loading === undefined
          ? undefined
          : yield* uploading(yield* Files.Files, loading.projectId, loading.load, () => void state.media++, options)
      const checked = samplesOf(operation, source, problemOf, (bytes) => void (state.bytes += bytes))
      const prepared =
        prepare === undefined
          ? checked
          : Stream.mapEffect(checked, prepare, { concurrency: atLeastOne(loading?.concurrency, 4) })

      const send = ({ texts }: reading.Batch) =>
        Effect.gen(function* () {
          // Until the answer arrives.
          state.uncertain = texts.length
          const { samples } = yield* Effect.tapError(
            datasets.addSamples({ dataset_id, split_id, samples: texts }, options),
            (error) =>
              Effect.sync(() => {
                if (isRejected(error)) state.uncertain = 0
              })
          )
          state.uncertain = 0
          state.stored += texts.length
          if (onProgress === undefined) return
          const { bytes, media, stored } = state
          yield* onProgress({
            _tag: "Stored",
            dataset_id,
            split_id,
            samples: stored,
            media,
            bytes,
            totalBytes,
            batch: samples
          })
        })

      yield* Stream.runForEach(reading.batchesOf(prepared, limitsOf(request)), send)
      return { dataset_id, split_id, samples: state.stored, media: state.media }
    })
    return Effect.mapError(sending, (reason) => stopped(operation, reason, state, { dataset_id, split_id }))
  })
}

/**
 * Adds the samples of a file or a stream to a split: checks each, and sends them in batches as they are read, in constant memory.
 *
 * **When to use**: for an existing split. `createFromFile` also creates the dataset and the split. For a few samples use
 * `Datasets.addSamples`.
 *
 * **Details**: a line is the JSON of a `Sample`; blank lines, CRLF and a byte order mark are accepted, and unknown fields are sent
 * unchanged. The batches are sent one after another, in order. A batch is retried only if the server certainly did not process it, so no
 * sample is stored twice. Fails with a `DatasetUploadError`: `stored` samples are in the split, and `reason` is an `InvalidSampleError`
 * with the line, or the `FriendliError` of a call; an `InvalidRequestError` about `file` if the source cannot be read. Interruption
 * closes the connection.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Stream } from "effect"
 * import { Datasets, DatasetUpload, Management } from "effect-friendli"
 *
 * const samples = Stream.range(1, 250).pipe(
 *   Stream.map((n): Datasets.Sample => ({
 *     messages: [{ role: "user", content: `What is ${n} + 1?` }, { role: "assistant", content: `${n + 1}` }]
 *   }))
 * )
 *
 * const program = Effect.gen(function* () {
 *   const dataset = yield* Datasets.create({ name: "sums", projectId: "project-id", modality: {} })
 *   const split = yield* Datasets.createSplit({ dataset_id: dataset.id, name: "train" })
 *   return yield* DatasetUpload.samples({ dataset_id: dataset.id, split_id: split.id, source: samples })
 * })
 *
 * program.pipe(
 *   Effect.provide(Management.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then((uploaded) => console.log(uploaded.samples))
 * // => 250
 * ```
 * @category uploads
 */
export const samples = <E = never, R = never, R2 = never, R3 = never>(
  request: SamplesRequest<E, R, R2, R3>,
  options?: RequestOptions
): Effect.Effect<Uploaded, DatasetUploadError, Datasets.Datasets | Files.Files | R | R2 | R3> =>
  run("DatasetUpload.samples", request, anything, options)

// ---------------------------------------------------------------------------
// a dataset from a file
// ---------------------------------------------------------------------------

/** The result of checking a whole file. */
interface Found {
  readonly samples: number
  readonly modals: ReadonlyArray<media.Modality>
}

const checkFile = (
  operation: string,
  file: Upload,
  problemOf: reading.Problem
): Effect.Effect<Found, FriendliError | InvalidSampleError> =>
  Effect.suspend(() => {
    let samples = 0
    const modals = new Set<media.Modality>(["TEXT"])
    const checking = forEach(
      samplesOf<never, never>(operation, file, problemOf, () => {}),
      ({ line, sample }) => {
        samples++
        for (const reference of media.referencesIn(sample, line)) modals.add(media.modalityOf(reference))
      }
    )
    return Effect.map(checking, () => ({ samples, modals: [...modals] }))
  })

/**
 * Rejects samples with media that the dataset does not take, as the Python SDK does. A dataset without a list of input modalities takes
 * everything.
 */
const fits =
  (modals: ReadonlyArray<string>): reading.Problem =>
  ({ line, sample }) => {
    if (modals.length === 0) return undefined
    const reference = media.referencesIn(sample, line).find((each) => !modals.includes(media.modalityOf(each)))
    return (
      reference && notLoaded(reference, `is not allowed in a dataset with the input modalities ${modals.join(", ")}`)
    )
  }

/**
 * Creates a dataset from a file: checks the file, creates the dataset and a split, uploads what the samples refer to, and adds the samples.
 *
 * **When to use**: for a whole upload in one call, as the dataset helpers of the Python SDK do it.
 *
 * **Details**: `checkFirst` reads the file twice, and nothing is created for a file with an invalid line. The bytes of images, audio and
 * video are uploaded to the storage of the API, each file once, and samples refer to them by `s3:` URL. Web URLs are not changed, unless
 * `media` loads them. Otherwise as `samples`. Fails with a `DatasetUploadError`. After a failure or an interruption the dataset is kept,
 * and its id is in the error; with `onFailure: "delete"` it is deleted, and `wasDeleted` says whether that succeeded.
 *
 * **Gotchas**: files that were uploaded before a failure remain, since the API cannot delete files. The next upload of the same bytes
 * sends nothing.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { DatasetUpload, Management, Upload } from "effect-friendli"
 *
 * const lines = ["Ping", "Hello!"].map((content) =>
 *   JSON.stringify({ messages: [{ role: "user", content }, { role: "assistant", content: "Pong" }] })
 * )
 * const file = Upload.fromBytes(new TextEncoder().encode(lines.join("\n")), { name: "talks.jsonl" })
 *
 * DatasetUpload.createFromFile({ name: "talks", projectId: "project-id", file }).pipe(
 *   Effect.map(({ dataset, samples, split }) => `${samples} samples in ${split.name} of ${dataset.name}`),
 *   Effect.provide(Management.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => 2 samples in train of talks
 * ```
 * @category uploads
 */
export const createFromFile = <R = never, R2 = never>(
  request: CreateFromFileRequest<R, R2>,
  options?: RequestOptions
): Effect.Effect<Created, DatasetUploadError, Datasets.Datasets | Files.Files | R | R2> => {
  const operation = "DatasetUpload.createFromFile"
  const { batch, checkFirst, media: loading, name, onFailure, onProgress, projectId } = request
  const early = Effect.mapError((reason: FriendliError | InvalidSampleError) =>
    stopped(operation, reason, { stored: 0, uncertain: 0 })
  )
  return Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const datasets = yield* Datasets.Datasets
      const file = uploadOf(request.file)
      const found =
        (checkFirst ?? file.repeatable)
          ? yield* restore(early(checkFile(operation, file, fits(request.modality?.input_modals ?? []))))
          : undefined
      if (found !== undefined && onProgress !== undefined) {
        yield* restore(onProgress({ _tag: "Checked", samples: found.samples }))
      }
      const modality = request.modality ?? { input_modals: found?.modals ?? ["TEXT"], output_modals: ["TEXT"] }
      const dataset = yield* restore(early(datasets.create({ name, projectId, modality }, options)))

      const filling = Effect.gen(function* () {
        const split = yield* Effect.mapError(
          datasets.createSplit({ dataset_id: dataset.id, name: request.split ?? "train" }, options),
          (reason) => stopped(operation, reason, { stored: 0, uncertain: 0 }, { dataset_id: dataset.id })
        )
        const load: MediaLoader<R2> | undefined = loading === "keep" ? undefined : (loading ?? dataUrls)
        const uploaded = yield* run<never, never, R, R2>(
          operation,
          {
            dataset_id: dataset.id,
            split_id: split.id,
            source: file,
            batch,
            onProgress,
            media: load && { projectId, load }
          },
          fits(modality.input_modals ?? []),
          options
        )
        return { ...uploaded, dataset, split }
      })

      const exit = yield* Effect.exit(restore(filling))
      if (Exit.isSuccess(exit) || onFailure !== "delete") return yield* exit
      const deleting = yield* Effect.exit(datasets.delete({ dataset_id: dataset.id }, options))
      return yield* Exit.mapError(
        exit,
        ({ dataset_id, message, reason, split_id, stored, uncertain }) =>
          new DatasetUploadError({
            message,
            reason,
            stored,
            uncertain,
            dataset_id,
            split_id,
            wasDeleted: Exit.isSuccess(deleting)
          })
      )
    })
  )
}

/**
 * The progress of an upload as a stream. The stream runs the upload and ends or fails with it. Stopping early interrupts the upload.
 *
 * **When to use**: to show progress, or to pass it on, as a stream. Give the upload the `onProgress` that your function receives.
 *
 * @example
 * ```ts
 * import { Console, Effect, Stream } from "effect"
 * import { DatasetUpload, Upload } from "effect-friendli"
 *
 * const program = Effect.flatMap(Upload.fromPath("talks.jsonl"), (file) =>
 *   DatasetUpload.progress((onProgress) =>
 *     DatasetUpload.createFromFile({ name: "talks", projectId: "project-id", file, onProgress })
 *   ).pipe(Stream.runForEach(({ _tag, samples }) => Console.log(_tag, samples)))
 * )
 * ```
 * @category progress
 */
export const progress = <A, E, R>(
  upload: (onProgress: (progress: Progress) => Effect.Effect<void>) => Effect.Effect<A, E, R>
): Stream.Stream<Progress, E, R> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      // Of one element: the upload waits until the consumer has taken its progress.
      const queue = yield* Queue.bounded<Take.Take<Progress, E>>(1)
      const uploading = upload((step) => Effect.asVoid(Queue.offer(queue, Take.of(step))))
      yield* Effect.exit(uploading).pipe(
        Effect.flatMap(
          Exit.match({
            onFailure: (cause) => Queue.offer(queue, Take.failCause(cause)),
            onSuccess: () => Queue.offer(queue, Take.end)
          })
        ),
        Effect.forkScoped
      )
      return Stream.flattenTake(Stream.fromQueue(queue))
    })
  )
