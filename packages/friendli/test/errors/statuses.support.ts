/**
 * What the unit tests and the exhaustive tests of `statuses` share.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Completions from "effect-friendli/Completions"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { attempts, during, request, serverless, untilFailure } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

export const once = { retry: Retry.never } as const

export const chunks = Wire.chatChunks("one two three")

export type Tag = FriendliError.FriendliStreamError["_tag"]

/** Where a status can stand, with a value in its place. */
const places: ReadonlyArray<readonly [string, (status: number | string) => object]> = [
  ["code in error", (code) => ({ error: { message: "no", code } })],
  ["status in error", (status) => ({ error: { message: "no", status } })],
  ["status_code in error", (status_code) => ({ error: { message: "no", status_code } })],
  ["statusCode in error", (statusCode) => ({ error: { message: "no", statusCode } })],
  ["http_status in error", (http_status) => ({ error: { message: "no", http_status } })],
  ["code beside error", (code) => ({ error: { message: "no" }, code })],
  ["status beside error", (status) => ({ error: { message: "no" }, status })],
  ["status_code beside error", (status_code) => ({ error: { message: "no" }, status_code })],
  ["statusCode beside error", (statusCode) => ({ error: { message: "no" }, statusCode })],
  ["http_status beside error", (http_status) => ({ error: { message: "no" }, http_status })],
  ["status beside a sentence", (status) => ({ error: "no", status })],
  ["code beside a message", (code) => ({ message: "no", code })],
  ["status beside detail", (status) => ({ detail: "no", status })],
  ["status_code in detail", (status_code) => ({ detail: { message: "no", status_code } })],
  ["code in an error in an error", (code) => ({ error: { error: { message: "no", code } } })],
  ["code of object: error", (code) => ({ object: "error", message: "no", type: "T", code })],
  ["code with a type that says nothing", (code) => ({ error: { message: "no", type: "tokens", code } })],
  ["a chunk's error", (code) => ({ ...chunks[0], error: { message: "no", code } })]
]

const tags: ReadonlyArray<readonly [number, Tag]> = [
  [400, "InvalidRequestError"],
  [401, "AuthenticationError"],
  [402, "UnexpectedStatusError"],
  [403, "PermissionDeniedError"],
  [404, "NotFoundError"],
  [409, "UnexpectedStatusError"],
  [413, "InvalidRequestError"],
  [422, "InvalidRequestError"],
  [429, "RateLimitError"],
  [500, "ServerError"],
  [502, "ServerError"],
  [503, "OverloadedError"],
  [504, "ServerError"],
  [529, "OverloadedError"]
]

export const streamed = (frames: ReadonlyArray<unknown>) =>
  untilFailure(Chat.stream(request, once)).pipe(Effect.provide(serverless([Reply.sse(frames)])))

/** Forms of errors without `error`, each with a reason and a status. */
const forms: ReadonlyArray<readonly [string, unknown]> = [
  ["a list", [{ error: { message: "no room", code: "503" } }]],
  ["msg", { code: 503, msg: "no room" }],
  ["error_message", { status: "503", error_message: "no room" }],
  ["errors", { errors: [{ message: "no room" }], status_code: 503 }],
  ["a message with an error", { message: { error: { message: "no room", code: 503 } } }],
  ["Message", { statusCode: 503, Message: "no room" }],
  ["message beside usage", { message: "no room", code: "503", usage: null }],
  ["msg beside usage", { msg: "no room", code: "503", usage: Wire.usage(1, 1) }],
  ["a status alone, and a title", { status: 503, title: "no room" }],
  ["detail", { detail: { message: "no room", http_status: 503 } }]
]

/** Each status in one place, and some in each. */
export const placeTests = (part: Part): void => {
  const all = "code in error"
  const rows = part === "others" ? places : rowsOf(part, places, [all, "status_code beside error", "a chunk's error"])

  for (const [place, frameOf] of rows) {
    const found =
      place === all || part === "others" ? tags : tags.filter(([status]) => [409, 429, 503].includes(status))
    it.effect(`as ${place} leads to the error of that status`, () =>
      Effect.gen(function* () {
        for (const [status, tag] of found) {
          // as text too, where one status is enough to see that it is read
          for (const value of status === 429 ? [status, String(status)] : [status]) {
            const { elements, error } = yield* streamed([chunks[0], frameOf(value), chunks[1]])
            assert.strictEqual(error?._tag, tag, `${place}: ${JSON.stringify(value)}`)
            assert.strictEqual(error?.status, status)
            assert.include(error?.message, "no")
            assert.lengthOf(elements, 1)
            assert.strictEqual(error?.received?.events, 1)
          }
        }
      })
    )
  }
}

export const formTests = (part: Part): void => {
  const rows = rowsOf(part, forms, ["a list", "msg", "a status alone, and a title"])

  for (const [name, body] of rows) {
    it.effect(`as ${name} is one in a frame, and in an answer of 200`, () =>
      Effect.gen(function* () {
        const frame = yield* streamed([chunks[0], body, chunks[1]])
        assert.deepInclude(frame.error, { _tag: "OverloadedError", status: 503 })
        assert.include(frame.error?.message, "no room")
        assert.lengthOf(frame.elements, 1)
        for (const call of [
          Chat.complete(request, once),
          Completions.complete({ prompt: "a" }, once),
          Stream.runDrain(Chat.stream(request, once))
        ]) {
          const error = yield* Effect.flip(
            call as Effect.Effect<unknown, FriendliError.FriendliStreamError, Chat.Chat | Completions.Completions>
          ).pipe(Effect.provide(serverless([Reply.json(body)])))
          assert.deepInclude(error, { _tag: "OverloadedError", status: 503 })
          assert.include(error.message, "no room")
        }
      })
    )
  }
}

