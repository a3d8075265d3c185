/**
 * Answers that take long: what generates waits ten minutes for a whole answer and is never asked twice, what costs nothing is
 * asked again after a minute.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Audio from "effect-friendli/Audio"
import * as Chat from "effect-friendli/Chat"
import * as ChatRender from "effect-friendli/ChatRender"
import * as Classification from "effect-friendli/Classification"
import * as Completions from "effect-friendli/Completions"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import type * as Deployment from "effect-friendli/Deployment"
import * as Embeddings from "effect-friendli/Embeddings"
import * as Friendli from "effect-friendli/Friendli"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Images from "effect-friendli/Images"
import * as Messages from "effect-friendli/Messages"
import * as Operation from "effect-friendli/Operation"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import * as Upload from "effect-friendli/Upload"
import { attempts, during, over, request, serverless } from "../support.js"

type Call = Effect.Effect<unknown, FriendliError.FriendliStreamError, Dedicated.Capabilities>

const file = Upload.fromBytes(new Uint8Array([1]), { name: "a.wav", type: "audio/wav" })
const messages = { messages: [{ role: "user", content: "a" }], max_tokens: 10 } as const
const picture = { prompt: "a", image: { image: "https://example.test/a.png" } } as const
const count = Operation.unary({
  name: "Example.count",
  path: "/count",
  request: Schema.Struct({ model: Schema.optional(Schema.String) }),
  response: Schema.Struct({})
})
const write = Operation.unary({
  name: "Example.write",
  path: "/write",
  generates: true,
  request: Schema.Struct({ model: Schema.optional(Schema.String) }),
  response: Schema.Struct({})
})

const minute = 60_000

/** The calls, the limit of each by default, and how often each is sent when nothing comes. */
const calls: ReadonlyArray<readonly [name: string, limit: number, sent: number, call: (o?: RequestOptions) => Call]> = [
  ["Chat.complete", 10 * minute, 1, (o) => Chat.complete(request, o)],
  ["Chat.completeWithResponse", 10 * minute, 1, (o) => Chat.completeWithResponse(request, o)],
  ["Completions.complete", 10 * minute, 1, (o) => Completions.complete({ prompt: "a" }, o)],
  ["Messages.create", 10 * minute, 1, (o) => Messages.create(messages, o)],
  ["Images.generate", 10 * minute, 1, (o) => Images.generate({ prompt: "a" }, o)],
  ["Images.edit", 10 * minute, 1, (o) => Images.edit(picture, o)],
  ["Audio.transcribe", 10 * minute, 1, (o) => Audio.transcribe({ file }, o)],
  ["Chat.stream", minute, 1, (o) => Stream.runDrain(Chat.stream(request, o))],
  ["Completions.stream", minute, 1, (o) => Stream.runDrain(Completions.stream({ prompt: "a" }, o))],
  ["Messages.stream", minute, 1, (o) => Stream.runDrain(Messages.stream(messages, o))],
  ["Audio.stream", minute, 1, (o) => Stream.runDrain(Audio.stream({ file }, o))],
  ["Tokens.tokenize", minute, 3, (o) => Tokens.tokenize({ prompt: "a" }, o)],
  ["Tokens.detokenize", minute, 3, (o) => Tokens.detokenize({ tokens: [1] }, o)],
  ["ChatRender.render", minute, 3, (o) => ChatRender.render(request, o)],
  ["Embeddings.create", minute, 3, (o) => Embeddings.create({ input: "a" }, o)],
  ["Classification.classify", minute, 3, (o) => Classification.classify({ input: "a" }, o)]
]

const silent = (settings?: Partial<Deployment.Settings>) =>
  Dedicated.layer({ token: "flp_example", model: "endpoint", ...settings }).pipe(over(() => Reply.never))

