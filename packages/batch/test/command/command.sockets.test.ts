/**
 * The command as a user runs it: in processes of its own, against the emulator on a socket. Processes are killed in the middle.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import process from "node:process"
import { stripVTControlCharacters } from "node:util"
import xterm from "@xterm/headless"
import { listen, type RunningEmulator } from "effect-friendli-emulator/NodeServer"
import { buildCommand } from "./build.js"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"

let bin = ""
const model = "meta-llama-3.1-8b-instruct"

let folder = ""
let emulator: RunningEmulator
const children = new Set<ChildProcess>()

beforeAll(async () => {
  bin = await buildCommand("command")
  emulator = await listen({ port: 0, script: [{ when: { operation: "chat" }, say: "Yes." }] })
})
afterAll(() => emulator.close())
beforeEach(() => {
  emulator.reset()
  folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "friendli-batch-"))
})
afterEach(() => {
  for (const child of children) child.kill("SIGKILL")
  children.clear()
  Fs.rmSync(folder, { recursive: true, force: true })
})

const file = (name: string): string => Path.join(folder, name)
const readLines = (name: string): ReadonlyArray<string> => Fs.readFileSync(file(name), "utf8").trimEnd().split("\n")
const calls = (): number => emulator.requests.filter(({ path }) => path.endsWith("/chat/completions")).length

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts the command in a Node with these options. */
const startWith = (nodeOptions: ReadonlyArray<string>, ...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [...nodeOptions, bin, ...args], {
    cwd: folder,
    env: { ...process.env, FRIENDLI_TOKEN: "flp_secret_token", FRIENDLI_BASE_URL: emulator.url, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"]
  })
  children.add(child)
  let stdout = ""
  let stderr = ""
  child.stdout.on("data", (text: Buffer) => (stdout += text.toString()))
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()))
  const ended = once(child, "close").then(([code]): Ended => ({ code: code as number | null, stdout, stderr }))
  return { child, ended }
}

const start = (...args: ReadonlyArray<string>) => startWith([], ...args)

const run = (...args: ReadonlyArray<string>): Promise<Ended> => start(...args).ended

const columns = 80

/** Makes standard error a terminal, as far as a program can tell. */
const inTerminal = [
  "--import",
  `data:text/javascript,Object.defineProperty(process.stderr,"isTTY",{value:true});process.stderr.columns=${columns}`
]

/** What a terminal shows in the end. A line that it had to wrap was too long. */
const screenOf = (written: string): Promise<ReadonlyArray<string>> =>
  new Promise((resolve) => {
    const terminal = new xterm.Terminal({ cols: columns, rows: 40, allowProposedApi: true, convertEol: true })
    terminal.write(written, () => {
      const { active } = terminal.buffer
      const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)!)
      expect(lines.filter(({ isWrapped }) => isWrapped).map((line) => line.translateToString(true))).toEqual([])
      resolve(
        lines
          .map((line) => line.translateToString(true))
          .join("\n")
          .trimEnd()
          .split("\n")
      )
    })
  })

/** Waits until the emulator has seen so many calls. */
const untilCalls = async (count: number): Promise<void> => {
  while (calls() < count) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** An input of chat requests, in the form of OpenAI's batch files. */
const writeInput = (count: number): void => {
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      custom_id: `row-${index + 1}`,
      method: "POST",
      url: "/v1/chat/completions",
      body: { model, messages: [{ role: "user", content: `Secret question ${index + 1}` }], max_tokens: 5 }
    })
  )
  Fs.writeFileSync(file("in.jsonl"), `${lines.join("\n")}\n`)
}

/** The ids of the results, and how many of them are errors. */
const results = () => {
  const lines = readLines("out.jsonl").map((line) => JSON.parse(line) as { custom_id: string; error: unknown })
  return { ids: lines.map(({ custom_id: id }) => id), errors: lines.filter(({ error }) => error !== null).length }
}

