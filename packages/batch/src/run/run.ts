/**
 * Runs a batch. In: a stream of requests, a client, a journal, a limiter and budgets. Out: a stream of rows.
 *
 * One fiber, the starter, pulls requests and decides when the next call may start. Each call has its own fiber, which makes the call, records the
 * outcome, and emits the row. Rows wait for their reader, so that a slow reader slows the batch down. The starter waits for a latch, which opens when
 * there may be room for a call: at the end of a call, or after a stop.
 */
import * as BigDecimal from "effect/BigDecimal"
import type * as Cause from "effect/Cause"
import type * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { FriendliClient } from "effect-friendli/FriendliClient"
import * as FriendliError from "effect-friendli/FriendliError"
import type { AnswerFacts } from "effect-friendli/Operation"
import type { Tokens } from "effect-friendli/Pricing"
import { CurrentRequestOptions, type RequestOptions } from "effect-friendli/RequestOptions"
import * as Retry from "effect-friendli/Retry"
import type { JournalError } from "../BatchError.js"
import type * as journal from "../journal/entry.js"
import * as budgets from "./budget.js"
import type { Limiter } from "./concurrency.js"
import { keyOfRow, modelOf } from "./key.js"
import type { CostOf } from "./prices.js"
import type { Done, EndReason, Failed, Progress, Request, Row, Summary } from "./rows.js"

/** The state that runs of one process share if they share a limiter and a budget. */
export interface Common {
  /** The calls of all these runs that run now. */
  running: number
  /** The used part of the budget, by all runs that share it. */
  readonly used: (millis: number) => budgets.Used
  /** How many calls may run at the same time, by the budget. */
  readonly room: (used: budgets.Used) => number
  /** Waits until the next call may start, for limits that other processes share. False if there is no room for it now. */
  readonly turn: Effect.Effect<boolean, JournalError> | undefined
  /** Callbacks for a change that runs may wait for. Each run adds its own callback. */
  readonly waiting: Set<() => void>
}

/** The parts of a run. */
export interface Parts {
  readonly client: FriendliClient.Service
  readonly journal: journal.Service
  readonly limiter: Limiter
  readonly budget: budgets.Budget
  /** Absent if no prices are known. */
  readonly costOf: CostOf | undefined
  readonly options: RequestOptions
  /** Whether rows that failed in an earlier run are called again. */
  readonly retryFailed: boolean
  /** The state that is shared with other runs of this process. Default: nothing is shared. */
  readonly common?: Common | undefined
}

/** A batch that runs while its rows are read. */
export interface Run<out A, out E> {
  readonly rows: Stream.Stream<Row<A>, E>
  readonly progress: Effect.Effect<Progress>
  readonly summary: Effect.Effect<Summary>
  readonly stop: Effect.Effect<void>
}

/** The tokens of an answer, if the server reported those of the input. Embeddings have no output. */
const tokensOf = (usage: AnswerFacts["usage"]): Option.Option<Tokens> => {
  const { cachedInputTokens, inputTokens, outputTokens = 0 } = usage ?? {}
  return inputTokens === undefined
    ? Option.none()
    : Option.some({ input: inputTokens, cachedInput: cachedInputTokens ?? 0, output: outputTokens })
}

/** Rows that wait for their reader. */
const waitingRows = 64

const noTokens: Tokens = { input: 0, cachedInput: 0, output: 0 }

const encodeError = Schema.encodeSync(FriendliError.FriendliStreamError)
const decodeError = Schema.decodeUnknownOption(FriendliError.FriendliStreamError)

/** The counters of a run. */
const makeCounts = () => {
  let done = 0
  let failed = 0
  let reused = 0
  let newDone = 0
  let newFailed = 0
  let unpriced = 0
  let cost: BigDecimal.BigDecimal = BigDecimal.fromBigInt(0n)
  let tokens = noTokens
  return {
    add: (row: Row<unknown>): void => {
      if (row._tag === "Failed") failed++
      else done++
      if (!row.isNew) {
        reused++
        return
      }
      if (row._tag === "Failed") {
        newFailed++
        return
      }
      newDone++
      if (Option.isSome(row.tokens)) {
        const { cachedInput, input, output } = row.tokens.value
        tokens = {
          input: tokens.input + input,
          cachedInput: tokens.cachedInput + cachedInput,
          output: tokens.output + output
        }
      }
      if (Option.isSome(row.cost)) cost = BigDecimal.sum(cost, row.cost.value)
      else unpriced++
    },
    used: (millis: number): budgets.Used => ({
      cost,
      tokens: tokens.input + tokens.output,
      millis,
      ended: newDone + newFailed,
      failed: newFailed
    }),
    read: () => ({ done, failed, reused, tokens, cost, unpriced })
  }
}

/** Errors after which no other row can succeed. */
const endsAll = (error: FriendliError.FriendliError): boolean => FriendliError.category(error) === "access"

/** Whether an error says that the server has too much to do. A used-up quota is not a sign of pressure. */
const isPressure = (error: FriendliError.FriendliStreamError): boolean =>
  (error._tag === "RateLimitError" || error._tag === "OverloadedError") && FriendliError.isTransient(error)

