/**
 * `it` of `@effect/vitest`, whose `it.effect` and `it.scoped` give a test what it needs and no more: a clock of its own, the default
 * services, and no logger. Effect's test environment is a tree of layers, which took longer to build than most tests to run.
 */
import { type API, it as vitest, makeMethods } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as HashSet from "effect/HashSet"
import * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import * as TestServices from "effect/TestServices"
import type { TestContext, TestOptions } from "vitest"
import * as TestClock from "./testClock.js"

/** Runs an effect as a test does: under a test clock that begins at 0. */
export const underTest = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, Exclude<R, TestServices.TestServices>> =>
  Effect.suspend(() =>
    effect.pipe(
      Effect.provide(TestServices.liveServices),
      Effect.withClock(TestClock.make()),
      Effect.locallyWith(FiberRef.currentLoggers, HashSet.remove(Logger.defaultLogger))
    )
  )

interface Tester<R> {
  <A, E>(name: string, self: (context: TestContext) => Effect.Effect<A, E, R>, options?: number | TestOptions): void
  readonly each: <T>(
    cases: ReadonlyArray<T>
  ) => <A, E>(name: string, self: (row: T) => Effect.Effect<A, E, R>, options?: number | TestOptions) => void
}

/** An `it` of our own, since `makeMethods` puts its methods on the one that it is given. */
const own = vitest.extend<object>({})
const base = makeMethods(Object.assign(own, { scopedFixtures: own.scoped }))

const tester = <R>(run: <A, E>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E>): Tester<R> =>
  Object.assign(
    <A, E>(name: string, self: (context: TestContext) => Effect.Effect<A, E, R>, options?: number | TestOptions) =>
      base.live(name, (context) => run(Effect.suspend(() => self(context))), options),
    {
      each:
        <T>(cases: ReadonlyArray<T>) =>
        <A, E>(name: string, self: (row: T) => Effect.Effect<A, E, R>, options?: number | TestOptions) =>
          base.live.each(cases)(name, (row) => run(Effect.suspend(() => self(row))), options)
    }
  )

const effect = tester<TestServices.TestServices>(underTest)
const scoped = tester<TestServices.TestServices | Scope.Scope>((self) => underTest(Effect.scoped(self)))

export const it: API & {
  readonly effect: typeof effect
  readonly scoped: typeof scoped
  readonly live: typeof base.live
} = Object.assign(base, { effect, scoped })
