/**
 * Retries: what is repeated, when, how often, and what is never repeated.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import { type FriendliStreamError, isTransient, isNotProcessed } from "effect-friendli/FriendliError"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as Operation from "effect-friendli/Operation"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import * as Tokens from "effect-friendli/Tokens"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { attempts, during, request, serverless, token, withoutJitter } from "../support.js"
import {
  calling,
  followedTests,
  retryAfterTests,
  statusTests,
  streaming,
  tagOf,
  tooLongTests,
  whole
} from "./Retry.support.js"

const streamed = Reply.sse(Wire.chatChunks("Hi!"))

/** Each attempt has a span of its own, which these headers name. */
const withoutTrace = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).filter(([name]) => name !== "b3" && name !== "traceparent")

describe("the default", () => {
  it.effect("tries two more times, after half a second and a second at most", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* calling()
      assert.strictEqual(tagOf(outcome), "ServerError")
      assert.deepStrictEqual(sent, [0, 500, 1500])
    }).pipe(withoutJitter, Effect.provide(serverless(() => Reply.status(500))))
  )

  it.effect("waits within the bounds of its jitter", () =>
    Effect.gen(function* () {
      const { sent } = yield* calling()
      assert.strictEqual(sent.length, 3)
      const waits = [sent[1]!, sent[2]! - sent[1]!]
      assert.isTrue(waits[0]! >= 375 && waits[0]! <= 500, String(waits))
      assert.isTrue(waits[1]! >= 750 && waits[1]! <= 1000, String(waits))
    }).pipe(Effect.provide(serverless(() => Reply.status(500))))
  )

  it.effect("recovers, and leaves the rest of the script alone", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* calling()
      assert.strictEqual(tagOf(outcome), "success")
      assert.deepStrictEqual(sent, [0, 500])
      assert.strictEqual(yield* MockHttpClient.remaining, 1)
    }).pipe(withoutJitter, Effect.provide(serverless([Reply.status(502), whole, whole])))
  )

  it.effect("sends the same request each time", () =>
    Effect.gen(function* () {
      yield* calling()
      const requests = yield* MockHttpClient.requests
      assert.strictEqual(requests.length, 3)
      for (const { body, headers, method, url } of requests) {
        const first = requests[0]!
        assert.deepStrictEqual([body, method, url], [first.body, first.method, first.url])
        assert.deepStrictEqual(withoutTrace(headers), withoutTrace(first.headers))
      }
    }).pipe(Effect.provide(serverless(() => Reply.status(500))))
  )

  it.effect("starts again with every call", () =>
    Effect.gen(function* () {
      const call = Chat.complete(request)
      yield* during(Effect.either(call), "1 hour")
      yield* during(Effect.either(call), "1 hour")
      assert.strictEqual((yield* attempts).length, 6)
    }).pipe(Effect.provide(serverless(() => Reply.status(500))))
  )
})

describe("statuses", () => {
  statusTests("examples")
})

describe("Retry-After", () => {
  retryAfterTests("examples")

  followedTests("examples")

  tooLongTests("examples")

  it.effect("is in the error when the tries are used up", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* calling()
      assert.deepStrictEqual(sent, [0, 2000, 4000])
      assert.strictEqual(Duration.toMillis(Either.getOrThrow(Either.flip(outcome)).retryAfter!), 2000)
    }).pipe(Effect.provide(serverless(() => Reply.status(429, { retryAfter: 2 }))))
  )

  it.effect("may be waited for longer, or not at all, by a policy", () =>
    Effect.gen(function* () {
      const patient = Retry.transient(Schedule.recurs(1), { maxRetryAfter: "2 minutes" })
      const { sent } = yield* calling(patient)
      assert.deepStrictEqual(sent, [0, 90_000])
    }).pipe(Effect.provide(serverless([Reply.status(429, { retryAfter: 90 }), whole])))
  )
})

describe("never", () => {
  it.effect("sends once", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* calling(Retry.never)).sent, [0])
    }).pipe(Effect.provide(serverless(() => Reply.status(500, { retryAfter: 0 }))))
  )
})

