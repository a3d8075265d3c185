/**
 * Batches on many machines: one process submits, workers that come and go call, and all of them share a PostgreSQL database.
 *
 * The engine is that of `@effect/cluster` and `@effect/workflow`. It needs these packages and `@effect/sql`, `@effect/rpc`,
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
import * as workers from "./cluster/worker.js"
import { Journal } from "./Journal.js"
import * as budgets from "./run/budget.js"
import * as prices from "./run/prices.js"
import type { EndReason, Progress, Request, Row, Summary } from "./run/rows.js"
import * as settings from "./run/settings.js"
import * as database from "./sql/database.js"
import * as journals from "./sql/journal.js"
import { insertJournal } from "./sql/tables.js"

export type { Timing } from "./cluster/engine.js"

/** An operation with one answer, whatever it asks and answers. */
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
  /** The name of the journal. Who runs a batch with it again continues it. */
  readonly journal: string
  /** What the batch may use at most in this run, over all workers. Default: no limit. */
  readonly budget?: budgets.BudgetOptions | undefined
  /** A rate that all workers keep together. Default: none; each worker follows what the server says. */
  readonly rate?: Rate | undefined
  /** Whether rows that failed in an earlier run are called again. Default: true. */
  readonly retryFailed?: boolean | undefined
  /** Fields that are added to the body of each request. They are part of the journal's settings. */
  readonly body?: RequestOptions["body"]
  /**
   * How many rows a shard has, from 1 to 5000. A shard costs the engine some milliseconds, and is given as a whole to one worker: have
   * ten shards a worker, so that all end at about the same time. Default: 250.
   */
  readonly shardRows?: number | undefined
}

/** A batch on many machines. It is submitted while its rows are read. */
export interface Run<out A, out E> {
  /**
   * The outcome of each request, in the order in which they are recorded. Can be read once.
   *
   * Whoever stops reading leaves the workers at work on what was submitted: run the batch again to go on reading.
   */
  readonly rows: Stream.Stream<Row<A>, E | JournalError | WorkerError>
  /**
   * How the batch stands. `tokens`, `cost` and `unpriced` are those of all workers in this run; `running` and `concurrency` are those of
   * all workers of the database.
   */
  readonly progress: Effect.Effect<Progress>
  /** How it ended. Waits for the end of `rows`. The reason is `interrupted` where the workers go on. */
  readonly summary: Effect.Effect<Summary>
  /** Starts no further call on any worker. Those that run end, and are recorded. */
  readonly stop: Effect.Effect<void, JournalError>
}

const defaultShardRows = 250

/** The budget of a run, as the database holds it. */
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
        new InvalidBatchError({ message: "rate: expected an integer of calls of at least 1, and a period above 0" })
      )
}

const shardRowsOf = (count: number): Either.Either<number, InvalidBatchError> =>
  Number.isInteger(count) && count >= 1 && count <= 5000
    ? Either.right(count)
    : Either.left(new InvalidBatchError({ message: "shardRows: expected an integer from 1 to 5000" }))

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

/** Another process ends the run of before: how often it is looked at. */
const untilEnded = "500 millis"

/** The active run of a journal, or a new one. Waits while one that was stopped still ends. */
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
          untilEnded
        ),
      onSome: Effect.succeed
    })
  )

