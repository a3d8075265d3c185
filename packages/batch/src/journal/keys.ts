/**
 * A set of keys that numbers them. In: keys. Out: their numbers, in the order in which they were added.
 *
 * It needs 25 to 40 bytes per key; a `Set` of strings needs four times as many. The keys of a batch are hashes, whose 132 bits are stored directly.
 * For any other key, 160 bits of its hash are stored, which are different for any two keys in practice. Everything is in arrays of numbers, which the
 * garbage collector does not scan.
 */
import { createHash } from "node:crypto"

export interface Keys {
  readonly size: () => number
  /** The number of a key; `undefined` if it was not added. */
  readonly indexOf: (key: string) => number | undefined
  /** The number of a key. A new key is added, and gets the next number. */
  readonly add: (key: string) => number
}

/** The length of a batch's key in base64url characters: 132 bits, enough that no two rows of any batch that fits on a disk have the same key. */
export const keyLength = 22

/** The number of 32-bit words that are stored per key. */
const words = 5

/** The value of each character of base64url by its code, and -1 for other characters. */
const base64 = new Int8Array(128).fill(-1)
for (const [value, character] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].entries())
  base64[character.charCodeAt(0)] = value

/** Writes the bits of a batch's key. False if it has another form. */
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

/** The highest load factor of the table of slots, so that a search ends after few steps. */
const maxLoad = 0.7

const firstCapacity = 64

export const makeKeys = (): Keys => {
  let count = 0
  // the words of key number `index` start at `index * words`
  let stored = new Uint32Array(firstCapacity * words)
  /** Each slot has the number of a key plus one, or 0 if it is empty. The size is a power of two. */
  let slots = new Uint32Array(2 * firstCapacity)

  /** The words of the key that is looked up. */
  const wanted = new Uint32Array(words)

  const lookUp = (key: string): void => {
    if (!writeBits(key, wanted)) writeHash(key, wanted)
  }

  /** The slot where the search for a key begins. It depends on all bits, because keys that are not hashes may differ in few bits. */
  const firstSlot = (numbers: Uint32Array, at: number): number => {
    let mixed = 0
    for (let word = 0; word < words; word++) {
      mixed = Math.imul(mixed ^ numbers[at + word]!, 0x9e3779b1)
      mixed ^= mixed >>> 15
    }
    return mixed & (slots.length - 1)
  }

  const isAt = (index: number): boolean => {
    for (let word = 0; word < words; word++) if (stored[index * words + word] !== wanted[word]) return false
    return true
  }

  /** The slot of the key that is looked up, or the empty slot for it. */
  const slotOfWanted = (): number => {
    let slot = firstSlot(wanted, 0)
    while (slots[slot] !== 0 && !isAt(slots[slot]! - 1)) slot = (slot + 1) & (slots.length - 1)
    return slot
  }

  const growStored = (): void => {
    const old = stored
    stored = new Uint32Array(Math.ceil(count * 1.5) * words)
    stored.set(old)
  }

  const growSlots = (): void => {
    slots = new Uint32Array(slots.length * 2)
    const mask = slots.length - 1
    for (let index = 0; index < count; index++) {
      let slot = firstSlot(stored, index * words)
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = index + 1
    }
  }

  return {
    size: () => count,
    indexOf: (key) => {
      lookUp(key)
      const found = slots[slotOfWanted()]!
      return found === 0 ? undefined : found - 1
    },
    add: (key) => {
      lookUp(key)
      const slot = slotOfWanted()
      if (slots[slot] !== 0) return slots[slot]! - 1
      if (count * words === stored.length) growStored()
      const index = count++
      stored.set(wanted, index * words)
      slots[slot] = index + 1
      if (count > slots.length * maxLoad) growSlots()
      return index
    }
  }
}
