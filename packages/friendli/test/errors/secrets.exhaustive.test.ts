/**
 * Values of headers and keys in URLs, repeated in every other place.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Chat from "effect-friendli/Chat"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import { prompt, serverless } from "../support.js"
import { headerTests, keyTests } from "./secrets.support.js"

describe("values of headers", () => {
  headerTests("others")
})

describe("a key in the path of the base URL", () => {
  keyTests("others")
})

describe("failures of large requests", () => {
  const image = `data:image/png;base64,${"iVBORw0KGgoAAAANSUhEUgAAAAUA".repeat(190_000)}`
  const detail = Array.from({ length: 30 }, (_, at) => ({
    loc: ["body", "messages", at],
    msg: `Input should be a valid string: ${at}`
  }))

  it.live("with 30 issues and 5 MB of an image take no seconds", () =>
    Effect.gen(function* () {
      const before = process.cpuUsage()
      const error = yield* Effect.flip(
        Chat.complete({ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: image } }] }] })
      )
      const { system, user } = process.cpuUsage(before)
      assert.strictEqual(error._tag === "InvalidRequestError" && error.issues.length, 30)
      assert.isBelow((system + user) / 1e6, 2)
    }).pipe(Effect.provide(serverless([Reply.status(422, { body: { detail } })])))
  )

  it.live("that are sent again take no seconds either", () =>
    Effect.gen(function* () {
      const before = process.cpuUsage()
      const retry = Retry.backoff({ initialInterval: "1 millis", maxInterval: "1 millis", maxRetries: 2 })
      const content = "안녕하세요 반갑습니다 ".repeat(90_000)
      yield* Effect.flip(Chat.complete({ messages: [{ role: "user", content }] }, { retry }))
      const { system, user } = process.cpuUsage(before)
      assert.strictEqual((yield* MockHttpClient.requests).length, 3)
      assert.isBelow((system + user) / 1e6, 2)
    }).pipe(
      Effect.provide(serverless(() => Reply.status(429, { body: { error: { message: `slow down ${prompt}` } } })))
    )
  )
})
