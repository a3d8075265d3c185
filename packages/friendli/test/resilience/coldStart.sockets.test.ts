/**
 * Cold starts over a socket: an endpoint of the emulator is woken once.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Friendli from "effect-friendli/Friendli"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import * as Tokens from "effect-friendli/Tokens"
import { listen } from "effect-friendli-emulator/NodeServer"
import { request, token } from "../support.js"

describe("over a socket", () => {
  it.scopedLive("an endpoint of the emulator is woken once, and serves all that waited", () =>
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => listen({ tokens: [token], endpoints: { asleep: ["my-endpoint"], wakeTime: 150 } })),
        (running) => Effect.promise(() => running.close())
      )
      const layer = Dedicated.layer({
        token,
        baseUrl: server.url,
        model: "my-endpoint:route",
        retry: Retry.never
      }).pipe(
        Layer.provide(Resilience.layerColdStart({ maxWait: "30 seconds", interval: "20 millis" })),
        Layer.provide(FetchHttpClient.layer)
      )
      yield* Effect.gen(function* () {
        const chat = { ...request, max_tokens: 5 }
        const unary = Effect.map(Chat.complete(chat), ({ choices }) => choices.length > 0)
        const stream = Effect.map(Stream.runCollect(Chat.stream(chat)), (events) => Chunk.size(events) > 0)
        const counted = Effect.map(
          Tokens.tokenize({ prompt: "What is generative AI?" }),
          ({ tokens }) => tokens.length === 7
        )
        const all = Array.from({ length: 4 }, () => [unary, stream, counted]).flat()
        const answers = yield* Effect.all(all, { concurrency: "unbounded" })
        assert.deepStrictEqual(
          answers,
          answers.map(() => true)
        )
      }).pipe(Friendli.withTeam("research"), Effect.provide(layer))
      const sent = server.requests.filter(({ method }) => method === "PUT")
      assert.deepStrictEqual(
        sent.map(({ authorized, body, headers, path, status }) => [
          path,
          status,
          authorized,
          body,
          headers["x-friendli-team"]
        ]),
        [["/dedicated/beta/endpoint/my-endpoint/wake", 200, true, undefined, "research"]]
      )
      const rejected = server.requests.filter(({ status }) => status === 503)
      assert.isAtLeast(rejected.length, 12)
    })
  )
})