/** The row of an entry of the journal. `None` if the answer no longer matches its schema. */
export const rowOf = <A>(
  { id, operation }: Pick<Request<A>, "id" | "operation">,
  entry: journal.Entry
): Option.Option<Row<A>> => {
  const { key } = entry
  if (entry.status === "failed") {
    return Option.map(decodeError(entry.error), (error): Failed => ({
      _tag: "Failed",
      id,
      key,
      error: error as FriendliError.FriendliError,
      isNew: false
    }))
  }
  return Either.match(operation.decode(entry.answer), {
    onLeft: () => Option.none(),
    onRight: (answer): Option.Option<Done<A>> =>
      Option.some({
        _tag: "Done",
        id,
        key,
        answer,
        tokens: Option.fromNullable(entry.tokens),
        cost: Option.flatMap(Option.fromNullable(entry.cost), BigDecimal.fromString),
        isNew: false
      })
  })
}

export const run = <A, E>(
  requests: Stream.Stream<Request<A>, E>,
  parts: Parts
): Effect.Effect<Run<A, E | JournalError>> =>
  Effect.gen(function* () {
    const { budget, client, costOf, journal, limiter, options, retryFailed } = parts
    const counts = makeCounts()
    const clock = yield* Effect.clock
    const started = clock.unsafeCurrentTimeMillis()
    const elapsed = () => clock.unsafeCurrentTimeMillis() - started
    let running = 0
    let reason: EndReason | undefined
    const stopping = yield* Deferred.make<void>()
    const ended = yield* Deferred.make<Summary>()
    const changed = Effect.unsafeMakeLatch(false)
    const common: Common = parts.common ?? {
      running: 0,
      used: counts.used,
      room: (used) => budgets.room(budget, used),
      turn: undefined,
      waiting: new Set()
    }
    const wake = () => changed.unsafeOpen()
    const claim = (): void => {
      running++
      common.running++
    }
    const release = (): void => {
      running--
      common.running--
      for (const each of common.waiting) each()
    }

    const stop = (why: EndReason): void => {
      reason ??= why
      Deferred.unsafeDone(stopping, Effect.void)
      changed.unsafeOpen()
    }

    const readProgress = (): Progress => ({
      ...counts.read(),
      running,
      concurrency: limiter.limit(),
      millis: elapsed()
    })

    /** Each attempt is watched, not only the call: otherwise a successful retry would hide a 429. */
    const watch = (policy: Retry.Policy): Retry.Policy =>
      Schedule.tapInput(policy, (error: FriendliError.FriendliStreamError) =>
        Effect.sync(() => {
          if (!isPressure(error)) return
          limiter.onPressure(
            clock.unsafeCurrentTimeMillis(),
            error.retryAfter === undefined ? undefined : Duration.toMillis(error.retryAfter)
          )
        })
      )
    const region = yield* CurrentRequestOptions
    const watched: RequestOptions = {
      ...options,
      retry: watch(options.retry ?? region.retry ?? client.deployment.options.retry ?? Retry.defaultPolicy)
    }

    const rows = Effect.gen(function* () {
      yield* Effect.addFinalizer(() =>
        Effect.suspend(() => {
          common.waiting.delete(wake)
          return Deferred.succeed(ended, { ...readProgress(), reason: (reason ??= "interrupted") })
        })
      )
      common.waiting.add(wake)
      const mailbox = yield* Mailbox.make<Row<A>, E | JournalError>(waitingRows)
      const calls = yield* FiberSet.make()
      /** Rows that wait for a call of an equal row. */
      const followers = new Map<string, Array<Request<A>>>()
      /** Keys that failed in this run. They are not called again. */
      const failedNow = new Set<string>()

      const emit = (row: Row<A>): Effect.Effect<void> =>
        Effect.suspend(() => {
          counts.add(row)
          if (row._tag === "Failed" && row.isNew && endsAll(row.error)) stop("access")
          return Effect.asVoid(mailbox.offer(row))
        })

      const fail = (cause: Cause.Cause<E | JournalError>) =>
        Effect.suspend(() => {
          stop("interrupted")
          return Effect.asVoid(mailbox.failCause(cause))
        })

      /** Makes a call, and the entry of its outcome. */
      const entryOf = Effect.fnUntraced(function* (request: Request<A>, key: string) {
        const begun = clock.unsafeCurrentTimeMillis()
        const answer = yield* Effect.either(request.send(client, watched))
        const now = clock.unsafeCurrentTimeMillis()
        const millis = now - begun
        if (Either.isLeft(answer)) {
          const row: Failed = { _tag: "Failed", id: request.id, key, error: answer.left, isNew: true }
          const entry: journal.FailedEntry = { status: "failed", key, error: encodeError(answer.left), millis }
          return { row, entry }
        }
        limiter.onSuccess(now, millis, common.running >= limiter.limit())
        const { facts } = answer.right
        const tokens = tokensOf(facts.usage)
        const cost =
          costOf === undefined || Option.isNone(tokens)
            ? Option.none()
            : yield* costOf(facts.model ?? modelOf(client.deployment, options, request), tokens.value)
        const row: Done<A> = {
          _tag: "Done",
          id: request.id,
          key,
          answer: answer.right.answer,
          tokens,
          cost,
          isNew: true
        }
        const entry: journal.DoneEntry = {
          status: "done",
          key,
          answer: answer.right.answer,
          ...(Option.isSome(tokens) ? { tokens: tokens.value } : {}),
          ...(Option.isSome(cost) ? { cost: BigDecimal.format(cost.value) } : {}),
          millis
        }
        return { row, entry }
      })

      const call = (request: Request<A>, key: string) =>
        Effect.gen(function* () {
          const { entry, row } = yield* entryOf(request, key)
          yield* journal.append(entry)
          if (row._tag === "Failed") failedNow.add(key)
          yield* emit(row)
          const following = followers.get(key) ?? []
          followers.delete(key)
          for (const each of following) yield* emit({ ...row, id: each.id, isNew: false })
        }).pipe(Effect.catchAllCause(fail), Effect.ensuring(Effect.sync(release)))

      /** Emits the row with its outcome from the journal, or starts its call. */
      const begin = Effect.fnUntraced(function* (request: Request<A>) {
        const key = keyOfRow(client.deployment, options, request)
        const following = followers.get(key)
        if (following !== undefined) {
          following.push(request)
          return
        }
        const entry = yield* journal.find(key)
        if (Option.isSome(entry) && (entry.value.status === "done" || !retryFailed || failedNow.has(key))) {
          const row = rowOf(request, entry.value)
          if (Option.isSome(row)) return yield* emit(row.value)
        }
        if (!(yield* untilTurn)) return
        followers.set(key, [])
        yield* FiberSet.run(calls, call(request, key))
      })

      /** Milliseconds until a call may start: 0 for now, `Infinity` if something else must change first. */
      const wait = (): number => {
        const now = clock.unsafeCurrentTimeMillis()
        const used = common.used(now - started)
        const why = budgets.reached(budget, used)
        if (why !== undefined) stop(why)
        if (reason !== undefined) return 0
        if (common.running >= Math.min(limiter.limit(), common.room(used))) return Infinity
        return Math.max(0, limiter.pausedUntil() - now)
      }

      const untilRoom: Effect.Effect<void> = Effect.suspend(() => {
        changed.unsafeClose()
        const millis = wait()
        if (millis <= 0) return Effect.void
        const change = millis === Infinity ? changed.await : Effect.raceFirst(changed.await, Effect.sleep(millis))
        return Effect.zipRight(change, untilRoom)
      })

      /** Waits until a call may start, and counts it as running. False if the batch stopped. */
      const untilTurn: Effect.Effect<boolean, JournalError> = Effect.suspend(() =>
        Effect.flatMap(untilRoom, () => {
          if (reason !== undefined) return Effect.succeed(false)
          claim()
          if (common.turn === undefined) return Effect.succeed(true)
          const turn = Effect.raceFirst(common.turn, Effect.as(Deferred.await(stopping), false))
          return Effect.flatMap(
            Effect.onError(turn, () => Effect.sync(release)),
            (isTurn) => {
              if (isTurn && reason === undefined) return Effect.succeed(true)
              release()
              return untilTurn
            }
          )
        })
      )

      const untilIdle: Effect.Effect<void> = Effect.suspend(() => {
        changed.unsafeClose()
        return running === 0 ? Effect.void : Effect.zipRight(changed.await, untilIdle)
      })

      /** Pulls requests until there are no more, or the batch stops. */
      const startAll = Effect.gen(function* () {
        const pull = yield* Stream.toPull(requests)
        const next = Effect.catchAll(Effect.map(pull, Option.some), (end) =>
          Option.isSome(end) ? Effect.fail(end.value) : Effect.succeedNone
        )
        const stopped = Effect.as(Deferred.await(stopping), Option.none<Chunk.Chunk<Request<A>>>())
        while (reason === undefined) {
          const chunk = yield* Effect.raceFirst(next, stopped)
          if (Option.isNone(chunk)) return
          for (const request of chunk.value) {
            if (reason !== undefined) return
            yield* begin(request)
          }
        }
      })

      /** When the requests end or fail, running calls still finish and their rows are emitted. */
      const start = Effect.gen(function* () {
        const exit = yield* Effect.exit(Effect.scoped(startAll))
        yield* untilIdle
        if (Exit.isFailure(exit)) return yield* fail(exit.cause)
        reason ??= "end"
        yield* mailbox.end
      })

      const { millis } = budget
      if (millis !== undefined) {
        yield* Effect.forkScoped(
          Effect.delay(
            Effect.sync(() => stop("time")),
            Math.max(0, millis - elapsed())
          )
        )
      }
      yield* Effect.forkScoped(start)
      return Mailbox.toStream(mailbox)
    })

    return {
      rows: Stream.unwrapScoped(rows),
      progress: Effect.sync(readProgress),
      summary: Deferred.await(ended),
      stop: Effect.sync(() => stop("stopped"))
    }
  })
