/**
 * Answers that take long: what generates waits ten minutes for a whole answer and is never asked twice, what costs nothing is
 * asked again after a minute.
 */
import { assert, describe } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Images from "effect-friendli/Images"
import * as Operation from "effect-friendli/Operation"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { it } from "../it.js"
import { attempts, during, over, request, serverless } from "../support.js"
import { failing, limitTests, policyTests, setLimitTests, silent } from "./longAnswers.support.js"

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

describe("the headers timeout by default", () => {
  limitTests("examples")

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
  setLimitTests("examples")

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
  policyTests("examples")

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
    assert.notInclude(error.message, "not retried")
  }).pipe(Effect.provide(silent()))
)
