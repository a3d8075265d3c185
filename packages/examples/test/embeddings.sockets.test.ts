import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Embeddings from "effect-friendli/Embeddings"
import * as example from "../src/embeddings.js"
import { bodyOf, configured, emulator, printing } from "./support.js"

describe("embeddings", () => {
  it.scopedLive("finds the article that the question is about", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server, { FRIENDLI_MODEL: "my-endpoint" })(example.runnable))
      assert.lengthOf(value, 4)
      assert.strictEqual(value[0]?.article, "Reset a forgotten password")
      assert.isAbove(value[0]?.score ?? 0, value[1]?.score ?? 1)
      assert.deepStrictEqual(
        lines,
        value.map(({ article, score }) => `${score.toFixed(2)} ${article}`)
      )
      assert.lengthOf(server.requests, 1)
      assert.strictEqual(server.requests[0]?.path, "/dedicated/v1/embeddings")
      assert.deepInclude(bodyOf(server, 0), { model: "my-endpoint", encoding_format: "base64" })
    })
  )

  it.effect("puts vectors in the order of the texts, and fails with a typed error on an invalid vector", () => {
    const answering = (vectors: ReadonlyArray<string | ReadonlyArray<number>>) =>
      Layer.mock(Embeddings.Embeddings, {
        create: () =>
          Effect.succeed({
            id: "1",
            created: 1,
            data: vectors.map((embedding, index) => ({ index, embedding })).toReversed(),
            usage: { prompt_tokens: 1, completion_tokens: 0, total_tokens: 1 }
          })
      })
    const vectors = [
      [1, 0],
      [0, 1],
      [0, 1],
      [1, 0.1],
      [0, 1]
    ]
    return Effect.gen(function* () {
      const [best] = yield* Effect.provide(example.search("?"), answering(vectors))
      assert.strictEqual(best?.article, "Export invoices as PDF")
      const error = yield* example
        .search("?")
        .pipe(Effect.provide(answering([...vectors.slice(1), "AACA"])), Effect.flip)
      assert.strictEqual(error._tag, "MalformedEmbeddingError")
    })
  })
})
