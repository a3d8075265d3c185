import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as extraction from "../src/extraction.js"
import { configured, emulator, printing } from "./support.js"

const right = {
  number: "AB-1234",
  issued: "2025-03-03T00:00:00Z",
  currency: "EUR",
  items: [
    { name: "paper boats", quantity: 2, unitPrice: 3.5 },
    { name: "lake", quantity: 1, unitPrice: 99 }
  ]
}
const wrong = { ...right, items: [{ name: "paper boats", quantity: -2, unitPrice: 3.5 }] }

describe("extraction", () => {
  it.scopedLive("asks again with what is wrong, and gives decoded values", () =>
    Effect.gen(function* () {
      const server = yield* emulator({
        script: [
          { when: { turn: 1 }, say: JSON.stringify(wrong) },
          {
            when: { turn: 2, contains: "items[0].quantity: expected a positive number, got -2" },
            say: JSON.stringify(right)
          }
        ]
      })
      const { text, value } = yield* printing(configured(server)(extraction.runnable))
      assert.instanceOf(value.items[0], extraction.Item)
      assert.strictEqual(value.issued.getUTCMonth(), 2)
      assert.match(text, /^AB-1234, 2 items in EUR: 2 attempts, \d+ tokens$/)
      assert.lengthOf(server.requests, 2)
    })
  )

  it.scopedLive("says what was wrong when no attempt fits", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ script: [{ say: JSON.stringify(wrong) }] })
      const { text, value } = yield* printing(Effect.flip(configured(server)(extraction.runnable)))
      assert.strictEqual(value._tag, "OutputRejectedError")
      assert.include(text, "items[0].quantity: expected a positive number, got -2. This was attempt 3. 3 issues in all")
    })
  )
})
