/**
 * Vectors from any value.
 */
import { assert, describe } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Embeddings from "effect-friendli/Embeddings"
import * as fc from "fast-check"
import { it } from "./it.js"

describe("vector", () => {
  it("never throws, and gives finite numbers or nothing", () => {
    const texts = fc.oneof(fc.string16bits(), fc.base64String(), fc.stringOf(fc.constantFrom("A", "/", "+", "=", "\n")))
    fc.assert(
      fc.property(fc.oneof(texts, fc.array(fc.double())), (embedding) => {
        const result = Embeddings.vector({ index: 0, embedding })
        if (Either.isRight(result)) assert.isTrue(result.right.every(Number.isFinite))
        else assert.strictEqual(result.left._tag, "MalformedEmbeddingError")
      }),
      { numRuns: 1000 }
    )
  })
})
