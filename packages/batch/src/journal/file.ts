/**
 * The journal in a file. In: a path. Out: a journal that appends JSON lines, in groups.
 *
 * The first line has the format and the settings of the batch; each other line is an entry. The positions of the entries are in memory; answers are
 * read from the file when they are needed. Entries that arrive at the same time are written at once and synchronized once.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import type { PlatformError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { JournalError, type JournalLockedError, JournalMismatchError } from "../BatchError.js"
import type { Entry, Service } from "./entry.js"
import * as groups from "./groups.js"
import { type LineMaker, makeLineCutter, makeLineMaker } from "./lines.js"
import { lock } from "./lock.js"
import { makePositions, type Position, type Positions } from "./positions.js"

/** The first line of a journal. */
interface Header {
  readonly journal: "effect-friendli-batch"
  readonly version: 1
  readonly settings: string
}

/** Entries that are written together: their lines, and the data that is needed after the write. */
interface Group {
  readonly lines: LineMaker
  readonly entries: Array<{ readonly key: string; readonly status: Entry["status"]; readonly length: number }>
}

/** How many bytes of the file are read at once. */
const chunkBytes = 1 << 20

/** An entry is read with this many bytes before and after it, if the previous read was at most `nearBytes` away. */
const aroundBytes = 1 << 16
const nearBytes = 1 << 20

/** The chunk size of the stream of all entries. */
const entriesPerChunk = 64

const decoder = new TextDecoder()

const isHeader = (value: unknown): value is Header =>
  Predicate.isRecord(value) &&
  value["journal"] === "effect-friendli-batch" &&
  value["version"] === 1 &&
  typeof value["settings"] === "string"

const isEntry = (value: unknown): value is Entry =>
  Predicate.isRecord(value) &&
  typeof value["key"] === "string" &&
  typeof value["millis"] === "number" &&
  (value["status"] === "done" ? "answer" in value : value["status"] === "failed" && Predicate.isRecord(value["error"]))

/** The JSON of a line, or `undefined` if the line is damaged. */
const parse = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch {
    return undefined
  }
}

/** The error of a journal that belongs to other settings. */
export const mismatch = (journal: string): JournalMismatchError =>
  new JournalMismatchError({
    journal,
    message:
      "the journal belongs to a batch with other settings (deployment, or options that change the requests); use another journal, or the earlier settings"
  })

/** The content of a file: its settings, and the positions of its entries. */
interface Contents {
  readonly settings: string | undefined
  readonly positions: Positions
  /** The size without a torn line. */
  readonly size: number
  readonly isTorn: boolean
}

/**
 * Reads a journal. The last line may be damaged: a crash of the machine can leave zeros in place of bytes that were not written yet. Any other
 * damaged line is an error, because its entry is lost.
 */
const read = (
  fs: FileSystem.FileSystem,
  path: string,
  onEntry: (entry: Entry) => void
): Effect.Effect<Contents, PlatformError | JournalError> =>
  Effect.gen(function* () {
    const positions = makePositions()
    const cutter = makeLineCutter()
    let settings: string | undefined
    let count = 0
    let damaged: { readonly line: number; readonly offset: number } | undefined

    yield* Stream.runForEach(fs.stream(path, { chunkSize: chunkBytes }), (piece) =>
      Effect.suspend(() => {
        for (const { bytes, offset } of cutter.add(piece)) {
          if (damaged !== undefined) return Effect.fail(damagedLine(path, damaged.line))
          count++
          const value = parse(bytes)
          if (count === 1 && isHeader(value)) settings = value.settings
          else if (count === 1) return Effect.fail(noJournal(path))
          else if (isEntry(value)) {
            positions.set(value.key, { offset, length: bytes.length, status: value.status })
            onEntry(value)
          } else damaged = { line: count, offset }
        }
        return Effect.void
      })
    )
    return damaged === undefined
      ? { settings, positions, size: cutter.end(), isTorn: cutter.isTorn() }
      : { settings, positions, size: damaged.offset, isTorn: true }
  })

/** An entry without its answer, which the status of a batch does not need. */
const withoutAnswer = (entry: Entry): Entry => (entry.status === "done" ? { ...entry, answer: null } : entry)

const noJournal = (journal: string): JournalError =>
  new JournalError({ journal, line: 1, message: "the file is not the journal of a batch, or a later version wrote it" })

const damagedLine = (journal: string, line: number): JournalError =>
  new JournalError({
    journal,
    line,
    message: `line ${line} of the journal is damaged; if you remove it, its row runs again`
  })

/** The last entry of each key of a journal that another process may be writing. An incomplete last line is not removed. */
export const readEntries = (
  fs: FileSystem.FileSystem,
  path: string
): Effect.Effect<ReadonlyMap<string, Entry>, JournalError | PlatformError> =>
  Effect.gen(function* () {
    const entries = new Map<string, Entry>()
    yield* read(fs, path, (entry) => void entries.set(entry.key, withoutAnswer(entry)))
    return entries
  })

