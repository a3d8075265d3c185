import { describe, expect, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Retry from "effect-friendli/Retry"
import * as Container from "effect-friendli/Container"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { makeEmulator } from "effect-friendli-emulator/Emulator"
import * as Batch from "../../src/Batch.js"
import { JournalError } from "../../src/BatchError.js"
import * as Journal from "../../src/Journal.js"
import { calls, collect, memory, model, over, quick, row, rows, runAll } from "../support.js"

/** A row whose cost is a text: two decimals of one amount may differ in what they have cached. */
const shown = <A>(outcome: Batch.Row<A>) =>
  outcome._tag === "Done" ? { ...outcome, cost: Option.map(outcome.cost, BigDecimal.format) } : outcome

/** Makes rows whose calls wait for `gate`. `begun` has the ids of those that have begun. */
const makeHeld = Effect.gen(function* () {
  const begun = yield* Queue.unbounded<string>()
  const gate = yield* Effect.makeLatch(false)
  const hold = <A>(request: Batch.Request<A>): Batch.Request<A> => ({
    ...request,
    send: (client, options) =>
      Queue.offer(begun, request.id).pipe(Effect.zipRight(gate.await), Effect.zipRight(request.send(client, options)))
  })
  return { begun, gate, hold }
})

/** Runs a batch with a budget of 100 ms, whose first call takes this long. */
const runDuring = <A>(time: Duration.DurationInput, requests: Stream.Stream<Batch.Request<A>>) =>
  Effect.gen(function* () {
    const { begun, gate, hold } = yield* makeHeld
    const options = { budget: { time: "100 millis" }, concurrency: 1 } as const
    const ended = yield* Effect.fork(runAll(Stream.map(requests, hold), options))
    yield* Queue.take(begun)
    yield* TestClock.adjust(time)
    yield* gate.open
    return yield* Fiber.join(ended)
  })

/** Rows after which the source has no next one. `asked`: it was asked for one. */
const endless = (count: number, asked: Deferred.Deferred<void>) =>
  Stream.concat(rows(count), Stream.fromEffect(Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never)))

