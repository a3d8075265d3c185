/**
 * Runs of twelve characters at every place of a request, those of a simple search, and texts that are too long for escapes.
 */
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import { make } from "../../src/internal/echoes.js"
import { dots, dotted, look, run, shown } from "./echoes.support.js"

describe("runs", () => {
  it("are found wherever they are in the request", () => {
    for (const filler of ["-", "한", "é"]) {
      for (let before = 0; before < 30; before++) {
        for (let behind = 0; behind < 9; behind++) {
          const text = `${filler.repeat(before)}${run}${filler.repeat(behind)}`
          assert.strictEqual(shown(`<${run}>`, text), `<${dots(run)}>`, text)
        }
      }
    }
    for (const filler of ["-", "한"]) {
      for (let at = 16_360; at < 16_386; at++) {
        assert.strictEqual(shown(run, `${filler.repeat(at)}${run}`), dots(run), String(at))
        assert.strictEqual(shown(run, `${filler.repeat(at)}${run}${filler.repeat(40)}`), dots(run), String(at))
      }
    }
  })

  it("are those that a simple search finds", () => {
    const simple = (said: string, request: string): string => {
      const hidden = new Uint8Array(said.length)
      for (let at = 0; at + 12 <= said.length; at++) {
        const window = said.slice(at, at + 12)
        if (/[A-Za-z0-9]|[^\0-\x7f]/.test(window) && request.includes(window)) hidden.fill(1, at, at + 12)
      }
      return dotted(said, hidden)
    }
    const letters = fc.stringOf(fc.constantFrom("a", "b", " ", "é"), { minLength: 12, maxLength: 60 })
    fc.assert(
      fc.property(letters, letters, letters, (said, before, behind) => {
        const request = `${before}${said.slice(3, 20)}${behind}`
        assert.strictEqual(shown(said, request), simple(said, request))
        assert.strictEqual(shown(said, before), simple(said, before))
      }),
      { numRuns: 200 }
    )
  })
})

describe("escapes in one another", () => {
  it("are not read in texts of 262,144 characters and more", () => {
    /** What is left of the first characters of an answer of this length. */
    const beginning = (said: string, length: number, text: string): string => {
      const found = make([said.padEnd(length, " ")])
      look(found, text)
      return dotted(said, found.hidden)
    }
    const said = "abcd\\nefghijk"
    assert.strictEqual(beginning(said, 262_143, "abcd\nefghijk"), dots(said))
    assert.strictEqual(beginning(said, 262_144, "abcd\nefghijk"), said)
    // but what came is searched
    assert.strictEqual(beginning(said, 262_144, said), dots(said))
    // each form counts: the first one may be read, and leaves no room for the next
    const twice = "abcd\\\\nefghijk"
    assert.strictEqual(beginning(twice, 262_142, said), dots(twice))
    assert.strictEqual(beginning(twice, 262_142, "abcd\nefghijk"), twice)
  })
})
