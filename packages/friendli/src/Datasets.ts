/**
 * Datasets: collections of samples to train on, with their versions and splits.
 *
 * In the layer of `Management`. Source: "Dataset" of the API reference, `/beta/dataset`. To fill a dataset from a file or a stream, see
 * `DatasetUpload`. All functions fail with a `FriendliError`: a `NotFoundError` if an id is unknown, an `InvalidRequestError` before
 * anything is sent if the request is invalid.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import { FriendliClient, type WithResponse } from "./client/FriendliClient.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import type { FriendliError } from "./errors/FriendliError.js"
import * as decoding from "./internal/decoding.js"
import { parseJson } from "./internal/json.js"
import { unwrap } from "./internal/streams.js"
import * as datasets from "./management/datasets.js"
import {
  AddedSamples,
  AddSamplesRequest,
  CreateDatasetRequest,
  CreateSplitRequest,
  CreateVersionRequest,
  DatasetInfo,
  DatasetPage,
  DatasetRequest,
  DeletedSamples,
  DeleteSamplesRequest,
  ListDatasetsRequest,
  ListSamplesRequest,
  ListSplitsRequest,
  SamplePage,
  SplitInfo,
  SplitPage,
  SplitRequest,
  type StoredSample,
  UpdateSamplesRequest,
  VersionInfo,
  VersionList,
  VersionRequest
} from "./schema/Dataset.js"
import { Sample } from "./schema/Sample.js"

export * from "./management/datasetOperations.js"

export {
  /** The schema of the answer of `addSamples`. See `schema/Dataset`. */
  AddedSamples,
  /** The schema of the request of `addSamples`. See `schema/Dataset`. */
  AddSamplesRequest,
  /** The schema of the request of `create`. See `schema/Dataset`. */
  CreateDatasetRequest,
  /** The schema of the request of `createSplit`. See `schema/Dataset`. */
  CreateSplitRequest,
  /** The schema of the request of `createVersion`. See `schema/Dataset`. */
  CreateVersionRequest,
  /** The schema of a dataset. See `schema/Dataset`. */
  DatasetInfo,
  /** The schema of a page of datasets. See `schema/Dataset`. */
  DatasetPage,
  /** The schema of a request for one dataset. See `schema/Dataset`. */
  DatasetRequest,
  /** The schema of the answer of `deleteSamples`. See `schema/Dataset`. */
  DeletedSamples,
  /** The schema of the request of `deleteSamples`. See `schema/Dataset`. */
  DeleteSamplesRequest,
  /** The schema of the request of `list`. See `schema/Dataset`. */
  ListDatasetsRequest,
  /** The schema of the request of `listSamples`. See `schema/Dataset`. */
  ListSamplesRequest,
  /** The schema of the request of `listSplits`. See `schema/Dataset`. */
  ListSplitsRequest,
  /** The schema of a sample. See `schema/Sample`. */
  Sample,
  /** The schema of a page of samples. See `schema/Dataset`. */
  SamplePage,
  /** The schema of a split. See `schema/Dataset`. */
  SplitInfo,
  /** The schema of a page of splits. See `schema/Dataset`. */
  SplitPage,
  /** The schema of a request for one split. See `schema/Dataset`. */
  SplitRequest,
  /** A sample of a dataset: its id and its text. See `schema/Dataset`. */
  type StoredSample,
  /** The schema of the request of `updateSamples`. See `schema/Dataset`. */
  UpdateSamplesRequest,
  /** The schema of a version. See `schema/Dataset`. */
  VersionInfo,
  /** The schema of the versions of a dataset. See `schema/Dataset`. */
  VersionList,
  /** The schema of a request for one version. See `schema/Dataset`. */
  VersionRequest
}

/**
 * The capability: a program that manages datasets has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock: `Layer.mock(Datasets.Datasets, { create: … })`.
 * @category tags
 */
export class Datasets extends Context.Tag("effect-friendli/Datasets")<Datasets, Datasets.Service>() {}

