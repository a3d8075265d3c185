/**
 * `Wire`: every other answer and stream.
 */
import { describe } from "@effect/vitest"
import { streamedTests, wholeTests } from "./Wire.support.js"

describe("unary answers", () => {
  wholeTests("others")
})

describe("streams", () => {
  streamedTests("others")
})
