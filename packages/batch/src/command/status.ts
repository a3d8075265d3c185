/** The progress of a batch that may be running in another process. In: the path of its results. Out: numbers, from the journal. */
import * as FileSystem from "@effect/platform/FileSystem"
import type { PlatformError } from "@effect/platform/Error"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { JournalError } from "../BatchError.js"
import { countRequests, type InputError } from "../formats/input.js"
import { readEntries } from "../journal/file.js"
import { isHeld } from "../journal/lock.js"
import { inputOptionsOf } from "./execute.js"
import * as format from "./format.js"
import { filesOf, readSettings } from "./settings.js"

/** The progress of a batch, read from its journal. */
export interface Status {
  readonly rows: number
  readonly done: number
  readonly failed: number
  readonly tokens: number
  readonly cost: BigDecimal.BigDecimal
  /** Whether a process writes the journal. */
  readonly isRunning: boolean
}

/** Reads the status without the lock. Equal rows count once in `done` and `failed`. */
export const status = (
  out: string
): Effect.Effect<Status, InputError | JournalError | PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const settings = yield* readSettings(out)
    const fs = yield* FileSystem.FileSystem
    const { journal } = filesOf(out)
    const rows = yield* countRequests(settings.input, inputOptionsOf(settings))
    const isRunning = yield* isHeld(fs, journal)
    const entries = yield* readEntries(fs, journal)
    let [done, failed, tokens] = [0, 0, 0]
    let cost = BigDecimal.fromBigInt(0n)
    for (const entry of entries.values()) {
      if (entry.status === "failed") {
        failed++
        continue
      }
      done++
      tokens += (entry.tokens?.input ?? 0) + (entry.tokens?.output ?? 0)
      const known = Option.flatMap(Option.fromNullable(entry.cost), BigDecimal.fromString)
      if (Option.isSome(known)) cost = BigDecimal.sum(cost, known.value)
    }
    return { rows, done, failed, tokens, cost, isRunning }
  })

/** The status as text. */
export const words = ({ cost, done, failed, isRunning, rows, tokens }: Status): string =>
  [
    `${format.count(done)} of ${format.count(rows)} rows done, ${format.count(failed)} failed`,
    `${format.count(tokens)} tokens, ${format.money(cost)}`,
    isRunning ? "a process is running it" : "no process is running it"
  ].join("\n")
