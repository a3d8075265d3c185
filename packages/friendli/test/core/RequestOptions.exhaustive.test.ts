/**
 * Options: the precedence of every other one, and every other value that is invalid.
 */
import { describe } from "@effect/vitest"
import { precedenceTests, wrongTests } from "./RequestOptions.support.js"

describe("precedence", () => {
  precedenceTests("others")
})

describe("options that are invalid", () => {
  wrongTests("others")
})