describe("run", () => {
  it.live("gives each row its answer, with tokens and cost", () => {
    const emulator = quick()
    return Effect.gen(function* () {
      const { outcomes, summary } = yield* runAll(rows(30))
      expect(outcomes.map(({ id }) => id).sort()).toEqual(
        Array.from({ length: 30 }, (_, index) => `row-${index + 1}`).sort()
      )
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ _tag: "Done", isNew: true })
        if (outcome._tag !== "Done") continue
        expect(outcome.answer.choices[0]?.message.content).toBe("Yes.")
        expect(Option.getOrThrow(outcome.tokens).output).toBe(outcome.answer.usage?.completion_tokens)
        expect(BigDecimal.greaterThan(Option.getOrThrow(outcome.cost), BigDecimal.fromBigInt(0n))).toBe(true)
      }
      const total = BigDecimal.sumAll(
        outcomes.map((outcome) =>
          outcome._tag === "Done" ? Option.getOrThrow(outcome.cost) : BigDecimal.fromBigInt(0n)
        )
      )
      expect(summary).toMatchObject({ done: 30, failed: 0, reused: 0, running: 0, unpriced: 0, reason: "end" })
      expect(BigDecimal.equals(summary.cost, total)).toBe(true)
      expect(calls(emulator)).toBe(30)
    }).pipe(Effect.provide(memory), Effect.provide(over(emulator)))
  })

  it.live("runs rows of several operations", () => {
    const emulator = makeEmulator()
    return Effect.gen(function* () {
      const { outcomes } = yield* runAll<unknown, never, never>(
        Stream.make(
          row(1),
          Batch.completion({ model, prompt: "Once", max_tokens: 3 }, "completion"),
          Batch.message({ model, max_tokens: 3, messages: [{ role: "user", content: "Hello!" }] }, "message"),
          Batch.tokenize({ model, prompt: "Hello!" }, "tokens")
        )
      )
      expect(outcomes.map(({ _tag }) => _tag)).toEqual(["Done", "Done", "Done", "Done"])
    }).pipe(Effect.provide(memory), Effect.provide(over(emulator)))
  })

  it.live("calls rows that ask for the same once, whether they run together or later", () => {
    const emulator = quick()
    return Effect.gen(function* () {
      const same = (id: string) => ({ ...row(1), id })
      const { outcomes, summary } = yield* runAll(
        Stream.concat(
          Stream.make(same("a"), same("b"), same("c")),
          Stream.drain(Stream.fromEffect(Effect.sleep(50)))
        ).pipe(Stream.concat(Stream.make(same("d"))))
      )
      expect(outcomes.map(({ id }) => id).sort()).toEqual(["a", "b", "c", "d"])
      expect(new Set(outcomes.map((outcome) => outcome._tag === "Done" && outcome.answer.id)).size).toBe(1)
      expect(outcomes.filter(({ isNew }) => isNew)).toHaveLength(1)
      expect(summary).toMatchObject({ done: 4, reused: 3 })
      expect(calls(emulator)).toBe(1)
    }).pipe(Effect.provide(memory), Effect.provide(over(emulator)))
  })

  it.live("continues where the journal ends", () => {
    const emulator = quick()
    return Effect.gen(function* () {
      const first = yield* runAll(rows(10))
      const second = yield* runAll(rows(25))
      expect(calls(emulator)).toBe(25)
      expect(second.summary).toMatchObject({ done: 25, reused: 10, reason: "end" })
      const answers = new Map(first.outcomes.map((outcome) => [outcome.id, outcome]))
      for (const outcome of second.outcomes) {
        const before = answers.get(outcome.id)
        if (before !== undefined) expect(shown(outcome)).toEqual({ ...shown(before), isNew: false })
      }
    }).pipe(Effect.provide(memory), Effect.provide(over(emulator)))
  })

  it.live("gives rows that fail their errors, and calls them again in the next run, unless told not to", () => {
    const emulator = quick()
    return Effect.gen(function* () {
      emulator.faults.enqueue({ status: 500, times: 3 })
      const first = yield* runAll(rows(5), { concurrency: 1 })
      expect(first.outcomes.filter(({ _tag }) => _tag === "Failed").map(({ id }) => id)).toEqual([
        "row-1",
        "row-2",
        "row-3"
      ])
      expect(first.summary).toMatchObject({ done: 2, failed: 3, reason: "end" })

      const kept = yield* runAll(rows(5), { retryFailed: false })
      expect(kept.summary).toMatchObject({ done: 2, failed: 3, reused: 5 })
      expect(kept.outcomes.find(({ id }) => id === "row-1")).toEqual({
        ...first.outcomes.find(({ id }) => id === "row-1"),
        isNew: false
      })
      expect(calls(emulator)).toBe(5)

      const repeated = yield* runAll(rows(5))
      expect(repeated.summary).toMatchObject({ done: 5, failed: 0, reused: 2 })
      expect(calls(emulator)).toBe(8)
    }).pipe(Effect.provide(memory), Effect.provide(over(emulator)))
  })

  it.live("does not call a row that failed in this run twice", () => {
    const emulator = quick()
    return Effect.gen(function* () {
      emulator.faults.enqueue({ status: 500 })
      const { outcomes } = yield* runAll(Stream.make(row(1), row(2), { ...row(1), id: "again" }), { concurrency: 1 })
      expect(outcomes.map(({ _tag, id, isNew }) => [id, _tag, isNew]).sort()).toEqual([
        ["again", "Failed", false],
        ["row-1", "Failed", true],
        ["row-2", "Done", true]
      ])
      expect(calls(emulator)).toBe(2)
    }).pipe(Effect.provide(memory), Effect.provide(over(emulator)))
  })

  it.live("rejects a row that is invalid without a call, and goes on", () => {
    const emulator = quick()
    return Effect.gen(function* () {
      const wrong = Batch.chat({ model, messages: [{ role: "user", content: "Hello!" }], max_tokens: 0.5 }, "wrong")
      const { outcomes } = yield* runAll(Stream.make(wrong, row(1)), { concurrency: 1 })
      expect(outcomes[0]).toMatchObject({ _tag: "Failed", error: { _tag: "InvalidRequestError" } })
      expect(outcomes[1]).toMatchObject({ _tag: "Done" })
      expect(calls(emulator)).toBe(1)
    }).pipe(Effect.provide(memory), Effect.provide(over(emulator)))
  })
})

