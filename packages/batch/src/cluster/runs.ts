/**
 * Runs in the database. In: the actions of submitters and workers. Out: the state of a run. Every change is one statement or transaction, so that any
 * process may be killed between two changes.
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Tokens } from "effect-friendli/Pricing"
import { JournalError, type JournalLockedError, type JournalMismatchError, type WorkerError } from "../BatchError.js"
import type { Entry } from "../journal/entry.js"
import * as budgets from "../run/budget.js"
import type { EndReason } from "../run/rows.js"
import * as database from "../sql/database.js"
import * as journals from "../sql/journal.js"
import * as lease from "../sql/lease.js"
import * as tables from "../sql/tables.js"
import * as workers from "./workers.js"

/** Options of a run that all workers follow, as the database stores them. */
export const RunOptions = Schema.Struct({
  budget: Schema.Struct({
    cost: Schema.optional(Schema.String),
    tokens: Schema.optional(Schema.Number),
    millis: Schema.optional(Schema.Number),
    failures: Schema.optional(Schema.Number)
  }),
  /** The rate of all workers together. */
  rate: Schema.optional(Schema.Struct({ calls: Schema.Number, millis: Schema.Number })),
  /** Fields that are added to the body of each request. */
  body: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
})

export interface RunOptions extends Schema.Schema.Type<typeof RunOptions> {}

const options = Schema.parseJson(RunOptions)
const encodeOptions = Schema.encodeSync(options)
const decodeOptions = Schema.decodeUnknownSync(options)

/** The state of a run. */
export interface Run {
  readonly id: number
  readonly journal: string
  readonly options: RunOptions
  /** The number of the last entry before the run. */
  readonly started: number
  readonly reason: EndReason | undefined
  /** Why a worker cannot run the batch. */
  readonly error: string | undefined
  readonly isFinished: boolean
  readonly done: number
  readonly failed: number
  readonly tokens: Tokens
  readonly cost: BigDecimal.BigDecimal
  readonly unpriced: number
  /** Milliseconds from its creation until now, or until its end. */
  readonly millis: number
  readonly isOverdue: boolean
}

/** A row of the table, as the driver returns it: large numbers are strings. */
interface RunRecord {
  readonly id: string
  readonly journal: string
  readonly options: string
  readonly started: string
  readonly created: string
  readonly deadline: string | null
  readonly reason: EndReason | null
  readonly error: string | null
  readonly finished: string | null
  readonly done: string
  readonly failed: string
  readonly input_tokens: string
  readonly cached_input_tokens: string
  readonly output_tokens: string
  readonly cost: string
  readonly unpriced: string
  readonly clock: string
}

const runOf = (record: RunRecord): Run => ({
  id: Number(record.id),
  journal: record.journal,
  options: decodeOptions(record.options),
  started: Number(record.started),
  reason: record.reason ?? undefined,
  error: record.error ?? undefined,
  isFinished: record.finished !== null,
  done: Number(record.done),
  failed: Number(record.failed),
  tokens: {
    input: Number(record.input_tokens),
    cachedInput: Number(record.cached_input_tokens),
    output: Number(record.output_tokens)
  },
  cost: BigDecimal.normalize(BigDecimal.unsafeFromString(record.cost)),
  unpriced: Number(record.unpriced),
  millis: Number(record.finished ?? record.clock) - Number(record.created),
  isOverdue: record.deadline !== null && Number(record.clock) >= Number(record.deadline)
})

/** The budget of a run, in the form of a batch on one machine. The database watches the time. */
export const budgetOf = ({ budget }: RunOptions): budgets.Budget => ({
  cost: budget.cost === undefined ? undefined : BigDecimal.unsafeFromString(budget.cost),
  tokens: budget.tokens,
  millis: undefined,
  failures: budget.failures
})

/** The amounts that a run has used. */
export const usedOf = (run: Run): budgets.Used => ({
  cost: run.cost,
  tokens: run.tokens.input + run.tokens.output,
  millis: run.millis,
  ended: run.done + run.failed,
  failed: run.failed
})

/** How many calls a shard asks for. */
export interface Wanted {
  readonly calls: number
  /** How many workers share what is left of the budget. */
  readonly sharedBy: number
}

