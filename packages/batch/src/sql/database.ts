/** The differences between databases, and their errors. */
import * as Migrator from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import { JournalError } from "../BatchError.js"

/** The message of a failed statement. The driver's message contains names of tables and columns, but no values. */
const wordsOf = (error: unknown): string => {
  const { cause, message } = error as { readonly cause?: unknown; readonly message?: unknown }
  const inner = cause instanceof Error && cause.message !== "" ? cause.message : undefined
  return inner ?? (typeof message === "string" && message !== "" ? message : String(error))
}

/** The error of a journal whose database failed. */
export const broken =
  (journal: string) =>
  (error: SqlError): JournalError =>
    new JournalError({ journal, message: `the database of the journal failed: ${wordsOf(error)}` })

/** Turns failures of the database into errors of a journal. */
export const guarded =
  (journal: string) =>
  <A, E, R>(effect: Effect.Effect<A, E | SqlError, R>): Effect.Effect<A, Exclude<E, SqlError> | JournalError, R> =>
    Effect.catchIf(
      effect,
      (error): error is SqlError => Predicate.isTagged(error, "SqlError"),
      (error) => broken(journal)(error)
    ) as Effect.Effect<A, Exclude<E, SqlError> | JournalError, R>

/** The time of the database in milliseconds: the clocks of machines differ. */
export const now = (sql: SqlClient.SqlClient): Fragment =>
  sql.literal(
    sql.onDialectOrElse({
      pg: () => "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint",
      orElse: () => "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    })
  )

/** Fails for databases that are not tested. */
const supported = (sql: SqlClient.SqlClient, journal: string): Effect.Effect<void, JournalError> =>
  sql.onDialectOrElse({
    pg: () => Effect.void,
    sqlite: () => Effect.void,
    orElse: () =>
      Effect.fail(new JournalError({ journal, message: "a journal needs SQLite or PostgreSQL; use another SqlClient" }))
  })

/** If two processes create the tables at the same time, one fails, and finds the tables when it tries again. */
const again = Schedule.intersect(Schedule.spaced("200 millis"), Schedule.recurs(5))

/** Migrates tables to the newest version. */
export const migrate = (
  sql: SqlClient.SqlClient,
  journal: string,
  table: string,
  migrations: Readonly<Record<string, Effect.Effect<void, unknown, SqlClient.SqlClient>>>
): Effect.Effect<void, JournalError> =>
  Effect.zipRight(
    supported(sql, journal),
    Migrator.make({})({ loader: Migrator.fromRecord(migrations), table }).pipe(
      Effect.asVoid,
      Effect.provideService(SqlClient.SqlClient, sql),
      Effect.sandbox,
      Effect.retry(again),
      Effect.mapError(
        (cause) =>
          new JournalError({
            journal,
            message: `the tables of the journal cannot be created: ${wordsOf(Cause.squash(cause))}`
          })
      )
    )
  )
