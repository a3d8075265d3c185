/**
 * Every golden vector and its schema.
 */
import { json, text } from "effect-friendli-vectors"
import { describe, expect, it } from "vitest"
import { dataOf, mismatch } from "../support.js"
import { files } from "./vectors.support.js"

describe("vectors", () => {
  // The schema of a list without a name of its own is checked item by item.
  const items = /^array<(\w+)(?: or (\w+))?>$/

  const problems = (name: string, { dataSchema, itemSchema, kind, schema }: (typeof files)[number][1]) => {
    if (kind === "json" && schema !== undefined && schema !== "any") {
      const value = json(name)
      const types = items.exec(schema)?.slice(1)
      if (types === undefined) return mismatch(schema, value) ?? []
      const actual = (value as ReadonlyArray<unknown>).map((item) =>
        typeof item === "number" ? "integer" : typeof item
      )
      return actual.filter((type) => !types.includes(type))
    }
    if (itemSchema !== undefined) {
      return json<ReadonlyArray<unknown>>(name).flatMap((item) => mismatch(itemSchema, item) ?? [])
    }
    // Streams with named events in their schema have an envelope; the others end with their last event or with `[DONE]`.
    if (dataSchema !== undefined && /^\w+$/.test(dataSchema)) {
      return dataOf(text(name).replace(/\n?$/, "\n\n"))
        .filter((data) => data !== "[DONE]")
        .flatMap((data) => mismatch(dataSchema, JSON.parse(data)) ?? [])
    }
    return undefined
  }

  it("have the schema that the index names", () => {
    let checked = 0
    for (const [name, indexed] of files) {
      const found = problems(name, indexed)
      if (found === undefined) continue
      checked++
      expect({ name, problems: [found].flat() }).toEqual({ name, problems: [] })
    }
    // Bodies, answers and streams; what is left are requests without a body, forms and lists of headers.
    expect(checked).toBeGreaterThan(200)
  })
})