/** A request that a worker has to send. */
export interface Task {
  readonly key: string
  readonly operation: string
  readonly request: string
}

/** Sums over entries. */
const sumsOf = (entries: ReadonlyArray<Entry>) => {
  const sums = { done: 0, failed: 0, input: 0, cachedInput: 0, output: 0, unpriced: 0 }
  let cost = BigDecimal.fromBigInt(0n)
  for (const entry of entries) {
    sums[entry.status]++
    if (entry.status === "failed") continue
    sums.input += entry.tokens?.input ?? 0
    sums.cachedInput += entry.tokens?.cachedInput ?? 0
    sums.output += entry.tokens?.output ?? 0
    const known = Option.flatMap(Option.fromNullable(entry.cost), BigDecimal.fromString)
    if (Option.isSome(known)) cost = BigDecimal.sum(cost, known.value)
    else sums.unpriced++
  }
  return { ...sums, cost: BigDecimal.format(BigDecimal.normalize(cost)) }
}

/** The error of a run that is no longer in the database. */
export const deleted = (journal: string) =>
  new JournalError({ journal, message: "the run was deleted from the database" })

/** The operations on runs. */
export const make = (client: SqlClient.SqlClient) => {
  const sql = client.withoutTransforms()
  const now = database.now(sql)
  const columns = sql`*, ${now} AS clock`
  const isLost = workers.isLost(sql)

  /** Ends a run if all its shards are finished. */
  const finish = (id: number) => sql`
    UPDATE friendli_batch_runs SET finished = ${now}, reason = COALESCE(reason, 'end')
    WHERE id = ${id} AND finished IS NULL AND (submitted OR reason IS NOT NULL)
      AND NOT EXISTS (SELECT FROM friendli_batch_shards WHERE run = ${id} AND NOT finished)`

  /**
   * Closes the shards of a stopped run without running calls: those that no worker has begun, and those whose worker has left or is lost. Ends
   * the run if no shard is left. A worker that was only silent may still record the outcomes of its calls: see `record`.
   */
  const settle = (id: number) =>
    Effect.zipRight(
      sql`
        UPDATE friendli_batch_shards AS s SET finished = TRUE
        FROM friendli_batch_runs AS r
        WHERE r.id = ${id} AND r.reason IS NOT NULL AND s.run = r.id AND NOT s.finished AND (
          NOT s.begun OR (${isLost})
        )`,
      finish(id)
    )

  /** Stops new calls. The run ends when none of its calls is running. */
  const stop = (id: number, reason: EndReason, error?: WorkerError) =>
    Effect.zipRight(
      sql`
        UPDATE friendli_batch_runs SET reason = ${reason}, error = ${error?.message ?? null}
        WHERE id = ${id} AND reason IS NULL AND finished IS NULL`,
      settle(id)
    )

  return {
    sql,

    /**
     * The active run of a journal with these settings and options, or a new one. `None` while a stopped run is still ending, because the calls of its
     * workers would be made twice.
     */
    begin: (
      journal: string,
      settings: string,
      given: RunOptions
    ): Effect.Effect<Option.Option<Run>, JournalError | JournalLockedError | JournalMismatchError> => {
      const text = encodeOptions(given)
      const millis = given.budget.millis ?? null
      return sql
        .withTransaction(
          Effect.gen(function* () {
            yield* lease.endStale(sql, journal)
            yield* journals.begin(sql, journal, settings)
            const stopped = yield* sql<{ readonly id: string }>`
              SELECT id FROM friendli_batch_runs WHERE journal = ${journal} AND finished IS NULL AND reason IS NOT NULL`
            for (const { id } of stopped) yield* settle(Number(id))
            const [row] = yield* sql<{ readonly written: string }>`
              SELECT written FROM friendli_batch_journals WHERE name = ${journal}`
            const active = yield* sql<RunRecord>`
              UPDATE friendli_batch_runs
              SET options = CASE WHEN reason IS NULL THEN ${text} ELSE options END, deadline = created + ${millis}::bigint
              WHERE journal = ${journal} AND finished IS NULL
              RETURNING ${columns}`
            if (active[0] !== undefined) {
              return active[0].reason === null ? Option.some(runOf(active[0])) : Option.none()
            }
            const [record] = yield* sql<RunRecord>`
              INSERT INTO friendli_batch_runs (journal, options, started, created, deadline)
              VALUES (${journal}, ${text}, ${row?.written ?? 0}, ${now}, ${now} + ${millis}::bigint)
              RETURNING ${columns}`
            return Option.map(Option.fromNullable(record), runOf)
          })
        )
        .pipe(database.guarded(journal))
    },

    /** The state of runs. */
    read: (journal: string, ids: ReadonlyArray<number>): Effect.Effect<ReadonlyArray<Run>, JournalError> =>
      ids.length === 0
        ? Effect.succeed([])
        : sql<RunRecord>`SELECT ${columns} FROM friendli_batch_runs WHERE ${sql.in("id", ids)}`.pipe(
            Effect.map((records) => records.map(runOf)),
            database.guarded(journal)
          ),

    /** The last run of a journal. */
    last: (journal: string): Effect.Effect<Option.Option<Run>, JournalError> =>
      sql<RunRecord>`
        SELECT ${columns} FROM friendli_batch_runs WHERE journal = ${journal} ORDER BY id DESC LIMIT 1`.pipe(
        Effect.map(([record]) => Option.map(Option.fromNullable(record), runOf)),
        database.guarded(journal)
      ),

    /** The hash of a journal's settings. */
    settingsOf: (journal: string): Effect.Effect<string | undefined, JournalError> =>
      sql<{ readonly settings: string }>`
        SELECT settings FROM friendli_batch_journals WHERE name = ${journal}`.pipe(
        Effect.map(([row]) => row?.settings),
        database.guarded(journal)
      ),

    /** Writes a shard of tasks, and returns its number. `None` if the run has ended or stopped, or already has all these tasks. */
    submit: ({ id, journal }: Run, tasks: ReadonlyArray<Task>): Effect.Effect<Option.Option<number>, JournalError> =>
      sql
        .withTransaction(
          Effect.gen(function* () {
            const rows = yield* sql<{ readonly shards: number }>`
              UPDATE friendli_batch_runs SET shards = shards + 1
              WHERE id = ${id} AND reason IS NULL AND finished IS NULL
              RETURNING shards`
            const shard = rows[0]?.shards
            if (shard === undefined) return Option.none()
            yield* sql`
              INSERT INTO friendli_batch_requests ${sql.insert(tasks.map((task) => ({ journal, ...task })))}
              ON CONFLICT (journal, key) DO NOTHING`
            const inserted = yield* sql`
              INSERT INTO friendli_batch_tasks ${sql.insert(tasks.map(({ key }) => ({ run: id, key, shard })))}
              ON CONFLICT (run, key) DO NOTHING
              RETURNING key`
            if (inserted.length === 0) return Option.none()
            yield* sql`INSERT INTO friendli_batch_shards (run, shard) VALUES (${id}, ${shard})`
            return Option.some(shard)
          })
        )
        .pipe(database.guarded(journal)),

    /** Marks that a run has all its shards. */
    submitted: ({ id, journal }: Run): Effect.Effect<void, JournalError> =>
      sql`UPDATE friendli_batch_runs SET submitted = TRUE WHERE id = ${id}`.pipe(
        Effect.zipRight(finish(id)),
        Effect.asVoid,
        database.guarded(journal)
      ),

    /** The shards of a run that are not finished. */
    openShards: ({ id, journal }: Run): Effect.Effect<ReadonlyArray<number>, JournalError> =>
      sql<{ readonly shard: number }>`
        SELECT shard FROM friendli_batch_shards WHERE run = ${id} AND NOT finished ORDER BY shard`.pipe(
        Effect.map((rows) => rows.map(({ shard }) => shard)),
        database.guarded(journal)
      ),

    /** Stops new calls of a run. */
    stop: (
      { id, journal }: Pick<Run, "id" | "journal">,
      reason: EndReason,
      error?: WorkerError
    ): Effect.Effect<void, JournalError> => database.guarded(journal)(stop(id, reason, error)),

    /** Ends a stopped run if none of its calls is running. */
    settle: ({ id, journal }: Pick<Run, "id" | "journal">): Effect.Effect<void, JournalError> =>
      database.guarded(journal)(settle(id)),

    /** Marks a shard as begun by a worker, perhaps again. False if it is already finished. */
    beginShard: ({ id, journal }: Run, shard: number, worker: string): Effect.Effect<boolean, JournalError> =>
      sql`
        UPDATE friendli_batch_shards SET begun = TRUE, worker = ${worker}, reserved = 0
        WHERE run = ${id} AND shard = ${shard} AND NOT finished
        RETURNING shard`.pipe(
        Effect.map((rows) => rows.length > 0),
        database.guarded(journal)
      ),

    /** The tasks of a shard that this run has not recorded. */
    tasksOf: ({ id, journal, started }: Run, shard: number): Effect.Effect<ReadonlyArray<Task>, JournalError> =>
      sql<Task>`
        SELECT t.key, r.operation, r.request
        FROM friendli_batch_tasks t
        JOIN friendli_batch_requests r ON r.journal = ${journal} AND r.key = t.key
        WHERE t.run = ${id} AND t.shard = ${shard} AND NOT EXISTS (
          SELECT FROM friendli_batch_entries e WHERE e.journal = ${journal} AND e.key = t.key AND e.number > ${started}
        )`.pipe(database.guarded(journal)),

    /**
     * Reserves a part of the budget for calls of a shard, as much as is left: for each call, the average of the earlier calls. Each recorded call ends
     * a reservation. One call in all may always run, because its cost is not known before. The row of the run is locked, so that reservations and
     * recorded usage are read together.
     */
    reserve: (
      { id, journal }: Run,
      shard: number,
      { calls, sharedBy }: Wanted
    ): Effect.Effect<{ readonly run: Run; readonly granted: number }, JournalError> =>
      sql
        .withTransaction(
          Effect.gen(function* () {
            const [record] = yield* sql<RunRecord>`
              SELECT ${columns} FROM friendli_batch_runs WHERE id = ${id} FOR UPDATE`
            if (record === undefined) return yield* deleted(journal)
            const [row] = yield* sql<{ readonly reserved: string }>`
              SELECT COALESCE(sum(s.reserved), 0) AS reserved FROM friendli_batch_shards AS s
              WHERE s.run = ${id} AND s.reserved > 0 AND NOT s.finished AND NOT (${isLost})`
            const run = runOf(record)
            const budget = budgetOf(run.options)
            const used = usedOf(run)
            const isReached = run.reason !== undefined || budgets.reached(budget, used) !== undefined
            const left = isReached ? 0 : budgets.room(budget, used) - Number(row?.reserved ?? 0)
            const granted = Math.max(0, Math.min(calls, Math.ceil(left / sharedBy)))
            if (granted > 0) {
              yield* sql`
                UPDATE friendli_batch_shards SET reserved = reserved + ${granted} WHERE run = ${id} AND shard = ${shard}`
            }
            return { run, granted }
          })
        )
        .pipe(database.guarded(journal)),

    /** Ends the reservations of a shard of which no call is running. */
    endReservations: ({ id, journal }: Run, shard: number): Effect.Effect<void, JournalError> =>
      sql`UPDATE friendli_batch_shards SET reserved = 0 WHERE run = ${id} AND shard = ${shard}`.pipe(
        Effect.asVoid,
        database.guarded(journal)
      ),

    /** Marks that a shard is finished. */
    finishShard: ({ id, journal }: Pick<Run, "id" | "journal">, shard: number): Effect.Effect<void, JournalError> =>
      sql`UPDATE friendli_batch_shards SET finished = TRUE, reserved = 0 WHERE run = ${id} AND shard = ${shard}`.pipe(
        Effect.zipRight(finish(id)),
        Effect.asVoid,
        database.guarded(journal)
      ),

    /**
     * Records entries, and returns the new state of the run. The row of the journal is locked first, so that numbers become visible in order and a
     * reader of the entries after a number misses none. An entry of this run or of a later one is never replaced: if two workers make the same call,
     * because one was taken for dead, it is recorded once. Outcomes that only such a worker has are recorded even after the end of the run, since the
     * calls were paid for.
     */
    record: (
      { id, journal, started }: Pick<Run, "id" | "journal" | "started">,
      group: ReadonlyArray<Entry>
    ): Effect.Effect<Run, JournalError> => {
      const given = tables.lastOfEach(group)
      return sql
        .withTransaction(
          Effect.gen(function* () {
            const [row] = yield* sql<{ readonly written: string }>`
              UPDATE friendli_batch_journals SET written = written + ${given.length} WHERE name = ${journal}
              RETURNING written`
            const records = tables.recordsOf(journal, given, Number(row?.written ?? 0) - given.length)
            const written = yield* sql<{ readonly key: string }>`
              INSERT INTO friendli_batch_entries ${sql.insert(records)}
              ON CONFLICT (journal, key) DO UPDATE
              SET number = excluded.number, status = excluded.status, entry = excluded.entry
              WHERE friendli_batch_entries.number <= ${started}
              RETURNING key`
            const keys = new Set(written.map(({ key }) => key))
            const sums = sumsOf(given.filter(({ key }) => keys.has(key)))
            const [record] = yield* sql<RunRecord>`
              UPDATE friendli_batch_runs SET
                done = done + ${sums.done},
                failed = failed + ${sums.failed},
                input_tokens = input_tokens + ${sums.input},
                cached_input_tokens = cached_input_tokens + ${sums.cachedInput},
                output_tokens = output_tokens + ${sums.output},
                cost = cost + ${sums.cost}::numeric,
                unpriced = unpriced + ${sums.unpriced}
              WHERE id = ${id}
              RETURNING ${columns}`
            if (record === undefined) return yield* deleted(journal)
            const run = runOf(record)
            if (keys.size > 0 && budgets.limitsSpending(budgetOf(run.options))) {
              yield* sql`
                UPDATE friendli_batch_shards AS s SET reserved = GREATEST(0, s.reserved - t.calls)
                FROM (
                  SELECT shard, count(*) AS calls FROM friendli_batch_tasks
                  WHERE run = ${id} AND ${sql.in("key", [...keys])} GROUP BY shard
                ) AS t
                WHERE s.run = ${id} AND s.shard = t.shard AND s.reserved > 0`
            }
            return run
          })
        )
        .pipe(database.guarded(journal))
    },

    /** The entries after a number, in the order in which they were written. */
    entriesAfter: (journal: string, number: number, most: number) =>
      sql<{ readonly key: string; readonly entry: string; readonly number: string }>`
        SELECT key, entry, number FROM friendli_batch_entries WHERE journal = ${journal} AND number > ${number}
        ORDER BY number LIMIT ${most}`.pipe(database.guarded(journal)),

    /** The entries of some keys. */
    entriesOf: (journal: string, keys: ReadonlyArray<string>) =>
      sql<{ readonly key: string; readonly entry: string; readonly number: string }>`
        SELECT key, entry, number FROM friendli_batch_entries WHERE journal = ${journal} AND ${sql.in("key", keys)}`.pipe(
        database.guarded(journal)
      ),

    /** How many requests and outcomes a journal has, and the tokens and cost of all runs. */
    totals: (journal: string) =>
      sql<{
        readonly requests: string
        readonly done: string
        readonly failed: string
        readonly tokens: string
        readonly cost: string
      }>`
        SELECT
          (SELECT count(*) FROM friendli_batch_requests WHERE journal = ${journal}) AS requests,
          (SELECT count(*) FROM friendli_batch_entries WHERE journal = ${journal} AND status = 'done') AS done,
          (SELECT count(*) FROM friendli_batch_entries WHERE journal = ${journal} AND status = 'failed') AS failed,
          COALESCE(sum(input_tokens + output_tokens), 0) AS tokens,
          COALESCE(sum(cost), 0) AS cost
        FROM friendli_batch_runs WHERE journal = ${journal}`.pipe(
        Effect.map(([row]) => ({
          requests: Number(row?.requests ?? 0),
          done: Number(row?.done ?? 0),
          failed: Number(row?.failed ?? 0),
          tokens: Number(row?.tokens ?? 0),
          cost: BigDecimal.normalize(BigDecimal.unsafeFromString(row?.cost ?? "0"))
        })),
        database.guarded(journal)
      )
  }
}

/** The runs of a database. */
export type Runs = ReturnType<typeof make>
