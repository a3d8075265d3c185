/**
 * Both encodings of the vectors of any text.
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { create } from "./embeddings.support.js"

const anyText = fc.oneof(fc.string16bits({ maxLength: 60 }), fc.fullUnicodeString({ maxLength: 60 }), fc.lorem())

describe("embeddings", () => {
  it("have the same numbers in both encodings", () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyText, { minLength: 1, maxLength: 3 }), async (input) => {
        const floats = await create({ input, encoding_format: "float" })
        const base64 = await create<string>({ input, encoding_format: "base64" })
        const decoded = base64.data.map(({ embedding }) => {
          const bytes = Buffer.from(embedding, "base64")
          return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4))
        })
        expect(decoded).toEqual(floats.data.map(({ embedding }) => embedding))
      }),
      { numRuns: 30 }
    ))
})
