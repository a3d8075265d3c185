/**
 * Mock layers: three ways to test a program that uses the SDK, lightest first. None opens a socket.
 *
 * The program stays as it is. Only the layer below it changes: the capability, or the HTTP client, which a script or the emulator answers.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, TestClock } from "effect"
import { Chat, FriendliError, Serverless } from "effect-friendli"
import { makeEmulator } from "effect-friendli-emulator/Emulator"
import * as EmulatorHttpClient from "effect-friendli-emulator/EmulatorHttpClient"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"

/** What is tested. */
const summarize = (text: string) =>
  Chat.complete({ model: "m", messages: [{ role: "user", content: `In one sentence: ${text}` }], max_tokens: 60 }).pipe(
    Effect.map((answer) => answer.choices[0]?.message.content ?? ""),
    Effect.catchTag("RateLimitError", () => Effect.succeed("Come back later."))
  )

describe("a program with mock layers", () => {
  // 1. What the program does not call may be left out.
  it.effect("the capability", () =>
    Effect.gen(function* () {
      const busy = { operation: "Chat.complete", deployment: "mock", message: "slow down" }
      const replies = [Effect.succeed(Wire.chatCompletion("It was a test.")), new FriendliError.RateLimitError(busy)]
      const chat = Layer.mock(Chat.Chat, { complete: () => replies.shift() ?? Effect.dieMessage("asked again") })
      assert.strictEqual(yield* Effect.provide(summarize("anything"), chat), "It was a test.")
      assert.strictEqual(yield* Effect.provide(summarize("anything"), chat), "Come back later.")
    })
  )

  // 2. Requests, retries and timeouts are real; the clock is the test's.
  it.effect("the HTTP client", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(summarize("anything"))
      yield* TestClock.adjust("7 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "It was a test.")
      const [first, second] = yield* MockHttpClient.requests
      assert.deepStrictEqual([first?.at, second?.at], [0, 7000])
    }).pipe(
      Effect.provide(Serverless.layer({ token: "flp_test" })),
      Effect.provide(
        MockHttpClient.layer([Reply.status(429, { retryAfter: 7 }), Reply.json(Wire.chatCompletion("It was a test."))])
      )
    )
  )

  // 3. The whole API, tokens and all, as a function in the process.
  it.effect("the emulator as the HTTP client", () =>
    Effect.gen(function* () {
      const emulator = makeEmulator()
      const friendli = Layer.provide(Serverless.layer({ token: "flp_test" }), EmulatorHttpClient.layer(emulator))
      assert.isNotEmpty(yield* Effect.provide(summarize("Hello!"), friendli))
      assert.strictEqual(emulator.requests[0]?.path, "/serverless/v1/chat/completions")
    })
  )
})
