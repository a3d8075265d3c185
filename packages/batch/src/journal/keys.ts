/**
 * A set of keys that numbers them. In: keys. Out: their numbers, in the order in which they came.
 *
 * It keeps 25 to 40 bytes of a key, where a `Set` of texts takes four times as many. The keys of a batch are hashes:
 * their 132 bits are kept as they are. Of any other key, 160 bits of its hash are kept, which no two keys have in common. Everything is in
 * arrays of numbers, which the garbage collector does not look into.
 */
import { createHash } from "node:crypto"

export interface Keys {
  readonly size: () => number
  /** The number of a key; `undefined` where it was not added. */
  readonly indexOf: (key: string) => number | undefined
  /** The number of a key. One that was not added yet is added, and gets the next number. */
  readonly add: (key: string) => number
}

/** Characters of a batch's key, of base64url: 132 bits, of which no two of any number of rows that fit on a disk are alike. */
export const keyLength = 22

/** Numbers that are kept of a key, of 32 bits each. */
const words = 5

/** The value of each character of base64url by its code, and -1 for other characters. */
const base64 = new Int8Array(128).fill(-1)
for (const [value, character] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].entries())
  base64[character.charCodeAt(0)] = value

/** Writes the bits of a key of a batch. False: it is another key. */
const writeBits = (key: string, into: Uint32Array): boolean => {
  if (key.length !== keyLength) return false
  into.fill(0)
  for (let at = 0; at < keyLength; at++) {
    const value = base64[key.charCodeAt(at)]
    if (value === undefined || value < 0) return false
    const word = at % words
    into[word] = into[word]! * 64 + value
  }
  return true
}

const writeHash = (key: string, into: Uint32Array): void => {
  const bytes = createHash("sha256").update(key).digest()
  for (let word = 0; word < words; word++) into[word] = bytes.readUInt32LE(word * 4)
}

/** How full the table of slots may be, so that a search ends after few steps. */
const fullest = 0.7

const firstCapacity = 64

export const makeKeys = (): Keys => {
  let count = 0
  // key number `index` has its numbers at `index * words`
  let kept = new Uint32Array(firstCapacity * words)
  /** The number of a key, plus one, where the search for it ends; 0 where there is none. The size is a power of two. */
  let slots = new Uint32Array(2 * firstCapacity)

  /** The numbers of the key that is asked for. */
  const asked = new Uint32Array(words)

  const ask = (key: string): void => {
    if (!writeBits(key, asked)) writeHash(key, asked)
  }

  /** The slot where the search for a key begins. All its bits count: keys that are not hashes may differ in few. */
  const firstSlot = (numbers: Uint32Array, at: number): number => {
    let mixed = 0
    for (let word = 0; word < words; word++) {
      mixed = Math.imul(mixed ^ numbers[at + word]!, 0x9e3779b1)
      mixed ^= mixed >>> 15
    }
    return mixed & (slots.length - 1)
  }

  const isAt = (index: number): boolean => {
    for (let word = 0; word < words; word++) if (kept[index * words + word] !== asked[word]) return false
    return true
  }

  /** The slot of the key that is asked for, or the empty one where it belongs. */
  const slotOfAsked = (): number => {
    let slot = firstSlot(asked, 0)
    while (slots[slot] !== 0 && !isAt(slots[slot]! - 1)) slot = (slot + 1) & (slots.length - 1)
    return slot
  }

  const growKept = (): void => {
    const old = kept
    kept = new Uint32Array(Math.ceil(count * 1.5) * words)
    kept.set(old)
  }

  const growSlots = (): void => {
    slots = new Uint32Array(slots.length * 2)
    const mask = slots.length - 1
    for (let index = 0; index < count; index++) {
      let slot = firstSlot(kept, index * words)
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
      if (count * words === kept.length) growKept()
      const index = count++
      kept.set(asked, index * words)
      slots[slot] = index + 1
      if (count > slots.length * fullest) growSlots()
      return index
    }
  }
}
