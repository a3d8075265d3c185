/** What every journal does, wherever it is kept. Each kind of journal runs these tests. */
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import process from "node:process"
import * as Journal from "../../src/Journal.js"
import { calls, over, quick, rows, runAll } from "../support.js"

export const done = (key: string, answer: unknown = { text: key }): Journal.Entry => ({
  status: "done",
  key,
  answer,
  millis: 5
})

export const failed = (key: string): Journal.Entry => ({
  status: "failed",
  key,
  error: { _tag: "ServerError", operation: "Chat.complete", deployment: "serverless", message: "broken" },
  millis: 5
})

/** Makes the layer of a journal that is new to each test, and the same each time in one test. */
export type MakeJournal = Effect.Effect<Layer.Layer<Journal.Journal, unknown>, never, Scope.Scope>

type Using = <A, E>(use: (journal: Journal.Journal.Service) => Effect.Effect<A, E>) => Effect.Effect<A, unknown>

/** What a test does with a journal: each use opens it, and closes it. */
const helpers = (using: Using) => ({
  using,
  write: (entries: ReadonlyArray<Journal.Entry>) =>
    using((journal) =>
      Effect.zipRight(
        journal.begin("settings"),
        Effect.forEach(entries, (entry) => journal.append(entry), { concurrency: "unbounded", discard: true })
      )
    ),
  read: using((journal) => Effect.map(Stream.runCollect(journal.entries), Chunk.toReadonlyArray))
})

/** Runs the tests of journals on one kind. One in memory has no other process to lock out. */
export const journalContract = (kind: string, make: MakeJournal, { locks = true } = {}): void => {
  const test = (
    name: string,
    body: (
      tools: ReturnType<typeof helpers>,
      layer: Layer.Layer<Journal.Journal, unknown>
    ) => Effect.Effect<void, unknown, Scope.Scope>
  ) =>
    it.live(name, () =>
      Effect.scoped(
        Effect.flatMap(make, (layer) =>
          body(
            helpers((use) => Effect.provide(Effect.flatMap(Journal.Journal, use), layer)),
            layer
          )
        )
      )
    )

  describe(`the journal: ${kind}`, () => {
    test("keeps what is appended, the last entry of each key in the place of the first", ({ read, using, write }) =>
      Effect.gen(function* () {
        yield* write([done("a"), failed("b"), done("c", { text: "🦙\nline\u0000 \ud800", list: [1, 0.1, null] })])
        yield* write([done("b")])
        expect(yield* read).toEqual([
          done("a"),
          done("b"),
          done("c", { text: "🦙\nline\u0000 \ud800", list: [1, 0.1, null] })
        ])
        yield* using((journal) =>
          Effect.gen(function* () {
            expect(yield* journal.counts).toEqual({ done: 3, failed: 0 })
            expect(yield* journal.find("b")).toEqual(Option.some(done("b")))
            expect(yield* journal.find("d")).toEqual(Option.none())
          })
        )
      }))

    test("keeps one entry of a key that is appended twice at the same time", ({ read, write }) =>
      Effect.gen(function* () {
        yield* write([failed("a"), done("b"), failed("a"), done("a")])
        expect((yield* read).toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual([done("a"), done("b")])
      }))

    test("finds entries of this run, and entries that are much longer than others", ({ read, using }) =>
      Effect.gen(function* () {
        const entries = Array.from({ length: 60 }, (_, index) =>
          done(`key-${index}`, { text: "x".repeat(index * 2000) })
        )
        yield* using((journal) =>
          Effect.gen(function* () {
            yield* journal.begin("settings")
            yield* Effect.forEach(entries, (entry) => journal.append(entry), { concurrency: 16 })
            for (const entry of entries) expect(yield* journal.find(entry.key)).toEqual(Option.some(entry))
            expect(yield* journal.counts).toEqual({ done: 60, failed: 0 })
          })
        )
        expect(yield* read).toEqual(entries)
      }))

    test("belongs to one batch's settings", ({ read, using, write }) =>
      Effect.gen(function* () {
        yield* write([done("a")])
        const error = yield* Effect.flip(using((journal) => journal.begin("other settings")))
        expect(error).toMatchObject({ _tag: "JournalMismatchError" })
        expect(yield* read).toEqual([done("a")])
      }))

    if (locks) {
      test("has one writer: a second one is told who it is", ({ read, using }) =>
        using(() =>
          Effect.gen(function* () {
            expect(yield* Effect.flip(read)).toMatchObject({ _tag: "JournalLockedError", pid: process.pid })
          })
        ))
    }

    test("is what a batch continues from, with the rows that failed first", (_, layer) => {
      const emulator = quick()
      const run = (count: number, options?: Parameters<typeof runAll>[1]) =>
        runAll(rows(count), options).pipe(Effect.provide(layer), Effect.provide(over(emulator)))
      return Effect.gen(function* () {
        emulator.faults.enqueue({ status: 500, times: 3 })
        expect((yield* run(10, { concurrency: 1 })).summary).toMatchObject({ done: 7, failed: 3, reason: "end" })
        const kept = yield* run(10, { retryFailed: false })
        expect(kept.summary).toMatchObject({ done: 7, failed: 3, reused: 10 })
        expect(calls(emulator)).toBe(10)
        const more = yield* run(25)
        expect(more.summary).toMatchObject({ done: 25, failed: 0, reused: 7, reason: "end" })
        expect(calls(emulator)).toBe(28)
      })
    })

    test("keeps what was appended when its user is interrupted", ({ read, using }) =>
      Effect.gen(function* () {
        const appended: Array<string> = []
        const fiber = yield* Effect.fork(
          using((journal) =>
            Effect.zipRight(
              journal.begin("settings"),
              Effect.forEach(
                Array.from({ length: 1000 }, (_, index) => `key-${index}`),
                (key) => Effect.map(journal.append(done(key)), () => void appended.push(key)),
                { concurrency: 8, discard: true }
              )
            )
          )
        )
        while (appended.length < 20) yield* Effect.sleep(1)
        yield* Fiber.interrupt(fiber)
        const keys = new Set((yield* read).map(({ key }) => key))
        expect(appended.filter((key) => !keys.has(key))).toEqual([])
      }))
  })
}
