/**
 * Effect schemas as the JSON Schemas that Friendli takes: a table of what becomes of each, what cannot be expressed, and for schemas of
 * any making that nothing else comes out, and nothing that rejects what the schema encodes.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as JsonSchema from "effect-friendli/JsonSchema"
import { formatPath } from "../../src/internal/issues.js"
import { jsonIssues } from "../../src/schema/primitives.js"
import { Category } from "../shapes.js"
import {
  Address,
  Chain,
  integer,
  type Json,
  jsonOf,
  Level,
  number,
  object,
  Person,
  type Purpose,
  purposes,
  Term
} from "./jsonSchema.support.js"

const issuesOf = (schema: Schema.Schema.AnyNoContext, purpose: Purpose): ReadonlyArray<string> =>
  jsonIssues(JsonSchema.make(schema, { for: purpose })).map(({ message, path }) => `${formatPath(path)}: ${message}`)

/** A field of this schema: as a tool has it, and as a response format has it where that differs. `undefined`: not at all. */
const field = (schema: Schema.Schema.AnyNoContext, purpose: Purpose): unknown =>
  (jsonOf(Schema.Struct({ it: schema }), purpose)["properties"] as Json)["it"]

const text = { type: "string" }

const nothing = { type: "null" }

const time = { type: "string", format: "date-time" }

const person = {
  ...object({ name: { ...text, description: "Their full name" }, age: { ...integer, description: "In years" } }, [
    "name"
  ]),
  description: "Somebody"
}

const category = object({ name: text, parts: { type: "array", items: { $ref: "#/$defs/Category" } } })

const chain = object({ value: integer, next: { anyOf: [{ $ref: "#/$defs/Chain" }, nothing] } })

const terms = [
  object({ op: { type: "string", enum: ["value"] }, value: number }),
  object({
    op: { type: "string", enum: ["sum"] },
    left: { $ref: "#/$defs/calc_Term" },
    right: { $ref: "#/$defs/calc_Term" }
  })
]

