/**
 * The submitter of a batch on many machines. In: a stream of requests. Out: shards for the workers, and a stream of rows.
 *
 * One fiber reads the requests: it emits the rows that are already recorded, and makes shards of the others. One fiber follows the journal from the
 * start of the run, and emits rows when workers record their outcomes. Memory has only the id of a waiting row, and the hash of the key of an emitted
 * row, so that a later equal row is known not to be new.
 *
 * A row is added to the waiting rows before it is looked up in the journal. The fiber that sees its outcome first removes it, so that each row is
 * emitted exactly once.
 */
import type * as WorkflowEngine from "@effect/workflow/WorkflowEngine"
import type * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Deployment } from "effect-friendli/Deployment"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import { JournalError, WorkerError } from "../BatchError.js"
import { makeKeys } from "../journal/keys.js"
import { keyOfRow } from "../run/key.js"
import type { Progress, Request, Row, Summary } from "../run/rows.js"
import { rowOf } from "../run/run.js"
import { entryOf } from "../sql/tables.js"
import * as runs from "./runs.js"
import { Shard } from "./shard.js"
import * as workers from "./workers.js"

/** The parts of a submitter. */
export interface Parts {
  readonly database: runs.Runs
  readonly run: runs.Run
  readonly engine: Layer.Layer<WorkflowEngine.WorkflowEngine, JournalError>
  readonly deployment: Deployment
  readonly options: RequestOptions
  readonly retryFailed: boolean
  /** How many rows a shard has. */
  readonly shardRows: number
  /** How often the journal is read. */
  readonly watch: Duration.Duration
}

/** A batch that workers run. */
export interface Submitted<out A, out E> {
  readonly rows: Stream.Stream<Row<A>, E | JournalError | WorkerError>
  readonly progress: Effect.Effect<Progress>
  readonly summary: Effect.Effect<Summary>
  readonly stop: Effect.Effect<void, JournalError>
}

/** How many rows may wait for their reader, and how many entries are read at once. */
const [waitingRows, pageSize] = [256, 256]

/** A restarted database is available again after some seconds. */
const whileRestarting = Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(10))

/** The part of a request that stays in memory until it has an outcome. */
type Waiting<A> = Pick<Request<A>, "id" | "operation">

