/**
 * Batches on many machines: one process submits the requests, workers send them, and all share a PostgreSQL database. Workers can start and stop at
 * any time.
 *
 * The engine is that of `@effect/cluster` and `@effect/workflow`. This module needs these packages and `@effect/sql`, `@effect/rpc`,
 * `@effect/experimental`, and `@effect/sql-pg` for the client. The rest of this package does not.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type * as WorkflowEngine from "@effect/workflow/WorkflowEngine"
import * as BigDecimal from "effect/BigDecimal"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Completions from "effect-friendli/Completions"
import * as Embeddings from "effect-friendli/Embeddings"
import { FriendliClient } from "effect-friendli/FriendliClient"
import * as Messages from "effect-friendli/Messages"
import type { Any, Unary } from "effect-friendli/Operation"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import * as Tokens from "effect-friendli/Tokens"
import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import {
  InvalidBatchError,
  JournalError,
  type JournalLockedError,
  type JournalMismatchError,
  type WorkerError
} from "./BatchError.js"
import * as engine from "./cluster/engine.js"
import * as runs from "./cluster/runs.js"
import { Shard } from "./cluster/shard.js"
import * as submit from "./cluster/submit.js"
import * as tables from "./cluster/tables.js"
import * as worker from "./cluster/worker.js"
import * as workers from "./cluster/workers.js"
import { Journal } from "./Journal.js"
import * as budgets from "./run/budget.js"
import * as prices from "./run/prices.js"
import type { EndReason, Progress, Request, Row, Summary } from "./run/rows.js"
import * as settings from "./run/settings.js"
import * as database from "./sql/database.js"
import * as journals from "./sql/journal.js"
import { insertJournal } from "./sql/tables.js"

export type { Timing } from "./cluster/engine.js"

/** Any operation with a single answer. */
type AnyUnary = Any<never, unknown> & { readonly _tag: "Unary" }

const knownOperations: ReadonlyArray<AnyUnary> = [
  Chat.completeOperation,
  Completions.completeOperation,
  Messages.createOperation,
  Embeddings.createOperation,
  Tokens.tokenizeOperation
]

// --- submitting

/** A rate of calls. */
export interface Rate {
  /** How many calls may start at once, and in each period. An integer of at least 1. */
  readonly calls: number
  /** The period. */
  readonly per: Duration.DurationInput
}

/** Options of a batch on many machines. All workers follow them. */
export interface Options extends engine.Timing {
  /** The name of the journal. Running a batch with the same name continues it. */
  readonly journal: string
  /**
   * The most that all workers together may use in this run. Default: no limit. A budget of cost or tokens is exceeded by at most one call, if all
   * answers cost the same, and apart from the calls that start before the first answer.
   */
  readonly budget?: budgets.BudgetOptions | undefined
  /** The highest rate of calls of all workers together. Default: no rate; each worker follows the server's signals. */
  readonly rate?: Rate | undefined
  /** Whether rows that failed in an earlier run are called again. Default: true. */
  readonly retryFailed?: boolean | undefined
  /** Fields that are added to the body of each request. They are part of the journal's settings. */
  readonly body?: RequestOptions["body"]
  /**
   * How many rows a shard has, from 1 to 5000. A shard costs the engine some milliseconds and goes as a whole to one worker. Choose a number that
   * gives each worker about ten shards, so that all workers finish at about the same time. Default: 250.
   */
  readonly shardRows?: number | undefined
}

/** A batch on many machines. It is submitted while its rows are read. */
export interface Run<out A, out E> {
  /**
   * The outcome of each request, in the order in which they are recorded. Can be read once.
   *
   * If you stop reading, the workers continue with the submitted requests. Run the batch again to continue reading.
   */
  readonly rows: Stream.Stream<Row<A>, E | JournalError | WorkerError>
  /**
   * The progress. `tokens`, `cost` and `unpriced` count all workers in this run; `running` and `concurrency` count all workers of the database, also
   * those of other batches.
   */
  readonly progress: Effect.Effect<Progress>
  /** The final numbers, and why the batch ended. Waits for the end of `rows`. The reason is `interrupted` if the workers continue. */
  readonly summary: Effect.Effect<Summary>
  /**
   * Stops new calls on all workers. Running calls finish and are recorded. Does not wait for them: `rows` ends when they have ended, and the journal
   * stays locked until then.
   */
  readonly stop: Effect.Effect<void, JournalError>
}

