/**
 * Any JSON, cut anywhere, under any schema; and the time that long texts take.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import * as PartialJson from "effect-friendli/PartialJson"
import { parseJson } from "../../src/internal/json.js"
import { readAll } from "./partialJson.support.js"

const cut = (text: string, places: ReadonlyArray<number>): ReadonlyArray<string> => {
  const sorted = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b)
  return [...sorted, text.length].map((end, index) => text.slice(index === 0 ? 0 : sorted[index - 1], end))
}

/** Whether a partial value can become the whole one by more text. */
const leadsTo = (partial: unknown, whole: unknown): boolean => {
  if (typeof partial === "string") return typeof whole === "string" && whole.startsWith(partial)
  if (Array.isArray(partial)) {
    return (
      Array.isArray(whole) &&
      partial.length <= whole.length &&
      partial.every((element, index) => leadsTo(element, whole[index]))
    )
  }
  if (typeof partial === "object" && partial !== null) {
    return (
      typeof whole === "object" &&
      whole !== null &&
      Object.entries(partial).every(
        ([name, member]) => Object.hasOwn(whole, name) && leadsTo(member, Reflect.get(whole, name))
      )
    )
  }
  return Object.is(partial, whole)
}

const cuts = fc.array(fc.nat(), { maxLength: 12 })

const spaces = fc.constantFrom(undefined, 1, "\t", "\r\n")

/** Minus zero is written as zero. */
const json = fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)) as unknown)

describe("any JSON", () => {
  it("is what JSON.parse makes of it, wherever it is cut, and every value before leads to it", () => {
    fc.assert(
      fc.property(json, spaces, cuts, (value, space, places) => {
        const text = JSON.stringify(value, undefined, space)
        const readings = readAll(Schema.Unknown, cut(text, places))
        const expected = parseJson(text)
        const last = readings.at(-1)
        assert.strictEqual(last?._tag, "Complete")
        assert.deepStrictEqual(last?.value, expected._tag === "Right" ? expected.right : undefined)
        assert.strictEqual(last?.text, text)
        for (const reading of readings) assert.isTrue(leadsTo(reading.value, last?.value))
      }),
      { numRuns: 500 }
    )
  })

  it("is shown in values that do not change when more comes", () => {
    fc.assert(
      fc.property(json, (value) => {
        const reader = PartialJson.make(Schema.Unknown)
        const seen: Array<readonly [unknown, string]> = []
        for (const piece of JSON.stringify(value)) {
          const reading = reader.push(piece)
          if (reading !== undefined) seen.push([reading.value, JSON.stringify(reading.value)])
        }
        reader.end()
        for (const [shownValue, before] of seen) assert.strictEqual(JSON.stringify(shownValue), before)
      })
    )
  })

  it("is complete where JSON.parse takes it, and only there", () => {
    const alphabet = fc.constantFrom(
      ...'{}[]:,"\\ \t\n01-+.eEtrufalsnxbd/',
      '"a"',
      "null",
      "true",
      "1e5",
      "\\u0041",
      "\ud83d",
      "\ude00",
      "\u0000",
      "\u2028",
      "{}",
      '":'
    )
    const noise = fc.array(alphabet, { maxLength: 14 }).map((parts) => parts.join(""))
    const spoiled = fc.tuple(json, fc.nat(), fc.nat(3), alphabet).map(([value, place, length, other]) => {
      const text = JSON.stringify(value)
      const at = place % (text.length + 1)
      return text.slice(0, at) + other + text.slice(at + length)
    })
    fc.assert(
      fc.property(fc.oneof(noise, spoiled), cuts, (text, places) => {
        const last = readAll(Schema.Unknown, cut(text, places)).at(-1)
        const expected = parseJson(text)
        if (expected._tag === "Left") {
          assert.strictEqual(last?._tag, "Invalid")
          assert.strictEqual(last?.text, text)
        } else {
          assert.strictEqual(last?._tag, "Complete")
          assert.deepStrictEqual(last?.value, expected.right)
        }
        assert.deepStrictEqual(last, readAll(Schema.Unknown, text).at(-1))
      }),
      { numRuns: 500 }
    )
  })
})