export declare namespace Datasets {
  /** What `Datasets.layer` provides, and what a mock replaces. Each `…WithResponse` also has status, headers and request id. */
  export interface Service extends datasets.DatasetsService {}
}

// ---------------------------------------------------------------------------
// the capability
// ---------------------------------------------------------------------------

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<Datasets.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  datasets.makeDatasets
)

/**
 * The capability over the provided client. The layer of `Management` includes it.
 * @category layers
 */
export const layer: Layer.Layer<Datasets, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Datasets, make)

// ---------------------------------------------------------------------------
// accessors
// ---------------------------------------------------------------------------

/** An accessor: the method of the same name. */
type Accessor<Request, Response> = (
  request: Request,
  options?: RequestOptions
) => Effect.Effect<Response, FriendliError, Datasets>

type ItemsAccessor<Request, Item> = (
  request: Request,
  options?: RequestOptions
) => Stream.Stream<Item, FriendliError, Datasets>

type Service = Datasets.Service

const accessor =
  <Request, Response>(method: (service: Service) => datasets.Call<Request, Response>): Accessor<Request, Response> =>
  (request, options) =>
    Effect.flatMap(Datasets, (service) => method(service)(request, options))

const itemsAccessor =
  <Request, Item>(method: (service: Service) => datasets.Items<Request, Item>): ItemsAccessor<Request, Item> =>
  (request, options) =>
    unwrap(Effect.map(Datasets, (service) => method(service)(request, options)))

/**
 * Creates a dataset. It has no split yet: see `createSplit`. `DatasetUpload.createFromFile` creates and fills one in one call.
 *
 * **Details**: fails with a `FriendliError`. Like every write in this module, it is retried only if the server certainly did not process
 * it.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Datasets, Management } from "effect-friendli"
 *
 * const program = Effect.gen(function* () {
 *   const { id } = yield* Datasets.create({ name: "talks", projectId: "project-id", modality: { input_modals: ["TEXT"] } })
 *   const split = yield* Datasets.createSplit({ dataset_id: id, name: "train" })
 *   const { samples } = yield* Datasets.addSamples({
 *     dataset_id: id,
 *     split_id: split.id,
 *     samples: [{ messages: [{ role: "user", content: "Ping" }, { role: "assistant", content: "Pong" }] }]
 *   })
 *   return samples.length
 * })
 *
 * program.pipe(
 *   Effect.provide(Management.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => 1
 * ```
 * @category accessors
 */
export const create: Accessor<CreateDatasetRequest, DatasetInfo> = /*#__PURE__*/ accessor((it) => it.create)

/**
 * As `create`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const createWithResponse: Accessor<CreateDatasetRequest, WithResponse<DatasetInfo>> = /*#__PURE__*/ accessor(
  (it) => it.createWithResponse
)

/**
 * A page of the datasets of a project. Fails with a `FriendliError`.
 * @category accessors
 */
export const list: Accessor<ListDatasetsRequest, DatasetPage> = /*#__PURE__*/ accessor((it) => it.list)

/**
 * As `list`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const listWithResponse: Accessor<ListDatasetsRequest, WithResponse<DatasetPage>> = /*#__PURE__*/ accessor(
  (it) => it.listWithResponse
)

/**
 * The datasets of a project, of all pages. A page is loaded when its first dataset is needed; `limit` is the size of a page.
 * @category accessors
 */
export const all: ItemsAccessor<ListDatasetsRequest, DatasetInfo> = /*#__PURE__*/ itemsAccessor((it) => it.all)

/**
 * Asks for a dataset: its id, its name, and what its samples may contain.
 * @category accessors
 */
export const get: Accessor<DatasetRequest, DatasetInfo> = /*#__PURE__*/ accessor((it) => it.get)

/**
 * As `get`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const getWithResponse: Accessor<DatasetRequest, WithResponse<DatasetInfo>> = /*#__PURE__*/ accessor(
  (it) => it.getWithResponse
)

/**
 * Deletes a dataset with its splits, versions and samples. It cannot be undone.
 * @category accessors
 */
