/** Wire values of datasets, files, usage and cost. Public as a part of `Wire`. */
import type { CostPage, CostResult } from "../../schema/Cost.js"
import type {
  AddedSamples,
  DatasetInfo,
  DatasetPage,
  SamplePage,
  SplitInfo,
  SplitPage,
  StoredSample
} from "../../schema/Dataset.js"
import type { FileInfo } from "../../schema/File.js"
import type { Sample } from "../../schema/Sample.js"
import type { UsagePage, UsageResult } from "../../schema/TeamUsage.js"
import { created } from "./words.js"

/**
 * A dataset. A string is its id and its name; pass an object for other fields.
 * @category constructors
 */
export const dataset = (entry: string | DatasetInfo): DatasetInfo => ({
  createdAt: created,
  updatedAt: created,
  modality: { input_modals: ["TEXT"], output_modals: ["TEXT"] },
  ...(typeof entry === "string" ? { id: entry, name: entry } : entry)
})

/**
 * A page of datasets. Default: the last one.
 * @category constructors
 */
export const datasets = (
  entries: ReadonlyArray<string | DatasetInfo>,
  nextCursor: string | null = null
): DatasetPage => ({ data: entries.map(dataset), nextCursor })

/**
 * A split. A string is its name; its id is `sp-` and the name.
 * @category constructors
 */
export const split = (entry: string | SplitInfo): SplitInfo => ({
  createdAt: created,
  updatedAt: created,
  ...(typeof entry === "string" ? { id: `sp-${entry}`, name: entry } : entry)
})

/**
 * A page of splits. Default: the last one.
 * @category constructors
 */
export const splits = (entries: ReadonlyArray<string | SplitInfo>, nextCursor: string | null = null): SplitPage => ({
  data: entries.map(split),
  nextCursor
})

/** Samples with their ids, which end with the numbers from 1. */
const stored = (samples: ReadonlyArray<string | Sample>): ReadonlyArray<StoredSample> =>
  samples.map((sample, at) => [
    `ds-1:ver-1:sp-1:${at + 1}`,
    typeof sample === "string" ? sample : JSON.stringify(sample)
  ])

/**
 * A page of samples, or of their JSON texts. Default: the last one.
 * @category constructors
 */
export const samples = (entries: ReadonlyArray<string | Sample>, nextCursor: string | null = null): SamplePage => ({
  data: stored(entries),
  nextCursor
})

/**
 * The answer to samples that were added.
 *
 * @example
 * ```ts
 * import { Wire } from "effect-friendli/testing"
 *
 * console.log(Wire.addedSamples([{ messages: [{ role: "user", content: "Ping" }] }]).samples[0]?.[0])
 * // => ds-1:ver-1:sp-1:1
 * ```
 * @category constructors
 */
export const addedSamples = (entries: ReadonlyArray<string | Sample>): AddedSamples => ({ samples: stored(entries) })

/**
 * A file whose upload is complete. Pass the fields that differ.
 * @category constructors
 */
export const file = (fields?: Partial<FileInfo>): FileInfo => ({
  id: "file-1",
  name: "hello.txt",
  size: 6,
  digest: "sha256:334d016f755cd6dc58c53a86e183882f8ec14f52fb05345887c8a5edd42c87b7",
  projectId: "project-test",
  creatorId: "user-test",
  createdAt: "2026-01-01T00:00:00Z",
  expiresAt: null,
  status: "UPLOADED",
  ...fields
})

const dayOf = (at: number): string => new Date((created + at * 86_400) * 1000).toISOString().replace(".000Z", "Z")

/** One bucket for each list of results, each of a day. */
const bucketsOf = <Result>(days: ReadonlyArray<ReadonlyArray<Result>>) =>
  days.map((results, at) => ({ start_time: dayOf(at), end_time: dayOf(at + 1), results }))

/**
 * A page of usage: the results of each day, from 2026-01-01 on. Default: the last one.
 * @category constructors
 */
export const usages = (days: ReadonlyArray<ReadonlyArray<UsageResult>>, nextPage: string | null = null): UsagePage => ({
  has_more: nextPage !== null,
  next_page: nextPage,
  data: bucketsOf(days)
})

/**
 * A page of costs: the costs of each day, from 2026-01-01 on. Default: the last one.
 * @category constructors
 */
export const costs = (days: ReadonlyArray<ReadonlyArray<CostResult>>, nextPage: string | null = null): CostPage => ({
  has_more: nextPage !== null,
  next_page: nextPage,
  data: bucketsOf(days)
})
