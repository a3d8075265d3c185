/**
 * Sixty schemas of all drafts, whose values an independent validator checks, and those for which there is none, with the reason.
 */
import { Ajv } from "ajv"
import { Ajv2020 } from "ajv/dist/2020.js"
import { describe, expect, it } from "vitest"
import { constrainedText } from "../../src/engine/constrain.js"

const string = { type: "string" }
const integer = { type: "integer" }
const number = { type: "number" }
const object = (properties: object, required = Object.keys(properties), more: object = {}): object => ({
  type: "object",
  properties,
  required,
  ...more
})

/** Schemas of draft 2020-12, which is the default. */
const newest: Readonly<Record<string, unknown>> = {
  "a string": string,
  "a short string": { type: "string", minLength: 2, maxLength: 4 },
  "a long string": { type: "string", minLength: 300 },
  "an empty string": { type: "string", maxLength: 0 },
  "a pattern": { type: "string", pattern: "^[A-Z]{3}-\\d{4}$" },
  "a pattern in a part": { type: "string", pattern: "b+c" },
  "a pattern with a length": { type: "string", pattern: "^a*$", minLength: 3, maxLength: 6 },
  formats: object({
    a: { type: "string", format: "date" },
    b: { type: "string", format: "date-time" },
    c: { type: "string", format: "email" },
    d: { type: "string", format: "uuid" },
    e: { type: "string", format: "uri" },
    f: { type: "string", format: "ipv4" }
  }),
  "an integer": integer,
  "an integer in a range": { type: "integer", minimum: -5, maximum: -3 },
  "an integer between exclusive limits": { type: "integer", exclusiveMinimum: 3, exclusiveMaximum: 5 },
  "a multiple": { type: "integer", multipleOf: 7, minimum: 10 },
  "a decimal multiple": { type: "number", multipleOf: 0.25, maximum: 2 },
  "a number in a narrow range": { type: "number", minimum: 0.1, maximum: 0.1001 },
  "a number between exclusive limits": { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
  "a boolean": { type: "boolean" },
  "a null": { type: "null" },
  "several types": { type: ["string", "integer", "null"] },
  "a constant": { const: { a: [1, null] } },
  "an enumeration of all kinds": { enum: [1, "two", null, { three: 3 }, [4]] },
  true: true,
  "an empty schema": {},
  "a list": { type: "array", items: string },
  "a list without items": { type: "array", maxItems: 0 },
  "a list of a size": { type: "array", items: integer, minItems: 4, maxItems: 6 },
  "a list of different items": { type: "array", items: { enum: ["a", "b", "c"] }, uniqueItems: true, minItems: 3 },
  "a tuple": { type: "array", prefixItems: [string, integer], items: false, minItems: 2 },
  "a tuple with more items": { type: "array", prefixItems: [string], items: integer, minItems: 3 },
  "a list that contains": { type: "array", items: integer, contains: { type: "integer", minimum: 100 }, minItems: 2 },
  "a list that contains several": { type: "array", contains: { const: "x" }, minContains: 2, maxItems: 4 },
  "a matrix": { type: "array", items: { type: "array", items: number, minItems: 2, maxItems: 2 }, minItems: 2 },
  "an object": object({ name: string, age: { type: "integer", minimum: 0, maximum: 120 } }),
  "an object with optional properties": object({ a: string, b: integer, c: { type: "boolean" } }, ["b"]),
  "a closed object": object({ a: string }, ["a"], { additionalProperties: false }),
  "an empty object": object({}, [], { additionalProperties: false }),
  "a map": { type: "object", additionalProperties: number, minProperties: 2 },
  "a required property without a schema": { type: "object", required: ["surprise"] },
  "names in a pattern": {
    type: "object",
    propertyNames: { pattern: "^[a-z]{3}$" },
    additionalProperties: integer,
    minProperties: 1
  },
  "names of an enumeration": {
    type: "object",
    propertyNames: { enum: ["left", "right"] },
    additionalProperties: number,
    minProperties: 2
  },
  "properties by patterns": {
    type: "object",
    patternProperties: { "^x-[a-z]+$": string, "^n\\d$": integer },
    additionalProperties: false,
    minProperties: 2
  },
  "a required name of a pattern": {
    type: "object",
    patternProperties: { "^id_": integer },
    required: ["id_a", "id_b"]
  },
  "at most some properties": object({ a: string, b: string, c: string }, ["a"], { maxProperties: 2 }),
  "dependent properties": object({ card: string, address: string }, ["card"], {
    dependentRequired: { card: ["address"] }
  }),
  "dependent schemas": object({ card: string }, ["card"], { dependentSchemas: { card: object({ address: string }) } }),
  "any of": { anyOf: [string, integer, object({ a: string })] },
  nullable: object({ a: { anyOf: [string, { type: "null" }] } }),
  "one of": {
    oneOf: [
      { type: "integer", multipleOf: 5 },
      { type: "integer", multipleOf: 3 }
    ]
  },
  "a union with a tag": {
    oneOf: [object({ kind: { const: "circle" }, radius: number }), object({ kind: { const: "square" }, side: number })]
  },
  "all of": { allOf: [object({ a: string }), object({ b: integer }), { properties: { a: { minLength: 12 } } }] },
  "limits of all": { allOf: [{ type: "integer", minimum: 3 }, { maximum: 9 }, { multipleOf: 4 }] },
  not: { type: "integer", minimum: 0, maximum: 3, not: { const: 2 } },
  "if and then": {
    ...object({ country: { enum: ["KR", "NO"] }, code: string }),
    if: { properties: { country: { const: "KR" } } },
    ["then" as string]: { properties: { code: { pattern: "^\\d{5}$" } } },
    else: { properties: { code: { pattern: "^\\d{4}$" } } }
  },
  references: {
    ...object({ from: { $ref: "#/$defs/point" }, to: { $ref: "#/$defs/point" } }),
    $defs: { point: { type: "array", prefixItems: [number, number], minItems: 2, items: false } }
  },
  "a reference with more": { $defs: { name: string }, $ref: "#/$defs/name", minLength: 30 },
  "a tree": {
    $ref: "#/$defs/node",
    $defs: { node: object({ value: string, children: { type: "array", items: { $ref: "#/$defs/node" } } }) }
  },
  "a chain that can end": {
    type: "object",
    properties: { next: { anyOf: [{ $ref: "#" }, { type: "null" }] } },
    required: ["next"]
  },
  "no unevaluated properties": { allOf: [object({ a: string })], unevaluatedProperties: false },
  "no type": { properties: { a: integer }, required: ["a"] },
  "deep objects": object({ a: object({ b: object({ c: object({ d: object({ e: string }) }) }) }) })
}

/** Schemas of draft 7, which name it. */
const seven: Readonly<Record<string, object>> = {
  "a tuple of draft 7": { type: "array", items: [string, integer], additionalItems: false, minItems: 2 },
  definitions: {
    definitions: { small: { type: "integer", minimum: 1, maximum: 3 } },
    ...object({ size: { $ref: "#/definitions/small" } })
  },
  dependencies: object({ a: string, b: string }, ["a"], { dependencies: { a: ["b"] } })
}

const values = (schema: unknown): ReadonlyArray<unknown> =>
  Array.from({ length: 12 }, (_, seed) => JSON.parse(constrainedText({ kind: "json_schema", schema }, seed)) as unknown)

it("there are at least sixty", () => {
  expect(Object.keys(newest).length + Object.keys(seven).length + 1).toBeGreaterThanOrEqual(60)
})

const ajv = new Ajv2020({ strict: false, validateFormats: false })

describe("draft 2020-12", () => {
  it.each(Object.entries(newest))("%s", (_name, schema) => {
    const validate = ajv.compile(schema as object)
    for (const value of values(schema)) expect(validate(value), JSON.stringify(value)).toBe(true)
  })
})

describe("draft 7", () => {
  it.each(Object.entries(seven))("%s, with its name and without", (_name, schema) => {
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema)
    for (const $schema of ["http://json-schema.org/draft-07/schema#", undefined]) {
      const named = $schema === undefined ? schema : { $schema, ...schema }
      for (const value of values(named)) expect(validate(value), JSON.stringify(value)).toBe(true)
    }
  })
})

