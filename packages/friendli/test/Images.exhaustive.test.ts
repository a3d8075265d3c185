/**
 * Every other field that a deployment does not take.
 */
import { describe } from "@effect/vitest"
import { caseTests } from "./Images.support.js"

describe("what a deployment does not take fails before anything is sent", () => {
  caseTests("others")
})
