/**
 * The three timeouts: each expires on its own, is named in the error, and ends waits that the transport would not end.
 */
import { assert, describe } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { collect, during, request, serverless, untilFailure } from "../support.js"

const whole = Reply.json(Wire.chatCompletion("Hi there!"))
const chunks = Wire.chatChunks("one two three four")

const once = { retry: Retry.never } as const

/** The error, and how long it took to come. */
const failing = (call: Effect.Effect<unknown, FriendliStreamError, Chat.Chat>) =>
  during(
    Effect.flatMap(Effect.flip(call), (error) => Effect.map(Clock.currentTimeMillis, (at) => ({ at, error }))),
    "10 hours"
  )

const complete = (options?: RequestOptions) => failing(Chat.complete(request, { ...once, ...options }))
const drain = (options?: RequestOptions) => failing(Stream.runDrain(Chat.stream(request, { ...once, ...options })))

const assertClock = (
  seen: { readonly at: number; readonly error: FriendliStreamError },
  clock: "headers" | "idle" | "total",
  after: number,
  at: number
) => {
  assert.strictEqual(seen.error._tag, "RequestTimeoutError")
  if (seen.error._tag !== "RequestTimeoutError") return
  assert.strictEqual(seen.error.kind, clock)
  assert.strictEqual(Duration.toMillis(seen.error.limit), after)
  assert.strictEqual(seen.at, at)
}

describe("the headers timeout", () => {
  for (const [name, call] of [
    ["a call", complete],
    ["a stream", drain]
  ] as const) {
    it.effect(`ends the wait of ${name} for an answer that does not begin`, () =>
      Effect.gen(function* () {
        const seen = yield* call({ headersTimeout: "3 seconds" })
        assertClock(seen, "headers", 3000, 3000)
        assert.include(seen.error.message, "headersTimeout")
        yield* MockHttpClient.whenClosed
        assert.deepStrictEqual(yield* MockHttpClient.states, ["aborted"])
      }).pipe(Effect.provide(serverless([Reply.never])))
    )
  }

  it.effect("does not run once the answer has begun", () =>
    Effect.gen(function* () {
      const answer = yield* during(Chat.complete(request, { headersTimeout: "3 seconds" }), "1 minute")
      assert.strictEqual(answer.choices[0]?.message.content, "Hi there!")
    }).pipe(
      Effect.provide(
        serverless([
          Reply.slowHeaders("2 seconds", Reply.json(Wire.chatCompletion("Hi there!"), { cuts: 50, delay: "2 seconds" }))
        ])
      )
    )
  )

  it.effect("starts again with each attempt", () =>
    Effect.gen(function* () {
      const answer = yield* during(
        Chat.complete(request, {
          headersTimeout: "3 seconds",
          retry: Retry.transient(Schedule.recurs(2), { when: () => true })
        }),
        "1 minute"
      )
      assert.strictEqual(answer.choices.length, 1)
    }).pipe(Effect.provide(serverless([Reply.never, Reply.slowHeaders("2 seconds", Reply.status(503)), whole])))
  )
})

