/** The catalogue: what is sent and read, against the contract's vectors and a scripted client; how long `get` remembers. */
import { assert, describe } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Models from "effect-friendli/Models"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { assertSentAs } from "./sent.js"

const over = (script: MockHttpClient.Script) =>
  Models.layer.pipe(
    Layer.provide(Serverless.layerClient({ token: "test-token" })),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

const once = { retry: Retry.never } as const

const catalogue = Vectors.json("serverless.models.list.response.live.json") as Models.ModelList
const known = catalogue.data[0]!

describe("list", () => {
  for (const file of ["response", "response.live"]) {
    it.effect(`${file}: the request is that of the vector, and the answer is read without loss`, () => {
      const answer = Vectors.json(`serverless.models.list.${file}.json`)
      return Effect.gen(function* () {
        const { response, value } = yield* Models.listWithResponse()
        assert.deepStrictEqual<unknown>(value, answer)
        assert.strictEqual(response.requestId, "req-1")
        assert.deepStrictEqual<unknown>(yield* Models.list(), answer)
        yield* assertSentAs(Vectors.requests("serverless.models.list").minimal, undefined)
      }).pipe(Effect.provide(over(() => Reply.json(answer, { headers: { "x-request-id": "req-1" } }))))
    })
  }

  it.effect("the catalogue for OpenRouter, likewise", () => {
    const answer = Vectors.json("serverless.models.list_openrouter.response.json")
    return Effect.gen(function* () {
      assert.deepStrictEqual<unknown>(yield* Models.listOpenRouter(), answer)
      yield* assertSentAs(Vectors.requests("serverless.models.list_openrouter").minimal, undefined)
    }).pipe(Effect.provide(over([Reply.json(answer)])))
  })

  it.effect("an entry with an id alone is one, and one without is not", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Models.list(once), { data: [{ id: "a" }] })
      const error = yield* Effect.flip(Models.list(once))
      assert(error._tag === "ResponseDecodeError")
      assert.deepStrictEqual(error.issues[0]?.path, ["data", 0, "id"])
    }).pipe(Effect.provide(over([Reply.json({ data: [{ id: "a" }] }), Reply.json({ data: [{ name: "a" }] })])))
  )

  it.effect("a failure is typed", () =>
    Effect.gen(function* () {
      for (const tag of ["ServerError", "RateLimitError", "ConnectionError"])
        assert.strictEqual((yield* Effect.flip(Models.list(once)))._tag, tag)
    }).pipe(Effect.provide(over([Reply.status(500), Reply.status(429), Reply.refused()])))
  )
})

describe("get", () => {
  const asked = Effect.map(MockHttpClient.requests, (requests) => requests.length)

  it.effect("finds a model, or none, in one catalogue for an hour", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Models.get(known.id), Option.some(known))
      assert.deepStrictEqual(yield* Models.get("another"), Option.none())
      yield* TestClock.adjust("59 minutes")
      yield* Models.get(known.id)
      assert.strictEqual(yield* asked, 1)
      yield* TestClock.adjust("1 minute")
      yield* Models.get(known.id)
      assert.strictEqual(yield* asked, 2)
    }).pipe(Effect.provide(over(() => Reply.json(catalogue))))
  )

  it.effect("asks once for many that ask at once", () =>
    Effect.gen(function* () {
      const found = yield* Effect.all(
        Array.from({ length: 20 }, () => Models.get(known.id)),
        { concurrency: "unbounded" }
      )
      assert.isTrue(found.every(Option.isSome))
      assert.strictEqual(yield* asked, 1)
    }).pipe(Effect.provide(over(() => Reply.json(catalogue))))
  )

  it.effect("does not remember a failure", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(Models.get(known.id, once)))._tag, "ServerError")
      assert.isTrue(Option.isSome(yield* Models.get(known.id, once)))
    }).pipe(Effect.provide(over([Reply.status(500), Reply.json(catalogue)])))
  )

  it.effect("goes on for the others when the one that asks is interrupted", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      let requests = 0
      const service = yield* Models.make.pipe(
        Effect.provide(Serverless.layerClient({ token: "test-token" })),
        Effect.provide(
          MockHttpClient.layer(() => {
            Deferred.unsafeDone(begun, Exit.void)
            return ++requests === 1 ? Reply.never : Reply.json(catalogue)
          })
        )
      )
      const first = yield* Effect.fork(service.get(known.id))
      yield* Deferred.await(begun)
      const second = yield* Effect.fork(service.get(known.id))
      yield* Fiber.interrupt(first)
      assert.deepStrictEqual(yield* Fiber.join(second), Option.some(known))
      assert.strictEqual(requests, 2)
    })
  )
})

it("a model with a deprecation date is not active", () => {
  assert.isTrue(Models.isActive({ id: "a" }))
  assert.isTrue(Models.isActive({ id: "a", deprecation_date: null }))
  assert.isFalse(Models.isActive({ id: "a", deprecation_date: "2100-01-01T00:00:00Z" }))
})