/** How the call failed, when, and how often it was sent. */
const failing = <R>(call: Effect.Effect<unknown, FriendliError.FriendliStreamError, R>) =>
  Effect.gen(function* () {
    const start = yield* Clock.currentTimeMillis
    const { at, error } = yield* during(
      Effect.flatMap(Effect.flip(call), (error) => Effect.map(Clock.currentTimeMillis, (at) => ({ at, error }))),
      "3 hours"
    )
    assert.strictEqual(error._tag, "RequestTimeoutError")
    return { took: at - start, error: error as FriendliError.RequestTimeoutError, sent: (yield* attempts).length }
  })

describe("the headers timeout by default", () => {
  for (const [name, limit, sent, call] of calls) {
    it.effect(`${name} waits ${limit / minute} min, and is sent ${sent === 1 ? "once" : `${sent} times`}`, () =>
      Effect.gen(function* () {
        const seen = yield* failing(call())
        assert.strictEqual(seen.error.kind, "headers")
        assert.strictEqual(Duration.toMillis(seen.error.limit), limit)
        assert.strictEqual(seen.sent, sent)
        assert.strictEqual(FriendliError.isTransient(seen.error), sent > 1)
        assert.isFalse(FriendliError.isNotProcessed(seen.error))
        assert.strictEqual(seen.error.mayBeBilled, sent > 1 ? undefined : true)
        if (sent === 1) {
          // a file is granted the moment that it takes to be sent
          assert.isTrue(seen.took >= limit && seen.took < limit + 10, String(seen.took))
          assert.include(seen.error.message, "not repeated")
        }
      }).pipe(Effect.provide(silent()))
    )
  }

  for (const [name, call] of [
    ["Images.generate", Images.generate({ prompt: "a" })],
    ["Images.edit", Images.edit({ prompt: "a", image: { image: "iVBORw0KGgo=" } })]
  ] as const) {
    it.effect(`${name} of a container waits as long`, () =>
      Effect.gen(function* () {
        const seen = yield* failing(call)
        assert.deepStrictEqual([Duration.toMinutes(seen.error.limit), seen.sent], [10, 1])
      }).pipe(Effect.provide(Container.layer({}).pipe(over(() => Reply.never))))
    )
  }

  it.effect("an answer that takes 75 seconds is generated once", () =>
    Effect.gen(function* () {
      const answer = yield* during(Chat.complete(request), "3 minutes")
      assert.strictEqual(answer.choices[0]?.message.content, "Hi!")
      assert.deepStrictEqual(yield* attempts, [0])
    }).pipe(Effect.provide(serverless(() => Reply.slowHeaders("75 seconds", Reply.json(Wire.chatCompletion("Hi!"))))))
  )

  it.effect("of custom operations is a minute, or ten minutes for those that generate", () =>
    Effect.gen(function* () {
      const client = yield* FriendliClient.FriendliClient
      const counted = yield* failing(client.execute(count, {}))
      assert.deepStrictEqual([Duration.toMinutes(counted.error.limit), counted.sent], [1, 3])
      const written = yield* failing(client.execute(write, {}))
      assert.deepStrictEqual([Duration.toMinutes(written.error.limit), written.sent], [10, 4])
    }).pipe(Effect.provide(Dedicated.layerClient({ token: "flp_example", model: "m" }).pipe(over(() => Reply.never))))
  )
})

describe("a headers timeout that is set", () => {
  for (const [name, , sent, call] of calls) {
    it.effect(`holds exactly for ${name}: in a call, a region and a layer`, () =>
      Effect.gen(function* () {
        const ways: ReadonlyArray<readonly [Call, Partial<Deployment.Settings>]> = [
          [call({ headersTimeout: "7 seconds" }), { headersTimeout: "1 hour" }],
          [call().pipe(Friendli.withHeadersTimeout("7 seconds")), { headersTimeout: "1 hour" }],
          [call(), { headersTimeout: "7 seconds" }]
        ]
        for (const [effect, settings] of ways) {
          const seen = yield* Effect.provide(failing(effect), Layer.fresh(silent(settings)))
          assert.strictEqual(Duration.toMillis(seen.error.limit), 7000)
          assert.strictEqual(seen.sent, sent)
        }
      })
    )
  }

  it.effect("longer than the default is waited for", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Chat.complete(request, { headersTimeout: "1 hour" }))
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual((yield* Fiber.poll(fiber))._tag, "None")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.await(fiber))._tag, "Failure")
    }).pipe(Effect.provide(silent()))
  )
})

