/**
 * Lists in pages. In: how one page is loaded. Out: the items of all pages as a stream, which loads a page when its items are needed.
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ResponseDecodeError } from "../errors/FriendliError.js"

/** One page of a list. */
export interface Page<out Item, out Cursor extends string | number = string> {
  readonly items: ReadonlyArray<Item>
  /** The cursor of the next page. Absent, `null` or empty after the last page. */
  readonly next: Cursor | null | undefined
}

/** The call that a page comes from, as errors show it. */
export interface Source {
  /** Module and function, for example `"Endpoints.list"`. */
  readonly operation: string
  readonly deployment: string
  /** The field of the answer with the cursor. */
  readonly field: string
}

/** The error for a server that would repeat the same pages forever. */
const repeated = ({ deployment, field, operation }: Source): ResponseDecodeError => {
  const message = "names a page that was already loaded"
  return new ResponseDecodeError({
    operation,
    deployment,
    message: `${operation} was stopped: ${field} ${message}, so the list would never end. Quote the operation to support if it lasts.`,
    issues: [{ path: [field], message }]
  })
}

/**
 * The items of all pages, beginning with the page at `first` (default: the first one). The next page is loaded when the consumer has
 * taken the items of the previous one. An empty page does not end the stream; only an absent cursor does. A repeated cursor fails the
 * stream after the items of its page, since the pages would repeat forever.
 */
export const streamOf = <Item, E, R, Cursor extends string | number = string>(
  source: Source,
  load: (cursor: Cursor | undefined) => Effect.Effect<Page<Item, Cursor>, E, R>,
  first?: Cursor
): Stream.Stream<Item, E | ResponseDecodeError, R> =>
  Stream.suspend(() => {
    // only of this run: each run of the stream begins at the first page
    const loaded = new Set<Cursor | undefined>()
    type Loaded = readonly [Chunk.Chunk<Item>, Option.Option<Cursor | undefined>]
    return Stream.paginateChunkEffect(first, (cursor): Effect.Effect<Loaded, E | ResponseDecodeError, R> => {
      if (loaded.has(cursor)) return Effect.fail(repeated(source))
      loaded.add(cursor)
      return Effect.map(load(cursor), ({ items, next }) => [
        Chunk.unsafeFromArray(items),
        next === undefined || next === null || next === "" ? Option.none() : Option.some(next)
      ])
    })
  })
