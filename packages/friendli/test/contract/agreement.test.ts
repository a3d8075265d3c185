import { assert, describe, it } from "@effect/vitest"
import { DetokenizeRequest } from "../../src/schema/Tokens.js"
import { contract } from "effect-friendli-vectors"
import { compare, fromAst, fromContract } from "./compare.js"
import { fieldsAlone, modelIsTheDeployments, table } from "./table.js"

const names = contract.components.schemas

describe("the schemas agree with the contract", () => {
  it("the comparison notices", () => {
    const theirs = fromContract(names["ServerlessTokenizationBody"]!)
    assert.deepStrictEqual(compare(theirs, fromAst(DetokenizeRequest.ast), "", "request"), [
      ...modelIsTheDeployments,
      ".prompt: only the contract's",
      ".tokens: only ours"
    ])
  })
  for (const { contract: name, ours } of fieldsAlone) {
    it(`${name}: every field and tag is known`, () => {
      const found = compare(fromContract(names[name]!), fromAst(ours.ast), "", "response")
      const lost = found.filter((line) => {
        const [, theirs, own] = /: types (\[.*\]), ours (\[.*\])$/.exec(line) ?? []
        if (theirs === undefined) return line.endsWith("only the contract's")
        const kinds = new Set(JSON.parse(own!) as ReadonlyArray<string>)
        if (kinds.has("number")) kinds.add("integer")
        // an error ends the stream as a failure
        return (JSON.parse(theirs) as ReadonlyArray<string>).some((kind) => kind !== "object error" && !kinds.has(kind))
      })
      assert.isAbove(found.length, 0)
      assert.deepStrictEqual(lost, [])
    })
  }
  for (const { contract: name, differences, ours, side } of table) {
    it(`${name}`, () => {
      assert.isDefined(names[name])
      const found = compare(fromContract(names[name]!), fromAst(ours.ast), "", side)
      assert.deepStrictEqual([...found].toSorted(), [...differences].toSorted())
    })
  }
})