/**
 * Prepares a batch that workers run. It is submitted when its rows are read.
 *
 * **When to use**: where one machine is not enough: its network, its rate of calls from one address, or the risk that it is lost. On one
 * machine `Batch.run` is simpler and faster.
 *
 * **Details**: as `Batch.run`, with the journal in PostgreSQL and calls by workers (`layerWorker`, or the command `friendli-batch worker`),
 * which may be started before or after. Budgets, rate and a stop are of the whole batch. A worker that is killed repeats at most the calls
 * that it ran; who submits may be killed as well, and runs the batch again to go on: what the workers did meanwhile is there. Of a budget
 * of cost or tokens, at most one call too many a worker is spent if all answers cost the same.
 *
 * The deployment is needed for the keys of rows; nothing is sent by this process. Fails with an `InvalidBatchError` before anything is
 * submitted, with a `JournalMismatchError` if the journal belongs to other settings, and with a `JournalLockedError` while a process has the
 * journal open with `SqlJournal.layer`. From here until the batch ends or is stopped, `SqlJournal.layer` fails so for others. `rows` fails
 * with a `JournalError` if the database fails for more than some seconds, with a `WorkerError` if a worker cannot run the batch.
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
  /** How many calls this worker runs at the same time, as of `Batch.run`. Default: `"auto"`. */
  readonly concurrency?: settings.Concurrency | undefined
  /** How many shards it runs at the same time. An integer of at least 1. Default: 2. */
  readonly shards?: number | undefined
  /** Where prices come from. Default: the catalogue, if the program provides `Models`, as the layer of `Serverless` does. */
  readonly prices?: prices.Prices | undefined
  /** Options of each call, without `body`, which belongs to the batch. */
  readonly request?: Omit<RequestOptions, "body"> | undefined
  /** Operations of your own that batches use, beside those of `Batch`. */
  readonly operations?: ReadonlyArray<AnyUnary> | undefined
}

/**
 * A worker: it joins, and calls the rows of all batches of the database whose deployment is its own, until its scope closes.
 *
 * **When to use**: with `Layer.launch`, in a process of its own on each machine; or as the command `friendli-batch worker`.
 *
 * **Details**: it needs the database and the deployment, and no address at which others reach it. When its scope closes, it starts no
 * further call, waits for those that run, records them, and hands its shards over. When it is killed, others take its shards after
 * `failover`. `failover` must be the same for all workers of a database.
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
      const execute = yield* workers.make({
        sql,
        id,
        client,
        limiter,
        shards,
        costOf: Option.getOrUndefined(costOf),
        options: options.request ?? {},
        // an operation of requests of one type, which whoever submits has checked: here they are JSON
        operations: new Map(
          [...knownOperations, ...operations].map((each) => [each.name, each as unknown as Unary<unknown, unknown>])
        ),
        poll: Duration.decode(options.poll ?? "1 second")
      })
      return Layer.provide(Shard.toLayer(execute), engineOf(sql, id, Option.some(id), options))
    })
  )

// --- watching

/** How a batch on many machines stands. */
export interface Status {
  /** Requests that were submitted; equal ones count once. */
  readonly requests: number
  readonly done: number
  readonly failed: number
  /** Tokens of all runs. */
  readonly tokens: number
  /** What all runs cost, in USD, as far as prices are known. */
  readonly cost: BigDecimal.BigDecimal
  /** Whether its last run goes on, and else why that ended. */
  readonly state: "running" | EndReason
  /** Workers of the database, and calls that they run now. */
  readonly workers: number
  readonly running: number
}

/**
 * How a batch stands, asked by any process. None if the database has no such batch.
 * @category watching
 */
export const status = (journal: string): Effect.Effect<Option.Option<Status>, JournalError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const data = runs.make(yield* SqlClient.SqlClient)
    yield* tables.make(data.sql, journal)
    const last = yield* data.last(journal)
    if (Option.isNone(last)) return Option.none()
    const { running, workers } = yield* data.workers(journal)
    const { cost, done, failed, requests, tokens } = yield* data.totals(journal)
    const { isFinished, reason } = last.value
    return Option.some<Status>({
      requests,
      done,
      failed,
      tokens,
      cost,
      state: isFinished ? (reason ?? "end") : "running",
      workers,
      running
    })
  })

/**
 * Stops a batch from any process: no further call starts on any worker. Nothing happens if it does not run.
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
 * The journal of a batch on many machines, for reading: outcomes by key, and all of them. It cannot be written.
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
