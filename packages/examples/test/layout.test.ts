import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, FastCheck as fc } from "effect"
import { bar, box, clean, displayWidth, makeWrapper, money, seconds, table, wrap } from "../src/demo/layout.js"

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        " ",
        "  ",
        "\n",
        "a",
        "word",
        "tests",
        "가나다",
        "日本",
        "👩‍👩‍👧",
        "🇰🇷",
        "é",
        "\t",
        "\r",
        "\u001b[31m"
      ),
      fc.string()
    ),
    { maxLength: 30 }
  )
  .map((parts) => parts.join(""))

describe("wrapping", () => {
  it("breaks between words and keeps lines short", () => {
    assert.strictEqual(wrap("one two three", 8), "one two\nthree")
    assert.strictEqual(wrap("one two three", 10, "  "), "  one two\n  three")
    assert.strictEqual(wrap("abcdefghij", 4), "abcd\nefgh\nij")
    assert.strictEqual(wrap("a\n\nb", 10, "  "), "  a\n\n  b")
    assert.strictEqual(wrap("if x:\n    y", 20), "if x:\n    y")
  })

  it("counts the columns of wide characters", () => {
    assert.strictEqual(displayWidth("가나"), 4)
    assert.strictEqual(displayWidth("👩‍👩‍👧"), 2)
    assert.strictEqual(displayWidth("e\u0301"), 1)
    assert.strictEqual(wrap("日本語のテスト", 6), "日本語\nのテス\nト")
  })

  it("writes a word as soon as its end is known", () => {
    const wrapper = makeWrapper(20)
    assert.strictEqual(wrapper.push("Hel"), "")
    assert.strictEqual(wrapper.push("lo "), "")
    assert.strictEqual(wrapper.push("wor"), "Hello")
    assert.strictEqual(wrapper.end(), " wor")
  })

  it("gives the same lines wherever the text is cut", () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(200)), fc.integer({ min: 2, max: 30 }), (whole, cuts, width) => {
        const at = [...new Set(cuts.map((cut) => Math.min(cut, whole.length)))].sort((a, b) => a - b)
        const wrapper = makeWrapper(width)
        const pieces = [0, ...at].map((from, index) => whole.slice(from, at[index] ?? whole.length))
        const out = pieces.map((piece) => wrapper.push(piece)).join("") + wrapper.end()
        assert.strictEqual(out, wrap(whole, width))
        for (const line of out.split("\n")) assert.isAtMost(displayWidth(line), width)
      })
    )
  })

  it("loses nothing but spaces", () => {
    const bare = (value: string): string => value.replace(/[ \n]/g, "")
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 30 }), (whole, width) => {
        assert.strictEqual(bare(wrap(whole, width)), bare(clean(whole)))
      })
    )
  })
})

describe("what a model writes", () => {
  it("cannot steer the terminal", () => {
    assert.strictEqual(clean("a\u001b[31mb\rc\u009bd\u202ee\n"), "a[31mbcde\n")
  })
})

describe("drawing", () => {
  it("draws tables and boxes without colours", () => {
    assert.strictEqual(
      table(["id", "piece"], [["30", '"?"']], ["right", "left"]),
      ["┌────┬───────┐", "│ id │ piece │", "├────┼───────┤", '│ 30 │ "?"   │', "└────┴───────┘"].join("\n")
    )
    const lines = box(20, ["one two three four five"]).split("\n")
    assert.lengthOf(lines, 4)
    for (const line of lines) assert.strictEqual(displayWidth(line), 20)
  })

  it("draws bars of one width", () => {
    assert.deepStrictEqual([bar(0, 4), bar(0.5, 4), bar(1, 4), bar(7, 4)], ["░░░░", "██░░", "████", "████"])
  })

  it("writes amounts with the digits that matter", () => {
    assert.strictEqual(money(BigDecimal.unsafeFromString("0.000983")), "$0.00098")
    assert.strictEqual(money(BigDecimal.unsafeFromString("1.25")), "$1.25")
  })

  it("writes times with two digits", () => {
    assert.strictEqual(seconds(463), "0.46 s")
  })
})
