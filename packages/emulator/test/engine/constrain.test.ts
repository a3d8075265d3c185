import { Ajv } from "ajv"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { constrainedText, ConstraintError } from "../../src/engine/constrain.js"
import { schemas } from "./constrain.support.js"

describe("json_schema", () => {
  it("supports tuples and definitions of draft 7", () => {
    const schema = {
      $schema: "http://json-schema.org/draft-07/schema#",
      definitions: { small: { type: "integer", minimum: 1, maximum: 3 } },
      type: "object",
      properties: { size: { $ref: "#/definitions/small" } },
      required: ["size"]
    }
    const validate = new Ajv({ strict: false }).compile(schema)
    for (let seed = 0; seed < 20; seed++) {
      expect(validate(JSON.parse(constrainedText({ kind: "json_schema", schema }, seed)))).toBe(true)
    }
  })

  it("gives other values for other seeds", () => {
    const texts = [1, 2, 3, 4].map((seed) => constrainedText({ kind: "json_schema", schema: schemas["person"] }, seed))
    expect(new Set(texts).size).toBe(4)
  })

  it.each<readonly [string, unknown]>([
    ["false", false],
    [
      "an empty range",
      { type: "object", properties: { a: { type: "integer", minimum: 5, maximum: 3 } }, required: ["a"] }
    ],
    ["two types at once", { allOf: [{ type: "string" }, { type: "number" }] }],
    ["an unknown type", { type: "bogus" }],
    ["endless nesting", { type: "object", properties: { n: { $ref: "#" } }, required: ["n"] }],
    ["a reference to another document", { $ref: "https://example.com/schema.json" }],
    ["a text without end", { type: "string", minLength: 1e9 }],
    ["no schema at all", "string"],
    ["null", null]
  ])("rejects %s", (_, schema) => {
    expect(() => constrainedText({ kind: "json_schema", schema }, 1)).toThrow(ConstraintError)
  })
})

describe("json_object", () => {
  it("is an object for every seed", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const text = constrainedText({ kind: "json_object" }, seed)
        const value: unknown = JSON.parse(text)
        expect(typeof value === "object" && value !== null && !Array.isArray(value)).toBe(true)
        expect(constrainedText({ kind: "json_object" }, seed)).toBe(text)
      })
    )
    expect(constrainedText({ kind: "json_object" }, 1)).not.toBe(constrainedText({ kind: "json_object" }, 2))
  })
})

describe("regex", () => {
  it.each<readonly [string, RegExp]>([
    ["^[A-Z]{3}-\\d+$", /^[A-Z]{3}-\d+$/u],
    ["yes|no", /^(?:yes|no)$/u],
    ["^a$|^b$", /^[ab]$/u],
    ["(?P<year>\\d{4})-(?P=year)", /^(\d{4})-\1$/u],
    ["(\\d)(?<letter>[a-z])\\k<letter>", /^\d([a-z])\1$/u],
    ["(?i)abc", /^abc$/iu],
    ["[а-я]{5}", /^[а-я]{5}$/u],
    ["\\p{Lu}\\p{L}+", /^\p{Lu}\p{L}+$/u],
    ["(?=.*\\d)[a-z\\d]{6}", /^(?=.*\d)[a-z\d]{6}$/u],
    ["[^x]{1,40}", /^[^x]{1,40}$/u],
    ["\\w+@\\w+\\.(com|org)", /^\w+@\w+\.(?:com|org)$/u],
    ["\\A\\d\\Z", /^\d$/u],
    ["[\\n\\t]x", /^[\n\t]x$/u],
    ["", /^$/u]
  ])("matches %s as a whole for every seed", (pattern, expected) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const text = constrainedText({ kind: "regex", pattern }, seed)
        expect(text).toMatch(expected)
        expect(constrainedText({ kind: "regex", pattern }, seed)).toBe(text)
      }),
      { numRuns: 25 }
    )
  })

  it.each(["(", "[b-a]", "(?=a)b", "a\\bb", "\\d{1000000}", "((a{999}){999}){999}"])("rejects %s", (pattern) => {
    expect(() => constrainedText({ kind: "regex", pattern }, 1)).toThrow(ConstraintError)
  })
})
