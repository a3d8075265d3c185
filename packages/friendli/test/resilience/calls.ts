/** The calls, replies and observations that the tests of the layers share. */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as FriendliClient from "effect-friendli/FriendliClient"
import type * as FriendliError from "effect-friendli/FriendliError"
import * as Operation from "effect-friendli/Operation"
import * as Resilience from "effect-friendli/Resilience"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { underTest } from "../it.js"
import { request } from "../support.js"

export const whole = Reply.json(Wire.chatCompletion("Hi!"))
export const streamed = Reply.sse(Wire.chatChunks("Hi!"))
export const slow = (delay: Duration.DurationInput) => Reply.slowHeaders(delay, whole)
export const using = (tokens: number) => Reply.json(Wire.chatCompletion("Hi!", { usage: Wire.usage(tokens - 1, 1) }))

export const call = Chat.complete(request)

export const rejection = (error: FriendliError.FriendliStreamError) => ({
  tag: error._tag,
  code: error.code,
  wait: error.retryAfter === undefined ? undefined : Duration.toMillis(error.retryAfter),
  rejected: Resilience.isRejected(error)
})

export const sentCount = Effect.map(MockHttpClient.requests, (requests) => requests.length)

/** Lets fibers run as far as they can without time passing. */
export const settle = TestClock.adjust(0)

export const interrupted = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) => Effect.asVoid(Fiber.interrupt(fiber))

export class Here extends Context.Tag("test/Here")<Here, FriendliClient.FriendliClient.Service>() {}
export class There extends Context.Tag("test/There")<There, FriendliClient.FriendliClient.Service>() {}

export const rawEvents = Effect.flatMap(FriendliClient.FriendliClient, (client) =>
  Stream.runDrain(client.events(Chat.streamOperation, request))
)

export const openedWith = (
  use: (
    stream: Stream.Stream<unknown, FriendliError.FriendliStreamError>
  ) => Effect.Effect<void, FriendliError.FriendliStreamError>
) => Effect.scoped(Effect.flatMap(Chat.streamWithResponse(request), ({ value }) => use(value)))

export const runTest = <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromise(underTest(effect))

export const write = Operation.unary({
  name: "Test.write",
  path: "/things",
  model: false,
  retryMode: "ifNotProcessed",
  request: Schema.Struct({}),
  response: Schema.Unknown
})