const defaultShardRows = 250

/** The budget of a run, as the database stores it. */
const budgetOf = (
  options: budgets.BudgetOptions | undefined
): Either.Either<runs.RunOptions["budget"], InvalidBatchError> =>
  Either.map(budgets.make(options), ({ cost, failures, millis, tokens }) => ({
    ...(cost === undefined ? {} : { cost: BigDecimal.format(cost) }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(millis === undefined ? {} : { millis: Math.ceil(millis) }),
    ...(failures === undefined ? {} : { failures })
  }))

const rateOf = (rate: Rate | undefined): Either.Either<runs.RunOptions["rate"], InvalidBatchError> => {
  if (rate === undefined) return Either.right(undefined)
  const millis = Option.map(Duration.decodeUnknown(rate.per), Duration.toMillis)
  return Number.isInteger(rate.calls) && rate.calls >= 1 && Option.exists(millis, (value) => value > 0)
    ? Either.right({ calls: rate.calls, millis: Option.getOrThrow(millis) })
    : Either.left(
        new InvalidBatchError({
          message: "rate: expected an integer of at least 1 as calls, and a duration above 0 as per"
        })
      )
}

const shardRowsOf = (count: number): Either.Either<number, InvalidBatchError> =>
  Number.isInteger(count) && count >= 1 && count <= settings.mostShardRows
    ? Either.right(count)
    : Either.left(
        new InvalidBatchError({ message: `shardRows: expected an integer from 1 to ${settings.mostShardRows}` })
      )

/** The engine, whose database may fail. */
const engineOf = (
  sql: SqlClient.SqlClient,
  journal: string,
  worker: Option.Option<string>,
  timing: engine.Timing
): Layer.Layer<WorkflowEngine.WorkflowEngine, JournalError> =>
  engine
    .layer(worker, timing)
    .pipe(Layer.mapError(database.broken(journal)), Layer.provide(Layer.succeed(SqlClient.SqlClient, sql)))

/** How often a run is checked that still has to end. */
const checkInterval = "500 millis"

/** The active run of a journal, or a new one. Waits while a stopped run still ends. */
const beginRun = (
  data: runs.Runs,
  journal: string,
  hash: string,
  options: runs.RunOptions
): Effect.Effect<runs.Run, JournalError | JournalLockedError | JournalMismatchError> =>
  Effect.flatMap(
    data.begin(journal, hash, options),
    Option.match({
      onNone: () =>
        Effect.delay(
          Effect.suspend(() => beginRun(data, journal, hash, options)),
          checkInterval
        ),
      onSome: Effect.succeed
    })
  )

/**
 * Prepares a batch that workers run. It is submitted when its rows are read.
 *
 * **When to use**: when one machine is not enough because of its network, the rate limit of its address, or the risk of losing it. On one machine
 * `Batch.run` is simpler and faster.
 *
 * **Details**: as `Batch.run`, but the journal is in PostgreSQL, and workers (`layerWorker`, or the command `friendli-batch worker`) make the calls.
 * You can start them before or after. Budgets, the rate and `stop` apply to the whole batch. If a worker is killed, at most the calls that it was
 * running are repeated. If the submitting process is killed, run the batch again: the workers' answers since then are in the journal.
 *
 * The deployment is needed for the keys of rows; this process sends no requests. Fails before anything is submitted: with an `InvalidBatchError` if
 * an option is not valid, with a `JournalMismatchError` if the journal belongs to other settings, with a `JournalLockedError` while a process has the
 * journal open with `SqlJournal.layer`. From now until the batch ends, or until its last calls have ended after a stop,
 * `SqlJournal.layer` of this journal fails with a `JournalLockedError`. If the batch was stopped before, this waits for the end of its last calls.
 *
 * `rows` fails with a `JournalError` if the database fails for more than some seconds, and with a `WorkerError` if a worker
 * cannot run the batch.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { PgClient } from "@effect/sql-pg"
 * import { Config, Effect, Stream } from "effect"
 * import { Serverless } from "effect-friendli"
 * import { Batch } from "effect-friendli-batch"
 * import * as Cluster from "effect-friendli-batch/Cluster"
 *
 * const requests = Stream.range(1, 1_000_000).pipe(
 *   Stream.map((number) =>
 *     Batch.chat(
 *       { model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: `Is ${number} a prime number?` }], max_tokens: 20 },
 *       `question-${number}`
 *     )
 *   )
 * )
 *
 * const program = Effect.gen(function* () {
 *   const batch = yield* Cluster.run(requests, { journal: "primes", budget: { cost: "$50" } })
 *   yield* Stream.runForEach(batch.rows, (row) => Effect.log(row.id, row._tag))
 *   return yield* batch.summary
 * }).pipe(
 *   Effect.provide(PgClient.layerConfig({ url: Config.redacted("DATABASE_URL") })),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer)
 * )
 * ```
 * @category submitting
 */
export const run = <A, E, R>(
  requests: Stream.Stream<Request<A>, E, R>,
  options: Options
): Effect.Effect<
  Run<A, E>,
  InvalidBatchError | JournalError | JournalLockedError | JournalMismatchError,
  FriendliClient | SqlClient.SqlClient | R
> =>
  Effect.gen(function* () {
    const { deployment } = yield* FriendliClient
    const sql = yield* SqlClient.SqlClient
    const context = yield* Effect.context<R>()
    const { body, journal, retryFailed = true } = options
    const budget = yield* budgetOf(options.budget)
    const rate = yield* rateOf(options.rate)
    const shardRows = yield* shardRowsOf(options.shardRows ?? defaultShardRows)
    const request: RequestOptions = body === undefined ? {} : { body }

    const data = runs.make(sql)
    yield* tables.make(data.sql, journal)
    yield* Effect.mapError(insertJournal(data.sql, journal), database.broken(journal))
    const active = yield* beginRun(data, journal, settings.hashOf(deployment, request), {
      budget,
      ...(rate === undefined ? {} : { rate }),
      ...(body === undefined ? {} : { body })
    })
    return yield* submit.make(Stream.provideContext(requests, context), {
      database: data,
      run: active,
      engine: engineOf(sql, journal, Option.none(), options),
      deployment,
      options: request,
      retryFailed,
      shardRows,
      watch: Duration.millis(200)
    })
  })

// --- workers

/** Options of a worker. */
export interface WorkerOptions extends engine.Timing {
  /** How many calls this worker runs at the same time, as in `Batch.run`. Default: `"auto"`. */
  readonly concurrency?: settings.Concurrency | undefined
  /** How many shards it runs at the same time. An integer of at least 1. Default: 2. */
  readonly shards?: number | undefined
  /** The source of prices. Default: the catalogue, if the program provides `Models`, as the layer of `Serverless` does. */
  readonly prices?: prices.Prices | undefined
  /** Options of each call, without `body`, which belongs to the batch. */
  readonly request?: Omit<RequestOptions, "body"> | undefined
  /** Your own operations that batches use, in addition to those of `Batch`. */
  readonly operations?: ReadonlyArray<AnyUnary> | undefined
}

/**
 * A worker: until its scope closes, it makes the calls of all batches of the database, with its own deployment.
 *
 * **When to use**: with `Layer.launch`, in a process of its own on each machine; or as the command `friendli-batch worker`.
 *
 * **Details**: it needs the database and the deployment, but no address at which others reach it. When its scope closes, it starts no new call, waits
 * for the running calls, records them, and gives its shards to other workers. If it is killed, others take its shards after `failover`, which must be
 * the same for all workers of a database. Fails with an `InvalidBatchError` if an option is not valid, and with a `JournalError` if the database
 * cannot be used.
 * @category workers
 */
export const layerWorker = (
  options: WorkerOptions = {}
): Layer.Layer<never, InvalidBatchError | JournalError, FriendliClient | SqlClient.SqlClient> =>
  Layer.unwrapScoped(
    Effect.gen(function* () {
      const client = yield* FriendliClient
      const sql = yield* SqlClient.SqlClient
      const limiter = yield* settings.limiterOf(options.concurrency)
      const { operations = [], shards = 2 } = options
      if (!(Number.isInteger(shards) && shards >= 1)) {
        return yield* new InvalidBatchError({ message: "shards: expected an integer of at least 1" })
      }
      const costOf = yield* prices.make(options.prices)
      const id = `${hostname()}/${randomUUID()}`
      yield* tables.make(sql.withoutTransforms(), id)
      const { execute, leave } = yield* worker.make({
        sql,
        id,
        client,
        limiter,
        shards,
        costOf: Option.getOrUndefined(costOf),
        options: options.request ?? {},
        // the submitter has checked the types of the requests: here they are JSON
        operations: new Map(
          [...knownOperations, ...operations].map((each) => [each.name, each as unknown as Unary<unknown, unknown>])
        ),
        poll: Duration.decode(options.poll ?? engine.defaults.poll),
        failover: Duration.decode(options.failover ?? engine.defaults.failover)
      })
      return Layer.scopedDiscard(Effect.addFinalizer(() => leave)).pipe(
        Layer.provide(Shard.toLayer(execute)),
        Layer.provide(engineOf(sql, id, Option.some(id), options))
      )
    })
  )

// --- watching

/** The state of a batch on many machines. */
export interface Status {
  /** Requests that were submitted. Equal requests count once. */
  readonly requests: number
  /** Requests that have an answer. */
  readonly done: number
  /** Requests that failed, after their retries. */
  readonly failed: number
  /** Tokens of all runs. */
  readonly tokens: number
  /** The cost of all runs in USD, as far as prices are known. */
  readonly cost: BigDecimal.BigDecimal
  /** `"running"`, or why the last run ended. */
  readonly state: "running" | EndReason
  /** The workers of the database, also those that run other batches. */
  readonly workers: number
  /** The calls that these workers run now. */
  readonly running: number
}

/**
 * The state of a batch, for any process. `None` if the database has no batch with this name.
 * @category watching
 */
export const status = (journal: string): Effect.Effect<Option.Option<Status>, JournalError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const data = runs.make(yield* SqlClient.SqlClient)
    yield* tables.make(data.sql, journal)
    const last = yield* data.last(journal)
    if (Option.isNone(last)) return Option.none()
    const { running, workers: active } = yield* workers.make(data.sql).active(journal)
    const { cost, done, failed, requests, tokens } = yield* data.totals(journal)
    const { isFinished, reason } = last.value
    return Option.some<Status>({
      requests,
      done,
      failed,
      tokens,
      cost,
      state: isFinished ? (reason ?? "end") : "running",
      workers: active,
      running
    })
  })

