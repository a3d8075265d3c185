/**
 * Retries after every other status and failure, and after every other form of `Retry-After`.
 */
import { describe } from "@effect/vitest"
import { followedTests, retryAfterTests, statusTests, tooLongTests } from "./Retry.support.js"

describe("statuses", () => {
  statusTests("others")
})

describe("Retry-After", () => {
  retryAfterTests("others")

  followedTests("others")

  tooLongTests("others")
})
