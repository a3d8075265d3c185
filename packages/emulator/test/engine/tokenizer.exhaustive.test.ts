/**
 * The whole vocabulary, any text, and very long words.
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decode, encode, tokenBytes, vocabularySize } from "../../src/engine/tokenizer.js"

const wellFormed = (text: string) =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text))

describe("encode", () => {
  it("encodes a very long word in less than quadratic time", () => {
    const text = "ab".repeat(100_000)
    expect(decode(encode(text))).toBe(text)
  })

  it("round-trips every string; lone surrogates become U+FFFD", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string16bits(), fc.fullUnicodeString(), fc.string(), fc.lorem()), (text) => {
        expect(decode(encode(text))).toBe(wellFormed(text))
      }),
      { numRuns: 500 }
    )
    expect(decode(encode("a\ud800b"))).toBe("a\ufffdb")
    expect(decode(encode("\ufeffx"))).toBe("\ufeffx")
  })
})

describe("decode", () => {
  it("returns the bytes of each token of the vocabulary", () => {
    expect(vocabularySize).toBe(128256)
    const sizes = Array.from({ length: vocabularySize }, (_, id) => tokenBytes(id).length)
    expect(Math.min(...sizes.slice(0, 1000), ...new Set(sizes))).toBe(1)
    const bytes = encode("naïve 🦙 좋은").flatMap((id) => Array.from(tokenBytes(id)))
    expect(bytes).toEqual(Array.from(new TextEncoder().encode("naïve 🦙 좋은")))
  })
})