describe("backoff", () => {
  it.effect("grows by its exponent up to its longest interval until its time is over", () =>
    Effect.gen(function* () {
      const { sent } = yield* calling(
        Retry.backoff({ initialInterval: "1 second", exponent: 3, maxInterval: "5 seconds", maxElapsed: "20 seconds" })
      )
      assert.deepStrictEqual(sent, [0, 1000, 4000, 9000, 14_000, 19_000, 24_000])
    }).pipe(withoutJitter, Effect.provide(serverless(() => Reply.status(500))))
  )

  it.effect("starts at half a second and grows by half, by default", () =>
    Effect.gen(function* () {
      const { sent } = yield* calling(Retry.backoff({ maxRetries: 4 }))
      assert.deepStrictEqual(sent, [0, 500, 1250, 2375, 4062.5])
    }).pipe(withoutJitter, Effect.provide(serverless(() => Reply.status(500))))
  )

  it.effect("makes exactly this many retries", () =>
    Effect.gen(function* () {
      const { sent } = yield* calling(Retry.backoff({ initialInterval: "1 millis", maxRetries: 6 }))
      assert.strictEqual(sent.length, 7)
    }).pipe(Effect.provide(serverless(() => Reply.status(500))))
  )

  for (const [name, reply, tag] of [
    ["a refused connection", Reply.refused(), "ConnectionError"],
    ["no answer in time", Reply.never, "RequestTimeoutError"]
  ] as const) {
    it.effect(`repeats after ${name} what costs nothing, unless told not to`, () =>
      Effect.gen(function* () {
        const counting = (retryConnectionErrors?: boolean) =>
          during(
            Effect.flip(
              Tokens.tokenize({ prompt: "a" }, { retry: Retry.backoff({ maxRetries: 2, retryConnectionErrors }) })
            ),
            "1 hour"
          )
        yield* counting()
        assert.strictEqual((yield* attempts).length, 3)
        assert.strictEqual((yield* counting(false))._tag, tag)
        assert.strictEqual((yield* attempts).length, 4)
      }).pipe(Effect.provide(serverless(() => reply)))
    )
  }

  it.effect("with connection errors left out still repeats statuses", () =>
    Effect.gen(function* () {
      const { sent } = yield* calling(Retry.backoff({ maxRetries: 2, retryConnectionErrors: false }))
      assert.strictEqual(sent.length, 3)
    }).pipe(Effect.provide(serverless(() => Reply.status(503))))
  )
})

