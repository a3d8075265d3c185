/**
 * The vectors of responses on the other deployments, other cuts, and any conversation.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import * as Responses from "effect-friendli/Responses"
import * as ResponseStream from "effect-friendli/ResponseStream"
import { Reply } from "effect-friendli/testing"
import { answer, cutTests, once, piecesTests, request, scripted, vectorTests, whole } from "./Responses.support.js"

vectorTests("others")

describe("a stream", () => {
  piecesTests("others")

  cutTests("others")
})

describe("properties", () => {
  it("a stream that ends after any byte is cut short, or whole if its last event is there", async () => {
    const bytes = new TextEncoder().encode(answer).length
    // The last event needs neither its line end nor its blank line.
    const last = new TextEncoder().encode(answer.trimEnd()).length
    const text = Responses.outputText(whole as never)
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.nat(bytes), fc.integer({ min: last - 3, max: bytes })), async (end) => {
        const result = await Effect.runPromise(
          ResponseStream.fold(Responses.stream(request, once)).pipe(
            Effect.either,
            Effect.provide(scripted([Reply.sse(answer, { after: { bytes: end } })]))
          )
        )
        if (end >= last) return assert.deepStrictEqual<unknown>(Either.getOrThrow(result), whole)
        const error = Either.getOrThrow(Either.flip(result))
        assert.strictEqual(error._tag, "StreamTruncatedError")
        const partial = Option.getOrThrow(ResponseStream.partial(error as never))
        assert.isTrue(text.startsWith(Responses.outputText(partial)))
        assert.oneOf(partial.status, [null, "in_progress"])
      }),
      { numRuns: 150 }
    )
  })

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
