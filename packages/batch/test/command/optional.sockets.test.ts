/** The command where the packages of batches on many machines are not installed. */
import { execFile } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import process from "node:process"
import { listen, type RunningEmulator } from "effect-friendli-emulator/NodeServer"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { buildWithout } from "./build.js"

// processes start
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

/** Of the package's manifest. */
interface Manifest {
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>
}

/** The packages that a user need not install. */
const optional = Object.entries(
  (JSON.parse(Fs.readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as Manifest).peerDependenciesMeta
).flatMap(([name, { optional }]) => (optional ? [name] : []))

let elsewhere = ""
let withoutAll = ""
let emulator: RunningEmulator

beforeAll(async () => {
  // not below the repository, whose packages would be found
  elsewhere = Fs.mkdtempSync(Path.join(Os.tmpdir(), "friendli-optional-"))
  withoutAll = await buildWithout(elsewhere, optional)
  emulator = await listen({ port: 0, script: [{ when: { operation: "chat" }, say: "Yes." }] })
})
afterAll(async () => {
  await emulator?.close()
  Fs.rmSync(elsewhere, { recursive: true, force: true })
})

let folder = ""
beforeEach(() => {
  emulator.reset()
  folder = Fs.mkdtempSync(Path.join(elsewhere, "batch-"))
  const body = { model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }] }
  Fs.writeFileSync(
    Path.join(folder, "in.jsonl"),
    `${JSON.stringify({ custom_id: "row-1", method: "POST", url: "/v1/chat/completions", body })}\n`
  )
})
afterEach(() => Fs.rmSync(folder, { recursive: true, force: true }))

const run = (bin: string, ...args: ReadonlyArray<string>) =>
  new Promise<{ readonly code: number | null; readonly stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [bin, ...args],
      {
        cwd: folder,
        env: { ...process.env, FRIENDLI_TOKEN: "flp_secret_token", FRIENDLI_BASE_URL: emulator.url, NO_COLOR: "1" }
      },
      (_, __, stderr) => resolve({ code: child.exitCode, stderr })
    )
  })

const database = "postgres://batches@127.0.0.1:1/batches"

/** What the user shall read: what is missing, and the command that installs everything. */
const message = (missing: string): string =>
  `friendli-batch: batches on many machines need more packages, and ${missing} is missing; ` +
  `install them: npm install ${optional.join(" ")}\n`

describe("the command without the packages of batches on many machines", () => {
  it("names what to install, with which command, and sends nothing", async () => {
    const submitted = await run(withoutAll, "run", "in.jsonl", "--out", "out.jsonl", "--cluster", database)
    const missing = /and (\S+) is missing/.exec(submitted.stderr)?.[1] ?? "no package"
    expect(optional).toContain(missing)
    expect(submitted).toEqual({ code: 2, stderr: message(missing) })
    expect(Fs.existsSync(Path.join(folder, "out.jsonl"))).toBe(false)
    expect(await run(withoutAll, "worker", "--cluster", database)).toEqual({ code: 2, stderr: message(missing) })
    expect(emulator.requests).toEqual([])
  })

  it("runs a batch on one machine, and does not go on with one of many machines", async () => {
    const { code, stderr } = await run(withoutAll, "run", "in.jsonl", "--out", "out.jsonl")
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stderr).toContain("1 done, 0 failed, 0 left")

    // as if it had been begun where the packages are
    const settings = Path.join(folder, "out.jsonl.batch.json")
    const begun = JSON.parse(Fs.readFileSync(settings, "utf8")) as object
    const cluster = { url: database, journal: "rows", shardRows: 250 }
    Fs.writeFileSync(settings, JSON.stringify({ ...begun, cluster }))
    for (const command of ["resume", "status", "export"]) {
      const ended = await run(withoutAll, command, "out.jsonl")
      expect(ended.code).toBe(2)
      expect(ended.stderr).toContain(`install them: npm install ${optional.join(" ")}`)
    }
  })

  it("names the one that is missing where the others are there, and says why one cannot be loaded", async () => {
    const place = Path.join(elsewhere, "without-one")
    Fs.mkdirSync(place)
    const bin = await buildWithout(place, ["@effect/workflow"])
    expect(await run(bin, "worker", "--cluster", database)).toEqual({ code: 2, stderr: message("@effect/workflow") })

    // a version that has none of what is asked for
    const other = Path.join(place, "node_modules/@effect/workflow")
    Fs.mkdirSync(other, { recursive: true })
    Fs.writeFileSync(Path.join(other, "package.json"), JSON.stringify({ name: "@effect/workflow", exports: {} }))
    const { code, stderr } = await run(bin, "worker", "--cluster", database)
    expect(code).toBe(2)
    expect(stderr).toContain("need more packages, which cannot be loaded (")
    expect(stderr).toContain("@effect/workflow")
  })
})