describe("the idle timeout", () => {
  it.effect("ends the wait for the rest of an answer", () =>
    Effect.gen(function* () {
      const seen = yield* complete({ idleTimeout: "5 seconds" })
      assertClock(seen, "idle", 5000, 5000)
      assert.include(seen.error.message, "idleTimeout")
      assert.strictEqual(seen.error.status, 200)
      assert.strictEqual(seen.error.requestId, "req-1")
      assert.include(seen.error.body, `{"id":"chat`)
      yield* MockHttpClient.whenClosed
    }).pipe(
      Effect.provide(
        serverless([
          Reply.json(Wire.chatCompletion("Hi"), {
            after: { bytes: 30 },
            ending: "stall",
            headers: { "x-request-id": "req-1" }
          })
        ])
      )
    )
  )

  it.effect("ends a stream that sends no data, with what had arrived", () =>
    Effect.gen(function* () {
      const { elements, error } = yield* during(
        untilFailure(Chat.stream(request, { idleTimeout: "5 seconds" })),
        "1 hour"
      )
      assert.deepStrictEqual(elements, chunks.slice(0, 2))
      assert.strictEqual(error?._tag === "RequestTimeoutError" && error.kind, "idle")
      assert.strictEqual(error?.received?.events, 2)
      yield* MockHttpClient.whenClosed
    }).pipe(Effect.provide(serverless([Reply.sse(chunks, { after: { frames: 2 }, ending: "stall" })])))
  )

  it.effect("is reset by every byte", () =>
    Effect.gen(function* () {
      const seen = yield* drain({ idleTimeout: "5 seconds" })
      assertClock(seen, "idle", 5000, 9 * 4000 + 5000)
    }).pipe(
      Effect.provide(serverless([Reply.sse("data: half", { cuts: "bytes", delay: "4 seconds", ending: "stall" })]))
    )
  )

  it.effect("is reset by comments, or by events alone, as configured", () =>
    Effect.gen(function* () {
      const byBytes = yield* collect(Chat.stream(request, { idleTimeout: "5 seconds" })).pipe((it) =>
        during(it, "1 hour")
      )
      assert.strictEqual(byBytes.length, chunks.length)
      const started = yield* Clock.currentTimeMillis
      const seen = yield* drain({ idleTimeout: "5 seconds", idleReset: "events" })
      // the first chunk, and then nothing but comments
      assertClock(seen, "idle", 5000, started + 5000)
      assert.strictEqual(seen.error.received?.events, 1)
    }).pipe(
      Effect.provide(
        serverless(() =>
          Reply.sse([chunks[0], ...Array.from({ length: 5 }, () => ": wait\n\n"), ...chunks.slice(1)], {
            delay: "3 seconds"
          })
        )
      )
    )
  )

  it.effect("is reset by every event where events alone reset it", () =>
    Effect.gen(function* () {
      const seen = yield* during(
        collect(Chat.stream(request, { idleTimeout: "5 seconds", idleReset: "events" })),
        "1 hour"
      )
      assert.strictEqual(seen.length, chunks.length)
    }).pipe(Effect.provide(serverless([Reply.sse(chunks, { delay: "3 seconds" })])))
  )

  it.effect("does not run while the consumer takes its time", () =>
    Effect.gen(function* () {
      const slow = Chat.stream(request, { idleTimeout: "5 seconds" }).pipe(Stream.tap(() => Effect.sleep("1 minute")))
      assert.strictEqual((yield* during(collect(slow), "1 hour")).length, chunks.length)
    }).pipe(Effect.provide(serverless([Reply.sse(chunks)])))
  )
})

describe("the total timeout", () => {
  it.effect("covers the wait for the answer", () =>
    Effect.gen(function* () {
      const seen = yield* complete({ timeout: "7 seconds" })
      assertClock(seen, "total", 7000, 7000)
      assert.match(seen.error.message, /option timeout/)
      yield* MockHttpClient.whenClosed
    }).pipe(Effect.provide(serverless([Reply.never])))
  )

  it.effect("covers retries and the waits between them", () =>
    Effect.gen(function* () {
      const seen = yield* failing(
        Chat.complete(request, { timeout: "10 seconds", retry: Retry.transient(Schedule.spaced("4 seconds")) })
      )
      assertClock(seen, "total", 10_000, 10_000)
      assert.strictEqual((yield* MockHttpClient.requests).length, 3)
    }).pipe(Effect.provide(serverless(() => Reply.status(503))))
  )

  it.effect("covers a stream until its end", () =>
    Effect.gen(function* () {
      const { elements, error } = yield* during(untilFailure(Chat.stream(request, { timeout: "10 seconds" })), "1 hour")
      assert.deepStrictEqual(elements, chunks.slice(0, 3))
      assert.strictEqual(error?._tag === "RequestTimeoutError" && error.kind, "total")
      assert.strictEqual(error?.received?.events, 3)
      yield* MockHttpClient.whenClosed
    }).pipe(Effect.provide(serverless([Reply.sse(chunks, { delay: "4 seconds" })])))
  )

  it.effect("covers the retries that a stream needs to begin", () =>
    Effect.gen(function* () {
      const seen = yield* failing(
        Stream.runDrain(
          Chat.stream(request, { timeout: "10 seconds", retry: Retry.transient(Schedule.spaced("4 seconds")) })
        )
      )
      assertClock(seen, "total", 10_000, 10_000)
    }).pipe(Effect.provide(serverless(() => Reply.status(503))))
  )

  it.effect("ends a policy that repeats every failure", () =>
    Effect.gen(function* () {
      for (const call of [
        Chat.complete,
        (...input: Parameters<typeof Chat.stream>) => Stream.runDrain(Chat.stream(...input))
      ]) {
        const began = yield* Clock.currentTimeMillis
        const seen = yield* failing(call(request, { timeout: "7 seconds", retry: Schedule.recurs(3) }))
        assertClock(seen, "total", 7000, began + 7000)
      }
      assert.strictEqual((yield* MockHttpClient.requests).length, 2)
    }).pipe(Effect.provide(serverless(() => Reply.never)))
  )

  it.effect("ends a policy that waits for something of its own", () =>
    Effect.gen(function* () {
      const retry = Schedule.mapEffect(Schedule.recurs(3), () => Effect.never)
      assertClock(yield* complete({ timeout: "10 seconds", retry }), "total", 10_000, 10_000)
      assert.strictEqual((yield* MockHttpClient.requests).length, 1)
    }).pipe(Effect.provide(serverless(() => Reply.status(503))))
  )

  it.effect("covers a body that comes slowly but steadily, and tells its status", () =>
    Effect.gen(function* () {
      const seen = yield* complete({ timeout: "10 seconds" })
      assertClock(seen, "total", 10_000, 10_000)
      assert.strictEqual(seen.error.status, 200)
    }).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi"), { cuts: "bytes", delay: "1 second" })])))
  )
})

