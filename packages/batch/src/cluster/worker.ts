/**
 * A worker. In: shards from the engine. Out: outcomes in the journal of their run.
 *
 * A shard runs like a batch on one machine, with one difference: the limiter is shared by the shards of this worker, and budget and rate by all
 * workers. Each write of a group of outcomes returns the amounts used by the run. With a budget of cost or tokens, a shard reserves a part of it
 * before its calls start, because no worker knows which calls the others run. A fiber reads the state of the runs regularly, so that a worker that
 * only waits also notices a stop.
 *
 * A shard that moves to another worker is interrupted: it starts no new call and waits for its running calls. Only then does the engine move it. A
 * worker that leaves does the same for all its shards, before the engine stops: see `leave`.
 *
 * If a worker is killed, the next worker of its shards skips the recorded rows. If the run was stopped, no worker needs to take them: the stop closes
 * them when their worker has not reported for its `failover`.
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
import * as budgets from "../run/budget.js"
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
import * as workers from "./workers.js"

/** The parts of a worker. */
export interface Parts {
  readonly sql: SqlClient.SqlClient
  readonly id: string
  readonly client: FriendliClient.Service
  readonly limiter: Limiter
  /** How many shards run at the same time, so that the first calls of one shard can start during the last calls of another. */
  readonly shards: number
  readonly costOf: CostOf | undefined
  readonly options: RequestOptions
  readonly operations: ReadonlyMap<string, Unary<unknown, unknown>>
  readonly poll: Duration.Duration
  readonly failover: Duration.Duration
}

/** The payload of a shard. */
interface Payload {
  readonly run: number
  readonly journal: string
  readonly shard: number
}

/** The state of a run of which this worker has shards. */
interface RunState {
  run: runs.Run
  /** How many shards of it this worker has. */
  shards: number
  /** Whether the budget may have room for another call. False after it had none, until the state is read again. */
  hasRoom: boolean
  /** The shards whose calls run. */
  readonly running: Set<batch.Run<unknown, unknown>>
}

/** For how many rounds of calls a shard reserves a part of the budget at once. With more, it asks less often. */
const reservedRounds = 4

/** A restarted database is soon available again: outcomes wait for it. */
const whileRestarting = Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(60))

/** A database that is unavailable for longer is tried again. Calls that were not recorded are then repeated. */
const untilReachable = Schedule.union(Schedule.exponential("500 millis"), Schedule.spaced("10 seconds"))

export interface Worker {
  /** Runs a shard. It can be used until the scope closes. */
  readonly execute: (payload: Payload) => Effect.Effect<void>
  /**
   * Starts no new call, and waits until the running calls are recorded. It must end before the engine stops: if the engine is moving a shard to
   * another worker then, it gives it away without waiting for its calls.
   */
  readonly leave: Effect.Effect<void>
}

