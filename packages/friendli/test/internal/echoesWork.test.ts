/** How much work a search for echoes does. Reads are counted, so that the load of the machine changes nothing. */
import { assert, describe, it } from "vitest"
import { type Echoes, make } from "../../src/internal/echoes.js"

/** Looks for a whole text of the request, part by part. */
const look = (found: Echoes, text: string): void => {
  for (let from = 0; from < text.length;) from = found.look(text, from)
}

describe("work", () => {
  /** How many words of four bytes are read, characters are read, and texts are encoded. */
  interface Work {
    readonly words: number
    readonly characters: number
    readonly encoded: number
  }

  const count = (work: () => void): Work => {
    let [words, characters, encoded] = [0, 0, 0]
    const { getInt32, getUint32 } = DataView.prototype
    const charCodeAt = String.prototype.charCodeAt
    const encodeInto = TextEncoder.prototype.encodeInto
    // oxlint-disable-next-line no-extend-native -- put back below
    DataView.prototype.getInt32 = function (...args) {
      words++
      return getInt32.apply(this, args)
    }
    // oxlint-disable-next-line no-extend-native -- put back below
    DataView.prototype.getUint32 = function (...args) {
      words++
      return getUint32.apply(this, args)
    }
    // oxlint-disable-next-line no-extend-native -- put back below
    String.prototype.charCodeAt = function (at) {
      characters++
      return charCodeAt.call(this, at)
    }
    TextEncoder.prototype.encodeInto = function (...args) {
      encoded++
      return encodeInto.apply(this, args)
    }
    try {
      work()
    } finally {
      // oxlint-disable-next-line no-extend-native -- as it was
      DataView.prototype.getInt32 = getInt32
      // oxlint-disable-next-line no-extend-native -- as it was
      DataView.prototype.getUint32 = getUint32
      // oxlint-disable-next-line no-extend-native -- as it was
      String.prototype.charCodeAt = charCodeAt
      TextEncoder.prototype.encodeInto = encodeInto
    }
    return { words, characters, encoded }
  }

  /** Words without an end and without a rule, the same each time. */
  const words = (seed: number, length: number): string => {
    let state = seed
    let text = ""
    while (text.length < length) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      text += `${state.toString(36)} `
    }
    return text.slice(0, length)
  }

  it("is one lookup for seven characters of a request that has nothing in common with the answer", () => {
    const found = make([words(1, 2000)])
    look(found, "abcdefghijkl")
    const request = words(2, 70_000)
    const work = count(() => look(found, request))
    assert.isAtLeast(work.words, 9000)
    assert.isBelow(work.words, 13_000)
    // ASCII is encoded, never read letter by letter
    assert.deepStrictEqual([work.characters, work.encoded], [0, 5])
    // short texts are not worth an encoder
    assert.deepStrictEqual(
      count(() => look(found, "-".repeat(63))),
      { words: 9, characters: 63, encoded: 0 }
    )
    assert.deepStrictEqual(
      count(() => look(found, "-".repeat(64))),
      { words: 9, characters: 0, encoded: 1 }
    )
  })

  it("is done once for the same characters around a seed", () => {
    const run = "The7zebra ya"
    for (let ahead = 0; ahead < 7; ahead++) {
      for (const vain of ["The7zebra y-", "-he7zebra ya", "---7zebra---"]) {
        const found = make([run])
        look(found, "abcdefghijkl")
        const request = `${"-".repeat(ahead)}${`${vain}${"-".repeat(9)}`.repeat(500)}`
        const plain = "-".repeat(request.length)
        const least = count(() => look(found, plain)).words
        // one of three lookups compares five words more
        const most = least * (1 + 5 / 3) + 200
        assert.isBelow(count(() => look(found, request)).words, most, `${ahead} ${vain}`)
      }
    }
  })

  it("is done once for windows of the answer that read the same", () => {
    const once = count(() => look(make(["abcdefghijkl "]), "-".repeat(12)))
    const often = count(() => look(make(["abcdefghijkl ".repeat(300)]), "-".repeat(12)))
    // each window is hashed, and 13 of them are looked for
    assert.isBelow(once.words, 60)
    assert.isBelow(often.words, 3900 * 3 + 13 * 30)
  })

  it("is less once a text was found", () => {
    const said = words(3, 400)
    const found = make([said])
    look(found, said)
    look(found, "-".repeat(2000))
    look(found, "-".repeat(2000))
    const request = said.repeat(50)
    assert.isBelow(count(() => look(found, request)).words, (request.length / 7) * 1.3)
    assert.isFalse(found.hidden.subarray(0, said.length).includes(0))
  })

  it("is not done again for each text that was found", () => {
    const said = words(4, 3000)
    const found = make([said])
    const work = count(() => {
      for (let at = 0; at + 12 <= 1500; at += 12) look(found, said.slice(at, at + 12))
    })
    // once for the index, and a few words for each text
    assert.isBelow(work.words, 3000 * 21)
    assert.isAbove(work.words, 3000)
  })

  it("does not grow with the square of letters that are all the same", () => {
    const found = make(["a".repeat(2000)])
    const work = count(() => look(found, "a".repeat(50_000)))
    assert.isBelow(work.words, 100_000)
    assert.isBelow(work.characters, 100_000)
    assert.isFalse(found.hidden.subarray(0, 2000).includes(0))
  })
})
