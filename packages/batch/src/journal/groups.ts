/**
 * Writes together what comes at the same time. In: items, and how a group of them is written. Out: a function that waits until its item
 * is written.
 *
 * One fiber writes one group after another. Items that come meanwhile make the next group, up to a number of items, so that the slower
 * the writing is, the larger the groups are.
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"

/** Adds an item, and waits until it is written. Whoever is interrupted while it waits leaves the item in its group. */
export type Add<Item, E> = (item: Item) => Effect.Effect<void, E>

/** What groups are made of. */
export interface Parts<Item, Content, E> {
  /** The content of a group that has no item yet. */
  readonly empty: () => Content
  /** Puts an item into a group. If it throws, whoever adds the item dies, and the group is as before. */
  readonly put: (content: Content, item: Item) => void
  /** Writes a group. It is not interrupted. */
  readonly write: (content: Content) => Effect.Effect<void, E>
  /** The most items of a group. Default: as many as come. */
  readonly most?: number | undefined
}

/** A group that is not written yet, and how those who wait for it go on. */
interface Group<Content, E> {
  readonly content: Content
  readonly waiting: Array<(written: Exit.Exit<void, E>) => void>
}

/** Begins to write groups. What waits when the scope closes is written before. */
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
        for (const goOn of group.waiting) goOn(written)
      })
    })

    const writeAll: Effect.Effect<void> = Effect.suspend(() =>
      groups.length === 0 ? Effect.void : Effect.zipRight(writeNext, writeAll)
    )
    yield* Effect.addFinalizer(() => writeAll)
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(wake.await, Effect.uninterruptible(writeNext))))

    // callbacks: a `Deferred` for each item costs as much as everything else that is done for it
    return (item) =>
      Effect.async<void, E>((goOn) => {
        let group = groups.at(-1)
        if (group === undefined || group.waiting.length >= most) {
          group = { content: empty(), waiting: [] }
          groups.push(group)
        }
        put(group.content, item)
        group.waiting.push(goOn)
        wake.unsafeOpen()
      })
  })

/** Begins to write groups that are arrays of at most `most` items. */
export const makeArrays = <Item, E>(
  write: (group: ReadonlyArray<Item>) => Effect.Effect<void, E>,
  most: number
): Effect.Effect<Add<Item, E>, never, Scope.Scope> =>
  make<Item, Array<Item>, E>({ empty: () => [], put: (group, item) => void group.push(item), write, most })
