import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { Serverless } from "effect-friendli"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as example from "../src/partial-json.js"
import { configured, emulator, printing } from "./support.js"

describe("partial-json", () => {
  it.scopedLive("fills in the recipe as it arrives", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server)(example.runnable))
      const last = Option.getOrThrow(value)
      if (last._tag !== "Complete") return assert.fail(last._tag)
      const growing = lines.slice(0, -last.value.steps.length)
      assert.isAbove(growing.length, 3)
      assert.strictEqual(growing[0], "… · … · 0 steps")
      assert.strictEqual(growing.at(-1), example.show(last.value))
      assert.deepStrictEqual(lines.slice(growing.length), last.value.steps)
    })
  )

  it.scoped("stops an invalid answer", () =>
    Effect.gen(function* () {
      const events = Wire.chatChunks('{"title":"Kimchi", "minutes": 9000, "steps":[]}')
      const { lines, states } = yield* printing(
        Effect.zipRight(example.program, MockHttpClient.states).pipe(
          Effect.provide(
            Serverless.layer({ token: "flp_test" }).pipe(
              Layer.provideMerge(MockHttpClient.layer([Reply.sse(events, { ending: "stall" })]))
            )
          )
        )
      ).pipe(Effect.map((printed) => ({ lines: printed.lines, states: printed.value })))
      assert.deepStrictEqual(lines, [
        "Kimchi · … · 0 steps",
        "no recipe: minutes: expected a number between 5 and 120, got 9000"
      ])
      assert.deepStrictEqual(states, ["cancelled"])
    })
  )
})
