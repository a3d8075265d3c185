/**
 * What the unit tests and the exhaustive tests of `CassetteFiles` share.
 */
import { Cassette } from "effect-friendli/testing"
import * as fc from "fast-check"

const json = fc.jsonValue()

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom("a", "\n", "\n\n", "\r", "\u2028", '"', "data: 1\n\n", 'data: {"a":"\u2028"}\n\n', "data: "),
      {
        maxLength: 8
      }
    )
    .map((all) => all.join("")),
  json.map((value) => `data: ${JSON.stringify(value)}\n\ndata: ${JSON.stringify(value, null, 1)}\n\n`)
)

const headers = fc.dictionary(fc.stringMatching(/^[a-z-]{1,8}$/), text, { maxKeys: 2, noNullPrototype: true })

const body: fc.Arbitrary<Cassette.RequestBody> = fc.oneof(
  fc.record({ json }),
  fc.record({ text }),
  fc.record({ form: fc.dictionary(fc.string(), json, { noNullPrototype: true }) }),
  fc.record({ sha256: fc.string(), size: fc.nat() })
)

const piece: fc.Arbitrary<Cassette.Piece> = fc.oneof(
  fc.record({ after: fc.nat(), text }),
  fc.record({ after: fc.nat(), json }),
  fc.record({ after: fc.nat(), base64: fc.base64String() })
)

const outcome: fc.Arbitrary<Cassette.TapeExchange["outcome"]> = fc.oneof(
  fc.record({
    status: fc.integer({ min: 100, max: 599 }),
    headers,
    wait: fc.nat(),
    body: fc.array(piece, { maxLength: 4 }),
    ending: fc.constantFrom("end" as const, "reset" as const, "left" as const)
  }),
  fc.record({ failure: fc.string(), wait: fc.nat() }),
  fc.record({ ending: fc.constant("unanswered" as const), wait: fc.nat() })
)

export const tape: fc.Arbitrary<Cassette.Tape> = fc
  .array(
    fc.record({
      request: fc.record(
        { method: fc.string(), url: fc.string(), headers, body },
        { requiredKeys: ["method", "url", "headers"] }
      ),
      outcome
    }),
    { maxLength: 3 }
  )
  .map((exchanges) => ({ ...Cassette.empty, exchanges }))
