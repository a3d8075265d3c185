/**
 * Texts that were cut inside an emoji: rejected with their path before anything is sent, wherever in a request they stand.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Chat from "effect-friendli/Chat"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { halvesIn } from "../../src/client/surrogates.js"
import { deployed, fieldTests, half, messages } from "./surrogates.support.js"

describe("a half of a pair", () => {
  fieldTests("examples")

  it.effect("emoji, pairs and what only looks like an escape are sent", () =>
    Effect.gen(function* () {
      const contents = ["👋🏽", "\ud83d\ude00", "\\ud83d", "print('\\ud83d')", '"\\ud83d"', "안녕", "\u0000\u2028"]
      for (const content of contents) yield* Chat.complete({ messages: [{ role: "user", content }] })
      const sent = (yield* MockHttpClient.requests).map(({ json }) => (json as Chat.ChatRequest).messages[0]?.content)
      assert.deepStrictEqual(sent, contents)
    }).pipe(Effect.provide(deployed(() => Reply.json(Wire.chatCompletion("Hi!")))))
  )

  it.effect("in a field that the option body replaces is not sent, and not rejected", () =>
    Effect.gen(function* () {
      yield* Chat.complete({ messages, user: half } as never, { body: { messages } }).pipe(Effect.flip)
      yield* Chat.complete({ messages: [{ role: "user", content: half }] }, { body: { messages } })
      assert.lengthOf(yield* MockHttpClient.requests, 1)
    }).pipe(Effect.provide(deployed(() => Reply.json(Wire.chatCompletion("Hi!")))))
  )
})

describe("the search", () => {
  it("names no more than twenty, and no long key", () => {
    assert.lengthOf(halvesIn(Array.from({ length: 1000 }, () => half)), 20)
    assert.deepStrictEqual(halvesIn({ ["k".repeat(70) + "\ud83d"]: 1 })[0]?.path, ["<key of 71 characters>"])
  })
})
