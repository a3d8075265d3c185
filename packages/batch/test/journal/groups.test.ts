import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as groups from "../../src/journal/groups.js"

/** A writer that notes what it is given, and waits for its turn. A group with a "!" fails. */
const make = (most?: number) =>
  Effect.gen(function* () {
    const written: Array<ReadonlyArray<string>> = []
    const turn = Effect.unsafeMakeLatch(false)
    const scope = yield* Scope.make()
    const add = yield* groups
      .make<string, Array<string>, "refused">({
        empty: () => [],
        put: (group, item) => {
          if (item === "bad") throw new Error("no item")
          group.push(item)
        },
        write: (group) =>
          Effect.zipRight(
            turn.await,
            Effect.suspend(() => {
              written.push([...group])
              return group.includes("!") ? Effect.fail("refused" as const) : Effect.void
            })
          ),
        most
      })
      .pipe(Scope.extend(scope))
    return { add, close: Scope.close(scope, Exit.void), turn, written }
  })

/** Lets all others go on as far as they can. */
const settle = Effect.sleep(5)

describe("groups", () => {
  it.live("are what comes while the one before is written", () =>
    Effect.gen(function* () {
      const { add, close, turn, written } = yield* make()
      const first = yield* Effect.fork(add("a"))
      yield* settle
      const others = yield* Effect.fork(Effect.forEach(["b", "c", "d"], add, { concurrency: "unbounded" }))
      yield* settle
      expect(written).toEqual([])
      yield* turn.open
      yield* Fiber.join(Fiber.zip(first, others))
      expect(written).toEqual([["a"], ["b", "c", "d"]])
      yield* close
    })
  )

  it.live("have at most so many items, in the order in which they came", () =>
    Effect.gen(function* () {
      const { add, close, turn, written } = yield* make(2)
      const adding = yield* Effect.fork(Effect.forEach(["a", "b", "c", "d", "e"], add, { concurrency: "unbounded" }))
      yield* settle
      yield* turn.open
      yield* Fiber.join(adding)
      expect(written).toEqual([["a", "b"], ["c", "d"], ["e"]])
      yield* close
    })
  )

  it.live("that cannot be written fail for each of their items, and for no other", () =>
    Effect.gen(function* () {
      const { add, close, turn } = yield* make(2)
      const adding = yield* Effect.fork(
        Effect.forEach(["a", "!", "b"], (item) => Effect.exit(add(item)), { concurrency: "unbounded" })
      )
      yield* turn.open
      expect(yield* Fiber.join(adding)).toEqual([Exit.fail("refused"), Exit.fail("refused"), Exit.void])
      yield* close
    })
  )

  it.live("do not have the item that cannot be put into them, whose fiber dies", () =>
    Effect.gen(function* () {
      const { add, close, turn, written } = yield* make()
      const adding = yield* Effect.fork(
        Effect.forEach(["a", "bad", "b"], (item) => Effect.exit(add(item)), { concurrency: "unbounded" })
      )
      yield* turn.open
      const [a, bad, b] = yield* Fiber.join(adding)
      expect([a, b]).toEqual([Exit.void, Exit.void])
      expect(Exit.isFailure(bad!)).toBe(true)
      expect(written.flat()).toEqual(["a", "b"])
      yield* close
    })
  )

  it.live("keep the item of a fiber that is interrupted while it waits", () =>
    Effect.gen(function* () {
      const { add, close, turn, written } = yield* make()
      const a = yield* Effect.fork(add("a"))
      const b = yield* Effect.fork(add("b"))
      yield* settle
      yield* Fiber.interrupt(a)
      yield* turn.open
      yield* Fiber.join(b)
      expect(written.flat()).toEqual(["a", "b"])
      yield* close
    })
  )

  it.live("that wait when the scope closes are written first", () =>
    Effect.gen(function* () {
      const { add, close, turn, written } = yield* make(1)
      const adding = yield* Effect.fork(Effect.forEach(["a", "b", "c"], add, { concurrency: "unbounded" }))
      yield* settle
      const closed = yield* Deferred.make<void>()
      const closing = yield* Effect.fork(Effect.zipRight(close, Deferred.succeed(closed, undefined)))
      yield* settle
      expect(yield* Deferred.isDone(closed)).toBe(false)
      yield* turn.open
      yield* Fiber.join(closing)
      expect(written).toEqual([["a"], ["b"], ["c"]])
      yield* Fiber.join(adding)
    })
  )
})
