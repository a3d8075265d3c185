/**
 * `Failures`: every other error.
 */
import { describe } from "@effect/vitest"
import { insideTests, tagTests } from "./Failures.support.js"

describe("Failures.of", () => {
  tagTests("others")
})

describe("inside a stream", () => {
  insideTests("others")
})