/** Opens a journal for writing until the scope closes. */
export const open = (
  fs: FileSystem.FileSystem,
  path: string
): Effect.Effect<Service, JournalError | JournalLockedError, Scope.Scope> =>
  Effect.gen(function* () {
    const broken = (error: PlatformError) => new JournalError({ journal: path, message: error.message })
    yield* lock(fs, path)

    // "a" creates the file if it does not exist
    const writer = yield* Effect.mapError(fs.open(path, { flag: "a" }), broken)
    const contents = yield* Effect.catchTags(
      read(fs, path, () => {}),
      {
        BadArgument: (error) => broken(error),
        SystemError: (error) => broken(error)
      }
    )
    if (contents.isTorn) yield* Effect.mapError(fs.truncate(path, contents.size), broken)
    const reader = yield* Effect.mapError(fs.open(path, { flag: "r" }), broken)

    const { positions } = contents
    let { settings, size } = contents
    let failure: JournalError | undefined

    /** Appends bytes. After a failed write the content of the file is unknown, so nothing more is written. */
    const writeBytes = (bytes: Uint8Array): Effect.Effect<void, JournalError> =>
      Effect.suspend(() => {
        if (failure !== undefined) return Effect.fail(failure)
        return Effect.mapError(
          Effect.zipRight(writer.writeAll(bytes), writer.sync),
          (error) => (failure = broken(error))
        )
      })

    /** The buffer of the lines that were written, for the next group. */
    let written: LineMaker | undefined

    const empty = (): Group => {
      const lines = written ?? makeLineMaker()
      written = undefined
      return { lines, entries: [] }
    }

    const put = ({ entries, lines }: Group, entry: Entry): void => {
      const { key, status } = entry
      entries.push({ key, status, length: lines.add(JSON.stringify(entry)) })
    }

    const write = ({ entries, lines }: Group): Effect.Effect<void, JournalError> =>
      Effect.map(writeBytes(lines.bytes()), () => {
        for (const { key, length, status } of entries) {
          positions.set(key, { offset: size, length, status })
          size += length + 1
        }
        lines.clear()
        written = lines
      })

    /** Entries that still wait when the scope closes are written before the file is closed, because its finalizer was added earlier. */
    const append = yield* groups.make({ empty, put, write })

    const begin: Service["begin"] = (given) =>
      Effect.suspend((): Effect.Effect<void, JournalError | JournalMismatchError> => {
        if (settings !== undefined) return settings === given ? Effect.void : Effect.fail(mismatch(path))
        settings = given
        const header: Header = { journal: "effect-friendli-batch", version: 1, settings: given }
        const bytes = Buffer.from(`${JSON.stringify(header)}\n`)
        size += bytes.length
        return writeBytes(bytes)
      })

    /**
     * The part of the file that was read last. Rows are mostly read in the order in which they were written, so the next entry is often in this part.
     */
    let window = { offset: 0, bytes: new Uint8Array(0) }

    const isInWindow = ({ length, offset }: Position): boolean =>
      offset >= window.offset && offset + length <= window.offset + window.bytes.length

    /** Reads an entry into the window, with the bytes around it if the previous entry was near. Written bytes never change. */
    const moveWindow = ({ length, offset }: Position): Effect.Effect<void, PlatformError> =>
      Effect.gen(function* () {
        const around = Math.abs(offset - window.offset) < nearBytes ? aroundBytes : 0
        const from = Math.max(0, offset - around)
        const bytes = new Uint8Array(Math.min(size, offset + length + around) - from)
        yield* reader.seek(FileSystem.Size(from), "start")
        let at = 0
        while (at < bytes.length) {
          const count = Number(yield* reader.read(bytes.subarray(at)))
          if (count === 0) break
          at += count
        }
        window = { offset: from, bytes: bytes.subarray(0, at) }
      })

    const oneReader = yield* Effect.makeSemaphore(1)
    const readAt = (position: Position): Effect.Effect<Entry, JournalError> =>
      Effect.suspend(() => {
        const moved = Effect.suspend(() => (isInWindow(position) ? Effect.void : moveWindow(position)))
        return Effect.flatMap(Effect.mapError(moved, broken), () => {
          const from = position.offset - window.offset
          const value = parse(window.bytes.subarray(from, from + position.length))
          return isEntry(value) ? Effect.succeed(value) : changed
        })
      }).pipe(oneReader.withPermits(1))

    const changed = new JournalError({ journal: path, message: "the file was changed while the batch used it" })

    return {
      name: path,
      begin,
      append,
      find: (key) =>
        Effect.suspend(() => {
          const position = positions.get(key)
          return position === undefined ? Effect.succeedNone : Effect.asSome(readAt(position))
        }),
      entries: Stream.suspend(() =>
        Stream.rechunk(Stream.mapEffect(Stream.fromIterable(positions.inOrder()), readAt), entriesPerChunk)
      ),
      counts: Effect.sync(positions.counts)
    }
  })