describe("a field", () => {
  const table: ReadonlyArray<
    readonly [name: string, schema: Schema.Schema.AnyNoContext, tool: unknown, response?: unknown]
  > = [
    ["a string", Schema.String, text],
    ["a number", Schema.Number, number],
    ["a boolean", Schema.Boolean, { type: "boolean" }],
    ["null", Schema.Null, nothing],
    ["an integer", Schema.Int, integer],
    ["an integer with bounds", Schema.Int.pipe(Schema.between(1, 5)), { ...integer, minimum: 1, maximum: 5 }],
    [
      "bounds before int",
      Schema.Number.pipe(Schema.between(1, 5), Schema.int()),
      { ...integer, minimum: 1, maximum: 5 }
    ],
    [
      "the tighter of two bounds",
      Schema.Int.pipe(Schema.lessThan(9), Schema.lessThan(5), Schema.lessThan(7)),
      { ...integer, exclusiveMaximum: 5 }
    ],
    ["a number with bounds", Schema.Number.pipe(Schema.positive()), { ...number, exclusiveMinimum: 0 }, number],
    ["multiples", Schema.Int.pipe(Schema.multipleOf(5)), { ...integer, multipleOf: 5 }, integer],
    [
      "lengths",
      Schema.String.pipe(Schema.minLength(2), Schema.maxLength(4)),
      { ...text, minLength: 2, maxLength: 4 },
      text
    ],
    ["a pattern", Schema.String.pipe(Schema.pattern(/^[a-z]+$/)), { ...text, pattern: "^[a-z]+$" }],
    ["two patterns", Schema.String.pipe(Schema.pattern(/a/), Schema.pattern(/b/)), { ...text, pattern: "b" }],
    [
      "a UUID",
      Schema.UUID,
      {
        ...text,
        format: "uuid",
        pattern: "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
      },
      { ...text, format: "uuid" }
    ],
    ["a template", Schema.TemplateLiteral("v", Schema.Literal("1", "2")), { ...text, pattern: "^v(1|2)$" }],
    ["a date", Schema.Date, time],
    ["a described date", Schema.Date.annotations({ description: "When" }), { ...time, description: "When" }],
    ["an instant", Schema.DateTimeUtc, time],
    ["a URL", Schema.URL, { ...text, format: "uri" }, text],
    [
      "a date in a form of the user's",
      Schema.transform(Schema.String, Schema.DateFromSelf, { decode: (s) => new Date(s), encode: String }),
      text
    ],
    ["a number as text", Schema.NumberFromString, { ...text, description: "a string to be decoded into a number" }],
    [
      "a filter behind a transformation",
      Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 5)),
      { ...text, description: "a string to be decoded into a number" }
    ],
    ["a BigInt as text", Schema.BigInt, { ...text, description: "a string to be decoded into a bigint" }],
    ["a brand", Schema.String.pipe(Schema.brand("Name")), text],
    ["a literal", Schema.Literal("a"), { type: "string", enum: ["a"] }],
    ["literals", Schema.Literal("a", "b", "a"), { type: "string", enum: ["a", "b"] }],
    [
      "literals of several types",
      Schema.Literal("a", 1, "b", true, 2, null),
      {
        anyOf: [
          { type: "string", enum: ["a", "b"] },
          { type: "number", enum: [1, 2] },
          { type: "boolean", enum: [true] },
          nothing
        ]
      }
    ],
    ["an enum", Schema.Enums(Level), { type: "string", enum: ["low", "high"] }],
    ["or null", Schema.NullOr(Schema.String), { anyOf: [text, nothing] }],
    ["a union in a union", Schema.Union(Schema.String, Schema.NullOr(Schema.Int)), { anyOf: [text, integer, nothing] }],
    ["a union of the same", Schema.Union(Schema.String, Schema.String), text],
    ["an array", Schema.Array(Schema.Int), { type: "array", items: integer }],
    ["an array of one or more", Schema.NonEmptyArray(Schema.Int), { type: "array", items: integer, minItems: 1 }],
    [
      "an array with bounds",
      Schema.Array(Schema.Int).pipe(Schema.minItems(2), Schema.maxItems(4)),
      { type: "array", items: integer, minItems: 2, maxItems: 4 },
      { type: "array", items: integer, minItems: 1 }
    ],
    [
      "a pair",
      Schema.Tuple(Schema.Number, Schema.Number),
      { type: "array", items: number, minItems: 2, maxItems: 2 },
      { type: "array", items: number, minItems: 1 }
    ],
    ["a set", Schema.Set(Schema.String), { type: "array", items: text }],
    ["a struct", Schema.Struct({ a: Schema.String }), object({ a: text })],
    ["a struct without fields", Schema.Struct({}), object({})],
    [
      "a struct and other keys",
      Schema.Struct({ a: Schema.String }, { key: Schema.String, value: Schema.String }),
      { ...object({ a: text }), additionalProperties: text },
      object({ a: text })
    ],
    [
      "named keys",
      Schema.Record({ key: Schema.Literal("a", "b"), value: Schema.Int }),
      object({ a: integer, b: integer })
    ],
    ["a class", Person, person],
    ["a filtered class", Person.pipe(Schema.filter(() => true)), person],
    ["an option", Schema.OptionFromNullOr(Schema.String), { anyOf: [text, nothing] }],
    [
      "what is said about it",
      Schema.Int.annotations({ title: "Age", description: "In years", examples: [3], default: 4 }),
      { ...integer, title: "Age", description: "In years", examples: [3], default: 4 },
      { ...integer, title: "Age", description: "In years" }
    ],
    [
      "examples as they are encoded",
      Schema.Date.annotations({ examples: [new Date(0)] }),
      { ...time, examples: ["1970-01-01T00:00:00.000Z"] },
      time
    ],
    [
      "JSON within text",
      Schema.parseJson(Schema.Struct({})),
      { ...text, description: "a string to be decoded into JSON" }
    ],
    [
      "the user's keywords",
      Schema.String.annotations({ jsonSchema: { format: "email" } }),
      { ...text, format: "email" },
      text
    ],
    [
      "the user's schema",
      Schema.DateFromSelf.annotations({ jsonSchema: { type: "string", format: "date" } }),
      { type: "string", format: "date" }
    ],
    [
      "the user's schema of a tuple",
      Schema.Tuple(Schema.Int, Schema.String).annotations({ jsonSchema: { type: "array", maxItems: 2 } }),
      { type: "array", maxItems: 2 }
    ]
  ]

  for (const [name, schema, tool, response = tool] of table) {
    it(name, () => {
      assert.deepStrictEqual(field(schema, "tool"), tool)
      assert.deepStrictEqual(field(schema, "response"), response)
      for (const purpose of purposes) assert.deepStrictEqual(issuesOf(Schema.Struct({ it: schema }), purpose), [])
    })
  }

  // A response format has none of these.
  const toolsOnly: ReadonlyArray<readonly [name: string, schema: Schema.Schema.AnyNoContext, tool: unknown]> = [
    ["anything", Schema.Unknown, {}],
    ["anything, and null", Schema.NullOr(Schema.Unknown), {}],
    ["an object or an array", Schema.Object, { anyOf: [{ type: "object" }, { type: "array" }] }],
    [
      "a tuple",
      Schema.Tuple(Schema.String, Schema.optionalElement(Schema.Int)),
      { type: "array", prefixItems: [text, integer], items: { anyOf: [text, integer] }, minItems: 1, maxItems: 2 }
    ],
    [
      "a tuple with a rest",
      Schema.Tuple([Schema.String], Schema.Int, Schema.Boolean),
      { type: "array", prefixItems: [text], items: { anyOf: [text, integer, { type: "boolean" }] }, minItems: 2 }
    ],
    [
      "a record",
      Schema.Record({ key: Schema.String, value: Schema.Int }),
      { type: "object", properties: {}, additionalProperties: integer }
    ],
    [
      "a record with keys of a pattern",
      Schema.Record({ key: Schema.String.pipe(Schema.pattern(/^x-/)), value: Schema.Int }),
      { type: "object", properties: {}, additionalProperties: integer, propertyNames: { pattern: "^x-" } }
    ],
    [
      "a map",
      Schema.Map({ key: Schema.String, value: Schema.Int }),
      {
        type: "array",
        items: {
          type: "array",
          prefixItems: [text, integer],
          items: { anyOf: [text, integer] },
          minItems: 2,
          maxItems: 2
        }
      }
    ]
  ]

  for (const [name, schema, tool] of toolsOnly) {
    it(`${name}, for tools alone`, () => {
      assert.deepStrictEqual(field(schema, "tool"), tool)
      assert.deepStrictEqual(issuesOf(Schema.Struct({ it: schema }), "tool"), [])
      assert.isNotEmpty(issuesOf(Schema.Struct({ it: schema }), "response"))
    })
  }
})

