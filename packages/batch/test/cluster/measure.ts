/**
 * Measures batches on many machines: rows per second with one, two and three workers, the CPU per row and per shard, and the time until other
 * workers take over the shards of a killed worker. Linux only: the CPU of a process is read from `/proc`.
 *
 *     pnpm measure:cluster            prints the figures
 *     pnpm measure:cluster --write    writes them to docs/guides/beyond-one-machine.md
 *
 * Workers, database and emulator share the machine, and nothing else may run on it.
 */
import { listen } from "effect-friendli-emulator/NodeServer"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { buildCommand } from "../command/build.js"
import { model } from "../support.js"
import * as postgres from "./postgres.js"
import { makeProcesses, until } from "./processes.js"

const [server, emulator, bin] = await Promise.all([
  postgres.start(),
  listen({ port: 0, script: [{ when: { operation: "chat" }, say: "Yes." }] }),
  buildCommand("measure")
])
const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "friendli-measure-"))
let url = ""
const { endAll, start } = makeProcesses(
  () => bin,
  () => folder,
  () => ({ FRIENDLI_TOKEN: "flp_token", FRIENDLI_BASE_URL: emulator.url, FRIENDLI_BATCH_DATABASE: url })
)

/** Ticks of a hundredth of a second, as Linux counts them. */
const cpuOf = (pid: number): number => {
  const fields = Fs.readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ")
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** The CPU of a process and of those that it has started, in milliseconds. */
const cpuOfAll = (pid: number): number =>
  Fs.readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = Fs.readFileSync(`/proc/${name}/stat`, "utf8")
          .replace(/^.*\) /, "")
          .split(" ")[1]
        return parent === String(pid) ? [cpuOf(Number(name))] : []
      } catch {
        return []
      }
    })
    .reduce((sum, each) => sum + each, cpuOf(pid))

let calls = 0
const count = (): number => (calls = emulator.requests.at(-1)?.order ?? calls)

const worker = async (concurrency: number, ...args: ReadonlyArray<string>) => {
  const started = start(["worker", "--concurrency", String(concurrency), ...args])
  await until(() => started.stderr().includes("The worker is running"))
  return started
}

const writeInput = (rows: number): void =>
  Fs.writeFileSync(
    Path.join(folder, "in.jsonl"),
    Array.from({ length: rows }, (_, index) =>
      JSON.stringify({
        custom_id: `row-${index + 1}`,
        body: { model, messages: [{ role: "user", content: `Is ${index + 1} a prime number?` }], max_tokens: 5 }
      })
    ).join("\n")
  )

const submit = (shardRows: number) => {
  Fs.rmSync(Path.join(folder, "out.jsonl.batch.json"), { force: true })
  return start(["run", "in.jsonl", "--out", "out.jsonl", "--cluster", url, "--shard-rows", String(shardRows)])
}

/** The CPU of a process until it ends, in milliseconds. */
const watchCpu = (pid: number) => {
  let last = 0
  const read = () => {
    try {
      last = cpuOf(pid)
    } catch {
      clearInterval(timer)
    }
  }
  const timer = setInterval(read, 20)
  return { read: () => last, stop: () => clearInterval(timer) }
}

const decimals = (value: number, digits: number): number => Number(value.toFixed(digits))

interface Run {
  readonly workers: number
  readonly rows: number
  readonly shardRows: number
  readonly rowsPerSecond: number
  readonly workerMsPerRow: number
  readonly serverMsPerRow: number
  readonly submitterMsPerRow: number
}

/** Calls that a worker runs at the same time, and after how many milliseconds the emulator answers each. */
const [concurrency, latency] = [32, 50]

/** Runs rows on workers that wait already, and says what it cost. */
const measure = async (workers: number, rows: number, shardRows: number): Promise<Run> => {
  url = await server.makeDatabase()
  emulator.setPacing({ timeToFirstToken: latency })
  writeInput(rows)
  const started = await Promise.all(Array.from({ length: workers }, () => worker(concurrency)))
  // until each has its part of the work
  await new Promise((resolve) => setTimeout(resolve, 5000))
  const pids = started.map(({ child }) => child.pid ?? 0)
  const cpu = () => pids.reduce((sum, pid) => sum + cpuOf(pid), 0)
  const [before, serverBefore, first] = [cpu(), cpuOfAll(server.pid), count()]
  const submitter = submit(shardRows)
  await until(() => count() > first)
  const submitterCpu = watchCpu(submitter.child.pid ?? 0)
  // what it takes to start is not of a row
  submitterCpu.read()
  const submitterBefore = cpuOf(submitter.child.pid ?? 0)
  const begun = performance.now()
  await until(() => count() >= first + rows)
  const seconds = (performance.now() - begun) / 1000
  await submitter.ended
  submitterCpu.stop()
  const result = {
    workers,
    rows,
    shardRows,
    rowsPerSecond: Math.round(rows / seconds),
    workerMsPerRow: decimals((cpu() - before) / rows, 2),
    serverMsPerRow: decimals((cpuOfAll(server.pid) - serverBefore) / rows, 2),
    submitterMsPerRow: decimals((submitterCpu.read() - submitterBefore) / rows, 2)
  }
  for (const { child, ended } of started) {
    child.kill("SIGTERM")
    await ended
  }
  console.log(result)
  return result
}

