/**
 * The vectors of responses on the other deployments, other cuts, and any conversation.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import * as Responses from "effect-friendli/Responses"
import { cutTests, piecesTests, vectorTests } from "./Responses.support.js"

vectorTests("others")

describe("a stream", () => {
  piecesTests("others")

  cutTests("others")
})

describe("properties", () => {
  it("whatever the answer, its turn is what a request takes, and has nothing empty in it", () => {
    const accepts = Schema.encodeUnknownEither(Responses.ResponsesRequest, { onExcessProperty: "error" })
    fc.assert(
      fc.property(Arbitrary.make(Responses.ResponsesResponse), (answer) => {
        const input = Responses.toInput(answer)
        assert.isTrue(Either.isRight(accepts({ input })))
        for (const item of input) {
          if (item.type !== "message" || typeof item.content === "string") continue
          assert.isNotEmpty(item.content)
          for (const part of item.content) if (part.type === "output_text") assert.isNotEmpty(part.text)
        }
      }),
      { numRuns: 50 }
    )
  })

  it("an answer that decodes is decoded without loss", () => {
    fc.assert(
      fc.property(Arbitrary.make(Responses.ResponsesResponse), (answer) => {
        const json: unknown = JSON.parse(JSON.stringify(answer))
        const decoded = Either.getOrThrow(Responses.createOperation.decode(json))
        assert.deepStrictEqual<unknown>(decoded, json)
      }),
      { numRuns: 50 }
    )
  })
})
