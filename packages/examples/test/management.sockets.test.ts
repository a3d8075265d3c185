import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Fiber } from "effect"
import type { RunningEmulator } from "effect-friendli-emulator/NodeServer"
import * as example from "../src/management.js"
import { configured, emulator, printing } from "./support.js"

const deleted = (server: RunningEmulator): ReadonlyArray<string> =>
  server.requests
    .filter(({ method, status }) => method === "DELETE" && status === 200)
    .map(({ path }) => path.split("/").at(-2)!)

describe("management", () => {
  it.scopedLive("creates a dataset and an endpoint, shows the start, chats, reads the costs, and deletes both", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ endpoints: { existing: [], wakeTime: 400 } })
      const { lines, text, value } = yield* printing(configured(server)(example.runnable))
      assert.strictEqual(lines[0], "dataset: 2 samples")
      const progress = lines.filter((line) => line.startsWith("endpoint: ")).map((line) => line.slice(10))
      assert.strictEqual(progress.at(-1), "RUNNING")
      assert.include(["REQUESTING_VIRTUAL_MACHINE", "DOWNLOADING_MODEL", "ENGINE_INITIALIZING"], progress[0])
      assert.include(text, "answer: ")
      assert.isAbove(value.costs.size, 0)
      for (const amount of value.costs.values()) assert.isTrue(BigDecimal.isPositive(amount))
      assert.deepStrictEqual(lines.slice(-2), ["deleted the endpoint", "deleted the dataset"])
      assert.deepStrictEqual(deleted(server), ["endpoint", "dataset"])
      const chat = server.requests.find(({ path }) => path.endsWith("/chat/completions"))
      assert.deepInclude(chat?.body, { model: value.id })
    })
  )

  it.scopedLive("deletes both when it is interrupted while the endpoint starts", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ endpoints: { existing: [], wakeTime: 60_000 } })
      const { lines } = yield* printing(
        Effect.gen(function* () {
          const fiber = yield* Effect.fork(configured(server)(example.runnable))
          const isWaiting = () => server.requests.some(({ path }) => path.endsWith("/status"))
          yield* Effect.repeat(Effect.sleep("5 millis"), { until: isWaiting })
          yield* Fiber.interrupt(fiber)
        })
      )
      assert.deepStrictEqual(deleted(server), ["endpoint", "dataset"])
      assert.deepStrictEqual(lines.slice(-2), ["deleted the endpoint", "deleted the dataset"])
    })
  )

  it.scopedLive("creates nothing for a file with a wrong line", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ endpoints: { existing: [] } })
      const error = yield* Effect.flip(configured(server)(example.runnableWith(["no json"])))
      assert.strictEqual(error._tag, "DatasetUploadError")
      assert.lengthOf(server.requests, 0)
    })
  )
})
