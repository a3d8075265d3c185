/** The whole contract as the vendor publishes it, in YAML. */
import { contract } from "effect-friendli-vectors"
import { expect, it } from "vitest"
import { stringify } from "yaml"
import { run } from "../src/drift/run.js"

it("the command finds nothing between the contract and itself as YAML", () => {
  const files = { contract: JSON.stringify(contract), accepted: "{}", read: () => stringify(contract) }
  expect(run(["openapi"], files)).toEqual({
    code: 0,
    output: "No drift: both documents say the same of every operation."
  })
})
