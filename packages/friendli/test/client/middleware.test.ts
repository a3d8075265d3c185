/**
 * Middleware: around every operation, in the order in which it was provided, for the deployments that it was provided to.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import * as sdk from "effect-friendli"
import * as Chat from "effect-friendli/Chat"
import * as Dedicated from "effect-friendli/Dedicated"
import * as FriendliClient from "effect-friendli/FriendliClient"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import type * as Operation from "effect-friendli/Operation"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { request, token } from "../support.js"

/** All of it: whole answers pass through one function, streams of every form through the other. */
const noting = (seen: Array<string>, name: string) =>
  FriendliClient.layerMiddleware(
    Effect.succeed((next) => ({
      ...next,
      call: (operation, ...rest) => (seen.push(`${name} ${operation.name}`), next.call(operation, ...rest)),
      open: (operation, ...rest) => (seen.push(`${name} ${operation.name}`), next.open(operation, ...rest))
    }))
  )

type AnyOperation = Operation.Unary<never, unknown> | Operation.Streaming<never, unknown>

const operationModules: Readonly<Record<string, object>> = sdk

const isOperation = (u: unknown): u is AnyOperation =>
  Predicate.isRecord(u) && (u["_tag"] === "Unary" || u["_tag"] === "Streaming") && Predicate.hasProperty(u, "path")

describe("middleware", () => {
  const replies = [Reply.json(Wire.chatCompletion("Hi")), Reply.sse(Wire.chatChunks("Hi"))]
  const deployment = Serverless.layer({ token, model: "m" })

  const both = Effect.gen(function* () {
    yield* Chat.complete(request)
    yield* Stream.runDrain(Chat.stream(request))
  })

  it.effect("sees unary calls and streams, in the order in which it is provided", () => {
    const seen: Array<string> = []
    return Effect.gen(function* () {
      yield* both
      assert.deepStrictEqual(seen, ["b Chat.complete", "a Chat.complete", "b Chat.stream", "a Chat.stream"])
    }).pipe(
      Effect.provide(
        deployment.pipe(
          Layer.provide(noting(seen, "b")),
          Layer.provide(noting(seen, "a")),
          Layer.provide(MockHttpClient.layer(replies))
        )
      )
    )
  })

  it.effect("sees every operation, in every form of running it", () => {
    const seen: Array<string> = []
    const operations = Object.values(operationModules).flatMap((module) => Object.values(module).filter(isOperation))
    assert.isAtLeast(operations.length, 18)
    return Effect.gen(function* () {
      const client = yield* FriendliClient.FriendliClient
      const expected: Array<string> = []
      for (const operation of operations) {
        // an unknown field: every operation rejects it before anything is sent
        const invalid = { no_such_field: true } as never
        const forms: ReadonlyArray<Effect.Effect<unknown, FriendliStreamError>> =
          operation._tag === "Unary"
            ? [client.execute(operation, invalid), client.executeWithResponse(operation, invalid)]
            : [
                Stream.runDrain(client.stream(operation, invalid)),
                Effect.scoped(client.streamWithResponse(operation, invalid)),
                Stream.runDrain(client.events(operation, invalid))
              ]
        for (const form of forms) {
          assert.strictEqual((yield* Effect.flip(form))._tag, "InvalidRequestError")
          expected.push(`a ${operation.name}`)
        }
      }
      assert.deepStrictEqual(seen, expected)
    }).pipe(Effect.provide(deployment.pipe(Layer.provide(noting(seen, "a")), Layer.provide(MockHttpClient.layer([])))))
  })

  it.effect("is not lost when it is merged with another", () => {
    const seen: Array<string> = []
    return Effect.gen(function* () {
      yield* both
      assert.deepStrictEqual([...seen].sort(), ["a Chat.complete", "a Chat.stream", "b Chat.complete", "b Chat.stream"])
    }).pipe(
      Effect.provide(
        deployment.pipe(
          Layer.provide(Layer.merge(noting(seen, "a"), noting(seen, "b"))),
          Layer.provide(MockHttpClient.layer(replies))
        )
      )
    )
  })

  it.effect("is not around deployments that it was not provided to, whenever they are built", () => {
    const seen: Array<string> = []
    const guarded = Dedicated.layer({ token, model: "m" }).pipe(Layer.provide(noting(seen, "a")))
    return Effect.gen(function* () {
      const after = yield* Layer.build(deployment)
      yield* Effect.provide(both, after)
      assert.deepStrictEqual(seen, [])
      const client = yield* FriendliClient.FriendliClient
      assert.strictEqual(client.deployment.name, "dedicated")
    }).pipe(
      Effect.provide(Layer.provideMerge(guarded, Layer.empty)),
      Effect.provide(MockHttpClient.layer(replies)),
      Effect.scoped
    )
  })
})
