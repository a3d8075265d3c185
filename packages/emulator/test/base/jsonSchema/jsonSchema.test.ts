/** The validator next to an independent one, Ajv, which makes code of a schema and so runs neither in Workers nor under a policy. */
import { Ajv2020 } from "ajv/dist/2020.js"
import { describe, expect, it, vi } from "vitest"
import type { SchemaError } from "../../../src/base/jsonSchema/check.js"
import { makeCompiler } from "../../../src/base/jsonSchema/compile.js"
import { shapeProblem } from "../../../src/base/jsonSchema/shape.js"
import { compileSchema, satisfies } from "../../../src/engine/schema/validate.js"

const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false, allErrors: true })

/** Keyword and place of all errors. */
const errorsOf = (schema: unknown, value: unknown) => {
  const errors: Array<SchemaError> = []
  makeCompiler({ resolve: () => undefined })(schema)(value, errors)
  return errors.map(({ instancePath, keyword }) => [keyword, instancePath])
}

describe("a value is valid or not, as another validator says", () => {
  const values: ReadonlyArray<unknown> = [
    null,
    true,
    0,
    1,
    -1.5,
    1e21,
    "",
    "ab",
    "👋🏽👋🏽",
    [],
    [1, 1],
    [1, "a", { b: [] }],
    [{ a: 1 }, { a: 1 }],
    {},
    { a: 1 },
    { a: 1, b: "x", "c/d": [null] },
    { a: { a: { a: {} } } }
  ]
  it.each<[name: string, schema: object | boolean]>([
    ["true", true],
    ["false", false],
    ["types", { type: ["integer", "object"] }],
    ["a nullable type", { type: "string", nullable: true }],
    ["const and enum with objects", { anyOf: [{ const: { a: 1 } }, { enum: [[1, 1], null, "ab"] }] }],
    ["limits of numbers", { exclusiveMinimum: -2, maximum: 1, multipleOf: 0.5 }],
    ["lengths in characters", { type: "string", minLength: 2, maxLength: 4 }],
    ["a pattern", { pattern: "^\\p{Letter}*$" }],
    ["lists", { prefixItems: [{ type: "number" }], items: { type: ["string", "object"] }, minItems: 1 }],
    ["no more items", { type: "array", prefixItems: [true, true], items: false }],
    ["different items", { type: "array", uniqueItems: true, maxItems: 3 }],
    ["contains", { type: "array", contains: { type: "number" }, minContains: 2, maxContains: 2 }],
    ["contains none", { type: "array", contains: { type: "number" }, minContains: 0, maxContains: 0 }],
    [
      "no other properties",
      { type: "object", properties: { a: true }, patternProperties: { "/": true }, additionalProperties: false }
    ],
    ["names", { propertyNames: { maxLength: 1 }, minProperties: 1 }],
    ["dependencies", { dependentRequired: { a: ["b"] }, dependentSchemas: { b: { maxProperties: 2 } } }],
    [
      "conditions",
      JSON.parse(`{"if":{"type":"object"},"then":{"required":["a"]},"else":{"not":{"type":"array"}}}`) as object
    ],
    ["exactly one", { oneOf: [{ type: "number" }, { minimum: 0 }, { type: "object", maxProperties: 0 }] }],
    ["itself", { type: "object", additionalProperties: { anyOf: [{ type: "number" }, { $ref: "#" }] } }],
    ["an anchor", { $defs: { x: { $anchor: "here", type: "array" } }, $ref: "#here" }],
    [
      "unevaluated properties",
      {
        allOf: [{ properties: { a: true } }],
        anyOf: [{ properties: { b: { type: "string" } } }, true],
        unevaluatedProperties: false
      }
    ],
    ["unevaluated items", { allOf: [{ prefixItems: [true] }], unevaluatedItems: { type: "number" } }],
    ["a reference beside other keywords", { $ref: "#/$defs/x", minProperties: 1, $defs: { x: { type: "object" } } }]
  ])("%s", (_name, schema) => {
    const other = ajv.compile(schema)
    const isValid = satisfies(schema)
    for (const value of values) expect(isValid(value), JSON.stringify(value)).toBe(other(value))
  })
})

