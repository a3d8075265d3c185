/**
 * Datasets: make a dataset from a file, with progress and images, and read it back. Then print what the team used and paid this week.
 *
 * The file is read while it is sent, so it can be larger than memory. Without an argument the program makes a small file. Images are read from
 * the directory of the file.
 */
import { FetchHttpClient, FileSystem, Path } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { BigDecimal, Console, DateTime, Effect, Option, Stream } from "effect"
import { Cost, Datasets, DatasetUpload, Management, Upload, Usage } from "effect-friendli"
import { realpathSync } from "node:fs"

/** Two conversations. One of them is about an image that is next to the file. */
const lines = [
  {
    messages: [
      { role: "user", content: "Ping" },
      { role: "assistant", content: "Pong" }
    ]
  },
  {
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "What is it?" },
          { type: "image", image: "cat.png" }
        ]
      },
      { role: "assistant", content: "A cat." }
    ]
  }
]

const say = (step: DatasetUpload.Progress): Effect.Effect<void> =>
  step._tag === "Checked"
    ? Console.log(`${step.samples} samples are valid`)
    : Console.log(`${step.samples} samples and ${step.media} pictures are stored`)

/** Makes a dataset from a file, and counts its messages by role. If a line of the file is wrong, it names the line and creates nothing. */
export const program = (path: string) =>
  Effect.gen(function* () {
    const { dirname } = yield* Path.Path
    const created = yield* DatasetUpload.createFromFile({
      name: "talks",
      projectId: "project-id",
      file: yield* Upload.fromPath(path),
      media: DatasetUpload.firstOf(DatasetUpload.dataUrls, DatasetUpload.directory(dirname(path))),
      onFailure: "delete",
      onProgress: say
    })
    const { dataset_id, split_id } = created
    const messages = yield* Datasets.allSamples({ dataset_id, split_id, limit: 100 }).pipe(
      Stream.filterMap(Datasets.sampleOf),
      Stream.runFold(0, (count, sample) => count + sample.messages.length)
    )
    yield* Console.log(`${created.dataset.name}: ${messages} messages`)
    return Option.some(created)
  }).pipe(Effect.catchTag("DatasetUploadError", ({ message }) => Effect.as(Console.error(message), Option.none())))

/** The tokens and the costs of the last seven days. */
export const week = Effect.gen(function* () {
  const today = DateTime.startOf(yield* DateTime.now, "day")
  const days = { start_time: DateTime.subtract(today, { days: 6 }), end_time: DateTime.add(today, { days: 1 }) }
  const usage = Usage.total(yield* Stream.runCollect(Usage.all(days)))
  yield* Console.log(
    `${usage.inputTokens + usage.outputTokens} tokens, ${BigDecimal.format(yield* Cost.sum(days))} USD`
  )
})

/** A small file with its image, in a directory that is deleted when the scope closes. */
const small = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const { join } = yield* Path.Path
  const directory = yield* files.makeTempDirectoryScoped()
  yield* files.writeFileString(join(directory, "talks.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"))
  yield* files.writeFile(join(directory, "cat.png"), new Uint8Array(64))
  return join(directory, "talks.jsonl")
})

export const runnable = Effect.suspend(() =>
  process.argv[2]?.endsWith(".jsonl") ? Effect.succeed(process.argv[2]) : small
).pipe(
  Effect.flatMap(program),
  Effect.tap(() => week),
  Effect.scoped,
  Effect.provide(Management.layerConfig()),
  Effect.provide(FetchHttpClient.layer),
  Effect.provide(NodeContext.layer)
)

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
