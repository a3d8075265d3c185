/**
 * JSON as it grows: what `JSON.parse` and the schema say of the whole, whatever the cuts; snapshots that only ever gain; linear time.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as PartialJson from "effect-friendli/PartialJson"
import { it } from "../it.js"
import { collect, untilFailure } from "../support.js"
import { readAll } from "./partialJson.support.js"

const lastOf = <A, I>(schema: Schema.Schema<A, I>, text: string, empty?: unknown): PartialJson.Reading<A> =>
  readAll(schema, [text], empty).at(-1)!

/** The values that are shown, character by character, each once. */
const shown = <A, I>(schema: Schema.Schema<A, I>, text: string): ReadonlyArray<string> => {
  const values = readAll(schema, text).map(({ value }) => JSON.stringify(value))
  return values.filter((value, index) => value !== values[index - 1])
}

describe("any JSON", () => {
  it("never shows half a character", () => {
    const values = shown(Schema.Unknown, JSON.stringify("a😀b") + "").concat(shown(Schema.Unknown, '"\\ud83d\\ude00!"'))
    assert.deepStrictEqual(values, ['""', '"a"', '"a😀"', '"a😀b"', '""', '"😀"', '"😀!"'])
  })

  it("keeps a lone half where the text has one", () => {
    const reading = lastOf(Schema.String, '"\\ud83d"')
    assert.strictEqual(reading._tag === "Complete" ? reading.value : undefined, "\ud83d")
  })
})

describe("a schema", () => {
  it("decodes members as they end, and shows open text", () => {
    const Weather = Schema.Struct({
      city: Schema.String,
      unit: Schema.Literal("celsius", "fahrenheit"),
      days: Schema.Number,
      tags: Schema.Array(Schema.String)
    })
    assert.deepStrictEqual(shown(Weather, '{"city":"Os","unit":"celsius","days":12,"x":[{"y":1}],"tags":["a","b"]}'), [
      "{}",
      '{"city":""}',
      '{"city":"O"}',
      '{"city":"Os"}',
      '{"city":"Os","unit":"celsius"}',
      '{"city":"Os","unit":"celsius","days":12}',
      '{"city":"Os","unit":"celsius","days":12,"tags":[]}',
      '{"city":"Os","unit":"celsius","days":12,"tags":[""]}',
      '{"city":"Os","unit":"celsius","days":12,"tags":["a"]}',
      '{"city":"Os","unit":"celsius","days":12,"tags":["a",""]}',
      '{"city":"Os","unit":"celsius","days":12,"tags":["a","b"]}'
    ])
  })

  it("shows a value that is transformed, or decided by its end, when it has ended", () => {
    const Brand = Schema.String.pipe(Schema.brand("Name"))
    const cases: ReadonlyArray<readonly [Schema.Schema.AnyNoContext, string, ReadonlyArray<string>]> = [
      [Schema.NumberFromString, '"12"', ["12"]],
      [Schema.Date, '"2026-01-01T00:00:00Z"', ['"2026-01-01T00:00:00.000Z"']],
      [Brand, '"ab"', ['"ab"']],
      [Schema.String.pipe(Schema.pattern(/^ab$/)), '"ab"', ['"ab"']],
      [Schema.Literal("ab", "ac"), '"ab"', ['"ab"']],
      [Schema.TemplateLiteral("a", Schema.String), '"ab"', ['"ab"']],
      [Schema.Enums({ A: "ab" } as const), '"ab"', ['"ab"']],
      [Schema.Union(Schema.NumberFromString, Schema.String), '"ab"', ['"ab"']],
      [Schema.ReadonlySet(Schema.Number), "[1,2]", ["{}"]],
      [Schema.Union(Schema.Array(Schema.Number), Schema.Array(Schema.String)), '["a"]', ['["a"]']],
      // what is plain, or bound in length, grows
      [Schema.NonEmptyString.pipe(Schema.maxLength(9)), '"ab"', ['""', '"a"', '"ab"']],
      [Schema.Union(Schema.Literal("ab"), Schema.String), '"ab"', ['""', '"a"', '"ab"']],
      [Schema.NullOr(Schema.String), '"ab"', ['""', '"a"', '"ab"']],
      [Schema.Union(Schema.String, Schema.Array(Schema.String)), '["a"]', ["[]", '[""]', '["a"]']],
      [Schema.NonEmptyArray(Schema.Number), "[1,2]", ["[]", "[1]", "[1,2]"]],
      [Schema.Tuple(Schema.String, Schema.Number), '["a",1]', ["[]", '[""]', '["a"]', '["a",1]']],
      [Schema.Record({ key: Schema.String, value: Schema.Number }), '{"a":1,"b":2}', ["{}", '{"a":1}', '{"a":1,"b":2}']]
    ]
    for (const [schema, text, expected] of cases) {
      assert.deepStrictEqual(shown(schema, text), expected, String(schema))
    }
  })

  it("shows classes as their fields, and gives instances when they have ended", () => {
    class City extends Schema.Class<City>("City")({ name: Schema.String, size: Schema.optional(Schema.Number) }) {}
    const Trip = Schema.Struct({ from: City, to: City })
    const reader = PartialJson.make(Trip)
    const open = reader.push('{"from":{"name":"A"},"to":{"name":"B')
    assert.instanceOf(open?.value?.from, City)
    assert.notInstanceOf(open?.value?.to, City)
    assert.strictEqual(open?.value?.to?.name, "B")
    reader.push('"}}')
    const end = reader.end()
    assert.strictEqual(end?._tag, "Complete")
    assert.instanceOf(end?.value?.to, City)
  })

  it("tells members of a union apart by their literals, as soon as one is left", () => {
    const Shape = Schema.Union(
      Schema.Struct({ type: Schema.Literal("circle"), name: Schema.String, radius: Schema.Number }),
      Schema.Struct({ type: Schema.Literal("square", "box"), name: Schema.Trim, side: Schema.Number })
    )
    assert.deepStrictEqual(
      shown(Schema.Array(Shape), '[{"name":" n ","type":"box","side":1},{"type":"circle","name":"o"'),
      [
        "[]",
        '[{"name":"n","type":"box"}]',
        '[{"type":"box","name":"n","side":1}]',
        '[{"type":"box","name":"n","side":1},{"type":"circle"}]',
        '[{"type":"box","name":"n","side":1},{"type":"circle","name":""}]',
        '[{"type":"box","name":"n","side":1},{"type":"circle","name":"o"}]'
      ]
    )
  })

  it("renames, and fills in defaults at the end", () => {
    const Page = Schema.Struct({
      title: Schema.propertySignature(Schema.String).pipe(Schema.fromKey("t")),
      note: Schema.optionalWith(Schema.String, { default: () => "none" }),
      by: Schema.optionalWith(Schema.String, { as: "Option" })
    })
    assert.deepStrictEqual(shown(Page, '{"t":"T","by":"me"}'), [
      "{}",
      '{"title":""}',
      '{"title":"T"}',
      '{"title":"T","by":{"_id":"Option","_tag":"Some","value":"me"}}',
      '{"title":"T","note":"none","by":{"_id":"Option","_tag":"Some","value":"me"}}'
    ])
    const reader = PartialJson.make(Page)
    assert.deepStrictEqual(reader.push('{"note":"lo')?.value, { note: "lo" })
    assert.deepStrictEqual(reader.push('ng","by":"me"')?.value, { note: "long", by: Option.some("me") })
  })

  it("may contain itself", () => {
    interface Tree {
      readonly name: string
      readonly children: ReadonlyArray<Tree>
    }
    const Tree: Schema.Schema<Tree> = Schema.Struct({
      name: Schema.String,
      children: Schema.Array(Schema.suspend((): Schema.Schema<Tree> => Tree))
    })
    const reader = PartialJson.make(Tree)
    assert.deepStrictEqual(reader.push('{"name":"a","children":[{"name":"b","children":[{"name":"c')?.value, {
      name: "a",
      children: [{ name: "b", children: [{ name: "c" }] }]
    })
  })
})