describe("a generation that got no answer in time", () => {
  const policies: ReadonlyArray<readonly [string, Retry.Policy, number]> = [
    ["Retry.defaultPolicy", Retry.defaultPolicy, 1],
    ["Retry.backoff", Retry.backoff({ maxRetries: 3 }), 1],
    ["Retry.transient", Retry.transient(Schedule.recurs(3)), 1],
    ["Retry.coldStart", Retry.coldStart("1 hour"), 1],
    ["a policy that asks for it", Retry.transient(Schedule.recurs(3), { when: () => true }), 4]
  ]
  for (const [name, retry, sent] of policies) {
    it.effect(`is sent ${sent === 1 ? "once" : `${sent} times`} under ${name}`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* failing(Chat.complete(request, { retry }))).sent, sent)
        assert.strictEqual((yield* failing(Stream.runDrain(Chat.stream(request, { retry })))).sent, 2 * sent)
      }).pipe(Effect.provide(silent()))
    )
  }

  it.effect("still says so after encoding and decoding", () =>
    Effect.gen(function* () {
      const { error } = yield* failing(Chat.complete(request))
      const codec = Schema.parseJson(FriendliError.FriendliStreamError)
      const back = Schema.decodeSync(codec)(Schema.encodeSync(codec)(error))
      assert.isFalse(FriendliError.isTransient(back))
      assert.isTrue(back._tag === "RequestTimeoutError" && back.mayBeBilled)
    }).pipe(Effect.provide(silent()))
  )

  it.effect("counts as a failure of the deployment", () =>
    Effect.gen(function* () {
      const { error } = yield* failing(Chat.complete(request))
      assert.isTrue(Resilience.isOutage(error))
      assert.isTrue(Resilience.isAnswerableElsewhere(error))
    }).pipe(Effect.provide(silent()))
  )

  it.effect("is sent to the next deployment of a plan", () =>
    Effect.gen(function* () {
      const plan = yield* Resilience.plan(
        { provide: Dedicated.layer({ token: "flp_example", model: "first" }) },
        { provide: Dedicated.layer({ token: "flp_example", model: "second" }) }
      )
      const outcome = yield* during(Effect.either(Effect.withExecutionPlan(Chat.complete(request), plan)), "1 hour")
      assert.isTrue(Either.isRight(outcome))
      const asked = (yield* MockHttpClient.requests).map((sent) => (sent.json as { readonly model: string }).model)
      assert.deepStrictEqual(asked, ["first", "second"])
    }).pipe(Effect.scoped, Effect.provide(MockHttpClient.layer([Reply.never, Reply.json(Wire.chatCompletion("Hi!"))])))
  )

  it.effect("may also be billed if its answer stops sending data", () =>
    Effect.gen(function* () {
      const { error } = yield* failing(Chat.complete(request))
      assert.deepStrictEqual([error.kind, error.mayBeBilled], ["idle", true])
    }).pipe(Effect.provide(serverless(() => Reply.json({}, { after: { bytes: 1 }, ending: "stall" }))))
  )
})

it.effect("what costs nothing is not said to be billed", () =>
  Effect.gen(function* () {
    const { error } = yield* failing(Tokens.tokenize({ prompt: "a" }, { retry: Retry.never }))
    assert.isTrue(FriendliError.isTransient(error))
    assert.notInclude(error.message, "not repeated")
  }).pipe(Effect.provide(silent()))
)
