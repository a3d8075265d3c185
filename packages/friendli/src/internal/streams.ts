/**
 * Streams with as few steps as channels allow, and a path without channels: in Effect 3 an empty stream costs more than four hundred
 * effects and a chunk twenty-five, while a pull costs a few. The streams made here remember their pull, so that a consumer of a whole
 * stream (`forEachChunk`) can pull it directly. A combinator makes another stream, which is consumed like any stream.
 */
import * as Channel from "effect/Channel"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** Returns the next elements, and `undefined` at the end. */
export type Pull<A, E, R = never> = Effect.Effect<Chunk.Chunk<A> | undefined, E, R>

type Opening<A, E, R> = Effect.Effect<Stream.Stream<A, E, R>, E, R | Scope.Scope>

/** The pulls of open streams. Types are erased: only `remember` and `toPull` know them. */
const pulls = new WeakMap<object, unknown>()

/** The effects that open the other streams, in a scope. */
const openings = new WeakMap<object, unknown>()

const remember = <A, E, R>(
  stream: Stream.Stream<A, E, R>,
  origin: { readonly pull: Pull<A, E, R> } | { readonly opening: unknown }
): Stream.Stream<A, E, R> => {
  if ("pull" in origin) pulls.set(stream, origin.pull)
  else openings.set(stream, origin.opening)
  return stream
}

/** As `Stream.unwrap`; the opened stream takes over. */
export const unwrap = <A, E, R, E2, R2>(
  opening: Effect.Effect<Stream.Stream<A, E, R>, E2, R2>
): Stream.Stream<A, E | E2, R | R2> =>
  remember(Stream.fromChannel(Channel.unwrap(Effect.map(opening, (opened) => Stream.toChannel(opened)))), { opening })

/** As `Stream.unwrapScoped`; the opened stream takes over. */
export const unwrapScoped = <A, E, E2, R2>(
  opening: Effect.Effect<Stream.Stream<A, E>, E2, R2>
): Stream.Stream<A, E | E2, Exclude<R2, Scope.Scope>> =>
  remember(
    Stream.fromChannel(
      Channel.acquireUseRelease(
        Scope.make(),
        (scope) => Channel.unwrap(Effect.map(Scope.extend(opening, scope), (opened) => Stream.toChannel(opened))),
        (scope, exit) => Scope.close(scope, exit)
      )
    ),
    { opening }
  )

/** As `Stream.repeatEffectChunkOption`, of a pull that ends with `undefined`. */
export const fromPull = <A, E>(pull: Pull<A, E>): Stream.Stream<A, E> => {
  type Loop = Channel.Channel<Chunk.Chunk<A>, unknown, E, unknown, unknown>
  const again = (): Loop => loop
  const loop: Loop = Channel.flatMap(Channel.fromEffect(pull), (chunk): Loop =>
    chunk === undefined ? Channel.void : Channel.flatMap(Channel.write(chunk), again)
  )
  return remember(Stream.fromChannel(loop), { pull })
}

/** A pull that returns these elements before its own. */
export const startingWith = <A, E>(first: Chunk.Chunk<A> | undefined, pull: Pull<A, E>): Pull<A, E> => {
  let next: Pull<A, E> = Effect.succeed(first)
  return Effect.suspend(() => {
    const now = next
    next = pull
    return now
  })
}

/** The pull of a stream: its own if it has one, otherwise that of its channel. Opened resources belong to the scope. */
export const toPull = <A, E, R>(stream: Stream.Stream<A, E, R>): Effect.Effect<Pull<A, E, R>, E, R | Scope.Scope> => {
  const pull = pulls.get(stream) as Pull<A, E, R> | undefined
  if (pull !== undefined) return Effect.succeed(pull)
  const opening = openings.get(stream) as Opening<A, E, R> | undefined
  if (opening !== undefined) return Effect.flatMap(opening, (opened) => toPull(opened))
  return Effect.map(Channel.toPull(Stream.toChannel(stream)), (next) =>
    Effect.map(next, (pulled) => (Either.isLeft(pulled) ? undefined : pulled.right))
  )
}

/** As `Stream.runForEachChunk`; `undefined` instead of an effect continues at once. */
export const forEachChunk = <A, E, R, E2 = never, R2 = never>(
  stream: Stream.Stream<A, E, R>,
  use: (chunk: Chunk.Chunk<A>) => Effect.Effect<unknown, E2, R2> | undefined
): Effect.Effect<void, E | E2, R | R2> =>
  Effect.acquireUseRelease(
    Scope.make(),
    (scope) =>
      Effect.flatMap(Scope.extend(toPull(stream), scope), (pull) => {
        const next = (chunk: Chunk.Chunk<A> | undefined): Effect.Effect<void, E | E2, R | R2> => {
          if (chunk === undefined) return Effect.void
          const step = use(chunk)
          return step === undefined ? loop : Effect.zipRight(step, loop)
        }
        const loop = Effect.flatMap(pull, next)
        return loop
      }),
    (scope, exit) => Scope.close(scope, exit)
  )

/**
 * As `Stream.runForEach`, for callbacks that return an effect or nothing. They run one after another; the next chunk is pulled after the
 * last of them.
 */
export const forEach = <A, E, R, E2 = never, R2 = never>(
  stream: Stream.Stream<A, E, R>,
  use: (element: A) => Effect.Effect<unknown, E2, R2> | void
): Effect.Effect<void, E | E2, R | R2> => {
  const elements = (chunk: Chunk.Chunk<A>, from: number): Effect.Effect<unknown, E2, R2> | undefined => {
    for (let at = from; at < chunk.length; at++) {
      const step: unknown = use(Chunk.unsafeGet(chunk, at))
      if (Effect.isEffect(step)) {
        const effect = step as Effect.Effect<unknown, E2, R2>
        return at + 1 === chunk.length ? effect : Effect.flatMap(effect, () => elements(chunk, at + 1) ?? Effect.void)
      }
    }
    return undefined
  }
  return forEachChunk(stream, (chunk) => elements(chunk, 0))
}
