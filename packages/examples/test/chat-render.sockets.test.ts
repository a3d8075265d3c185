import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as chatRender from "../src/chat-render.js"
import { configured, emulator, printing } from "./support.js"

describe("chat-render", () => {
  it.scopedLive("prints what the model reads, and what a tool adds to it", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server)(chatRender.runnable))
      assert.include(value.plain, "You are a helpful assistant.")
      assert.include(value.plain, "What is the weather in Seoul?")
      assert.notInclude(value.plain, "get_weather")
      assert.include(value.offering, "get_weather")
      const added = value.offering.length - value.plain.length
      assert.strictEqual(lines.join("\n"), `${value.plain}\na tool adds ${added} characters`)
      assert.deepStrictEqual(
        server.requests.map((request) => request.path),
        ["/serverless/v1/chat/render", "/serverless/v1/chat/render"]
      )
    })
  )
})
