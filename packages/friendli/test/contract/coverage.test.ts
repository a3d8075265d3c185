/**
 * The SDK cannot lag the contract in silence: every operation, and every schema with all its fields and enum values, has its place.
 */
import { assert, describe, it } from "@effect/vitest"
import { contract, type Deployment, deployments, type Json, names as vectors } from "effect-friendli-vectors"
import { existsSync, readFileSync } from "node:fs"
import { type Described, markdown, notCovered, rows } from "./operations.js"
import { table } from "./table.js"

const root = new URL("../../../../", import.meta.url)

interface Documented {
  /** `serverless.chat.complete` */
  readonly name: string
  readonly method: string
  readonly path: string
  readonly request: { readonly contentType: string; readonly schema: Json } | undefined
  readonly results: ReadonlyArray<{ readonly contentType: string; readonly schema: Json }>
}

const contents = (content: unknown): ReadonlyArray<{ readonly contentType: string; readonly schema: Json }> =>
  Object.entries((content ?? {}) as Record<string, Json>).map(([contentType, it]) => ({
    contentType,
    schema: (it["x-event-data"] ?? it["schema"]) as Json
  }))

const documented: ReadonlyArray<Documented> = Object.values(contract.paths).flatMap((item) =>
  Object.entries(item).map(([method, operation]): Documented => {
    const responses = operation["responses"] as Record<string, Json>
    return {
      name: String(operation["x-operation"]),
      method: method.toUpperCase(),
      path: String(operation["x-wire-path"]),
      request: contents((operation["requestBody"] as Json | undefined)?.["content"])[0],
      results: contents(responses["200"]?.["content"])
    }
  })
)

const covered = documented.filter(({ name }) => !notCovered.includes(name))

const products: Readonly<Record<Deployment, string>> = {
  serverless: "/serverless",
  dedicated: "/dedicated",
  container: ""
}

/** The path of an operation, with the names of its parameters as the contract writes them. */
const pathOf = (deployment: Deployment | undefined, { path, pathPrefix, prefix }: Described): string => {
  const base = pathPrefix ?? (deployment === undefined ? "" : products[deployment])
  if (typeof path === "string") return base + prefix + path
  const named = new Proxy({}, { get: (_, name) => `{${String(name)}}` })
  return `${base}${prefix}/${path(named as never).join("/")}`
}

interface Place {
  readonly described: Described
  readonly path: string
  readonly name: string
}

const places = new Map<string, Place>(
  rows.flatMap(({ deployments: byDeployment, management, name, operation }) => [
    ...(management === undefined
      ? []
      : [[operation, { described: management, name, path: pathOf(undefined, management) }] as const]),
    ...deployments.flatMap((deployment) => {
      const described = byDeployment[deployment]
      return described === undefined
        ? []
        : [[`${deployment}.${operation}`, { described, name, path: pathOf(deployment, described) }] as const]
    })
  ])
)

const held = new Set(table.map((row) => row.contract))

/** Names of a schema, or of its branches, that no row of the table compares with ours. */
const notHeld = (schema: Json): ReadonlyArray<string> => {
  // any JSON, texts and numbers: there is nothing to compare
  if (Object.keys(schema).length === 0 || schema["type"] === "string" || schema["type"] === "integer") return []
  if (schema["type"] === "array") return notHeld(schema["items"] as Json)
  const name = typeof schema["$ref"] === "string" ? schema["$ref"].split("/").at(-1)! : undefined
  if (name !== undefined && held.has(name)) return []
  const target = name === undefined ? schema : contract.components.schemas[name]!
  const branches = (target["anyOf"] ?? target["oneOf"]) as ReadonlyArray<Json> | undefined
  if (branches !== undefined) return branches.flatMap(notHeld)
  return [name ?? JSON.stringify(schema)]
}

describe("operations", () => {
  it("the contract has 84, of which 81 have a module", () => {
    assert.strictEqual(documented.length, 84)
    assert.strictEqual(covered.length, 81)
  })

  it("each operation of the contract has its place or is listed as one without, and none is both", () => {
    // Of lists and not of sets: an operation that is in two of them makes a list longer.
    assert.deepStrictEqual([...places.keys(), ...notCovered].toSorted(), documented.map(({ name }) => name).toSorted())
  })

  it("each operation has its vectors here", () => {
    for (const { name } of documented) {
      const files = vectors.filter((file) => file.startsWith(`${name}.`))
      for (const kind of ["http.json", "request.json", "request.full.json"]) assert.include(files, `${name}.${kind}`)
      assert.isTrue(files.includes(`${name}.response.json`) || files.includes(`${name}.stream.txt`), name)
    }
  })

  describe.each(covered.map((operation) => [operation.name, operation] as const))("%s", (name, operation) => {
    it("is sent as the contract says, under the name that errors and spans have", () => {
      const place = places.get(name)!
      assert.strictEqual(place.path, operation.path)
      assert.strictEqual(place.described.method, operation.method)
      assert.strictEqual(place.described.name, place.name)
      const isForm = operation.request?.contentType === "multipart/form-data"
      // a JSON array is no object with fields
      const isArray = operation.request?.schema["type"] === "array"
      assert.strictEqual(place.described.encodeBody !== undefined, isForm || isArray)
      const streams = operation.results.some(({ contentType }) => contentType === "text/event-stream")
      assert.strictEqual(place.described._tag, streams ? "Streaming" : "Unary")
    })

    it("has schemas that are compared with the contract's, field by field", () => {
      if (operation.request !== undefined) assert.deepStrictEqual(notHeld(operation.request.schema), [])
      assert.isAbove(operation.results.length, 0)
      for (const { schema } of operation.results) assert.deepStrictEqual(notHeld(schema), [])
    })

    it("has its vectors here", () => {
      const files = vectors.filter((file) => file.startsWith(`${name}.`))
      for (const kind of ["http.json", "request.json", "request.full.json"]) assert.include(files, `${name}.${kind}`)
      assert.isTrue(files.includes(`${name}.response.json`) || files.includes(`${name}.stream.txt`))
    })
  })
})

describe("the README", () => {
  it("has the table of all operations", () => {
    const cells = (text: string): ReadonlyArray<string> =>
      text
        .split("\n")
        .filter((line) => line.startsWith("|") && !/^\|[\s:|-]+\|$/.test(line))
        .map((line) => line.replace(/\s*\|\s*/g, "|"))
    const readme = readFileSync(new URL("README.md", root), "utf8")
    const there = new Set(cells(readme))
    for (const line of cells(markdown())) assert.include([...there], line)
  })

  it("points at tests that exist", () => {
    for (const { test } of rows) assert.isTrue(existsSync(new URL(test, root)), test)
  })
})
