/**
 * Any calls of tools, in any pieces.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as ChatStream from "effect-friendli/ChatStream"
import * as fc from "fast-check"
import { collect } from "../support.js"
import { chunk, type Delta, lasts, tools } from "./calls.support.js"

describe("chat", () => {
  it("has the calls that toolCalls has, with the same names, ids and arguments, whatever comes", () => {
    const maybe = <A>(values: ReadonlyArray<A>) => fc.constantFrom(undefined, null, ...values)
    const delta = fc.record({
      index: maybe([0, 1]),
      id: maybe(["", "a", "b"]),
      function: fc.option(
        fc.record({
          name: maybe(["", "weather", "now", "wea", "ther"]),
          arguments: maybe(["", " ", "{}", '{"city":', '"Oslo"}', "}"])
        })
      )
    })
    fc.assert(
      fc.property(
        fc.array(fc.array(delta, { maxLength: 2 }), { maxLength: 6 }),
        fc.constantFrom(null, "stop", "length"),
        (lists, finish_reason) => {
          const stream = Stream.fromIterable([
            ...lists.map((list) => chunk(list)),
            { choices: [{ index: 0, delta: {}, finish_reason }] }
          ])
          const sorted = (all: ReadonlyArray<ReadonlyArray<string>>) => all.map((one) => JSON.stringify(one)).sort()
          const whole = Effect.runSync(ChatStream.toolCalls(stream))
          const calls = lasts(Effect.runSync(collect(ChatStream.partialToolCalls(stream, tools))))
          assert.deepStrictEqual(
            sorted(calls.map((call) => [call.id, call.name ?? call.unknownName, call.reading.text])),
            sorted(whole.map((call) => [call.id, call.function.name, call.function.arguments]))
          )
        }
      ),
      { numRuns: 150 }
    )
  })

  it("ends with what the whole text says, in any pieces", () => {
    const text = fc.oneof(
      fc.record({ city: fc.string(), days: fc.integer() }, { requiredKeys: [] }).map((value) => JSON.stringify(value)),
      fc.string()
    )
    const pieces = fc.array(fc.nat(), { maxLength: 5 })
    fc.assert(
      fc.property(fc.array(fc.tuple(text, pieces), { minLength: 1, maxLength: 3 }), (given) => {
        const deltas = given.flatMap(([all, cuts], index): ReadonlyArray<readonly [number, Delta]> => {
          const places = [...cuts.map((cut) => cut % (all.length + 1)), all.length].sort((a, b) => a - b)
          return places.map((end, at) => [
            at,
            [
              {
                index,
                ...(at === 0 ? { id: String(index) } : {}),
                function: { ...(at === 0 ? { name: "weather" } : {}), arguments: all.slice(places[at - 1] ?? 0, end) }
              }
            ]
          ])
        })
        // one piece of each call after the other
        const stream = Stream.fromIterable(deltas.toSorted(([a], [b]) => a - b).map(([, delta]) => chunk(delta)))
        const calls = lasts(Effect.runSync(collect(ChatStream.partialToolCalls(stream, tools))))
        const whole = Effect.runSync(ChatStream.toolCalls(stream))
        assert.deepStrictEqual(
          calls.map(({ reading }) => reading.text),
          whole.map((call) => call.function.arguments)
        )
        const decode = Schema.decodeUnknownEither(Schema.parseJson(tools.weather))
        calls.forEach(({ reading }, index) => {
          const expected = decode(whole[index]!.function.arguments)
          assert.strictEqual(reading._tag, expected._tag === "Right" ? "Complete" : "Invalid")
          if (expected._tag === "Right") assert.deepStrictEqual<unknown>(reading.value, expected.right)
        })
      })
    )
  })
})
