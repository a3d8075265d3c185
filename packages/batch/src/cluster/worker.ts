/**
 * A worker. In: shards that the engine gives it. Out: outcomes in the journal of their run.
 *
 * A shard runs as a batch on one machine does, with one difference: limiter, budget and rate are shared, by the shards of this worker and
 * by all workers. What a run has used comes back with each group of outcomes that is written. A fiber reads once in a while how the runs
 * stand, so that a worker that only waits stops as well.
 *
 * A shard that is interrupted, because the worker leaves or another one shall have it, starts no further call and waits for those that
 * run. Only then the engine gives it away. A worker that is killed leaves its shards begun: whoever gets them skips what is recorded.
 */
import type * as RateLimiter from "@effect/experimental/RateLimiter"
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { FriendliClient } from "effect-friendli/FriendliClient"
import type { Unary } from "effect-friendli/Operation"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import { JournalError, WorkerError } from "../BatchError.js"
import type { Entry, Service } from "../journal/entry.js"
import * as groups from "../journal/groups.js"
import type { Limiter } from "../run/concurrency.js"
import { keyOfRow } from "../run/key.js"
import type { CostOf } from "../run/prices.js"
import * as requests from "../run/request.js"
import type { Request } from "../run/rows.js"
import * as batch from "../run/run.js"
import * as settings from "../run/settings.js"
import * as tables from "../sql/tables.js"
import * as limits from "./limits.js"
import * as runs from "./runs.js"

/** What a worker works with. */
export interface Parts {
  readonly sql: SqlClient.SqlClient
  readonly id: string
  readonly client: FriendliClient.Service
  readonly limiter: Limiter
  /** How many shards run at the same time: the last calls of one leave room for the first of another. */
  readonly shards: number
  readonly costOf: CostOf | undefined
  readonly options: RequestOptions
  readonly operations: ReadonlyMap<string, Unary<unknown, unknown>>
  readonly poll: Duration.Duration
}

/** What a shard is asked for. */
interface Payload {
  readonly run: number
  readonly journal: string
  readonly shard: number
}

/** A run of which this worker has shards. */
interface Known {
  run: runs.Run
  /** How many shards of it this worker has. */
  shards: number
  /** Stops the shards that run. */
  readonly stops: Set<Effect.Effect<void>>
}

/** A database that is restarted is back soon: what has been called waits for it. */
const whileRestarting = Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(60))

/** A database that is gone for longer is tried again; what was called but not recorded is called again then. */
const untilReachable = Schedule.union(Schedule.exponential("500 millis"), Schedule.spaced("10 seconds"))