/** How often each key is in the journal as done. */
const recorded = (): ReadonlyArray<number> => {
  const counts = new Map<string, number>()
  for (const line of readLines("out.jsonl.journal").slice(1)) {
    const { key, status } = JSON.parse(line) as { key: string; status: string }
    if (status === "done") counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts.values()]
}

// each test starts several processes
vi.setConfig({ testTimeout: 120_000 })

describe("friendli-batch run", () => {
  it("writes a result for each row, in the order of the input", async () => {
    writeInput(40)
    const ended = await run("run", "in.jsonl", "--out", "out.jsonl")
    expect(ended).toMatchObject({ code: 0, stdout: "" })
    expect(results()).toEqual({ ids: Array.from({ length: 40 }, (_, index) => `row-${index + 1}`), errors: 0 })
    expect(ended.stderr).toContain("40 done, 0 failed, 0 left")
    for (const text of [ended.stderr, Fs.readFileSync(file("out.jsonl.batch.json"), "utf8")]) {
      expect(text).not.toContain("flp_secret_token")
      expect(text).not.toContain("Secret question")
    }
  })

  it("calls nothing again, and says so", async () => {
    writeInput(10)
    await run("run", "in.jsonl", "--out", "out.jsonl")
    const again = await run("run", "in.jsonl", "--out", "out.jsonl")
    expect(again.code).toBe(0)
    expect(again.stderr).toContain("10 came from the journal")
    expect(calls()).toBe(10)
  })

  it("reads the whole input before it sends anything", async () => {
    writeInput(10)
    Fs.appendFileSync(file("in.jsonl"), "Secret nonsense\n")
    const ended = await run("run", "in.jsonl", "--out", "out.jsonl")
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain("not JSON")
    expect(ended.stderr).not.toContain("Secret")
    expect(calls()).toBe(0)
  })

  it("replaces neither its input nor a file that is not of a batch", async () => {
    writeInput(2)
    const input = Fs.readFileSync(file("in.jsonl"), "utf8")
    const onInput = await run("run", "in.jsonl", "--out", "./in.jsonl")
    expect(onInput).toMatchObject({ code: 2, stderr: expect.stringContaining("would replace the input") })
    expect(Fs.readFileSync(file("in.jsonl"), "utf8")).toBe(input)
    Fs.writeFileSync(file("notes.txt"), "mine")
    const onOther = await run("run", "in.jsonl", "--out", "notes.txt")
    expect(onOther).toMatchObject({ code: 2, stderr: expect.stringContaining("notes.txt exists") })
    expect(Fs.readFileSync(file("notes.txt"), "utf8")).toBe("mine")
    expect(calls()).toBe(0)
  })

  it("reads prompts with a template and a table, with a budget and defaults", async () => {
    Fs.writeFileSync(file("words.csv"), "id,word\na,house\nb,tree\n")
    const prompts = [
      "--template",
      "Translate: {{word}}",
      "--system",
      "Be brief.",
      "--model",
      model,
      "--max-tokens",
      "5"
    ]
    const limits = ["--concurrency", "1", "--budget", "$1"]
    const ended = await run("run", "words.csv", "--out", "out.jsonl", ...prompts, ...limits)
    expect(ended.code).toBe(0)
    expect(results().ids).toEqual(["a", "b"])
    expect(emulator.requests[0]?.body).toMatchObject({
      model,
      max_tokens: 5,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Translate: house" }
      ]
    })
  })

  it("names the flag whose value is not valid, and keeps the options of the earlier run", async () => {
    writeInput(2)
    await run("run", "in.jsonl", "--out", "out.jsonl", "--budget", "$1")
    const options = Fs.readFileSync(file("out.jsonl.batch.json"), "utf8")
    const wrong = await run("run", "in.jsonl", "--out", "out.jsonl", "--budget", "abc")
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/^--budget: expected an amount/m) })
    expect(Fs.readFileSync(file("out.jsonl.batch.json"), "utf8")).toBe(options)
  })

  it("names the variables that are missing or not valid", async () => {
    writeInput(2)
    const withEnvironment = (change: string) =>
      startWith(["--import", `data:text/javascript,${change}`], "run", "in.jsonl", "--out", "out.jsonl").ended
    const missing = await withEnvironment("delete process.env.FRIENDLI_TOKEN")
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("Missing data at FRIENDLI_TOKEN") })
    const wrong = await withEnvironment("process.env.FRIENDLI_BASE_URL='localhost:8000'")
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("Invalid data at FRIENDLI_BASE_URL") })
  })

  it("exits with 1 when rows failed, 3 when a budget is reached, 2 for a wrong command line", async () => {
    writeInput(20)
    emulator.faults.enqueue({ status: 400 })
    const failed = await run("run", "in.jsonl", "--out", "out.jsonl", "--concurrency", "1")
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain("1 × InvalidRequestError, the first in row row-1")
    expect(results().errors).toBe(1)

    const stopped = await run(
      "run",
      "in.jsonl",
      "--out",
      "other.jsonl",
      "--max-total-tokens",
      "100",
      "--concurrency",
      "1"
    )
    expect(stopped.code).toBe(3)
    expect(stopped.stderr).toContain("the token budget is reached")
    expect(stopped.stderr).toContain("friendli-batch resume other.jsonl")

    for (const args of [
      ["run"],
      ["run", "in.jsonl"],
      ["run", "in.jsonl", "--out", "out.jsonl", "--concurrency", "many"],
      ["resume", "nothing.jsonl"]
    ]) {
      expect((await run(...args)).code).toBe(2)
    }
  })
})

