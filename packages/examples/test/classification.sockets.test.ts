import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Classification from "effect-friendli/Classification"
import * as example from "../src/classification.js"
import { bodyOf, configured, emulator, printing } from "./support.js"

describe("classification", () => {
  it.scopedLive("sorts messages", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server, { FRIENDLI_MODEL: "my-endpoint" })(example.runnable))
      assert.deepStrictEqual(
        value.map(({ verdict }) => verdict),
        ["positive", "negative", "ask a person"]
      )
      assert.deepStrictEqual(
        lines,
        value.map(({ message, verdict }) => `${verdict}: ${message}`)
      )
      assert.lengthOf(server.requests, 1)
      assert.strictEqual(server.requests[0]?.path, "/dedicated/classify")
      assert.deepInclude(bodyOf(server, 0), { model: "my-endpoint", input: value.map(({ message }) => message) })
    })
  )

  it.effect("gives uncertain messages to a person", () =>
    Effect.gen(function* () {
      const sorted = yield* example.triage(["a", "b"])
      assert.deepStrictEqual(sorted, [
        { message: "b", verdict: "sports" },
        { message: "a", verdict: "ask a person" }
      ])
    }).pipe(
      Effect.provide(
        Layer.mock(Classification.Classification, {
          classify: () =>
            Effect.succeed({
              data: [
                { index: 1, label: "sports", num_classes: 3, probs: [0.1, 0.75, 0.15] },
                { index: 0, label: "politics", num_classes: 3, probs: [0.74, 0.2, 0.06] }
              ],
              usage: { prompt_tokens: 2, total_tokens: 2 }
            })
        })
      )
    )
  )
})
