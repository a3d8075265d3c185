/**
 * Datasets with their versions, splits and samples. In: requests that create, read, change or delete one of them. Out: its form in the API. Samples
 * are added to the working copy of a dataset. A new version is a copy of it that never changes.
 */
import { newId } from "../base/ids.js"
import { isRecord, type JsonRecord } from "../base/json.js"
import type { DatasetOptions } from "../base/types.js"
import { answered, type CallAnswer, type CallRequest, invalidCall, notFound, type Outcome } from "./call.js"
import { type Numbered, type Page, pageOf } from "./pages.js"

type DatasetCalls = Readonly<
  Record<
    | `dataset.${"create" | "get" | "delete"}_${"dataset" | "version" | "split"}`
    | `dataset.list_${"datasets" | "versions" | "splits" | "samples"}`
    | `dataset.${"add" | "update" | "delete"}_samples`,
    CallAnswer
  >
>

/** The datasets of an emulator. */
export interface Datasets {
  readonly calls: DatasetCalls
  /** Returns the datasets to their state at the start. */
  readonly reset: () => void
}

/** A sample. Its id is a number in its split, from 1. */
interface Sample extends Numbered {
  readonly text: string
}

interface Split extends Numbered {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  updatedAt: number
  /** Samples are never changed in place, so versions can share the list. */
  samples: ReadonlyArray<Sample>
  lastSample: number
}

interface Version extends Numbered {
  readonly id: string
  readonly comment: string
  readonly createdAt: number
  readonly splits: ReadonlyArray<Split>
}

interface Dataset extends Numbered {
  readonly id: string
  readonly name: string
  readonly projectId: string
  readonly modality: JsonRecord
  readonly createdAt: number
  updatedAt: number
  readonly versions: Map<string, Version>
  readonly splits: Map<string, Split>
  /** The id of the version that the working copy becomes. */
  draft: string
}

const seconds = (): number => Math.floor(Date.now() / 1000)

const shortId = (prefix: string): string => newId(prefix).slice(0, prefix.length + 16)

const datasetValue = ({ createdAt, id, modality, name, updatedAt }: Dataset): JsonRecord => ({
  id,
  name,
  createdAt,
  updatedAt,
  modality
})

const versionValue = ({ comment, createdAt, id }: Version): JsonRecord => ({ id, comment, createdAt })

const splitValue = ({ createdAt, id, name, updatedAt }: Split): JsonRecord => ({ id, name, createdAt, updatedAt })

/** The lines of a file in JSON Lines, or the number of the first line that is not a JSON object. */
const samplesOf = (text: string): ReadonlyArray<string> | { readonly line: number } => {
  const samples: Array<string> = []
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue
    try {
      if (!isRecord(JSON.parse(line))) return { line: at + 1 }
    } catch {
      return { line: at + 1 }
    }
    samples.push(line)
  }
  return samples
}