const delete_: Accessor<DatasetRequest, void> = /*#__PURE__*/ accessor((it) => it.delete)

export { delete_ as delete }

/**
 * As `delete`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const deleteWithResponse: Accessor<DatasetRequest, WithResponse<void>> = /*#__PURE__*/ accessor(
  (it) => it.deleteWithResponse
)

/**
 * Creates a version: a copy of the current dataset, which never changes.
 *
 * **When to use**: before a training, to record the data that it uses.
 * @category accessors
 */
export const createVersion: Accessor<CreateVersionRequest, VersionInfo> = /*#__PURE__*/ accessor(
  (it) => it.createVersion
)

/**
 * As `createVersion`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const createVersionWithResponse: Accessor<
  CreateVersionRequest,
  WithResponse<VersionInfo>
> = /*#__PURE__*/ accessor((it) => it.createVersionWithResponse)

/**
 * All versions of a dataset. This list has no pages.
 * @category accessors
 */
export const listVersions: Accessor<DatasetRequest, VersionList> = /*#__PURE__*/ accessor((it) => it.listVersions)

/**
 * As `listVersions`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const listVersionsWithResponse: Accessor<DatasetRequest, WithResponse<VersionList>> = /*#__PURE__*/ accessor(
  (it) => it.listVersionsWithResponse
)

/**
 * Asks for a version: its id, its comment and its time of creation.
 * @category accessors
 */
export const getVersion: Accessor<VersionRequest, VersionInfo> = /*#__PURE__*/ accessor((it) => it.getVersion)

/**
 * As `getVersion`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const getVersionWithResponse: Accessor<VersionRequest, WithResponse<VersionInfo>> = /*#__PURE__*/ accessor(
  (it) => it.getVersionWithResponse
)

/**
 * Deletes a version.
 * @category accessors
 */
export const deleteVersion: Accessor<VersionRequest, void> = /*#__PURE__*/ accessor((it) => it.deleteVersion)

/**
 * As `deleteVersion`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const deleteVersionWithResponse: Accessor<VersionRequest, WithResponse<void>> = /*#__PURE__*/ accessor(
  (it) => it.deleteVersionWithResponse
)

/**
 * Creates a split: a named part of a dataset, such as `train`.
 * @category accessors
 */
export const createSplit: Accessor<CreateSplitRequest, SplitInfo> = /*#__PURE__*/ accessor((it) => it.createSplit)

/**
 * As `createSplit`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const createSplitWithResponse: Accessor<CreateSplitRequest, WithResponse<SplitInfo>> = /*#__PURE__*/ accessor(
  (it) => it.createSplitWithResponse
)

/**
 * A page of the splits of a dataset, or of one of its versions.
 * @category accessors
 */
export const listSplits: Accessor<ListSplitsRequest, SplitPage> = /*#__PURE__*/ accessor((it) => it.listSplits)

/**
 * As `listSplits`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const listSplitsWithResponse: Accessor<ListSplitsRequest, WithResponse<SplitPage>> = /*#__PURE__*/ accessor(
  (it) => it.listSplitsWithResponse
)

/**
 * The splits of all pages. As `all`.
 * @category accessors
 */
export const allSplits: ItemsAccessor<ListSplitsRequest, SplitInfo> = /*#__PURE__*/ itemsAccessor((it) => it.allSplits)

/**
 * Asks for a split: its id and its name.
 * @category accessors
 */
export const getSplit: Accessor<SplitRequest, SplitInfo> = /*#__PURE__*/ accessor((it) => it.getSplit)

/**
 * As `getSplit`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const getSplitWithResponse: Accessor<SplitRequest, WithResponse<SplitInfo>> = /*#__PURE__*/ accessor(
  (it) => it.getSplitWithResponse
)

/**
 * Deletes a split with its samples. Versions that were made before keep it.
 * @category accessors
 */
export const deleteSplit: Accessor<SplitRequest, void> = /*#__PURE__*/ accessor((it) => it.deleteSplit)

