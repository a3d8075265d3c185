/**
 * `Failures`: each makes exactly its error happen, of unary operations and of streams, and inside a stream after what it gave.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Chat from "effect-friendli/Chat"
import * as Container from "effect-friendli/Container"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as Messages from "effect-friendli/Messages"
import * as Retry from "effect-friendli/Retry"
import { Failures, MockHttpClient, type Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { collect, during, request, untilFailure } from "../support.js"

type Tag = FriendliStreamError["_tag"]

type Called = Chat.Chat | Messages.Messages | Tokens.Tokens

/** The call gets this reply, and as much time as any clock of it needs. */
const after = <A, E>(reply: Reply.Reply, call: Effect.Effect<A, E, Called>) =>
  during(call, "10 minutes").pipe(
    Effect.provide(Container.layer({ retry: Retry.never })),
    Effect.provide(MockHttpClient.layer([reply]))
  )

const tokenize = Effect.flip(Tokens.tokenize({ prompt: "Hello!" }))
const complete = Effect.flip(Chat.complete(request))
const streamed = Effect.flip(collect(Chat.stream(request)))
const messages = Messages.stream({ messages: [{ role: "user", content: "Hello!" }], max_tokens: 9 })

const calls: ReadonlyArray<Effect.Effect<FriendliStreamError, unknown, Called>> = [
  tokenize,
  complete,
  streamed,
  Effect.flip(collect(messages))
]

const everywhere: ReadonlyArray<Tag> = [
  "InvalidRequestError",
  "AuthenticationError",
  "PermissionDeniedError",
  "NotFoundError",
  "RateLimitError",
  "OverloadedError",
  "ServerError",
  "UnexpectedStatusError",
  "ConnectionError",
  "RequestTimeoutError",
  "ResponseDecodeError"
]

describe("Failures.of", () => {
  for (const tag of everywhere) {
    it.effect(`${tag} of unary operations and of streams`, () =>
      Effect.gen(function* () {
        for (const call of calls) {
          assert.strictEqual((yield* after(Failures.of(tag), call))._tag, tag)
        }
      })
    )
  }

  it.effect("StreamTruncatedError of streams", () =>
    Effect.gen(function* () {
      for (const call of calls.slice(2)) {
        assert.strictEqual((yield* after(Failures.of("StreamTruncatedError"), call))._tag, "StreamTruncatedError")
      }
    })
  )
})

describe("inside a stream", () => {
  const events = Wire.chatChunks("Hello there!").slice(0, 2)
  const inside: Readonly<Record<Tag, (options: Failures.Options) => Reply.Reply>> = {
    InvalidRequestError: Failures.invalidRequest,
    AuthenticationError: Failures.authentication,
    PermissionDeniedError: Failures.permissionDenied,
    NotFoundError: Failures.notFound,
    RateLimitError: Failures.rateLimit,
    OverloadedError: Failures.overloaded,
    ServerError: Failures.server,
    UnexpectedStatusError: Failures.unexpectedStatus,
    ConnectionError: Failures.connection,
    RequestTimeoutError: Failures.requestTimeout,
    ResponseDecodeError: Failures.responseDecode,
    StreamTruncatedError: ({ events: given, ...options }) => Failures.streamTruncated(given, options)
  }

  for (const tag of [...everywhere, "StreamTruncatedError"] as const) {
    it.effect(`${tag} comes after the events`, () =>
      Effect.gen(function* () {
        const seen = yield* after(inside[tag]({ events }), untilFailure(Chat.stream(request)))
        assert.deepStrictEqual<unknown>(seen.elements, events)
        assert.strictEqual(seen.error?._tag, tag)
        assert.strictEqual(seen.error?.received?.events, 2)
      })
    )

    it.effect(`${tag} comes after named events`, () =>
      Effect.gen(function* () {
        const named = Wire.messageEvents("Hello there!").slice(0, 3)
        const seen = yield* after(inside[tag]({ events: named, named: true }), untilFailure(messages))
        assert.deepStrictEqual<unknown>(
          seen.elements,
          named.map((data) => ({ name: data.type, data }))
        )
        assert.strictEqual(seen.error?._tag, tag)
      })
    )
  }
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
