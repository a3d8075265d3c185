/**
 * A batch that survives a crash: it stops in the middle, and a second run with the same journal calls only the remaining rows.
 *
 * A crash has the same effect as the stop here. In your own program, choose a path for the journal.
 */
import { FetchHttpClient, FileSystem } from "@effect/platform"
import { NodeFileSystem, NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Stream } from "effect"
import * as Models from "effect-friendli/Models"
import * as Serverless from "effect-friendli/Serverless"
import { Batch, Journal } from "effect-friendli-batch"
import { realpathSync } from "node:fs"

const words = Stream.make("river", "mountain", "lighthouse", "harbour", "meadow", "island", "glacier", "canyon")

const requests = Stream.map(words, (word) =>
  Batch.chat(
    {
      model: "meta-llama-3.1-8b-instruct",
      messages: [{ role: "user", content: `Describe a ${word} in one sentence.` }],
      max_tokens: 40
    },
    word
  )
)

/** Runs the batch with a journal, and stops it when this many rows are done. */
const run = (path: string, most: number) =>
  Effect.gen(function* () {
    const batch = yield* Batch.run(requests, { concurrency: 2, budget: { cost: "$0.10" } })
    yield* Stream.runForEach(batch.rows, () =>
      Effect.flatMap(batch.progress, ({ done }) => (done >= most ? batch.stop : Effect.void))
    )
    return yield* batch.summary
  }).pipe(Effect.provide(Journal.layerFile(path)))

export const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = `${yield* fs.makeTempDirectoryScoped()}/words.journal`
  const first = yield* run(path, 3)
  yield* Console.log(`first run: ${first.done} of 8 done, ${first.reason}`)
  const second = yield* run(path, 8)
  yield* Console.log(`second run: ${second.done} done, ${second.reused} of them by the first run`)
  return { first, second }
}).pipe(Effect.scoped)

const friendli = Models.layer.pipe(Layer.provideMerge(Serverless.layerClientConfig()))

export const runnable = program.pipe(
  Effect.provide(friendli),
  Effect.provide(FetchHttpClient.layer),
  Effect.provide(NodeFileSystem.layer)
)

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
