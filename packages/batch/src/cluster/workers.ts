/** Workers in the database. In: the reports of workers. Out: which workers are active, and which are lost. */
import type * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import type { JournalError } from "../BatchError.js"
import * as database from "../sql/database.js"

/** The state that a worker reports. */
export interface WorkerReport {
  readonly id: string
  readonly running: number
  readonly concurrency: number
  /** How long the worker may be silent before it counts as lost, in milliseconds. */
  readonly failover: number
}

/** How long a worker counts as active after its last report, in milliseconds. */
const activeMillis = 10_000

/** The condition that the worker of a shard `s` has left or is lost. */
export const isLost = (sql: SqlClient.SqlClient): Fragment => sql`
  s.worker IS NOT NULL AND NOT EXISTS (
    SELECT FROM friendli_batch_workers AS w WHERE w.id = s.worker AND w.seen >= ${database.now(sql)} - w.failover
  )`

/** The operations on workers. */
export const make = (client: SqlClient.SqlClient) => {
  const sql = client.withoutTransforms()
  const now = database.now(sql)

  return {
    /** Reports the current state of a worker. */
    report: ({ concurrency, failover, id, running }: WorkerReport): Effect.Effect<void, JournalError> =>
      sql`
        INSERT INTO friendli_batch_workers (id, running, concurrency, seen, failover)
        VALUES (${id}, ${running}, ${concurrency}, ${now}, ${failover})
        ON CONFLICT (id) DO UPDATE
        SET running = excluded.running, concurrency = excluded.concurrency, seen = excluded.seen`.pipe(
        Effect.asVoid,
        database.guarded(id)
      ),

    /** Removes a worker that stops, and workers without a report for a long time. */
    leave: (id: string) => sql`
      DELETE FROM friendli_batch_workers
      WHERE id = ${id} OR seen < ${now} - GREATEST(${activeMillis * 10}::bigint, failover)`,

    /** The current state of all workers together. `journal` is the journal that an error names. */
    active: (journal: string) =>
      sql<{ readonly workers: string; readonly running: string; readonly concurrency: string }>`
        SELECT count(*) AS workers, COALESCE(sum(running), 0) AS running, COALESCE(sum(concurrency), 0) AS concurrency
        FROM friendli_batch_workers WHERE seen > ${now} - ${activeMillis}`.pipe(
        Effect.map(([row]) => ({
          workers: Number(row?.workers ?? 0),
          running: Number(row?.running ?? 0),
          concurrency: Number(row?.concurrency ?? 0)
        })),
        database.guarded(journal)
      )
  }
}
