import { assert, describe, it } from "@effect/vitest"
import { createHash } from "node:crypto"
import { makeSha256 } from "../../src/internal/sha256.js"

const digest = (...pieces: ReadonlyArray<Uint8Array>): string => {
  const hash = makeSha256()
  for (const piece of pieces) hash.update(piece)
  return hash.hex()
}

const encoder = new TextEncoder()

describe("SHA-256", () => {
  it("has the examples of the standard", () => {
    assert.strictEqual(digest(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    assert.strictEqual(
      digest(encoder.encode("abc")),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    assert.strictEqual(
      digest(encoder.encode("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    )
  })

  it("is the platform's for every length around blocks, whole and in pieces", () => {
    for (let length = 0; length < 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 31 + length) & 0xff)
      const expected = createHash("sha256").update(bytes).digest("hex")
      assert.strictEqual(digest(bytes), expected, String(length))
      const at = Math.floor(length / 3)
      assert.strictEqual(digest(bytes.subarray(0, at), new Uint8Array(0), bytes.subarray(at)), expected, String(length))
    }
  })
})