describe("a reading that is invalid", () => {
  const Weather = Schema.Struct({ city: Schema.String, days: Schema.Number })

  it("comes as soon as it is certain, with what there was, and once more with the whole text", () => {
    const reader = PartialJson.make(Weather)
    const early = reader.push('{"city":"Oslo","days":"se')
    assert.deepStrictEqual(early?.value, { city: "Oslo" })
    const certain = reader.push('ven"')
    assert.deepStrictEqual(certain, {
      _tag: "Invalid",
      issues: [{ path: ["days"], message: "expected a number, got a string" }],
      value: { city: "Oslo" },
      text: '{"city":"Oslo","days":"seven"'
    })
    assert.isUndefined(reader.push("}"))
    assert.isUndefined(reader.flush())
    const end = reader.end()
    assert.deepStrictEqual(end, { ...certain!, text: '{"city":"Oslo","days":"seven"}' })
  })

  it("is shown once if no more text came", () => {
    assert.deepStrictEqual(
      readAll(Weather, ["[", "}"]).map(({ _tag }) => _tag),
      ["Invalid"]
    )
  })

  it("says where a text breaks off, and keeps its members", () => {
    assert.deepStrictEqual(lastOf(Weather, '{"city":"Oslo","days":1'), {
      _tag: "Invalid",
      issues: [{ path: ["days"], message: "the text ends before the JSON does" }],
      // it may be 1, or the beginning of 12
      value: { city: "Oslo" },
      text: '{"city":"Oslo","days":1'
    })
  })

  it("names what is missing when an object has ended", () => {
    const last = lastOf(Schema.Struct({ trip: Weather }), '{"trip":{"city":"Oslo"}}')
    assert.strictEqual(last._tag, "Invalid")
    assert.deepStrictEqual(last._tag === "Invalid" ? last.issues : [], [
      { path: ["trip", "days"], message: "missing; expected a number" }
    ])
    assert.deepStrictEqual(last.value, { trip: { city: "Oslo" } })
  })

  it("shows nothing of what follows it, also in one piece", () => {
    const Trip = Schema.Struct({ days: Schema.Number, from: Weather, note: Schema.optional(Schema.String) })
    const text = '{"days":"two","from":{"city":"Oslo","days":1},"note":"x"}'
    for (const pieces of [[text], text]) {
      assert.deepStrictEqual(readAll(Trip, pieces).at(-1), {
        _tag: "Invalid",
        issues: [{ path: ["days"], message: "expected a number, got a string" }],
        value: {},
        text
      })
    }
  })

  it("says what is not JSON, without the text", () => {
    for (const [text, message] of [
      ['{"city":secret}', "invalid JSON at character 8: expected a value"],
      ['{"city":"Oslo"} secret', "invalid JSON at character 16: expected nothing"],
      ['{"city":"Oslo",}', "invalid JSON at character 15: expected name"],
      ['{"city" "Oslo"', "invalid JSON at character 8: expected :"],
      ['{"city":"\\x"', "invalid JSON at character 10: an unknown escape"],
      ['{"city":"\n"', "invalid JSON at character 9: a control character in a string"],
      ["[1 2", "invalid JSON at character 3: expected , or ]"]
    ] as const) {
      const [reading] = readAll(Schema.Unknown, text).filter(({ _tag }) => _tag === "Invalid")
      assert.strictEqual(reading?._tag === "Invalid" ? reading.issues[0]?.message : undefined, message)
    }
  })

  it("is the result of schemas that throw or wait", () => {
    const Throws = Schema.transform(Schema.String, Schema.String, {
      decode: () => {
        throw new TypeError("secret")
      },
      encode: (text) => text
    })
    const Waits = Schema.transformOrFail(Schema.String, Schema.String, {
      decode: (text) => Effect.delay(Effect.succeed(text), "1 second"),
      encode: (text) => Effect.succeed(text)
    })
    for (const schema of [Throws, Waits]) {
      const last = lastOf(Schema.Struct({ text: schema }), '{"text":"a"}')
      assert.strictEqual(last._tag, "Invalid")
      assert.notInclude(JSON.stringify(last), "secret")
    }
  })
})