const codes: ReadonlyArray<readonly [string, Tag, number]> = [
  ["rate_limit_exceeded", "RateLimitError", 429],
  ["RateLimitError", "RateLimitError", 429],
  ["RESOURCE_EXHAUSTED", "RateLimitError", 429],
  ["insufficient_quota", "RateLimitError", 429],
  ["insufficient_credits", "UnexpectedStatusError", 402],
  ["billing_error", "UnexpectedStatusError", 402],
  ["invalid_api_key", "AuthenticationError", 401],
  ["model_not_found", "NotFoundError", 404],
  ["NotFoundError", "NotFoundError", 404],
  ["BadRequestError", "InvalidRequestError", 400],
  ["context_length_exceeded", "InvalidRequestError", 400],
  ["overloaded_error", "OverloadedError", 503],
  ["UNAVAILABLE", "OverloadedError", 503],
  ["InternalServerError", "ServerError", 500]
]

export const codeTests = (part: Part): void => {
  const rows = rowsOf(part, codes, ["rate_limit_exceeded", "insufficient_credits", "UNAVAILABLE"])

  for (const [code, tag, status] of rows) {
    it.effect(`${code}: ${tag}`, () =>
      Effect.gen(function* () {
        for (const frame of [
          { error: { message: "no", code } },
          { error: { message: "no", type: code } },
          { error: { message: "no", type: code, code: null } },
          { error: { message: "no" }, code },
          { error: code, message: "no" },
          { object: "error", message: "no", type: code }
        ]) {
          const { error } = yield* streamed([chunks[0], frame])
          assert.deepInclude(error, { _tag: tag, status, code }, JSON.stringify(frame))
        }
      })
    )
  }
}

const final = [
  "insufficient_quota",
  "billing_hard_limit_reached",
  "billing_not_active",
  "exceeded_current_quota_error",
  "budget_exceeded",
  "insufficient_balance",
  "insufficient_credits",
  "access_terminated",
  "InsufficientQuota",
  "INSUFFICIENT_QUOTA"
]

const passing = ["rate_limit_exceeded", "tokens", "requests", "quota_exceeded", "RESOURCE_EXHAUSTED", "constructor"]

const overloads = [...final, ...passing]

export const overloadTests = (part: Part): void => {
  const examples = ["insufficient_quota", "rate_limit_exceeded"]
  const rows = part === "examples" ? examples : overloads

  for (const code of rows) {
    const isFinal = final.includes(code)
    const bodies = [
      { error: { message: "no", code } },
      { error: { message: "no", type: code, code: "429" } },
      { error: { message: "no", type: code, code: null } },
      { error: { message: "no", type: "requests", code } },
      { code, message: "no" }
    ]
    it.effect(`${code} over 429 is asked for ${isFinal ? "once" : "again"}`, () =>
      Effect.gen(function* () {
        for (const body of part === "examples" ? bodies.slice(0, 2) : bodies) {
          for (const call of [Chat.complete(request), Stream.runDrain(Chat.stream(request))]) {
            const { error, sent } = yield* during(
              Effect.flip(call as Effect.Effect<unknown, FriendliError.FriendliStreamError, Chat.Chat>),
              "1 minute"
            ).pipe(
              Effect.flatMap((error) => Effect.map(attempts, (sent) => ({ error, sent: sent.length }))),
              Effect.provide(serverless(() => Reply.status(429, { body, retryAfter: 1 })))
            )
            if (!isFinal && error.code !== code) continue
            assert.deepStrictEqual([error._tag, error.code], ["RateLimitError", code])
            assert.strictEqual(FriendliError.isTransient(error), !isFinal)
            assert.strictEqual(sent, isFinal ? 1 : 3)
            assert.strictEqual(error.message.includes("check the plan and the billing"), isFinal)
            assert.isTrue(Resilience.isAnswerableElsewhere(error))
            const codec = Schema.parseJson(FriendliError.FriendliStreamError)
            const back = Schema.decodeSync(codec)(Schema.encodeSync(codec)(error))
            assert.strictEqual(FriendliError.isTransient(back), !isFinal)
          }
        }
      })
    )
  }
}

export const finalTests = (part: Part): void => {
  const rows = rowsOf(part, final, ["insufficient_quota"])

  for (const code of rows) {
    it.effect(`${code} as the first frame of a stream is asked for once`, () =>
      Effect.gen(function* () {
        const error = yield* during(Effect.flip(Stream.runDrain(Chat.stream(request))), "1 minute")
        assert.isFalse(FriendliError.isTransient(error))
        assert.include(["RateLimitError", "UnexpectedStatusError"], error._tag)
        assert.lengthOf(yield* MockHttpClient.requests, 1)
      }).pipe(Effect.provide(serverless(() => Reply.sse([{ error: { message: "no", type: code } }]))))
    )
  }
}