/** Makes what runs a shard. It works until the scope closes. */
export const make = ({
  client,
  costOf,
  id,
  limiter,
  operations,
  options,
  poll,
  shards,
  sql
}: Parts): Effect.Effect<(payload: Payload) => Effect.Effect<void>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const database = runs.make(sql)
    const rates = yield* limits.make(database.sql)
    const known = new Map<number, Known>()
    const permits = yield* Effect.makeSemaphore(shards)
    const waiting = new Set<() => void>()
    let workers = 1
    let running = 0

    /** How a run stands now. When no further call shall start, its shards hear of it. */
    const update = (run: runs.Run): Effect.Effect<void> =>
      Effect.suspend(() => {
        const state = known.get(run.id)
        if (state === undefined) return Effect.void
        state.run = run
        for (const wake of waiting) wake()
        const { isFinished, reason } = run
        if (reason === undefined && !isFinished) return Effect.void
        return Effect.all(state.stops, { discard: true })
      })

    /** Outcomes of all runs are written by one fiber, those of a run in one transaction. */
    const write = (group: ReadonlyArray<{ readonly state: Known; readonly entry: Entry }>) =>
      Effect.forEach(
        new Set(group.map(({ state }) => state)),
        (state) =>
          database
            .record(
              state.run,
              group.flatMap((each) => (each.state === state ? [each.entry] : []))
            )
            .pipe(Effect.retry(whileRestarting), Effect.flatMap(update)),
        { discard: true }
      )
    const add = yield* groups.makeArrays(write, tables.mostEntries)

    const look = Effect.gen(function* () {
      yield* database.report(id, { id, running, concurrency: limiter.limit() })
      workers = Math.max(1, (yield* database.workers(id)).workers)
      for (const run of yield* database.read(id, [...known.keys()])) {
        if (run.isOverdue && run.reason === undefined) yield* database.stop(run, "time")
        yield* update(run.isOverdue ? { ...run, reason: run.reason ?? "time" } : run)
      }
    })
    yield* Effect.addFinalizer(() => Effect.ignore(database.leave(id)))
    yield* Effect.forkScoped(
      Effect.repeat(
        Effect.catchAllCause(look, (cause) => Effect.logDebug("a worker cannot read how its runs stand", cause)),
        Schedule.spaced(poll)
      )
    )

    /** The requests of a shard, or what this worker lacks. */
    const requestsOf = (run: runs.Run, all: RequestOptions, tasks: ReadonlyArray<runs.Task>) =>
      Effect.forEach(tasks, ({ key, operation: name, request }): Effect.Effect<Request<unknown>, WorkerError> => {
        const operation = operations.get(name)
        const wrong = (message: string) => Effect.fail(new WorkerError({ journal: run.journal, message }))
        if (operation === undefined) {
          return wrong(
            `a worker does not know the operation ${name}; give it to the workers with the option operations`
          )
        }
        const row = requests.of(operation, JSON.parse(request) as unknown, key)
        return keyOfRow(client.deployment, all, row) === key
          ? Effect.succeed(row)
          : wrong("a worker has another model than who submitted; give both the same, or name it in each request")
      })

    /** Whether this worker can run a batch. */
    const check = (run: runs.Run, all: RequestOptions): Effect.Effect<void, JournalError | WorkerError> =>
      Effect.gen(function* () {
        const { journal } = run
        const rows = yield* database.settingsOf(journal)
        if (rows !== settings.hashOf(client.deployment, all)) {
          return yield* new WorkerError({
            journal,
            message: "a worker has another deployment or base URL than who submitted; give both the same"
          })
        }
        if (run.options.budget.cost !== undefined && costOf === undefined) {
          return yield* new WorkerError({
            journal,
            message: "a worker knows no prices, which a budget of cost needs; give it Models, or the option prices"
          })
        }
      })

    /** The part of the journal that a shard uses: which rows are recorded is known before it begins. */
    const journalOf = (state: Known): Service => ({
      name: state.run.journal,
      begin: () => Effect.void,
      find: () => Effect.succeedNone,
      append: (entry) => add({ state, entry }),
      entries: Stream.empty,
      counts: Effect.succeed({ done: 0, failed: 0 })
    })

    /** Waits until all workers together may start another call. */
    const turnOf = ({
      run: {
        id: run,
        journal,
        options: { rate }
      }
    }: Known): Effect.Effect<void, JournalError> | undefined =>
      rate === undefined
        ? undefined
        : rates
            .consume({
              algorithm: "token-bucket",
              onExceeded: "delay",
              key: `run ${run}`,
              limit: rate.calls,
              window: Duration.millis(rate.millis)
            })
            .pipe(
              Effect.mapError(
                (error: RateLimiter.RateLimiterError) => new JournalError({ journal, message: error.message })
              ),
              Effect.flatMap(({ delay }) => Effect.sleep(delay))
            )

    /** Runs the rows of a shard that are left. Gives why it ended. */
    const runRows = (state: Known, all: RequestOptions, rows: ReadonlyArray<Request<unknown>>) =>
      Effect.gen(function* () {
        const common: batch.Common = {
          get running() {
            return running
          },
          set running(count) {
            running = count
          },
          used: () => runs.usedOf(state.run),
          shares: () => workers,
          turn: turnOf(state),
          waiting
        }
        const run = yield* batch.run(Stream.fromIterable(rows), {
          client,
          journal: journalOf(state),
          limiter,
          budget: runs.budgetOf(state.run.options),
          costOf,
          options: all,
          retryFailed: true,
          common
        })
        const { stop } = run
        state.stops.add(stop)
        const fiber = yield* Effect.forkDaemon(
          Effect.ensuring(
            Stream.runDrain(run.rows),
            Effect.sync(() => state.stops.delete(stop))
          )
        )
        // the run may have been stopped before this shard could hear of it
        if (state.run.reason !== undefined) yield* stop
        yield* Effect.onInterrupt(Fiber.join(fiber), () => Effect.zipRight(stop, Fiber.await(fiber)))
        const { reason } = yield* run.summary
        return reason
      })

    const execute = (state: Known, shard: number): Effect.Effect<void, JournalError | WorkerError> =>
      Effect.gen(function* () {
        const { run } = state
        if (run.reason !== undefined || run.isFinished) return yield* database.finishShard(run, shard)
        if (!(yield* database.beginShard(run, shard))) return
        const all: RequestOptions = {
          ...options,
          ...(run.options.body === undefined ? {} : { body: run.options.body })
        }
        yield* check(run, all)
        const rows = yield* requestsOf(run, all, yield* database.tasksOf(run, shard))
        const reason = rows.length === 0 ? "end" : yield* runRows(state, all, rows)
        // "stopped" was said by the run, which knows why
        if (reason !== "end" && reason !== "stopped") yield* database.stop(run, reason)
        yield* database.finishShard(run, shard)
      })

    /** What no repetition can change ends the run: it would fail on every worker. */
    const giveUp = ({ journal, run: id, shard }: Payload, message: string): Effect.Effect<void, JournalError> =>
      Effect.zipRight(
        database.stop({ id, journal }, "interrupted", new WorkerError({ journal, message })),
        database.finishShard({ id, journal }, shard)
      )

    /** What this worker knows of a run, while it has shards of it. */
    const withRun = ({ journal, run, shard }: Payload): Effect.Effect<void, JournalError | WorkerError> =>
      Effect.acquireUseRelease(
        Effect.gen(function* () {
          const [read] = yield* database.read(journal, [run])
          if (read === undefined) return undefined
          const state: Known = known.get(run) ?? { run: read, shards: 0, stops: new Set() }
          known.set(run, state)
          state.run = read
          state.shards++
          return state
        }),
        // a run that is not in the database any more was deleted, and nobody waits for it
        (state) => (state === undefined ? Effect.void : execute(state, shard)),
        (state) =>
          Effect.sync(() => {
            if (state !== undefined && --state.shards === 0) known.delete(run)
          })
      )

    return (payload) =>
      permits.withPermits(1)(
        withRun(payload).pipe(
          Effect.catchAllDefect((defect) =>
            Effect.zipRight(
              Effect.logError("a worker failed unexpectedly", defect),
              giveUp(payload, "a worker failed unexpectedly; its log says how")
            )
          ),
          Effect.catchTag("WorkerError", ({ message }) => giveUp(payload, message)),
          Effect.tapError((error) =>
            Effect.logWarning("a shard cannot go on, and is tried again", { ...payload, message: error.message })
          ),
          Effect.retry(untilReachable),
          Effect.orDie
        )
      )
  })
