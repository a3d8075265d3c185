/** A journal in PostgreSQL belongs to one process of `Batch.run`, or to the workers of `Cluster.run`, and never to both. */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as SqlClient from "@effect/sql/SqlClient"
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import process from "node:process"
import { afterAll, beforeAll, beforeEach, vi } from "vitest"
import type { JournalLockedError } from "../../src/BatchError.js"
import * as runs from "../../src/cluster/runs.js"
import * as Cluster from "../../src/Cluster.js"
import * as Journal from "../../src/Journal.js"
import * as SqlJournal from "../../src/SqlJournal.js"
import { collect, over, quick, rows, runAll } from "../support.js"
import { done } from "../journal/contract.js"
import * as postgres from "./postgres.js"

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: postgres.Postgres
let url = ""

beforeAll(async () => {
  server = await postgres.start()
})
afterAll(() => server?.stop())
beforeEach(async () => {
  url = await server.makeDatabase()
})

const timing = { poll: "100 millis" } as const

const database = () => PgClient.layer({ url: Redacted.make(url), maxConnections: 5 })

/** Opens the journal as `Batch.run` needs it, in a scope of its own. */
const open = (journal = "rows") =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const close = Scope.close(scope, Exit.void)
    const context = yield* Layer.buildWithScope(Layer.provide(SqlJournal.layer({ journal }), database()), scope).pipe(
      Effect.tapError(() => close)
    )
    yield* Effect.addFinalizer(() => close)
    return { journal: Context.get(context, Journal.Journal), close }
  })

/** Begins a batch for workers. None is there, and nobody reads its rows. */
const submit = (journal = "rows", options: Partial<Cluster.Options> = {}) =>
  Effect.provide(Cluster.run(rows(20), { journal, ...timing, ...options }), over(quick()))

const ask = (make: (sql: SqlClient.SqlClient) => Effect.Effect<unknown, unknown>) =>
  Effect.flatMap(SqlClient.SqlClient, make)

const test = (name: string, body: () => Effect.Effect<void, unknown, Scope.Scope | SqlClient.SqlClient>) =>
  it.live(name, () => Effect.scoped(Effect.provide(Effect.suspend(body), database())))

/** Whoever is refused learns it at once. */
const refused = <A, R>(attempt: Effect.Effect<A, unknown, R>) =>
  Effect.timeoutFail(Effect.flip(attempt), { duration: "10 seconds", onTimeout: () => new Error("it hangs") })

/** Writes down that a worker has begun a shard of a batch, as a worker does. */
const begin = (worker: string, journal = "rows") =>
  Effect.zipRight(
    ask(
      (sql) => sql`INSERT INTO friendli_batch_workers (id, running, concurrency, seen, failover)
        VALUES (${worker}, 1, 1, (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint, 60000)`
    ),
    ask(
      (sql) => sql`INSERT INTO friendli_batch_shards (run, shard, begun, worker)
        SELECT id, 1, TRUE, ${worker} FROM friendli_batch_runs WHERE journal = ${journal}`
    )
  )

/** The worker was killed long ago. */
const kill = (worker: string) => ask((sql) => sql`UPDATE friendli_batch_workers SET seen = 0 WHERE id = ${worker}`)

const leave = (worker: string) => ask((sql) => sql`DELETE FROM friendli_batch_workers WHERE id = ${worker}`)

