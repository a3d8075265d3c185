/**
 * What a batch has done, kept where a crash cannot reach it. A batch asks the journal for each row whether it is there already, and
 * goes on only when an answer is recorded.
 *
 * The default is a file of JSON lines. A database is another layer of the same service.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { JournalError, JournalLockedError, JournalMismatchError } from "./BatchError.js"
import type * as entry from "./journal/entry.js"
import * as file from "./journal/file.js"

export type { Counts, DoneEntry, Entry, FailedEntry } from "./journal/entry.js"

/**
 * The journal of a batch.
 *
 * **When to use**: provide `layerFile`, or `layerMemory` in tests. Implement it over a database of your own.
 * @category tags
 */
export class Journal extends Context.Tag("effect-friendli-batch/Journal")<Journal, Journal.Service>() {}

export declare namespace Journal {
  /** What a journal must do. */
  export interface Service extends entry.Service {}
}

/**
 * A journal in a file of JSON lines, which is made if it does not exist.
 *
 * **When to use**: for a batch on one machine. The file can be read, copied and searched with every tool for JSON lines.
 *
 * **Details**: entries are only appended. Those that come at the same time are written together, and synchronized to the disk
 * together. A last line that a crash cut off is removed when the file is opened. A file beside it, `….lock`, names the process that
 * writes, so that no second one does; the lock of a process that is gone is taken over. Memory: about 50 bytes for a row, since
 * positions are kept, and answers are not. Fails with a `JournalLockedError`, or with a `JournalError` if a line is damaged.
 * @category layers
 */
export const layerFile = (
  path: string
): Layer.Layer<Journal, JournalError | JournalLockedError, FileSystem.FileSystem> =>
  Layer.scoped(
    Journal,
    Effect.flatMap(FileSystem.FileSystem, (fs) => file.open(fs, path))
  )

/** The counts of entries. */
const countsOf = (entries: Iterable<entry.Entry>): entry.Counts => {
  const counts = { done: 0, failed: 0 }
  for (const { status } of entries) counts[status]++
  return counts
}

/**
 * A journal in memory.
 *
 * **When to use**: in tests, and where rows that are equal should run once but nothing needs to survive the process.
 * @category layers
 */
export const layerMemory: Layer.Layer<Journal> = /*#__PURE__*/ Layer.sync(Journal, () => {
  const entries = new Map<string, entry.Entry>()
  let settings: string | undefined
  const name = "memory"
  return {
    name,
    begin: (given) =>
      Effect.suspend(() => {
        settings ??= given
        return settings === given ? Effect.void : Effect.fail(mismatch(name))
      }),
    find: (key) => Effect.sync(() => Option.fromNullable(entries.get(key))),
    append: (given) => Effect.sync(() => void entries.set(given.key, given)),
    entries: Stream.suspend(() => Stream.fromIterable([...entries.values()])),
    counts: Effect.sync(() => countsOf(entries.values()))
  }
})

/**
 * The error of a journal that belongs to other settings, for journals of your own.
 * @category errors
 */
export const mismatch = (journal: string): JournalMismatchError => file.mismatch(journal)
