/**
 * The common part of the folds of all streams. In: a stream and an accumulator. Out: the merged answer, readings of it, or server-sent
 * events for a browser. A failure keeps the part that was merged before it, because that part is billed.
 */
import type * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type FriendliStreamError, isFriendliError } from "../errors/FriendliError.js"
import { rowOf } from "../errors/table.js"
import { forEachChunk } from "../internal/streams.js"

/** The methods of an accumulator that a fold needs. */
interface Accumulator<Chunk, Answer> {
  readonly add: (chunk: Chunk) => void
  readonly events: number
  /** `isWhole`: the stream has ended in success. */
  readonly snapshot: (isWhole?: boolean) => Answer
}

/**
 * The same error with the answer so far in `received`. Errors are immutable, so a new one of the same class is made from the same fields.
 * Errors that are not of the SDK are not changed.
 */
export const withPartial = <E>(
  error: E,
  accumulated: { readonly events: number; readonly snapshot: () => unknown }
): E => {
  if (!isFriendliError(error)) return error
  const Class = error.constructor as unknown as {
    new (fields: object): E
    readonly fields: Readonly<Record<string, unknown>>
  }
  const source: { readonly [field: string]: unknown } = { ...error, message: error.message, cause: error.cause }
  const fields = Object.keys(Class.fields)
    .filter((name) => name !== "_tag" && source[name] !== undefined)
    .map((name) => [name, source[name]])
  const events = error.received?.events ?? accumulated.events
  return new Class({ ...Object.fromEntries(fields), received: { events, partial: accumulated.snapshot() } })
}

/** Runs a stream to its end and merges it. A failure keeps the answer merged so far. */
export const fold = <Chunk, Answer, E, R>(
  stream: Stream.Stream<Chunk, E, R>,
  make: () => Accumulator<Chunk, Answer>
): Effect.Effect<Answer, E, R> =>
  Effect.suspend(() => {
    const accumulator = make()
    const merging = forEachChunk(stream, (chunks) => {
      for (const chunk of chunks) accumulator.add(chunk)
      return undefined
    })
    return Effect.mapBoth(merging, {
      onSuccess: () => accumulator.snapshot(true),
      onFailure: (error) => withPartial(error, accumulator)
    })
  })

/** The answer that a fold had merged before it failed. `object` excludes partial answers of other kinds. */
export const partial = <Answer>(error: FriendliStreamError, object: string): Option.Option<Answer> => {
  const found = error.received?.partial as { readonly object?: unknown } | undefined
  return found !== undefined && found !== null && found.object === object ? Option.some(found as Answer) : Option.none()
}

/** The part of a failure that a browser may see: no body, no URL, no ids. */
export const publicError = (
  error: unknown
): { readonly type: string; readonly message: string; readonly code?: number } => {
  const isOurs = isFriendliError(error)
  return {
    type: isOurs ? error._tag : "ServerError",
    message: isOurs ? rowOf(error).publicMessage : "The answer could not be completed.",
    ...(isOurs && error.status !== undefined ? { code: error.status } : {})
  }
}

/** A failure as an error event. */
const errorFrame = (error: unknown): string => JSON.stringify({ error: publicError(error) })

/** Server-sent events: `data:` frames and `[DONE]`. A failure becomes an error frame without `[DONE]`. */
export const toSse = <Chunk, E, R>(stream: Stream.Stream<Chunk, E, R>): Stream.Stream<Uint8Array, never, R> =>
  stream.pipe(
    Stream.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`),
    Stream.concat(Stream.succeed("data: [DONE]\n\n")),
    Stream.catchAll((error) => Stream.succeed(`data: ${errorFrame(error)}\n\n`)),
    Stream.encodeText
  )

/** Turns the chunks of a stream into elements while they arrive. */
export interface Emitter<in Element, out Out> {
  readonly add: (element: Element) => ReadonlyArray<Out>
  /** The elements that are still due when the stream fails. */
  readonly flush: () => ReadonlyArray<Out>
  readonly end: () => ReadonlyArray<Out>
}

/** Feeds a stream to an `Emitter` chunk by chunk and emits the elements. A failure follows the last elements. */
export const readings = <Element, Out, E, R>(
  stream: Stream.Stream<Element, E, R>,
  make: () => Emitter<Element, Out>
): Stream.Stream<Out, E, R> =>
  Stream.suspend(() => {
    const emitter = make()
    const write = (elements: ReadonlyArray<Out>) =>
      elements.length === 0 ? Channel.void : Channel.write(Chunk.unsafeFromArray(elements))
    // A channel and not `Stream.mapConcat`, because elements are also due when the stream fails and when it
    // ends.
    const channel: Channel.Channel<
      Chunk.Chunk<Out>,
      Chunk.Chunk<Element>,
      E,
      E,
      unknown,
      unknown
    > = Channel.readWithCause({
      onInput: (chunk: Chunk.Chunk<Element>) =>
        Channel.flatMap(write(Chunk.toReadonlyArray(chunk).flatMap(emitter.add)), () => channel),
      onFailure: (cause: Cause.Cause<E>) =>
        Channel.flatMap(
          Channel.suspend(() => write(emitter.flush())),
          () => Channel.failCause(cause)
        ),
      onDone: () => Channel.suspend(() => write(emitter.end()))
    })
    return Stream.pipeThroughChannel(stream, channel)
  })
