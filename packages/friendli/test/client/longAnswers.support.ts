/**
 * What the unit tests and the exhaustive tests of `longAnswers` share.
 */
import { assert } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Audio from "effect-friendli/Audio"
import * as Chat from "effect-friendli/Chat"
import * as ChatRender from "effect-friendli/ChatRender"
import * as Classification from "effect-friendli/Classification"
import * as Completions from "effect-friendli/Completions"
import * as Dedicated from "effect-friendli/Dedicated"
import type * as Deployment from "effect-friendli/Deployment"
import * as Embeddings from "effect-friendli/Embeddings"
import * as Friendli from "effect-friendli/Friendli"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Images from "effect-friendli/Images"
import * as Messages from "effect-friendli/Messages"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import * as Responses from "effect-friendli/Responses"
import * as Retry from "effect-friendli/Retry"
import { Reply } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import * as Upload from "effect-friendli/Upload"
import { it } from "../it.js"
import { attempts, during, over, request } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

type Call = Effect.Effect<unknown, FriendliError.FriendliStreamError, Dedicated.Capabilities>

const file = Upload.fromBytes(new Uint8Array([1]), { name: "a.wav", type: "audio/wav" })

const messages = { messages: [{ role: "user", content: "a" }], max_tokens: 10 } as const

const picture = { prompt: "a", image: { image: "https://example.test/a.png" } } as const

const minute = 60_000

/** The calls, the limit of each by default, and how often each is sent when nothing comes. */
const calls: ReadonlyArray<readonly [name: string, limit: number, sent: number, call: (o?: RequestOptions) => Call]> = [
  ["Chat.complete", 10 * minute, 1, (o) => Chat.complete(request, o)],
  ["Chat.completeWithResponse", 10 * minute, 1, (o) => Chat.completeWithResponse(request, o)],
  ["Completions.complete", 10 * minute, 1, (o) => Completions.complete({ prompt: "a" }, o)],
  ["Messages.create", 10 * minute, 1, (o) => Messages.create(messages, o)],
  ["Responses.create", 10 * minute, 1, (o) => Responses.create({ input: "a" }, o)],
  ["Images.generate", 10 * minute, 1, (o) => Images.generate({ prompt: "a" }, o)],
  ["Images.edit", 10 * minute, 1, (o) => Images.edit(picture, o)],
  ["Audio.transcribe", 10 * minute, 1, (o) => Audio.transcribe({ file }, o)],
  ["Chat.stream", minute, 1, (o) => Stream.runDrain(Chat.stream(request, o))],
  ["Completions.stream", minute, 1, (o) => Stream.runDrain(Completions.stream({ prompt: "a" }, o))],
  ["Messages.stream", minute, 1, (o) => Stream.runDrain(Messages.stream(messages, o))],
  ["Responses.stream", minute, 1, (o) => Stream.runDrain(Responses.stream({ input: "a" }, o))],
  ["Audio.stream", minute, 1, (o) => Stream.runDrain(Audio.stream({ file }, o))],
  ["Tokens.tokenize", minute, 3, (o) => Tokens.tokenize({ prompt: "a" }, o)],
  ["Tokens.detokenize", minute, 3, (o) => Tokens.detokenize({ tokens: [1] }, o)],
  ["ChatRender.render", minute, 3, (o) => ChatRender.render(request, o)],
  ["Embeddings.create", minute, 3, (o) => Embeddings.create({ input: "a" }, o)],
  ["Classification.classify", minute, 3, (o) => Classification.classify({ input: "a" }, o)]
]

export const silent = (settings?: Partial<Deployment.Settings>) =>
  Dedicated.layer({ token: "flp_example", model: "endpoint", ...settings }).pipe(over(() => Reply.never))

/** How the call failed, when, and how often it was sent. */
export const failing = <R>(call: Effect.Effect<unknown, FriendliError.FriendliStreamError, R>) =>
  Effect.gen(function* () {
    const start = yield* Clock.currentTimeMillis
    const { at, error } = yield* during(
      Effect.flatMap(Effect.flip(call), (error) => Effect.map(Clock.currentTimeMillis, (at) => ({ at, error }))),
      "3 hours"
    )
    assert.strictEqual(error._tag, "RequestTimeoutError")
    return { took: at - start, error: error as FriendliError.RequestTimeoutError, sent: (yield* attempts).length }
  })

export const limitTests = (part: Part): void => {
  const rows = rowsOf(part, calls, ["Chat.complete", "Chat.stream", "Tokens.tokenize"])

  for (const [name, limit, sent, call] of rows) {
    it.effect(`${name} waits ${limit / minute} min, and is sent ${sent === 1 ? "once" : `${sent} times`}`, () =>
      Effect.gen(function* () {
        const seen = yield* failing(call())
        assert.strictEqual(seen.error.kind, "headers")
        assert.strictEqual(Duration.toMillis(seen.error.limit), limit)
        assert.strictEqual(seen.sent, sent)
        assert.strictEqual(FriendliError.isTransient(seen.error), sent > 1)
        assert.isFalse(FriendliError.isNotProcessed(seen.error))
        assert.strictEqual(seen.error.mayBeBilled, sent > 1 ? undefined : true)
        if (sent === 1) {
          // a file is granted the moment that it takes to be sent
          assert.isTrue(seen.took >= limit && seen.took < limit + 10, String(seen.took))
          assert.include(seen.error.message, "not retried")
        }
      }).pipe(Effect.provide(silent()))
    )
  }
}

export const setLimitTests = (part: Part): void => {
  const rows = rowsOf(part, calls, ["Chat.complete", "Chat.stream", "Tokens.tokenize"])

  for (const [name, , sent, call] of rows) {
    it.effect(`holds exactly for ${name}: in a call, a region and a layer`, () =>
      Effect.gen(function* () {
        const ways: ReadonlyArray<readonly [Call, Partial<Deployment.Settings>]> = [
          [call({ headersTimeout: "7 seconds" }), { headersTimeout: "1 hour" }],
          [call().pipe(Friendli.withHeadersTimeout("7 seconds")), { headersTimeout: "1 hour" }],
          [call(), { headersTimeout: "7 seconds" }]
        ]
        for (const [effect, settings] of ways) {
          const seen = yield* Effect.provide(failing(effect), Layer.fresh(silent(settings)))
          assert.strictEqual(Duration.toMillis(seen.error.limit), 7000)
          assert.strictEqual(seen.sent, sent)
        }
      })
    )
  }
}

const policies: ReadonlyArray<readonly [string, Retry.Policy, number]> = [
  ["Retry.defaultPolicy", Retry.defaultPolicy, 1],
  ["Retry.backoff", Retry.backoff({ maxRetries: 3 }), 1],
  ["Retry.transient", Retry.transient(Schedule.recurs(3)), 1],
  ["Retry.coldStart", Retry.coldStart("1 hour"), 1],
  ["a policy that asks for it", Retry.transient(Schedule.recurs(3), { when: () => true }), 4]
]

export const policyTests = (part: Part): void => {
  const rows = rowsOf(part, policies, ["Retry.defaultPolicy", "a policy that asks for it"])

  for (const [name, retry, sent] of rows) {
    it.effect(`is sent ${sent === 1 ? "once" : `${sent} times`} under ${name}`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* failing(Chat.complete(request, { retry }))).sent, sent)
        assert.strictEqual((yield* failing(Stream.runDrain(Chat.stream(request, { retry })))).sent, 2 * sent)
      }).pipe(Effect.provide(silent()))
    )
  }
}
