/**
 * Streams: what each frame means, how a stream ends, and that a connection is let go whatever happens.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as Completions from "effect-friendli/Completions"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as Operation from "effect-friendli/Operation"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { collect, during, request, serverless, token, untilFailure } from "../support.js"
import { answered, chat, chunks, frame, one, rows, two } from "./streaming.support.js"

describe("the frame table", () => {
  for (const { elements, message, name, outcome, reply } of rows) {
    it.effect(`${name}: ${elements} and ${outcome}`, () =>
      Effect.gen(function* () {
        const seen = yield* answered(reply)
        assert.strictEqual(seen.error?._tag ?? "ends", outcome, seen.error?.message)
        assert.strictEqual(seen.elements.length, elements)
        if (message !== undefined) assert.match(seen.error!.message, message)
        if (outcome !== "ends" && reply._tag === "BodyReply" && reply.headers["content-type"] === "text/event-stream") {
          assert.strictEqual(seen.error?.received?.events, elements)
        }
      })
    )
  }

  it.effect("an error frame says its status, its code and what was received, and is kept as it came", () =>
    Effect.gen(function* () {
      const { error } = yield* answered(
        Reply.sse([one, two, { error: { message: "slow down", code: 429, type: "rate_limit_exceeded" } }], {
          headers: { "x-request-id": "req-7" }
        })
      )
      assert.strictEqual(error?.status, 429)
      assert.strictEqual(error?.code, "rate_limit_exceeded")
      assert.strictEqual(error?.requestId, "req-7")
      assert.deepStrictEqual(error?.received, { events: 2 })
      assert.include(error?.body, "slow down")
    })
  )

  it.effect("a cut last line is shown", () =>
    Effect.gen(function* () {
      const { error } = yield* answered(Reply.sse(`${frame(one)}data: {"choices":[{"ind`))
      assert.strictEqual(error?.body, `{"choices":[{"ind`)
    })
  )

  it.effect("completions are judged the same", () =>
    Effect.gen(function* () {
      const stream = Completions.stream({ prompt: "a" }, { retry: Retry.never })
      const run = (reply: Reply.Reply) => Effect.provide(untilFailure(stream), serverless([reply]))
      const all = Wire.completionChunks(" there was")
      assert.deepStrictEqual(yield* run(Reply.sse(all)), { elements: all, error: undefined })
      assert.strictEqual((yield* run(Reply.sse(all, { done: false }))).error, undefined)
      const cut = yield* run(Reply.sse(all, { after: { frames: 2 } }))
      assert.strictEqual(cut.error?._tag, "StreamTruncatedError")
      const open = all.map((event) => ({
        ...event,
        choices: event.choices.map((it) => ({ ...it, finish_reason: "" }))
      }))
      assert.strictEqual((yield* run(Reply.sse(open, { done: false }))).error?._tag, "StreamTruncatedError")
      assert.strictEqual((yield* run(Reply.sse(["data: {}\n\n"]))).error?._tag, "ResponseDecodeError")
    })
  )
})

describe("several choices", () => {
  const reasons = (...indexes: ReadonlyArray<number>) =>
    Reply.sse(
      indexes.map((index) => Wire.chatChunk({ content: "a" }, { index, finishReason: "stop" })),
      { done: false }
    )
  const both = Chat.stream({ ...request, n: 2 }, { retry: Retry.never })

  it.effect("end when each has finished", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* answered(reasons(0, 1), both)).error, undefined)
    })
  )

  it.effect("are cut short when one has not", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* answered(reasons(0), both)).error?._tag, "StreamTruncatedError")
      assert.strictEqual((yield* answered(reasons(1, 1), both)).error?._tag, "StreamTruncatedError")
    })
  )

  it.effect("are counted by prompt in completions", () =>
    Effect.gen(function* () {
      const stream = Completions.stream({ prompt: ["a", "b"], n: 2 }, { retry: Retry.never })
      const ends = (count: number) =>
        Effect.provide(
          untilFailure(stream),
          serverless([
            Reply.sse(
              Array.from({ length: count }, (_, index) => ({ choices: [{ index, text: "a", finish_reason: "stop" }] })),
              { done: false }
            )
          ])
        )
      assert.strictEqual((yield* ends(4)).error, undefined)
      assert.strictEqual((yield* ends(3)).error?._tag, "StreamTruncatedError")
    })
  )
})

describe("the end", () => {
  it.effect("is at [DONE], although the body stays open, and the connection is released", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* collect(chat)).length, chunks.length)
      assert.strictEqual(yield* MockHttpClient.open, 1)
      yield* TestClock.adjust("1 second")
      yield* MockHttpClient.whenClosed
      assert.strictEqual((yield* MockHttpClient.requests).length, 1)
    }).pipe(Effect.provide(serverless([Reply.sse(chunks, { ending: "stall" })])))
  )

  it.effect("reads to the body's end when that comes soon, so that the connection can serve again", () =>
    Effect.gen(function* () {
      yield* Stream.runDrain(chat)
      yield* MockHttpClient.whenClosed
      assert.deepStrictEqual(yield* MockHttpClient.states, ["read"])
    }).pipe(Effect.provide(serverless([Reply.sse([...chunks, "data: [DONE]\n\n", ": bye\n\n"])])))
  )

  it.effect("data after [DONE] is ignored", () =>
    Effect.gen(function* () {
      const { elements, error } = yield* answered(
        Reply.sse(`${frame(one)}data: [DONE]\n\ndata: garbage\n\n`, { cuts: "whole" })
      )
      assert.deepStrictEqual(elements, [one!])
      assert.strictEqual(error, undefined)
    })
  )
})

describe("stopping early", () => {
  it.effect("an early take closes the connection", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* collect(Stream.take(chat, 2)), chunks.slice(0, 2))
      yield* MockHttpClient.whenClosed
      const [state] = yield* MockHttpClient.states
      assert.include(["cancelled", "aborted"], state)
    }).pipe(Effect.provide(serverless([Reply.sse(chunks, { ending: "stall" })])))
  )

  it.effect("a failing consumer closes the connection", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Stream.runForEach(chat, () => Effect.fail("no more")))
      assert.isTrue(Exit.isFailure(exit))
      yield* MockHttpClient.whenClosed
    }).pipe(Effect.provide(serverless([Reply.sse(chunks, { ending: "stall" })])))
  )

  for (const [name, reply] of [
    ["before the answer", Reply.never],
    ["in the middle of the body", Reply.sse(chunks, { after: { frames: 2 }, ending: "stall" })],
    ["between chunks", Reply.sse(chunks, { delay: "10 seconds" })],
    ["before the first event", Reply.sse("", { ending: "stall" })]
  ] as const) {
    it.effect(`an interruption ${name} closes the connection`, () =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(Stream.runDrain(chat))
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* MockHttpClient.open, 1)
        const exit = yield* Fiber.interrupt(fiber)
        assert.isTrue(Exit.isInterrupted(exit))
        yield* MockHttpClient.whenClosed
        assert.include(["cancelled", "aborted"], (yield* MockHttpClient.states)[0])
      }).pipe(Effect.provide(serverless([reply])))
    )
  }

  for (const [name, reply] of [
    ["before the answer", Reply.never],
    ["in the middle of the body", Reply.json(Wire.chatCompletion("Hi"), { after: { bytes: 9 }, ending: "stall" })],
    ["in the body of a rejection", Reply.status(400, { body: "no", ending: "stall" })]
  ] as const) {
    it.effect(`an interruption of a call ${name} closes the connection`, () =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(Chat.complete(request))
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* MockHttpClient.open, 1)
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
        yield* MockHttpClient.whenClosed
        assert.include(["cancelled", "aborted"], (yield* MockHttpClient.states)[0])
      }).pipe(Effect.provide(serverless([reply])))
    )
  }

  it.effect("a failure inside closes the connection", () =>
    Effect.gen(function* () {
      for (let n = 0; n < 3; n++) yield* untilFailure(chat)
      yield* MockHttpClient.whenClosed
    }).pipe(
      Effect.provide(
        serverless([
          Reply.sse([one, "data: garbage\n\n"], { ending: "stall" }),
          Reply.sse([one, { error: "no" }], { ending: "stall" }),
          Reply.sse([{ error: "no" }], { ending: "stall" })
        ])
      )
    )
  )

  it.effect("an answer of another type is released", () =>
    Effect.gen(function* () {
      const error = yield* during(Effect.flip(Stream.runDrain(chat)), "1 minute")
      assert.strictEqual(error._tag, "ResponseDecodeError")
      yield* MockHttpClient.whenClosed
    }).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi"), { ending: "stall" })])))
  )
})

describe("a stream is a value", () => {
  it.effect("that sends each time it runs, and not before", () =>
    Effect.gen(function* () {
      const value = Chat.stream(request)
      assert.strictEqual((yield* MockHttpClient.requests).length, 0)
      assert.deepStrictEqual(yield* collect(value), chunks)
      assert.deepStrictEqual(yield* collect(value), chunks)
      assert.strictEqual((yield* MockHttpClient.requests).length, 2)
    }).pipe(Effect.provide(serverless(() => Reply.sse(chunks))))
  )

  it.effect("that can run twice at the same time", () =>
    Effect.gen(function* () {
      const value = Chat.stream(request)
      const both = yield* Effect.all([collect(value), collect(value)], { concurrency: 2 })
      assert.deepStrictEqual(both, [chunks, chunks])
    }).pipe(Effect.provide(serverless(() => Reply.sse(chunks, { cuts: 7 }))))
  )

  it.effect("whose elements come as they arrive", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const fiber = yield* Effect.fork(Stream.runForEach(chat, (chunk) => Effect.sync(() => void seen.push(chunk))))
      for (let n = 1; n <= 3; n++) {
        yield* TestClock.adjust(n === 1 ? 0 : "10 seconds")
        assert.strictEqual(seen.length, n)
      }
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(serverless([Reply.sse(chunks, { delay: "10 seconds" })])))
  )
})

describe("with the response", () => {
  const headers = { "x-request-id": "req-9", "x-extra": "1" }

  it.effect("a call gives status, headers and request id", () =>
    Effect.gen(function* () {
      const { response, value } = yield* Chat.completeWithResponse(request)
      assert.strictEqual(value.choices[0]?.message.content, "Hi!")
      assert.strictEqual(response.status, 200)
      assert.strictEqual(response.requestId, "req-9")
      assert.strictEqual(response.headers["x-extra"], "1")
    }).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi!"), { headers })])))
  )

  it.effect("a stream gives them with its first chunk, and lives as long as its scope", () =>
    Effect.gen(function* () {
      const seen = yield* Effect.scoped(
        Effect.gen(function* () {
          const { response, value } = yield* Chat.streamWithResponse(request)
          assert.strictEqual(response.requestId, "req-9")
          assert.strictEqual(yield* MockHttpClient.open, 1)
          return yield* collect(Stream.take(value, 1))
        })
      )
      assert.deepStrictEqual(seen, [one!])
      yield* MockHttpClient.whenClosed
    }).pipe(Effect.provide(serverless([Reply.sse(chunks, { headers, ending: "stall" })])))
  )

  it.effect("a stream that is never run is closed with its scope", () =>
    Effect.gen(function* () {
      yield* Effect.scoped(Completions.streamWithResponse({ prompt: "a" }))
      yield* MockHttpClient.whenClosed
    }).pipe(Effect.provide(serverless([Reply.sse(Wire.completionChunks(" a"), { ending: "stall" })])))
  )

  it.effect("the whole stream is in it", () =>
    Effect.gen(function* () {
      const { value } = yield* Chat.streamWithResponse(request)
      assert.deepStrictEqual(yield* collect(value), chunks)
    }).pipe(Effect.scoped, Effect.provide(serverless([Reply.sse(chunks)])))
  )
})

describe("raw events", () => {
  const events = (reply: Reply.Reply) =>
    Effect.flatMap(FriendliClient.FriendliClient, (client) =>
      untilFailure(client.events(Chat.streamOperation, request, { retry: Retry.never }))
    ).pipe(Effect.provide(serverless([reply])))

  it.effect("come with names and ids, whatever their data, without comments and sentinel", () =>
    Effect.gen(function* () {
      const seen = yield* events(
        Reply.sse(
          'id: 7\nevent: metrics\ndata: {"load":1}\n\n: note\n\ndata: garbage\n\ndata: {"error":"no"}\n\ndata: [DONE]\n\n'
        )
      )
      assert.strictEqual(seen.error, undefined)
      assert.deepStrictEqual(
        seen.elements.map(({ data, event, id }) => ({ data, event, id })),
        [
          { data: `{"load":1}`, event: "metrics", id: "7" },
          { data: "garbage", event: undefined, id: "7" },
          { data: `{"error":"no"}`, event: undefined, id: "7" }
        ]
      )
    })
  )

  it.effect("are in reach of each capability that streams", () =>
    Effect.gen(function* () {
      const chatted = yield* collect(Chat.events(request))
      const completed = yield* collect(Completions.events({ prompt: "Hello!" }))
      assert.deepStrictEqual(
        [...chatted, ...completed].map(({ data }) => data),
        ["one", "two"]
      )
    }).pipe(Effect.provide(serverless([Reply.sse("data: one\n\n"), Reply.sse("data: two\n\n")])))
  )

  it.effect("still fail with the connection and with statuses", () =>
    Effect.gen(function* () {
      const broken = yield* events(Reply.sse("data: a\n\n", { ending: "reset" }))
      assert.strictEqual(broken.error?._tag, "ConnectionError")
      assert.strictEqual(broken.elements.length, 1)
      assert.strictEqual((yield* events(Reply.status(401))).error?._tag, "AuthenticationError")
    })
  )
})

it.effect("events of unknown names are named in a debug log", () =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.make(({ annotations, logLevel, message }) => {
      lines.push(JSON.stringify([logLevel.label, message, [...annotations]]))
    })
    yield* Stream.runDrain(chat).pipe(
      Logger.withMinimumLogLevel(LogLevel.Debug),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Effect.provide(Logger.add(logger))
    )
    const [line] = lines.filter((text) => text.includes("metrics"))
    assert.include(line, "DEBUG")
    assert.include(line, "Chat.stream")
  }).pipe(Effect.provide(serverless([Reply.sse([one, 'event: metrics\ndata: {"load":1}\n\n'])])))
)

describe("the user's client", () => {
  const filtered = (script: MockHttpClient.Script) =>
    Serverless.layer({ token, model: "m", retry: Retry.never }).pipe(
      Layer.provide(
        Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, HttpClient.filterStatusOk)).pipe(
          Layer.provide(MockHttpClient.layer(script))
        )
      )
    )

  it.effect("may reject statuses itself: the answer is read all the same", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Chat.complete(request))
      assert.strictEqual(error._tag, "RateLimitError")
      assert.include(error.message, "slow down")
      assert.strictEqual(error.requestId, "req-1")
      const streamed = yield* Effect.flip(Stream.runDrain(Chat.stream(request)))
      assert.strictEqual(streamed._tag, "RateLimitError")
    }).pipe(
      Effect.provide(
        filtered(() =>
          Reply.status(429, { body: { error: { message: "slow down" } }, headers: { "x-request-id": "req-1" } })
        )
      )
    )
  )

  it.effect("may change the request", () =>
    Effect.gen(function* () {
      yield* Chat.complete(request)
      const [sent] = yield* MockHttpClient.requests
      assert.strictEqual(sent?.headers["x-proxy"], "1")
    }).pipe(
      Effect.provide(
        Serverless.layer({ token, model: "m" }).pipe(
          Layer.provide(
            Layer.effect(
              HttpClient.HttpClient,
              Effect.map(
                HttpClient.HttpClient,
                HttpClient.mapRequest(
                  (sent) => ({ ...sent, headers: { ...sent.headers, "x-proxy": "1" } }) as typeof sent
                )
              )
            )
          ),
          Layer.provideMerge(MockHttpClient.layer([Reply.json(Wire.chatCompletion("Hi!"))]))
        )
      )
    )
  )
})

describe("a custom operation", () => {
  const ticks = Operation.streaming({
    name: "Example.ticks",
    path: "/ticks",
    model: false,
    bodyOverrides: { stream: true },
    sentinel: "THE END",
    request: Schema.Struct({ count: Schema.Int }),
    event: Schema.Struct({ tick: Schema.Int })
  })
  const run = (reply: Reply.Reply) =>
    Effect.flatMap(FriendliClient.FriendliClient, (client) => untilFailure(client.stream(ticks, { count: 2 }))).pipe(
      Effect.provide(serverless([reply]))
    )

  it.effect("ends with its own sentinel, and with nothing else", () =>
    Effect.gen(function* () {
      const whole = yield* run(Reply.sse('data: {"tick":1}\n\ndata: THE END\n\n'))
      assert.deepStrictEqual(whole, { elements: [{ tick: 1 }], error: undefined })
      const cut = yield* run(Reply.sse('data: {"tick":1}\n\n'))
      assert.strictEqual(cut.error?._tag, "StreamTruncatedError")
      assert.strictEqual(cut.error?.operation, "Example.ticks")
    })
  )
})

it.effect("an event that is too large fails typed, after what came before it", () =>
  Effect.gen(function* () {
    const huge = `${frame(one)}data: ${"x".repeat(17 * 1024 * 1024)}`
    const { elements, error } = yield* answered(Reply.sse(huge, { cuts: 1024 * 1024 }))
    assert.strictEqual(elements.length, 1)
    assert.strictEqual(error?._tag, "ResponseDecodeError")
    assert.isTrue(Option.isSome(Option.fromNullable(error?.received)))
    assert.isBelow(JSON.stringify(error).length, 10_000)
  })
)
