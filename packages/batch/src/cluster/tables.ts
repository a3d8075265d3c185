/**
 * The tables of batches on many machines, in PostgreSQL. Outcomes are in the tables of journals; these tables have the work to do.
 *
 * - `runs`: a row for each run of a journal: its options, what it has used, and why and when it ended. A journal has at most one active run.
 * - `requests`: the requests by key. `tasks`: the keys of a run, each in one shard. `shards`: which have begun and ended.
 * - `workers`: the current state of each worker. `limits`: the state of limits that workers share.
 *
 * The engine has its own tables: messages, replies, runners and locks.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { JournalError } from "../BatchError.js"
import { guarded, migrate } from "../sql/database.js"
import * as journals from "../sql/tables.js"
import * as engine from "./engine.js"

/** The number of an advisory lock that no other program is likely to use. */
const lock = 7_236_011_942

/** Lets processes create tables one after another, because the engine fails if two processes create its tables at the same time. */
const oneByOne = <A, E>(sql: SqlClient.SqlClient, make: Effect.Effect<A, E>): Effect.Effect<A, E | SqlError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* sql.reserve
      yield* connection.executeRaw("BEGIN", [])
      yield* Effect.addFinalizer(() => Effect.ignore(connection.executeRaw("COMMIT", [])))
      yield* connection.executeRaw(`SELECT pg_advisory_xact_lock(${lock})`, [])
      return yield* make
    })
  )

/** Creates the tables of journals, of batches and of the engine. */
export const make = (sql: SqlClient.SqlClient, journal: string): Effect.Effect<void, JournalError> =>
  Effect.zipRight(
    sql.onDialectOrElse({
      pg: () => Effect.void,
      orElse: () =>
        Effect.fail(new JournalError({ journal, message: "a batch on many machines needs PostgreSQL; use PgClient" }))
    }),
    Effect.all([
      journals.make(sql, journal),
      Effect.provideService(engine.makeTables, SqlClient.SqlClient, sql),
      migrate(sql, journal, "friendli_batch_cluster_migrations", {
        "0001_runs": Effect.gen(function* () {
          yield* sql`
            CREATE TABLE friendli_batch_runs (
              id BIGSERIAL PRIMARY KEY,
              journal TEXT NOT NULL,
              options TEXT NOT NULL,
              -- the number of the last entry before the run
              started BIGINT NOT NULL,
              -- times are in milliseconds
              created BIGINT NOT NULL,
              deadline BIGINT,
              submitted BOOLEAN NOT NULL DEFAULT FALSE,
              shards INTEGER NOT NULL DEFAULT 0,
              -- why no further call starts
              reason TEXT,
              error TEXT,
              finished BIGINT,
              done BIGINT NOT NULL DEFAULT 0,
              failed BIGINT NOT NULL DEFAULT 0,
              input_tokens BIGINT NOT NULL DEFAULT 0,
              cached_input_tokens BIGINT NOT NULL DEFAULT 0,
              output_tokens BIGINT NOT NULL DEFAULT 0,
              cost NUMERIC NOT NULL DEFAULT 0,
              unpriced BIGINT NOT NULL DEFAULT 0
            )`
          yield* sql`
            CREATE UNIQUE INDEX friendli_batch_runs_active ON friendli_batch_runs (journal) WHERE finished IS NULL`
          yield* sql`
            CREATE TABLE friendli_batch_requests (
              journal TEXT NOT NULL,
              key TEXT NOT NULL,
              operation TEXT NOT NULL,
              request TEXT NOT NULL,
              PRIMARY KEY (journal, key)
            )`
          yield* sql`
            CREATE TABLE friendli_batch_tasks (
              run BIGINT NOT NULL,
              key TEXT NOT NULL,
              shard INTEGER NOT NULL,
              PRIMARY KEY (run, key)
            )`
          yield* sql`CREATE INDEX friendli_batch_tasks_shard ON friendli_batch_tasks (run, shard)`
          yield* sql`
            CREATE TABLE friendli_batch_shards (
              run BIGINT NOT NULL,
              shard INTEGER NOT NULL,
              begun BOOLEAN NOT NULL DEFAULT FALSE,
              finished BOOLEAN NOT NULL DEFAULT FALSE,
              PRIMARY KEY (run, shard)
            )`
          yield* sql`
            CREATE TABLE friendli_batch_workers (
              id TEXT NOT NULL PRIMARY KEY,
              running INTEGER NOT NULL,
              concurrency INTEGER NOT NULL,
              seen BIGINT NOT NULL
            )`
          yield* sql`
            CREATE TABLE friendli_batch_limits (
              key TEXT NOT NULL PRIMARY KEY,
              amount DOUBLE PRECISION NOT NULL,
              since DOUBLE PRECISION NOT NULL,
              result DOUBLE PRECISION NOT NULL
            )`
        }),
        "0002_owners": Effect.gen(function* () {
          // the worker that has begun a shard; absent where an earlier version began it
          yield* sql`ALTER TABLE friendli_batch_shards ADD COLUMN worker TEXT`
          // how long the worker may be silent before it counts as lost
          yield* sql`ALTER TABLE friendli_batch_workers ADD COLUMN failover BIGINT NOT NULL DEFAULT 35000`
        }),
        "0003_reservations": Effect.gen(function* () {
          // the calls for which the shard has reserved a part of the budget, and which are not recorded yet
          yield* sql`ALTER TABLE friendli_batch_shards ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0`
          yield* sql`CREATE INDEX friendli_batch_shards_reserved ON friendli_batch_shards (run) WHERE reserved > 0`
        })
      })
    ]).pipe((all) => oneByOne(sql, all), guarded(journal), Effect.asVoid)
  )
