/**
 * Lists in pages. In: all entries of a list in their order, and the cursor and the limit of a request. Out: the entries of one page, and the cursor
 * of the next one. A cursor contains the number of the last entry of its page, so that pages do not shift if an entry is added or deleted between
 * requests.
 */
import type { JsonRecord } from "../base/json.js"

/** An entry with a position in a list. Its number is never reused. */
export interface Numbered {
  readonly order: number
}

/** One page of a list. */
export interface Page<Entry> {
  readonly entries: ReadonlyArray<Entry>
  /** `null` on the last page. */
  readonly nextCursor: string | null
}

/** The text of a cursor before the number. */
const mark = "after:"

/** The number in a cursor, or `undefined` if the text is not a cursor. */
const numberOf = (cursor: string): number | undefined => {
  try {
    const text = atob(cursor)
    const number = text.startsWith(mark) ? Number(text.slice(mark.length)) : Number.NaN
    return Number.isInteger(number) ? number : undefined
  } catch {
    return undefined
  }
}

/** The page that a query selects; `undefined` if its cursor is not valid. The oldest entries come first, unless `direction` is `desc`. */
export const pageOf = <Entry extends Numbered>(
  entries: Iterable<Entry>,
  query: JsonRecord
): Page<Entry> | undefined => {
  const { cursor, direction, limit } = query as { cursor?: string; direction?: string; limit?: number }
  const sign = direction === "desc" ? -1 : 1
  const after = cursor === undefined || cursor === "" ? undefined : numberOf(cursor)
  if (after === undefined && cursor !== undefined && cursor !== "") return undefined
  const following = [...entries]
    .toSorted((a, b) => sign * (a.order - b.order))
    .filter(({ order }) => after === undefined || sign * (order - after) > 0)
  const page = following.slice(0, limit ?? 20)
  const hasMore = following.length > page.length
  return { entries: page, nextCursor: hasMore ? btoa(`${mark}${page.at(-1)!.order}`) : null }
}
