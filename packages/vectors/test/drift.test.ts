/** The drift command: small documents, and one operation of the contract of this repository against changed copies of it. */
import type { Json } from "effect-friendli-vectors"
import { describe, expect, it } from "vitest"
import { stringify } from "yaml"
import { compare } from "../src/drift/compare.js"
import { report } from "../src/drift/report.js"
import { run } from "../src/drift/run.js"
import { changed, files, only, to } from "./drift.support.js"

// ---------------------------------------------------------------------------
// small documents
// ---------------------------------------------------------------------------

interface Parts {
  readonly request?: object
  readonly answer?: object
  readonly schemas?: object
  readonly operation?: object
}

const post = ({ answer = {}, operation = {}, request = {} }: Parts) => ({
  operationId: "sendLetter",
  requestBody: { content: { "application/json": { schema: request } } },
  responses: { "200": { content: { "application/json": { schema: answer } } } },
  ...operation
})

const document = (parts: Parts): Json => ({
  openapi: "3.1.0",
  paths: { "/letters": { post: post(parts) } },
  components: { schemas: parts.schemas ?? {} }
})

const object = (properties: object, ...required: ReadonlyArray<string>) => ({ type: "object", properties, required })

/** The changes of the one operation of two small documents, as the report tells them. */
const lines = (before: Parts, after: Parts): ReadonlyArray<string> =>
  report(compare(document(before), document(after)))
    .split("\n")
    .filter((line) => line.startsWith("  "))
    .map((line) => line.trim())

const ofField = (before: object, after: object) =>
  lines({ request: object({ field: before }) }, { request: object({ field: after }) })

describe("a field", () => {
  it("that was added or removed, with what is below it", () => {
    const address = object({ city: { type: "string" }, zip: { type: "string" } }, "city")
    expect(lines({ request: object({}) }, { request: object({ to: address }, "to") })).toEqual([
      "+ request.to: added, required object, with 2 places below"
    ])
    expect(lines({ answer: object({ to: address }) }, { answer: object({}) })).toEqual([
      "- answer.to: removed, with 2 places below"
    ])
    expect(
      lines(
        { request: object({}) },
        { request: object({ n: { type: ["integer", "null"], minimum: 1, maximum: 9, default: 3 } }) }
      )
    ).toEqual(["+ request.n: added, integer or null, minimum 1, maximum 9, default 3"])
  })

  it.each<readonly [string, object, object, ReadonlyArray<string>]>([
    ["type", { type: "string" }, { type: "number" }, ["type was string, is number"]],
    ["null", { type: "string" }, { type: ["string", "null"] }, ["can be null now"]],
    ["no null", { anyOf: [{ type: "string" }, { type: "null" }] }, { type: "string" }, ["can no longer be null"]],
    ["a bound", { type: "integer", minimum: 0 }, { type: "integer", minimum: 1 }, ["minimum was 0, is 1"]],
    ["a new bound", { type: "number" }, { type: "number", exclusiveMinimum: 0 }, ["has the exclusiveMinimum 0 now"]],
    ["no bound", { type: "string", maxLength: 9 }, { type: "string" }, ["no longer has the maxLength 9"]],
    [
      "a default",
      { type: "boolean", default: true },
      { type: "boolean", default: false },
      ["default was true, is false"]
    ],
    ["an enum", { enum: ["a", "b"] }, { enum: ["b", "c"] }, ["values: added c; removed a"]],
    [
      "values that are open",
      { type: "string", enum: ["a"] },
      { anyOf: [{ const: "a" }, { type: "string" }] },
      ["now also accepts other values"]
    ],
    ["an empty default", { type: "array" }, { type: "array", default: [] }, ["has the default [] now"]],
    ["deprecation", { type: "string" }, { type: "string", deprecated: true }, ["is deprecated now"]],
    ["format", { type: "string" }, { type: "string", format: "date-time" }, ["has the format date-time now"]]
  ])("whose %s changed", (_, before, after, expected) => {
    expect(ofField(before, after)).toEqual(expected.map((text) => `~ request.field: ${text}`))
  })

  it("that is required now", () => {
    const fields = { a: { type: "string" }, b: { type: "string" } }
    expect(lines({ request: object(fields, "a") }, { request: object(fields, "b") })).toEqual([
      "~ request.a: is no longer required",
      "~ request.b: is required now"
    ])
  })

  it.each<readonly [string, object, object]>([
    ["null", { type: ["string", "null"] }, { anyOf: [{ type: "string" }, { type: "null" }] }],
    ["null in 3.0", { type: "string", nullable: true }, { type: ["string", "null"] }],
    ["bounds in 3.0", { type: "number", minimum: 0, exclusiveMinimum: true }, { type: "number", exclusiveMinimum: 0 }],
    ["one value", { const: "a" }, { type: "string", enum: ["a"] }],
    ["an enum with null", { enum: ["a", null] }, { anyOf: [{ type: "string", enum: ["a"] }, { type: "null" }] }],
    ["texts", { type: "string", title: "A", description: "B", examples: ["c"] }, { type: "string" }],
    ["the order of values", { enum: ["a", "b"] }, { enum: ["b", "a"] }],
    [
      "a pair",
      { type: "array", prefixItems: [{ type: "string" }, { type: "string" }] },
      { type: "array", items: { type: "string" }, minItems: 2, maxItems: 2 }
    ],
    [
      "parts of one object",
      { allOf: [object({ a: { type: "string" } }, "a"), object({ b: { type: "string" } })] },
      object({ a: { type: "string" }, b: { type: "string" } }, "a")
    ]
  ])("says the same in two notations: %s", (_, before, after) => {
    expect(ofField(before, after)).toEqual([])
    expect(ofField(after, before)).toEqual([])
  })
})

