/**
 * The SDK cannot lag the contract in silence: every operation, and every schema with all its fields and enum values, has its place.
 */
import { assert, describe, it } from "@effect/vitest"
import { contract, names as vectors } from "effect-friendli-vectors"
import { existsSync, readFileSync } from "node:fs"
import { changeTests } from "./coverage.support.js"
import { operationsOf } from "./documented.js"
import { gaps } from "./gaps.js"
import { notCovered, rows } from "./operations.js"
import { places } from "./places.js"
import { rowsIn, tables } from "./tables.js"

const root = new URL("../../../../", import.meta.url)

const documented = operationsOf(contract)

describe("operations", () => {
  it("the contract has 84", () => {
    assert.strictEqual(documented.length, 84)
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

  it("nothing of the contract lacks its place in the SDK, and nothing of the SDK its reason", () => {
    assert.deepStrictEqual(gaps(contract), [])
  })
})

describe("a change of the contract is noticed", () => {
  changeTests("examples")
})

describe("the documentation", () => {
  it.each(tables())("$page has the table of all operations: pnpm contract:tables writes it", ({ page, text }) => {
    assert.deepStrictEqual(rowsIn(readFileSync(new URL(page, root), "utf8"), text), rowsIn(text, text))
  })

  it("the page of operations points at tests that exist", () => {
    for (const { test } of rows) assert.isTrue(existsSync(new URL(test, root)), test)
  })
})
