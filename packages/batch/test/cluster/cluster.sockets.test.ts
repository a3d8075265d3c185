/**
 * Batches on many machines as users run them: a real PostgreSQL, the emulator on a socket, and a process for each worker. Processes are
 * killed in the middle and replaced.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as SqlClient from "@effect/sql/SqlClient"
import { describe, expect, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Operation from "effect-friendli/Operation"
import { listen, type RunningEmulator } from "effect-friendli-emulator/NodeServer"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest"
import * as Batch from "../../src/Batch.js"
import * as Cluster from "../../src/Cluster.js"
import * as Journal from "../../src/Journal.js"
import * as SqlJournal from "../../src/SqlJournal.js"
import { buildCommand } from "../command/build.js"
import { journalContract } from "../journal/contract.js"
import { calls as callsOf, collect, model, over, quick, row, rows } from "../support.js"
import * as postgres from "./postgres.js"
import { makeProcesses, until } from "./processes.js"

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let server: postgres.Postgres
let emulator: RunningEmulator
let bin = ""
let url = ""

beforeAll(async () => {
  ;[server, emulator, bin] = await Promise.all([
    postgres.start(),
    listen({ port: 0, script: [{ when: { operation: "chat" }, say: "Yes." }] }),
    buildCommand("cluster")
  ])
})
afterAll(async () => {
  await emulator?.close()
  await server?.stop()
})
beforeEach(async () => {
  emulator.reset()
  url = await server.makeDatabase()
})

/** The database of a test. */
const database = () => PgClient.layer({ url: Redacted.make(url), maxConnections: 5 })

/** Asks the database. */
const ask = <A extends object>(make: (sql: SqlClient.SqlClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.runPromise(Effect.provide(Effect.flatMap(SqlClient.SqlClient, make), database()))

// --- the journal

journalContract(
  "PostgreSQL",
  Effect.sync(() => Layer.provide(SqlJournal.layer({ journal: "rows" }), database()))
)

// --- in one process

/** How soon workers of tests notice each other. None is lost in this process. */
const timing = { poll: "100 millis" } as const

/** Starts a worker over an emulator in process, in a scope of its own. */
const startWorker = (
  source: ReturnType<typeof quick>,
  options: Cluster.WorkerOptions = {},
  settings?: Parameters<typeof over>[1]
) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const leave = Scope.close(scope, Exit.void)
    yield* Effect.addFinalizer(() => leave)
    yield* Layer.buildWithScope(
      Cluster.layerWorker({ concurrency: 4, ...timing, ...options }).pipe(
        Layer.provide(over(source, settings)),
        Layer.provide(database())
      ),
      scope
    )
    return leave
  })

/** Waits until an emulator in process has seen so many calls. */
const untilCallsOf = (source: ReturnType<typeof quick>, count: number) =>
  Effect.promise(() => until(() => callsOf(source) >= count))

/** Runs a batch to its end. */
const runAll = <A, E>(
  source: ReturnType<typeof quick>,
  requests: Stream.Stream<Batch.Request<A>, E>,
  options: Partial<Cluster.Options> = {}
) =>
  Effect.gen(function* () {
    const batch = yield* Cluster.run(requests, { journal: "rows", shardRows: 5, ...timing, ...options })
    const outcomes = yield* collect(batch.rows)
    return { outcomes, summary: yield* batch.summary }
  }).pipe(Effect.provide(over(source)), Effect.provide(database()))

const ids = (count: number) => Array.from({ length: count }, (_, index) => `row-${index + 1}`).sort()

