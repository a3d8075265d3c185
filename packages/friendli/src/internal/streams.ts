/**
 * Streams that are opened first. `Stream.unwrap` and `unwrapScoped` concatenate, which is a step more for every chunk; here the opened
 * stream takes over.
 */
import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** As `Stream.unwrap`. */
export const unwrap = <A, E, R, E2, R2>(
  opening: Effect.Effect<Stream.Stream<A, E, R>, E2, R2>
): Stream.Stream<A, E | E2, R | R2> =>
  Stream.fromChannel(Channel.unwrap(Effect.map(opening, (stream) => Stream.toChannel(stream))))

/** As `Stream.unwrapScoped`. */
export const unwrapScoped = <A, E, E2, R2>(
  opening: Effect.Effect<Stream.Stream<A, E>, E2, R2>
): Stream.Stream<A, E | E2, Exclude<R2, Scope.Scope>> =>
  Stream.fromChannel(
    Channel.acquireUseRelease(
      Scope.make(),
      (scope) => Stream.toChannel(unwrap(Scope.extend(opening, scope))),
      (scope, exit) => Scope.close(scope, exit)
    )
  )
