/**
 * Measures batches on many machines: rows a second with one, two and three workers, the CPU of a row and of a shard, and how long
 * others wait for the shards of a worker that is killed. Linux only: the CPU of a process is read from `/proc`.
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
  await until(() => started.stderr().includes("Working"))
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

/** Runs rows on workers that wait already, and says what it cost. */
const measure = async (workers: number, rows: number, shardRows: number, latency: number) => {
  url = await server.makeDatabase()
  emulator.setPacing({ timeToFirstToken: latency })
  writeInput(rows)
  const started = await Promise.all(Array.from({ length: workers }, () => worker(16)))
  // until each has its part of the work
  await new Promise((resolve) => setTimeout(resolve, 5000))
  const pids = started.map(({ child }) => child.pid ?? 0)
  const cpu = () => pids.reduce((sum, pid) => sum + cpuOf(pid), 0)
  const [before, serverBefore, first] = [cpu(), cpuOfAll(server.pid), count()]
  const submitter = submit(shardRows)
  await until(() => count() > first)
  const begun = performance.now()
  await until(() => count() >= first + rows)
  const seconds = (performance.now() - begun) / 1000
  await submitter.ended
  const result = {
    workers,
    rows,
    shardRows,
    rowsPerSecond: Math.round(rows / seconds),
    workerMsPerRow: Number(((cpu() - before) / rows).toFixed(2)),
    serverMsPerRow: Number(((cpuOfAll(server.pid) - serverBefore) / rows).toFixed(2))
  }
  for (const { child, ended } of started) {
    child.kill("SIGTERM")
    await ended
  }
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
  return Number(seconds.toFixed(1))
}

try {
  // each is said as soon as it is known: under load all of them take minutes
  for (const workers of [1, 2, 3]) console.log(await measure(workers, 1500, 75, 50))
  for (const shardRows of [1, 200]) console.log(await measure(1, 400, shardRows, 0))
  console.log("seconds of failover, of 2 seconds:", await failover("--failover", "2 seconds"))
  console.log("seconds of failover, by default:", await failover())
} finally {
  endAll()
  await emulator.close()
  await server.stop()
  Fs.rmSync(folder, { recursive: true, force: true })
}
