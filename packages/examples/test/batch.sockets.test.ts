import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as batch from "../src/batch.js"
import { configured, emulator, printing } from "./support.js"

describe("batch", () => {
  it.scopedLive("calls each row once, over two runs", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server)(batch.runnable))
      assert.strictEqual(value.first.reason, "stopped")
      assert.isAtLeast(value.first.done, 3)
      assert.isBelow(value.first.done, 8)
      assert.deepStrictEqual(lines, [
        `first run: ${value.first.done} of 8 done, stopped`,
        `second run: 8 done, ${value.first.done} of them by the first run`
      ])
      assert.lengthOf(
        server.requests.filter(({ path }) => path.endsWith("/chat/completions")),
        8
      )
    })
  )
})