describe("a batch that workers run", () => {
  it.live("gives each row once with its cost, whatever worker called it, and continues", () => {
    const source = quick()
    return Effect.scoped(
      Effect.gen(function* () {
        yield* startWorker(source)
        yield* startWorker(source)
        source.faults.enqueue({ status: 500, times: 2 })
        const same = Stream.make({ ...row(1), id: "same" })
        const first = yield* runAll(source, Stream.concat(rows(40), same))
        expect(first.outcomes.map(({ id }) => id).sort()).toEqual([...ids(40), "same"])
        expect(first.summary).toMatchObject({
          failed: first.outcomes.filter(({ _tag }) => _tag === "Failed").length,
          reason: "end"
        })
        expect(first.summary.done + first.summary.failed).toBe(41)
        expect(callsOf(source)).toBe(40)
        const total = BigDecimal.sumAll(
          first.outcomes.flatMap((outcome) =>
            outcome._tag === "Done" && outcome.isNew ? [Option.getOrThrow(outcome.cost)] : []
          )
        )
        expect(BigDecimal.greaterThan(total, BigDecimal.fromBigInt(0n))).toBe(true)
        expect(BigDecimal.equals(first.summary.cost, total)).toBe(true)

        const kept = yield* runAll(source, rows(40), { retryFailed: false })
        expect(kept.summary).toMatchObject({ reused: 40, reason: "end" })
        expect(callsOf(source)).toBe(40)
        const more = yield* runAll(source, rows(50))
        expect(more.summary).toMatchObject({ done: 50, failed: 0, reused: 38, reason: "end" })
        expect(callsOf(source)).toBe(52)

        const status = yield* Effect.provide(Cluster.status("rows"), database())
        expect(Option.getOrThrow(status)).toMatchObject({ requests: 50, done: 50, failed: 0, state: "end", workers: 2 })
        const recorded = yield* Effect.provide(
          Effect.flatMap(Journal.Journal, (journal) => Stream.runCollect(journal.entries)),
          Layer.provide(Cluster.layerJournal("rows"), database())
        )
        expect(Chunk.size(recorded)).toBe(50)
      })
    )
  })

  it.live("counts a row once, however late another one asks for the same", () => {
    const source = quick()
    return Effect.scoped(
      Effect.gen(function* () {
        yield* startWorker(source)
        const isGiven = yield* Deferred.make<void>()
        const late = Stream.make({ ...row(1), id: "late" }, { ...row(6), id: "fresh" }, { ...row(1), id: "later" })
        const requests = rows(5).pipe(
          Stream.concat(Stream.drain(Stream.fromEffect(Deferred.await(isGiven)))),
          Stream.concat(late)
        )
        const batch = yield* Cluster.run(requests, { journal: "rows", shardRows: 5, ...timing })
        let count = 0
        const outcomes = yield* collect(
          Stream.tap(batch.rows, () => (++count === 5 ? Deferred.succeed(isGiven, undefined) : Effect.void))
        )
        const reused = outcomes.filter(({ isNew }) => !isNew).map(({ id }) => id)
        expect(reused).toEqual(["late", "later"])
        expect(yield* batch.summary).toMatchObject({ done: 8, reused: 2, reason: "end" })
        expect(callsOf(source)).toBe(6)
      }).pipe(Effect.provide(over(source)), Effect.provide(database()))
    )
  })

  it.live("ends at a budget over all workers, and goes on from there", () => {
    const source = quick()
    return Effect.scoped(
      Effect.gen(function* () {
        const workers = 3
        for (let index = 0; index < workers; index++) yield* startWorker(source)
        source.setPacing({ timeToFirstToken: 10 })
        const one = yield* runAll(source, rows(1), { journal: "one" })
        const each = one.summary.tokens.input + one.summary.tokens.output
        const before = callsOf(source)

        const tokens = yield* runAll(source, rows(200), { budget: { tokens: 50 * each } })
        expect(tokens.summary.reason).toBe("tokens")
        const called = callsOf(source) - before
        // the first row is the shortest
        expect(called).toBeGreaterThanOrEqual(40)
        // the last call may be longer than the rest of the budget
        expect(called).toBeLessThanOrEqual(51)
        expect(tokens.summary.done).toBe(called)

        const cost = yield* runAll(source, rows(200), {
          budget: { cost: BigDecimal.multiply(one.summary.cost, BigDecimal.fromBigInt(30n)) }
        })
        expect(cost.summary.reason).toBe("cost")
        expect(callsOf(source) - before - called).toBeGreaterThanOrEqual(20)

        const time = yield* runAll(source, rows(2000), { journal: "long", budget: { time: "1 second" } })
        expect(time.summary.reason).toBe("time")
        expect(time.summary.millis).toBeLessThan(5000)

        const rest = yield* runAll(source, rows(200))
        expect(rest.summary).toMatchObject({ done: 200, failed: 0, reason: "end" })
        expect(rest.summary.reused).toBe(tokens.summary.done + cost.summary.done - cost.summary.reused)

        source.faults.enqueue({ status: 400, times: 500 })
        const failures = yield* runAll(source, rows(300), { journal: "failing", budget: { failures: 0.5 } })
        expect(failures.summary.reason).toBe("failures")
        expect(failures.summary.failed).toBeLessThan(60)
      })
    )
  })

  it.live("counts the running calls of every worker against a budget, also of those that a slow worker has", () => {
    const source = quick()
    return Effect.scoped(
      Effect.gen(function* () {
        yield* startWorker(source)
        // all rows use the same tokens: three digits are one token
        const equal = Stream.map(Stream.range(101, 400), row)
        const one = yield* runAll(source, Stream.take(equal, 1), { journal: "one" })
        const each = one.summary.tokens.input + one.summary.tokens.output
        const before = callsOf(source)

        source.setPacing({ timeToFirstToken: 20 })
        const budget = { tokens: 60 * each }
        const fiber = yield* Effect.fork(runAll(source, equal, { budget }))
        yield* untilCallsOf(source, before + 20)
        // the next calls of this worker still run when the others have used up the rest
        source.setPacing({ timeToFirstToken: 3000 })
        yield* untilCallsOf(source, callsOf(source) + 4)
        source.setPacing({ timeToFirstToken: 0 })
        for (let index = 0; index < 2; index++) yield* startWorker(source)

        const { summary } = yield* Fiber.join(fiber)
        expect(summary).toMatchObject({ reason: "tokens", done: 60 })
        expect(summary.tokens.input + summary.tokens.output).toBe(budget.tokens)
        expect(callsOf(source) - before).toBe(60)
      })
    )
  })

  it.live("does not reserve a budget for the calls of a lost worker", () => {
    const source = quick()
    return Effect.scoped(
      Effect.gen(function* () {
        yield* startWorker(source)
        source.setPacing({ timeToFirstToken: 20 })
        const budget = { tokens: 2000 }
        const fiber = yield* Effect.fork(runAll(source, rows(300), { budget }))
        yield* untilCallsOf(source, 5)
        yield* Effect.promise(() =>
          ask(
            (sql) => sql`
              INSERT INTO friendli_batch_shards (run, shard, begun, worker, reserved)
              SELECT id, 1000, TRUE, 'lost', 1000 FROM friendli_batch_runs`
          )
        )
        const { summary } = yield* Fiber.join(fiber)
        expect(summary.reason).toBe("tokens")
        expect(summary.tokens.input + summary.tokens.output).toBeGreaterThanOrEqual(budget.tokens)
      })
    )
  })

  it.live("stops gracefully from any process, and leaves the rows that nobody had begun", () => {
    const source = quick()
    return Effect.scoped(
      Effect.gen(function* () {
        yield* startWorker(source)
        source.setPacing({ timeToFirstToken: 20 })
        const fiber = yield* Effect.fork(runAll(source, rows(500)))
        yield* untilCallsOf(source, 10)
        yield* Effect.provide(Cluster.stop("rows"), database())
        const { outcomes, summary } = yield* Fiber.join(fiber)
        expect(summary.reason).toBe("stopped")
        expect(outcomes).toHaveLength(callsOf(source))
        expect(outcomes.length).toBeLessThan(500)
      })
    )
  })

  it.live("ends when it is stopped after its only worker has left in the middle of a shard", () => {
    const source = quick()
    return Effect.scoped(
      Effect.gen(function* () {
        const leave = yield* startWorker(source)
        source.setPacing({ timeToFirstToken: 20 })
        const fiber = yield* Effect.fork(runAll(source, rows(500), { shardRows: 500 }))
        yield* untilCallsOf(source, 10)
        yield* leave
        yield* Effect.provide(Cluster.stop("rows"), database())
        const { outcomes, summary } = yield* Effect.timeout(Fiber.join(fiber), "10 seconds")
        expect(summary.reason).toBe("stopped")
        expect(outcomes).toHaveLength(callsOf(source))
        // no worker is there, and the journal is free
        yield* Layer.build(Layer.provide(SqlJournal.layer({ journal: "rows" }), database()))
      })
    )
  })

  it.live("repeats no call of a worker that leaves while its shards move to others", () => {
    const source = quick()
    return Effect.scoped(
      Effect.gen(function* () {
        const leave = yield* startWorker(source, { concurrency: 8, shards: 8 })
        source.setPacing({ timeToFirstToken: 10_000 })
        const fiber = yield* Effect.fork(runAll(source, rows(60), { shardRows: 1 }))
        yield* untilCallsOf(source, 8)
        source.setPacing({ timeToFirstToken: 20 })
        yield* Effect.all([startWorker(source), startWorker(source)], { concurrency: 2 })
        // shards without calls have moved; the others wait for their calls
        yield* untilCallsOf(source, 12)
        yield* leave
        const { summary } = yield* Fiber.join(fiber)
        expect(summary).toMatchObject({ done: 60, failed: 0, reason: "end" })
        expect(callsOf(source)).toBe(60)
      })
    )
  })

  it.live("goes on without who submitted it, and is found again", () => {
    const source = quick()
    return Effect.scoped(
      Effect.gen(function* () {
        source.setPacing({ timeToFirstToken: 10 })
        // nobody works yet: what is submitted waits
        const fiber = yield* Effect.fork(runAll(source, rows(60)))
        const waits = (count: number) =>
          Effect.map(Effect.provide(Cluster.status("rows"), database()), (status) =>
            Option.exists(status, ({ requests }) => requests >= count)
          )
        while (!(yield* Effect.orElseSucceed(waits(60), () => false))) yield* Effect.sleep(20)
        yield* Fiber.interrupt(fiber)
        yield* startWorker(source)
        yield* untilCallsOf(source, 20)
        const { outcomes, summary } = yield* runAll(source, rows(60))
        expect(outcomes.map(({ id }) => id).sort()).toEqual(ids(60))
        expect(summary).toMatchObject({ done: 60, reason: "end" })
        expect(callsOf(source)).toBe(60)
      })
    )
  })

  it.live("says what its workers lack", () => {
    const source = quick()
    return Effect.scoped(
      Effect.gen(function* () {
        const leave = yield* startWorker(source, {}, { baseUrl: "https://elsewhere.example" })
        const elsewhere = yield* Effect.flip(runAll(source, rows(10)))
        expect(elsewhere).toMatchObject({ _tag: "WorkerError", journal: "rows" })
        expect(elsewhere.message).toContain("another deployment or base URL")
        yield* leave

        const leaveAgain = yield* startWorker(source)
        const own = Operation.unary({
          name: "Own.chat",
          path: "/chat/completions",
          request: Schema.Struct({ model: Schema.String, messages: Schema.Array(Schema.Unknown) }),
          response: Schema.Struct({ id: Schema.String })
        })
        const ownRow = Stream.make(Batch.of(own, { model, messages: [{ role: "user", content: "Hello!" }] }, "own"))
        const unknown = yield* Effect.flip(runAll(source, ownRow, { journal: "own" }))
        expect(unknown.message).toContain("does not know the operation Own.chat")
        expect(callsOf(source)).toBe(0)
        yield* leaveAgain
        yield* startWorker(source, { operations: [own] })
        expect((yield* runAll(source, ownRow, { journal: "own" })).summary).toMatchObject({ done: 1, reason: "end" })
        // the same batch with workers that are right
        expect((yield* runAll(source, rows(10))).summary).toMatchObject({ done: 10, reason: "end" })
        const other = yield* Effect.flip(
          Effect.provide(
            Effect.provide(Cluster.run(rows(1), { journal: "rows", body: { top_k: 1 } }), over(source)),
            database()
          )
        )
        expect(other).toMatchObject({ _tag: "JournalMismatchError" })
        for (const options of [
          { shardRows: 0 },
          { rate: { calls: 0, per: "1 second" } },
          { budget: { tokens: 0 } }
        ] as const) {
          expect(yield* Effect.flip(runAll(source, rows(1), options))).toMatchObject({ _tag: "InvalidBatchError" })
        }
      })
    )
  })
})

