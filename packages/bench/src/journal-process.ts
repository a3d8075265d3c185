/** The cost of a row in a journal, without its call: prints µs of CPU, and bytes on disk and in memory. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Journal from "effect-friendli-batch/Journal"
import { hash } from "node:crypto"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { wholeJson } from "./answers.js"
import type { Keeping } from "./scenarios/journal.js"
import { live, start } from "./scenarios/Scenario.js"

/** Rows that are recorded at the same time. */
const atATime = 64

const answer: unknown = JSON.parse(wholeJson)

/** Keys like those of a batch. They are made before the measurement, because a batch makes them for its calls. */
const keysOf = (rows: number): ReadonlyArray<string> =>
  Array.from({ length: rows }, (_, row) => hash("sha256", String(row), "base64url").slice(0, 22))

/** Records rows. `onRows` is called while the data of the recorder is in memory: after a fifth of the rows, and at the end. */
type Record = (path: string, keys: ReadonlyArray<string>, onRows: () => void) => Promise<void>

const fifthOf = (rows: number): number => Math.floor(rows / 5)

const records: Readonly<globalThis.Record<Keeping, Record>> = {
  // a batch looks up each row, and records it when it has its answer
  journal: (path, keys, onRows) =>
    Effect.gen(function* () {
      const journal = yield* Journal.Journal
      yield* journal.begin("settings")
      const record = (key: string) =>
        Effect.zipRight(journal.find(key), journal.append({ status: "done", key, answer, millis: 100 }))
      let next = 0
      const recorder = Effect.whileLoop({
        while: () => next < keys.length,
        body: () => {
          if (next === fifthOf(keys.length)) onRows()
          return record(keys[next++]!)
        },
        step: () => {}
      })
      yield* Effect.all(
        Array.from({ length: atATime }, () => recorder),
        { concurrency: "unbounded", discard: true }
      )
      onRows()
    }).pipe(Effect.provide(Journal.layerFile(path)), Effect.provide(NodeFileSystem.layer), Effect.runPromise),

  append: async (path, keys, onRows) => {
    let next = 0
    const recorder = async (): Promise<void> => {
      while (next < keys.length) {
        if (next === fifthOf(keys.length)) onRows()
        const key = keys[next++]!
        await Fs.promises.appendFile(path, `${JSON.stringify({ key, answer })}\n`)
      }
    }
    await Promise.all(Array.from({ length: atATime }, recorder))
    onRows()
  }
}

const record = records[process.argv[2] as Keeping]
const rows = Number(process.argv[3])

const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "journal-"))
try {
  // a batch is large, so a process with compiled code is measured, not its first rows, which cost up to a fifth more
  await record(Path.join(folder, "warm-up"), keysOf(100_000), () => {})
  const path = Path.join(folder, "rows")
  const keys = keysOf(rows)
  const memory: Array<number> = []
  const used = { cpu: 0, wall: 0 }
  let watch = start()
  await record(path, keys, () => {
    const { cpu, wall } = watch.stop()
    used.cpu += cpu
    used.wall += wall
    // the second collection frees the buffers that the first one finds
    live()
    memory.push(live())
    watch = start()
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
