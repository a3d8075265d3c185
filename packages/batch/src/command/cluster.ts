/** Batches on many machines from a terminal: who submits, and workers. Loaded on demand: it needs packages that others do not. */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as PgClient from "@effect/sql-pg/PgClient"
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type { FriendliClient } from "effect-friendli/FriendliClient"
import process from "node:process"
import { JournalError } from "../BatchError.js"
import * as Cluster from "../Cluster.js"
import type { Journal } from "../Journal.js"
import { layerOf } from "./deployments.js"
import { budgetOf, type ExecuteError, prepare, present, say } from "./execute.js"
import { exitCodes } from "./exitCodes.js"
import * as format from "./format.js"
import type { Settings } from "./settings.js"
import * as signals from "./signals.js"

/** Connections of a process: PostgreSQL has 100 by default, for all of them. */
const connections = 5

/** The database at an address. A password that it does not name comes from PGPASSWORD. */
const databaseOf = (url: string): Layer.Layer<SqlClient.SqlClient, JournalError> =>
  Layer.mapError(
    PgClient.layer({ url: Redacted.make(url), maxConnections: connections, applicationName: "friendli-batch" }),
    (error) =>
      new JournalError({
        journal: "database",
        message: `the database cannot be reached: ${"cause" in error && error.cause instanceof Error ? error.cause.message : "connection failed"}`
      })
  )

/** What reads a batch of a database: its journal, and the deployment that its keys name. */
export const layerReading = (
  settings: Settings,
  journal: string,
  url: string
): Layer.Layer<FriendliClient | Journal | SqlClient.SqlClient, ExecuteError> =>
  Layer.merge(layerOf(settings), Layer.provideMerge(Cluster.layerJournal(journal), databaseOf(url)))

/** Submits the batch of some settings, shows it until it ends, and gives the exit code. */
export const execute = (
  out: string,
  settings: Settings,
  { journal, rate, shardRows }: NonNullable<Settings["cluster"]>,
  url: string
): Effect.Effect<number, ExecuteError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const { requests, total } = yield* prepare(out, settings)
    return yield* Effect.gen(function* () {
      const batch = yield* Cluster.run(requests, {
        journal,
        budget: budgetOf(settings),
        retryFailed: settings.retryFailed,
        shardRows,
        rate: rate === undefined ? undefined : { calls: rate, per: "1 second" }
      })
      const stop = Effect.catchAll(batch.stop, (error) => say(error.message))
      return yield* present({ ...batch, stop }, total, out, requests)
    }).pipe(Effect.provide(layerReading(settings, journal, url)))
  })

/** How a batch stands, in words. */
export const status = (journal: string, url: string): Effect.Effect<string, JournalError> =>
  Effect.map(
    Cluster.status(journal),
    Option.match({
      onNone: () => "nothing was submitted yet",
      onSome: ({ cost, done, failed, requests, running, state, tokens, workers }) =>
        [
          `${format.count(done)} of ${format.count(requests)} requests done, ${format.count(failed)} failed`,
          `${format.count(tokens)} tokens, ${format.money(cost)}`,
          state === "running"
            ? `it runs: ${format.count(workers)} workers, ${format.count(running)} calls`
            : `no worker is working on it: the last run ended with "${state}"`
        ].join("\n")
    })
  ).pipe(Effect.provide(databaseOf(url)))

/** What a worker is asked for. */
export interface WorkerSettings extends Pick<Settings, "baseUrl" | "concurrency" | "deployment"> {
  readonly url: string
  readonly shards: number
  readonly failover: string | undefined
  readonly poll: string | undefined
}

/** Its log goes to standard error, a line for each message. */
const log = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))

/** Works until a signal: the first hands over, the second ends at once. */
export const work = ({
  baseUrl,
  concurrency,
  deployment,
  failover,
  poll,
  shards,
  url
}: WorkerSettings): Effect.Effect<void, ExecuteError> =>
  Effect.gen(function* () {
    const leaving = yield* Deferred.make<void>()
    const atOnce = yield* signals.listen(
      Effect.zipRight(
        say("Leaving: calls that run will end, and others take what is left. Press Ctrl-C again to leave at once."),
        Deferred.succeed(leaving, undefined)
      )
    )
    const worker = Cluster.layerWorker({
      concurrency: concurrency ?? "auto",
      shards,
      // checked by the command
      failover: failover as `${number} seconds` | undefined,
      poll: poll as `${number} seconds` | undefined
    }).pipe(Layer.provide(layerOf({ baseUrl, deployment })), Layer.provide(databaseOf(url)))
    const scope = yield* Scope.make()
    yield* Layer.buildWithScope(worker, scope)
    yield* say("Working. Press Ctrl-C to leave.")
    yield* Deferred.await(leaving)
    const left = yield* Effect.raceFirst(
      Effect.as(Effect.disconnect(Scope.close(scope, Exit.void)), true),
      Effect.as(atOnce, false)
    )
    if (!left) process.exit(exitCodes.interrupted)
  }).pipe(Effect.scoped, Effect.provide(log))