describe("what comes from outside", () => {
  it("sets no prototype", () => {
    const record = Schema.Record({ key: Schema.String, value: Schema.Unknown })
    for (const schema of [Schema.Unknown, record]) {
      const reader = PartialJson.make<unknown, unknown>(schema as never)
      const open = reader.push('{"__proto__":{"admin":true},"a":{"__proto__":[1],"b":"c')
      assert.deepStrictEqual(open?.value, { a: { b: "c" } })
      assert.isUndefined(Reflect.get(open?.value as object, "admin"))
      reader.push('"}}')
      const end = reader.end()
      assert.strictEqual(end?._tag, "Complete")
      assert.isUndefined(Reflect.get(end?.value as object, "admin"))
    }
  })

  it("may have a member twice: the last one counts", () => {
    assert.deepStrictEqual(shown(Schema.Unknown, '{"a":1,"a":2}'), ["{}", '{"a":1}', '{"a":2}'])
  })

  it("may be nothing: that is the empty value where one is given", () => {
    assert.strictEqual(lastOf(Schema.Struct({}), " ")._tag, "Invalid")
    const last = lastOf(Schema.Struct({ a: Schema.optional(Schema.Number) }), " ", {})
    assert.deepStrictEqual(last, { _tag: "Complete", value: {}, text: " " })
    assert.strictEqual(lastOf(Schema.Struct({ a: Schema.Number }), "", {})._tag, "Invalid")
  })
})

describe("a stream", () => {
  const Weather = Schema.Struct({ city: Schema.String })

  it.effect("tells readings, and the last one at its end", () =>
    Effect.gen(function* () {
      const readings = yield* collect(PartialJson.decode(Stream.make('{"ci', 'ty":"Os', 'lo"}'), Weather))
      assert.deepStrictEqual(
        readings.map(({ _tag, value }) => [_tag, value]),
        [
          ["Growing", {}],
          ["Growing", { city: "Os" }],
          ["Growing", { city: "Oslo" }],
          ["Complete", { city: "Oslo" }]
        ]
      )
    })
  )

  it.effect("fails after the readings that were still due", () =>
    Effect.gen(function* () {
      const list = Array.from({ length: 1000 }, (_, index) => index)
      const text = JSON.stringify(list).slice(0, -1)
      const broken = Stream.concat(Stream.fromIterable(text), Stream.fail("broken"))
      const { elements, error } = yield* untilFailure(PartialJson.decode(broken, Schema.Array(Schema.Number)))
      assert.strictEqual(error, "broken")
      // the last number may still go on
      assert.deepStrictEqual(elements.at(-1)?.value, list.slice(0, -1))
      assert.strictEqual(elements.at(-1)?._tag, "Growing")
    })
  )

  it.effect("reads from the start each time it is run", () =>
    Effect.gen(function* () {
      const readings = Stream.make('{"city":"Oslo"}').pipe(PartialJson.decode(Weather))
      assert.deepStrictEqual(yield* collect(readings), yield* collect(readings))
    })
  )
})
