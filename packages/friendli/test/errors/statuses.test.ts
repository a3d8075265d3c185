/**
 * Errors inside a 200 get the error of the status that they name, and what is used up for good is not asked for again.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Completions from "effect-friendli/Completions"
import * as CompletionStream from "effect-friendli/CompletionStream"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Resilience from "effect-friendli/Resilience"
import { Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { attempts, during, request, serverless, untilFailure } from "../support.js"
import {
  chunks,
  codeTests,
  finalTests,
  formTests,
  once,
  overloadTests,
  placeTests,
  streamed,
  type Tag
} from "./statuses.support.js"

const completionChunks = Wire.completionChunks("one two three")

describe("a status that a frame names", () => {
  placeTests("examples")

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

describe('an error without the word "error"', () => {
  formTests("examples")

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
  codeTests("examples")

  it.effect("has less priority than a status next to it", () =>
    Effect.gen(function* () {
      const { error } = yield* streamed([{ error: { message: "no", type: "server_error", code: 429 } }])
      assert.deepInclude(error, { _tag: "RateLimitError", status: 429, code: "server_error" })
    })
  )
})

describe("what is used up for good", () => {
  overloadTests("examples")

  finalTests("examples")

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