describe("coldStart", () => {
  it.effect("asks again every five seconds until its time is over", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* calling(Retry.coldStart("20 seconds"))
      assert.strictEqual(tagOf(outcome), "OverloadedError")
      assert.deepStrictEqual(sent, [0, 5000, 10_000, 15_000, 20_000])
    }).pipe(Effect.provide(serverless(() => Reply.status(503))))
  )

  it.effect("repeats as often as its options and the server say", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* calling(Retry.coldStart("10 minutes", { interval: "20 seconds" }))
      assert.strictEqual(tagOf(outcome), "success")
      assert.deepStrictEqual(sent, [0, 20_000, 140_000])
    }).pipe(Effect.provide(serverless([Reply.status(503), Reply.status(503, { retryAfter: 120 }), whole])))
  )

  for (const status of [429, 500, 502]) {
    it.effect(`is not for ${status}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual((yield* calling(Retry.coldStart("1 minute"))).sent, [0])
      }).pipe(Effect.provide(serverless(() => Reply.status(status))))
    )
  }

  it.effect("follows another policy", () =>
    Effect.gen(function* () {
      const { sent } = yield* calling(Retry.defaultPolicy.pipe(Schedule.andThen(Retry.coldStart("12 seconds"))))
      assert.deepStrictEqual(sent.slice(0, 5), [0, 500, 1500, 6500, 11_500])
      assert.isTrue(sent.length > 5)
    }).pipe(withoutJitter, Effect.provide(serverless(() => Reply.status(503))))
  )
})

describe("policies are schedules", () => {
  it.effect("any schedule does, and repeats whatever fails", () =>
    Effect.gen(function* () {
      const { sent } = yield* calling(Schedule.spaced("3 seconds").pipe(Schedule.intersect(Schedule.recurs(2))))
      assert.deepStrictEqual(sent, [0, 3000, 6000])
    }).pipe(Effect.provide(serverless(() => Reply.status(401))))
  )

  it.effect("transient keeps one to failures that can pass", () =>
    Effect.gen(function* () {
      const { sent } = yield* calling(Retry.transient(Schedule.spaced("3 seconds")))
      assert.deepStrictEqual(sent, [0, 3000])
    }).pipe(Effect.provide(serverless([Reply.status(500), Reply.status(401), whole])))
  )

  it.effect("transient with a choice of its own", () =>
    Effect.gen(function* () {
      const policy = Retry.transient(Schedule.recurs(5), { when: (error) => error.status === 409 })
      const { sent } = yield* calling(policy)
      assert.strictEqual(sent.length, 3)
    }).pipe(Effect.provide(serverless([Reply.status(409), Reply.status(409), Reply.status(500)])))
  )
})

describe("failures without a status", () => {
  const cases: ReadonlyArray<readonly [string, Reply.Reply, Reply.Reply, string, number]> = [
    ["a refused connection", Reply.refused(), Reply.refused(), "ConnectionError", 3],
    ["an unknown host", Reply.refused("ENOTFOUND"), Reply.refused("ENOTFOUND"), "ConnectionError", 3],
    ["a reset before the answer", Reply.refused("ECONNRESET"), Reply.refused("ECONNRESET"), "ConnectionError", 3],
    ["an answer that does not begin", Reply.never, Reply.never, "RequestTimeoutError", 1],
    [
      "a reset in the body",
      Reply.json({}, { ending: "reset" }),
      Reply.sse(Wire.chatChunks("Hi!"), { after: { frames: 1 }, ending: "reset" }),
      "ConnectionError",
      1
    ],
    [
      "a body that stops sending data",
      Reply.json({}, { ending: "stall", after: { bytes: 1 } }),
      Reply.sse(Wire.chatChunks("Hi!"), { after: { frames: 1 }, ending: "stall" }),
      "RequestTimeoutError",
      1
    ],
    ["an answer of another shape", Reply.json({}), Reply.sse([{ choices: 1 }]), "ResponseDecodeError", 1]
  ]
  for (const [name, reply, streamReply, tag, count] of cases) {
    it.effect(`${name} is ${count === 1 ? "not repeated" : "repeated"}`, () =>
      Effect.gen(function* () {
        const { outcome, sent } = yield* calling()
        assert.strictEqual(tagOf(outcome), tag)
        assert.strictEqual(sent.length, count)
      }).pipe(Effect.provide(serverless(() => reply)))
    )
    it.effect(`${name} is ${count === 1 ? "not repeated" : "repeated"} for a stream`, () =>
      Effect.gen(function* () {
        const { outcome, sent } = yield* streaming()
        assert.strictEqual(tagOf(outcome), tag)
        assert.strictEqual(sent.length, count)
      }).pipe(Effect.provide(serverless(() => streamReply)))
    )
  }

  it.effect("the total clock ends the retries", () =>
    Effect.gen(function* () {
      const outcome = yield* during(
        Effect.either(Chat.complete(request, { timeout: "1 minute", retry: Schedule.spaced("25 seconds") })),
        "1 hour"
      )
      assert.strictEqual(tagOf(outcome), "RequestTimeoutError")
      assert.deepStrictEqual(yield* attempts, [0, 25_000, 50_000])
    }).pipe(Effect.provide(serverless(() => Reply.status(500))))
  )
})

describe("a stream", () => {
  it.effect("is sent again until its first element", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* streaming()
      assert.strictEqual(tagOf(outcome), "success")
      assert.deepStrictEqual(sent, [0, 500, 1500])
    }).pipe(withoutJitter, Effect.provide(serverless([Reply.status(503), Reply.refused(), streamed])))
  )

  it.effect("is sent again after an error frame that comes first and can pass", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* streaming()
      assert.strictEqual(tagOf(outcome), "success")
      assert.strictEqual(sent.length, 2)
    }).pipe(
      Effect.provide(serverless([Reply.sse([{ error: { type: "overloaded_error", message: "full" } }]), streamed]))
    )
  )

  it.effect("is not sent again after its first element, whatever the policy says", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* streaming(Schedule.forever)
      assert.strictEqual(tagOf(outcome), "OverloadedError")
      assert.strictEqual(sent.length, 1)
    }).pipe(
      Effect.provide(
        serverless([
          Reply.sse([Wire.chatChunk({ content: "Hi" }), { error: { type: "overloaded_error", message: "full" } }]),
          streamed
        ])
      )
    )
  )

  it.effect("comments are not elements", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* streaming(Schedule.recurs(1))
      assert.strictEqual(tagOf(outcome), "success")
      assert.strictEqual(sent.length, 2)
    }).pipe(Effect.provide(serverless([Reply.sse(": hello\n\n", { ending: "reset" }), streamed])))
  )

  it.effect("gives each attempt a fresh count of what was received", () =>
    Effect.gen(function* () {
      const { outcome } = yield* streaming(Schedule.recurs(1))
      const error = Either.getOrThrow(Either.flip(outcome))
      assert.strictEqual(error.received?.events, 1)
    }).pipe(
      Effect.provide(
        serverless([
          Reply.sse("", { ending: "reset" }),
          Reply.sse(Wire.chatChunks("Hi there!"), { after: { frames: 1 } })
        ])
      )
    )
  )
})

describe("a failed attempt", () => {
  it.effect("is over before the next one begins, even when its body never ends", () =>
    Effect.gen(function* () {
      const states: Array<ReadonlyArray<boolean>> = []
      const mock = yield* MockHttpClient.make([
        Reply.status(503, { body: "full", retryAfter: 0 }),
        Reply.status(503, { body: "full", ending: "stall", retryAfter: 0 }),
        whole
      ])
      const watching = HttpClient.tapRequest(mock.client, () =>
        Effect.map(mock.service.closed, (closed) => void states.push(closed))
      )
      const friendli = Serverless.layer({ token, model: "m" }).pipe(
        Layer.provide(Layer.succeed(HttpClient.HttpClient, watching))
      )
      yield* during(Effect.provide(Chat.complete(request), friendli), "1 minute")
      assert.deepStrictEqual(states, [[], [true], [true, true]])
    })
  )

  it.effect("does not wait for ever for the body of a rejection that ignores the client", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* calling()
      assert.strictEqual(tagOf(outcome), "success")
      assert.strictEqual(sent.length, 2)
    }).pipe(Effect.provide(serverless([Reply.status(503, { body: "full", ending: "stuck" }), whole])))
  )
})

describe("a write", () => {
  const create = Operation.unary({
    name: "Example.create",
    path: "/things",
    model: false,
    retryMode: "ifNotProcessed",
    request: Schema.Struct({ name: Schema.String }),
    response: Schema.Struct({ id: Schema.String })
  })
  const creating = Effect.gen(function* () {
    const client = yield* FriendliClient.FriendliClient
    const outcome = yield* during(
      Effect.either(client.execute(create, { name: "a" }, { retry: Schedule.recurs(2) })),
      "1 hour"
    )
    return { outcome, sent: (yield* attempts).length }
  })
  const cases: ReadonlyArray<readonly [string, Reply.Reply, number]> = [
    ["a refused connection", Reply.refused(), 3],
    ["an unknown host", Reply.refused("ENOTFOUND"), 3],
    ["429", Reply.status(429), 3],
    ["503", Reply.status(503), 3],
    ["a reset before the answer", Reply.refused("ECONNRESET"), 1],
    ["no answer in time", Reply.never, 1],
    ["408", Reply.status(408), 1],
    ["500", Reply.status(500), 1],
    ["502", Reply.status(502), 1],
    ["504", Reply.status(504), 1],
    ["a reset in the body", Reply.json({}, { ending: "reset" }), 1]
  ]
  for (const [name, reply, count] of cases) {
    it.effect(`is ${count === 1 ? "not repeated" : "repeated"} after ${name}, whatever the policy says`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* creating).sent, count)
      }).pipe(Effect.provide(serverless(() => reply)))
    )
  }

  it.effect("answers like any operation", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* creating).outcome, Either.right({ id: "1" }))
      const [sent] = yield* MockHttpClient.requests
      assert.deepStrictEqual(sent?.json, { name: "a" })
      assert.strictEqual(sent?.url, "https://api.friendli.ai/serverless/v1/things")
    }).pipe(Effect.provide(serverless([Reply.json({ id: "1" })])))
  )
})

it.effect("isTransient and isNotProcessed agree with the policies", () =>
  Effect.gen(function* () {
    const errorOf = (reply: Reply.Reply) =>
      during(Effect.flip(Stream.runDrain(Chat.stream(request, { retry: Retry.never }))), "1 hour").pipe(
        Effect.provide(serverless([reply]))
      )
    const rows: ReadonlyArray<readonly [Reply.Reply, boolean, boolean]> = [
      [Reply.status(429), true, true],
      [Reply.status(503), true, true],
      [Reply.status(500), true, false],
      [Reply.refused(), true, true],
      [Reply.refused("ECONNRESET"), true, false],
      [Reply.never, false, false],
      [Reply.status(400), false, false],
      [Reply.sse([], { done: false }), false, false],
      [Reply.sse("", { ending: "stall" }), false, false]
    ]
    for (const [reply, transient, unaccepted] of rows) {
      const error = (yield* errorOf(reply)) as FriendliStreamError
      assert.deepStrictEqual([isTransient(error), isNotProcessed(error)], [transient, unaccepted], error.message)
    }
  })
)
