/**
 * What the server says of an error: its reason in every form of body, and advice that fits the status.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Reply } from "effect-friendli/testing"
import { it } from "../it.js"
import { prompt } from "../support.js"
import { adviceTests, bodyTests, pageTests, rejections, silentTests, why } from "./reasons.support.js"

describe("the reason of a rejection is shown", () => {
  bodyTests("examples")

  it.effect("and fields of errors become issues", () =>
    Effect.gen(function* () {
      const body = { errors: [{ loc: ["body", "model"], msg: why }, { field: "top_p", message: "too high" }, "odd"] }
      for (const error of yield* rejections(Reply.status(400, { body }))) {
        assert.deepStrictEqual(error._tag === "InvalidRequestError" && error.issues, [
          { path: ["model"], message: why },
          { path: ["top_p"], message: "too high" },
          { path: [], message: "odd" }
        ])
      }
    })
  )

  silentTests("examples")

  it.effect("without the prompt, wherever it is", () =>
    Effect.gen(function* () {
      for (const body of [{ errors: [{ field: prompt, message: prompt }] }, { msg: prompt }, `<h1>${prompt}</h1>`]) {
        for (const error of yield* rejections(Reply.status(500, { body: body as object }))) {
          assert.notInclude(JSON.stringify(error), "zebras")
        }
      }
    })
  )
})

describe("the first line of a page is shown", () => {
  pageTests("examples")

  it.effect("and cut where it is long", () =>
    Effect.gen(function* () {
      for (const body of ["x".repeat(5000), `<title>${"x".repeat(5000)}</title>`]) {
        for (const error of yield* rejections(Reply.status(502, { body }))) {
          assert.include(error.message, `${"x".repeat(199)}…`)
          assert.notInclude(error.message, "x".repeat(200))
        }
      }
    })
  )
})

describe("the advice fits the status", () => {
  adviceTests("examples")
})