describe("a batch that is killed", () => {
  it("goes on where it was, and repeats no more calls than were running", async () => {
    const [count, atATime] = [60, 4]
    writeInput(count)
    emulator.setPacing({ timeToFirstToken: 30 })
    const first = start("run", "in.jsonl", "--out", "out.jsonl", "--concurrency", String(atATime))
    await untilCalls(17)
    first.child.kill("SIGKILL")
    await first.ended
    for (const target of [31, 47]) {
      const next = start("resume", "out.jsonl")
      await untilCalls(target)
      next.child.kill("SIGKILL")
      await next.ended
    }
    const last = await run("resume", "out.jsonl")
    expect(last.code).toBe(0)
    expect(results()).toEqual({ ids: Array.from({ length: count }, (_, index) => `row-${index + 1}`), errors: 0 })
    expect(recorded()).toEqual(Array.from({ length: count }, () => 1))
    expect(calls()).toBeGreaterThanOrEqual(count)
    expect(calls()).toBeLessThanOrEqual(count + 3 * atATime)
  })

  it("can be looked at and exported", async () => {
    writeInput(30)
    emulator.setPacing({ timeToFirstToken: 30 })
    const first = start("run", "in.jsonl", "--out", "out.jsonl", "--concurrency", "4")
    await untilCalls(12)
    // those that run end, and the next ones do not: the process is there as long as it is looked at
    emulator.setPacing({ timeToFirstToken: 60_000 })
    const during = await run("status", "out.jsonl")
    expect(during.stdout).toMatch(/^\d+ of 30 rows done, 0 failed/)
    expect(during.stdout).toContain("a process is running it")
    first.child.kill("SIGKILL")
    await first.ended
    // the lock that the killed process has left is there, and nobody holds it
    expect(Fs.existsSync(file("out.jsonl.journal.lock"))).toBe(true)
    expect((await run("status", "out.jsonl")).stdout).toContain("no process is running it")
    const exported = await run("export", "out.jsonl")
    expect(exported.code).toBe(0)
    expect(results().ids.length).toBeGreaterThanOrEqual(8)
    expect(new Set(results().ids).size).toBe(results().ids.length)
  })

  it("has one process at a time", async () => {
    writeInput(30)
    emulator.setPacing({ timeToFirstToken: 60_000 })
    const first = start("run", "in.jsonl", "--out", "out.jsonl", "--concurrency", "2")
    await untilCalls(1)
    const second = await run("resume", "out.jsonl")
    expect(second.code).toBe(4)
    expect(second.stderr).toContain(`process ${first.child.pid}`)
  })
})

