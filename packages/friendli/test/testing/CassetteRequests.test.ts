/**
 * Which recorded answer a request gets, and what a request that was not recorded says.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { Cassette, MockHttpClient, Reply } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { it } from "../it.js"
import { recorded, friendli, post, settings } from "./cassettes.js"

describe("requests and exchanges", () => {
  const two = MockHttpClient.layer([Reply.text("one"), Reply.text("other"), Reply.text("two")])
  const taped = Effect.map(
    recorded(Effect.all([post(`{"a":1,"b":2}`), post(`{"c":3}`), post(`{"b":2,"a":1}`)]), two),
    ({ tape }) => tape
  )
  const message = (tape: Cassette.Tape, call: Effect.Effect<unknown, HttpClientError, HttpClient.HttpClient>) =>
    Effect.flip(call).pipe(
      Effect.map((error) => {
        assert.strictEqual(error._tag, "RequestError")
        assert.instanceOf(error.cause, Cassette.CassetteMismatch)
        return error.cause.message
      }),
      Effect.provide(Cassette.replay(tape, { onMismatch: "fail" }))
    )

  it.effect("equal ones in the order of the recording, each once", () =>
    Effect.gen(function* () {
      const tape = yield* taped
      yield* Effect.gen(function* () {
        assert.strictEqual(yield* post(`{"b":2,"a":1}`), "one")
        assert.strictEqual(yield* post(`{"a":1,"b":2}`), "two")
        assert.lengthOf(yield* Cassette.unused, 1)
        const error = yield* Effect.flip(post(`{"a":1,"b":2}`))
        assert.include(error.message, "was recorded 2 times, and this is one more")
        assert.strictEqual(yield* post(`{"c":3}`), "other")
        assert.lengthOf(yield* Cassette.unused, 0)
        assert.lengthOf(yield* Cassette.mismatches, 1)
      }).pipe(Effect.provide(Cassette.replay(tape, { onMismatch: "fail" })))
    })
  )

  it.effect("the last one again, if the options say so", () =>
    Effect.gen(function* () {
      const tape = yield* taped
      const answers = yield* Effect.replicateEffect(post(`{"a":1,"b":2}`), 4).pipe(
        Effect.provide(Cassette.replay(tape, { reuse: true }))
      )
      assert.deepStrictEqual(answers, ["one", "two", "two", "two"])
    })
  )

  it.effect("what was not recorded is compared with the nearest exchange", () =>
    Effect.gen(function* () {
      const tape = yield* taped
      assert.strictEqual(
        yield* message(tape, post(`{"c":4}`)),
        "POST http://localhost/a is not on the cassette; the nearest is exchange 2 of 3 (- recorded, + asked):\n  body.json.c\n    - 3\n    + 4"
      )
      assert.include(yield* message(tape, HttpClient.get("http://localhost/a")), 'method\n    - "POST"\n    + "GET"')
      assert.include(yield* message(Cassette.empty, post("{}")), "is not on the cassette, which is empty")
    })
  )

  it.effect("match in what is asked for", () =>
    Effect.gen(function* () {
      const tape = yield* taped
      const elsewhere = Effect.flatMap(
        HttpClient.execute(
          HttpClientRequest.bodyText(HttpClientRequest.post("https://elsewhere.example/a"), `{"c":3}`, "text/plain")
        ),
        (response) => response.text
      )
      assert.include(yield* message(tape, elsewhere), "https://elsewhere.example/a")
      const byPath = Cassette.replay(tape, { match: ["method", "path", "body"] })
      assert.strictEqual(yield* Effect.provide(elsewhere, byPath), "other")
      const byHeaders = Cassette.replay(tape, { match: ["path", "body", "headers"], onMismatch: "fail" })
      const error = yield* Effect.flip(Effect.provide(elsewhere, byHeaders))
      assert.include(error.message, 'headers.content-type\n    - "application/json"\n    + "text/plain"')
    })
  )

  it.effect("in the SDK a defect with the whole difference, which no policy repeats and no fallback hides", () =>
    Effect.gen(function* () {
      const { tape } = yield* recorded(
        friendli(Tokens.tokenize({ prompt: "Hello!" })),
        MockHttpClient.layer([Reply.json({ tokens: [1] })])
      )
      yield* Effect.gen(function* () {
        const call = Tokens.tokenize({ prompt: "Hello?" }).pipe(Effect.orElseSucceed(() => undefined))
        const patient = Effect.provide(call, Serverless.layer({ ...settings, retry: Retry.defaultPolicy }))
        const defect = Cause.squash(yield* Effect.flip(Effect.sandbox(patient)))
        assert.instanceOf(defect, Cassette.CassetteMismatch)
        assert.include(defect.message, 'body.json.prompt\n    - "Hello!"\n    + "Hello?"')
        assert.deepStrictEqual(defect.differences, [
          { path: "body.json.prompt", expected: '"Hello!"', actual: '"Hello?"' }
        ])
        assert.deepStrictEqual(
          (yield* Cassette.mismatches).map((mismatch) => mismatch.message),
          [defect.message]
        )
      }).pipe(Effect.provide(Cassette.replay(tape)))
    })
  )

  it.effect("or a connection error, if the options say so", () =>
    Effect.gen(function* () {
      const { tape } = yield* recorded(
        friendli(Tokens.tokenize({ prompt: "Hello!" })),
        MockHttpClient.layer([Reply.json({ tokens: [1] })])
      )
      const error = yield* Effect.flip(friendli(Tokens.tokenize({ prompt: "Hello?" }))).pipe(
        Effect.provide(Cassette.replay(tape, { onMismatch: "fail" }))
      )
      assert.strictEqual(error._tag, "ConnectionError")
      assert.include(error.message, "is not on the cassette")
    })
  )

  it.effect("many differences are summarized", () =>
    Effect.gen(function* () {
      const numbers = (from: number) => post(JSON.stringify(Array.from({ length: 50 }, (_, index) => from + index)))
      const { tape } = yield* recorded(numbers(0), MockHttpClient.layer([Reply.text("one")]))
      const text = yield* message(tape, numbers(100))
      assert.lengthOf(text.match(/body\.json\[/g) ?? [], 20)
      assert.include(text, "and 30 more")
    })
  )

  it.effect("concurrent ones are in the order in which they were sent", () =>
    Effect.gen(function* () {
      const http = MockHttpClient.layer((sent) =>
        Reply.slowHeaders(sent.body === "1" ? "2 seconds" : "1 second", Reply.text(sent.body))
      )
      const fiber = yield* Effect.fork(recorded(Effect.all([post("1"), post("2")], { concurrency: "unbounded" }), http))
      yield* TestClock.adjust("2 seconds")
      const { tape } = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        tape.exchanges.map(({ request }) => request.body),
        [{ json: 1 }, { json: 2 }]
      )
    })
  )
})
