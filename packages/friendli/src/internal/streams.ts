/**
 * Streams with as few steps as channels allow: what `effect/Stream` does here with a channel, a fiber or a concatenation more costs
 * each chunk, and each opening, several microseconds.
 */
import * as Channel from "effect/Channel"
import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** As `Stream.unwrap`; the opened stream takes over. */
export const unwrap = <A, E, R, E2, R2>(
  opening: Effect.Effect<Stream.Stream<A, E, R>, E2, R2>
): Stream.Stream<A, E | E2, R | R2> =>
  Stream.fromChannel(Channel.unwrap(Effect.map(opening, (stream) => Stream.toChannel(stream))))

/** As `Stream.unwrapScoped`; the opened stream takes over. */
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

/** As `Stream.runForEachChunk`, in the fiber that runs it; `undefined` in place of an effect goes on at once. */
export const runForEachChunk = <A, E, E2>(
  stream: Stream.Stream<A, E>,
  use: (chunk: Chunk.Chunk<A>) => Effect.Effect<void, E2> | undefined
): Effect.Effect<void, E | E2> =>
  Effect.acquireUseRelease(
    Scope.make(),
    (scope) =>
      Effect.flatMap(Channel.toPullIn(Stream.toChannel(stream), scope), (pull) => {
        const loop: Effect.Effect<void, E | E2> = Effect.flatMap(pull, (next) => {
          if (next._tag === "Left") return Effect.void
          const step = use(next.right)
          return step === undefined ? loop : Effect.zipRight(step, loop)
        })
        return loop
      }),
    (scope, exit) => Scope.close(scope, exit)
  )

/** Reads a stream until `isEnough` of its chunks, then hands on the whole stream, with what was read at its beginning. */
export const withBeginning = <A, E, B, E2>(
  stream: Stream.Stream<A, E>,
  isEnough: (chunk: Chunk.Chunk<A>) => boolean,
  use: (whole: Stream.Stream<A, E>) => Effect.Effect<B, E2>
): Effect.Effect<B, E2> =>
  Effect.acquireUseRelease(
    Scope.make(),
    (scope) =>
      Effect.flatMap(Channel.toPullIn(Stream.toChannel(stream), scope), (pull) => {
        type Next = Effect.Effect<Chunk.Chunk<A> | undefined, E>
        const held: Array<Chunk.Chunk<A>> = []
        const further: Next = Effect.map(pull, (next) => (next._tag === "Left" ? undefined : next.right))
        /** Gives what comes after what was read; an end, or a failure, comes there too. */
        const begin: Effect.Effect<Next> = Effect.matchEffect(further, {
          onFailure: (error) => Effect.succeed(Effect.fail(error)),
          onSuccess: (chunk) => {
            if (chunk === undefined) return Effect.succeed(Effect.succeed(undefined))
            held.push(chunk)
            return isEnough(chunk) ? Effect.succeed(further) : begin
          }
        })
        return Effect.flatMap(begin, (rest) =>
          use(fromPull(Effect.suspend((): Next => (held.length > 0 ? Effect.succeed(held.shift()) : rest))))
        )
      }),
    (scope, exit) => Scope.close(scope, exit)
  )

/** As `Stream.repeatEffectChunkOption`, of a pull that ends with `undefined`. */
export const fromPull = <A, E>(pull: Effect.Effect<Chunk.Chunk<A> | undefined, E>): Stream.Stream<A, E> => {
  const loop: Channel.Channel<Chunk.Chunk<A>, unknown, E, unknown, unknown> = Channel.flatMap(
    Channel.fromEffect(pull),
    (chunk): typeof loop => (chunk === undefined ? Channel.void : Channel.flatMap(Channel.write(chunk), () => loop))
  )
  return Stream.fromChannel(loop)
}