/**
 * Stops a batch from any process: no worker starts a new call; running calls finish and are recorded. Does nothing if the batch is not running.
 *
 * **Details**: does not wait for the running calls. The batch ends, and its journal is free, when the workers have recorded them. A worker that has
 * left has no running calls. If a worker was killed, call this again after its `failover`: then the batch ends without it.
 * @category watching
 */
export const stop = (journal: string): Effect.Effect<void, JournalError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const data = runs.make(yield* SqlClient.SqlClient)
    yield* tables.make(data.sql, journal)
    const last = yield* data.last(journal)
    if (Option.isSome(last)) yield* data.stop(last.value, "stopped")
  })

/**
 * The journal of a batch on many machines, read-only: outcomes by key, and all outcomes.
 * @category watching
 */
export const layerJournal = (journal: string): Layer.Layer<Journal, JournalError, SqlClient.SqlClient> =>
  Layer.effect(
    Journal,
    Effect.gen(function* () {
      const data = runs.make(yield* SqlClient.SqlClient)
      const { sql } = data
      yield* tables.make(sql, journal)
      const readOnly = Effect.fail(
        new JournalError({ journal, message: "the workers write this journal; it can only be read" })
      )
      return {
        name: journal,
        begin: (given) => journals.begin(sql, journal, given),
        find: (key) => journals.find(sql, journal, key),
        append: () => readOnly,
        entries: journals.entries(sql, journal),
        counts: Effect.map(data.totals(journal), ({ done, failed }) => ({ done, failed }))
      }
    })
  )
