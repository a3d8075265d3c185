/**
 * A journal in a database. In: a client and a name. Out: a journal whose entries are rows of a table.
 *
 * Keys and their states are in memory, as in the file journal, so that a row without an entry costs no query. Entries that arrive at the same time
 * are written in one transaction, which also checks that this process still has the lease.
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Chunk from "effect/Chunk"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { JournalError, type JournalLockedError, type JournalMismatchError } from "../BatchError.js"
import type { Entry, Service } from "../journal/entry.js"
import { mismatch } from "../journal/file.js"
import * as groups from "../journal/groups.js"
import * as database from "./database.js"
import * as lease from "./lease.js"
import * as tables from "./tables.js"

/** How many entries are read at once. */
const pageSizes = { keys: 5000, entries: 64 }

/** Compares the settings of a journal, or stores them if the journal is new. */
export const begin = (
  sql: SqlClient.SqlClient,
  journal: string,
  settings: string
): Effect.Effect<void, JournalError | JournalMismatchError> =>
  Effect.gen(function* () {
    yield* sql`UPDATE friendli_batch_journals SET settings = ${settings} WHERE name = ${journal} AND settings IS NULL`
    const rows = yield* sql<{ readonly settings: string }>`
      SELECT settings FROM friendli_batch_journals WHERE name = ${journal}`
    if (rows[0]?.settings !== settings) return yield* mismatch(journal)
  }).pipe(Effect.catchTag("SqlError", (error) => database.broken(journal)(error)))

/** The entry of a key. */
export const find = (
  sql: SqlClient.SqlClient,
  journal: string,
  key: string
): Effect.Effect<Option.Option<Entry>, JournalError> =>
  sql<{ readonly entry: string }>`
    SELECT entry FROM friendli_batch_entries WHERE journal = ${journal} AND key = ${key}`.pipe(
    Effect.mapError(database.broken(journal)),
    Effect.flatMap(([row]) =>
      row === undefined ? Effect.succeedNone : Effect.asSome(tables.entryOf(journal, row.entry))
    )
  )

/** All entries, in the order in which their keys were added. */
export const entries = (sql: SqlClient.SqlClient, journal: string): Stream.Stream<Entry, JournalError> =>
  Stream.paginateChunkEffect(0, (after) =>
    Effect.gen(function* () {
      const page = yield* Effect.mapError(
        sql<{ readonly entry: string; readonly position: number | string }>`
          SELECT entry, position FROM friendli_batch_entries WHERE journal = ${journal} AND position > ${after}
          ORDER BY position LIMIT ${pageSizes.entries}`,
        database.broken(journal)
      )
      const read = yield* Effect.forEach(page, ({ entry }) => tables.entryOf(journal, entry))
      const last = page.at(-1)
      return [
        Chunk.unsafeFromArray(read),
        last === undefined || page.length < pageSizes.entries ? Option.none() : Option.some(Number(last.position))
      ] as const
    })
  )

/** The states of all keys. */
const readStates = (
  sql: SqlClient.SqlClient,
  journal: string
): Effect.Effect<Map<string, Entry["status"]>, JournalError> =>
  Effect.gen(function* () {
    const states = new Map<string, Entry["status"]>()
    let after = 0
    while (true) {
      const page = yield* sql<{
        readonly key: string
        readonly status: Entry["status"]
        readonly position: number | string
      }>`
        SELECT key, status, position FROM friendli_batch_entries WHERE journal = ${journal} AND position > ${after}
        ORDER BY position LIMIT ${pageSizes.keys}`
      for (const { key, position, status } of page) {
        states.set(key, status)
        after = Number(position)
      }
      if (page.length < pageSizes.keys) return states
    }
  }).pipe(Effect.mapError(database.broken(journal)))

/** Opens a journal for writing until the scope closes. */
export const open = (
  client: SqlClient.SqlClient,
  journal: string,
  leaseTime: Duration.Duration
): Effect.Effect<Service, JournalError | JournalLockedError, Scope.Scope> =>
  Effect.gen(function* () {
    const sql = client.withoutTransforms()
    const broken = database.broken(journal)
    yield* tables.make(sql, journal)
    yield* Effect.mapError(tables.insertJournal(sql, journal), broken)
    const holder = yield* lease.take(sql, journal, leaseTime)
    const states = yield* readStates(sql, journal)

    const lost = new JournalError({
      journal,
      message: "another process has taken this journal over, because this process did not renew its lease in time"
    })

    const write = (group: ReadonlyArray<Entry>): Effect.Effect<void, JournalError> => {
      const given = tables.lastOfEach(group)
      return sql
        .withTransaction(
          Effect.gen(function* () {
            const rows = yield* sql<{ readonly written: number | string }>`
              UPDATE friendli_batch_journals SET written = written + ${given.length}
              WHERE name = ${journal} AND holder = ${holder}
              RETURNING written`
            if (rows[0] === undefined) return yield* lost
            const records = tables.recordsOf(journal, given, Number(rows[0].written) - given.length)
            yield* sql`
              INSERT INTO friendli_batch_entries ${sql.insert(records)}
              ON CONFLICT (journal, key) DO UPDATE
              SET number = excluded.number, status = excluded.status, entry = excluded.entry`
          })
        )
        .pipe(
          Effect.catchTag("SqlError", (error) => broken(error)),
          Effect.tap(() =>
            Effect.sync(() => {
              for (const { key, status } of given) states.set(key, status)
            })
          )
        )
    }
    const append = yield* groups.makeArrays(write, tables.mostEntries)

    return {
      name: journal,
      begin: (settings) => begin(sql, journal, settings),
      append,
      find: (key) => (states.has(key) ? find(sql, journal, key) : Effect.succeedNone),
      entries: entries(sql, journal),
      counts: Effect.sync(() => {
        const counts = { done: 0, failed: 0 }
        for (const status of states.values()) counts[status]++
        return counts
      })
    }
  })
