/**
 * Schemas of any making.
 */
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { type Json, jsonOf, purposes, root } from "./jsonSchema.support.js"

const allowed: Readonly<Record<string, ReadonlyArray<string>>> = {
  null: [],
  boolean: ["enum"],
  string: ["enum", "pattern", "format"],
  number: ["enum"],
  integer: ["enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  array: ["items", "minItems"],
  object: ["properties", "required", "additionalProperties", "anyOf", "$defs"]
}

const said = ["type", "title", "description"]

/** What the service's rules for answers say against a schema. */
const complaints = (json: Json, definitions: Json): ReadonlyArray<string> => {
  const wrong: Array<string> = []
  const visit = (at: Json, path: string): void => {
    const type = at["type"] as string | undefined
    const keywords = type === undefined ? ["anyOf", "$ref"] : allowed[type]
    if (keywords === undefined) return void wrong.push(`${path}: type ${type}`)
    if (type === undefined && at["anyOf"] === undefined && at["$ref"] === undefined) wrong.push(`${path}: no type`)
    for (const keyword of Object.keys(at)) {
      if (!keywords.includes(keyword) && !said.includes(keyword)) wrong.push(`${path}: ${keyword}`)
    }
    if (at["format"] !== undefined && !["uuid", "date-time", "date", "time"].includes(String(at["format"]))) {
      wrong.push(`${path}: format`)
    }
    if (typeof at["minItems"] === "number" && at["minItems"] > 1) wrong.push(`${path}: minItems`)
    if (typeof at["$ref"] === "string" && !Object.hasOwn(definitions, at["$ref"].replace(/^#\/\$defs\//, ""))) {
      wrong.push(`${path}: ${at["$ref"]}`)
    }
    const properties = Object.entries((at["properties"] ?? {}) as Json)
    const required = (at["required"] ?? []) as ReadonlyArray<string>
    if (required.length > 0 && !required.includes(properties[0]?.[0] ?? "")) wrong.push(`${path}: first property`)
    for (const [name, property] of properties) visit(property as Json, `${path}.${name}`)
    if (at["items"] !== undefined) visit(at["items"] as Json, `${path}[]`)
    for (const [i, member] of ((at["anyOf"] ?? []) as ReadonlyArray<Json>).entries()) visit(member, `${path}|${i}`)
  }
  visit(json, "")
  for (const [name, definition] of Object.entries(definitions)) visit(definition as Json, name)
  return wrong
}

/** In tools, nothing is composed but by `anyOf`, and what is referred to is there. */
const toolComplaints = (json: unknown, definitions: Json): ReadonlyArray<string> => {
  if (Array.isArray(json)) return json.flatMap((each) => toolComplaints(each, definitions))
  if (typeof json !== "object" || json === null) return []
  return Object.entries(json).flatMap(([keyword, value]) => [
    ...(["oneOf", "allOf", "not", "$schema", "$id"].includes(keyword) ? [keyword] : []),
    ...(keyword === "$ref" && !Object.hasOwn(definitions, String(value).replace(/^#\/\$defs\//, ""))
      ? [String(value)]
      : []),
    ...toolComplaints(value, definitions)
  ])
}

describe("schemas of any making", () => {
  // arrays of arrays of trees: at the usual size a value has megabytes, and the search for a smaller one that fails takes hours
  fc.configureGlobal({ baseSize: "xsmall", interruptAfterTimeLimit: 10_000 })
  const ajv = new Ajv2020({ strict: false, validateFormats: false })

  it("become objects in the keywords that the service takes, and references lead somewhere", () => {
    fc.assert(
      fc.property(root, (schema) => {
        const answer = jsonOf(schema, "response")
        assert.strictEqual(answer["type"], "object")
        assert.deepStrictEqual(complaints(answer, (answer["$defs"] ?? {}) as Json), [])
        const tool = jsonOf(schema, "tool")
        assert.strictEqual(tool["type"], "object")
        assert.deepStrictEqual(toolComplaints(tool, (tool["$defs"] ?? {}) as Json), [])
      }),
      { numRuns: 60 }
    )
  })

  it("allow every value that they encode", () => {
    fc.assert(
      fc.property(
        root.chain((schema) =>
          fc.tuple(
            fc.constant(schema),
            fc.array(Arbitrary.make(schema), { minLength: 1, maxLength: 2, size: "xsmall" })
          )
        ),
        ([schema, values]) => {
          for (const purpose of purposes) {
            const validate = ajv.compile(jsonOf(schema, purpose))
            for (const value of values) {
              const encoded: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(schema)(value)))
              assert.isTrue(validate(encoded), JSON.stringify([validate.errors, encoded]))
            }
          }
        }
      ),
      { numRuns: 40 }
    )
  })
})
