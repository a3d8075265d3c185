import { FastCheck as fc } from "effect"
import { expect, it } from "vitest"
import { makeKeys } from "../../src/journal/keys.js"

it("numbers keys in the order in which they came, each once", () => {
  const keys = fc.oneof(fc.string({ maxLength: 2 }), fc.string())
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
