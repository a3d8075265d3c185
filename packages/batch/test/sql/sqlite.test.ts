import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as LibsqlClient from "@effect/sql-libsql/LibsqlClient"
import * as SqlClient from "@effect/sql/SqlClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { hostname } from "node:os"
import * as Journal from "../../src/Journal.js"
import * as SqlJournal from "../../src/SqlJournal.js"
import { done, journalContract } from "../journal/contract.js"

/** The address of a new database. */
const makeUrl = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  return `file:${yield* fs.makeTempDirectoryScoped()}/batches.db`
}).pipe(Effect.orDie, Effect.provide(NodeFileSystem.layer))

const journalAt = (url: string, journal = "rows", lease?: SqlJournal.Options["lease"]) =>
  Layer.provideMerge(SqlJournal.layer({ journal, lease }), LibsqlClient.layer({ url }))

journalContract(
  "SQLite",
  Effect.map(makeUrl, (url) => journalAt(url))
)

/** Writes who has a journal, as another process would. */
const hold = (holder: { readonly pid: number; readonly host: string; readonly id: string }, millis: number) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`
      UPDATE friendli_batch_journals
      SET holder = ${holder.id}, process = ${JSON.stringify(holder)}, held_until = ${Date.now() + millis}`
  )

describe("the journal in a database", () => {
  it.live("holds any number of journals", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const url = yield* makeUrl
        for (const name of ["a", "b"]) {
          yield* Effect.provide(
            Effect.flatMap(Journal.Journal, (journal) => journal.append(done(`key of ${name}`))),
            journalAt(url, name)
          )
        }
        const keys = yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          return yield* sql`SELECT journal, key FROM friendli_batch_entries ORDER BY journal`
        }).pipe(Effect.provide(LibsqlClient.layer({ url })))
        expect(keys).toEqual([
          { journal: "a", key: "key of a" },
          { journal: "b", key: "key of b" }
        ])
      })
    )
  )

  it.live("is taken over from a process that is gone, and from another machine when its lease has expired", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const url = yield* makeUrl
        const client = LibsqlClient.layer({ url })
        const opened = Effect.provide(Effect.void, journalAt(url))
        yield* opened
        // no system gives a process so high a number
        yield* Effect.provide(hold({ pid: 2 ** 30, host: hostname(), id: "gone" }, 60_000), client)
        yield* opened
        yield* Effect.provide(hold({ pid: 2 ** 30, host: "elsewhere", id: "other" }, 60_000), client)
        expect(yield* Effect.flip(opened)).toMatchObject({ _tag: "JournalLockedError", pid: 2 ** 30 })
        yield* Effect.provide(hold({ pid: 2 ** 30, host: "elsewhere", id: "other" }, -1), client)
        yield* opened
      })
    )
  )

  it.live("writes nothing when another process has taken it meanwhile", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const url = yield* makeUrl
        yield* Effect.gen(function* () {
          const journal = yield* Journal.Journal
          yield* journal.append(done("before"))
          yield* hold({ pid: 2 ** 30, host: "elsewhere", id: "other" }, 60_000)
          const error = yield* Effect.flip(journal.append(done("after")))
          expect(error).toMatchObject({ _tag: "JournalError", journal: "rows" })
          expect(error.message).toContain("another process has taken this journal")
          expect(yield* journal.counts).toEqual({ done: 1, failed: 0 })
        }).pipe(Effect.provide(journalAt(url)))
      })
    )
  )

  it.live("renews its lease while it is open", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const url = yield* makeUrl
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const read = Effect.map(
            sql<{ readonly until: number }>`SELECT held_until AS until FROM friendli_batch_journals`,
            ([row]) => row?.until ?? 0
          )
          const first = yield* read
          while ((yield* read) <= first) yield* Effect.sleep(10)
        }).pipe(Effect.provide(journalAt(url, "rows", "150 millis")))
      })
    )
  )
})
