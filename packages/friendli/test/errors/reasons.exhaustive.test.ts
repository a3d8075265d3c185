/**
 * The reason in every other form of body and page, and the advice for every other status.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Reply } from "effect-friendli/testing"
import { it } from "../it.js"
import { adviceTests, bodyTests, pageTests, rejections, silentTests, why } from "./reasons.support.js"

describe("the reason of a rejection is shown", () => {
  bodyTests("others")

  silentTests("others")

  it.effect("and JSON without end is not followed to its end", () =>
    Effect.gen(function* () {
      for (const [open, close] of [
        ['{"error":', "}"],
        ["[", "]"],
        ['{"errors":[', "]}"],
        ['{"message":{"detail":', "}}"]
      ] as const) {
        const body = `${open.repeat(3000)}"${why}"${close.repeat(3000)}`
        for (const error of yield* rejections(Reply.status(401, { body }))) {
          assert.include(error.message, "was answered with 401. Check the token")
        }
      }
    })
  )
})

describe("the first line of a page is shown", () => {
  pageTests("others")

  it.effect("and found in no time, however the page is made", () =>
    Effect.gen(function* () {
      const began = performance.now()
      for (const body of [
        "<title".repeat(11_000),
        "<!--".repeat(16_000),
        "<".repeat(65_000),
        "&#".repeat(32_000),
        "\n ".repeat(32_000)
      ]) {
        yield* rejections(Reply.status(500, { body }))
      }
      assert.isBelow(performance.now() - began, 2000)
    })
  )
})

describe("the advice fits the status", () => {
  adviceTests("others")
})
