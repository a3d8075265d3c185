/**
 * Errors inside a 200 get the error of the status that they name, and what is used up for good is not asked for again.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Completions from "effect-friendli/Completions"
import * as CompletionStream from "effect-friendli/CompletionStream"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { attempts, during, request, serverless, untilFailure } from "../support.js"

const once = { retry: Retry.never } as const
const chunks = Wire.chatChunks("one two three")
const completionChunks = Wire.completionChunks("one two three")

type Tag = FriendliError.FriendliStreamError["_tag"]

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

const streamed = (frames: ReadonlyArray<unknown>) =>
  untilFailure(Chat.stream(request, once)).pipe(Effect.provide(serverless([Reply.sse(frames)])))

describe("a status that a frame names", () => {
  for (const [place, frameOf] of places) {
    it.effect(`as ${place} leads to the error of that status`, () =>
      Effect.gen(function* () {
        for (const [status, tag] of tags) {
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

  it.effect("is ignored if it is not an HTTP error status", () =>
    Effect.gen(function* () {
      for (const code of [0, 7, 200, 399, 600, 40303, 42.5, "40303", "200", "4xx", "", null, true, [], {}]) {
        const { error } = yield* streamed([chunks[0], { error: { message: "no", code, status: code } }])
        assert.strictEqual(error?._tag, "ServerError", JSON.stringify(code))
        assert.isUndefined(error?.status)
      }
    })
  )

  it.effect("is found in other operations, and under an event's name", () =>
    Effect.gen(function* () {
      const frame = { error: { message: "no", code: "429" } }
      const completed = yield* untilFailure(Completions.stream({ prompt: "a" }, once)).pipe(
        Effect.provide(serverless([Reply.sse([completionChunks[0], frame])]))
      )
      assert.deepInclude(completed.error, { _tag: "RateLimitError", status: 429 })
      const named = yield* streamed([chunks[0], 'event: error\ndata: {"message":"no","statusCode":"503"}\n\n'])
      assert.deepInclude(named.error, { _tag: "OverloadedError", status: 503 })
      const asked = yield* untilFailure(Chat.stream(request, once)).pipe(
        Effect.provide(serverless([Reply.json({ error: { message: "no" }, status: "429" })]))
      )
      assert.deepInclude(asked.error, { _tag: "RateLimitError", status: 429 })
    })
  )
})

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

describe('an error without the word "error"', () => {
  for (const [name, body] of forms) {
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

  it.effect("is ignored under an unknown name, and if nothing is said", () =>
    Effect.gen(function* () {
      const known = chunks.slice(0, 2)
      const { elements, error } = yield* streamed([
        ...known,
        'event: progress\ndata: {"msg":"half","status":503}\n\n',
        ...chunks.slice(2)
      ])
      assert.isUndefined(error)
      assert.lengthOf(elements, chunks.length)
      for (const body of [
        { message: { role: "assistant" } },
        { reason: "no" },
        { title: "no" },
        ["no"],
        { errors: [] }
      ]) {
        const rejected = yield* streamed([...known, body])
        assert.strictEqual(rejected.error?._tag, "ResponseDecodeError", JSON.stringify(body))
        const answer = yield* Effect.flip(Chat.complete(request, once)).pipe(
          Effect.provide(serverless([Reply.json(body)]))
        )
        assert.strictEqual(answer._tag, "ResponseDecodeError", JSON.stringify(body))
      }
    })
  )
})

describe("a code that means a status", () => {
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
  for (const [code, tag, status] of codes) {
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

  it.effect("has less priority than a status next to it", () =>
    Effect.gen(function* () {
      const { error } = yield* streamed([{ error: { message: "no", type: "server_error", code: 429 } }])
      assert.deepInclude(error, { _tag: "RateLimitError", status: 429, code: "server_error" })
    })
  )
})

describe("what is used up for good", () => {
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

  for (const code of [...final, ...passing]) {
    const isFinal = final.includes(code)
    it.effect(`${code} over 429 is asked for ${isFinal ? "once" : "again"}`, () =>
      Effect.gen(function* () {
        for (const body of [
          { error: { message: "no", code } },
          { error: { message: "no", type: code, code: null } },
          { error: { message: "no", type: code, code: "429" } },
          { error: { message: "no", type: "requests", code } },
          { code, message: "no" }
        ]) {
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

  for (const code of final) {
    it.effect(`${code} as the first frame of a stream is asked for once`, () =>
      Effect.gen(function* () {
        const error = yield* during(Effect.flip(Stream.runDrain(Chat.stream(request))), "1 minute")
        assert.isFalse(FriendliError.isTransient(error))
        assert.include(["RateLimitError", "UnexpectedStatusError"], error._tag)
        assert.lengthOf(yield* MockHttpClient.requests, 1)
      }).pipe(Effect.provide(serverless(() => Reply.sse([{ error: { message: "no", type: code } }]))))
    )
  }

  it.effect("is asked of another deployment, and 402 is too", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Chat.complete(request))
      assert.isFalse(FriendliError.isTransient(error))
      assert.isTrue(Resilience.isAnswerableElsewhere(error))
    }).pipe(Effect.provide(serverless([Reply.status(402)])))
  )
})

describe("an error without a status", () => {
  it.effect("may pass as long as nothing has come", () =>
    Effect.gen(function* () {
      const frame = { error: { message: "no" } }
      const first = yield* streamed([frame])
      assert.isTrue(FriendliError.isTransient(first.error!))
      const later = yield* streamed([chunks[0], frame])
      assert.isFalse(FriendliError.isTransient(later.error!))
      assert.isTrue(Resilience.isAnswerableElsewhere(later.error!))
    })
  )
})

describe(`finish_reason: "error"`, () => {
  const failedChat = { ...Wire.chatChunk({}, { finishReason: "error" }) }
  const answers: ReadonlyArray<readonly [string, object, string | undefined, Tag]> = [
    ["alone", failedChat, undefined, "ServerError"],
    [
      "with an error in the choice",
      {
        ...failedChat,
        choices: [{ index: 0, delta: {}, finish_reason: "error", error: { code: 502, message: "provider gone" } }]
      },
      "provider gone",
      "ServerError"
    ],
    [
      "with a status in the choice's error",
      {
        ...failedChat,
        choices: [{ index: 0, delta: {}, finish_reason: "error", error: { code: "429", message: "slow down" } }]
      },
      "slow down",
      "RateLimitError"
    ]
  ]
  for (const [name, frame, reason, tag] of answers) {
    it.effect(`${name} fails a stream, with what had arrived`, () =>
      Effect.gen(function* () {
        const { elements, error } = yield* streamed([chunks[0], chunks[1], frame, Wire.chatChunk({})])
        assert.strictEqual(error?._tag, tag)
        assert.strictEqual(error?.received?.events, 3)
        assert.lengthOf(elements, 3)
        assert.isFalse(tag === "ServerError" && FriendliError.isTransient(error!) && error?.status === undefined)
        if (reason !== undefined) assert.include(error?.message, reason)
        const folded = yield* Effect.flip(ChatStream.fold(Chat.stream(request, once))).pipe(
          Effect.provide(serverless([Reply.sse([chunks[0], chunks[1], frame])]))
        )
        const partial = Option.getOrThrow(ChatStream.partial(folded))
        assert.isTrue("one two three".startsWith(partial.choices[0]?.message.content ?? "-"))
        assert.strictEqual(partial.choices[0]?.finish_reason, "error")
      })
    )
  }

  it.effect("fails a stream of completions", () =>
    Effect.gen(function* () {
      const failed = {
        ...(completionChunks[0] as object),
        choices: [{ index: 0, text: " and", finish_reason: "error", logprobs: null }]
      }
      const error = yield* Effect.flip(CompletionStream.fold(Completions.stream({ prompt: "a" }, once))).pipe(
        Effect.provide(serverless([Reply.sse([completionChunks[0], failed])]))
      )
      assert.deepInclude(error, { _tag: "ServerError" })
      assert.include(Option.getOrThrow(CompletionStream.partial(error)).choices[0]?.text, " and")
    })
  )

  it.effect("of one choice fails the answer, although others are complete", () =>
    Effect.gen(function* () {
      const { error } = yield* streamed([
        Wire.chatChunk({ content: "a" }, { index: 1, finishReason: "stop" }),
        failedChat
      ])
      assert.strictEqual(error?._tag, "ServerError")
    })
  )

  it.effect("fails a unary answer once, with what it says", () =>
    Effect.gen(function* () {
      const whole = Wire.chatCompletion("Half an answ", { finishReason: "error" })
      const chat = yield* during(Effect.flip(Chat.complete(request)), "1 minute").pipe(
        Effect.tap(() => Effect.map(attempts, (sent) => assert.lengthOf(sent, 1))),
        Effect.provide(serverless(() => Reply.json(whole)))
      )
      assert.deepInclude(chat, { _tag: "ServerError" })
      assert.isFalse(FriendliError.isTransient(chat))
      assert.strictEqual(chat.requestId, undefined)
      assert.strictEqual(Option.getOrThrow(ChatStream.partial(chat)).choices[0]?.message.content, "Half an answ")
      const completion = { ...Wire.completion("Half an answ"), choices: [] as Array<unknown> }
      completion.choices.push({ index: 0, text: "Half an answ", finish_reason: "error", logprobs: null })
      const completed = yield* during(Effect.flip(Completions.complete({ prompt: "a" })), "1 minute").pipe(
        Effect.provide(serverless(() => Reply.json(completion)))
      )
      assert.deepInclude(completed, { _tag: "ServerError" })
      assert.strictEqual(Option.getOrThrow(CompletionStream.partial(completed)).choices[0]?.text, "Half an answ")
    })
  )
})