it("names that every object inherits are no members", () => {
  const schema = {
    required: ["toString"],
    properties: { constructor: { type: "string" } },
    unevaluatedProperties: false
  }
  expect(errorsOf(schema, {})).toEqual([["required", ""]])
  expect(errorsOf(schema, { toString: 1, constructor: "x" })).toEqual([["unevaluatedProperties", ""]])
})

describe("errors", () => {
  it("are all there, with their places; the type of a value comes where its keywords would", () => {
    const schema = {
      type: "object",
      required: ["a", "b"],
      properties: { a: { type: "string", minLength: 3 }, "c/d": { type: "array", items: { enum: [1] } } }
    }
    expect(errorsOf(schema, { a: "x", "c/d": [1, 2] })).toEqual([
      ["required", ""],
      ["minLength", "/a"],
      ["enum", "/c~1d/1"]
    ])
    expect(errorsOf(schema, 1)).toEqual([["type", ""]])
  })

  it("of a union come before the union, and there are none when a branch fits", () => {
    const schema = { anyOf: [{ type: "number" }, { type: "object", required: ["a"] }] }
    expect(errorsOf(schema, {})).toEqual([
      ["type", ""],
      ["required", ""],
      ["anyOf", ""]
    ])
    expect(errorsOf(schema, 1)).toEqual([])
  })

  it("of a discriminated union are those of the branch that the tag names", () => {
    const branch = (kind: string) => ({
      type: "object",
      required: ["kind", kind],
      properties: { kind: { const: kind } }
    })
    const schema = { type: "object", discriminator: { propertyName: "kind" }, oneOf: [branch("a"), branch("b")] }
    const validate = makeCompiler({ resolve: () => undefined, discriminator: true })(schema)
    const errors: Array<SchemaError> = []
    expect(validate({ kind: "b", b: 1 })).toBe(true)
    expect(validate({ kind: "b" }, errors)).toBe(false)
    expect(validate({ kind: "c" }, errors)).toBe(false)
    expect(errors.map(({ keyword, params }) => [keyword, params])).toEqual([
      ["required", { missingProperty: "b" }],
      ["discriminator", { tag: "kind", tagValue: "c" }]
    ])
  })
})

describe("a schema that is none", () => {
  it.each<[schema: unknown, place: string]>([
    [{ type: "bogus" }, "schema/type"],
    [{ properties: { a: { minLength: -1 } } }, "schema/properties/a/minLength"],
    [{ anyOf: [] }, "schema/anyOf"],
    [{ items: [{}] }, "schema/items"],
    [{ required: ["a", "a"] }, "schema/required"],
    [{ $defs: { a: { enum: [] } } }, "schema/$defs/a/enum"],
    [{ additionalProperties: "no" }, "schema/additionalProperties"],
    ["text", "schema"]
  ])("%j is found at %s", (schema, place) => {
    expect(shapeProblem(schema)).toMatch(new RegExp(`^${place.replace("$", "\\$")} must be`))
  })

  it("is rejected where a pattern or a reference is not valid", () => {
    expect(() => compileSchema({ pattern: "(" })).toThrow(SyntaxError)
    expect(() => compileSchema({ $ref: "#/$defs/none" })).toThrow(/cannot be resolved/)
    expect(() => compileSchema({ properties: { a: { $ref: "https://example.com/" } } })).toThrow(/another document/)
  })

  it("may have keywords that nobody knows, also such that objects inherit", () => {
    expect(shapeProblem({ "x-unit": 1, constructor: 2, toString: 3 })).toBeUndefined()
  })
})

describe("without code from text", () => {
  it("schemas are compiled where `eval` is forbidden", () => {
    const forbidden = vi.fn<() => never>(() => {
      throw new EvalError("Code generation from strings disallowed for this context")
    })
    const { Function: original } = globalThis
    vi.stubGlobal("Function", forbidden)
    vi.stubGlobal("eval", forbidden)
    try {
      expect(satisfies({ type: "object", properties: { of: { type: "string", title: "no eval" } } })({ of: 1 })).toBe(
        false
      )
    } finally {
      vi.unstubAllGlobals()
    }
    expect(forbidden).not.toHaveBeenCalled()
    expect(globalThis.Function).toBe(original)
  })
})
