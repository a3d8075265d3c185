/**
 * Writes items that arrive at the same time together. In: items, and how a group of them is written. Out: a function that waits until its item is
 * written.
 *
 * One fiber writes one group after another. Items that arrive during a write form the next group, up to a maximum, so that slower writes make larger
 * groups.
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"

/** Adds an item, and waits until it is written. If the wait is interrupted, the item stays in its group. */
export type Add<Item, E> = (item: Item) => Effect.Effect<void, E>

/** The parts of a group. */
export interface Parts<Item, Content, E> {
  /** The content of an empty group. */
  readonly empty: () => Content
  /** Puts an item into a group. If this throws, the fiber that adds the item dies, and the group does not change. */
  readonly put: (content: Content, item: Item) => void
  /** Writes a group. It cannot be interrupted. */
  readonly write: (content: Content) => Effect.Effect<void, E>
  /** The maximum number of items in a group. Default: no limit. */
  readonly most?: number | undefined
}

/** A group that is not written yet, and the callbacks of the fibers that wait for it. */
interface Group<Content, E> {
  readonly content: Content
  readonly waiting: Array<(written: Exit.Exit<void, E>) => void>
}

/** Starts to write groups. Items that still wait when the scope closes are written first. */
export const make = <Item, Content, E>({
  empty,
  most = Infinity,
  put,
  write
}: Parts<Item, Content, E>): Effect.Effect<Add<Item, E>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const groups: Array<Group<Content, E>> = []
    const wake = Effect.unsafeMakeLatch(false)

    const writeNext: Effect.Effect<void> = Effect.suspend(() => {
      const group = groups.shift()
      if (groups.length === 0) wake.unsafeClose()
      if (group === undefined) return Effect.void
      return Effect.map(Effect.exit(write(group.content)), (written) => {
        for (const resume of group.waiting) resume(written)
      })
    })

    const writeAll: Effect.Effect<void> = Effect.suspend(() =>
      groups.length === 0 ? Effect.void : Effect.zipRight(writeNext, writeAll)
    )
    yield* Effect.addFinalizer(() => writeAll)
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(wake.await, Effect.uninterruptible(writeNext))))

    // callbacks, because a `Deferred` for each item would double the cost of an item
    return (item) =>
      Effect.async<void, E>((resume) => {
        let group = groups.at(-1)
        if (group === undefined || group.waiting.length >= most) {
          group = { content: empty(), waiting: [] }
          groups.push(group)
        }
        put(group.content, item)
        group.waiting.push(resume)
        wake.unsafeOpen()
      })
  })

/** Starts to write groups that are arrays of at most `most` items. */
export const makeArrays = <Item, E>(
  write: (group: ReadonlyArray<Item>) => Effect.Effect<void, E>,
  most: number
): Effect.Effect<Add<Item, E>, never, Scope.Scope> =>
  make<Item, Array<Item>, E>({ empty: () => [], put: (group, item) => void group.push(item), write, most })
