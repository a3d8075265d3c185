/** Ctrl-C: once stops gracefully, twice at once. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import process from "node:process"

/** What the signals of a process have asked for. */
export interface Signals {
  /** Whether a stop was asked for. */
  readonly isStopping: () => boolean
  /** Waits for the second signal. */
  readonly atOnce: Effect.Effect<void>
}

/** Listens to `SIGINT` and `SIGTERM` until the scope closes, and runs `stop` at the first of them. */
export const listen = (stop: Effect.Effect<void>): Effect.Effect<Signals, never, Scope.Scope> =>
  Effect.gen(function* () {
    const second = yield* Deferred.make<void>()
    let received = 0
    const onSignal = (): void => {
      received++
      if (received === 1) Effect.runFork(stop)
      else Deferred.unsafeDone(second, Effect.void)
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        process.on("SIGINT", onSignal)
        process.on("SIGTERM", onSignal)
      }),
      () =>
        Effect.sync(() => {
          process.off("SIGINT", onSignal)
          process.off("SIGTERM", onSignal)
        })
    )
    return { isStopping: () => received > 0, atOnce: Deferred.await(second) }
  })