/**
 * As `deleteSplit`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const deleteSplitWithResponse: Accessor<SplitRequest, WithResponse<void>> = /*#__PURE__*/ accessor(
  (it) => it.deleteSplitWithResponse
)

/**
 * Adds samples to a split, in one request.
 *
 * **When to use**: for a few samples. For a file or a stream of them use `DatasetUpload.samples`, which sends batches and reports after a
 * failure how many samples are stored.
 *
 * **Details**: a `Sample` is checked before anything is sent; a string is sent unchanged. The answer has the id of each sample.
 * @category accessors
 */
export const addSamples: Accessor<AddSamplesRequest, AddedSamples> = /*#__PURE__*/ accessor((it) => it.addSamples)

/**
 * As `addSamples`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const addSamplesWithResponse: Accessor<AddSamplesRequest, WithResponse<AddedSamples>> = /*#__PURE__*/ accessor(
  (it) => it.addSamplesWithResponse
)

/**
 * A page of the samples of a split, or of the split in a version. Fails with a `NotFoundError` if there is no such split.
 * @category accessors
 */
export const listSamples: Accessor<ListSamplesRequest, SamplePage> = /*#__PURE__*/ accessor((it) => it.listSamples)

/**
 * As `listSamples`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const listSamplesWithResponse: Accessor<ListSamplesRequest, WithResponse<SamplePage>> = /*#__PURE__*/ accessor(
  (it) => it.listSamplesWithResponse
)

/**
 * The samples of all pages. As `all`.
 *
 * @example
 * ```ts
 * import { Effect, Option, Stream } from "effect"
 * import { Datasets } from "effect-friendli"
 *
 * const roles = Datasets.allSamples({ dataset_id: "dataset-id", split_id: "split-id", limit: 100 }).pipe(
 *   Stream.filterMap(Datasets.sampleOf),
 *   Stream.map((sample) => sample.messages.map(({ role }) => role).join(", ")),
 *   Stream.runForEach((line) => Effect.log(line))
 * )
 * ```
 * @category accessors
 */
export const allSamples: ItemsAccessor<ListSamplesRequest, StoredSample> = /*#__PURE__*/ itemsAccessor(
  (it) => it.allSamples
)

/**
 * Adds the samples of a file in JSON Lines to a split, in one request. The file is sent unchanged.
 *
 * **When to use**: for files that you know to be valid. `DatasetUpload.samples` checks each line, reports the number of an invalid line,
 * and has no size limit.
 * @category accessors
 */
export const updateSamples: Accessor<UpdateSamplesRequest, AddedSamples> = /*#__PURE__*/ accessor(
  (it) => it.updateSamples
)

/**
 * As `updateSamples`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const updateSamplesWithResponse: Accessor<
  UpdateSamplesRequest,
  WithResponse<AddedSamples>
> = /*#__PURE__*/ accessor((it) => it.updateSamplesWithResponse)

/**
 * Deletes samples from a split by their ids. Versions that were made before keep them.
 * @category accessors
 */
export const deleteSamples: Accessor<DeleteSamplesRequest, DeletedSamples> = /*#__PURE__*/ accessor(
  (it) => it.deleteSamples
)

/**
 * As `deleteSamples`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const deleteSamplesWithResponse: Accessor<
  DeleteSamplesRequest,
  WithResponse<DeletedSamples>
> = /*#__PURE__*/ accessor((it) => it.deleteSamplesWithResponse)

// ---------------------------------------------------------------------------
// samples
// ---------------------------------------------------------------------------

let decodeSample: ((value: unknown) => Either.Either<Sample, unknown>) | undefined

/**
 * The conversation in a stored sample, or `Option.none()` if its text is not a valid sample: the API does not guarantee that it is.
 * @category samples
 */
export const sampleOf = ([, text]: StoredSample): Option.Option<Sample> =>
  Option.flatMap(Either.getRight(parseJson(text)), (json) => {
    decodeSample ??= decoding.decodeUnknownEither(Sample, { onExcessProperty: "preserve" })
    return Either.getRight(decodeSample(json))
  })
