/**
 * Files of any bytes.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MockHttpClient } from "effect-friendli/testing"
import * as fc from "fast-check"
import { it } from "../it.js"
import { ok, post } from "./requests.support.js"

describe("what is recorded", () => {
  it.effect("files come back byte by byte", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(fc.uint8Array(), fc.array(fc.constantFrom("\r\n--", "--", "\r\n\r\n", "x")), (noise, text) =>
          Effect.runPromise(
            Effect.gen(function* () {
              const content = new Uint8Array([...noise, ...new TextEncoder().encode(text.join(""))])
              const form = new FormData()
              form.set("file", new File([content], "f"))
              form.set("text", "after")
              yield* post(HttpBody.formData(form))
              const [file, field] = (yield* MockHttpClient.lastRequest).form!
              assert.isTrue(file?._tag === "File" && Buffer.from(file.bytes).equals(content))
              assert.isTrue(field?._tag === "Field" && field.value === "after")
            }).pipe(Effect.provide(ok))
          )
        )
      )
    )
  )
})
