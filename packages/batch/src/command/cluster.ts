/** Batches on many machines from a terminal: submitting, and workers. Loaded on demand, because it needs packages that other commands do not. */
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
import { exitCodes, wordsOf } from "./exitCodes.js"
import * as format from "./format.js"
import type { Settings } from "./settings.js"
import * as signals from "./signals.js"

/** The connections of one process. By default PostgreSQL allows 100 for all processes. */
const connections = 5

/** The database at a URL. If the URL has no password, it comes from PGPASSWORD. */
const databaseOf = (url: string): Layer.Layer<SqlClient.SqlClient, JournalError> =>
  Layer.mapError(
    PgClient.layer({ url: Redacted.make(url), maxConnections: connections, applicationName: "friendli-batch" }),
    (error) =>
      new JournalError({
        journal: "database",
        message: `the database cannot be reached: ${"cause" in error && error.cause instanceof Error ? error.cause.message : "connection failed"}`
      })
  )

/** The services that read a batch from a database: its journal, and the deployment, which its keys need. */
export const layerReading = (
  settings: Settings,
  journal: string,
  url: string
): Layer.Layer<FriendliClient | Journal | SqlClient.SqlClient, ExecuteError> =>
  Layer.merge(layerOf(settings), Layer.provideMerge(Cluster.layerJournal(journal), databaseOf(url)))

/** Submits a batch, shows its progress until it ends, and returns the exit code. */
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

/** The state of a batch as text. */
export const status = (journal: string, url: string): Effect.Effect<string, JournalError> =>
  Effect.map(
    Cluster.status(journal),
    Option.match({
      onNone: () => "nothing has been submitted yet",
      onSome: ({ cost, done, failed, requests, running, state, tokens, workers }) =>
        [
          `${format.count(done)} of ${format.count(requests)} requests done, ${format.count(failed)} failed`,
          `${format.count(tokens)} tokens, ${format.money(cost)}`,
          state === "running"
            ? `running: ${format.plural(workers, "worker")}, ${format.plural(running, "call")}`
            : `not running; the last run ended: ${wordsOf[state]}`
        ].join("\n")
    })
  ).pipe(Effect.provide(databaseOf(url)))

/** The settings of a worker. */
export interface WorkerSettings extends Pick<Settings, "baseUrl" | "concurrency" | "deployment"> {
  readonly url: string
  readonly shards: number
  readonly failover: string | undefined
  readonly poll: string | undefined
}

/** The log goes to standard error, one line per message. */
const log = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))

/** Runs a worker until a signal. After the first signal it finishes its calls and gives its shards to others, after the second it ends at once. */
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
    const stopping = yield* Deferred.make<void>()
    const atOnce = yield* signals.listen(
      Effect.zipRight(
        say("Stopping: running calls will finish, and other workers take the rest.\nCtrl-C again stops at once."),
        Deferred.succeed(stopping, undefined)
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
    yield* say("The worker is running. Press Ctrl-C to stop it.")
    yield* Deferred.await(stopping)
    const isClosed = yield* Effect.raceFirst(
      Effect.as(Effect.disconnect(Scope.close(scope, Exit.void)), true),
      Effect.as(atOnce, false)
    )
    if (!isClosed) process.exit(exitCodes.interrupted)
  }).pipe(Effect.scoped, Effect.provide(log))
