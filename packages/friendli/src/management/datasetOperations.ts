/** The operations of datasets. Each is a value that `FriendliClient.execute` runs. */
import { arrayBody } from "../core/arrayBody.js"
import * as Operation from "../core/Operation.js"
import { AnyJson } from "../schema/anyJson.js"
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
  UpdateSamplesRequest,
  VersionInfo,
  VersionList,
  VersionRequest
} from "../schema/Dataset.js"
import { formBody } from "../upload/multipart.js"

const api = { pathPrefix: "", prefix: "/beta", model: false } as const
const read = { ...api, method: "GET" } as const
/** A repeated write could take effect twice. */
const write = { ...api, retryMode: "ifNotProcessed" } as const
const remove = { ...write, method: "DELETE", mayBeEmpty: true, response: AnyJson } as const

const onDataset = {
  path: ({ dataset_id }: DatasetRequest) => ["dataset", dataset_id],
  parameters: ["dataset_id"]
} as const
const onVersion = {
  path: ({ dataset_id, version_id }: VersionRequest) => ["dataset", dataset_id, "version", version_id],
  parameters: ["dataset_id", "version_id"]
} as const
const onSplit = {
  path: ({ dataset_id, split_id }: SplitRequest) => ["dataset", dataset_id, "split", split_id],
  parameters: ["dataset_id", "split_id"]
} as const
const onSamples = {
  path: ({ dataset_id, split_id }: SplitRequest) => ["dataset", dataset_id, "split", split_id, "sample"],
  parameters: ["dataset_id", "split_id"]
} as const

/**
 * The operation of `create`, for `FriendliClient.execute`.
 * @category operations
 */
export const createOperation: Operation.Unary<CreateDatasetRequest, DatasetInfo> = /*#__PURE__*/ Operation.unary({
  ...write,
  name: "Datasets.create",
  path: "/dataset",
  request: CreateDatasetRequest,
  response: DatasetInfo
})

/**
 * The operation of `list`, for `FriendliClient.execute`.
 * @category operations
 */
export const listOperation: Operation.Unary<ListDatasetsRequest, DatasetPage> = /*#__PURE__*/ Operation.unary({
  ...read,
  name: "Datasets.list",
  path: "/dataset",
  query: ({ cursor, direction, limit, nameSearch, projectId }) => ({ projectId, cursor, limit, direction, nameSearch }),
  parameters: ["projectId", "cursor", "limit", "direction", "nameSearch"],
  request: ListDatasetsRequest,
  response: DatasetPage
})

/**
 * The operation of `get`, for `FriendliClient.execute`.
 * @category operations
 */
export const getOperation: Operation.Unary<DatasetRequest, DatasetInfo> = /*#__PURE__*/ Operation.unary({
  ...read,
  ...onDataset,
  name: "Datasets.get",
  request: DatasetRequest,
  response: DatasetInfo
})

/**
 * The operation of `delete`, for `FriendliClient.execute`. The JSON of the answer has no meaning.
 * @category operations
 */
export const deleteOperation: Operation.Unary<DatasetRequest, unknown> = /*#__PURE__*/ Operation.unary({
  ...remove,
  ...onDataset,
  name: "Datasets.delete",
  request: DatasetRequest
})

/**
 * The operation of `createVersion`, for `FriendliClient.execute`.
 * @category operations
 */
export const createVersionOperation: Operation.Unary<CreateVersionRequest, VersionInfo> = /*#__PURE__*/ Operation.unary(
  {
    ...write,
    name: "Datasets.createVersion",
    path: ({ dataset_id }) => ["dataset", dataset_id, "version"],
    query: ({ comment }) => ({ comment }),
    parameters: ["dataset_id", "comment"],
    hasBody: false,
    request: CreateVersionRequest,
    response: VersionInfo
  }
)

/**
 * The operation of `listVersions`, for `FriendliClient.execute`.
 * @category operations
 */
export const listVersionsOperation: Operation.Unary<DatasetRequest, VersionList> = /*#__PURE__*/ Operation.unary({
  ...read,
  name: "Datasets.listVersions",
  path: ({ dataset_id }) => ["dataset", dataset_id, "version"],
  parameters: ["dataset_id"],
  request: DatasetRequest,
  response: VersionList
})

/**
 * The operation of `getVersion`, for `FriendliClient.execute`.
 * @category operations
 */
export const getVersionOperation: Operation.Unary<VersionRequest, VersionInfo> = /*#__PURE__*/ Operation.unary({
  ...read,
  ...onVersion,
  name: "Datasets.getVersion",
  request: VersionRequest,
  response: VersionInfo
})