describe("concurrency", () => {
  /** The most requests that were open at once. */
  const mostOpen = (concurrency: Batch.Options["concurrency"], count = 16) =>
    Effect.gen(function* () {
      let open = 0
      let most = 0
      const counted = Batch.run(
        rows(count).pipe(
          Stream.map((request) => ({
            ...request,
            send: (...given: Parameters<typeof request.send>) =>
              Effect.acquireUseRelease(
                Effect.sync(() => (most = Math.max(most, ++open))),
                () => Effect.delay(request.send(...given), 5),
                () => Effect.sync(() => open--)
              )
          }))
        ),
        { concurrency }
      )
      yield* Effect.flatMap(counted, ({ rows: outcomes }) => Stream.runDrain(outcomes))
      return most
    }).pipe(Effect.provide(memory), Effect.provide(over(quick())))

  it.live("is the number that is given", () => Effect.map(mostOpen(3), (most) => expect(most).toBe(3)))

  it.live("grows from its beginning, and keeps its bound", () =>
    Effect.gen(function* () {
      expect(yield* mostOpen({ initial: 2, max: 4 })).toBe(4)
      expect(yield* mostOpen("auto", 40)).toBeGreaterThan(8)
    })
  )

  it.live("falls when the server has too much to do, also where a retry hides it", () => {
    const emulator = quick()
    return Effect.gen(function* () {
      emulator.faults.enqueue({ status: 429, retryAfter: 0, times: 4 })
      const batch = yield* Batch.run(rows(4), {
        concurrency: { initial: 8, min: 2, max: 64 },
        request: { retry: Retry.backoff({ initialInterval: 1 }) }
      })
      const outcomes = yield* collect(batch.rows)
      expect(outcomes.map(({ _tag }) => _tag)).toEqual(["Done", "Done", "Done", "Done"])
      expect((yield* batch.progress).concurrency).toBe(5)
    }).pipe(Effect.provide(memory), Effect.provide(over(emulator)))
  })

  it.each([0, 1.5, { min: 4, max: 2 }, { initial: 9, max: 8 }, { min: 0 }])(
    "rejects %j before anything is sent",
    (concurrency) =>
      Effect.gen(function* () {
        const emulator = quick()
        const error = yield* Effect.flip(Batch.run(rows(1), { concurrency })).pipe(
          Effect.provide(memory),
          Effect.provide(over(emulator))
        )
        expect(error).toMatchObject({ _tag: "InvalidBatchError" })
        expect(emulator.requests).toEqual([])
      }).pipe(Effect.runPromise)
  )
})

