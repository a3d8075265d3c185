/**
 * Classification over a socket: one program on both deployments.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Classification from "effect-friendli/Classification"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import { emulated } from "./emulated.js"

const deployments = { dedicated: Dedicated.layerClient, container: Container.layerClient } as const
type Name = keyof typeof deployments
const names: ReadonlyArray<Name> = ["dedicated", "container"]

describe("over a socket", async () => {
  const server = await emulated()

  const live =
    (deployment: Name) =>
    <A, E>(effect: Effect.Effect<A, E, Classification.Classification>) =>
      Effect.provide(
        effect,
        Layer.suspend(() =>
          Classification.layer.pipe(
            Layer.provide(deployments[deployment]({ token: "flp_test", model: "endpoint", baseUrl: server.url })),
            Layer.provide(FetchHttpClient.layer)
          )
        )
      )

  it.live("one program runs on both deployments, and says the same", () =>
    Effect.gen(function* () {
      const program = Classification.classify({ input: ["Great service", "Slow reply"] })
      const answers = yield* Effect.all(names.map((name) => live(name)(program)))
      for (const { data, usage } of answers) {
        assert.deepStrictEqual(
          data.map(({ index, label, num_classes }) => [index, label, num_classes]),
          [
            [0, "positive", 2],
            [1, "negative", 2]
          ]
        )
        assert.deepStrictEqual(usage, { prompt_tokens: 6, total_tokens: 6 })
      }
      assert.deepStrictEqual(answers[0], answers[1])
      assert.deepStrictEqual(
        server.requests.map(({ path }) => path),
        ["/dedicated/classify", "/classify"]
      )
    })
  )

  it.live("a request for nothing is the server's to reject", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Classification.classify({}))
      assert(error._tag === "InvalidRequestError")
      assert.strictEqual(error.status, 422)
      assert.include(error.issues[0]?.path ?? [], "input")
    }).pipe(live("container"))
  )
})
