/**
 * A batch of 100,000 rows on one machine: `npx -y pnpm@12 batch:measure`.
 *
 * The command `friendli-batch` and a script written by hand run the same file of rows, one after the other. Each runs in its own process,
 * with an emulator in another process.
 *
 *     --rows <number>      default: 100000
 *     --at-a-time <number> calls at a time, default: 64
 *     --only <names>       programs whose names begin with one of these, separated by commas: ours, by-hand
 *     --write              writes docs/batch-measurements.md
 */
import { build } from "esbuild"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import process from "node:process"
import { pathToFileURL } from "node:url"
import { parseArgs } from "node:util"
import { type Measured, measure, type Program } from "./measure.js"
import { measuredTable, page } from "./report.js"

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "100000" },
    "at-a-time": { type: "string", default: "64" },
    only: { type: "string", default: "" },
    write: { type: "boolean", default: false }
  }
})

const rows = Number(options.rows)
const atATime = Number(options["at-a-time"])
if (![rows, atATime].every((value) => Number.isInteger(value) && value >= 1)) {
  throw new Error("--rows and --at-a-time: expected integers of at least 1")
}

const packages = Path.resolve(import.meta.dirname, "../../..")
const sources = import.meta.dirname
/** Below the packages, so that their dependencies are found. */
const built = {
  ours: Path.join(packages, "batch/.tested/measured/bin.js"),
  byHand: Path.join(packages, "bench/dist/measured/by-hand.js"),
  probe: Path.join(packages, "bench/dist/measured/probe.js")
}

/** A program as one JavaScript file that includes the packages of this workspace. Node runs it directly. */
const bundle = (source: string, target: string) =>
  build({
    entryPoints: [source],
    outfile: target,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
    plugins: [
      {
        name: "packages of others",
        setup: ({ onResolve }) => {
          onResolve({ filter: /^[^./]/ }, ({ kind, path }) =>
            kind === "entry-point" || /^effect-friendli(?:\/|$)/.test(path) ? undefined : { path, external: true }
          )
        }
      }
    ]
  })

const programs: ReadonlyArray<Program> = [
  {
    name: "ours",
    title: "`friendli-batch run`",
    file: built.ours,
    args: ({ input, output }) => ["run", input, "--out", output, "--concurrency", String(atATime)],
    journal: ({ output }) => `${output}.journal`
  },
  {
    name: "by-hand",
    title: "a script with `openai` and `p-map`",
    file: built.byHand,
    args: ({ input, output }, url) => [input, output, url, String(atATime)]
  }
]

const lineOf = (row: number): string =>
  JSON.stringify({
    custom_id: `row-${row}`,
    method: "POST",
    url: "/v1/chat/completions",
    body: {
      model: "meta-llama-3.1-8b-instruct",
      messages: [
        { role: "system", content: "Answer with one word." },
        { role: "user", content: `Is ${row} a prime number?` }
      ],
      max_tokens: 5
    }
  })

await bundle(Path.join(packages, "batch/src/bin.ts"), built.ours)
await bundle(Path.join(sources, "by-hand.ts"), built.byHand)
await bundle(Path.join(sources, "probe.ts"), built.probe)

const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "batch-measure-"))
try {
  const input = Path.join(folder, "in.jsonl")
  const file = Fs.openSync(input, "w")
  for (let row = 1; row <= rows; row++) Fs.writeSync(file, `${lineOf(row)}\n`)
  Fs.closeSync(file)

  const [load = 0] = Os.loadavg()
  const measured: Array<readonly [Program, Measured]> = []
  const chosen = programs.filter(({ name }) => options.only.split(",").some((beginning) => name.startsWith(beginning)))
  for (const program of chosen) {
    const files = { folder, input, output: Path.join(folder, `${program.name}.jsonl`) }
    measured.push([program, await measure(program, pathToFileURL(built.probe).href, files, rows)])
    console.log(`${measuredTable(measured)}\n`)
  }
  if (options.write) {
    if (chosen.length < programs.length) throw new Error("--write needs all programs: do not use --only")
    Fs.writeFileSync(Path.join(packages, "../docs/batch-measurements.md"), page(measured, atATime, load))
  }
} finally {
  Fs.rmSync(folder, { recursive: true, force: true })
}
process.exit()
