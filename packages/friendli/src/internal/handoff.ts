/**
 * Between the fiber that reads the wire and the one that consumes the stream: elements in one direction, room in the other.
 *
 * A fiber hands over a whole network chunk with one plain call; `effect/Mailbox` does the same at half the speed.
 */
import type * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** Gives the next elements; fails with nothing at the end, as the pulls of Effect's streams do. */
export type Pull<A, E> = Effect.Effect<Chunk.Chunk<A>, Option.Option<E>>

export interface Handoff<A, E> {
  /** Hands elements over that took up `weight`. */
  readonly push: (elements: Array<A>, weight: number) => void
  /** Ends the stream after what was pushed, with or without an error. Only the first call counts. */
  readonly finish: (end: Option.Option<E>) => void
  /** Ends the stream with a defect. */
  readonly die: (cause: Cause.Cause<never>) => void
  readonly isFinished: () => boolean
  /** Whether the stream is finished, without an error. */
  readonly isComplete: () => boolean
  /** Everything that was pushed since the last pull. */
  readonly pull: Pull<A, E>
  /** Whether as much waits to be consumed as may wait. */
  readonly isFull: () => boolean
  /** Waits until there is room again. */
  readonly room: Effect.Effect<void>
}

export const make = <A, E>(capacity: number): Handoff<A, E> => {
  let elements: Array<A> = []
  let weight = 0
  let end: Effect.Effect<never, Option.Option<E>> | undefined
  let complete = false
  let consumer: ((pull: Pull<A, E>) => void) | undefined
  let producer: ((room: Effect.Effect<void>) => void) | undefined

  const take = (): Pull<A, E> => {
    const taken = Chunk.unsafeFromArray(elements)
    elements = []
    weight = 0
    if (producer !== undefined) {
      const resume = producer
      producer = undefined
      resume(Effect.void)
    }
    return Effect.succeed(taken)
  }

  const wake = (): void => {
    if (consumer === undefined || (elements.length === 0 && end === undefined)) return
    const resume = consumer
    consumer = undefined
    resume(elements.length > 0 ? take() : end!)
  }

  const close = (how: Effect.Effect<never, Option.Option<E>>): void => {
    end ??= how
    wake()
  }

  return {
    push: (more, added) => {
      if (elements.length === 0) elements = more
      else for (const element of more) elements.push(element)
      weight += added
      wake()
    },
    finish: (how) => {
      if (end === undefined) complete = Option.isNone(how)
      close(Effect.fail(how))
    },
    die: (cause) => close(Effect.failCause(cause)),
    isFinished: () => end !== undefined,
    isComplete: () => complete,
    pull: Effect.suspend(() => {
      if (elements.length > 0) return take()
      if (end !== undefined) return end
      return Effect.async<Chunk.Chunk<A>, Option.Option<E>>((resume) => {
        consumer = resume
        return Effect.sync(() => {
          consumer = undefined
        })
      })
    }),
    isFull: () => weight >= capacity,
    room: Effect.async<void>((resume) => {
      if (weight < capacity) resume(Effect.void)
      else producer = resume
    })
  }
}
