/**
 * Middleware: around every operation, in the order in which it was provided, for the deployments that it was provided to.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { request, token } from "./support.js"

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

  it.effect("sees whole answers and streams, the last that was provided first", () => {
    const seen: Array<string> = []
    return Effect.gen(function* () {
      yield* Chat.complete(request)
      yield* Stream.runDrain(Chat.stream(request))
      assert.deepStrictEqual(seen, ["b Chat.complete", "a Chat.complete", "b Chat.stream", "a Chat.stream"])
    }).pipe(
      Effect.provide(
        deployment.pipe(
          Layer.provide(noting(seen, "b").pipe(Layer.provideMerge(noting(seen, "a")))),
          Layer.provide(MockHttpClient.layer(replies))
        )
      )
    )
  })

  it.effect("is not around deployments that it was not provided to", () => {
    const seen: Array<string> = []
    return Effect.gen(function* () {
      yield* Chat.complete(request)
      assert.deepStrictEqual(seen, [])
    }).pipe(
      Effect.provide(noting(seen, "a")),
      Effect.provide(deployment.pipe(Layer.provide(MockHttpClient.layer(replies))))
    )
  })
})