describe("a schema", () => {
  it("decodes the whole as Schema does, wherever the text is cut", () => {
    const Order = Schema.Struct({
      id: Schema.Int,
      at: Schema.Date,
      note: Schema.optionalWith(Schema.String, { default: () => "" }),
      lines: Schema.Array(
        Schema.Union(
          Schema.TaggedStruct("Item", { sku: Schema.NonEmptyString, count: Schema.NumberFromString }),
          Schema.TaggedStruct("Text", { text: Schema.NullOr(Schema.String) })
        )
      )
    })
    const text = fc.oneof(
      fc
        .record(
          {
            id: fc.integer(),
            at: fc.constantFrom("2026-01-01T00:00:00Z", "never"),
            note: fc.string(),
            lines: fc.array(
              fc.oneof(
                fc.record({
                  _tag: fc.constantFrom("Item", "Text"),
                  sku: fc.string(),
                  count: fc.constantFrom("1", "x")
                }),
                fc.record({ text: fc.option(fc.string()), _tag: fc.constantFrom("Text", "Other") })
              ),
              { maxLength: 4 }
            )
          },
          { requiredKeys: ["id", "at"] }
        )
        .map((value) => JSON.stringify(value)),
      json.map((value) => JSON.stringify(value))
    )
    const decode = Schema.decodeUnknownEither(Order)
    fc.assert(
      fc.property(text, cuts, (given, places) => {
        const expected = decode(JSON.parse(given))
        const last = readAll(Order, cut(given, places)).at(-1)
        assert.strictEqual(last?._tag, expected._tag === "Right" ? "Complete" : "Invalid")
        if (expected._tag === "Right") assert.deepStrictEqual(last?.value, expected.right)
        // and what is said of one that is wrong does not depend on the cuts either
        assert.deepStrictEqual(last, readAll(Order, given).at(-1))
      }),
      { numRuns: 300 }
    )
  })
})

// A second look at all of the text for each piece would take minutes for these.
describe("two hundred thousand characters, one by one", () => {
  const Big = Schema.Struct({ text: Schema.String, list: Schema.Array(Schema.Number) })

  const run = <A, I>(schema: Schema.Schema<A, I>, text: string) => {
    const reader = PartialJson.make(schema)
    let count = 0
    for (let at = 0; at < text.length; at++) if (reader.push(text[at]!) !== undefined) count++
    return { count, last: reader.end() }
  }

  it("of one string", () => {
    const { count, last } = run(Big, `{"text":"${"a".repeat(200_000)}","list":[]}`)
    assert.strictEqual(last?._tag, "Complete")
    assert.isAbove(count, 200_000)
  })

  it("of a list", () => {
    const list = Array.from({ length: 35_000 }, (_, index) => index)
    const { count, last } = run(Big, JSON.stringify({ text: "", list }))
    assert.deepStrictEqual(last?.value, { text: "", list })
    assert.isAbove(count, 64)
  })

  it("of objects in a list", () => {
    const list = Array.from({ length: 12_000 }, (_, id) => ({ id, t: "ab" }))
    const { last } = run(Schema.Array(Schema.Struct({ id: Schema.Number, t: Schema.String })), JSON.stringify(list))
    assert.strictEqual(last?._tag, "Complete")
  })

  it("of names", () => {
    const record = Object.fromEntries(Array.from({ length: 18_000 }, (_, index) => [`n${index}`, 1]))
    const { last } = run(Schema.Record({ key: Schema.String, value: Schema.Number }), JSON.stringify(record))
    assert.deepStrictEqual(last?.value, record)
  })

  it("of brackets", () => {
    const text = "[".repeat(100_000) + "]".repeat(100_000)
    const { last } = run(Schema.Unknown, text)
    assert.strictEqual(last?._tag, "Complete")
    assert.strictEqual(run(Schema.Array(Schema.Number), text).last?._tag, "Invalid")
  })

  it("of brackets, by a schema that contains itself", () => {
    type Nested = ReadonlyArray<Nested>
    const Nested: Schema.Schema<Nested> = Schema.Array(Schema.suspend((): Schema.Schema<Nested> => Nested))
    const { last } = run(Nested, "[".repeat(100_000) + "]".repeat(100_000))
    // deeper than a schema can go: rejected, and not thrown
    assert.strictEqual(last?._tag, "Invalid")
  })

  it("of escapes", () => {
    const { last } = run(Schema.String, `"${"\\u0041".repeat(32_000)}"`)
    assert.strictEqual(last?._tag, "Complete")
  })
})
