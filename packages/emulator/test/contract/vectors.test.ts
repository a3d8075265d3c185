/**
 * The golden vectors are values of the contract: each has the schema that the index names, and the index knows each file.
 */
import { names } from "effect-friendli-vectors"
import { expect, it } from "vitest"
import { files } from "./vectors.support.js"

it("the index knows every file, and no other", () => {
  const indexed = files.map(([name]) => name)
  expect(indexed.toSorted()).toEqual(names.filter((name) => !name.startsWith("_")))
})
