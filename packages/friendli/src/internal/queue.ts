/**
 * The queue between the transport and the fiber that consumes the stream. In: the elements of a network chunk, with their weight. Out:
 * all elements since the last pull, then the end. A full queue makes the transport wait, which is the back-pressure of streams. A whole
 * chunk is pushed with one plain call: `effect/Mailbox` does the same at half the speed.
 */
import type * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type { Pull } from "./streams.js"

export interface Queue<A, E> {
  /** Adds elements; `weight` counts against the capacity. */
  readonly push: (elements: Array<A>, weight: number) => void
  /** Ends the stream after the pushed elements. Only the first end counts. */
  readonly finish: () => void
  /** Ends the stream with an error. */
  readonly fail: (error: E) => void
  /** Ends the stream with a defect. */
  readonly die: (cause: Cause.Cause<never>) => void
  readonly isFinished: () => boolean
  /** Whether the stream is finished, without an error. */
  readonly isComplete: () => boolean
  /** Everything that was pushed since the last pull. */
  readonly pull: Pull<A, E>
  /** Whether the waiting elements have reached the capacity. */
  readonly isFull: () => boolean
  /** Calls back once, when elements were taken. */
  readonly onCapacity: (resume: () => void) => void
}

/** `failWith` makes the failure that `pull` ends in. */
export const make = <A, E>(
  capacity: number,
  failWith: (error: E) => Effect.Effect<never, E> = Effect.fail
): Queue<A, E> => {
  let elements: Array<A> = []
  let weight = 0
  let end: Pull<A, E> | undefined
  let complete = false
  let consumer: ((pull: Pull<A, E>) => void) | undefined
  let producer: (() => void) | undefined

  const waitForMore: Pull<A, E> = Effect.async((resume) => {
    consumer = resume
  })

  const take = (): Chunk.Chunk<A> => {
    const taken = Chunk.unsafeFromArray(elements)
    elements = []
    weight = 0
    const resume = producer
    producer = undefined
    resume?.()
    return taken
  }

  const taking: Pull<A, E> = Effect.sync(take)

  const pull: Pull<A, E> = Effect.suspend(() => (elements.length > 0 ? taking : (end ?? waitForMore)))

  /**
   * Gives the consumer a pull instead of the elements: a consumer that was interrupted in the meantime does not run it, so no element is
   * lost.
   */
  const wake = (): void => {
    if (consumer === undefined) return
    const resume = consumer
    consumer = undefined
    resume(pull)
  }

  const close = (how: Pull<A, E>): void => {
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
    finish: () => {
      if (end === undefined) complete = true
      close(Effect.succeed(undefined))
    },
    fail: (error) => close(Effect.suspend(() => failWith(error))),
    die: (cause) => close(Effect.failCause(cause)),
    isFinished: () => end !== undefined,
    isComplete: () => complete,
    pull,
    isFull: () => weight >= capacity,
    onCapacity: (resume) => {
      producer = resume
    }
  }
}
