/**
 * A set of keys that numbers them. In: keys. Out: their numbers, in the order in which they came.
 *
 * It keeps 20 to 35 bytes of a key, where a `Set` of texts takes four times as many: 128 bits of its hash, which no two keys have in
 * common. Everything is in arrays of numbers, which the garbage collector does not look into.
 */
import { createHash } from "node:crypto"

export interface Keys {
  readonly size: () => number
  /** The number of a key; `undefined` where it was not added. */
  readonly indexOf: (key: string) => number | undefined
  /** The number of a key. One that was not added yet is added, and gets the next number. */
  readonly add: (key: string) => number
}

/** Numbers of a hash, of 32 bits each. */
const hashWords = 4

/** How full the table of slots may be, so that a search ends after few steps. */
const fullest = 0.7

const firstCapacity = 64

export const makeKeys = (): Keys => {
  let count = 0
  // key number `index` has its hash at `index * hashWords`
  let hashes = new Uint32Array(firstCapacity * hashWords)
  /** The number of a key, plus one, where the search for its hash ends; 0 where there is none. The size is a power of two. */
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

  const growHashes = (): void => {
    const old = hashes
    hashes = new Uint32Array(Math.ceil(count * 1.5) * hashWords)
    hashes.set(old)
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

  return {
    size: () => count,
    indexOf: (key) => {
      ask(key)
      const found = slots[slotOfAsked()]!
      return found === 0 ? undefined : found - 1
    },
    add: (key) => {
      ask(key)
      const slot = slotOfAsked()
      if (slots[slot] !== 0) return slots[slot]! - 1
      if (count * hashWords === hashes.length) growHashes()
      const index = count++
      hashes.set(asked, index * hashWords)
      slots[slot] = index + 1
      if (count > slots.length * fullest) growSlots()
      return index
    }
  }
}
