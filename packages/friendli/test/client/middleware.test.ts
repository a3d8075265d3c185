/**
 * Middleware: around every operation, in the order in which it was provided, for the deployments that it was provided to.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Dedicated from "effect-friendli/Dedicated"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { request, token } from "../support.js"

const noting = (seen: Array<string>, name: string) =>
  FriendliClient.layerMiddleware(
    Effect.succeed((client) => ({
      ...client,
      execute: (operation, ...rest) =>
        Effect.suspend(() => {
          seen.push(`${name} ${operation.name}`)
          return client.execute(operation, ...rest)
        }),
      stream: (operation, ...rest) =>
        Stream.suspend(() => {
          seen.push(`${name} ${operation.name}`)
          return client.stream(operation, ...rest)
        })
    }))
  )

describe("middleware", () => {
  const replies = [Reply.json(Wire.chatCompletion("Hi")), Reply.sse(Wire.chatChunks("Hi"))]
  const deployment = Serverless.layer({ token, model: "m" })

  const both = Effect.gen(function* () {
    yield* Chat.complete(request)
    yield* Stream.runDrain(Chat.stream(request))
  })

  it.effect("sees whole answers and streams, in the order in which it is provided", () => {
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
