/**
 * `Contract` against the emulator over a socket.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Contract } from "effect-friendli/testing"
import { listen } from "effect-friendli-emulator/NodeServer"

it.scopedLive("finds nothing on the emulator with its own token, and a wrong status with another", () =>
  Effect.gen(function* () {
    const server = yield* Effect.acquireRelease(
      Effect.promise(() => listen({ port: 0, tokens: ["flp_good"] })),
      (running) => Effect.promise(() => running.close())
    )
    const check = (token: string) =>
      Effect.provide(Contract.check({ baseUrl: server.url, token }), FetchHttpClient.layer)
    assert.deepStrictEqual((yield* check("flp_good")).findings, [])
    const { findings } = yield* check("flp_bad")
    assert.deepInclude(findings[0], { _tag: "WrongStatus", operation: "Chat.complete", status: 401, expected: [200] })
  })
)