it("draft 7: an empty tuple, which the meta-schema forbids and generators of schemas write", () => {
  for (const value of values({ type: "array", items: [], additionalItems: integer, minItems: 1 })) {
    expect(value).toSatisfy((list) => Array.isArray(list) && list.length > 0 && list.every(Number.isInteger))
  }
  expect(new Set(values({ type: "array", items: [], additionalItems: false }).map(String))).toEqual(new Set([""]))
})

it("draft 4: exclusive limits are booleans", () => {
  const schema = { type: "integer", minimum: 3, exclusiveMinimum: true, maximum: 5, exclusiveMaximum: true }
  expect(new Set(values(schema))).toEqual(new Set([4]))
  expect(new Set(values({ type: "integer", minimum: 3, exclusiveMinimum: false, maximum: 3 }))).toEqual(new Set([3]))
})

it("the validator agrees that values of another shape are invalid", () => {
  const validate = new Ajv2020({ strict: false }).compile(newest["properties by patterns"] as object)
  expect(validate({ "x-a": 1 })).toBe(false)
})

describe("no value: the reason is told, with the place and without values", () => {
  it.each<[name: string, schema: unknown, reason: RegExp]>([
    [
      "limits",
      object({ a: { type: "integer", minimum: 5, maximum: 3 } }),
      /limits of the number exclude each other, at a$/u
    ],
    ["lengths", { type: "string", minLength: 5, maxLength: 3 }, /'minLength' is above 'maxLength'/u],
    ["types", { allOf: [string, number] }, /'type' excludes every type/u],
    ["enumerations", { allOf: [{ enum: ["a"] }, { enum: ["b"] }] }, /'enum' has no value in common/u],
    ["an unknown type", { type: "bogus" }, /not valid: .*type/u],
    ["a tuple that is too short", { prefixItems: [string], items: false, minItems: 2 }, /'minItems' is above/u],
    [
      "too few different items",
      { type: "array", items: { enum: [1, 2] }, uniqueItems: true, minItems: 3 },
      /'uniqueItems'/u
    ],
    ["properties that cannot exist", object({ a: false }), /schema 'false' allows no value, at a$/u],
    ["too many properties", object({ a: string, b: string }, ["a", "b"], { maxProperties: 1 }), /'maxProperties'/u],
    ["a reference to another document", { $ref: "https://example.com/secret.json" }, /resolve|another document/u],
    ["a reference to nothing", { $ref: "#/$defs/none" }, /resolve|nothing/u],
    ["endless nesting", object({ n: { $ref: "#" } }), /requires itself without end/u],
    [
      "endless choices",
      { anyOf: [object({ n: { $ref: "#" } }), object({ m: { $ref: "#" } })] },
      /without end|too many values/u
    ],
    ["not what it is", { type: "boolean", not: { type: "boolean" } }, /No value was found/u],
    ["a pattern that is not valid", { type: "string", pattern: "(" }, /not valid/u]
  ])("%s", (_name, schema, reason) => {
    expect(() => constrainedText({ kind: "json_schema", schema }, 1)).toThrow(reason)
  })
})

