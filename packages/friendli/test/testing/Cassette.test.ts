/**
 * `Cassette`: what a server answered is recorded and replayed, with its chunks and times.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import { Cassette, MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { it } from "../it.js"
import { collect, untilFailure } from "../support.js"
import { recorded, friendli } from "./cassettes.js"
import { stream } from "./Cassette.support.js"

describe("chunks and time", () => {
  const chunks = Wire.chatChunks("Hello there!")

  const body = Reply.sse(chunks, { cuts: [10, 11, 200], delay: ["3 seconds", "1 second", "5 seconds"] })

  it.effect("arrive with their recorded timing, on the clock of the call, or at once", () =>
    Effect.gen(function* () {
      const recording = yield* Effect.fork(
        recorded(stream, MockHttpClient.layer([Reply.slowHeaders("2 seconds", body)]))
      )
      yield* TestClock.adjust("11 seconds")
      const { tape, value } = yield* Fiber.join(recording)
      const seen = [...value]
      assert.deepStrictEqual(
        seen.map(([at]) => at),
        [5000, 6000, 11_000, 11_000]
      )

      const began = yield* Clock.currentTimeMillis
      const replaying = yield* Effect.fork(Effect.provide(stream, Cassette.replay(tape, { timing: "recorded" })))
      yield* TestClock.adjust("11 seconds")
      assert.deepStrictEqual(
        [...(yield* Fiber.join(replaying))].map(([at, bytes]) => [at - began, [...bytes]]),
        seen.map(([at, bytes]) => [at, [...bytes]])
      )

      const atOnce = yield* Effect.provide(stream, Cassette.replay(tape))
      assert.deepStrictEqual(
        [...atOnce].map(([, bytes]) => [...bytes]),
        seen.map(([, bytes]) => [...bytes])
      )
    })
  )

  it.live("broken connections and streams that were left break again", () =>
    Effect.gen(function* () {
      const script = MockHttpClient.layer([
        Reply.sse(chunks, { after: { frames: 2 }, ending: "reset" }),
        Reply.refused("ENOTFOUND"),
        Reply.sse(chunks, { after: { frames: 2 }, ending: "stall" })
      ])
      const request = { messages: [{ role: "user" as const, content: "Hello!" }] }
      const program = friendli(
        Effect.all({
          broken: untilFailure(Chat.stream(request)),
          refused: Effect.flip(collect(Chat.stream(request))),
          left: collect(Stream.take(Chat.stream(request), 1))
        })
      )
      const { tape, value } = yield* recorded(program, script)
      assert.deepStrictEqual(
        tape.exchanges.map(({ outcome }) => ("ending" in outcome ? outcome.ending : outcome.failure)),
        ["reset", "ENOTFOUND", "left"]
      )
      const again = yield* Effect.provide(program, Cassette.replay(tape))
      assert.deepStrictEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(value)))
      assert.deepInclude(again.broken.error, { _tag: "ConnectionError", phase: "body" })
      assert.lengthOf(again.broken.elements, 2)
      assert.strictEqual(again.refused._tag, "ConnectionError")
    })
  )

  it.effect("with recorded timing, clients that went go again, by the same clock", () =>
    Effect.gen(function* () {
      const script = MockHttpClient.layer([
        Reply.never,
        Reply.sse(chunks, { after: { frames: 2 }, delay: "1 second", ending: "stall" }),
        Reply.json({ tokens: [1] })
      ])
      const request = { messages: [{ role: "user" as const, content: "Hello!" }] }
      const program = friendli(
        Effect.all([
          Effect.flip(Tokens.tokenize({ prompt: "Hello!" }, { headersTimeout: "10 seconds" })),
          untilFailure(Chat.stream(request, { idleTimeout: "20 seconds" })),
          Tokens.tokenize({ prompt: "Hello!" })
        ])
      )
      const recording = yield* Effect.fork(recorded(program, script))
      yield* TestClock.adjust("2 minutes")
      const { tape, value } = yield* Fiber.join(recording)
      assert.deepInclude(value[0], { _tag: "RequestTimeoutError", kind: "headers" })
      assert.deepInclude(value[1].error, { _tag: "RequestTimeoutError", kind: "idle" })
      assert.deepStrictEqual(tape.exchanges[0]?.outcome, { wait: 10_000, ending: "unanswered" })
      assert.deepInclude(tape.exchanges[1]?.outcome, { status: 200, ending: "left" })

      const read = Either.getOrThrow(Cassette.parse(Cassette.format(tape)))
      const replaying = yield* Effect.fork(Effect.provide(program, Cassette.replay(read, { timing: "recorded" })))
      yield* TestClock.adjust("2 minutes")
      const again = yield* Fiber.join(replaying)
      assert.deepStrictEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(value)))

      // at once: the answer that came in the end
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* friendli(Tokens.tokenize({ prompt: "Hello!" })), { tokens: [1] })
        assert.lengthOf(yield* Cassette.unused, 1)
      }).pipe(Effect.provide(Cassette.replay(read)))
    })
  )

  it.live("an answer that is reset while it is recorded keeps what came", () =>
    Effect.gen(function* () {
      const png = Uint8Array.from({ length: 64 }, (_, index) => 255 - index)
      const script = MockHttpClient.layer([
        Reply.text(png, { headers: { "content-type": "audio/mpeg" }, cuts: 20, ending: "reset", after: { bytes: 50 } }),
        Reply.json({ tokens: [1, 2] }, { after: { bytes: 5 }, ending: "reset" }),
        Reply.json({ data: [{ b64_json: "iVBORw0KGgo=", seed: 1 }] })
      ])
      const program = Effect.all([
        Effect.flatMap(HttpClient.get("http://localhost/speech"), (response) => untilFailure(response.stream)).pipe(
          Effect.map(({ elements, error }) => [elements.map((bytes) => [...bytes]), error?.reason])
        ),
        Effect.map(Effect.flip(friendli(Tokens.tokenize({ prompt: "Hello!" }))), (error) => [
          error._tag,
          "body" in error && error.body
        ]),
        Effect.flatMap(HttpClient.get("http://localhost/image"), (response) => response.json)
      ])
      const { tape, value } = yield* recorded(program, script)
      assert.deepStrictEqual(
        tape.exchanges.map(({ outcome }) => "ending" in outcome && outcome.ending),
        ["reset", "reset", "end"]
      )
      const read = Either.getOrThrow(Cassette.parse(Cassette.format(tape)))
      assert.deepStrictEqual(yield* Effect.provide(program, Cassette.replay(read)), value)
      assert.deepStrictEqual(value[0][0], [
        [...png.subarray(0, 20)],
        [...png.subarray(20, 40)],
        [...png.subarray(40, 50)]
      ])
      assert.deepStrictEqual(value[1], ["ConnectionError", '{"tok'])
    })
  )

  it.effect("a consumer that leaves closes the real connection", () =>
    Effect.gen(function* () {
      const { client, service } = yield* MockHttpClient.make([
        Reply.sse(chunks, { ending: "stall" }),
        Reply.text("never whole", { ending: "stall" })
      ])
      const http = Layer.succeed(HttpClient.HttpClient, client)
      yield* recorded(
        Effect.gen(function* () {
          const response = yield* HttpClient.get("http://localhost/a")
          yield* Stream.runDrain(Stream.take(response.stream, 1))
          const other = yield* HttpClient.get("http://localhost/b")
          const reading = yield* Effect.fork(other.text)
          yield* TestClock.adjust("1 second")
          yield* Fiber.interrupt(reading)
          yield* service.whenClosed
        }),
        http
      )
      assert.deepStrictEqual(yield* service.closed, [true, true])
    })
  )

  it.live("bodies that are not forms", () =>
    Effect.gen(function* () {
      const get = Effect.map(HttpClient.get("http://localhost/a"), (response) => response.status)
      const { tape } = yield* recorded(get, MockHttpClient.layer([Reply.status(204)]))
      assert.deepInclude(tape.exchanges[0]?.outcome, { status: 204, body: [], ending: "end" })
      assert.strictEqual(yield* Effect.provide(get, Cassette.replay(tape)), 204)
    })
  )
})
