/**
 * Every other token and URL that was pasted wrongly.
 */
import { describe } from "@effect/vitest"
import { tokenTests, urlTests } from "./pasted.support.js"

describe("base URLs that are rejected", () => {
  urlTests("others")
})

describe("tokens and teams that are rejected", () => {
  tokenTests("others")
})
