/**
 * What the unit tests and the exhaustive tests of `rateLimit` share.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import type * as FriendliError from "effect-friendli/FriendliError"
import * as Resilience from "effect-friendli/Resilience"
import type * as Serverless from "effect-friendli/Serverless"
import { Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { attempts, during, request, guarded } from "../support.js"
import { whole, using, call, rawEvents, openedWith } from "./calls.js"
import { type Part, rowsOf } from "../parts.js"

export const perMinute = (requestsPerMinute: number, more?: Partial<Resilience.RateLimitOptions>) =>
  Resilience.layerRateLimit({ requestsPerMinute, ...more })

const kinds: ReadonlyArray<
  readonly [string, Reply.Reply, Effect.Effect<unknown, FriendliError.FriendliStreamError, Serverless.Capabilities>]
> = [
  ["a whole answer", using(100), call],
  ["an answer with its response", using(100), Chat.completeWithResponse(request)],
  ["a stream", Reply.sse(Wire.chatChunks("Hi!", { usage: Wire.usage(90, 10) })), Stream.runDrain(Chat.stream(request))],
  ["an opened stream", Reply.sse(Wire.chatChunks("Hi!", { usage: Wire.usage(90, 10) })), openedWith(Stream.runDrain)],
  ["raw events", Reply.sse(Wire.chatChunks("Hi!", { usage: Wire.usage(90, 10) })), rawEvents]
]

export const kindTests = (part: Part): void => {
  const rows = rowsOf(part, kinds, ["a whole answer", "a stream"])

  for (const [kind, reply, operation] of rows) {
    it.effect(`reads the usage of ${kind}`, () =>
      Effect.gen(function* () {
        yield* operation
        yield* during(call, "1 hour")
        assert.deepStrictEqual(yield* attempts, [0, 60_000])
      }).pipe(Effect.provide(guarded(Resilience.layerRateLimit({ tokensPerMinute: 100 }), [reply, whole])))
    )
  }
}
