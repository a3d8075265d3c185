/**
 * The tables of journals, and their records.
 *
 * An entry is JSON in a text column, so that it is read back unchanged. A JSON column would reject a NUL character, which a model may write.
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { JournalError } from "../BatchError.js"
import type { Entry } from "../journal/entry.js"
import { migrate } from "./database.js"

/** The record of an entry in a database. It is a type, not an interface, because a client accepts only records with an index signature. */
export type EntryRecord = {
  readonly journal: string
  readonly key: string
  /** The position of the key among the keys of the journal. */
  readonly position: number
  /** The position of the entry among all written entries. */
  readonly number: number
  readonly status: Entry["status"]
  readonly entry: string
}

/** The maximum number of entries in one statement: SQLite allows at most 32,766 values in one. */
export const mostEntries = 500

/** Creates the tables of journals. */
export const make = (sql: SqlClient.SqlClient, journal: string): Effect.Effect<void, JournalError> =>
  migrate(sql, journal, "friendli_batch_journal_migrations", {
    "0001_journals": Effect.gen(function* () {
      yield* sql`
        CREATE TABLE friendli_batch_journals (
          name TEXT NOT NULL PRIMARY KEY,
          settings TEXT,
          written BIGINT NOT NULL DEFAULT 0,
          holder TEXT,
          process TEXT,
          held_until BIGINT
        )`
      yield* sql`
        CREATE TABLE friendli_batch_entries (
          journal TEXT NOT NULL,
          key TEXT NOT NULL,
          position BIGINT NOT NULL,
          number BIGINT NOT NULL,
          status TEXT NOT NULL,
          entry TEXT NOT NULL,
          PRIMARY KEY (journal, key)
        )`
      yield* sql`CREATE INDEX friendli_batch_entries_position ON friendli_batch_entries (journal, position)`
      yield* sql`CREATE INDEX friendli_batch_entries_number ON friendli_batch_entries (journal, number)`
    })
  })

/** Inserts the row of a journal, if it does not exist. */
export const insertJournal = (sql: SqlClient.SqlClient, journal: string) =>
  sql`INSERT INTO friendli_batch_journals (name) VALUES (${journal}) ON CONFLICT (name) DO NOTHING`

/** The last entry of each key, because a statement accepts only one entry per key. */
export const lastOfEach = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> => [
  ...new Map(entries.map((entry) => [entry.key, entry])).values()
]

/** The records of entries. `written` is the number of entries that were written before. */
export const recordsOf = (
  journal: string,
  entries: ReadonlyArray<Entry>,
  written: number
): ReadonlyArray<EntryRecord> =>
  entries.map((entry, index) => ({
    journal,
    key: entry.key,
    position: written + index + 1,
    number: written + index + 1,
    status: entry.status,
    entry: JSON.stringify(entry)
  }))

/** Reads an entry back. */
export const entryOf = (journal: string, text: string): Effect.Effect<Entry, JournalError> =>
  Effect.try({
    try: () => JSON.parse(text) as Entry,
    catch: () =>
      new JournalError({ journal, message: "an entry of the journal is damaged; if you delete it, its row runs again" })
  })
