/**
 * One writer for a journal in a database. In: the name of the journal. Out: a lease for the scope, or the process that has it.
 *
 * The row of the journal names the holder of the lease, and its end. The holder renews it. A lease is taken over when it has expired, or at once if
 * its process was on this machine and no longer runs.
 *
 * Workers write a journal without a lease while `Cluster.run` has a run in the table of runs. A stopped run stays there until its last calls have ended.
 * Taking the lease and starting a run both lock the row of the journal first, and then check for the other, so that only one of the two succeeds at the
 * same time.
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type JournalError, JournalLockedError } from "../BatchError.js"
import { type Holder, holderOf, isGone, thisProcess } from "../journal/lock.js"
import * as database from "./database.js"

/** The error of a journal that a process has leased. */
const leased = (journal: string, holder: Holder | undefined, seconds: number): JournalLockedError =>
  new JournalLockedError({
    journal,
    message:
      holder === undefined
        ? "another process has just opened this journal; wait until it ends"
        : `process ${holder.pid} on ${holder.host} is writing this journal; if it no longer runs, wait ${seconds} s`,
    ...(holder === undefined ? {} : { pid: holder.pid })
  })

/**
 * Ensures that no process has the lease, in the transaction that starts a run on workers. The lease of a process that no longer runs ends: if that
 * process was only slow, its next write fails.
 */
export const endStale = (
  sql: SqlClient.SqlClient,
  journal: string
): Effect.Effect<void, SqlError | JournalLockedError> =>
  Effect.gen(function* () {
    const [row] = yield* sql<{ readonly process: string | null; readonly remaining: string | null }>`
      SELECT process, held_until - ${database.now(sql)} AS remaining FROM friendli_batch_journals
      WHERE name = ${journal} FOR UPDATE`
    const remaining = Number(row?.remaining ?? -1)
    const holder = holderOf(row?.process ?? "")
    if (remaining >= 0 && !(holder !== undefined && isGone(holder))) {
      return yield* leased(journal, holder, Math.ceil(remaining / 1000))
    }
    yield* sql`
      UPDATE friendli_batch_journals SET holder = NULL, process = NULL, held_until = NULL WHERE name = ${journal}`
  })

/** Ensures, in a transaction, that no run on workers has the journal. Such runs exist only in PostgreSQL. */
const refuseRun = (sql: SqlClient.SqlClient, journal: string): Effect.Effect<void, SqlError | JournalLockedError> =>
  Effect.gen(function* () {
    yield* sql`SELECT name FROM friendli_batch_journals WHERE name = ${journal} FOR UPDATE`
    // a separate statement: it sees what was written while the previous statement waited
    const tables = yield* sql`SELECT 1 WHERE to_regclass('friendli_batch_runs') IS NOT NULL`
    if (tables.length === 0) return
    const [run] = yield* sql<{ readonly id: string; readonly reason: string | null }>`
      SELECT id, reason FROM friendli_batch_runs WHERE journal = ${journal} AND finished IS NULL`
    if (run === undefined) return
    if (run.reason === null) {
      return yield* new JournalLockedError({
        journal,
        message:
          "workers are running the batch of this journal, which `Cluster.run` started; wait until it ends, or stop it with `Cluster.stop`"
      })
    }
    const workers = yield* sql<{ readonly worker: string }>`
      SELECT DISTINCT worker FROM friendli_batch_shards
      WHERE run = ${run.id} AND begun AND NOT finished AND worker IS NOT NULL`
    const names = workers.map(({ worker }) => worker).join(", ")
    return yield* new JournalLockedError({
      journal,
      message: `the batch of this journal was stopped, and workers are still running its last calls${names === "" ? "" : ` (${names})`}; wait until these end. If a worker was killed, call \`Cluster.stop\` again after its \`failover\``
    })
  })

/** Takes the lease until the scope closes, and returns the id that marks its writes. */
export const take = (
  sql: SqlClient.SqlClient,
  journal: string,
  duration: Duration.Duration
): Effect.Effect<string, JournalError | JournalLockedError, Scope.Scope> => {
  const mine = thisProcess()
  const millis = Math.ceil(Duration.toMillis(duration))
  const now = database.now(sql)
  const broken = database.broken(journal)

  /** Takes the lease if nobody has it, if it has expired, or if the holder is `stale`. */
  const takeFrom = (stale: string) => {
    const taken = Effect.map(
      sql`
        UPDATE friendli_batch_journals
        SET holder = ${mine.id}, process = ${JSON.stringify(mine)}, held_until = ${now} + ${millis}
        WHERE name = ${journal} AND (holder IS NULL OR held_until < ${now} OR holder = ${stale})
        RETURNING name`,
      (rows) => rows.length > 0
    )
    return sql.onDialectOrElse({
      pg: () => sql.withTransaction(Effect.zipRight(refuseRun(sql, journal), taken)),
      orElse: () => taken
    })
  }

  const acquire = Effect.gen(function* () {
    if (yield* takeFrom(mine.id)) return
    const rows = yield* sql<{ readonly process: string | null }>`
      SELECT process FROM friendli_batch_journals WHERE name = ${journal}`
    const holder = holderOf(rows[0]?.process ?? "")
    if (holder !== undefined && isGone(holder) && (yield* takeFrom(holder.id))) return
    return yield* leased(journal, holder, Math.ceil(millis / 1000))
  })

  const release = sql`
    UPDATE friendli_batch_journals SET holder = NULL, process = NULL, held_until = NULL
    WHERE name = ${journal} AND holder = ${mine.id}`

  /** A failed renewal is tried again. Each write checks that the lease is still ours. */
  const renew = sql`
    UPDATE friendli_batch_journals SET held_until = ${now} + ${millis} WHERE name = ${journal} AND holder = ${mine.id}`

  return Effect.gen(function* () {
    yield* Effect.acquireRelease(
      Effect.catchTag(acquire, "SqlError", (error) => broken(error)),
      () => Effect.ignore(release)
    )
    yield* Effect.forkScoped(
      Effect.delay(Effect.repeat(Effect.ignore(renew), Schedule.spaced(millis / 3)), Duration.millis(millis / 3))
    )
    return mine.id
  })
}
