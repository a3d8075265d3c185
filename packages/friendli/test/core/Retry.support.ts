/**
 * What the unit tests and the exhaustive tests of `Retry` share.
 */
import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import { retryAfter } from "effect-friendli/FriendliError"
import type * as Retry from "effect-friendli/Retry"
import { Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { attempts, collect, during, request, serverless, withoutJitter } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

export const whole = Reply.json(Wire.chatCompletion("Hi!"))

/** Calls while an hour passes; the outcome, and when each attempt was sent. */
export const calling = (retry?: Retry.Policy) =>
  Effect.gen(function* () {
    const outcome = yield* during(Effect.either(Chat.complete(request, { retry })), "1 hour")
    return { outcome, sent: yield* attempts }
  })

export const streaming = (retry?: Retry.Policy) =>
  Effect.gen(function* () {
    const outcome = yield* during(Effect.either(collect(Chat.stream(request, { retry }))), "1 hour")
    return { outcome, sent: yield* attempts }
  })

export const tagOf = (outcome: Either.Either<unknown, { readonly _tag: string }>): string =>
  Either.match(outcome, { onLeft: (error) => error._tag, onRight: () => "success" })

const retried = new Set([408, 429, 500, 502, 503, 504, 529])

const all = [
  300, 301, 302, 304, 307, 400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 418, 422, 423, 425, 429, 451, 500, 501,
  502, 503, 504, 505, 507, 511, 520, 522, 524, 529, 530, 599
]

export const statusTests = (part: Part): void => {
  const rows = rowsOf(part, all, [302, 400, 409, 429, 503])

  for (const status of rows) {
    const more = retried.has(status)
    it.effect(`${status} is ${more ? "repeated" : "not repeated"}`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* calling()).sent.length, more ? 3 : 1)
      }).pipe(Effect.provide(serverless(() => Reply.status(status))))
    )
    it.effect(`${status} is ${more ? "repeated" : "not repeated"} for a stream`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* streaming()).sent.length, more ? 3 : 1)
      }).pipe(Effect.provide(serverless(() => Reply.status(status))))
    )
  }
}

/** The wait after the first attempt, with the clock at a known time. */
const waitOf = (headers: Record<string, string>, status = 429) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.UTC(2026, 0, 1, 12, 0, 0))
    const { outcome, sent } = yield* calling()
    return { tag: tagOf(outcome), wait: sent[1], outcome }
  }).pipe(withoutJitter, Effect.provide(serverless([Reply.status(status, { headers }), whole])))

const followed: ReadonlyArray<readonly [string, Record<string, string>, number]> = [
  ["seconds", { "retry-after": "7" }, 7000],
  ["seconds with a fraction", { "retry-after": "1.5" }, 1500],
  ["zero", { "retry-after": "0" }, 0],
  ["the longest that is followed", { "retry-after": "60" }, 60_000],
  ["milliseconds", { "retry-after-ms": "125" }, 125],
  ["milliseconds of zero", { "retry-after-ms": "0" }, 0],
  ["milliseconds over seconds", { "retry-after-ms": "250", "retry-after": "9" }, 250],
  ["a date", { "retry-after": "Thu, 01 Jan 2026 12:00:20 GMT" }, 20_000],
  ["a date in the form of RFC 850", { "retry-after": "Thursday, 01-Jan-26 12:00:03 GMT" }, 3000],
  ["a date in the form of asctime", { "retry-after": "Thu Jan  1 12:00:04 2026" }, 4000],
  ["a date that has passed", { "retry-after": "Thu, 01 Jan 2026 11:00:00 GMT" }, 0],
  ["nonsense, which is ignored", { "retry-after": "soon" }, 500],
  ["a negative number, which is ignored", { "retry-after": "-1" }, 500]
]

const alsoFollowed = [408, 500, 502, 503, 504]

const tooLong: ReadonlyArray<readonly [string, Record<string, string>, number]> = [
  ["seconds", { "retry-after": "61" }, 61_000],
  ["milliseconds", { "retry-after-ms": "60001" }, 60_001],
  ["a date", { "retry-after": "Thu, 01 Jan 2026 12:02:00 GMT" }, 120_000],
  ["a day", { "retry-after": "86400" }, 86_400_000]
]

export const retryAfterTests = (part: Part): void => {
  const rows = rowsOf(part, followed, ["seconds", "milliseconds over seconds", "a date", "nonsense, which is ignored"])

  for (const [name, headers, wait] of rows) {
    it.effect(`of ${name}`, () =>
      Effect.gen(function* () {
        const seen = yield* waitOf(headers)
        assert.strictEqual(seen.tag, "success")
        assert.strictEqual(seen.wait, wait)
      })
    )
  }
}

export const followedTests = (part: Part): void => {
  const rows = rowsOf(part, alsoFollowed, [500])

  for (const status of rows) {
    it.effect(`is followed after ${status} too`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* waitOf({ "retry-after": "3" }, status)).wait, 3000)
      })
    )
  }
}

export const tooLongTests = (part: Part): void => {
  const rows = rowsOf(part, tooLong, ["seconds"])

  for (const [name, headers, millis] of rows) {
    it.effect(`longer than a minute, as ${name}, fails at once with the error that carries it`, () =>
      Effect.gen(function* () {
        const seen = yield* waitOf(headers)
        assert.strictEqual(seen.tag, "RateLimitError")
        assert.strictEqual(seen.wait, undefined)
        const error = Either.getOrThrow(Either.flip(seen.outcome))
        assert.strictEqual(Duration.toMillis(error.retryAfter!), millis)
        assert.strictEqual(retryAfter(error)._tag, "Some")
      })
    )
  }
}
