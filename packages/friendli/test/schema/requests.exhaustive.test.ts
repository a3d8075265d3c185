/**
 * Any request: what is valid encodes to itself, and no text of what is not is shown.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { ChatRequest } from "../../src/schema/ChatRequest.js"
import { CompletionRequest } from "../../src/schema/CompletionRequest.js"
import { formatIssues } from "../../src/internal/issues.js"
import { DetokenizeRequest, TokenizeRequest } from "../../src/schema/Tokens.js"
import { problems, strict } from "./requests.support.js"

const requests = { ChatRequest, CompletionRequest, TokenizeRequest, DetokenizeRequest } as const

/** Every place inside a value. */
function places(value: unknown, path: ReadonlyArray<string> = []): ReadonlyArray<ReadonlyArray<string>> {
  if (typeof value !== "object" || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, item]) => places(item, [...path, key]))].filter(
    (place) => place.length > 0
  )
}

function replace(value: unknown, [key, ...rest]: ReadonlyArray<string>, by: unknown): unknown {
  if (key === undefined) return by
  if (Array.isArray(value)) return value.map((item: unknown, i) => (String(i) === key ? replace(item, rest, by) : item))
  const object = value as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(object).map(([name, item]) => [name, name === key ? replace(item, rest, by) : item])
  )
}

describe("properties", () => {
  for (const [name, schema] of Object.entries(requests)) {
    const wire = schema as Schema.Schema<unknown>
    it(`${name}: a valid request encodes to itself and decodes from it`, () => {
      fc.assert(
        fc.property(Arbitrary.make(wire), (request) => {
          const sent = Schema.encodeUnknownSync(wire, strict)(request)
          assert.deepStrictEqual(sent, request)
          assert.deepStrictEqual(Schema.decodeUnknownSync(wire, strict)(sent), request)
        }),
        { numRuns: 40 }
      )
    })

    it(`${name}: no text of a bad request is shown`, () => {
      const secret = "s3cr3t-in-the-prompt"
      const arbitrary = fc.tuple(
        Arbitrary.make(wire),
        fc.nat(),
        fc.constantFrom<unknown>(secret, [secret], { role: secret })
      )
      let rejected = 0
      fc.assert(
        fc.property(arbitrary, ([request, at, planted]) => {
          const paths = places(request)
          const place = paths[at % paths.length] ?? []
          for (const bad of [replace(request, place, planted), { ...(request as object), extra: planted }]) {
            const encoded = Schema.encodeUnknownEither(wire, strict)(bad)
            if (Either.isRight(encoded)) continue
            rejected++
            const issues = formatIssues(encoded.left)
            assert.isAbove(issues.length, 0)
            assert.notInclude(JSON.stringify(issues), secret)
          }
        }),
        { numRuns: 60 }
      )
      assert.isAbove(rejected, 50)
    })
  }

  it("anything at all gives issues or passes, and shows no text", () => {
    const schema = ChatRequest as Schema.Schema<unknown>
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 3 }), (messages) => {
        for (const line of problems(schema, { messages })) assert.match(line, /^messages/)
      }),
      { numRuns: 100 }
    )
  })
})
