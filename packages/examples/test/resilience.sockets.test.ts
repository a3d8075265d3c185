import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as example from "../src/resilience.js"
import { bodyOf, configured, emulator, printing } from "./support.js"

const endpoint = "/dedicated/v1/chat/completions"
const serverless = "/serverless/v1/chat/completions"

describe("resilience", () => {
  it.scopedLive("asks the endpoint while it answers", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server, { FRIENDLI_MODEL: "my-endpoint" })(example.runnable))
      assert.deepStrictEqual(value, ["dedicated", "dedicated", "dedicated", "dedicated"])
      assert.deepStrictEqual(lines, ["dedicated, dedicated, dedicated, dedicated"])
      assert.deepInclude(bodyOf(server, 0), { model: "my-endpoint" })
    })
  )

  it.scopedLive("asks serverless instead of an endpoint that is down, and sends nothing to the endpoint", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      // the request between them goes to serverless
      server.faults.enqueue({ status: 503 }, {}, { status: 503 })
      const { lines, value } = yield* printing(configured(server, { FRIENDLI_MODEL: "my-endpoint" })(example.runnable))
      assert.deepStrictEqual(value, ["serverless", "serverless", "serverless", "serverless"])
      assert.deepStrictEqual(lines.slice(1), ["stood in after OverloadedError: 2", "stood in after circuit_open: 2"])
      assert.deepStrictEqual(
        server.requests.map((request) => request.path),
        [endpoint, serverless, endpoint, serverless, serverless, serverless]
      )
    })
  )
})
