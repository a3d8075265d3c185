/**
 * Audio: the text of a recording, with a progress bar for the upload and the text as it arrives.
 *
 * The file is streamed, so it can be larger than memory. Without an argument the program makes a tone
 * of one second and transcribes it.
 */
import { FetchHttpClient, FileSystem } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Audio, Serverless, TranscriptStream, Upload } from "effect-friendli"
import { realpathSync } from "node:fs"

/** A tone of 440 Hz as a WAV file: 16 bits, mono, 16 kHz. */
export const tone = (seconds: number): Uint8Array => {
  const rate = 16_000
  const samples = Math.round(seconds * rate)
  const wav = Buffer.alloc(44 + samples * 2)
  wav.write("RIFF")
  wav.writeUInt32LE(36 + samples * 2, 4)
  wav.write("WAVEfmt ", 8)
  for (const [value, at] of [
    [16, 16],
    [rate, 24],
    [rate * 2, 28],
    [samples * 2, 40]
  ] as const)
    wav.writeUInt32LE(value, at)
  for (const [value, at] of [
    [1, 20],
    [1, 22],
    [2, 32],
    [16, 34]
  ] as const)
    wav.writeUInt16LE(value, at)
  wav.write("data", 36)
  for (let at = 0; at < samples; at++) {
    wav.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 440 * at) / rate)), 44 + at * 2)
  }
  return wav
}

const showProgress = Upload.withProgress(({ sent, total = sent }) =>
  Console.log(`sent ${total === 0 ? 100 : Math.floor((100 * sent) / total)} %`)
)

export const program = (path: string) =>
  Effect.gen(function* () {
    const file = yield* Upload.fromPath(path, { type: "audio/wav" })
    const transcript = yield* Audio.stream({
      model: "openai/whisper-large-v3",
      file: showProgress(file),
      chunking_strategy: "auto",
      language: "en"
    }).pipe(TranscriptStream.fold)
    yield* Console.log(transcript.text)
    yield* Console.log(`${transcript.usage?.input_audio_length_ms} ms of audio`)
    return transcript
  })

const recording = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const path = yield* files.makeTempFileScoped({ suffix: ".wav" })
  yield* files.writeFile(path, tone(1))
  return path
})

export const runnable = Effect.flatMap(
  Effect.suspend(() => (process.argv[2]?.endsWith(".wav") ? Effect.succeed(process.argv[2]) : recording)),
  program
).pipe(
  Effect.scoped,
  Effect.provide(Serverless.layerConfig()),
  Effect.provide(FetchHttpClient.layer),
  Effect.provide(NodeContext.layer)
)

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
