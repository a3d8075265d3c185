/**
 * What the unit tests and the exhaustive tests of `concurrency` share.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import type * as FriendliError from "effect-friendli/FriendliError"
import * as Resilience from "effect-friendli/Resilience"
import type * as Serverless from "effect-friendli/Serverless"
import { Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { during, request, guarded } from "../support.js"
import { whole, streamed, call, rawEvents, openedWith } from "./calls.js"
import { type Part, rowsOf } from "../parts.js"

const stuck = Reply.sse(Wire.chatChunks("Hi!"), { after: { frames: 2 }, ending: "stall" })

export const one = Resilience.layerConcurrency({ permits: 1 })

const endings: ReadonlyArray<
  readonly [string, Reply.Reply, Effect.Effect<unknown, FriendliError.FriendliStreamError, Serverless.Capabilities>]
> = [
  ["succeeds", whole, call],
  ["succeeds with its response", whole, Chat.completeWithResponse(request)],
  ["fails", Reply.status(500), call],
  ["is rejected by the SDK", whole, Chat.complete({ messages: [], temperature: Number.NaN })],
  ["is interrupted", Reply.never, Effect.timeout(call, 10).pipe(Effect.orElseSucceed(() => undefined))],
  ["is a stream that ends", streamed, Stream.runDrain(Chat.stream(request))],
  [
    "is a stream that fails",
    Reply.sse(Wire.chatChunks("Hi!"), { ending: "reset", after: { frames: 1 } }),
    Stream.runDrain(Chat.stream(request))
  ],
  [
    "is a stream that is cut",
    Reply.sse(Wire.chatChunks("Hi!"), { after: { frames: 1 } }),
    Stream.runDrain(Chat.stream(request))
  ],
  ["is a stream that is left", stuck, Stream.runDrain(Stream.take(Chat.stream(request), 1))],
  ["is a stream that is interrupted", stuck, Effect.timeoutOption(Stream.runDrain(Chat.stream(request)), 10)],
  ["is raw events that end", streamed, rawEvents],
  ["is an opened stream that ends before its scope", streamed, openedWith((stream) => Stream.runDrain(stream))],
  ["is an opened stream whose scope closes", stuck, openedWith(() => Effect.void)],
  ["is a stream that cannot be opened", Reply.status(500), openedWith(() => Effect.void)]
]

export const endingTests = (part: Part): void => {
  const rows = rowsOf(part, endings, (_, at) => at % 4 === 0)

  for (const [how, reply, operation] of rows) {
    it.effect(`gives the permit back when an operation ${how}`, () =>
      Effect.gen(function* () {
        yield* during(Effect.exit(operation), "1 minute")
        // the permit cannot be had unless it was given back
        const next = yield* during(Effect.either(Effect.timeoutOption(call, "10 minutes")), "1 hour")
        assert.isTrue(Either.isRight(next) && next.right._tag === "Some")
      }).pipe(
        Effect.provide(guarded(one, (_, index) => (index === 0 && how !== "is rejected by the SDK" ? reply : whole)))
      )
    )
  }
}
