import { assert, it } from "@effect/vitest"
import * as fc from "fast-check"
import { createHash } from "node:crypto"
import { makeSha256 } from "../../src/internal/sha256.js"

it("is the platform's digest, however the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 }), (pieces) => {
      const ours = makeSha256()
      const theirs = createHash("sha256")
      for (const piece of pieces) {
        ours.update(piece)
        theirs.update(piece)
      }
      assert.strictEqual(ours.hex(), theirs.digest("hex"))
    })
  )
})

it("counts the bits of more than 512 MiB", () => {
  const piece = new Uint8Array(1024 * 1024).fill(7)
  const ours = makeSha256()
  const theirs = createHash("sha256")
  // 2^32 bits are 512 MiB: the length takes both of its words
  for (let at = 0; at < 513; at++) {
    ours.update(piece)
    theirs.update(piece)
  }
  assert.strictEqual(ours.hex(), theirs.digest("hex"))
}, 60_000)
