/**
 * Retries after every other status and failure, after every other form of `Retry-After`, and for an hour.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Chat from "effect-friendli/Chat"
import * as Retry from "effect-friendli/Retry"
import { Reply } from "effect-friendli/testing"
import { it } from "../it.js"
import { attempts, during, request, serverless, withoutJitter } from "../support.js"
import { followedTests, retryAfterTests, statusTests, tooLongTests } from "./Retry.support.js"

describe("statuses", () => {
  statusTests("others")
})

describe("Retry-After", () => {
  retryAfterTests("others")

  followedTests("others")

  tooLongTests("others")
})

describe("backoff", () => {
  it.effect("gives up after an hour", () =>
    Effect.gen(function* () {
      yield* during(Effect.either(Chat.complete(request, { retry: Retry.backoff() })), "3 hours")
      const sent = yield* attempts
      assert.isTrue(sent.at(-1)! >= 3_600_000 && sent.at(-1)! <= 3_660_000, String(sent.at(-1)))
    }).pipe(withoutJitter, Effect.provide(serverless(() => Reply.status(500))))
  )
})
