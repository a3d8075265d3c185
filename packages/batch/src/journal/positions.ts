/**
 * Where the entry of each key is in the file. In: keys and positions. Out: positions.
 *
 * A batch has as many keys as rows, and this is all that it keeps of a row: 30 to 50 bytes, where a `Map` of texts and objects takes
 * four times as many. Of a key there are 128 bits of its hash, which no two keys have in common. Everything is in arrays of numbers, which
 * the garbage collector does not look into.
 */
import { createHash } from "node:crypto"
import type { Counts, Entry } from "./entry.js"

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
  /** The positions that there are now, in the order in which the keys came. */
  readonly inOrder: () => Iterable<Position>
  readonly counts: () => Counts
}

/** Numbers of a hash, of 32 bits each. */
const hashWords = 4

/** How full the table of slots may be, so that a search ends after few steps. */
const fullest = 0.7

const firstCapacity = 64

export const makePositions = (): Positions => {
  let count = 0
  // entry number `index` has its hash at `index * hashWords`
  let hashes = new Uint32Array(firstCapacity * hashWords)
  let offsets = new Float64Array(firstCapacity)
  /** Twice the length, and one more for a failed row. */
  let lengths = new Uint32Array(firstCapacity)
  /** The number of an entry, plus one, where the search for its hash ends; 0 where there is none. The size is a power of two. */
  let slots = new Uint32Array(2 * firstCapacity)

  /** The hash of the key that is asked for. */
  const asked = new Uint32Array(hashWords)

  const ask = (key: string): void => {
    const bytes = createHash("sha256").update(key).digest()
    for (let word = 0; word < hashWords; word++) asked[word] = bytes.readUInt32LE(word * 4)
  }

  const isAt = (index: number): boolean => {
    for (let word = 0; word < hashWords; word++) if (hashes[index * hashWords + word] !== asked[word]) return false
    return true
  }

  /** The slot of the key that is asked for, or the empty one where it belongs. */
  const slotOfAsked = (): number => {
    let slot = asked[0]! & (slots.length - 1)
    while (slots[slot] !== 0 && !isAt(slots[slot]! - 1)) slot = (slot + 1) & (slots.length - 1)
    return slot
  }

  const growEntries = (): void => {
    const capacity = Math.ceil(offsets.length * 1.5)
    const [oldHashes, oldOffsets, oldLengths] = [hashes, offsets, lengths]
    hashes = new Uint32Array(capacity * hashWords)
    hashes.set(oldHashes)
    offsets = new Float64Array(capacity)
    offsets.set(oldOffsets)
    lengths = new Uint32Array(capacity)
    lengths.set(oldLengths)
  }

  const growSlots = (): void => {
    slots = new Uint32Array(slots.length * 2)
    const mask = slots.length - 1
    for (let index = 0; index < count; index++) {
      let slot = hashes[index * hashWords]! & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = index + 1
    }
  }

  const positionAt = (index: number): Position => {
    const length = lengths[index]!
    return { offset: offsets[index]!, length: length >>> 1, status: (length & 1) === 1 ? "failed" : "done" }
  }

  return {
    get: (key) => {
      ask(key)
      const found = slots[slotOfAsked()]!
      return found === 0 ? undefined : positionAt(found - 1)
    },
    set: (key, { length, offset, status }) => {
      ask(key)
      const slot = slotOfAsked()
      let index = slots[slot]! - 1
      if (index < 0) {
        if (count === offsets.length) growEntries()
        index = count++
        hashes.set(asked, index * hashWords)
        slots[slot] = index + 1
        if (count > slots.length * fullest) growSlots()
      }
      offsets[index] = offset
      lengths[index] = length * 2 + (status === "failed" ? 1 : 0)
    },
    inOrder: function* () {
      const until = count
      for (let index = 0; index < until; index++) yield positionAt(index)
    },
    counts: () => {
      let failed = 0
      for (let index = 0; index < count; index++) failed += lengths[index]! & 1
      return { done: count - failed, failed }
    }
  }
}
