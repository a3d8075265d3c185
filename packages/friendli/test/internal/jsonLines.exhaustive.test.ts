import { assert, it } from "@effect/vitest"
import * as fc from "fast-check"
import { encoder, linesOf } from "./jsonLines.support.js"

const piecesOf = (bytes: Uint8Array, cuts: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...places].map((from, at) => bytes.subarray(from, places[at] ?? bytes.length))
}

const text = fc.string({ unit: "binary" }).map((value) => JSON.stringify({ value }))
const blank = fc.constantFrom("", " ", "\t")

it("are the same, however the bytes are cut, with all ends of lines, blank lines and a byte order mark", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.oneof(text, blank), fc.constantFrom("\n", "\r\n"))),
      fc.oneof(text, blank),
      fc.boolean(),
      fc.array(fc.nat(), { maxLength: 30 }),
      (lines, last, hasMark, cuts) => {
        const whole = lines.map(([line, end]) => line + end).join("") + last
        const bytes = encoder.encode((hasMark ? "\ufeff" : "") + whole)
        const expected = [...lines.map(([line]) => line), last].flatMap((line, at) =>
          /^[ \t]*$/.test(line) ? [] : [[at + 1, line] as const]
        )
        assert.deepStrictEqual<unknown>(linesOf(piecesOf(bytes, cuts)), expected)
      }
    )
  )
})

it("of any bytes never throw, and are the same in any pieces", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0x0a, 0x0d, 0xef, 0xbb, 0xbf))),
      fc.array(fc.nat(), { maxLength: 10 }),
      fc.integer({ min: 1, max: 20 }),
      (values, cuts, most) => {
        const bytes = Uint8Array.from(values)
        assert.deepStrictEqual(linesOf(piecesOf(bytes, cuts), most), linesOf([bytes], most))
      }
    )
  )
})
