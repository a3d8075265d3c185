/**
 * Smoothed text: properties over any text, cut anywhere.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as Stream from "effect/Stream"
import * as SmoothText from "effect-friendli/SmoothText"
import { it, underTest } from "./it.js"
import { collect, during } from "./support.js"

const words = fc
  .array(
    fc.constantFrom("word", " ", "\n", ", ", "서울에서", "東京", "👩‍👩‍👧", "🇰🇷", "e\u0301", "x".repeat(300), "\ud83d"),
    { maxLength: 20 }
  )
  .map((parts) => parts.join(""))

const graphemes = (text: string): ReadonlyArray<string> =>
  Array.from(new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text), ({ segment }) => segment)

describe("any text, cut anywhere", () => {
  it("comes whole, in whole graphemes, and the same however it was cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(words, fc.string({ unit: "grapheme", maxLength: 60 })),
        fc.array(fc.nat(300), { maxLength: 8 }),
        fc.constantFrom("word" as const, "grapheme" as const),
        async (text, cuts, by) => {
          const at = [...new Set(cuts.map((cut) => Math.min(cut, text.length)))].toSorted((a, b) => a - b)
          const parts = [0, ...at].map((from, index) => text.slice(from, at[index] ?? text.length))
          const smooth = (source: ReadonlyArray<string>) =>
            during(collect(SmoothText.text(Stream.fromIterable(source), { by })), "5 seconds")
          const [pieces, ofWhole] = await Effect.runPromise(underTest(Effect.all([smooth(parts), smooth([text])])))
          assert.strictEqual(pieces.join(""), text)
          assert.strictEqual(ofWhole.join(""), text)
          // A boundary of pieces is a boundary of graphemes.
          const ends = new Set<number>()
          let end = 0
          for (const grapheme of graphemes(text)) ends.add((end += grapheme.length))
          let so = 0
          for (const piece of ofWhole) assert.isTrue(ends.has((so += piece.length)))
          if (by === "grapheme") assert.deepStrictEqual(ofWhole, graphemes(text))
        }
      ),
      { numRuns: 60 }
    )
  })
})
