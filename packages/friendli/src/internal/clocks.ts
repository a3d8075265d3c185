/**
 * Clocks that end a wait which the transport can not be trusted to end: some bodies never settle, and an abort does not settle them.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type * as Exit from "effect/Exit"

/** Fails with `onElapsed` when `effect` takes longer; does not wait for the effect to accept its interruption. */
export const within = <A, E, R, E2>(
  effect: Effect.Effect<A, E, R>,
  limit: Duration.Duration,
  onElapsed: () => E2
): Effect.Effect<A, E | E2, R> =>
  Duration.isFinite(limit)
    ? Effect.timeoutFail(Effect.disconnect(effect), { duration: limit, onTimeout: onElapsed })
    : effect

/** Closes a scope without waiting for it: cancelling a stuck body may never settle either. */
export const closeInBackground = (
  scope: Scope.CloseableScope,
  exit: Exit.Exit<unknown, unknown>
): Effect.Effect<void> => Effect.asVoid(Effect.forkDaemon(Scope.close(scope, exit)))
