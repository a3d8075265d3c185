/**
 * `Contract` on each deployment of the emulator.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Contract } from "effect-friendli/testing"
import { makeEmulator } from "effect-friendli-emulator/Emulator"
import * as EmulatorHttpClient from "effect-friendli-emulator/EmulatorHttpClient"
import { it } from "../it.js"
import { four } from "./Contract.support.js"

const everywhere = [
  ...four,
  "Messages.create",
  "Messages.stream",
  "Responses.create",
  "Responses.stream",
  "Audio.transcribe",
  "Audio.stream"
]

const images = ["Images.generate", "Images.edit"]

const more = {
  serverless: [
    "ChatRender.render",
    "Models.list",
    "ToolAssistedChat.complete",
    "ToolAssistedChat.stream",
    "Knowledge.retrieve"
  ],
  dedicated: ["ChatRender.render", "Embeddings.create", "Classification.classify", ...images],
  container: ["Classification.classify", ...images],
  management: [
    "Endpoints.list",
    "Endpoints.get",
    "Endpoints.status",
    "Endpoints.versions",
    "Datasets.list",
    "Usage.get",
    "Cost.get"
  ]
}

describe("the emulator", () => {
  for (const deployment of ["serverless", "dedicated", "container", "management"] as const) {
    it.live(`keeps the contract of ${deployment}`, () =>
      Effect.gen(function* () {
        const report = yield* Effect.provide(
          Contract.verify({ deployment, knowledgeId: "kb-1", endpointId: "an-endpoint" }),
          EmulatorHttpClient.layer(makeEmulator({ knowledge: { "kb-1": ["Hello, world!"] } }))
        )
        assert.deepStrictEqual(report.findings, [])
        assert.deepStrictEqual(report.missing, [])
        const inference = deployment === "management" ? [] : everywhere
        assert.sameMembers([...report.checked], [...inference, ...more[deployment]])
      })
    )
  }

  it.live("is not asked for a knowledge base or an endpoint without an id", () =>
    Effect.gen(function* () {
      const checked = (deployment: "serverless" | "management") =>
        Effect.map(
          Effect.provide(Contract.verify({ deployment }), EmulatorHttpClient.layer(makeEmulator())),
          (report) => report.checked
        )
      const serverless = [...everywhere, ...more.serverless].filter((name) => name !== "Knowledge.retrieve")
      assert.sameMembers([...(yield* checked("serverless"))], serverless)
      assert.sameMembers(
        [...(yield* checked("management"))],
        ["Endpoints.list", "Datasets.list", "Usage.get", "Cost.get"]
      )
    })
  )
})