describe("Ctrl-C", () => {
  it("once lets the calls that run end, and keeps them", async () => {
    writeInput(60)
    emulator.setPacing({ timeToFirstToken: 100 })
    const { child, ended } = start("run", "in.jsonl", "--out", "out.jsonl", "--concurrency", "4")
    await untilCalls(6)
    child.kill("SIGINT")
    const { code, stderr } = await ended
    expect(code).toBe(130)
    expect(stderr).toContain("Stopping")
    expect(results().ids).toHaveLength(calls())
  })

  it("twice stops at once", async () => {
    writeInput(60)
    emulator.setPacing({ timeToFirstToken: 60_000 })
    const { child, ended } = start("run", "in.jsonl", "--out", "out.jsonl", "--concurrency", "4")
    await untilCalls(4)
    child.kill("SIGINT")
    await new Promise((resolve) => setTimeout(resolve, 100))
    child.kill("SIGINT")
    expect((await ended).code).toBe(130)
    // the journal is not locked any more
    emulator.setPacing({ timeToFirstToken: 0 })
    expect((await run("resume", "out.jsonl")).code).toBe(0)
  })
})

describe("a terminal of 80 columns", () => {
  it("shows the progress in its place, what Ctrl-C does, and the summary", async () => {
    writeInput(60)
    emulator.setPacing({ timeToFirstToken: 200 })
    const { child, ended } = startWith(inTerminal, "run", "in.jsonl", "--out", "out.jsonl", "--concurrency", "4")
    await untilCalls(10)
    child.kill("SIGINT")
    const { code, stderr } = await ended
    expect(code).toBe(130)
    const lines = await screenOf(stderr)
    const count = calls()
    expect(lines).toEqual([
      "60 rows in in.jsonl",
      expect.stringMatching(/^Stopping: \d calls? will finish and be recorded\. Ctrl-C again stops at once\.$/),
      expect.stringMatching(/^█+░+ +\d+ % {2}stopping$/),
      `${count} done  0 failed  0 from the journal  ${60 - count} to go`,
      expect.stringMatching(/^0 of 4 calls {2}[\d.]+ rows\/s {2}\d+ tokens\/s {2}\$0\.\d+ {2}\d+ s$/),
      `${count} done, 0 failed, ${60 - count} left; 0 came from the journal`,
      expect.stringMatching(/^[\d,]+ tokens, \$0\.\d+, \d+ s$/),
      "Ended early: stopped by Ctrl-C.",
      `${count} results are in out.jsonl`,
      "To continue: friendli-batch resume out.jsonl"
    ])
  })

  it("has room for the help of every subcommand, which names every option", async () => {
    const help = await run("--help")
    for (const name of ["run", "resume", "status", "estimate", "export", "worker"]) {
      expect(help.stdout).toContain(name)
      const { code, stdout } = await run(name, "--help")
      expect(code).toBe(0)
      // the library writes the usage in one line
      const lines = stripVTControlCharacters(stdout).split("\n")
      for (const line of lines.filter((text) => !text.startsWith("$ ")))
        expect(line.length).toBeLessThanOrEqual(columns)
    }
  })
})

describe("friendli-batch estimate", () => {
  it("counts tokens and cost without a generation", async () => {
    writeInput(100)
    const { code, stdout } = await run("estimate", "in.jsonl", "--sample", "10")
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^100 rows; 10 were tokenized\ninput: {2}about [\d,]+ tokens\noutput: at most 500 tokens\ncost: {3}at most about \$0\.0/
    )
    expect(calls()).toBe(0)
  })
})
