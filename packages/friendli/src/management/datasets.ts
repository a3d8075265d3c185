/** The functions of `Datasets`. In: a client. Out: its functions. */
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { FriendliClient } from "../client/FriendliClient.js"
import type { WithResponse } from "../client/types.js"
import type { Unary } from "../core/Operation.js"
import * as pages from "../core/pages.js"
import type { RequestOptions } from "../core/RequestOptions.js"
import type { FriendliError } from "../errors/FriendliError.js"
import type {
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
  StoredSample,
  UpdateSamplesRequest,
  VersionInfo,
  VersionList,
  VersionRequest
} from "../schema/Dataset.js"
import * as operations from "./datasetOperations.js"

/** A call with one answer. */
export type Call<Request, Response> = (
  request: Request,
  options?: RequestOptions
) => Effect.Effect<Response, FriendliError>

/** The items of all pages of a list. */
export type Items<Request, Item> = (request: Request, options?: RequestOptions) => Stream.Stream<Item, FriendliError>

/** The same calls, with response metadata. */
export type Whole<Calls> = {
  readonly [Name in keyof Calls & string as `${Name}WithResponse`]: Calls[Name] extends Call<
    infer Request,
    infer Response
  >
    ? Call<Request, WithResponse<Response>>
    : never
}

/** The calls of datasets. */
export interface Calls {
  /** Creates a dataset. */
  readonly create: Call<CreateDatasetRequest, DatasetInfo>
  /** A page of the datasets of a project. */
  readonly list: Call<ListDatasetsRequest, DatasetPage>
  /** Asks for a dataset. */
  readonly get: Call<DatasetRequest, DatasetInfo>
  /** Deletes a dataset with everything in it. */
  readonly delete: Call<DatasetRequest, void>
  /** Creates a version: a copy that never changes. */
  readonly createVersion: Call<CreateVersionRequest, VersionInfo>
  /** All versions of a dataset. */
  readonly listVersions: Call<DatasetRequest, VersionList>
  /** Asks for a version. */
  readonly getVersion: Call<VersionRequest, VersionInfo>
  /** Deletes a version. */
  readonly deleteVersion: Call<VersionRequest, void>
  /** Creates a split. */
  readonly createSplit: Call<CreateSplitRequest, SplitInfo>
  /** A page of the splits of a dataset. */
  readonly listSplits: Call<ListSplitsRequest, SplitPage>
  /** Asks for a split. */
  readonly getSplit: Call<SplitRequest, SplitInfo>
  /** Deletes a split with its samples. */
  readonly deleteSplit: Call<SplitRequest, void>
  /** Adds samples to a split. */
  readonly addSamples: Call<AddSamplesRequest, AddedSamples>
  /** A page of the samples of a split. */
  readonly listSamples: Call<ListSamplesRequest, SamplePage>
  /** Adds the samples of a file to a split, in one request. */
  readonly updateSamples: Call<UpdateSamplesRequest, AddedSamples>
  /** Deletes samples from a split. */
  readonly deleteSamples: Call<DeleteSamplesRequest, DeletedSamples>
}

/** The lists of datasets as streams. */
export interface Streams {
  /** The datasets of all pages. */
  readonly all: Items<ListDatasetsRequest, DatasetInfo>
  /** The splits of all pages. */
  readonly allSplits: Items<ListSplitsRequest, SplitInfo>
  /** The samples of all pages. */
  readonly allSamples: Items<ListSamplesRequest, StoredSample>
}

export interface DatasetsService extends Calls, Whole<Calls>, Streams {}

type Client = FriendliClient.Service

/** Makes the functions of a client. */
export const makeDatasets = (client: Client): DatasetsService => {
  const call =
    <Request, Response>(operation: Unary<Request, Response>): Call<Request, Response> =>
    (request, options) =>
      client.execute(operation, request, options)
  const whole =
    <Request, Response>(operation: Unary<Request, Response>): Call<Request, WithResponse<Response>> =>
    (request, options) =>
      client.executeWithResponse(operation, request, options)
  /** Runs an operation whose answer has no meaning. */
  const discardAnswer =
    <Request>(operation: Unary<Request, unknown>): Call<Request, void> =>
    (request, options) =>
      Effect.asVoid(client.execute(operation, request, options))
  const discardAnswerWhole =
    <Request>(operation: Unary<Request, unknown>): Call<Request, WithResponse<void>> =>
    (request, options) =>
      Effect.map(client.executeWithResponse(operation, request, options), ({ response }) => ({
        value: undefined,
        response
      }))
  const items =
    <Request extends { readonly cursor?: string | null | undefined }, Item>(
      operation: Unary<Request, { readonly data: ReadonlyArray<Item>; readonly nextCursor?: string | null | undefined }>
    ): Items<Request, Item> =>
    (request, options) =>
      pages.streamOf(
        { operation: operation.name, deployment: client.deployment.name, field: "nextCursor" },
        (cursor: string | undefined) =>
          Effect.map(
            client.execute(operation, cursor === undefined ? request : { ...request, cursor }, options),
            ({ data, nextCursor }) => ({ items: data, next: nextCursor })
          ),
        request.cursor ?? undefined
      )
  return {
    create: call(operations.createOperation),
    createWithResponse: whole(operations.createOperation),
    list: call(operations.listOperation),
    listWithResponse: whole(operations.listOperation),
    all: items(operations.listOperation),
    get: call(operations.getOperation),
    getWithResponse: whole(operations.getOperation),
    delete: discardAnswer(operations.deleteOperation),
    deleteWithResponse: discardAnswerWhole(operations.deleteOperation),
    createVersion: call(operations.createVersionOperation),
    createVersionWithResponse: whole(operations.createVersionOperation),
    listVersions: call(operations.listVersionsOperation),
    listVersionsWithResponse: whole(operations.listVersionsOperation),
    getVersion: call(operations.getVersionOperation),
    getVersionWithResponse: whole(operations.getVersionOperation),
    deleteVersion: discardAnswer(operations.deleteVersionOperation),
    deleteVersionWithResponse: discardAnswerWhole(operations.deleteVersionOperation),
    createSplit: call(operations.createSplitOperation),
    createSplitWithResponse: whole(operations.createSplitOperation),
    listSplits: call(operations.listSplitsOperation),
    listSplitsWithResponse: whole(operations.listSplitsOperation),
    allSplits: items(operations.listSplitsOperation),
    getSplit: call(operations.getSplitOperation),
    getSplitWithResponse: whole(operations.getSplitOperation),
    deleteSplit: discardAnswer(operations.deleteSplitOperation),
    deleteSplitWithResponse: discardAnswerWhole(operations.deleteSplitOperation),
    addSamples: call(operations.addSamplesOperation),
    addSamplesWithResponse: whole(operations.addSamplesOperation),
    listSamples: call(operations.listSamplesOperation),
    listSamplesWithResponse: whole(operations.listSamplesOperation),
    allSamples: items(operations.listSamplesOperation),
    updateSamples: call(operations.updateSamplesOperation),
    updateSamplesWithResponse: whole(operations.updateSamplesOperation),
    deleteSamples: call(operations.deleteSamplesOperation),
    deleteSamplesWithResponse: whole(operations.deleteSamplesOperation)
  }
}
