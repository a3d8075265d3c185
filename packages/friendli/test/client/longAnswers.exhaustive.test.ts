/**
 * The headers timeout of every other operation, and of every other retry policy.
 */
import { describe } from "@effect/vitest"
import { limitTests, policyTests, setLimitTests } from "./longAnswers.support.js"

describe("the headers timeout by default", () => {
  limitTests("others")
})

describe("a headers timeout that is set", () => {
  setLimitTests("others")
})

describe("a generation that got no answer in time", () => {
  policyTests("others")
})
