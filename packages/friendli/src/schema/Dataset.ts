/** Datasets, their versions, splits and samples. */
import * as Schema from "effect/Schema"
import { int, nullish, NonEmptyText, openEnum, openLiteral, Text } from "./primitives.js"
import { Sample } from "./Sample.js"
import { UploadSource } from "./UploadSource.js"

/** The kinds of content in a dataset to be created. Wire: `DedicatedDatasetModality`. */
export const DatasetModality = Schema.Struct({
  /** The input of the model. Absent: none is specified. */
  input_modals: Schema.optional(Schema.Array(openEnum("VIDEO", "IMAGE", "AUDIO", "TEXT"))),
  /** The output of the model; the vendor's own tools send only `TEXT`. Absent: none is specified. */
  output_modals: Schema.optional(Schema.Array(openEnum("VIDEO", "IMAGE", "AUDIO", "TEXT")))
}).annotations({ identifier: "DatasetModality" })

export interface DatasetModality extends Schema.Schema.Type<typeof DatasetModality> {}

/** The kinds of content in a dataset. Wire: `DedicatedDatasetModality`. */
export const DatasetModalityInfo = Schema.Struct({
  /** The input of the model. Absent: none is specified. */
  input_modals: nullish(Schema.Array(openLiteral("VIDEO", "IMAGE", "AUDIO", "TEXT"))),
  /** The output of the model. Absent: none is specified. */
  output_modals: nullish(Schema.Array(openLiteral("VIDEO", "IMAGE", "AUDIO", "TEXT")))
}).annotations({ identifier: "DatasetModalityInfo" })

export interface DatasetModalityInfo extends Schema.Schema.Type<typeof DatasetModalityInfo> {}

/** A dataset to be created. Wire: `CreateDatasetRequest`. */
export const CreateDatasetRequest = Schema.Struct({
  /** Its name. */
  name: Text,
  /** The id of the project that it belongs to. */
  projectId: Text,
  /** What its samples may contain; `{}` specifies nothing. */
  modality: DatasetModality
}).annotations({ identifier: "CreateDatasetRequest" })

export interface CreateDatasetRequest extends Schema.Schema.Type<typeof CreateDatasetRequest> {
  readonly modality: DatasetModality
}

/** A dataset. Wire: `DatasetInfo`. */
export const DatasetInfo = Schema.Struct({
  /** Its id. */
  id: Text,
  /** Its name. */
  name: Text,
  /** When it was created, as Unix time in seconds. */
  createdAt: nullish(Schema.Number),
  /** When it last changed, as Unix time in seconds. */
  updatedAt: nullish(Schema.Number),
  /** What its samples may contain. */
  modality: nullish(DatasetModalityInfo)
}).annotations({ identifier: "DatasetInfo" })

export interface DatasetInfo extends Schema.Schema.Type<typeof DatasetInfo> {
  readonly id: string
  readonly modality?: DatasetModalityInfo | null | undefined
}

/** The fields of every request for a list with cursors. */
const paging = {
  /** The start of the page: `nextCursor` of the previous page, unchanged. Absent: the first entry. */
  cursor: nullish(Text),
  /** The most entries of a page, 1 to 100. Server default: 20. */
  limit: nullish(int({ minimum: 1, maximum: 100 })),
  /** The order: `asc` starts with the oldest entries, `desc` with the newest. */
  direction: nullish(Schema.Literal("asc", "desc"))
} as const

/** A request for a page of datasets. */
export const ListDatasetsRequest = Schema.Struct({
  /** The id of the project. */
  projectId: Text,
  ...paging,
  /** Only datasets with this text in their name. */
  nameSearch: nullish(Text)
}).annotations({ identifier: "ListDatasetsRequest" })

export interface ListDatasetsRequest extends Schema.Schema.Type<typeof ListDatasetsRequest> {}

/** A page of datasets. Wire: `ListDatasetsResponse`. */
export const DatasetPage = Schema.Struct({
  /** The datasets. */
  data: Schema.Array(DatasetInfo),
  /** The cursor of the next page. Absent or `null` on the last page. */
  nextCursor: nullish(Text)
}).annotations({ identifier: "DatasetPage" })

