import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeLineCutter, makeLineMaker } from "../../src/journal/lines.js"

const utf8 = new TextEncoder()
const text = new TextDecoder()

/** Cuts bytes at the given places. */
const pieces = (bytes: Uint8Array, cuts: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return places.slice(1).map((to, index) => bytes.subarray(places[index], to))
}

describe("makeLineCutter", () => {
  it("gives the same lines, wherever the pieces are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.fullUnicodeString()), fc.string(), fc.array(fc.nat()), (written, torn, cuts) => {
        const lines = written.map((line) => line.replaceAll("\n", " "))
        const rest = torn.replaceAll("\n", " ")
        const bytes = utf8.encode(lines.map((line) => `${line}\n`).join("") + rest)
        const cutter = makeLineCutter()
        const found = pieces(bytes, cuts).flatMap((piece) => cutter.add(piece))
        expect(found.map((line) => text.decode(line.bytes))).toEqual(
          lines.map((line) => text.decode(utf8.encode(line)))
        )
        for (const { bytes: line, offset } of found) {
          expect(bytes.subarray(offset, offset + line.length)).toEqual(line)
        }
        expect(cutter.isTorn()).toBe(utf8.encode(rest).length > 0)
        expect(cutter.end()).toBe(bytes.length - utf8.encode(rest).length)
      })
    )
  })
})

describe("makeLineMaker", () => {
  it("makes lines that the cutter cuts into the same texts, with their lengths, again and again", () => {
    const lines = makeLineMaker()
    fc.assert(
      fc.property(fc.array(fc.fullUnicodeString()), fc.constantFrom(1, 20_000, 400_000), (texts, times) => {
        // as long as what is there, longer, and longer than what is kept
        const written = texts.slice(0, 4).map((each) => each.replaceAll("\n", " ").repeat(times).slice(0, 400_000))
        const lengths = written.map(lines.add)
        const found = makeLineCutter().add(lines.bytes())
        expect(found.map(({ bytes }) => bytes.length)).toEqual(lengths)
        expect(found.every(({ bytes }, index) => text.decode(bytes) === text.decode(utf8.encode(written[index])))).toBe(
          true
        )
        expect(lines.bytes().length).toBe(lengths.reduce((sum, length) => sum + length + 1, 0))
        lines.clear()
        expect(lines.bytes().length).toBe(0)
      }),
      { numRuns: 40 }
    )
  })
})
