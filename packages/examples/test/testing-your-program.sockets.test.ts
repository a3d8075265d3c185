/**
 * The program of `testing-your-program.test.ts` on the emulator, over a socket.
 */
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Serverless } from "effect-friendli"
import * as app from "../src/testing-your-program.js"
import { configured, emulator, printing } from "./support.js"

const text = "The museum opens at nine. On Mondays it is closed, and on Fridays it is open until ten at night."

const summarize = (what: string) => Effect.flatMap(app.Summarizer, (summarizer) => summarizer.summarize(what))

describe("on the emulator", () => {
  it.scopedLive("runs from end to end", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server)(app.runnable))
      assert.deepStrictEqual(lines, `${value.summary}\n${value.written}`.split("\n"))
      assert.strictEqual(value.written, value.summary)
      assert.deepStrictEqual(
        server.requests.map(({ status }) => status),
        [200, 200, 200, 200]
      )
    })
  )

  it.scopedLive("works while the model is down", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      server.faults.enqueue({}, { status: 503 })
      const summary = yield* summarize(text).pipe(
        Effect.provide(app.layer),
        Effect.provide(
          Serverless.layer({ token: "flp_test", model: "meta-llama-3.1-8b-instruct", baseUrl: server.url })
        ),
        Effect.provide(FetchHttpClient.layer)
      )
      assert.isNotEmpty(summary)
      assert.isAtLeast(server.requests.length, 3)
    })
  )
})