describe("Infinity", () => {
  it.effect("disables a timeout", () =>
    Effect.gen(function* () {
      for (const options of [
        { headersTimeout: Infinity, timeout: Duration.infinity },
        { headersTimeout: Duration.infinity, idleTimeout: Infinity, timeout: Infinity }
      ] as const) {
        const fiber = yield* Effect.fork(Chat.complete(request, options))
        yield* TestClock.adjust("2 hours")
        assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
        yield* Fiber.interrupt(fiber)
      }
    }).pipe(Effect.provide(serverless(() => Reply.never)))
  )

  it.effect("lets a stream pause for a long time", () =>
    Effect.gen(function* () {
      const all = yield* during(collect(Chat.stream(request, { idleTimeout: Infinity })), "3 hours")
      assert.strictEqual(all.length, chunks.length)
    }).pipe(Effect.provide(serverless([Reply.sse(chunks, { delay: "20 minutes" })])))
  )
})

describe("a body that never settles and ignores the client", () => {
  const stuckWhole = Reply.json(Wire.chatCompletion("Hi"), { after: { bytes: 10 }, ending: "stuck" })
  const stuckStream = Reply.sse(chunks, { after: { frames: 2 }, ending: "stuck" })

  it.effect("does not delay a call", () =>
    Effect.gen(function* () {
      assertClock(yield* complete({ idleTimeout: "5 seconds" }), "idle", 5000, 5000)
    }).pipe(Effect.provide(serverless([stuckWhole])))
  )

  it.effect("does not delay a stream", () =>
    Effect.gen(function* () {
      const seen = yield* drain({ idleTimeout: "5 seconds" })
      assertClock(seen, "idle", 5000, 5000)
      assert.strictEqual(seen.error.received?.events, 2)
    }).pipe(Effect.provide(serverless([stuckStream])))
  )

  it.effect("does not delay a consumer that stops", () =>
    Effect.gen(function* () {
      const first = yield* collect(Stream.take(ChatStream.text(Chat.stream(request)), 1))
      assert.deepStrictEqual(first, ["one"])
      yield* MockHttpClient.whenClosed
      assert.deepStrictEqual(yield* MockHttpClient.states, ["cancelled"])
    }).pipe(Effect.provide(serverless([stuckStream])))
  )

  it.effect("does not delay an interruption", () =>
    Effect.gen(function* () {
      for (const call of [Chat.complete(request), Stream.runDrain(Chat.stream(request))]) {
        const fiber = yield* Effect.fork(call as Effect.Effect<unknown, FriendliStreamError, Chat.Chat>)
        yield* TestClock.adjust("1 second")
        const exit = yield* Fiber.interrupt(fiber)
        assert.strictEqual(exit._tag, "Failure")
      }
    }).pipe(Effect.provide(serverless([stuckWhole, stuckStream])))
  )

  it.effect("does not delay the end of a stream that has sent [DONE]", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* collect(Chat.stream(request))).length, chunks.length)
    }).pipe(Effect.provide(serverless([Reply.sse(chunks, { ending: "stuck" })])))
  )

  it.live("does not keep a program alive under the real clock", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Chat.complete(request, { idleTimeout: "20 millis" }))
      assert.strictEqual(error._tag, "RequestTimeoutError")
    }).pipe(Effect.provide(serverless([stuckWhole])))
  )
})
