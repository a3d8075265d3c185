/** Ctrl-C: the first one stops gracefully, the second one at once. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import process from "node:process"

/**
 * Listens to `SIGINT` and `SIGTERM` until the scope closes, and runs `stop` at the first signal. Returns an effect that waits for the second signal.
 */
export const listen = (stop: Effect.Effect<void>): Effect.Effect<Effect.Effect<void>, never, Scope.Scope> =>
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
    return Deferred.await(second)
  })