/** Makes the datasets. */
export const makeDatasets = (initial: ReadonlyArray<DatasetOptions> = []): Datasets => {
  const datasets = new Map<string, Dataset>()
  let order = 0

  const createDataset = (fields: Pick<Dataset, "name" | "projectId" | "modality">, id = shortId("ds-")): Dataset => {
    const at = seconds()
    const dataset: Dataset = {
      ...fields,
      id,
      order: order++,
      createdAt: at,
      updatedAt: at,
      versions: new Map(),
      splits: new Map(),
      draft: shortId("ver-")
    }
    datasets.set(dataset.id, dataset)
    return dataset
  }

  const touch = (dataset: Dataset, split?: Split): void => {
    dataset.updatedAt = seconds()
    if (split !== undefined) split.updatedAt = dataset.updatedAt
  }

  const createSplit = (dataset: Dataset, name: string): Split => {
    const at = seconds()
    const split: Split = {
      id: shortId("sp-"),
      name,
      order: order++,
      createdAt: at,
      updatedAt: at,
      samples: [],
      lastSample: 0
    }
    dataset.splits.set(split.id, split)
    touch(dataset)
    return split
  }

  const addSamples = (dataset: Dataset, split: Split, texts: ReadonlyArray<string>): ReadonlyArray<Sample> => {
    const added = texts.map((text, at): Sample => ({ text, order: split.lastSample + 1 + at }))
    split.lastSample += added.length
    split.samples = [...split.samples, ...added]
    touch(dataset, split)
    return added
  }

  const reset = (): void => {
    datasets.clear()
    order = 0
    for (const { id, name, projectId = "project-emulator", splits = {} } of initial) {
      const modality = { input_modals: ["TEXT"], output_modals: ["TEXT"] }
      const dataset = createDataset({ name, projectId, modality }, id)
      for (const [split, samples] of Object.entries(splits)) {
        const texts = samples.map((sample) => (typeof sample === "string" ? sample : JSON.stringify(sample)))
        addSamples(dataset, createSplit(dataset, split), texts)
      }
    }
  }
  reset()

  const onDataset =
    (operation: (dataset: Dataset, request: CallRequest) => Outcome | Promise<Outcome>): CallAnswer =>
    (request) => {
      const dataset = datasets.get(request.parameters["dataset_id"] ?? "")
      return dataset === undefined ? notFound("dataset") : operation(dataset, request)
    }

  const onSplit = (
    operation: (split: Split, dataset: Dataset, request: CallRequest) => Outcome | Promise<Outcome>
  ): CallAnswer =>
    onDataset((dataset, request) => {
      const split = dataset.splits.get(request.parameters["split_id"] ?? "")
      return split === undefined ? notFound("split") : operation(split, dataset, request)
    })

  const onVersion = (operation: (version: Version, dataset: Dataset) => Outcome): CallAnswer =>
    onDataset((dataset, request) => {
      const version = dataset.versions.get(request.parameters["version_id"] ?? "")
      return version === undefined ? notFound("version") : operation(version, dataset)
    })

  /** A page as an answer. */
  const paged = <Entry>(page: Page<Entry> | undefined, value: (entry: Entry) => unknown): Outcome =>
    page === undefined
      ? invalidCall(["query", "cursor"], "Input should be the cursor of a page")
      : answered({ data: page.entries.map(value), nextCursor: page.nextCursor })

  /** The splits of the version that a query names, or those of the working copy, with the id of the version. */
  const splitsOf = (
    dataset: Dataset,
    { query }: CallRequest
  ): { readonly version: string; readonly splits: ReadonlyArray<Split> } | undefined => {
    const id = query["versionId"] as string | undefined
    if (id === undefined || id === dataset.draft)
      return { version: dataset.draft, splits: [...dataset.splits.values()] }
    const version = dataset.versions.get(id)
    return version && { version: id, splits: version.splits }
  }

  /** A sample with its full id. */
  const sampleValue = (dataset: Dataset, version: string, split: Split, { order: id, text }: Sample) => [
    `${dataset.id}:${version}:${split.id}:${id}`,
    text
  ]

  const added = (dataset: Dataset, split: Split, texts: ReadonlyArray<string>): Outcome => {
    const samples = addSamples(dataset, split, texts)
    return answered({ samples: samples.map((sample) => sampleValue(dataset, dataset.draft, split, sample)) })
  }

  const calls: DatasetCalls = {
    "dataset.create_dataset": ({ body }) => {
      const { modality, name, projectId } = body as Pick<Dataset, "name" | "projectId" | "modality">
      return answered(datasetValue(createDataset({ modality, name, projectId })))
    },
    "dataset.list_datasets": ({ query }) => {
      const { nameSearch, projectId } = query as { projectId: string; nameSearch?: string }
      const all = [...datasets.values()].filter(
        (dataset) =>
          dataset.projectId === projectId && dataset.name.toLowerCase().includes((nameSearch ?? "").toLowerCase())
      )
      return paged(pageOf(all, query), datasetValue)
    },
    "dataset.get_dataset": onDataset((dataset) => answered(datasetValue(dataset))),
    "dataset.delete_dataset": onDataset(({ id }) => {
      datasets.delete(id)
      return answered(null)
    }),
    "dataset.create_version": onDataset((dataset, { query }) => {
      const version: Version = {
        id: dataset.draft,
        order: order++,
        comment: String(query["comment"]),
        createdAt: seconds(),
        splits: [...dataset.splits.values()].map((split) => ({ ...split }))
      }
      dataset.versions.set(version.id, version)
      dataset.draft = shortId("ver-")
      touch(dataset)
      return answered(versionValue(version))
    }),
    "dataset.list_versions": onDataset(({ versions }) =>
      answered({ versions: [...versions.values()].map(versionValue) })
    ),
    "dataset.get_version": onVersion((version) => answered(versionValue(version))),
    "dataset.delete_version": onVersion(({ id }, dataset) => {
      dataset.versions.delete(id)
      return answered(null)
    }),
    "dataset.create_split": onDataset((dataset, { query }) =>
      answered(splitValue(createSplit(dataset, String(query["name"]))))
    ),
    "dataset.list_splits": onDataset((dataset, request) => {
      const found = splitsOf(dataset, request)
      return found === undefined ? notFound("version") : paged(pageOf(found.splits, request.query), splitValue)
    }),
    "dataset.get_split": onSplit((split) => answered(splitValue(split))),
    "dataset.delete_split": onSplit(({ id }, dataset) => {
      dataset.splits.delete(id)
      touch(dataset)
      return answered(null)
    }),
    "dataset.add_samples": onSplit((split, dataset, { body }) => added(dataset, split, body as ReadonlyArray<string>)),
    "dataset.list_samples": onDataset((dataset, request) => {
      const found = splitsOf(dataset, request)
      if (found === undefined) return notFound("version")
      // A split that was deleted is still part of the versions that were made before.
      const split = found.splits.find(({ id }) => id === request.parameters["split_id"])
      if (split === undefined) return notFound("split")
      return paged(pageOf(split.samples, request.query), (sample) => sampleValue(dataset, found.version, split, sample))
    }),
    "dataset.update_samples": onSplit(async (split, dataset, { body }) => {
      const { file } = body as { readonly file: Blob }
      const samples = samplesOf(await file.text())
      return "line" in samples
        ? invalidCall(["body", "file"], `Line ${samples.line} should be a JSON object`)
        : added(dataset, split, samples)
    }),
    "dataset.delete_samples": onSplit((split, dataset, { body }) => {
      // An id is the number of a sample, or the full id, which ends with it.
      const asked = body as ReadonlyArray<string | number>
      const place = `${dataset.id}:${dataset.draft}:${split.id}:`
      const numbers = new Set(
        asked.map((id) => {
          const text = String(id)
          return Number(text.startsWith(place) ? text.slice(place.length) : text)
        })
      )
      const gone = split.samples.filter((sample) => numbers.has(sample.order))
      split.samples = split.samples.filter((sample) => !numbers.has(sample.order))
      if (gone.length > 0) touch(dataset, split)
      return answered({ sampleIds: gone.map((sample) => `${place}${sample.order}`) })
    })
  }

  return { calls, reset }
}