describe("a journal in PostgreSQL", () => {
  test("that a process has open is refused to workers, and unchanged by that", () =>
    Effect.gen(function* () {
      const { close, journal } = yield* open()
      const error = yield* refused(submit())
      expect(error).toMatchObject({ _tag: "JournalLockedError", journal: "rows", pid: process.pid })
      // its settings are those of who has it
      yield* journal.begin("settings of the process")
      yield* journal.append(done("a"))
      yield* submit("another")
      yield* close
      // its settings are other ones, and not the lock
      expect(yield* refused(submit())).toMatchObject({ _tag: "JournalMismatchError" })
    }))

  test("that workers have is refused to a process until their run ends, and then continued", () => {
    const source = quick()
    return Effect.gen(function* () {
      const batch = yield* submit()
      const error = yield* refused(open())
      expect(error).toMatchObject({ _tag: "JournalLockedError", journal: "rows" })
      expect(String(error)).toContain("Cluster.stop")
      expect((yield* open("another")).journal.name).toBe("another")
      // who submits may join the run
      yield* submit()

      // a worker has begun a shard: its calls end first
      yield* ask(
        (sql) => sql`INSERT INTO friendli_batch_shards (run, shard, begun) SELECT id, 1, TRUE FROM friendli_batch_runs
          WHERE journal = 'rows'`
      )
      yield* batch.stop
      expect(yield* refused(open())).toMatchObject({ _tag: "JournalLockedError" })
      yield* ask((sql) => sql`UPDATE friendli_batch_shards SET finished = TRUE`)
      yield* Cluster.stop("rows")

      const { summary } = yield* runAll(rows(20)).pipe(
        Effect.provide(Layer.provide(SqlJournal.layer({ journal: "rows" }), database())),
        Effect.provide(over(source))
      )
      expect(summary).toMatchObject({ done: 20, reason: "end" })

      // and back: the workers are asked for what is not recorded, which is nothing
      const again = yield* submit()
      expect(yield* collect(again.rows)).toHaveLength(20)
      expect(yield* again.summary).toMatchObject({ done: 20, reused: 20, reason: "end" })
    })
  })

  test("that both ask for at the same time is given to one", () =>
    Effect.gen(function* () {
      for (let round = 0; round < 12; round++) {
        const name = `round-${round}`
        const [process, workers] = yield* Effect.all([Effect.either(open(name)), Effect.either(submit(name))], {
          concurrency: "unbounded"
        })
        const errors = [...Option.toArray(Either.getLeft(process)), ...Option.toArray(Either.getLeft(workers))]
        expect(errors).toMatchObject([{ _tag: "JournalLockedError", journal: name }])
      }
    }))

  test("goes to workers when its process is gone, or was too slow to renew its lease", () =>
    Effect.gen(function* () {
      const { journal } = yield* open()
      yield* journal.append(done("a"))
      yield* ask((sql) => sql`UPDATE friendli_batch_journals SET held_until = 0`)
      yield* submit()
      // the process was only slow
      expect(yield* refused(journal.append(done("b")))).toMatchObject({ _tag: "JournalError", journal: "rows" })

      yield* open("left")
      // no system gives a process so high a number
      yield* ask(
        (
          sql
        ) => sql`UPDATE friendli_batch_journals SET process = regexp_replace(process, '"pid":[0-9]+', '"pid":1073741824')
          WHERE name = 'left'`
      )
      yield* submit("left")
    }))

  test("of a stopped batch names the workers whose calls run, and is free when they have left", () =>
    Effect.gen(function* () {
      const batch = yield* submit()
      yield* begin("host/one")
      yield* batch.stop
      yield* Cluster.stop("rows")
      const { message } = (yield* refused(open())) as JournalLockedError
      expect(message).toContain("(host/one)")
      expect(message).toContain("`Cluster.stop`")
      yield* leave("host/one")
      yield* Cluster.stop("rows")
      expect((yield* open()).journal.name).toBe("rows")
    }))

  test("of a batch whose worker was killed goes on to the next that needs it", () =>
    Effect.gen(function* () {
      for (const journal of ["stopped", "submitted", "watched"]) {
        const batch = yield* submit(journal)
        yield* begin(journal, journal)
        // it counts as lost only after a long silence
        yield* batch.stop
        expect(yield* refused(open(journal))).toMatchObject({ _tag: "JournalLockedError" })
        yield* kill(journal)
        // each of the three ends the batch
        if (journal === "stopped") yield* Cluster.stop(journal)
        else if (journal === "watched") {
          yield* Stream.runDrain(batch.rows)
          expect(yield* batch.summary).toMatchObject({ reason: "stopped" })
        } else yield* Effect.flatMap(submit(journal), ({ stop }) => stop)
        expect((yield* open(journal)).journal.name).toBe(journal)
      }
    }).pipe(Effect.timeoutFail({ duration: "30 seconds", onTimeout: () => new Error("it hangs") })))

  test("takes what a worker writes that was taken for lost, and keeps what was recorded meanwhile", () =>
    Effect.gen(function* () {
      const batch = yield* submit()
      yield* batch.stop
      const workers = runs.make(yield* SqlClient.SqlClient)
      const run = Option.getOrThrow(yield* workers.last("rows"))
      expect(run).toMatchObject({ isFinished: true })
      const { journal } = yield* open()
      yield* journal.append(done("both"))
      yield* workers.record(run, [done("both", "late"), done("only")])
      const written = yield* Stream.runCollect(journal.entries)
      expect(Chunk.toReadonlyArray(written)).toEqual([done("both"), done("only")])
      // who has the journal goes on
      yield* journal.append(done("only", "newer"))
      expect(Chunk.toReadonlyArray(yield* Stream.runCollect(journal.entries))).toEqual([
        done("both"),
        done("only", "newer")
      ])
    }))
})
