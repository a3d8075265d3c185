/**
 * The tests of `src/testing-your-program.ts`, as its author would write them: one for each need, none with a network.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Config, ConfigProvider, Effect, Fiber, Layer, Redacted, Stream, TestClock } from "effect"
import { Chat, type FriendliError, Serverless, Tokens } from "effect-friendli"
import { Cassette, Failures, MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { fileURLToPath } from "node:url"
import * as app from "../src/testing-your-program.js"

const text = "The museum opens at nine. On Mondays it is closed, and on Fridays it is open until ten at night."
const beginning = "The museum opens at nine. On Mondays it …"

const summarize = (what: string) => Effect.flatMap(app.Summarizer, (summarizer) => summarizer.summarize(what))
const live = (what: string) => Stream.unwrap(Effect.map(app.Summarizer, (summarizer) => summarizer.live(what)))

const counted = Reply.json({ tokens: [1, 2, 3] })

/** The program on a scripted client: circuit breaker, retries and timeouts are those of production. */
const scripted = (script: MockHttpClient.Script) =>
  app.layer.pipe(
    Layer.provide(app.Friendli),
    Layer.provideMerge(MockHttpClient.layer(script)),
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["FRIENDLI_TOKEN", "flp_test"]]))))
  )

/** What was asked, and when. */
const asked = Effect.map(MockHttpClient.requests, (requests) =>
  requests.map(({ at, url }) => [url.replace(/.*\/v1\//, ""), at] as const)
)

describe("on mocks of the capabilities", () => {
  const capabilities = (answer: string, tokens: number) =>
    app.layer.pipe(
      Layer.provide(Layer.mock(Chat.Chat, { complete: () => Effect.succeed(Wire.chatCompletion(answer)) })),
      Layer.provide(
        Layer.mock(Tokens.Tokens, {
          tokenize: () => Effect.succeed({ tokens: Array.from({ length: tokens }, () => 0) })
        })
      )
    )

  it.effect("gives the model's answer", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* summarize(text), "A museum and its hours.")
    }).pipe(Effect.provide(capabilities("A museum and its hours.", app.limit)))
  )

  it.effect("rejects a text that is too long", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(summarize(text))
      assert.deepInclude(error, { _tag: "TooLong", tokens: app.limit + 1, limit: app.limit })
    }).pipe(Effect.provide(capabilities("never asked for", app.limit + 1)))
  )
})

describe("on scripted answers", () => {
  it.effect("sends the right request", () =>
    Effect.gen(function* () {
      yield* summarize(text)
      yield* MockHttpClient.expectRequests([
        { path: "/serverless/v1/tokenize", fields: { prompt: text } },
        {
          path: "/serverless/v1/chat/completions",
          token: "flp_test",
          headers: { "x-friendli-team": undefined },
          fields: { model: "meta-llama-3.1-8b-instruct", temperature: 0, max_tokens: 60 }
        }
      ])
    }).pipe(Effect.provide(scripted([counted, Reply.json(Wire.chatCompletion("Hours."))])))
  )

  it.effect("waits as the server asks, and tries again", () =>
    Effect.gen(function* () {
      const call = yield* Effect.fork(summarize(text))
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual(yield* Fiber.join(call), "Hours.")
      assert.deepStrictEqual(yield* asked, [
        ["tokenize", 0],
        ["chat/completions", 0],
        ["chat/completions", 20_000]
      ])
    }).pipe(
      Effect.provide(
        scripted([counted, Failures.rateLimit({ retryAfter: 20 }), Reply.json(Wire.chatCompletion("Hours."))])
      )
    )
  )

  it.effect("fails after half a minute", () =>
    Effect.gen(function* () {
      const call = yield* Effect.fork(summarize(text))
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* Fiber.join(call), beginning)
    }).pipe(Effect.provide(scripted([counted, Failures.requestTimeout()])))
  )

  const goesOn: ReadonlyArray<FriendliError.FriendliError["_tag"]> = [
    "PermissionDeniedError",
    "NotFoundError",
    "RateLimitError",
    "OverloadedError",
    "ServerError",
    "UnexpectedStatusError",
    "ConnectionError",
    "ResponseDecodeError"
  ]
  for (const tag of goesOn) {
    it.effect(`continues without a summary after ${tag}`, () =>
      Effect.gen(function* () {
        const call = yield* Effect.fork(summarize(text))
        yield* TestClock.adjust("1 minute") // as many tries as the policy likes
        assert.strictEqual(yield* Fiber.join(call), beginning)
      }).pipe(Effect.provide(scripted(({ url }) => (url.endsWith("/tokenize") ? counted : Failures.of(tag)))))
    )
  }

  for (const tag of ["InvalidRequestError", "AuthenticationError"] as const) {
    it.effect(`does not hide ${tag}`, () =>
      Effect.gen(function* () {
        const cause = yield* Effect.flip(Effect.sandbox(summarize(text)))
        assert.deepInclude(Cause.squash(cause), { _tag: tag })
      }).pipe(Effect.provide(scripted([counted, Failures.of(tag)])))
    )
  }

  it.effect("does not wait if tokens cannot be counted", () =>
    Effect.gen(function* () {
      const call = yield* Effect.fork(summarize(text))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* Fiber.join(call), "Hours.")
    }).pipe(Effect.provide(scripted([Reply.never, Reply.json(Wire.chatCompletion("Hours."))])))
  )

  it.effect("sends nothing to a model that is down, and tries again after a minute", () =>
    Effect.gen(function* () {
      const summaries = yield* Effect.fork(Effect.replicateEffect(summarize(text), 5))
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(
        yield* Fiber.join(summaries),
        Array.from({ length: 5 }, () => beginning)
      )
      const before = yield* asked
      // three operations of three tries each, and then none
      assert.lengthOf(
        before.filter(([path]) => path === "chat/completions"),
        9
      )

      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* summarize(text), "Hours.")
    }).pipe(
      Effect.provide(
        scripted(({ at, url }) => {
          if (url.endsWith("/tokenize")) return counted
          return at < 60_000 ? Failures.server() : Reply.json(Wire.chatCompletion("Hours."))
        })
      )
    )
  )
})

