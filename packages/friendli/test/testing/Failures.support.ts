/**
 * What the unit tests and the exhaustive tests of `Failures` share.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Chat from "effect-friendli/Chat"
import * as Container from "effect-friendli/Container"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as Messages from "effect-friendli/Messages"
import * as Retry from "effect-friendli/Retry"
import { Failures, MockHttpClient, type Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { it } from "../it.js"
import { collect, during, request, untilFailure } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

type Tag = FriendliStreamError["_tag"]

type Called = Chat.Chat | Messages.Messages | Tokens.Tokens

/** The call gets this reply, and as much time as any clock of it needs. */
export const after = <A, E>(reply: Reply.Reply, call: Effect.Effect<A, E, Called>) =>
  during(call, "10 minutes").pipe(
    Effect.provide(Container.layer({ retry: Retry.never })),
    Effect.provide(MockHttpClient.layer([reply]))
  )

export const tokenize = Effect.flip(Tokens.tokenize({ prompt: "Hello!" }))

export const complete = Effect.flip(Chat.complete(request))

export const streamed = Effect.flip(collect(Chat.stream(request)))

const messages = Messages.stream({ messages: [{ role: "user", content: "Hello!" }], max_tokens: 9 })

export const calls: ReadonlyArray<Effect.Effect<FriendliStreamError, unknown, Called>> = [
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

export const tagTests = (part: Part): void => {
  const rows = rowsOf(part, everywhere, ["RateLimitError", "ConnectionError", "ResponseDecodeError"])

  for (const tag of rows) {
    it.effect(`${tag} of unary operations and of streams`, () =>
      Effect.gen(function* () {
        for (const call of calls) {
          assert.strictEqual((yield* after(Failures.of(tag), call))._tag, tag)
        }
      })
    )
  }
}

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

const tags = [...everywhere, "StreamTruncatedError"] as const

export const insideTests = (part: Part): void => {
  const rows = rowsOf(part, tags, ["RateLimitError", "ConnectionError", "ResponseDecodeError", "StreamTruncatedError"])

  for (const tag of rows) {
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
}