/** Kills the only worker in the middle, and gives the seconds until another one calls its rows. */
const failover = async (...args: ReadonlyArray<string>): Promise<number> => {
  url = await server.makeDatabase()
  emulator.setPacing({ timeToFirstToken: 100 })
  writeInput(400)
  const first = await worker(8, ...args)
  const submitter = submit(100)
  const begun = count()
  await until(() => count() > begun + 50)
  const second = await worker(8, ...args)
  first.child.kill("SIGKILL")
  await first.ended
  const killed = performance.now()
  const before = count()
  await until(() => count() > before)
  const seconds = (performance.now() - killed) / 1000
  await submitter.ended
  second.child.kill("SIGTERM")
  await second.ended
  const result = decimals(seconds, 1)
  console.log("seconds of failover", args, result)
  return result
}

// --- what the guide says of them

/** The default of `--shard-rows`, and a batch that nobody ran here. */
const [defaultShardRows, million, manyWorkers] = [250, 1_000_000, 20]
const [manyCalls, answerSeconds] = [64, 2]

const number = (value: number): string => value.toLocaleString("en-US")
const minutes = (millis: number): string => number(Math.max(1, Math.round(millis / 60_000)))

const section = (runs: ReadonlyArray<Run>, shardMs: number, two: number, byDefault: number): string => {
  const one = runs[0]!
  const line = (name: string, value: string) => `| ${name} | ${value} |`
  const perSecond = (manyWorkers * manyCalls) / answerSeconds
  return [
    `Measured on ${Os.availableParallelism()} cores, which workers, PostgreSQL and the emulator share: ${number(one.rows)} rows in shards of ${one.shardRows}, ${concurrency} calls at a`,
    `time on each worker, answers after ${latency} ms.`,
    "",
    "|     |     |",
    "| --- | --- |",
    ...runs.map(({ rowsPerSecond, workers }) =>
      line(`rows per second with ${workers} ${workers === 1 ? "worker" : "workers"}`, number(rowsPerSecond))
    ),
    line("CPU per row: the worker", `${one.workerMsPerRow} ms`),
    line("CPU per row: PostgreSQL", `${one.serverMsPerRow} ms`),
    line("CPU per row: the process that submits it and writes its outcome", `${one.submitterMsPerRow} ms`),
    line("CPU per shard, in addition to its rows: the worker", `${shardMs} ms`),
    line("after a worker is killed, by default: time until another worker continues its rows", `${byDefault} seconds`),
    line("the same with `--failover '2 seconds'`", `${two} seconds`),
    "",
    `With ${runs.length === 1 ? "one worker" : "more than one worker"} the cores are fully used, mostly by the emulator. More workers are faster here only as far as the cores allow.`,
    "",
    `Computed from these figures, not measured: a million rows are ${number(million / defaultShardRows)} shards, ${number(million / defaultShardRows / manyWorkers)} for each of ${manyWorkers} workers. They cost ${minutes(million * one.workerMsPerRow)} minutes of CPU on all`,
    `workers together (${minutes((million / defaultShardRows) * shardMs)} of them for the shards), ${minutes(million * one.serverMsPerRow)} minutes on PostgreSQL, and ${minutes(million * one.submitterMsPerRow)} minutes in the submitting process. With ${manyCalls} calls at a time on`,
    `each worker and answers that take ${answerSeconds} seconds, ${manyWorkers} workers call ${number(perSecond)} rows per second. The batch takes ${minutes((million / perSecond) * 1000)} minutes.`
  ].join("\n")
}

const marks = ["<!-- measured by pnpm measure:cluster --write -->", "<!-- end of what was measured -->"] as const

const write = (text: string): void => {
  const guide = Path.resolve(import.meta.dirname, "../../../../docs/guides/beyond-one-machine.md")
  const before = Fs.readFileSync(guide, "utf8")
  const [from, to] = [before.indexOf(marks[0]), before.indexOf(marks[1])]
  if (from < 0 || to < from) throw new Error(`the guide has no place for the figures: ${marks.join(" … ")}`)
  Fs.writeFileSync(guide, `${before.slice(0, from)}${marks[0]}\n\n${text}\n\n${before.slice(to)}`)
}

try {
  const runs = []
  for (const workers of [1, 2, 3]) runs.push(await measure(workers, 4000, 200))
  const [alone, together] = [await measure(1, 400, 1), await measure(1, 400, 200)]
  // 398 shards more, for as many rows
  const shardMs = decimals(((alone.workerMsPerRow - together.workerMsPerRow) * 400) / 398, 1)
  const text = section(runs, shardMs, await failover("--failover", "2 seconds"), await failover())
  if (process.argv.includes("--write")) write(text)
  else console.log(text)
} finally {
  endAll()
  await emulator.close()
  await server.stop()
  Fs.rmSync(folder, { recursive: true, force: true })
}
