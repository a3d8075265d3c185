/**
 * Writes together what comes at the same time. In: items, and how a group of them is written. Out: a function that waits until its item
 * is written.
 *
 * One fiber writes: it takes all items that wait, up to a number, and writes them as one group. Items that come meanwhile make the next
 * group, so that the slower the writing is, the larger the groups are.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"

/** An item that waits to be written, and who waits for it. */
interface Pending<Item, E> {
  readonly item: Item
  readonly written: Deferred.Deferred<void, E>
}

/** Adds an item, and waits until it is written. */
export type Add<Item, E> = (item: Item) => Effect.Effect<void, E>

/** Begins to write groups of at most `most` items. What waits when the scope closes is written before. */
export const make = <Item, E>(
  write: (group: ReadonlyArray<Item>) => Effect.Effect<void, E>,
  most = Infinity
): Effect.Effect<Add<Item, E>, never, Scope.Scope> =>
  Effect.gen(function* () {
    let pending: Array<Pending<Item, E>> = []
    const wake = Effect.unsafeMakeLatch(false)

    const writeNext: Effect.Effect<void> = Effect.suspend(() => {
      const group = pending.splice(0, most)
      if (pending.length === 0) wake.unsafeClose()
      return group.length === 0
        ? Effect.void
        : Effect.map(Effect.exit(write(group.map(({ item }) => item))), (exit) => {
            for (const { written } of group) Deferred.unsafeDone(written, exit)
          })
    })

    const writeAll: Effect.Effect<void> = Effect.suspend(() =>
      pending.length === 0 ? Effect.void : Effect.zipRight(writeNext, writeAll)
    )
    yield* Effect.addFinalizer(() => writeAll)
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(wake.await, Effect.uninterruptible(writeNext))))

    return (item) =>
      Effect.suspend(() => {
        const written = Deferred.unsafeMake<void, E>(FiberId.none)
        pending.push({ item, written })
        wake.unsafeOpen()
        return Deferred.await(written)
      })
  })
