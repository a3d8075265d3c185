/** What a row costs a journal, beside its call: prints µs of CPU, and bytes on the disk and in memory. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Journal from "effect-friendli-batch/Journal"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { wholeJson } from "./answers.js"
import type { Keeping } from "./scenarios/journal.js"
import { live, start } from "./scenarios/Scenario.js"

/** Rows that are recorded at the same time. */
const atATime = 64

const answer: unknown = JSON.parse(wholeJson)

/** As long as the keys of a batch. */
const keyOf = (row: number): string => String(row).padStart(22, "0")

/** Records so many rows. `onRows` is called while what the recorder remembers is in memory: after a fifth of the rows, and at the end. */
type Record = (path: string, rows: number, onRows: (count: number) => void) => Promise<void>

const fifthOf = (rows: number): number => Math.floor(rows / 5)

const records: Readonly<globalThis.Record<Keeping, Record>> = {
  // a batch asks for each row, and records it when it has its answer
  journal: (path, rows, onRows) =>
    Effect.gen(function* () {
      const journal = yield* Journal.Journal
      yield* journal.begin("settings")
      const record = (row: number) =>
        Effect.zipRight(
          journal.find(keyOf(row)),
          journal.append({ status: "done", key: keyOf(row), answer, millis: 100 })
        )
      let next = 0
      const recorder = Effect.whileLoop({
        while: () => next < rows,
        body: () => {
          if (next === fifthOf(rows)) onRows(next)
          return record(next++)
        },
        step: () => {}
      })
      yield* Effect.all(
        Array.from({ length: atATime }, () => recorder),
        { concurrency: "unbounded", discard: true }
      )
      onRows(rows)
    }).pipe(Effect.provide(Journal.layerFile(path)), Effect.provide(NodeFileSystem.layer), Effect.runPromise),

  append: async (path, rows, onRows) => {
    let next = 0
    const recorder = async (): Promise<void> => {
      while (next < rows) {
        if (next === fifthOf(rows)) onRows(next)
        const key = keyOf(next++)
        await Fs.promises.appendFile(path, `${JSON.stringify({ key, answer })}\n`)
      }
    }
    await Promise.all(Array.from({ length: atATime }, recorder))
    onRows(rows)
  }
}

const record = records[process.argv[2] as Keeping]
const rows = Number(process.argv[3])

const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "journal-"))
try {
  await record(Path.join(folder, "warm-up"), 10_000, () => {})
  const path = Path.join(folder, "rows")
  const memory: Array<number> = []
  let used = { cpu: Number.NaN, wall: Number.NaN }
  const watch = start()
  await record(path, rows, (count) => {
    if (count === rows) used = watch.stop()
    // the buffers that one collection finds are freed by the next
    live()
    memory.push(live())
  })
  const grown = memory.at(-1)! - memory[0]!
  const disk = Fs.statSync(path).size
  console.log(
    JSON.stringify({
      cpu: used.cpu / rows,
      wall: used.wall / rows,
      disk: disk / rows,
      memory: grown / (rows - fifthOf(rows))
    })
  )
} finally {
  Fs.rmSync(folder, { recursive: true, force: true })
}
