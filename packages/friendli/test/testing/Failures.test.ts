/**
 * `Failures`: each makes exactly its error happen, of unary operations and of streams, and inside a stream after what it gave.
 */
import { assert, describe } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Container from "effect-friendli/Container"
import * as Retry from "effect-friendli/Retry"
import { Failures, MockHttpClient } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { it } from "../it.js"
import { after, calls, complete, insideTests, streamed, tagTests, tokenize } from "./Failures.support.js"

describe("Failures.of", () => {
  tagTests("examples")

  it.effect("StreamTruncatedError of streams", () =>
    Effect.gen(function* () {
      for (const call of calls.slice(2)) {
        assert.strictEqual((yield* after(Failures.of("StreamTruncatedError"), call))._tag, "StreamTruncatedError")
      }
    })
  )
})

describe("inside a stream", () => {
  insideTests("examples")
})

describe("what can be said", () => {
  it.effect("the server's words, its wait, its status, its fields", () =>
    Effect.gen(function* () {
      const limit = yield* after(Failures.rateLimit({ retryAfter: 7, message: "Slow down" }), tokenize)
      assert.deepStrictEqual(limit.retryAfter, Duration.seconds(7))
      assert.include(limit.message, "Slow down")
      assert.strictEqual((yield* after(Failures.server({ status: 502 }), tokenize)).status, 502)
      assert.strictEqual((yield* after(Failures.unexpectedStatus({ status: 409 }), tokenize)).status, 409)
      const invalid = yield* after(Failures.invalidRequest({ path: ["messages", 0], message: "no role" }), complete)
      assert.deepInclude(invalid, { status: 422, issues: [{ path: ["messages", 0], message: "no role" }] })
      const named = yield* after(Failures.notFound({ headers: { "x-request-id": "req-9" } }), tokenize)
      assert.strictEqual(named.requestId, "req-9")
    })
  )

  it.effect("the phase of a connection and the kind of a timeout", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* after(Failures.connection(), tokenize), { phase: "connect" })
      assert.deepInclude(yield* after(Failures.connection({ phase: "body" }), tokenize), { phase: "body" })
      assert.deepInclude(yield* after(Failures.connection({ phase: "body" }), streamed), { phase: "body" })
      const unknown = yield* after(Failures.connection({ code: "ENOTFOUND" }), tokenize)
      assert.strictEqual(unknown.cause?.code, "ENOTFOUND")
      assert.deepInclude(yield* after(Failures.requestTimeout(), tokenize), { kind: "headers" })
      assert.deepInclude(yield* after(Failures.requestTimeout({ kind: "idle" }), tokenize), { kind: "idle" })
      assert.deepInclude(yield* after(Failures.requestTimeout({ kind: "idle" }), streamed), { kind: "idle" })
    })
  )

  it.effect("the body that does not decode", () =>
    Effect.gen(function* () {
      const shape = yield* after(Failures.responseDecode({ body: { tokens: "many" } }), tokenize)
      assert.strictEqual(shape._tag, "ResponseDecodeError")
      assert.include(JSON.stringify(shape), "tokens")
      const page = yield* after(Failures.responseDecode({ body: "<p>no</p>" }), tokenize)
      assert.strictEqual(page.body, "<p>no</p>")
    })
  )

  it.effect("each branch of a program's catchTags", () => {
    const program = Tokens.tokenize({ prompt: "Hello!" }).pipe(
      Effect.as("fine"),
      Effect.catchTags({
        RateLimitError: () => Effect.succeed("later"),
        AuthenticationError: () => Effect.succeed("sign in")
      })
    )
    return Effect.gen(function* () {
      assert.strictEqual(yield* program, "later")
      assert.strictEqual(yield* program, "sign in")
      assert.strictEqual((yield* Effect.flip(program))._tag, "NotFoundError")
    }).pipe(
      Effect.provide(
        Container.layer({ retry: Retry.never }).pipe(
          Layer.provide(MockHttpClient.layer([Failures.rateLimit(), Failures.authentication(), Failures.notFound()]))
        )
      )
    )
  })
})
