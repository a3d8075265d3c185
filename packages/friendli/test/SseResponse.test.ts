/**
 * Streams as answers of a server: the status, the events, comments while nothing comes, and failures.
 */
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpServerError from "@effect/platform/HttpServerError"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { assert, describe } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as ParseResult from "effect/ParseResult"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Messages from "effect-friendli/Messages"
import * as SseResponse from "effect-friendli/SseResponse"
import * as UiMessages from "effect-friendli/UiMessages"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "./it.js"
import { request, serverless, token } from "./support.js"

const bodyOf = (response: HttpServerResponse.HttpServerResponse): Stream.Stream<string> => {
  assert(response.body._tag === "Stream")
  return Stream.decodeText(response.body.stream as Stream.Stream<Uint8Array>)
}

const textOf = (response: HttpServerResponse.HttpServerResponse) => Stream.mkString(bodyOf(response))

const jsonOf = (response: HttpServerResponse.HttpServerResponse): unknown => {
  assert(response.body._tag === "Uint8Array")
  return JSON.parse(new TextDecoder().decode(response.body.body))
}

const error = (more?: object) => ({
  operation: "Chat.stream",
  deployment: "dedicated",
  message: `secret ${token}`,
  ...more
})

describe("make", () => {
  it.scoped("gives the chunks as the API sends them", () =>
    Effect.gen(function* () {
      const chunks = Wire.chatChunks("Hello there!")
      const response = yield* SseResponse.make(Stream.fromIterable(chunks), { headers: { "x-mine": "1" } })
      assert.strictEqual(response.status, 200)
      assert.strictEqual(response.headers["content-type"], "text/event-stream")
      assert.strictEqual(response.headers["cache-control"], "no-cache")
      assert.strictEqual(response.headers["x-accel-buffering"], "no")
      assert.strictEqual(response.headers["x-mine"], "1")
      assert.strictEqual(
        yield* textOf(response),
        [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), "data: [DONE]\n\n"].join("")
      )
    })
  )

  it.scoped("is an answer without events if the stream is empty", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* textOf(yield* SseResponse.make(Stream.empty)), "data: [DONE]\n\n")
    })
  )

  it.scoped("waits for the first element, and fails as the stream does before it", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(SseResponse.make(Chat.stream(request)))
      assert.strictEqual(failure._tag, "AuthenticationError")
      const fiber = yield* Effect.fork(SseResponse.make(Chat.stream(request)))
      yield* TestClock.adjust("5 seconds")
      assert.isNull(yield* Fiber.poll(fiber).pipe(Effect.map((exit) => (exit._tag === "None" ? null : exit))))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).status, 200)
    }).pipe(
      Effect.provide(
        serverless([Reply.status(401), Reply.slowHeaders("10 seconds", Reply.sse(Wire.chatChunks("Hi!")))])
      )
    )
  )

  it.scoped("takes a chunk without elements for none: the failure behind it decides the status", () =>
    Effect.gen(function* () {
      const filtered = Stream.filter(Stream.make(1, 2), () => false)
      assert.strictEqual(yield* Effect.flip(SseResponse.make(Stream.concat(filtered, Stream.fail("late")))), "late")
      assert.strictEqual(yield* textOf(yield* SseResponse.make(filtered)), "data: [DONE]\n\n")
    })
  )

  it.scoped("ends with an error event, without a secret, when the stream fails later", () =>
    Effect.gen(function* () {
      const stream = Stream.concat(
        Stream.succeed({ a: 1 }),
        Stream.fail(new FriendliError.ServerError(error({ status: 500 })))
      )
      const text = yield* textOf(yield* SseResponse.make(stream))
      assert.strictEqual(
        text,
        `data: {"a":1}\n\ndata: {"error":{"type":"ServerError","message":"The service failed.","code":500}}\n\n`
      )
      const other = Stream.concat(Stream.succeed(1), Stream.fail(new Error(`secret ${token}`)))
      const told = yield* textOf(yield* SseResponse.make(other))
      assert.notInclude(told, "secret")
      assert.notInclude(told, "[DONE]")
    })
  )

  it.scoped("dies as the stream does", () =>
    Effect.gen(function* () {
      const stream = Stream.concat(Stream.succeed(1), Stream.die("a defect"))
      const exit = yield* Effect.exit(textOf(yield* SseResponse.make(stream)))
      assert.isTrue(exit._tag === "Failure" && exit.cause._tag === "Die")
    })
  )

  it.scoped("encodes as it is told", () =>
    Effect.gen(function* () {
      const response = yield* SseResponse.make(Stream.make(1, 2), {
        encode: (n) => SseResponse.event({ n }, "count\nevent: other"),
        end: ""
      })
      assert.strictEqual(
        yield* textOf(response),
        `event: count event: other\ndata: {"n":1}\n\nevent: count event: other\ndata: {"n":2}\n\n`
      )
    })
  )
})