/** Makes a worker. */
export const make = ({
  client,
  costOf,
  failover,
  id,
  limiter,
  operations,
  options,
  poll,
  shards,
  sql
}: Parts): Effect.Effect<Worker, JournalError, Scope.Scope> =>
  Effect.gen(function* () {
    const database = runs.make(sql)
    const registry = workers.make(sql)
    const rates = yield* limits.make(database.sql)
    const known = new Map<number, RunState>()
    const permits = yield* Effect.makeSemaphore(shards)
    const waiting = new Set<() => void>()
    let active = 1
    let running = 0
    let isLeaving = false

    const stopAll = (runs: Iterable<batch.Run<unknown, unknown>>): Effect.Effect<void> =>
      Effect.forEach(runs, ({ stop }) => stop, { discard: true })

    /** Updates the state of a run. Stops its shards if no new call may start. */
    const update = (run: runs.Run, hasRoom = true): Effect.Effect<void> =>
      Effect.suspend(() => {
        const state = known.get(run.id)
        if (state === undefined) return Effect.void
        state.run = run
        state.hasRoom = hasRoom
        for (const wake of waiting) wake()
        const { isFinished, reason } = run
        if (reason === undefined && !isFinished) return Effect.void
        return stopAll(state.running)
      })

    /** One fiber writes the outcomes of all runs, one transaction per run. */
    const write = (group: ReadonlyArray<{ readonly state: RunState; readonly entry: Entry }>) =>
      Effect.forEach(
        new Set(group.map(({ state }) => state)),
        (state) =>
          database
            .record(
              state.run,
              group.flatMap((each) => (each.state === state ? [each.entry] : []))
            )
            .pipe(
              Effect.retry(whileRestarting),
              Effect.flatMap((run) => update(run))
            ),
        { discard: true }
      )
    const add = yield* groups.makeArrays(write, tables.mostEntries)

    // a worker with a long poll must not count as lost between two reports
    const silence = Math.ceil(Math.max(Duration.toMillis(failover), 3 * Duration.toMillis(poll)))
    const report = Effect.suspend(() =>
      registry.report({ id, running, concurrency: limiter.limit(), failover: silence })
    )

    const look = Effect.gen(function* () {
      yield* report
      active = Math.max(1, (yield* registry.active(id)).workers)
      for (const run of yield* database.read(id, [...known.keys()])) {
        if (run.isOverdue && run.reason === undefined) yield* database.stop(run, "time")
        yield* update(run.isOverdue ? { ...run, reason: run.reason ?? "time" } : run)
      }
    })
    // before the first shard begins: a worker without a row in the table counts as lost
    yield* report
    yield* Effect.addFinalizer(() => Effect.ignore(registry.leave(id)))
    yield* Effect.forkScoped(
      Effect.repeat(
        Effect.catchAllCause(look, (cause) => Effect.logDebug("a worker cannot read the state of its runs", cause)),
        Schedule.spaced(poll)
      )
    )

    /** The requests of a shard, or why this worker cannot run them. */
    const requestsOf = (run: runs.Run, all: RequestOptions, tasks: ReadonlyArray<runs.Task>) =>
      Effect.forEach(tasks, ({ key, operation: name, request }): Effect.Effect<Request<unknown>, WorkerError> => {
        const operation = operations.get(name)
        const wrong = (message: string) => Effect.fail(new WorkerError({ journal: run.journal, message }))
        if (operation === undefined) {
          return wrong(`a worker does not know the operation ${name}; add it to the option operations of the workers`)
        }
        const row = requests.of(operation, JSON.parse(request) as unknown, key)
        return keyOfRow(client.deployment, all, row) === key
          ? Effect.succeed(row)
          : wrong(
              "a worker has another model than the process that submitted the batch; configure the same model for both, or name the model in each request"
            )
      })

    /** Whether this worker can run a batch. */
    const check = (run: runs.Run, all: RequestOptions): Effect.Effect<void, JournalError | WorkerError> =>
      Effect.gen(function* () {
        const { journal } = run
        const rows = yield* database.settingsOf(journal)
        if (rows !== settings.hashOf(client.deployment, all)) {
          return yield* new WorkerError({
            journal,
            message:
              "a worker has another deployment or base URL than the process that submitted the batch; configure the same for both"
          })
        }
        if (run.options.budget.cost !== undefined && costOf === undefined) {
          return yield* new WorkerError({
            journal,
            message:
              "a worker knows no prices, which the cost budget of the batch needs; provide Models to the worker, or set its option prices"
          })
        }
      })

    /** The part of the journal that a shard uses. The recorded rows are known before the shard starts. */
    const journalOf = (state: RunState): Service => ({
      name: state.run.journal,
      begin: () => Effect.void,
      find: () => Effect.succeedNone,
      append: (entry) => add({ state, entry }),
      entries: Stream.empty,
      counts: Effect.succeed({ done: 0, failed: 0 })
    })

    /**
     * The part of the budget that a shard has reserved. It asks for many calls at once, so that one transaction pays for many. Near the end of the
     * budget it gets few or none; then it asks again when a call is recorded, or when the state of the run is read.
     */
    const reservationOf = (state: RunState, shard: number, rows: number) => {
      let calls = 0
      let left = rows
      const ask = Effect.suspend(() => {
        const wanted = Math.min(left, reservedRounds * limiter.limit())
        return database.reserve(state.run, shard, { calls: wanted, sharedBy: active })
      }).pipe(
        // a transaction that is interrupted would send its rollback while its statement runs
        Effect.uninterruptible,
        Effect.retry(whileRestarting),
        Effect.flatMap(({ granted, run }) => {
          calls += granted
          return update(run, granted > 0)
        })
      )
      return {
        hasRoom: () => calls > 0 || state.hasRoom,
        /** Takes the reservation of one call. False if there is none. */
        take: Effect.map(
          Effect.suspend(() => (calls > 0 ? Effect.void : ask)),
          () => {
            if (calls === 0) return false
            calls--
            left--
            return true
          }
        ),
        /** Ends it, so that another worker can continue the shard. */
        end: Effect.ignore(
          Effect.retry(
            Effect.suspend(() => database.endReservations(state.run, shard)),
            whileRestarting
          )
        )
      }
    }

    /** Waits until the rate of all workers together allows another call. */
    const rateOf = ({ id, journal, options: { rate } }: runs.Run): Effect.Effect<true, JournalError> | undefined =>
      rate === undefined
        ? undefined
        : rates
            .consume({
              algorithm: "token-bucket",
              onExceeded: "delay",
              key: `run ${id}`,
              limit: rate.calls,
              window: Duration.millis(rate.millis)
            })
            .pipe(
              Effect.mapError(
                (error: RateLimiter.RateLimiterError) => new JournalError({ journal, message: error.message })
              ),
              Effect.flatMap(({ delay }) => Effect.as(Effect.sleep(delay), true as const))
            )

    /** Waits for what a call of a shard needs from all workers together. Absent if it needs nothing. */
    const turnOf = (
      reservation: Effect.Effect<boolean, JournalError> | undefined,
      rate: Effect.Effect<true, JournalError> | undefined
    ): Effect.Effect<boolean, JournalError> | undefined =>
      reservation === undefined || rate === undefined
        ? (reservation ?? rate)
        : Effect.flatMap(reservation, (isTaken) => (isTaken ? rate : Effect.succeed(false)))

    /** Runs the remaining rows of a shard. Returns why it ended. */
    const runRows = (state: RunState, shard: number, all: RequestOptions, rows: ReadonlyArray<Request<unknown>>) =>
      Effect.gen(function* () {
        const budget = runs.budgetOf(state.run.options)
        const reservation = budgets.limitsSpending(budget) ? reservationOf(state, shard, rows.length) : undefined
        const common: batch.Common = {
          get running() {
            return running
          },
          set running(count) {
            running = count
          },
          used: () => runs.usedOf(state.run),
          room: () => (reservation === undefined || reservation.hasRoom() ? Infinity : 0),
          turn: turnOf(reservation?.take, rateOf(state.run)),
          waiting
        }
        const run = yield* batch.run(Stream.fromIterable(rows), {
          client,
          journal: journalOf(state),
          limiter,
          budget,
          costOf,
          options: all,
          retryFailed: true,
          common
        })
        state.running.add(run)
        // it may have been stopped before it was in the list
        if (isLeaving || state.run.reason !== undefined) yield* run.stop
        const fiber = yield* Effect.forkDaemon(
          Effect.ensuring(
            Stream.runDrain(run.rows),
            Effect.sync(() => state.running.delete(run))
          )
        )
        yield* Effect.onInterrupt(Fiber.join(fiber), () =>
          Effect.all([run.stop, Fiber.await(fiber), reservation?.end ?? Effect.void], { discard: true })
        )
        const { reason } = yield* run.summary
        return reason
      })

    const executeShard = (state: RunState, shard: number): Effect.Effect<void, JournalError | WorkerError> =>
      Effect.gen(function* () {
        const { run } = state
        if (isLeaving) return yield* Effect.never
        if (run.reason !== undefined || run.isFinished) return yield* database.finishShard(run, shard)
        if (!(yield* database.beginShard(run, shard, id))) return
        const all: RequestOptions = {
          ...options,
          ...(run.options.body === undefined ? {} : { body: run.options.body })
        }
        yield* check(run, all)
        const rows = yield* requestsOf(run, all, yield* database.tasksOf(run, shard))
        const reason = rows.length === 0 ? "end" : yield* runRows(state, shard, all, rows)
        // the engine gives the rest of the shard to another worker
        if (isLeaving && reason === "stopped" && state.run.reason === undefined) return yield* Effect.never
        // "stopped" comes from the run, which already has the reason
        if (reason !== "end" && reason !== "stopped") yield* database.stop(run, reason)
        yield* database.finishShard(run, shard)
      })

    /** Ends the run after an error that every worker would have. */
    const failRun = ({ journal, run: id, shard }: Payload, message: string): Effect.Effect<void, JournalError> =>
      Effect.zipRight(
        database.stop({ id, journal }, "interrupted", new WorkerError({ journal, message })),
        database.finishShard({ id, journal }, shard)
      )

    /** Keeps the state of a run while this worker has shards of it. */
    const withRun = ({ journal, run, shard }: Payload): Effect.Effect<void, JournalError | WorkerError> =>
      Effect.acquireUseRelease(
        Effect.gen(function* () {
          const [read] = yield* database.read(journal, [run])
          if (read === undefined) return undefined
          const state: RunState = known.get(run) ?? { run: read, shards: 0, hasRoom: true, running: new Set() }
          known.set(run, state)
          state.run = read
          state.shards++
          return state
        }),
        // a run that is no longer in the database was deleted, and nobody waits for it
        (state) => (state === undefined ? Effect.void : executeShard(state, shard)),
        (state) =>
          Effect.sync(() => {
            if (state !== undefined && --state.shards === 0) known.delete(run)
          })
      )

    const leave = Effect.suspend(() => {
      isLeaving = true
      const running = [...known.values()].flatMap((state) => [...state.running])
      // a run has a summary when its last call is recorded
      return Effect.zipRight(
        stopAll(running),
        Effect.forEach(running, ({ summary }) => summary, { discard: true })
      )
    })

    const execute = (payload: Payload): Effect.Effect<void> =>
      permits.withPermits(1)(
        withRun(payload).pipe(
          Effect.catchAllDefect((defect) =>
            Effect.zipRight(
              Effect.logError("a worker failed unexpectedly", defect),
              failRun(payload, "a worker failed unexpectedly; see the log of the worker")
            )
          ),
          Effect.catchTag("WorkerError", ({ message }) => failRun(payload, message)),
          Effect.tapError((error) =>
            Effect.logWarning("a shard failed and will be tried again", { ...payload, message: error.message })
          ),
          Effect.retry(untilReachable),
          Effect.orDie
        )
      )

    return { execute, leave }
  })
