/**
 * The record of a batch that survives a crash. A batch looks up each row in the journal before it makes a call, and emits an answer only after it is
 * recorded.
 *
 * The usual journal is a file of JSON lines (`layerFile`). `SqlJournal` keeps it in a database.
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
 * **When to use**: provide `layerFile`, or `layerMemory` in tests. For another database, implement the service yourself.
 * @category tags
 */
export class Journal extends Context.Tag("effect-friendli-batch/Journal")<Journal, Journal.Service>() {}

export declare namespace Journal {
  /** The functions of a journal. */
  export interface Service extends entry.Service {}
}

/**
 * A journal in a file of JSON lines. The file is created if it does not exist.
 *
 * **When to use**: for a batch on one machine. The file can be read, copied and searched with every tool for JSON lines.
 *
 * **Details**: entries are only appended. Entries that arrive at the same time are written and synchronized to disk together. If a crash cut off the
 * last line, this line is removed when the file is opened. The file `….lock` beside it names the process that writes, so that only one process
 * writes; the lock of a process that no longer runs is taken over. Memory: about 50 bytes per row, because only positions are in memory, not answers.
 * Fails with a `JournalLockedError` if another process writes the journal, and with a `JournalError` if it cannot be read or written, or a line is
 * damaged.
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
 * **When to use**: in tests, and when equal rows should run once but nothing needs to survive the process.
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
