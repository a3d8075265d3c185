/**
 * `Contract` on mocks with other faults.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Failures, MockHttpClient, Reply } from "effect-friendli/testing"
import { it } from "../it.js"
import { broken, check, good, streamTests } from "./Contract.support.js"

describe("a mock", () => {
  streamTests("others")

  it.effect("that lacks one of the four does not", () =>
    Effect.gen(function* () {
      const { findings } = yield* check(broken("/detokenize", Failures.notFound()))
      assert.lengthOf(findings, 1)
      assert.deepInclude(findings[0], {
        _tag: "WrongStatus",
        operation: "Tokens.detokenize",
        attempt: "a good request",
        status: 404,
        expected: [200]
      })
    })
  )

  it.effect("whose answers have another shape", () =>
    Effect.gen(function* () {
      const { findings } = yield* check(broken("/tokenize", Reply.json({ tokens: ["1"] })))
      const [finding] = findings
      assert.lengthOf(findings, 1)
      assert.deepInclude(finding, { _tag: "Undecodable", operation: "Tokens.tokenize" })
      assert.isTrue(finding?._tag === "Undecodable" && finding.issues[0]?.startsWith("tokens[0]: "))
    })
  )

  it.effect("that does not answer", () =>
    Effect.gen(function* () {
      for (const reply of [Reply.never, Reply.refused()]) {
        const { findings } = yield* check(broken("/tokenize", reply))
        assert.lengthOf(findings, 1)
        assert.deepInclude(findings[0], { _tag: "NoAnswer", operation: "Tokens.tokenize" })
      }
      const silent = yield* check(MockHttpClient.layer(() => Reply.never))
      assert.isTrue(silent.findings.every(({ _tag }) => _tag === "NoAnswer"))
      assert.include(
        silent.findings.map(({ attempt }) => attempt),
        "a request without a token"
      )
    })
  )

  it.effect("that fails over bad requests", () =>
    Effect.gen(function* () {
      const { findings } = yield* check(
        MockHttpClient.layer((request) =>
          request.method === "POST" && request.json === undefined && request.form === undefined
            ? Failures.server()
            : good(request)
        )
      )
      assert.isNotEmpty(findings)
      for (const finding of findings) {
        assert.deepInclude(finding, { _tag: "WrongStatus", status: 500, attempt: "a body that is not JSON" })
      }
    })
  )
})
