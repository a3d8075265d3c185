/**
 * What the unit tests and the exhaustive tests of `constrain` share.
 */

export const schemas: Readonly<Record<string, object>> = {
  person: {
    type: "object",
    properties: {
      name: { type: "string" },
      age: { type: "integer", minimum: 0, maximum: 120 },
      score: { type: "number", exclusiveMinimum: 0, maximum: 1 },
      tags: { type: "array", items: { type: "string" }, minItems: 1, maxItems: 4, uniqueItems: true },
      note: { type: ["string", "null"], maxLength: 12 }
    },
    required: ["name", "age", "tags"],
    additionalProperties: false
  },
  weather: {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: { city: { type: "string" }, unit: { enum: ["celsius", "fahrenheit"] }, days: { const: 3 } },
    required: ["city", "unit", "days"]
  },
  tree: {
    $ref: "#/$defs/node",
    $defs: {
      node: {
        type: "object",
        properties: { value: { type: "number" }, children: { type: "array", items: { $ref: "#/$defs/node" } } },
        required: ["value", "children"],
        additionalProperties: false
      }
    }
  },
  choice: {
    oneOf: [{ type: "string", minLength: 20, maxLength: 30 }, { type: "integer", multipleOf: 7 }, { type: "null" }]
  },
  pattern: {
    type: "object",
    properties: { code: { type: "string", pattern: "^[A-Z]{2}-[0-9]{3}$" } },
    required: ["code"]
  },
  merged: {
    allOf: [
      { type: "object", properties: { a: { type: "boolean" } }, required: ["a"] },
      { type: "object", properties: { b: { type: "string" } }, required: ["b"] }
    ]
  },
  tuple: { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], items: false, minItems: 2 },
  anything: {},
  empty: { type: "object", properties: {}, additionalProperties: false },
  inlined: {
    type: "object",
    properties: { children: { type: "array", items: { $ref: "#/$defs/Node" } } },
    required: ["children"],
    additionalProperties: false,
    $defs: {
      Node: {
        type: "object",
        properties: { children: { type: "array", items: { $ref: "#/$defs/Node" } } },
        required: ["children"],
        additionalProperties: false
      }
    }
  },
  alternatives: {
    type: "object",
    anyOf: [
      {
        type: "object",
        properties: { next: { anyOf: [{ $ref: "#/$defs/Term" }, { type: "null" }] } },
        required: ["next"]
      },
      { type: "object", properties: { value: { type: "string", enum: ["a", "b"] } }, required: ["value"] }
    ],
    $defs: { Term: { anyOf: [{ type: "object", properties: { it: { $ref: "#/$defs/Term" } } }, { type: "integer" }] } }
  },
  mixed: {
    type: "array",
    prefixItems: [{ type: "string" }, { type: "integer" }],
    items: { anyOf: [{ type: "string" }, { type: "integer" }] },
    minItems: 2,
    maxItems: 2
  }
}
