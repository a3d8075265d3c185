import { assert, describe, it } from "@effect/vitest"
import { bytewise, encoder, linesOf } from "./jsonLines.support.js"

const bom = [0xef, 0xbb, 0xbf]

describe("lines", () => {
  const cases: ReadonlyArray<readonly [what: string, text: string, lines: ReadonlyArray<readonly [number, string]>]> = [
    ["of nothing", "", []],
    ["of one without an end", "a", [[1, "a"]]],
    [
      "with ends of both kinds",
      "a\nb\r\nc\n",
      [
        [1, "a"],
        [2, "b"],
        [3, "c"]
      ]
    ],
    [
      "that are blank are counted and left out",
      "\n \t\r\na\n\n\nb",
      [
        [3, "a"],
        [6, "b"]
      ]
    ],
    ["with a carriage return inside keep it", "a\rb\r\r\n", [[1, "a\rb\r"]]],
    [
      "with characters of several bytes",
      "é\n😀\n",
      [
        [1, "é"],
        [2, "😀"]
      ]
    ],
    ["with separators of lines that JSON allows in texts", "a\u2028b\u0085c\n", [[1, "a\u2028b\u0085c"]]],
    ["with a space that is none of JSON", "\u00a0\n", [[1, "\u00a0"]]]
  ]
  it.each(cases)("%s", (_, text, lines) => {
    const bytes = encoder.encode(text)
    assert.deepStrictEqual<unknown>(linesOf([bytes]), lines)
    assert.deepStrictEqual<unknown>(linesOf(bytewise(bytes)), lines)
  })

  it("skip a byte order mark at the beginning, and only there", () => {
    const bytes = Uint8Array.from([...bom, ...encoder.encode("a\n"), ...bom, ...encoder.encode("b")])
    assert.deepStrictEqual(linesOf([bytes]), [
      [1, "a"],
      [2, "\ufeffb"]
    ])
    assert.deepStrictEqual(linesOf(bytewise(bytes)), [
      [1, "a"],
      [2, "\ufeffb"]
    ])
    assert.deepStrictEqual(linesOf([Uint8Array.from(bom)]), [])
  })

  it("end with the first that is no text", () => {
    const bytes = Uint8Array.from([...encoder.encode("a\n"), 0xff, 0x0a, ...encoder.encode("b\nc")])
    const lines = [
      [1, "a"],
      [2, "! is not valid UTF-8"]
    ]
    assert.deepStrictEqual<unknown>(linesOf([bytes]), lines)
    assert.deepStrictEqual<unknown>(linesOf(bytewise(bytes)), lines)
    // half a character at the end
    assert.deepStrictEqual(linesOf([encoder.encode("é").subarray(0, 1)]), [[1, "! is not valid UTF-8"]])
  })

  it("end with the first that is too long, before it is whole", () => {
    assert.deepStrictEqual(linesOf([encoder.encode("1234\n12345\nb")], 4), [
      [1, "1234"],
      [2, "! is longer than 4 bytes"]
    ])
    const endless = Array.from({ length: 10 }, () => encoder.encode("123"))
    assert.deepStrictEqual(linesOf(endless, 4), [[1, "! is longer than 4 bytes"]])
  })
})
