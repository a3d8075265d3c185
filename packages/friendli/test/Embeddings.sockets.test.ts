/**
 * Embeddings over a socket: similar texts are near, in both encodings.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Embeddings from "effect-friendli/Embeddings"
import { emulated } from "./emulated.js"

describe("over a socket", async () => {
  const server = await emulated()

  const live = <A, E>(effect: Effect.Effect<A, E, Embeddings.Embeddings>) =>
    Effect.provide(
      effect,
      Layer.suspend(() =>
        Embeddings.layer.pipe(
          Layer.provide(Dedicated.layerClient({ token: "flp_test", model: "endpoint", baseUrl: server.url })),
          Layer.provide(FetchHttpClient.layer)
        )
      )
    )

  it.live("similar texts are near, and both encodings give the same vectors", () =>
    Effect.gen(function* () {
      const input = ["How do I reset my password?", "I want to reset my password", "Green tea from Boseong"]
      const floats = yield* Embeddings.create({ input })
      const base64 = yield* Embeddings.create({ input, encoding_format: "base64" })
      assert.isString(base64.data[0]?.embedding)
      const vectors = yield* Either.all(floats.data.map(Embeddings.vector))
      assert.deepStrictEqual(yield* Either.all(base64.data.map(Embeddings.vector)), vectors)
      const [question, near, far] = vectors
      const toNear = yield* Embeddings.cosineSimilarity(question!, near!)
      const toFar = yield* Embeddings.cosineSimilarity(question!, far!)
      assert.isAbove(toNear, toFar + 0.3)
      assert.deepStrictEqual(
        server.requests.map(({ path }) => path),
        ["/dedicated/v1/embeddings", "/dedicated/v1/embeddings"]
      )
    }).pipe(live)
  )

  it.live("a request for nothing is the server's to reject", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Embeddings.create({}))
      assert(error._tag === "InvalidRequestError")
      assert.strictEqual(error.status, 422)
      assert.include(error.issues[0]?.path ?? [], "input")
    }).pipe(live)
  )
})
