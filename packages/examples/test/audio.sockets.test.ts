import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Audio } from "effect-friendli"
import * as example from "../src/audio.js"
import { configured, emulator, printing } from "./support.js"

describe("audio", () => {
  it.scopedLive("sends the recording, shows its progress, and prints the text", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server)(example.runnable))
      assert.strictEqual(value.usage?.input_audio_length_ms, 1000)
      assert.strictEqual(lines[0], "sent 100 %")
      assert.deepStrictEqual(lines.slice(1), [...value.text.split("\n"), "1000 ms of audio"])
      assert.lengthOf(server.requests, 1)
      assert.strictEqual(server.requests[0]?.path, "/serverless/v1/audio/transcriptions")
    })
  )

  it.effect("says which file is missing, and sends nothing", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(example.program("/no/such/recording.wav"))
      assert.strictEqual(error._tag, "SystemError")
    }).pipe(Effect.provide(Layer.mock(Audio.Audio, {})), Effect.provide(NodeContext.layer))
  )
})