describe("streams", () => {
  const chunks = Wire.chatChunks("A museum and its hours.")

  it.effect("show the text as it arrives", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual([...(yield* Stream.runCollect(live(text)))], ["A", " museum", " and", " its", " hours."])
    }).pipe(Effect.provide(scripted([counted, Reply.sse(chunks, { cuts: "bytes" })])))
  )

  const breaks = {
    "is reset": Reply.sse(chunks, { after: { frames: 2 }, ending: "reset" }),
    "is cut short": Reply.sse(chunks, { after: { frames: 2 } }),
    "reports an error": Failures.overloaded({ events: chunks.slice(0, 2) }),
    "sends no more data": Reply.sse(chunks, { after: { frames: 2 }, ending: "stall" })
  }
  for (const [what, reply] of Object.entries(breaks)) {
    it.effect(`say so when the connection ${what}`, () =>
      Effect.gen(function* () {
        const reading = yield* Effect.fork(Stream.mkString(live(text)))
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual(yield* Fiber.join(reading), "A museum [broken off]")
      }).pipe(Effect.provide(scripted([counted, reply])))
    )
  }

  it.effect("close the connection when the reader stops", () =>
    Effect.gen(function* () {
      yield* Stream.runDrain(Stream.take(live(text), 1))
      yield* MockHttpClient.whenClosed
      assert.deepStrictEqual(yield* MockHttpClient.states, ["read", "cancelled"])
    }).pipe(Effect.provide(scripted([counted, Reply.sse(chunks, { ending: "stall" })])))
  )
})

describe("on a cassette", () => {
  // recorded from the emulator; RECORD=true records it again, from Friendli where no FRIENDLI_BASE_URL says otherwise
  const file = fileURLToPath(new URL("cassettes/testing-your-program.cassette", import.meta.url))
  const recording = Cassette.record(file, { timing: false }).pipe(Layer.provide(FetchHttpClient.layer))

  const taped = Layer.unwrapEffect(
    Effect.map(Config.withDefault(Config.boolean("RECORD"), false), (record) =>
      Serverless.layerConfig({
        model: Config.succeed("meta-llama-3.1-8b-instruct"),
        ...(record ? {} : { token: Config.succeed(Redacted.make("flp_test")) })
      }).pipe(Layer.provide(record ? recording : Cassette.replay(file, { match: ["method", "path", "body"] })))
    )
  ).pipe(Layer.provide(NodeContext.layer))

  it.effect("understands a recorded answer", () =>
    Effect.gen(function* () {
      const summary = yield* summarize(text)
      assert.isNotEmpty(summary)
      assert.notStrictEqual(summary, beginning)
      assert.notInclude(yield* Stream.mkString(live(text)), "broken off")
    }).pipe(Effect.provide(Layer.provide(app.layer, taped)))
  )

  it.effect("fails at once, and says why, when the program sends another request", () =>
    Effect.gen(function* () {
      const defect = Cause.squash(yield* Effect.flip(Effect.sandbox(summarize("Another text."))))
      assert.instanceOf(defect, Cassette.CassetteMismatch)
      assert.include(defect.message, 'body.json.prompt\n    - "The museum')
    }).pipe(
      Effect.provide(
        Layer.provide(app.layer, Serverless.layer({ token: "flp_test", model: "meta-llama-3.1-8b-instruct" }))
      ),
      Effect.provide(Cassette.replay(file, { match: ["method", "path", "body"] })),
      Effect.provide(NodeContext.layer)
    )
  )
})