export interface DatasetPage extends Schema.Schema.Type<typeof DatasetPage> {
  readonly data: ReadonlyArray<DatasetInfo>
}

/** A request for one dataset. */
export const DatasetRequest = Schema.Struct({
  /** The id of the dataset. */
  dataset_id: Text
}).annotations({ identifier: "DatasetRequest" })

export interface DatasetRequest extends Schema.Schema.Type<typeof DatasetRequest> {}

// ---------------------------------------------------------------------------
// versions
// ---------------------------------------------------------------------------

/** A version to be created: a copy of the dataset that never changes. */
export const CreateVersionRequest = Schema.Struct({
  /** The id of the dataset. */
  dataset_id: Text,
  /** A description of the version, for people. */
  comment: Text
}).annotations({ identifier: "CreateVersionRequest" })

export interface CreateVersionRequest extends Schema.Schema.Type<typeof CreateVersionRequest> {}

/** A request for one version of a dataset. */
export const VersionRequest = Schema.Struct({
  /** The id of the dataset. */
  dataset_id: Text,
  /** The id of the version. */
  version_id: Text
}).annotations({ identifier: "VersionRequest" })

export interface VersionRequest extends Schema.Schema.Type<typeof VersionRequest> {}

/** A version of a dataset. Wire: `VersionInfo`. */
export const VersionInfo = Schema.Struct({
  /** Its id. */
  id: Text,
  /** The description of the version. */
  comment: nullish(Text),
  /** When it was created, as Unix time in seconds. */
  createdAt: nullish(Schema.Number)
}).annotations({ identifier: "VersionInfo" })

export interface VersionInfo extends Schema.Schema.Type<typeof VersionInfo> {}

/** All versions of a dataset. Wire: `ListVersionsResponse`. */
export const VersionList = Schema.Struct({
  /** The versions. This list has no pages. */
  versions: Schema.Array(VersionInfo)
}).annotations({ identifier: "VersionList" })

export interface VersionList extends Schema.Schema.Type<typeof VersionList> {
  readonly versions: ReadonlyArray<VersionInfo>
}

// ---------------------------------------------------------------------------
// splits
// ---------------------------------------------------------------------------

/** A split to be created. */
export const CreateSplitRequest = Schema.Struct({
  /** The id of the dataset. */
  dataset_id: Text,
  /** Its name, such as `train`. */
  name: Text
}).annotations({ identifier: "CreateSplitRequest" })

export interface CreateSplitRequest extends Schema.Schema.Type<typeof CreateSplitRequest> {}

/** A request for one split of a dataset. */
export const SplitRequest = Schema.Struct({
  /** The id of the dataset. */
  dataset_id: Text,
  /** The id of the split. */
  split_id: Text
}).annotations({ identifier: "SplitRequest" })

export interface SplitRequest extends Schema.Schema.Type<typeof SplitRequest> {}

/** A request for a page of splits. */
export const ListSplitsRequest = Schema.Struct({
  /** The id of the dataset. */
  dataset_id: Text,
  ...paging,
  /** The id of a version. Absent: the current dataset. */
  versionId: nullish(Text)
}).annotations({ identifier: "ListSplitsRequest" })

export interface ListSplitsRequest extends Schema.Schema.Type<typeof ListSplitsRequest> {}

/** A split: a named part of a dataset. Wire: `SplitInfo`. */
export const SplitInfo = Schema.Struct({
  /** Its id. */
  id: Text,
  /** Its name. */
  name: Text,
  /** When it was created, as Unix time in seconds. */
  createdAt: nullish(Schema.Number),
  /** When it last changed, as Unix time in seconds. */
  updatedAt: nullish(Schema.Number)
}).annotations({ identifier: "SplitInfo" })

export interface SplitInfo extends Schema.Schema.Type<typeof SplitInfo> {}

/** A page of splits. Wire: `ListSplitsResponse`. */
export const SplitPage = Schema.Struct({
  /** The splits. */
  data: Schema.Array(SplitInfo),
  /** The cursor of the next page. Absent or `null` on the last page. */
  nextCursor: nullish(Text)
}).annotations({ identifier: "SplitPage" })

export interface SplitPage extends Schema.Schema.Type<typeof SplitPage> {
  readonly data: ReadonlyArray<SplitInfo>
}

