/**
 * Statuses that frames and answers name, at every other place, in every other form and with every other code.
 */
import { describe } from "@effect/vitest"
import { codeTests, finalTests, formTests, overloadTests, placeTests } from "./statuses.support.js"

describe("a status that a frame names", () => {
  placeTests("others")
})

describe('an error without the word "error"', () => {
  formTests("others")
})

describe("a code that means a status", () => {
  codeTests("others")
})

describe("what is used up for good", () => {
  overloadTests("others")

  finalTests("others")
})
