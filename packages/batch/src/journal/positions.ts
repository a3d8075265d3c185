/**
 * Where the entry of each key is in the file. In: keys and positions. Out: positions.
 *
 * A batch has as many keys as rows, and this is all that is in memory for a row: 30 to 50 bytes. A `Map` of strings and objects needs four times as
 * many.
 */
import type { Counts, Entry } from "./entry.js"
import { makeKeys } from "./keys.js"

/** Where an entry is. */
export interface Position {
  readonly offset: number
  readonly length: number
  readonly status: Entry["status"]
}

export interface Positions {
  readonly get: (key: string) => Position | undefined
  /** Adds a key, or replaces its position. */
  readonly set: (key: string, position: Position) => void
  /** The current positions, in the order in which the keys were added. */
  readonly inOrder: () => Iterable<Position>
  readonly counts: () => Counts
}

const firstCapacity = 64

export const makePositions = (): Positions => {
  const keys = makeKeys()
  // the entry of the key with number `index` is at `index`
  let offsets = new Float64Array(firstCapacity)
  /** Twice the length, plus one for a failed row. */
  let lengths = new Uint32Array(firstCapacity)

  const grow = (): void => {
    const capacity = Math.ceil(offsets.length * 1.5)
    const [oldOffsets, oldLengths] = [offsets, lengths]
    offsets = new Float64Array(capacity)
    offsets.set(oldOffsets)
    lengths = new Uint32Array(capacity)
    lengths.set(oldLengths)
  }

  const positionAt = (index: number): Position => {
    const length = lengths[index]!
    return { offset: offsets[index]!, length: length >>> 1, status: (length & 1) === 1 ? "failed" : "done" }
  }

  return {
    get: (key) => {
      const index = keys.indexOf(key)
      return index === undefined ? undefined : positionAt(index)
    },
    set: (key, { length, offset, status }) => {
      const index = keys.add(key)
      if (index === offsets.length) grow()
      offsets[index] = offset
      lengths[index] = length * 2 + (status === "failed" ? 1 : 0)
    },
    inOrder: function* () {
      const until = keys.size()
      for (let index = 0; index < until; index++) yield positionAt(index)
    },
    counts: () => {
      let failed = 0
      for (let index = 0; index < keys.size(); index++) failed += lengths[index]! & 1
      return { done: keys.size() - failed, failed }
    }
  }
}
