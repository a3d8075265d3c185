import { assert, describe, it } from "@effect/vitest"
import { DetokenizeRequest } from "../../src/schema/Tokens.js"
import { contract } from "effect-friendli-vectors"
import { compare, fromAst, fromContract } from "./compare.js"
import { rowGaps } from "./gaps.js"
import { modelIsTheDeployments, table } from "./table.js"

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
  for (const row of table) {
    it(`${row.contract}`, () => {
      assert.deepStrictEqual(rowGaps(contract, row), [])
    })
  }
})