describe("references", () => {
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })

  it("are expanded, and the names of schemas do not matter", () => {
    const text = { type: "string", maxLength: 5 }
    expect(
      lines({ request: object({ a: ref("Text") }), schemas: { Text: text } }, { request: object({ a: text }) })
    ).toEqual([])
    expect(
      lines(
        { request: object({ a: ref("Old") }), schemas: { Old: text } },
        { request: object({ a: ref("New") }), schemas: { New: { ...text, maxLength: 6 } } }
      )
    ).toEqual(["~ request.a: maxLength was 5, is 6"])
    expect(
      lines(
        {
          request: object({ a: { anyOf: [ref("Text"), { type: "null" }] } }),
          schemas: { Text: { ...text, default: "x" } }
        },
        { request: object({ a: { anyOf: [ref("Text"), { type: "null" }], default: "y" } }), schemas: { Text: text } }
      )
    ).toEqual(["~ request.a: default was x, is y"])
  })

  it("that form a cycle end where they began", () => {
    const tree = (leaf: object) => ({
      request: ref("Tree"),
      schemas: { Tree: object({ leaf, children: { type: "array", items: ref("Tree") } }) }
    })
    expect(lines(tree({ type: "string" }), tree({ type: "string" }))).toEqual([])
    expect(lines(tree({ type: "string" }), tree({ type: "integer" }))).toEqual([
      "~ request.leaf: type was string, is integer"
    ])
    const renamed = {
      request: ref("Node"),
      schemas: { Node: object({ leaf: { type: "string" }, children: { type: "array", items: ref("Node") } }) }
    }
    expect(lines(tree({ type: "string" }), renamed)).toEqual([])
    const loop = { request: ref("A"), schemas: { A: ref("B"), B: ref("A") } }
    expect(lines(loop, loop)).toEqual([])
    expect(lines({ request: ref("Lost") }, { request: { type: "string" } })).toEqual([
      "~ request: type was a missing reference #/components/schemas/Lost, is string"
    ])
  })
})

describe("a union", () => {
  const cat = object({ kind: { const: "cat" }, lives: { type: "integer" } }, "kind")
  const dog = object({ kind: { const: "dog" }, tricks: { type: "array", items: { type: "string" } } }, "kind")

  it("is compared branch by branch, whatever their order", () => {
    expect(ofField({ oneOf: [cat, dog] }, { oneOf: [dog, cat], discriminator: { propertyName: "kind" } })).toEqual([])
    expect(
      ofField({ oneOf: [cat, dog] }, { oneOf: [dog, { ...cat, properties: { kind: { const: "cat" } } }] })
    ).toEqual(["- request.field(kind=cat).lives: removed"])
    const bird = object({ kind: { const: "bird" } }, "kind")
    expect(ofField({ oneOf: [cat, dog] }, { oneOf: [cat, dog, bird] })).toEqual([
      "+ request.field(kind=bird): added, object"
    ])
  })

  it("without a tag is told apart by what its branches require", () => {
    const url = object({ url: { type: "string" } }, "url")
    const data = object({ data: { type: "string" } }, "data")
    expect(
      ofField({ anyOf: [url, data] }, { anyOf: [data, { ...url, properties: { url: { type: "integer" } } }] })
    ).toEqual(["~ request.field(with url).url: type was string, is integer"])
  })
})

