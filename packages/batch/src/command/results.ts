/** The file of results: the outcomes of the rows that have one, in the order of the input. */
import * as FileSystem from "@effect/platform/FileSystem"
import type { PlatformError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { FriendliClient } from "effect-friendli/FriendliClient"
import type { JournalError } from "../BatchError.js"
import type { InputError } from "../formats/input.js"
import { resultLine } from "../formats/openai.js"
import { Journal } from "../Journal.js"
import { keyOfRow } from "../run/key.js"
import type { Request } from "../run/rows.js"
import { rowOf } from "../run/run.js"
import { filesOf } from "./settings.js"

/**
 * How many rows are read from the journal at the same time, because a database can answer several queries at once, and how many are written at once.
 */
const [readConcurrency, rowsPerWrite] = [16, 64]

/** The lines of the rows that have an outcome. */
const linesOf = (requests: Stream.Stream<Request<unknown>, InputError, FileSystem.FileSystem>) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { deployment } = yield* FriendliClient
      const journal = yield* Journal
      const find = (request: Request<unknown>) =>
        Effect.map(journal.find(keyOfRow(deployment, {}, request)), (entry) =>
          Option.map(
            Option.flatMap(entry, (found) => rowOf(request, found)),
            (row) => `${resultLine(row)}\n`
          )
        )
      return Stream.filterMap(
        Stream.rechunk(Stream.mapEffect(requests, find, { concurrency: readConcurrency }), rowsPerWrite),
        (line) => line
      )
    })
  )

/**
 * Writes the results, and returns the number of rows. They replace the file in one step, so that a reader sees either all new results or all earlier
 * ones.
 */
export const writeResults = (
  out: string,
  requests: Stream.Stream<Request<unknown>, InputError, FileSystem.FileSystem>
): Effect.Effect<number, InputError | JournalError | PlatformError, FileSystem.FileSystem | FriendliClient | Journal> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const { partial } = filesOf(out)
    let count = 0
    yield* linesOf(requests).pipe(
      Stream.tap(() => Effect.sync(() => count++)),
      Stream.encodeText,
      Stream.run(fs.sink(partial))
    )
    yield* fs.rename(partial, out)
    return count
  })
