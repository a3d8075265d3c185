/**
 * `Contract`: finds nothing on a good mock, and each fault of a mock that has it.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Contract, MockHttpClient, Reply } from "effect-friendli/testing"
import { it } from "../it.js"
import { field } from "../support.js"
import { broken, check, four, good, streamTests } from "./Contract.support.js"

describe("a mock", () => {
  it.effect("that has the four operations keeps the contract, and lacks the rest", () =>
    Effect.gen(function* () {
      const report = yield* check(MockHttpClient.layer(good))
      assert.deepStrictEqual(report.findings, [])
      assert.deepStrictEqual(report.checked, four)
      assert.deepStrictEqual(report.missing, [
        "Messages.create",
        "Messages.stream",
        "Responses.create",
        "Responses.stream",
        "Audio.transcribe",
        "Audio.stream",
        "ChatRender.render",
        "Models.list",
        "ToolAssistedChat.complete",
        "ToolAssistedChat.stream"
      ])
    })
  )

  streamTests("examples")

  it.effect("that takes bad requests for good ones", () =>
    Effect.gen(function* () {
      const { findings } = yield* check(
        MockHttpClient.layer((request) =>
          request.url.endsWith("/tokenize") ? Reply.json({ tokens: [1] }) : good(request)
        )
      )
      assert.deepStrictEqual(
        findings.map((finding) => [finding._tag, finding.operation, finding.attempt, field(finding, "expected")]),
        [
          ["WrongStatus", "Tokens.tokenize", "a body that is not JSON", [400, 422]],
          ["WrongStatus", "Tokens.tokenize", "a request that lacks its required fields", [400, 422]],
          ["WrongStatus", "Tokens.tokenize", "a request without a token", [401, 403]]
        ]
      )
      assert.include(findings[0]!.message, "200")
    })
  )

  it.effect("is checked completely by verify", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Effect.provide(Contract.verify(), broken("/tokenize", Reply.json({ tokens: ["1"] })))
      )
      assert.strictEqual(error._tag, "ContractBroken")
      assert.lengthOf(error.findings, 1)
      assert.match(error.message, /^Undecodable: Tokens\.tokenize, a good request: .*tokens\[0\]/)
    })
  )
})