describe("an operation", () => {
  it("that was added, removed, moved or renamed", () => {
    const whole = (paths: object): Json => ({ paths })
    const before = whole({ "/a": { get: { operationId: "getA" } }, "/b": { get: { operationId: "getB" } } })
    expect(
      compare(before, whole({ "/b": { get: { operationId: "getB" } }, "/c": { put: { operationId: "putC" } } }))
    ).toEqual({
      added: ["putC (PUT /c)"],
      removed: ["getA"],
      changed: []
    })
    const moved = compare(
      before,
      whole({ "/v2/a": { get: { operationId: "getA" } }, "/b": { get: { operationId: "readB" } } })
    )
    expect(report(moved)).toContain("~ operation: place was GET /a, is GET /v2/a")
    expect(report(moved)).toContain("~ operation: operationId was getB, is readB")
  })

  it("whose parameters, headers, statuses or deprecation changed", () => {
    const parameters = (limit: object, ...more: ReadonlyArray<object>) => ({
      operation: { parameters: [{ name: "limit", in: "query", schema: limit }, ...more] }
    })
    const header = { name: "X-Team", in: "header", required: true, schema: { type: "string" } }
    expect(
      lines(parameters({ type: "integer", maximum: 100 }), parameters({ type: "integer", maximum: 50 }, header))
    ).toEqual(["~ query limit: maximum was 100, is 50", "+ header X-Team: added, required string"])
    expect(lines(parameters({ type: "string" }), parameters({ type: ["string", "null"] }))).toEqual([])
    const responses = (...statuses: ReadonlyArray<string>) => Object.fromEntries(statuses.map((status) => [status, {}]))
    expect(
      lines(
        { operation: { responses: responses("200", "422") } },
        { operation: { responses: responses("200", "409"), deprecated: true } }
      )
    ).toEqual(["~ operation: statuses: added 409; removed 422", "~ operation: is deprecated now"])
    expect(
      lines(
        {},
        {
          operation: {
            requestBody: { content: { "multipart/form-data": { schema: object({ file: { type: "string" } }) } } }
          }
        }
      )[0]
    ).toBe("~ operation: body was application/json, is multipart/form-data")
  })

  it("that shares a change with others is told once", () => {
    const many = (type: string): Json => ({
      paths: Object.fromEntries(
        ["a", "b", "c"].map((name) => [
          `/${name}`,
          { post: { ...post({ request: object({ x: { type } }) }), operationId: name } }
        ])
      )
    })
    expect(report(compare(many("string"), many("integer")))).toBe(
      [
        "a, b, c",
        "  ~ request.x: type was string, is integer",
        "",
        "0 operations added, 0 removed, 3 changed: 0 places added, 0 removed, 1 fact changed."
      ].join("\n")
    )
  })
})

// ---------------------------------------------------------------------------
// the command
// ---------------------------------------------------------------------------

const part = only("/serverless/v1/knowledge/retrieve")

describe("the command", () => {
  it("reads YAML as well", () => {
    const small = { openapi: "3.1.0", paths: {}, components: { schemas: {} } }
    expect(run(["openapi", "--json"], files(part, stringify(small))).output).toBe(
      run(["openapi", "--json"], files(part, JSON.stringify(small))).output
    )
  })

  it("does not report again what was accepted, and reports everything else", () => {
    const withMinimum = (minimum: number) =>
      changed(part, ["components schemas ServerlessKnowledgeRetrievalBody properties k minimum", to(minimum)])
    const { accepted, code } = run(["openapi", "--accept"], files(part, withMinimum(1)))
    expect(code).toBe(0)
    expect(JSON.parse(accepted!)).toEqual({ "request.k: minimum undefined -> 1": ["serverless.knowledge.retrieve"] })
    expect(run(["openapi"], files(part, withMinimum(1), accepted)).code).toBe(0)
    const again = run(["openapi"], files(part, withMinimum(2), accepted))
    expect(again).toMatchObject({ code: 1 })
    expect(again.output).toContain("~ request.k: has the minimum 2 now")
    const json = JSON.parse(run(["openapi", "--json"], files(part, withMinimum(2), accepted)).output)
    expect(json).toMatchObject({ added: [], removed: [], changed: [{ operation: "serverless.knowledge.retrieve" }] })
  })

  it.each<readonly [ReadonlyArray<string>, string, string]>([
    [[], "", "usage: pnpm contract:drift"],
    [["a", "b"], "", "usage: pnpm contract:drift"],
    [["a", "--yaml"], "", "unknown option --yaml"],
    [["https://friendli.ai/openapi.yaml"], "", "download the document first"],
    [["a"], "{", "a could not be read: "],
    [["a"], "a: [", "a could not be read: "],
    [["a"], "just: text", "a is not an OpenAPI document: it has no paths"]
  ])("%j with %j: says what is wrong", (args, newer, expected) => {
    const { code, output } = run(args, files(part, newer))
    expect(code).toBe(2)
    expect(output).toContain(expected)
  })
})
