/**
 * Transcriptions over sockets: the emulator measures the audio, and streams what it gives whole.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Layer from "effect/Layer"
import * as Audio from "effect-friendli/Audio"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import type * as FriendliClient from "effect-friendli/FriendliClient"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import * as TranscriptStream from "effect-friendli/TranscriptStream"
import * as Upload from "effect-friendli/Upload"
import { listen } from "effect-friendli-emulator/NodeServer"

type Client = Layer.Layer<FriendliClient.FriendliClient, ConfigError.ConfigError, HttpClient.HttpClient>

const deployments: Readonly<Record<string, (baseUrl?: string) => Client>> = {
  serverless: (baseUrl) => Serverless.layerClient({ token: "test-token", baseUrl, retry: Retry.never }),
  dedicated: (baseUrl) => Dedicated.layerClient({ token: "test-token", baseUrl, retry: Retry.never }),
  container: (baseUrl) => Container.layerClient({ token: "test-token", baseUrl, retry: Retry.never })
}

// --- the emulator --------------------------------------------------------------------------

/** Silence as a WAV file: 16 bit, mono, 8 kHz. */
const wav = (milliseconds: number): Uint8Array => {
  const samples = milliseconds * 8
  const buffer = Buffer.alloc(44 + samples * 2)
  buffer.write("RIFF", 0)
  buffer.writeUInt32LE(36 + samples * 2, 4)
  buffer.write("WAVEfmt ", 8)
  buffer.writeUInt32LE(16, 16)
  buffer.writeUInt16LE(1, 20)
  buffer.writeUInt16LE(1, 22)
  buffer.writeUInt32LE(8000, 24)
  buffer.writeUInt32LE(16_000, 28)
  buffer.writeUInt16LE(2, 32)
  buffer.writeUInt16LE(16, 34)
  buffer.write("data", 36)
  buffer.writeUInt32LE(samples * 2, 40)
  return buffer
}

describe.each(Object.keys(deployments))("the emulator: %s", (deployment) => {
  const emulator = Effect.acquireRelease(
    Effect.promise(() => listen({ port: 0 })),
    (server) => Effect.promise(() => server.close())
  )
  const request: Audio.TranscriptionRequest = {
    ...(deployment === "container" ? {} : { model: "openai/whisper-large-v3" }),
    file: Upload.fromBytes(wav(2500), { name: "silence.wav", type: "audio/wav" }),
    chunking_strategy: { type: "server_vad", threshold: 0.5 },
    language: "en",
    temperature: 0
  }

  it.scopedLive("measures the audio, and streams the same text that it gives whole", () =>
    Effect.gen(function* () {
      const server = yield* emulator
      const run = <A, E>(effect: Effect.Effect<A, E, Audio.Audio>) =>
        effect.pipe(
          Effect.provide(Audio.layer),
          Effect.provide(deployments[deployment]!(server.url)),
          Effect.provide(FetchHttpClient.layer)
        )
      const { response, value } = yield* run(Audio.transcribeWithResponse(request))
      assert.strictEqual(response.status, 200)
      assert.isString(response.requestId)
      assert.strictEqual(value.usage?.input_audio_length_ms, 2500)
      assert.strictEqual(value.usage!.total_tokens, value.usage!.input_tokens! + value.usage!.output_tokens!)
      const streamed = yield* run(TranscriptStream.fold(Audio.stream(request)))
      assert.deepStrictEqual<unknown>(streamed, { text: value.text, usage: value.usage })
      const prefix = deployment === "container" ? "" : `/${deployment}`
      for (const sent of server.requests) assert.strictEqual(sent.path, `${prefix}/v1/audio/transcriptions`)

      const noAudio = Upload.fromBytes(new TextEncoder().encode("no audio at all"), { name: "a.wav" })
      const rejected = yield* run(Effect.either(Audio.transcribe({ ...request, file: noAudio })))
      assert.isTrue(Either.isRight(rejected) || rejected.left._tag === "InvalidRequestError")
    })
  )
})