// --- in processes

let folder = ""
const { endAll, start } = makeProcesses(
  () => bin,
  () => folder,
  () => ({ FRIENDLI_TOKEN: "flp_secret_token", FRIENDLI_BASE_URL: emulator.url, FRIENDLI_BATCH_DATABASE: url })
)
beforeEach(() => {
  folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "friendli-cluster-"))
})
afterEach(() => {
  endAll()
  Fs.rmSync(folder, { recursive: true, force: true })
})

const calls = (): number => emulator.requests.filter(({ path }) => path.endsWith("/chat/completions")).length
const untilCalls = (count: number) => until(() => calls() >= count)

/** The calls of each worker, which its team names. */
const callsByTeam = (): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { headers } of emulator.requests) {
    const team = headers["x-friendli-team"] ?? ""
    counts[team] = (counts[team] ?? 0) + 1
  }
  return counts
}

const writeInput = (count: number): void => {
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      custom_id: `row-${index + 1}`,
      method: "POST",
      url: "/v1/chat/completions",
      body: { model, messages: [{ role: "user", content: `Secret question ${index + 1}` }], max_tokens: 5 }
    })
  )
  Fs.writeFileSync(Path.join(folder, "in.jsonl"), `${lines.join("\n")}\n`)
}

const results = (): ReadonlyArray<string> =>
  Fs.readFileSync(Path.join(folder, "out.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { custom_id: string; error: unknown }).custom_id)

const inOrder = (count: number) => Array.from({ length: count }, (_, index) => `row-${index + 1}`)

const concurrency = 4
/** Starts a worker that names itself in its calls, and waits until it works. */
const worker = async (team: string, failover = "30 seconds") => {
  const started = start(
    ["worker", "--concurrency", String(concurrency), "--failover", failover, "--poll", "200 millis"],
    { FRIENDLI_TEAM: team }
  )
  await until(() => {
    if (started.child.exitCode !== null) throw new Error(started.stderr())
    return started.stderr().includes("The worker is running")
  })
  return started
}

/** Submits the input. */
const submit = (...args: ReadonlyArray<string>) =>
  start(["run", "in.jsonl", "--out", "out.jsonl", "--cluster", url, "--journal", "rows", "--shard-rows", "10", ...args])

/** How often outcomes were recorded: entries, and writes of them. */
const recorded = () =>
  ask(
    (sql) => sql<{ readonly entries: string; readonly written: string }>`
      SELECT count(*) AS entries, (SELECT written FROM friendli_batch_journals) AS written
      FROM friendli_batch_entries WHERE status = 'done'`
  )

describe("workers that come and go", () => {
  it("are killed and replaced: each row is recorded once, and no more calls are repeated than ran", async () => {
    const [count, brief] = [400, "5 seconds"]
    writeInput(count)
    emulator.setPacing({ timeToFirstToken: 40 })
    const [first, second] = await Promise.all([worker("first", brief), worker("second", brief)])
    const submitter = submit()
    await untilCalls(60)
    first.child.kill("SIGKILL")
    const third = await worker("third", brief)
    await untilCalls(160)
    // who submits may be killed as well
    submitter.child.kill("SIGKILL")
    second.child.kill("SIGKILL")
    await worker("fourth", brief)
    await untilCalls(260)
    third.child.kill("SIGKILL")
    const { code, stderr } = await start(["resume", "out.jsonl"]).ended
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(results()).toEqual(inOrder(count))
    expect(await recorded()).toEqual([{ entries: String(count), written: String(count) }])
    expect(calls()).toBeGreaterThanOrEqual(count)
    expect(calls()).toBeLessThanOrEqual(count + 3 * concurrency)
    expect(Object.keys(callsByTeam()).sort()).toEqual(["first", "fourth", "second", "third"])
    for (const text of [stderr, Fs.readFileSync(Path.join(folder, "out.jsonl.batch.json"), "utf8")]) {
      expect(text).not.toContain("flp_secret_token")
      expect(text).not.toContain("Secret question")
    }
  })

  it("join and leave: no call is repeated, and all of them together keep a rate", async () => {
    const [count, rate] = [150, 40]
    writeInput(count)
    emulator.setPacing({ timeToFirstToken: 100 })
    const first = await worker("first")
    const submitter = submit("--rate", String(rate))
    await untilCalls(1)
    const begun = Date.now()
    const tooMany: Array<number> = []
    const watching = setInterval(() => {
      const allowed = rate + (rate * (Date.now() - begun)) / 1000 + 1
      if (calls() > allowed) tooMany.push(calls() - allowed)
    }, 20)
    await Promise.all([worker("second"), worker("third")])
    await untilCalls(70)
    // so slow that the batch still runs when its status is read
    emulator.setPacing({ timeToFirstToken: 2000 })
    first.child.kill("SIGTERM")
    const left = await first.ended
    expect(left).toMatchObject({ code: 0 })
    expect(left.stderr).toContain("Stopping")
    const status = await start(["status", "out.jsonl"]).ended
    expect(status.stdout).toMatch(/^\d+ of 150 requests done, 0 failed\n.*\nrunning: 2 workers/)
    emulator.setPacing({ timeToFirstToken: 100 })
    const { code, stderr } = await submitter.ended
    clearInterval(watching)
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stderr).toContain(`${count} done, 0 failed, 0 left`)
    expect(results()).toEqual(inOrder(count))
    expect(calls()).toBe(count)
    expect(tooMany).toEqual([])
    expect(Object.keys(callsByTeam()).sort()).toEqual(["first", "second", "third"])

    Fs.rmSync(Path.join(folder, "out.jsonl"))
    const exported = await start(["export", "out.jsonl"]).ended
    expect(exported).toMatchObject({ code: 0 })
    expect(results()).toEqual(inOrder(count))
  })

  it("stop when who submits gets Ctrl-C", async () => {
    writeInput(400)
    emulator.setPacing({ timeToFirstToken: 60 })
    await Promise.all([worker("first"), worker("second")])
    const submitter = submit()
    await untilCalls(40)
    submitter.child.kill("SIGINT")
    const { code, stderr } = await submitter.ended
    expect(code).toBe(130)
    expect(stderr).toContain("Stopping")
    const called = calls()
    expect(results()).toHaveLength(called)
    expect(called).toBeLessThan(400)
  })

  it("say what is wrong with a database that is not there", async () => {
    writeInput(1)
    const { code, stderr } = await start(["worker", "--cluster", "postgres://nobody:hidden@127.0.0.1:1/none"]).ended
    expect(code).toBe(4)
    expect(stderr).toContain("the database cannot be reached")
    expect(stderr).not.toContain("hidden")
  })
})
