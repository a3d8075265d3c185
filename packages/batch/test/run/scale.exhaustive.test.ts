/**
 * Budgets over thousands of rows: a batch that reaches one starts no further call, lets those that run end, keeps what it has paid for,
 * and says why it ended.
 */
import { describe, expect, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as FriendliError from "effect-friendli/FriendliError"
import type { ChatCompletion } from "effect-friendli/schema/ChatCompletion"
import { Wire } from "effect-friendli/testing"
import * as Batch from "../../src/Batch.js"
import * as Journal from "../../src/Journal.js"
import { memory, model, over, quick, row } from "../support.js"

const count = 2000
const atATime = 64

const answer = Wire.chatCompletion("Yes.")

/** What became of the calls of a source. */
interface Calls {
  started: number
  ended: number
  interrupted: number
}

interface Source {
  /** Output tokens of the answer of a row. */
  readonly tokens?: (number: number) => number
  /** Whether the call of a row fails. */
  readonly fails?: (number: number) => boolean
  /** How long a call takes, in milliseconds. */
  readonly millis?: (number: number) => number
}

/** Rows whose calls end without a server, and are counted. */
const makeSource = ({ fails = () => false, millis = (number) => number % 4, tokens = () => 20 }: Source) => {
  const calls: Calls = { started: 0, ended: 0, interrupted: 0 }
  const broken = new FriendliError.ServerError({
    operation: "Chat.complete",
    deployment: "serverless",
    message: "broken",
    status: 500
  })
  const requests = Stream.map(Stream.range(1, count), (number): Batch.Request<ChatCompletion> => ({
    ...row(number),
    send: () =>
      Effect.gen(function* () {
        calls.started++
        yield* Effect.sleep(millis(number))
        calls.ended++
        if (fails(number)) return yield* broken
        return { answer, facts: { model, usage: { inputTokens: 10, outputTokens: tokens(number) } } }
      }).pipe(Effect.onInterrupt(() => Effect.sync(() => calls.interrupted++)))
  }))
  return { calls, requests }
}

/** Runs a batch, and checks what holds of every end. */
const runSource = (source: Source, options: Batch.Options) =>
  Effect.gen(function* () {
    const { calls, requests } = makeSource(source)
    const journal = yield* Journal.Journal
    const before = yield* journal.counts
    const batch = yield* Batch.run(requests, { concurrency: atATime, ...options })
    const rows = yield* Stream.runCollect(batch.rows)
    const summary = yield* batch.summary
    // nothing is cut off, nothing is lost, nothing is given twice
    expect(calls.interrupted).toBe(0)
    expect(calls.ended).toBe(calls.started)
    expect(calls.started).toBe(summary.done + summary.failed - summary.reused)
    expect(rows.length).toBe(summary.done + summary.failed)
    expect(new Set([...rows].map(({ id }) => id)).size).toBe(rows.length)
    expect(summary.running).toBe(0)
    const after = yield* journal.counts
    expect(after.done + after.failed - before.done - before.failed).toBe(calls.started)
    return { calls, summary }
  })

const provided = <A, E>(effect: Effect.Effect<A, E, Effect.Effect.Context<ReturnType<typeof runSource>>>) =>
  effect.pipe(Effect.provide(memory), Effect.provide(over(quick())))

/** What one row costs. */
const price = Effect.map(
  runSource({}, { budget: { tokens: 1 }, concurrency: 1 }).pipe(Effect.provide(memory)),
  ({ summary: { cost, done } }) => BigDecimal.unsafeDivide(cost, BigDecimal.fromBigInt(BigInt(done)))
)

describe("a budget, over thousands of rows", () => {
  it.live("of cost is passed by one call at most, and the next run goes on from there", () =>
    Effect.gen(function* () {
      const one = yield* price
      const cost = BigDecimal.multiply(one, BigDecimal.unsafeFromString("1200.5"))
      const { summary } = yield* runSource({}, { budget: { cost } })
      expect(summary.reason).toBe("cost")
      expect([1201, 1202]).toContain(summary.done)
      expect(
        BigDecimal.equals(summary.cost, BigDecimal.multiply(one, BigDecimal.fromBigInt(BigInt(summary.done))))
      ).toBe(true)

      const next = yield* runSource({}, { budget: { cost } })
      expect(next.summary).toMatchObject({ reason: "end", done: count, reused: summary.done })
      expect(next.calls.started).toBe(count - summary.done)
    }).pipe(provided)
  )

  it.live("of tokens is passed by little where answers differ, however many calls run", () =>
    Effect.gen(function* () {
      const tokens = 40_000
      const { summary } = yield* runSource(
        { tokens: (number) => number % 41 },
        { budget: { tokens }, concurrency: "auto" }
      )
      expect(summary.reason).toBe("tokens")
      const used = summary.tokens.input + summary.tokens.output
      expect(used).toBeGreaterThanOrEqual(tokens)
      expect(used).toBeLessThan(tokens * 1.02)
    }).pipe(provided)
  )

  it.live("of time ends soon, and the long calls that run are waited for", () =>
    Effect.gen(function* () {
      // one call in a hundred takes longer than the whole budget
      const { summary } = yield* runSource(
        { millis: (number) => (number % 100 === 0 ? 700 : 20) },
        { budget: { time: "400 millis" } }
      )
      expect(summary.reason).toBe("time")
      expect(summary.done).toBeLessThan(count)
      expect(summary.millis).toBeGreaterThanOrEqual(400)
      expect(summary.millis).toBeLessThan(5000)
    }).pipe(provided)
  )

  it.live("of failures ends a batch that begins to fail late, with the calls that run", () =>
    Effect.gen(function* () {
      const { summary } = yield* runSource(
        { fails: (number) => number > 800 && number % 2 === 0 },
        { budget: { failures: 0.1 } }
      )
      expect(summary.reason).toBe("failures")
      const ended = summary.done + summary.failed
      expect(ended).toBeGreaterThan(950)
      expect(ended).toBeLessThan(1150)
      expect(summary.failed).toBeGreaterThan(0.1 * (ended - atATime))
    }).pipe(provided)
  )

  it.live("of failures lets a batch run to its end that stays below, and the next run calls what failed", () =>
    Effect.gen(function* () {
      const failures = { fails: (number: number) => number % 20 === 0 }
      const { summary } = yield* runSource(failures, { budget: { failures: 0.1 } })
      expect(summary).toMatchObject({ reason: "end", done: count - count / 20, failed: count / 20 })
      const journal = yield* Journal.Journal
      const { calls, requests } = makeSource({})
      const again = yield* Batch.runForEach(requests, () => Effect.void, { concurrency: atATime })
      expect(again).toMatchObject({ reason: "end", done: count, failed: 0 })
      expect(calls.started).toBe(count / 20)
      expect(yield* journal.counts).toEqual({ done: count, failed: 0 })
    }).pipe(provided)
  )
})