// ---------------------------------------------------------------------------
// samples
// ---------------------------------------------------------------------------

/** Samples to be added to a split. The body is a JSON array of strings. */
export const AddSamplesRequest = Schema.Struct({
  /** The id of the dataset. */
  dataset_id: Text,
  /** The id of the split. */
  split_id: Text,
  /** Each is a `Sample`, or the JSON text of a sample, which is sent unchanged and unchecked. */
  samples: Schema.Array(Schema.Union(Text, Sample))
}).annotations({ identifier: "AddSamplesRequest" })

export interface AddSamplesRequest extends Schema.Schema.Type<typeof AddSamplesRequest> {
  readonly samples: ReadonlyArray<string | Sample>
}

/** A file of samples to be added to a split. Wire: `BodyUploadRawSamples`, a form. */
export const UpdateSamplesRequest = Schema.Struct({
  /** The id of the dataset. */
  dataset_id: Text,
  /** The id of the split. */
  split_id: Text,
  /** The samples in JSON Lines: a `File`, or an upload made by `Upload`. */
  file: UploadSource
}).annotations({ identifier: "UpdateSamplesRequest" })

export interface UpdateSamplesRequest extends Schema.Schema.Type<typeof UpdateSamplesRequest> {
  readonly file: UploadSource
}

/** A request for a page of samples. */
export const ListSamplesRequest = Schema.Struct({
  /** The id of the dataset. */
  dataset_id: Text,
  /** The id of the split. */
  split_id: Text,
  ...paging,
  /** The id of a version. Absent: the current dataset. */
  versionId: nullish(Text)
}).annotations({ identifier: "ListSamplesRequest" })

export interface ListSamplesRequest extends Schema.Schema.Type<typeof ListSamplesRequest> {}

/** Samples to be deleted from a split. The body is a JSON array of ids. */
export const DeleteSamplesRequest = Schema.Struct({
  /** The id of the dataset. */
  dataset_id: Text,
  /** The id of the split. */
  split_id: Text,
  /** The ids of the samples, as in the lists. */
  samples: Schema.Array(Schema.Union(NonEmptyText, int()))
}).annotations({ identifier: "DeleteSamplesRequest" })

export interface DeleteSamplesRequest extends Schema.Schema.Type<typeof DeleteSamplesRequest> {}

/**
 * A sample of a dataset: its id, which is `dataset:version:split:sample`, and its text. `Datasets.sampleOf` reads the text.
 *
 * @example
 * ```ts
 * import type { StoredSample } from "effect-friendli/schema/Dataset"
 *
 * const [id, text]: StoredSample = ["ds-1:ver-1:sp-1:sm-1", '{"messages":[{"role":"user","content":"Ping"}]}']
 * console.log(id, text.length)
 * // ds-1:ver-1:sp-1:sm-1 47
 * ```
 */
export const StoredSample = Schema.Tuple(Text, Text).annotations({ identifier: "StoredSample" })

/** A sample of a dataset: its id and its text. */
export type StoredSample = readonly [id: string, text: string]

/** The samples that were added. Wire: `AddSamplesResponse`. */
export const AddedSamples = Schema.Struct({
  /** The samples, in the order of the request. */
  samples: Schema.Array(StoredSample)
}).annotations({ identifier: "AddedSamples" })

export interface AddedSamples extends Schema.Schema.Type<typeof AddedSamples> {
  readonly samples: ReadonlyArray<StoredSample>
}

/** A page of samples. Wire: `ListSamplesResponse`. */
export const SamplePage = Schema.Struct({
  /** The samples. */
  data: Schema.Array(StoredSample),
  /** The cursor of the next page. Absent or `null` on the last page. */
  nextCursor: nullish(Text)
}).annotations({ identifier: "SamplePage" })

export interface SamplePage extends Schema.Schema.Type<typeof SamplePage> {
  readonly data: ReadonlyArray<StoredSample>
}

/** The samples that were deleted. Wire: `DeleteSamplesResponse`. */
export const DeletedSamples = Schema.Struct({
  /** Their ids. */
  sampleIds: Schema.Array(Text)
}).annotations({ identifier: "DeletedSamples" })

export interface DeletedSamples extends Schema.Schema.Type<typeof DeletedSamples> {}
