import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { canonical, keyOf } from "../../src/run/key.js"

/** The same value with the fields of its objects in the opposite order. */
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, field]) => [name, reversed(field)])
  )
}

describe("canonical", () => {
  it("is JSON of the same value, in whatever order the fields are", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonical(reversed(value))).toBe(canonical(value))
        // JSON.parse of a field called __proto__ and an assignment differ: the text is compared
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)))
      })
    )
  })

  it("leaves out what is not sent", () => {
    expect(canonical({ a: undefined, b: [undefined, 1] })).toBe('{"b":[null,1]}')
  })
})

describe("keyOf", () => {
  it("tells operations, models and requests apart, and nothing else", () => {
    const key = keyOf("Chat.complete", "m", { a: 1, b: 2 })
    expect(key).toMatch(/^[\w-]{22}$/)
    expect(keyOf("Chat.complete", "m", { b: 2, a: 1, c: undefined })).toBe(key)
    expect(keyOf("Completions.complete", "m", { a: 1, b: 2 })).not.toBe(key)
    expect(keyOf("Chat.complete", "n", { a: 1, b: 2 })).not.toBe(key)
    expect(keyOf("Chat.complete", "m", { a: 1, b: "2" })).not.toBe(key)
  })
})