describe("a heartbeat", () => {
  /** What came until a time. */
  const seenAfter = (response: HttpServerResponse.HttpServerResponse) =>
    Effect.gen(function* () {
      const seen = yield* Ref.make("")
      yield* Effect.forkScoped(Stream.runForEach(bodyOf(response), (text) => Ref.update(seen, (all) => all + text)))
      return (time: Duration.DurationInput) => Effect.zipRight(TestClock.adjust(time), Ref.get(seen))
    })

  it.scoped("is sent while nothing else is, and only then", () =>
    Effect.gen(function* () {
      const elements = Stream.make("a").pipe(
        Stream.concat(Stream.fromEffect(Effect.as(Effect.sleep("8 seconds"), "b"))),
        Stream.concat(Stream.fromEffect(Effect.as(Effect.sleep("25 seconds"), "c")))
      )
      const response = yield* SseResponse.make(elements, { heartbeat: "10 seconds" })
      const after = yield* seenAfter(response)
      const [a, b, c, beat] = [`data: "a"\n\n`, `data: "b"\n\n`, `data: "c"\n\n`, ": keep-alive\n\n"]
      assert.strictEqual(yield* after("7 seconds"), a)
      // An element at 8 seconds, so that the next comment is due at 18.
      assert.strictEqual(yield* after("4 seconds"), a + b)
      assert.strictEqual(yield* after("8 seconds"), a + b + beat)
      assert.strictEqual(yield* after("10 seconds"), a + b + beat + beat)
      assert.strictEqual(yield* after("5 seconds"), `${a}${b}${beat}${beat}${c}data: [DONE]\n\n`)
      assert.strictEqual(yield* after("1 minute"), `${a}${b}${beat}${beat}${c}data: [DONE]\n\n`)
    })
  )

  it.scoped("can be turned off", () =>
    Effect.gen(function* () {
      const response = yield* SseResponse.make(Stream.concat(Stream.succeed(1), Stream.never), { heartbeat: Infinity })
      const after = yield* seenAfter(response)
      assert.strictEqual(yield* after("10 minutes"), "data: 1\n\n")
    })
  )

  it.scoped("is not piled up for a client that does not read", () =>
    Effect.gen(function* () {
      const response = yield* SseResponse.make(Stream.concat(Stream.succeed(1), Stream.never), {
        heartbeat: "1 second"
      })
      yield* TestClock.adjust("5 minutes")
      const first = yield* Stream.runCollect(Stream.take(bodyOf(response), 1))
      assert.strictEqual(Chunk.join(first, ""), "data: 1\n\n")
    })
  )
})

describe("messages", () => {
  it.scoped("keep the names of their events, and an error is one of them", () =>
    Effect.gen(function* () {
      const text = yield* textOf(
        yield* SseResponse.messages(Messages.stream({ messages: [{ role: "user", content: "Hi" }] }))
      )
      const events = Wire.messageEvents("Hi there!")
      assert.strictEqual(
        text,
        [
          ...events.slice(0, 3).map((event) => Reply.event(event.type, event)),
          Reply.event("error", {
            type: "error",
            error: { type: "StreamTruncatedError", message: "The answer was cut short." }
          })
        ].join("")
      )
    }).pipe(
      Effect.provide(serverless([Reply.sse(Wire.messageEvents("Hi there!"), { named: true, after: { frames: 3 } })]))
    )
  )
})

describe("fromError", () => {
  it.effect("chooses the status by what the client can do, and says nothing else", () =>
    Effect.gen(function* () {
      const invalid = yield* Effect.flip(Schema.decodeUnknown(Schema.Struct({ a: Schema.String }))({}))
      assert.isTrue(ParseResult.isParseError(invalid))
      const rows: ReadonlyArray<readonly [unknown, number, string | undefined]> = [
        [new FriendliError.InvalidRequestError({ ...error(), issues: [] }), 422, undefined],
        [new FriendliError.RateLimitError(error({ retryAfter: Duration.millis(1200) })), 503, "2"],
        [new FriendliError.OverloadedError(error()), 503, "5"],
        [
          new FriendliError.RequestTimeoutError({ ...error(), kind: "headers", limit: Duration.seconds(1) }),
          504,
          undefined
        ],
        [new FriendliError.AuthenticationError(error()), 502, undefined],
        [new FriendliError.NotFoundError(error()), 502, undefined],
        [new FriendliError.StreamTruncatedError({ ...error(), received: { events: 0 } }), 502, undefined],
        [new Error(`secret ${token}`), 500, undefined],
        [invalid, 400, undefined],
        [new HttpServerError.RequestError({ request: {} as never, reason: "Decode" }), 400, undefined],
        [new HttpClientError.RequestError({ request: {} as never, reason: "Transport" }), 500, undefined],
        [new UiMessages.UnsupportedUiMessageError({ message: "secret", path: [] }), 400, undefined]
      ]
      for (const [failure, status, retryAfter] of rows) {
        const response = SseResponse.fromError(failure)
        assert.strictEqual(response.status, status)
        assert.strictEqual(response.headers["retry-after"], retryAfter)
        const text = JSON.stringify(jsonOf(response))
        assert.notInclude(text, "secret")
        assert.notInclude(text, "dedicated")
      }
    })
  )
})

describe("a client that leaves", () => {
  it.live("closes the stream, and the request to the API", () =>
    Effect.gen(function* () {
      const runtime = yield* Effect.runtime<Chat.Chat | Scope.Scope>()
      const handler = HttpApp.toWebHandlerRuntime(runtime)(SseResponse.make(Chat.stream(request)))
      yield* Effect.promise(async () => {
        const response = await handler(new Request("http://localhost/"))
        assert.strictEqual(response.status, 200)
        const reader = response.body!.getReader()
        await reader.read()
        await reader.cancel()
      })
      yield* MockHttpClient.whenClosed
      assert.deepStrictEqual(yield* MockHttpClient.states, ["cancelled"])
    }).pipe(
      Effect.provide(serverless([Reply.sse(Wire.chatChunks("Hi there!"), { ending: "stall", done: false })])),
      Effect.scoped
    )
  )
})
