import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { EmulatorServer, layer, make } from "../src/EmulatorServer.js"
import { post } from "./support.js"

describe("EmulatorServer", () => {
  it.live("starts with its scope and stops with it", () =>
    Effect.gen(function* () {
      const url = yield* Effect.scoped(Effect.map(make(), (running) => running.url))
      const refused = yield* Effect.either(Effect.tryPromise(() => fetch(url)))
      assert.isTrue(Either.isLeft(refused))
    })
  )

  it.live("is shared by a layer", () =>
    Effect.gen(function* () {
      const running = yield* EmulatorServer
      running.faults.enqueue({ status: 503 })
      const response = yield* Effect.promise(() => post(fetch, `${running.url}/v1/tokenize`, { prompt: "a" }))
      assert.strictEqual(response.status, 503)
    }).pipe(Effect.provide(layer()))
  )

  it.live("fails with EmulatorError when the port is in use", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(Effect.flatMap(make(), ({ port }) => make({ port }))))
      assert.strictEqual(error._tag, "EmulatorError")
      assert.include(error.message, "EADDRINUSE")
    })
  )
})
