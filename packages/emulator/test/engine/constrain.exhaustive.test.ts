/**
 * Every schema, for every seed.
 */
import { Ajv2020 } from "ajv/dist/2020.js"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { constrainedText } from "../../src/engine/constrain.js"
import { schemas } from "./constrain.support.js"

describe("json_schema", () => {
  for (const [name, schema] of Object.entries(schemas)) {
    it(`satisfies the schema ${name} for every seed`, () => {
      const before = JSON.stringify(schema)
      const validate = new Ajv2020({ strict: false }).compile(schema)
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const text = constrainedText({ kind: "json_schema", schema }, seed)
          validate(JSON.parse(text))
          expect(validate.errors).toBeNull()
          expect(constrainedText({ kind: "json_schema", schema }, seed)).toBe(text)
        }),
        { numRuns: 20 }
      )
      expect(JSON.stringify(schema)).toBe(before)
    })
  }
})
