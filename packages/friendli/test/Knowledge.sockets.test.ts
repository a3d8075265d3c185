/** Retrieval over a socket. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Knowledge from "effect-friendli/Knowledge"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { listen } from "effect-friendli-emulator/NodeServer"

it.scopedLive("finds the parts of documents that fit, and an unknown knowledge is not found", () =>
  Effect.gen(function* () {
    const server = yield* Effect.acquireRelease(
      Effect.promise(() =>
        listen({
          port: 0,
          knowledge: { recipes: ["Simmer the chicken soup for an hour.", "A bicycle has two wheels."] }
        })
      ),
      (running) => Effect.promise(() => running.close())
    )
    yield* Effect.gen(function* () {
      const { results } = yield* Knowledge.retrieve({
        query: "How long does chicken soup simmer?",
        k: 1,
        knowledgeIds: ["recipes"]
      })
      assert.deepStrictEqual(
        results.map(({ text }) => text),
        ["Simmer the chicken soup for an hour."]
      )
      assert.isAbove(results[0]?.score ?? 0, 0)
      assert.strictEqual(server.requests[0]?.path, "/serverless/v1/knowledge/retrieve")

      const unknown = yield* Effect.flip(Knowledge.retrieve({ query: "soup", k: 1, knowledgeIds: ["drinks"] }))
      assert.strictEqual(unknown._tag, "NotFoundError")
      const several = yield* Effect.flip(Knowledge.retrieve({ query: "soup", k: 1, knowledgeIds: ["a", "b"] }))
      assert.strictEqual(several._tag, "InvalidRequestError")
    }).pipe(
      Effect.provide(Serverless.layer({ token: "flp_test", baseUrl: server.url, retry: Retry.never })),
      Effect.provide(FetchHttpClient.layer)
    )
  })
)
