/**
 * Any cassette as a file.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { Cassette } from "effect-friendli/testing"
import * as fc from "fast-check"
import { tape } from "./CassetteFiles.support.js"

describe("the text of a file", () => {
  it("is read as it was, and is written as it was", () => {
    fc.assert(
      fc.property(tape, (any) => {
        const written = Cassette.format(any)
        const read = Either.getOrThrow(Cassette.parse(written))
        // JSON knows no -0
        assert.deepStrictEqual(read, JSON.parse(JSON.stringify(any)))
        assert.strictEqual(Cassette.format(read), written)
      })
    )
  })

  it("keeps a field of a form whose name is that of a prototype", () => {
    const body = { form: Object.fromEntries([["__proto__", "x"]]) }
    const exchange: Cassette.TapeExchange = {
      request: { method: "POST", url: "/", headers: {}, body },
      outcome: { ending: "unanswered", wait: 0 }
    }
    const read = Either.getOrThrow(Cassette.parse(Cassette.format({ ...Cassette.empty, exchanges: [exchange] })))
    assert.strictEqual(JSON.stringify(read.exchanges[0]?.request.body), '{"form":{"__proto__":"x"}}')
  })
})
