import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeLineCutter } from "../../src/journal/lines.js"

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