describe("the root", () => {
  const table: ReadonlyArray<readonly [name: string, schema: Schema.Schema.AnyNoContext, json: Json]> = [
    ["a class is no reference", Person, person],
    ["a struct with an identifier is no reference", Address, object({ street: text })],
    ["a struct without fields is an object", Schema.Struct({}), object({})],
    ["a recursive struct refers to its definition", Category, { ...category, $defs: { Category: category } }],
    ["a recursive class", Chain, { ...chain, $defs: { Chain: chain } }],
    ["a suspended schema", Schema.suspend(() => Category), { ...category, $defs: { Category: category } }],
    [
      "a recursive schema in a field",
      Schema.Struct({ root: Category }),
      { ...object({ root: { $ref: "#/$defs/Category" } }), $defs: { Category: category } }
    ],
    [
      "a union is an object",
      Schema.Union(Schema.Struct({ a: Schema.String }), Person),
      { type: "object", anyOf: [object({ a: text }), person] }
    ],
    [
      "a recursive union, by a name that needs no escape",
      Term,
      { type: "object", anyOf: terms, $defs: { calc_Term: { anyOf: terms } } }
    ],
    [
      "a part with an identifier that comes twice is a definition",
      Schema.Struct({ from: Address, to: Address }),
      {
        ...object({ from: { $ref: "#/$defs/Address" }, to: { $ref: "#/$defs/Address" } }),
        $defs: { Address: object({ street: text }) }
      }
    ],
    [
      "a part without one is repeated",
      Schema.Struct({ from: Address.annotations({ description: "Start" }), to: Address }),
      object({ from: { ...object({ street: text }), description: "Start" }, to: object({ street: text }) })
    ],
    [
      "renamed fields",
      Schema.Struct({
        a: Schema.propertySignature(Schema.String).annotations({ description: "A" }).pipe(Schema.fromKey("b"))
      }),
      object({ b: { ...text, description: "A" } })
    ],
    [
      "fields that can be left out",
      Schema.Struct({
        a: Schema.String,
        b: Schema.optional(Schema.String),
        c: Schema.optionalWith(Schema.Date, { default: () => new Date(0) }),
        d: Schema.optionalWith(Schema.String, { nullable: true }),
        e: Schema.UndefinedOr(Schema.String),
        f: Schema.optionalWith(Schema.String, { as: "Option" }),
        g: Schema.Undefined,
        h: Schema.optional(Schema.Never)
      }),
      object({ a: text, b: text, c: time, d: { anyOf: [text, nothing] }, e: text, f: text }, ["a"])
    ],
    [
      "a record of nothing, which has no keys",
      Schema.Struct({ a: Schema.Record({ key: Schema.String, value: Schema.Never }) }),
      object({ a: { type: "object", properties: {}, additionalProperties: false } }, ["a"])
    ],
    [
      "the user's schema",
      Person.annotations({ jsonSchema: { type: "object", maxProperties: 2 } }),
      { type: "object", maxProperties: 2 }
    ]
  ]

  for (const [name, schema, json] of table) {
    it(name, () => {
      for (const purpose of purposes) {
        assert.deepStrictEqual(jsonOf(schema, purpose), json)
        assert.deepStrictEqual(issuesOf(schema, purpose), [])
      }
    })
  }

  it("of an answer begins with a field that is required", () => {
    const Late = Schema.Struct({ a: Schema.optional(Schema.Int), b: Schema.Int, c: Schema.Int })
    assert.deepStrictEqual(Object.keys(jsonOf(Late, "response")["properties"] as Json), ["b", "a", "c"])
    assert.deepStrictEqual(Object.keys(jsonOf(Late, "tool")["properties"] as Json), ["a", "b", "c"])
  })

  it("of an answer's text is what the text is decoded into", () => {
    assert.deepStrictEqual(jsonOf(Schema.parseJson(Person), "response"), person)
  })

  it("keeps its Effect schema, out of the JSON", () => {
    const json = JsonSchema.make(Person, { for: "tool" })
    assert.strictEqual(JsonSchema.source(json), Person)
    assert.deepStrictEqual(
      Reflect.ownKeys(json).filter((key) => Object.prototype.propertyIsEnumerable.call(json, key)),
      Object.keys(person)
    )
  })
})