/**
 * The operation of `deleteVersion`, for `FriendliClient.execute`. The JSON of the answer has no meaning.
 * @category operations
 */
export const deleteVersionOperation: Operation.Unary<VersionRequest, unknown> = /*#__PURE__*/ Operation.unary({
  ...remove,
  ...onVersion,
  name: "Datasets.deleteVersion",
  request: VersionRequest
})

/**
 * The operation of `createSplit`, for `FriendliClient.execute`.
 * @category operations
 */
export const createSplitOperation: Operation.Unary<CreateSplitRequest, SplitInfo> = /*#__PURE__*/ Operation.unary({
  ...write,
  name: "Datasets.createSplit",
  path: ({ dataset_id }) => ["dataset", dataset_id, "split"],
  query: ({ name }) => ({ name }),
  parameters: ["dataset_id", "name"],
  hasBody: false,
  request: CreateSplitRequest,
  response: SplitInfo
})

/**
 * The operation of `listSplits`, for `FriendliClient.execute`.
 * @category operations
 */
export const listSplitsOperation: Operation.Unary<ListSplitsRequest, SplitPage> = /*#__PURE__*/ Operation.unary({
  ...read,
  name: "Datasets.listSplits",
  path: ({ dataset_id }) => ["dataset", dataset_id, "split"],
  query: ({ cursor, direction, limit, versionId }) => ({ cursor, limit, direction, versionId }),
  parameters: ["dataset_id", "cursor", "limit", "direction", "versionId"],
  request: ListSplitsRequest,
  response: SplitPage
})

/**
 * The operation of `getSplit`, for `FriendliClient.execute`.
 * @category operations
 */
export const getSplitOperation: Operation.Unary<SplitRequest, SplitInfo> = /*#__PURE__*/ Operation.unary({
  ...read,
  ...onSplit,
  name: "Datasets.getSplit",
  request: SplitRequest,
  response: SplitInfo
})

/**
 * The operation of `deleteSplit`, for `FriendliClient.execute`. The JSON of the answer has no meaning.
 * @category operations
 */
export const deleteSplitOperation: Operation.Unary<SplitRequest, unknown> = /*#__PURE__*/ Operation.unary({
  ...remove,
  ...onSplit,
  name: "Datasets.deleteSplit",
  request: SplitRequest
})

/**
 * The operation of `addSamples`, for `FriendliClient.execute`. Its body is a JSON array of strings.
 * @category operations
 */
export const addSamplesOperation: Operation.Unary<AddSamplesRequest, AddedSamples> = /*#__PURE__*/ Operation.unary({
  ...write,
  ...onSamples,
  name: "Datasets.addSamples",
  encodeBody: /*#__PURE__*/ arrayBody("samples", (sample) =>
    typeof sample === "string" ? sample : JSON.stringify(sample)
  ),
  request: AddSamplesRequest,
  response: AddedSamples
})

/**
 * The operation of `listSamples`, for `FriendliClient.execute`.
 * @category operations
 */
export const listSamplesOperation: Operation.Unary<ListSamplesRequest, SamplePage> = /*#__PURE__*/ Operation.unary({
  ...read,
  name: "Datasets.listSamples",
  path: onSamples.path,
  query: ({ cursor, direction, limit, versionId }) => ({ cursor, limit, direction, versionId }),
  parameters: ["dataset_id", "split_id", "cursor", "limit", "direction", "versionId"],
  request: ListSamplesRequest,
  response: SamplePage
})

/**
 * The operation of `updateSamples`, for `FriendliClient.execute`.
 * @category operations
 */
export const updateSamplesOperation: Operation.Unary<UpdateSamplesRequest, AddedSamples> =
  /*#__PURE__*/ Operation.unary({
    ...write,
    ...onSamples,
    name: "Datasets.updateSamples",
    method: "PUT",
    encodeBody: /*#__PURE__*/ formBody(/*#__PURE__*/ new Set()),
    request: UpdateSamplesRequest,
    response: AddedSamples
  })

/**
 * The operation of `deleteSamples`, for `FriendliClient.execute`. Its body is a JSON array of ids.
 * @category operations
 */
export const deleteSamplesOperation: Operation.Unary<DeleteSamplesRequest, DeletedSamples> =
  /*#__PURE__*/ Operation.unary({
    ...write,
    name: "Datasets.deleteSamples",
    path: ({ dataset_id, split_id }) => ["dataset", dataset_id, "split", split_id, "sample", "delete"],
    parameters: ["dataset_id", "split_id"],
    encodeBody: /*#__PURE__*/ arrayBody("samples"),
    request: DeleteSamplesRequest,
    response: DeletedSamples
  })