describe("regex", () => {
  it.each<[pattern: string, expected: RegExp]>([
    ["\\w+(?<=ing)", /^\w+ing$/u],
    ["[a-z]{4}(?<!x)", /^[a-z]{3}[^x]$/u],
    ["(?<=a)b|c", /^c$/u],
    ["a++b", /^a+b$/u],
    ["\\d*+x?+", /^\d*x?$/u],
    ["[a-c]{2,4}+d", /^[a-c]{2,4}d$/u],
    ["(?>ab|a)c", /^abc$|^ac$/u],
    ["(x)(?>y+)\\1", /^xy+x$/u],
    ["(a)b++(c)\\2\\1", /^ab+cca$/u],
    ["(?#a comment)ok", /^ok$/u],
    ["[[:digit:]]{3}", /^\d{3}$/u],
    ["a{,2}b", /^a{0,2}b$/u],
    ["(?:(?>a+)b)+", /^(?:a+b)+$/u]
  ])("%s", (pattern, expected) => {
    for (let seed = 0; seed < 20; seed++) expect(constrainedText({ kind: "regex", pattern }, seed)).toMatch(expected)
  })

  it.each<[pattern: string, reason: RegExp]>([
    ["(?<=a)b", /look-behind/u],
    ["(?=a)b", /look-ahead/u],
    ["a++a", /No text was found/u],
    ["(?>a|ab)c(?<=abc)", /look-behind/u],
    ["(a)?(?(1)b|c)", /conditional groups/u],
    ["a(?R)?b", /recursive groups/u],
    ["foo\\Kbar", /\\K/u],
    ["(", /Unterminated group/u],
    ["a)", /Unmatched/u],
    ["[b-a]", /not valid/u]
  ])("%s has no text, with the reason", (pattern, reason) => {
    expect(() => constrainedText({ kind: "regex", pattern }, 1)).toThrow(reason)
  })
})