describe("what cannot be expressed", () => {
  const endless = (): Schema.Schema.AnyNoContext => Schema.Struct({ inner: Schema.suspend(endless) })
  const both: ReadonlyArray<readonly [name: string, schema: Schema.Schema.AnyNoContext, issue: string]> = [
    [
      "a Date",
      Schema.Struct({ when: Schema.DateFromSelf }),
      "properties.when: DateFromSelf has no JSON form; use Schema.Date"
    ],
    [
      "a valid Date",
      Schema.Struct({ when: Schema.ValidDateFromSelf }),
      "properties.when: DateFromSelf has no JSON form; use Schema.Date"
    ],
    [
      "a Map",
      Schema.Struct({ a: Schema.Struct({ b: Schema.MapFromSelf({ key: Schema.String, value: Schema.Int }) }) }),
      "properties.a.properties.b: Map<string, Int> has no JSON form; use Schema.Map"
    ],
    [
      "a Set in an array",
      Schema.Struct({ a: Schema.Array(Schema.SetFromSelf(Schema.Int)) }),
      "properties.a.items: Set<Int> has no JSON form"
    ],
    [
      "an instance",
      Schema.Struct({ a: Schema.instanceOf(RegExp) }),
      "properties.a: RegExp has no JSON form; use a schema that encodes it"
    ],
    ["a bigint", Schema.Struct({ a: Schema.BigIntFromSelf }), "properties.a: a bigint is not JSON; use Schema.BigInt"],
    ["a bigint literal", Schema.Struct({ a: Schema.Literal(1n) }), "properties.a: a BigInt literal is not JSON"],
    ["NaN", Schema.Struct({ a: Schema.Literal(Number.NaN) }), "properties.a: NaN is not JSON"],
    ["a symbol", Schema.Struct({ a: Schema.SymbolFromSelf }), "properties.a: a symbol is not JSON"],
    [
      "a symbol as a key",
      Schema.Struct({ [Symbol.for("k")]: Schema.String }),
      'properties["Symbol(k)"]: a symbol cannot be a key in JSON'
    ],
    [
      "undefined in an array",
      Schema.Struct({ a: Schema.Array(Schema.UndefinedOr(Schema.Int)) }),
      "properties.a.items: undefined is not JSON"
    ],
    ["never", Schema.Struct({ a: Schema.Never }), "properties.a: no value is allowed here"],
    [
      "a member of a union",
      Schema.Struct({ a: Schema.Union(Schema.Int, Schema.DateFromSelf) }),
      "properties.a.anyOf[1]: DateFromSelf has no JSON form"
    ],
    [
      "a branch at the root",
      Schema.Union(Schema.Struct({ a: Schema.String }), Schema.DateFromSelf),
      "anyOf[1]: DateFromSelf has no JSON form"
    ],
    ["a schema without an end", endless(), ": the schema cannot be read"],
    [
      "a thunk that throws",
      Schema.Struct({ a: Schema.suspend((): Schema.Schema<string> => assert.fail("too early")) }),
      ": the schema cannot be read"
    ]
  ]
  for (const [name, schema, issue] of both) {
    it(name, () => {
      for (const purpose of purposes) {
        const [first, ...others] = issuesOf(schema, purpose)
        assert.isTrue(first?.startsWith(issue), first)
        assert.deepStrictEqual(others, [])
      }
    })
  }

  it.each([
    ["a list", Schema.Array(Schema.String), "an array"],
    ["text", Schema.String, "a string"],
    ["an object or null", Schema.NullOr(Person), "a union with other values"]
  ])("%s at the root", (_name, schema, what) => {
    const hint = `and this schema is encoded as ${what}; put it in a field of a Schema.Struct`
    assert.deepStrictEqual(issuesOf(schema, "tool"), [`: the arguments of a tool are an object, ${hint}`])
    assert.deepStrictEqual(issuesOf(schema, "response"), [`: a response format has an object at its root, ${hint}`])
  })

  it.each([
    ["anything", Schema.Unknown, "properties.it: a response format needs a type here"],
    [
      "a record",
      Schema.Record({ key: Schema.String, value: Schema.Int }),
      "properties.it.additionalProperties: a response format has no records"
    ],
    [
      "a tuple of two kinds",
      Schema.Tuple(Schema.String, Schema.Int),
      "properties.it: a response format cannot describe the positions of a tuple"
    ],
    ["a tuple of nothing", Schema.Tuple(), "properties.it: a response format cannot describe the positions of a tuple"]
  ] as const)("%s in an answer", (_name, schema, issue) => {
    const [first, ...others] = issuesOf(Schema.Struct({ it: schema }), "response")
    assert.isTrue(first?.startsWith(issue), first)
    assert.deepStrictEqual(others, [])
  })

  it("is shown at once, completely", () => {
    const Wrong = Schema.Struct({ when: Schema.DateFromSelf, size: Schema.BigIntFromSelf })
    for (const result of [JsonSchema.forTool(Wrong), JsonSchema.forResponse(Wrong)]) {
      assert.isTrue(Either.isLeft(result))
      if (Either.isRight(result)) continue
      assert.strictEqual(result.left._tag, "UnsupportedSchemaError")
      assert.deepStrictEqual(
        result.left.issues.map(({ path }) => path),
        [
          ["properties", "when"],
          ["properties", "size"]
        ]
      )
      assert.match(
        result.left.message,
        /^The schema cannot be expressed as a JSON Schema: properties\.when: DateFromSelf .*; properties\.size: .*\.$/
      )
    }
    assert.isTrue(Either.isRight(JsonSchema.forTool(Person)))
    assert.isTrue(Either.isRight(JsonSchema.forResponse(Person)))
  })

  it("is not part of what others made of the same schema", () => {
    const Wrong = Schema.Undefined
    const one = JsonSchema.make(Wrong, { for: "tool" })
    const other = JsonSchema.make(Schema.Void, { for: "tool" })
    assert.strictEqual(JsonSchema.source(one), Wrong)
    assert.strictEqual(JsonSchema.source(other), Schema.Void)
  })
})