export const make = <A, E>(
  requests: Stream.Stream<Request<A>, E>,
  { database, deployment, engine, options, retryFailed, run: first, shardRows, watch }: Parts
): Effect.Effect<Submitted<A, E>> =>
  Effect.gen(function* () {
    const { journal, started } = first
    const registry = workers.make(database.sql)
    let run = first
    let calls = { running: 0, concurrency: 0 }
    const counts = { done: 0, failed: 0, reused: 0 }
    const ended = yield* Deferred.make<Summary>()

    const readProgress = (): Progress => ({
      ...counts,
      ...calls,
      tokens: run.tokens,
      cost: run.cost,
      unpriced: run.unpriced,
      millis: run.millis
    })

    const look = Effect.gen(function* () {
      const { concurrency, running } = yield* registry.active(journal)
      calls = { concurrency, running }
      const [read] = yield* database.read(journal, [first.id])
      if (read === undefined) {
        return yield* runs.deleted(journal)
      }
      run = read
      if (run.isOverdue && run.reason === undefined) yield* database.stop(run, "time")
      // a killed worker cannot end its shards itself
      else if (run.reason !== undefined && !run.isFinished) yield* database.settle(run)
    })

    const rows = Effect.gen(function* () {
      yield* Effect.addFinalizer(() =>
        Effect.suspend(() =>
          Deferred.succeed(ended, {
            ...readProgress(),
            running: run.isFinished ? 0 : calls.running,
            reason: run.isFinished ? (run.reason ?? "end") : "interrupted"
          })
        )
      )
      const context = yield* Layer.build(engine)
      const mailbox = yield* Mailbox.make<Row<A>, E | JournalError | WorkerError>(waitingRows)
      const waiting = new Map<string, Array<Waiting<A>>>()
      /** Keys whose outcome in this run was emitted. */
      const givenNow = makeKeys()

      /** Emits all rows of a key with their outcome, if they still wait for it. */
      const give = (key: string, text: string, number: number): Effect.Effect<void, JournalError> =>
        Effect.gen(function* () {
          const entry = yield* entryOf(journal, text)
          const all = waiting.get(key)
          if (all === undefined) return
          const isOld = number <= started
          if (isOld && entry.status === "failed" && retryFailed) return
          const given = all.flatMap((each) => Option.toArray(rowOf(each, entry)))
          // a request whose old answer no longer matches its schema is sent again
          if (given.length < all.length && isOld) return
          waiting.delete(key)
          if (given.length < all.length) {
            return yield* new JournalError({
              journal,
              message: "an answer in the journal does not match the schema of its operation"
            })
          }
          const isFirst = !isOld && givenNow.indexOf(key) === undefined
          if (isFirst) givenNow.add(key)
          for (const [index, row] of given.entries()) {
            const isNew = isFirst && index === 0
            counts[row._tag === "Done" ? "done" : "failed"]++
            if (!isNew) counts.reused++
            yield* mailbox.offer({ ...row, isNew })
          }
        })

      const start = (shard: number) =>
        Shard.execute({ run: first.id, journal, shard }, { discard: true }).pipe(
          Effect.provide(context),
          Effect.catchAllDefect((defect) =>
            Effect.fail(
              new JournalError({
                journal,
                message: `a shard cannot be submitted: ${String((defect as Error).message)}`
              })
            )
          )
        )

      /** Makes a shard of tasks. */
      const submit = (tasks: ReadonlyArray<runs.Task>): Effect.Effect<void, JournalError> =>
        tasks.length === 0
          ? Effect.void
          : Effect.flatMap(database.submit(first, tasks), (shard) =>
              Option.isNone(shard) ? Effect.void : start(shard.value)
            )

      /** Accepts requests: emits the rows that are recorded, and returns the tasks that need a call. */
      const take = (chunk: Chunk.Chunk<Request<A>>) =>
        Effect.gen(function* () {
          const unknown = new Map<string, Request<A>>()
          for (const request of chunk) {
            const key = keyOfRow(deployment, options, request)
            const same = waiting.get(key)
            const { id, operation } = request
            if (same !== undefined) same.push({ id, operation })
            else {
              waiting.set(key, [{ id, operation }])
              unknown.set(key, request)
            }
          }
          if (unknown.size === 0) return []
          for (const { entry, key, number } of yield* database.entriesOf(journal, [...unknown.keys()])) {
            yield* give(key, entry, Number(number))
          }
          return [...unknown].flatMap(([key, { operation, request }]) =>
            waiting.has(key) ? [{ key, operation: operation.name, request: JSON.stringify(request) }] : []
          )
        })

      const submitAll = Effect.gen(function* () {
        // a killed submitter may have written shards that were never sent to a worker
        yield* Effect.forEach(yield* database.openShards(first), start, { discard: true })
        let tasks: Array<runs.Task> = []
        yield* requests.pipe(
          Stream.takeWhile(() => run.reason === undefined),
          Stream.rechunk(Math.min(shardRows, pageSize)),
          Stream.runForEachChunk((chunk) =>
            Effect.gen(function* () {
              tasks.push(...(yield* take(chunk)))
              while (tasks.length >= shardRows) yield* submit(tasks.splice(0, shardRows))
            })
          )
        )
        yield* submit(tasks)
        yield* database.submitted(first)
      })

      /** Emits the rows that were recorded after a number, and returns the number of the last entry. */
      const follow = (after: number): Effect.Effect<number, JournalError> =>
        Effect.gen(function* () {
          const page = yield* Effect.retry(database.entriesAfter(journal, after, pageSize), whileRestarting)
          let last = after
          for (const { entry, key, number } of page) {
            last = Number(number)
            yield* give(key, entry, last)
          }
          return page.length < pageSize ? last : yield* follow(last)
        })

      const followAll = Effect.gen(function* () {
        let last = started
        while (true) {
          yield* Effect.retry(look, whileRestarting)
          const { error, isFinished } = run
          last = yield* follow(last)
          if (isFinished) {
            return error === undefined ? undefined : yield* new WorkerError({ journal, message: error })
          }
          yield* Effect.sleep(watch)
        }
      })

      // the run is finished only when all is submitted, or stopped
      const all = Effect.raceFirst(Effect.zipRight(submitAll, Effect.never), followAll)
      yield* Effect.forkScoped(
        Effect.matchCauseEffect(all, {
          onFailure: (cause) => mailbox.failCause(cause),
          onSuccess: () => mailbox.end
        })
      )
      return Mailbox.toStream(mailbox)
    })

    return {
      rows: Stream.unwrapScoped(rows),
      progress: Effect.sync(readProgress),
      summary: Deferred.await(ended),
      stop: database.stop(first, "stopped")
    }
  })
