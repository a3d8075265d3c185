import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeEmulator } from "../src/Emulator.js"
import * as EmulatorHttpClient from "../src/EmulatorHttpClient.js"

const post = (url: string, body: unknown) =>
  HttpClientRequest.post(url).pipe(
    HttpClientRequest.bodyUnsafeJson(body),
    HttpClient.execute,
    Effect.flatMap(({ json }) => json)
  )

it.effect("answers the requests of a client, at any origin", () => {
  const emulator = makeEmulator()
  return Effect.gen(function* () {
    assert.deepStrictEqual(yield* post("https://gateway.test/v1/detokenize", { tokens: [15339, 0] }), {
      text: "hello!"
    })
    assert.deepStrictEqual(
      emulator.requests.map(({ path, status }) => [path, status]),
      [["/v1/detokenize", 200]]
    )
  }).pipe(Effect.provide(EmulatorHttpClient.layer(emulator)))
})

it.effect("sees the end of a call that is interrupted", () => {
  const emulator = makeEmulator({ timeToFirstToken: 60_000 })
  return Effect.gen(function* () {
    yield* Effect.raceFirst(
      post("http://localhost/v1/completions", { prompt: "Once", max_tokens: 5 }),
      Effect.promise(async () => {
        while (emulator.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
      })
    )
    assert.isTrue(emulator.requests[0]?.aborted)
  }).pipe(Effect.provide(EmulatorHttpClient.layer(emulator)))
})

it.effect("belongs to one scope of an emulator", () => {
  const emulator = makeEmulator()
  const [mine, other] = [emulator.scope("mine"), emulator.scope("other")]
  return Effect.gen(function* () {
    yield* post("http://localhost/v1/tokenize", { prompt: "Hello!" })
    assert.lengthOf(mine.requests, 1)
    assert.lengthOf(other.requests, 0)
  }).pipe(Effect.provide(EmulatorHttpClient.layer(mine)))
})
