/** Measures one program with the rows of a file. In: how to start it. Out: its usage, the usage of the emulator, and samples of memory. */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import * as Fs from "node:fs"
import * as Path from "node:path"
import process from "node:process"
import { setTimeout as sleep } from "node:timers/promises"
import { median } from "../statistics.js"
import type { Served } from "./emulator-process.js"
import type { Sample, Used } from "./probe.js"

/** A program that runs the rows. */
export interface Program {
  readonly name: string
  readonly title: string
  /** The module that Node starts. */
  readonly file: string
  readonly args: (files: Files, url: string) => ReadonlyArray<string>
  /** The file that it writes in addition to the results: the journal. */
  readonly journal?: (files: Files) => string
}

/** The files of one run. */
export interface Files {
  readonly folder: string
  readonly input: string
  readonly output: string
}

/** The figures of one program. */
export interface Measured {
  readonly rows: number
  /** From the start of the process to its end. */
  readonly rowsPerSecond: number
  /** Processor time per row, in µs. */
  readonly cpu: number
  /** System time per row (sockets and files), in µs. */
  readonly system: number
  /** The peak memory of the process, in MB. */
  readonly peak: number
  /** Live memory when a fifth of the rows had their answers, and near the end, in MB. */
  readonly liveEarly: number
  readonly liveLate: number
  /** Live memory added per row, in bytes. */
  readonly liveRow: number
  readonly resultBytes: number
  /** Bytes of the journal per row; `undefined` without a journal. */
  readonly journalBytes: number | undefined
  /** Processor time of the emulator per call, in µs, and its share of one core, in percent. */
  readonly serverCpu: number
  readonly serverShare: number
}

const root = Path.resolve(import.meta.dirname, "../../../..")

/** The interval between samples of memory. */
const samples = 20

const mega = 1_000_000

/** Sends a message to a process that answers each message with one message. */
const ask = async <A>(child: ChildProcess): Promise<A> => {
  child.send("?")
  const [answer] = (await once(child, "message")) as [A]
  return answer
}

/** Starts the emulator, and stops it when `use` ends. */
const withEmulator = async <A>(use: (emulator: ChildProcess, url: string) => Promise<A>): Promise<A> => {
  const emulator = fork(Path.join(import.meta.dirname, "emulator-process.ts"), {
    cwd: root,
    execArgv: ["--import", "tsx"]
  })
  try {
    const [url] = (await once(emulator, "message")) as [string]
    return await use(emulator, url)
  } finally {
    if (emulator.connected) emulator.disconnect()
  }
}

/** The slope between the medians of two parts of the run. The medians reduce the influence of garbage and chance. */
const growth = (taken: ReadonlyArray<Sample & { readonly rows: number }>) => {
  const third = Math.max(1, Math.floor(taken.length / 3))
  // the first samples are from the warm-up of the program
  const early = taken.slice(Math.floor(third / 2), Math.floor(third / 2) + third)
  const late = taken.slice(-third)
  const middle = (part: typeof taken, of: "live" | "rows") => median(part.map((sample) => sample[of]))
  const [liveEarly, liveLate] = [middle(early, "live"), middle(late, "live")]
  const between = middle(late, "rows") - middle(early, "rows")
  return {
    liveEarly: liveEarly / mega,
    liveLate: liveLate / mega,
    liveRow: between === 0 ? 0 : (liveLate - liveEarly) / between
  }
}

export const measure = (program: Program, probe: string, files: Files, rows: number): Promise<Measured> =>
  withEmulator(async (emulator, url) => {
    const usedFile = Path.join(files.folder, `${program.name}.used.json`)
    const before = await ask<Served>(emulator)
    const started = performance.now()
    const child = fork(program.file, [...program.args(files, url)], {
      cwd: files.folder,
      execArgv: ["--expose-gc", "--import", probe],
      env: { ...process.env, FRIENDLI_TOKEN: "any-token", FRIENDLI_BASE_URL: url, PROBE_FILE: usedFile },
      stdio: ["ignore", "pipe", "pipe", "ipc"]
    })
    let printed = ""
    child.stdout?.resume()
    child.stderr?.on("data", (text: Buffer) => (printed = (printed + text.toString()).slice(-2000)))
    const ended = once(child, "close") as Promise<[number | null]>
    let isRunning = true
    void ended.then(() => (isRunning = false))

    const taken: Array<Sample & { readonly rows: number }> = []
    while (isRunning) {
      await Promise.race([sleep(100), ended])
      const { calls } = await ask<Served>(emulator)
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${program.title}: ${calls} of ${rows}`)
      if (!isRunning || calls >= rows || calls < ((taken.length + 1) * rows) / (samples + 1)) continue
      const sample = await Promise.race([ask<Sample>(child), ended.then(() => undefined)])
      if (sample !== undefined) taken.push({ ...sample, rows: calls })
    }
    const [code] = await ended
    const seconds = (performance.now() - started) / 1000
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K")
    const served = await ask<Served>(emulator)

    const used = JSON.parse(Fs.readFileSync(usedFile, "utf8")) as Used
    const results = Fs.readFileSync(files.output)
    const lines = results.reduce((count, byte) => (byte === 0x0a ? count + 1 : count), 0)
    if (code !== 0 || lines !== rows || served.calls !== rows) {
      throw new Error(`${program.title}: exit code ${code}, ${lines} results, ${served.calls} calls\n${printed}`)
    }
    const journal = program.journal?.(files)
    const serverCpu = served.cpu - before.cpu
    return {
      rows,
      rowsPerSecond: rows / seconds,
      cpu: (used.user + used.system) / rows,
      system: used.system / rows,
      peak: used.peak / mega,
      ...growth(taken),
      resultBytes: results.length / rows,
      journalBytes: journal === undefined ? undefined : Fs.statSync(journal).size / rows,
      serverCpu: serverCpu / rows,
      serverShare: serverCpu / seconds / 10_000
    }
  })
