/**
 * What an error repeats of a lower one, and of the body of an answer.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { request, serverless, token, untilFailure } from "../support.js"

/** The connection error of a call whose `fetch` rejects. */
const failed = (cause: unknown) =>
  Effect.flip(Chat.complete(request, { retry: Retry.never })).pipe(
    Effect.provide(Serverless.layer({ token, model: "m" })),
    Effect.provide(FetchHttpClient.layer),
    Effect.provideService(FetchHttpClient.Fetch, () => Promise.reject(cause))
  )

const snapshot = (cause: unknown) =>
  Effect.map(failed(cause), (error) => ("cause" in error ? (error.cause as unknown) : undefined))

describe("the cause", () => {
  it.effect("is the deepest one, with the name, message and code that are known there", () =>
    Effect.gen(function* () {
      const deep = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })
      assert.deepStrictEqual(yield* snapshot(new TypeError("fetch failed", { cause: deep })), {
        name: "Error",
        message: "connect ECONNREFUSED",
        code: "ECONNREFUSED"
      })
    })
  )

  it.effect("is the first of several errors", () =>
    Effect.gen(function* () {
      const all = new AggregateError([new RangeError("first"), new Error("second")], "all failed")
      assert.deepInclude(yield* snapshot(all), { name: "RangeError", message: "first" })
    })
  )

  it.effect("may be an error that is its own cause", () =>
    Effect.gen(function* () {
      const cyclic = new Error("round and round")
      cyclic.cause = cyclic
      assert.deepInclude(yield* snapshot(cyclic), { name: "Error", message: "round and round" })
    })
  )

  it.effect("has a code only if that is text", () =>
    Effect.gen(function* () {
      const numbered = yield* snapshot(Object.assign(new Error("odd"), { code: 20 }))
      assert.deepInclude(numbered, { message: "odd" })
      assert.isUndefined((numbered as { readonly code?: unknown }).code)
      const aborted = yield* failed(new DOMException("given up", "AbortError"))
      assert.strictEqual(aborted._tag, "RequestTimeoutError")
      assert.isUndefined("cause" in aborted ? aborted.cause?.code : "none")
    })
  )

  it.effect("keeps an empty name and message out", () =>
    Effect.gen(function* () {
      const nameless = new Error("inner")
      nameless.name = ""
      assert.deepInclude(yield* snapshot(new TypeError("outer", { cause: nameless })), {
        name: "TypeError",
        message: "inner"
      })
      assert.deepInclude(yield* snapshot(new TypeError("outer", { cause: new Error("") })), { message: "outer" })
    })
  )
})

describe("the message", () => {
  it.effect("of a connection that broke within the answer says why", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Chat.complete(request))
      assert.strictEqual(error._tag === "ConnectionError" && error.phase, "body")
      assert.include(error.message, "ECONNRESET")
    }).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi!"), { ending: "reset" })])))
  )

  it.effect("of a stream that broke says why", () =>
    Effect.gen(function* () {
      const { error } = yield* untilFailure(Chat.stream(request))
      assert.strictEqual(error?._tag === "ConnectionError" && error.phase, "body")
      assert.include(error?.message, "ECONNRESET")
    }).pipe(Effect.provide(serverless([Reply.sse(Wire.chatChunks("Hi!"), { ending: "reset", done: false })])))
  )
})

describe("the body", () => {
  it.effect("is kept to 2,048 characters", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Chat.complete(request, { retry: Retry.never }))
      assert.strictEqual(error.body, "x".repeat(2048))
    }).pipe(Effect.provide(serverless([Reply.text("x".repeat(3000), { status: 500 })])))
  )
})

describe("the type of an error frame", () => {
  it.effect.each([
    ["rate_limit_error", "RateLimitError"],
    ["overloaded_error", "OverloadedError"],
    ["authentication_error", "AuthenticationError"],
    ["something_new", "ServerError"]
  ] as const)("%s beside a code that says nothing is a %s", ([type, tag]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Stream.runDrain(Chat.stream(request)))
      assert.strictEqual(error._tag, tag)
    }).pipe(Effect.provide(serverless([Reply.sse([Wire.chatChunks("Hi!")[0], { error: { type, code: "x" } }])])))
  )
})
