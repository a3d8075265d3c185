/**
 * A journal in a database, over `@effect/sql`: SQLite or PostgreSQL.
 *
 * It needs the packages `@effect/sql` and `@effect/experimental`, and a client such as `@effect/sql-libsql` or `@effect/sql-pg`. The rest of
 * this package does not.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { JournalError, JournalLockedError } from "./BatchError.js"
import { Journal } from "./Journal.js"
import * as journal from "./sql/journal.js"

/** Options of a journal in a database. */
export interface Options {
  /** The name of the journal. A database can have any number of journals. */
  readonly journal: string
  /**
   * How long the journal stays reserved if the machine of its process is lost. The process renews the lease after each third of this time. Default:
   * 30 seconds.
   */
  readonly lease?: Duration.DurationInput | undefined
}

/**
 * A journal in the tables `friendli_batch_journals` and `friendli_batch_entries` of a database. They are created if they do not exist.
 *
 * **When to use**: to query results with SQL, or if the machine of a batch has no persistent disk. A file is faster.
 *
 * **Details**: entries that arrive at the same time are written in one transaction. One process at a time writes a journal: others get a
 * `JournalLockedError`. The journal of a process that no longer runs is taken over: at once on the same machine, after its lease has expired on
 * another. This includes workers: while `Cluster.run` runs a batch with this journal, opening it fails with a `JournalLockedError`; read it with
 * `Cluster.layerJournal`. Memory: about 150 bytes per row, because only keys are in memory, not answers. Fails with a `JournalError` if the database
 * cannot be used.
 *
 * @example
 * ```ts
 * import { LibsqlClient } from "@effect/sql-libsql"
 * import { Layer } from "effect"
 * import * as SqlJournal from "effect-friendli-batch/SqlJournal"
 *
 * const journal = SqlJournal.layer({ journal: "questions" }).pipe(Layer.provide(LibsqlClient.layer({ url: "file:batches.db" })))
 * ```
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Journal, JournalError | JournalLockedError, SqlClient.SqlClient> =>
  Layer.scoped(
    Journal,
    Effect.flatMap(SqlClient.SqlClient, (sql) =>
      journal.open(sql, options.journal, Duration.decode(options.lease ?? "30 seconds"))
    )
  )
