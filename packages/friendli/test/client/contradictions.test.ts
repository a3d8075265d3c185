/**
 * What options say against the function that is called, and against the default model.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { request, serverless } from "../support.js"

const whole = Reply.json(Wire.chatCompletion("Hi!"))

describe("the option body", () => {
  it.effect("may say anything that the function does not decide, true included", () =>
    Effect.gen(function* () {
      yield* Chat.complete(request, { body: { logprobs: true, stream: false, newer: true } })
      const [sent] = yield* MockHttpClient.requests
      assert.deepInclude(sent!.json, { logprobs: true, stream: false, newer: true })
    }).pipe(Effect.provide(serverless([whole])))
  )

  it.effect("cannot make a stream of a call, nor a call of a stream", () =>
    Effect.gen(function* () {
      const errors = [
        yield* Effect.flip(Chat.complete(request, { body: { stream: true } })),
        yield* Effect.flip(Stream.runDrain(Chat.stream(request, { body: { stream: false } })))
      ]
      for (const error of errors) {
        assert.deepStrictEqual(error._tag === "InvalidRequestError" && error.issues.map(({ path }) => path), [
          ["options", "body", "stream"]
        ])
      }
      assert.isEmpty(yield* MockHttpClient.requests)
    }).pipe(Effect.provide(serverless([])))
  )

  it.effect("may repeat what the function decides", () =>
    Effect.gen(function* () {
      yield* Stream.runDrain(Chat.stream(request, { body: { stream: true } }))
      assert.lengthOf(yield* MockHttpClient.requests, 1)
    }).pipe(Effect.provide(serverless([Reply.sse(Wire.chatChunks("Hi!"))])))
  )
})

describe("an empty model", () => {
  it.effect("is rejected though there is a default", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Chat.complete({ ...request, model: "" }))
      assert.deepStrictEqual(error._tag === "InvalidRequestError" && error.issues.map(({ path }) => path), [["model"]])
      assert.isEmpty(yield* MockHttpClient.requests)
    }).pipe(Effect.provide(serverless([], { model: "default-model" })))
  )
})
