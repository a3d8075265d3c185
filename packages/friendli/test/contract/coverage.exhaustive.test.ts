/** Every field, bound, default and enum value of the contract that the SDK covers, changed one at a time: the coverage test notices each change. */
import { assert, describe, it } from "@effect/vitest"
import { contract } from "effect-friendli-vectors"
import { changeTests } from "./coverage.support.js"
import { operationsOf } from "./documented.js"
import { rowGaps } from "./gaps.js"
import { mutated, mutationsOf, reachable } from "./mutations.js"
import { places } from "./places.js"
import { table } from "./table.js"

/** The rows that read a schema, themselves or through others. */
const rowsOf = new Map<string, Array<(typeof table)[number]>>()
for (const row of table) {
  const operation = operationsOf(contract).find(({ name }) => name === row.contract)
  const names = reachable(
    operation === undefined
      ? { $ref: `#/components/schemas/${row.contract}` }
      : [operation.request?.schema, ...operation.parameters.map(({ schema }) => schema)]
  )
  for (const name of names)
    if (contract.components.schemas[name] !== undefined) rowsOf.set(name, [...(rowsOf.get(name) ?? []), row])
}

/** The schemas of the operations that have a place. */
const covered = reachable(
  operationsOf(contract)
    .filter(({ name }) => places.has(name))
    .flatMap(({ failures, request, results }) => [request, ...results, ...failures])
)

/** The function that is called decides about `stream`, so it is no field of ours: only that it is there is compared. */
const isOurs = ({ title }: { readonly title: string }): boolean => !/\.stream: (?!removed)/.test(title)

/** A union of schemas that are in rows is compared by them. */
const isUnionOfRows = (name: string): boolean => {
  const branches = contract.components.schemas[name]!["anyOf"] as ReadonlyArray<{ readonly $ref?: string }> | undefined
  return branches?.every(({ $ref }) => $ref !== undefined && rowsOf.has($ref.split("/").at(-1)!)) === true
}

describe.each([...covered].filter((name) => rowsOf.has(name)))("%s", (name) => {
  it("every change of it is noticed", () => {
    const rows = rowsOf.get(name)!
    const unnoticed = mutationsOf(name)
      .filter(isOurs)
      .filter((mutation) => {
        const copy = mutated(mutation)
        return !rows.some((row) => rowGaps(copy, row).length > 0)
      })
      .map(({ title }) => title)
    assert.deepStrictEqual(unnoticed, [])
  })
})

it("every schema of these operations is in a row", () => {
  assert.deepStrictEqual(
    [...covered].filter((name) => !rowsOf.has(name) && !isUnionOfRows(name)),
    []
  )
})

describe("a change of the contract is noticed", () => {
  changeTests("others")
})
