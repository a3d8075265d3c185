/**
 * Cold starts: every other endpoint name, and every other way in which a wake-up fails.
 */
import { describe } from "@effect/vitest"
import { endpointTests, nothingToWakeTests, passingTests, refusalTests } from "./coldStart.support.js"

describe("the wake-up", () => {
  endpointTests("others")
})

describe("a wake-up that fails", () => {
  refusalTests("others")

  passingTests("others")

  nothingToWakeTests("others")
})
