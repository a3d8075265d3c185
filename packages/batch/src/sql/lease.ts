/**
 * One writer for a journal in a database. In: the name of the journal. Out: a lease for the scope, or the process that has it.
 *
 * The row of the journal names its holder, and until when. The holder renews it. A lease is taken over when it has expired, and at once
 * when its process was on this machine and is gone.
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type JournalError, JournalLockedError } from "../BatchError.js"
import { holderOf, isGone, thisProcess } from "../journal/lock.js"
import * as database from "./database.js"

/** Takes the lease until the scope closes, and gives the id by which its writes are known. */
export const take = (
  sql: SqlClient.SqlClient,
  journal: string,
  duration: Duration.Duration
): Effect.Effect<string, JournalError | JournalLockedError, Scope.Scope> => {
  const mine = thisProcess()
  const millis = Math.ceil(Duration.toMillis(duration))
  const now = database.now(sql)
  const broken = database.broken(journal)

  /** Takes it if nobody has it, if it has expired, or if `stale` has it. */
  const takeFrom = (stale: string) =>
    Effect.map(
      sql`
        UPDATE friendli_batch_journals
        SET holder = ${mine.id}, process = ${JSON.stringify(mine)}, held_until = ${now} + ${millis}
        WHERE name = ${journal} AND (holder IS NULL OR held_until < ${now} OR holder = ${stale})
        RETURNING name`,
      (rows) => rows.length > 0
    )

  const acquire = Effect.gen(function* () {
    if (yield* takeFrom(mine.id)) return
    const rows = yield* sql<{ readonly process: string | null }>`
      SELECT process FROM friendli_batch_journals WHERE name = ${journal}`
    const holder = holderOf(rows[0]?.process ?? "")
    if (holder !== undefined && isGone(holder) && (yield* takeFrom(holder.id))) return
    return yield* new JournalLockedError({
      journal,
      message:
        holder === undefined
          ? "another process has just taken this journal"
          : `process ${holder.pid} on ${holder.host} writes this journal; if it does not run any more, wait ${Duration.format(duration)}`,
      ...(holder === undefined ? {} : { pid: holder.pid })
    })
  })

  const release = sql`
    UPDATE friendli_batch_journals SET holder = NULL, process = NULL, held_until = NULL
    WHERE name = ${journal} AND holder = ${mine.id}`

  /** A renewal that fails is tried again; whether the lease is still ours, each write asks. */
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