describe("budgets", () => {
  it.live("of cost: no call starts when it is used up, and those that run are kept", () => {
    const emulator = quick()
    return Effect.gen(function* () {
      const one = yield* runAll(rows(1))
      const price = one.summary.cost
      const cost = BigDecimal.multiply(price, BigDecimal.unsafeFromString("4.5"))
      const { outcomes, summary } = yield* runAll(Stream.drop(rows(100), 1), { budget: { cost }, concurrency: 1 })
      expect(summary.reason).toBe("cost")
      expect(outcomes.length).toBeGreaterThanOrEqual(4)
      expect(outcomes.length).toBeLessThanOrEqual(6)
      // what was paid for is in the journal
      const again = yield* runAll(Stream.take(Stream.drop(rows(100), 1), outcomes.length))
      expect(again.summary).toMatchObject({ reused: outcomes.length, reason: "end" })
    }).pipe(Effect.provide(memory), Effect.provide(over(emulator)))
  })

  it.live("of cost needs prices", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Batch.run(rows(1), { budget: { cost: "$1" } }))
      expect(error).toMatchObject({ _tag: "InvalidBatchError" })
      expect(error.message).toContain("prices")
    }).pipe(Effect.provide(memory), Effect.provide(Container.layer().pipe(Layer.provide(MockHttpClient.layer([])))))
  )

  it.live("of tokens", () =>
    Effect.gen(function* () {
      const { outcomes, summary } = yield* runAll(rows(100), { budget: { tokens: 200 }, concurrency: 2 })
      expect(summary.reason).toBe("tokens")
      expect(summary.tokens.input + summary.tokens.output).toBeGreaterThanOrEqual(200)
      expect(outcomes.length).toBeLessThan(20)
    }).pipe(Effect.provide(memory), Effect.provide(over(quick())))
  )

  it.live("of failures", () => {
    const emulator = quick()
    return Effect.gen(function* () {
      emulator.faults.enqueue({ status: 500, times: 1000 })
      const { summary } = yield* runAll(rows(100), { budget: { failures: 0.2 }, concurrency: 1 })
      expect(summary).toMatchObject({ reason: "failures", failed: 10, done: 0 })
    }).pipe(Effect.provide(memory), Effect.provide(over(emulator)))
  })

  it.effect("of time, while a call runs that does not end soon", () => {
    const emulator = quick()
    return Effect.gen(function* () {
      const { outcomes, summary } = yield* runDuring("100 millis", rows(100))
      expect(summary.reason).toBe("time")
      // the call that ran has ended and is kept
      expect(outcomes.map(({ _tag, id }) => [id, _tag])).toEqual([["row-1", "Done"]])
      expect(calls(emulator)).toBe(1)
    }).pipe(Effect.provide(memory), Effect.provide(over(emulator)))
  })

  it.effect("of time, before which calls begin", () => {
    const emulator = quick()
    return Effect.gen(function* () {
      expect((yield* runDuring("99 millis", rows(3))).summary).toMatchObject({ done: 3, reason: "end" })
    }).pipe(Effect.provide(memory), Effect.provide(over(emulator)))
  })

  it.effect("of time, while the source has no next request", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const ended = yield* Effect.fork(runAll(endless(1, asked), { budget: { time: "100 millis" } }))
      yield* Deferred.await(asked)
      yield* TestClock.adjust("100 millis")
      expect((yield* Fiber.join(ended)).summary).toMatchObject({ done: 1, reason: "time" })
    }).pipe(Effect.provide(memory), Effect.provide(over(quick())))
  )

  it.live("ends when the server refuses the token", () =>
    Effect.gen(function* () {
      const { outcomes, summary } = yield* runAll(rows(100), { concurrency: 1 })
      expect(summary).toMatchObject({ reason: "access", failed: 1 })
      expect(outcomes[0]).toMatchObject({ error: { _tag: "AuthenticationError" } })
    }).pipe(Effect.provide(memory), Effect.provide(over(makeEmulator({ tokens: ["another"] }))))
  )
})

