import { FastCheck as fc } from "effect"
import { expect, it } from "vitest"
import { makeKeys } from "../../src/journal/keys.js"

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/** Keys of the length of a batch's keys: of their characters, and of others. */
const likeABatchs = fc.oneof(
  fc.stringOf(fc.constantFrom(...base64url), { minLength: 22, maxLength: 22 }),
  fc.fullUnicodeString({ minLength: 22, maxLength: 22 })
)

it("numbers keys in the order in which they came, each once", () => {
  const keys = fc.oneof(fc.string({ maxLength: 2 }), fc.string(), likeABatchs)
  fc.assert(
    fc.property(fc.array(keys, { maxLength: 300 }), keys, (added, other) => {
      const numbered = makeKeys()
      const all = new Map<string, number>()
      for (const key of added) {
        if (!all.has(key)) all.set(key, all.size)
        expect(numbered.add(key)).toBe(all.get(key))
      }
      expect(numbered.size()).toBe(all.size)
      for (const key of [other, ...added]) expect(numbered.indexOf(key)).toBe(all.get(key))
    })
  )
})

it("tells keys apart that differ in one character, whichever it is", () => {
  const numbered = makeKeys()
  const all = new Set<string>()
  for (let at = 0; at < 22; at++) {
    for (const character of `${base64url}é.`) all.add(`${"A".repeat(at)}${character}${"A".repeat(21 - at)}`)
  }
  for (const key of all) numbered.add(key)
  expect(numbered.size()).toBe(all.size)
  expect([...all].map(numbered.indexOf)).toEqual([...all].map((_, index) => index))
  for (const length of [21, 23]) expect(numbered.indexOf("A".repeat(length))).toBeUndefined()
})

it("finds keys fast that differ in few bits", () => {
  const numbered = makeKeys()
  const count = 100_000
  const keyOf = (row: number): string => String(row).padStart(22, "0")
  const begun = performance.now()
  for (let row = 0; row < count; row++) numbered.add(keyOf(row))
  for (let row = 0; row < count; row++) if (numbered.indexOf(keyOf(row)) !== row) throw new Error(`row ${row}`)
  // 0.1 s; a search through all that begin alike would take minutes
  expect(performance.now() - begun).toBeLessThan(10_000)
})
