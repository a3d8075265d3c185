/** Runs a batch from a terminal. In: its settings. Out: the results in a file, a summary on the terminal, and an exit code. */
import * as FileSystem from "@effect/platform/FileSystem"
import type { PlatformError } from "@effect/platform/Error"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { FriendliClient } from "effect-friendli/FriendliClient"
import { resolve } from "node:path"
import process from "node:process"
import * as Batch from "../Batch.js"
import {
  InvalidBatchError,
  type JournalError,
  type JournalLockedError,
  type JournalMismatchError,
  type WorkerError
} from "../BatchError.js"
import { countRequests, type InputError, type InputOptions, readRequests } from "../formats/input.js"
import type { Counts } from "../journal/entry.js"
import * as Journal from "../Journal.js"
import type { Failed, Progress, Row, Summary } from "../run/rows.js"
import { layerOf } from "./deployments.js"
import * as display from "./display.js"
import { exitCodeOf, wordsOf } from "./exitCodes.js"
import * as format from "./format.js"
import { writeResults } from "./results.js"
import { filesOf, type Settings, writeSettings } from "./settings.js"
import * as signals from "./signals.js"

/** How the input of a batch is read. */
export const inputOptionsOf = ({ defaults, format: form, idColumn, system, template }: Settings): InputOptions => ({
  format: form,
  defaults,
  template,
  system,
  idColumn
})

/** The budget of a run from the settings of the command. */
export const budgetOf = ({ budget: { cost, failures, time, tokens } }: Settings): Batch.BudgetOptions => ({
  cost,
  tokens,
  // checked when the batch starts, as all budgets are
  time: time as `${number} seconds` | undefined,
  failures
})

const optionsOf = (settings: Settings): Batch.Options => ({
  concurrency: settings.concurrency ?? "auto",
  budget: budgetOf(settings),
  retryFailed: settings.retryFailed
})

export const say = (text: string) => Effect.sync(() => void process.stderr.write(`${text}\n`))

/** Failures of one kind. */
interface Kind {
  count: number
  readonly first: Failed
}

/** Counts failures by their tags. */
const makeFailures = () => {
  const kinds = new Map<string, Kind>()
  return {
    add: (row: Row<unknown>): void => {
      if (row._tag !== "Failed") return
      const known = kinds.get(row.error._tag)
      if (known === undefined) kinds.set(row.error._tag, { count: 1, first: row })
      else known.count++
    },
    lines: (): ReadonlyArray<string> =>
      [...kinds].map(
        ([tag, { count, first }]) =>
          `  ${format.count(count)} × ${tag}, the first in row ${first.id}: ${first.error.message}`
      )
  }
}

/** The message at the start. */
const greeting = (input: string, total: number, { done, failed }: Counts): string =>
  `${format.plural(total, "row")} in ${input}${done + failed === 0 ? "" : `; the journal has ${format.plural(done, "answer")} and ${format.plural(failed, "failure")}`}`

/** The message at the end. */
const report = (
  summary: Summary,
  total: number,
  written: number,
  out: string,
  failures: ReadonlyArray<string>
): string => {
  const { cost, done, failed, millis, reason, reused, tokens, unpriced } = summary
  const left = total - done - failed
  return [
    `${format.count(done)} done, ${format.count(failed)} failed, ${format.count(left)} left; ${format.count(reused)} came from the journal`,
    ...failures,
    `${format.count(tokens.input + tokens.output)} tokens, ${format.money(cost)}${unpriced > 0 ? ` (${format.count(unpriced)} answers without a known price)` : ""}, ${format.time(millis)}`,
    ...(reason === "end" ? [] : [`Ended early: ${wordsOf[reason]}.`]),
    `${format.count(written)} results are in ${out}`,
    ...(reason === "end" && failed === 0 ? [] : [`To continue: friendli-batch resume ${out}`])
  ].join("\n")
}

/** The errors that can stop the command before the batch ends. */
export type ExecuteError =
  | ConfigError.ConfigError
  | InputError
  | InvalidBatchError
  | JournalError
  | JournalLockedError
  | JournalMismatchError
  | PlatformError
  | WorkerError

/** A batch that runs here, or on many machines. */
export interface Running {
  readonly rows: Stream.Stream<Row<unknown>, ExecuteError, FileSystem.FileSystem>
  readonly progress: Effect.Effect<Progress>
  readonly summary: Effect.Effect<Summary>
  readonly stop: Effect.Effect<void>
}

/** Shows the progress of a batch until it ends, writes its results, and returns the exit code. */
export const present = (
  batch: Running,
  total: number,
  out: string,
  requests: ReturnType<typeof readRequests>
): Effect.Effect<number, ExecuteError, FileSystem.FileSystem | FriendliClient | Journal.Journal> =>
  Effect.gen(function* () {
    const failures = makeFailures()
    let isStopping = false
    yield* Effect.scoped(
      Effect.gen(function* () {
        const shown = yield* display.show(batch.progress, total, () => isStopping)
        const stop = Effect.gen(function* () {
          isStopping = true
          yield* batch.stop
          const { running } = yield* batch.progress
          yield* shown.say(
            `Stopping: ${format.plural(running, "call")} will finish and be recorded. Ctrl-C again stops at once.`
          )
        })
        const atOnce = yield* signals.listen(stop)
        const drain = Stream.runForEach(batch.rows, (row) => Effect.sync(() => failures.add(row)))
        yield* Effect.raceFirst(drain, atOnce)
      })
    )
    const summary = yield* batch.summary
    const written = yield* writeResults(out, requests)
    yield* say(report(summary, total, written, out, failures.lines()))
    return exitCodeOf(summary)
  })

/** The results replace the file `out`, so it must not be the input, nor a file that does not belong to this batch. */
const checkOut = (out: string, { input }: Settings) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    if (resolve(out) === resolve(input)) {
      return yield* new InvalidBatchError({
        message: "--out: the results would replace the input; choose another file"
      })
    }
    if ((yield* fs.exists(out)) && !(yield* fs.exists(filesOf(out).journal))) {
      return yield* new InvalidBatchError({
        message: `--out: ${out} exists, but it does not belong to a batch, because there is no journal beside it; choose another file, or delete it`
      })
    }
  })

/** Reads the whole input before anything is sent, so that a mistake in the last line is found before any row costs money. */
export const prepare = (out: string, settings: Settings) =>
  Effect.gen(function* () {
    const inputOptions = inputOptionsOf(settings)
    const total = yield* countRequests(settings.input, inputOptions)
    yield* writeSettings(out, settings)
    return { total, requests: readRequests(settings.input, inputOptions) }
  })

/** Runs a batch on this machine, and returns the exit code. */
export const execute = (out: string, settings: Settings): Effect.Effect<number, ExecuteError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    yield* checkOut(out, settings)
    const { requests, total } = yield* prepare(out, settings)
    return yield* Effect.gen(function* () {
      yield* say(greeting(settings.input, total, yield* Effect.flatMap(Journal.Journal, ({ counts }) => counts)))
      const batch = yield* Batch.run(requests, optionsOf(settings))
      return yield* present(batch, total, out, requests)
    }).pipe(Effect.provide(Journal.layerFile(filesOf(out).journal)), Effect.provide(layerOf(settings)))
  })