describe("the end", () => {
  it.live("stop lets the calls that run end", () =>
    Effect.gen(function* () {
      const { begun, gate, hold } = yield* makeHeld
      const batch = yield* Batch.run(Stream.map(rows(100), hold), { concurrency: 3 })
      const outcomes = yield* Effect.fork(collect(batch.rows))
      yield* Queue.takeN(begun, 3)
      yield* batch.stop
      yield* gate.open
      expect(yield* Fiber.join(outcomes)).toHaveLength(3)
      expect(yield* batch.summary).toMatchObject({ done: 3, reason: "stopped" })
    }).pipe(Effect.provide(memory), Effect.provide(over(quick())))
  )

  it.live("stop does not wait for the next request of a slow source", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const batch = yield* Batch.run(endless(2, asked), { concurrency: 3 })
      const outcomes = yield* Effect.fork(collect(batch.rows))
      yield* Deferred.await(asked)
      yield* batch.stop
      expect(yield* Fiber.join(outcomes)).toHaveLength(2)
    }).pipe(Effect.provide(memory), Effect.provide(over(quick())))
  )

  it.live("who stops reading interrupts the calls", () =>
    Effect.gen(function* () {
      const interrupted = yield* Deferred.make<void>()
      const slow: Batch.Request<never> = {
        ...row(2),
        operation: row(2).operation as never,
        send: () => Effect.onInterrupt(Effect.never, () => Deferred.succeed(interrupted, undefined))
      }
      const batch = yield* Batch.run(Stream.make(row(1), slow), { concurrency: 2 })
      expect(yield* collect(Stream.take(batch.rows, 1))).toHaveLength(1)
      yield* Deferred.await(interrupted)
      expect(yield* batch.summary).toMatchObject({ done: 1, reason: "interrupted" })
    }).pipe(Effect.provide(memory), Effect.provide(over(quick())))
  )

  it.live("a source that fails lets nothing go that has its answer", () =>
    Effect.gen(function* () {
      const failing = Stream.concat(rows(2), Stream.fail("no more"))
      const batch = yield* Batch.run(failing, { concurrency: 1 })
      const seen: Array<string> = []
      const error = yield* Effect.flip(Stream.runForEach(batch.rows, ({ id }) => Effect.sync(() => seen.push(id))))
      expect(error).toBe("no more")
      expect(seen).toEqual(["row-1", "row-2"])
    }).pipe(Effect.provide(memory), Effect.provide(over(quick())))
  )

  it.live("a journal that cannot be written ends the batch", () => {
    const emulator = quick()
    const full = new JournalError({ message: "no space left on device", journal: "disk" })
    const broken = Layer.map(memory, (context) => context).pipe(
      Layer.flatMap(() =>
        Layer.effect(
          Journal.Journal,
          Effect.map(Effect.provide(Journal.Journal, memory), (journal) => ({
            ...journal,
            append: () => Effect.fail(full)
          }))
        )
      )
    )
    return Effect.gen(function* () {
      const error = yield* Effect.flip(runAll(rows(100), { concurrency: 2 }))
      expect(error).toBe(full)
      expect(calls(emulator)).toBeLessThan(5)
    }).pipe(Effect.provide(broken), Effect.provide(over(emulator)))
  })

  it.live("an answer that does not fit its schema any more is asked for again", () =>
    Effect.gen(function* () {
      const journal = yield* Journal.Journal
      yield* runAll(rows(1))
      const [entry] = yield* collect(journal.entries)
      yield* journal.append({ status: "done", key: entry!.key, answer: { choices: 5 }, millis: 1 })
      const { outcomes } = yield* runAll(rows(1))
      expect(outcomes[0]).toMatchObject({ _tag: "Done", isNew: true })
    }).pipe(Effect.provide(memory), Effect.provide(over(quick())))
  )

  it.live("a slow reader slows the batch down", () =>
    Effect.gen(function* () {
      const replies = () => Reply.json(Wire.chatCompletion("Yes."))
      const http = MockHttpClient.layer(replies)
      yield* Effect.gen(function* () {
        const batch = yield* Batch.run(rows(1000), { concurrency: 16 })
        yield* Stream.runForEach(Stream.take(batch.rows, 1), () => Effect.sleep(200))
        expect((yield* MockHttpClient.requests).length).toBeLessThan(200)
      }).pipe(Effect.provide(memory), Effect.provide(Layer.provideMerge(Container.layer(), http)))
    })
  )
})
