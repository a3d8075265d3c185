import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { Datasets, Files } from "effect-friendli"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as example from "../src/datasets.js"
import { configured, emulator, printing } from "./support.js"

describe("datasets", () => {
  it.scopedLive("makes a dataset of a file with a picture, reads it, and says what the week cost", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server)(example.runnable))
      assert.deepStrictEqual(lines, [
        "2 samples are valid",
        "2 samples and 1 pictures are stored",
        "talks: 4 messages",
        "0 tokens, 0 USD"
      ])
      assert.strictEqual(Option.getOrThrow(value).samples, 2)
      assert.lengthOf(
        server.requests.filter(({ path }) => path.startsWith("/files/uploads/")),
        1
      )
    })
  )

  it.scopedLive("says which line is wrong, and creates nothing", () =>
    Effect.gen(function* () {
      const directory = yield* Effect.acquireRelease(
        Effect.promise(() => mkdtemp(join(tmpdir(), "datasets-"))),
        (path) => Effect.promise(() => rm(path, { recursive: true }))
      )
      const path = join(directory, "talks.jsonl")
      yield* Effect.promise(() =>
        writeFile(path, '{"messages": [{"role": "user", "content": "Ping"}]}\n{"messages": []}')
      )
      const mocks = Layer.mergeAll(Layer.mock(Datasets.Datasets, {}), Layer.mock(Files.Files, {}))
      const { lines, value } = yield* printing(example.program(path)).pipe(
        Effect.provide(mocks),
        Effect.provide(NodeContext.layer)
      )
      assert.isTrue(Option.isNone(value))
      assert.include(lines[0], "line 2")
    })
  )
})
