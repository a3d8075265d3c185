/**
 * The scripted wire under every capability: the exact chunks and waits, cuts, resets, stalls and truncations, for whole answers and for
 * streams.
 */
import { assert, describe, it } from "@effect/vitest"
import { Wire } from "effect-friendli/testing"
import { streamedTests, wholeTests } from "./Wire.support.js"

it("answers without usage say nothing of it", () => {
  const usage = null
  for (const answer of [Wire.chatCompletion("a", { usage }), Wire.completion("a", { usage })]) {
    assert.notProperty(answer, "usage")
  }
  for (const chunks of [Wire.chatChunks("a", { usage }), Wire.completionChunks("a", { usage })]) {
    assert.isTrue(chunks.every((chunk) => !("usage" in chunk) && chunk.choices.length === 1))
  }
})

describe("unary answers", () => {
  wholeTests("examples")
})

describe("streams", () => {
  streamedTests("examples")
})
