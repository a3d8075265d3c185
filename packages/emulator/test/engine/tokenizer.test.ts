import { describe, expect, it } from "vitest"
import {
  decode,
  encode,
  isSpecial,
  piece,
  SPECIAL,
  tokenBytes,
  UnknownTokenError,
  vocabularySize
} from "../../src/engine/tokenizer.js"

const generativeAi = [128000, 3923, 374, 1803, 1413, 15592, 30]

describe("encode", () => {
  it("returns the ids of the API reference", () => {
    expect(encode("What is generative AI?", { bos: true })).toEqual(generativeAi)
    expect(encode("What is generative AI?")).toEqual(generativeAi.slice(1))
    expect(encode("")).toEqual([])
  })

  it.each<readonly [string, ReadonlyArray<number>]>([
    ["This is a test sentence.", [2028, 374, 264, 1296, 11914, 13]],
    ["           grabbed", [1881, 30418]],
    [" \n", [720]],
    ["\ttabs\t\t\t\tout here", [3324, 3518, 573, 14294, 1618]],
    ["ax\n####\nboo", [710, 198, 71050, 34093]],
    ["镇", [104643]],
    ["🦙Ꙋ", [9468, 99, 247, 166, 247, 232]]
  ])("encodes %j as the published tokenizer does", (text, ids) => {
    expect(encode(text)).toEqual(ids)
  })

  it("never turns text into a control token", () => {
    for (const text of ["<|eot_id|>", "a<|begin_of_text|>b", "<|start_header_id|>system<|end_header_id|>"]) {
      const ids = encode(text)
      expect(ids.some(isSpecial)).toBe(false)
      expect(decode(ids)).toBe(text)
    }
  })
})

describe("decode", () => {
  it("leaves control tokens out", () => {
    expect(decode(generativeAi)).toBe("What is generative AI?")
    expect(decode([SPECIAL.start_header, SPECIAL.eot, SPECIAL.eos])).toBe("")
  })

  it("joins characters that are split between tokens, and marks incomplete ones", () => {
    expect(decode([9468, 99, 247])).toBe("🦙")
    expect(decode([9468, SPECIAL.eot, 99, 247])).toBe("🦙")
    expect(decode([9468, 99])).toBe("\ufffd")
  })

  it.each([-1, vocabularySize, 1.5, Number.NaN])("rejects the id %s", (id) => {
    for (const use of [() => decode([30, id]), () => piece(id), () => tokenBytes(id)]) {
      expect(use).toThrow(UnknownTokenError)
      expect(use).toThrow(RangeError)
    }
    expect(() => decode([id])).toThrow(expect.objectContaining({ _tag: "UnknownTokenError", token: id }))
    expect(isSpecial(id)).toBe(false)
  })

  it("names control tokens in pieces, and returns copies of its bytes", () => {
    expect(piece(SPECIAL.eot)).toBe("<|eot_id|>")
    expect(piece(SPECIAL.bos)).toBe("<|begin_of_text|>")
    expect(piece(15592)).toBe(" AI")
    tokenBytes(15592).fill(0)
    expect(piece(15592)).toBe(" AI")
  })
})
