/** The checks that need sockets and files: for Node and similar runtimes. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Batch from "effect-friendli-batch/Batch"
import * as Journal from "effect-friendli-batch/Journal"
import * as Chat from "effect-friendli/Chat"
import * as FetchTransport from "effect-friendli/FetchTransport"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import * as EmulatorServer from "effect-friendli-emulator/EmulatorServer"
import type { MachineChecks } from "./around.js"
import { model, token } from "./calls.js"
import { expectEqual, expectTrue } from "./expecting.js"

const requests = Stream.map(Stream.make("Oslo", "Lima", "Seoul"), (city) =>
  Batch.chat({ model, messages: [{ role: "user", content: `Name a river near ${city}.` }], max_tokens: 10 }, city)
)

/** Runs a batch of three rows: how many of them were new. */
const runBatch = Effect.gen(function* () {
  const batch = yield* Batch.run(requests)
  const rows = Chunk.toReadonlyArray(yield* Stream.runCollect(batch.rows))
  const { done, failed } = yield* batch.summary
  yield* expectEqual([done, failed], [3, 0], "done and failed rows")
  return rows.filter(({ isNew }) => isNew).length
})

const deployment = (baseUrl: string) => Serverless.layer({ token, baseUrl })

export const machineChecks: MachineChecks = {
  batch: (baseUrl) =>
    Effect.flatMap(runBatch, (fresh) => expectEqual(fresh, 3, "new rows")).pipe(
      Effect.scoped,
      Effect.provide(Journal.layerMemory),
      Effect.provide(deployment(baseUrl)),
      Effect.provide(FetchTransport.layer)
    ),

  batchInFile: (baseUrl, folder) => {
    // the journal is opened for each run, as in two processes one after the other
    const run = runBatch.pipe(
      Effect.scoped,
      Effect.provide(Journal.layerFile(`${folder}/rivers.journal`)),
      Effect.provide(deployment(baseUrl)),
      Effect.provide(FetchTransport.layer),
      Effect.provide(NodeContext.layer)
    )
    return Effect.gen(function* () {
      yield* expectEqual(yield* run, 3, "new rows of the first run")
      yield* expectEqual(yield* run, 0, "new rows of the second run")
    })
  },

  emulator: Effect.gen(function* () {
    const server = yield* EmulatorServer.make()
    yield* Effect.gen(function* () {
      const request = { model, messages: [{ role: "user", content: "Hello!" }], max_tokens: 20 } as const
      const chunks = yield* Stream.runCollect(Chat.stream(request))
      yield* expectTrue(chunks.length > 5, `the stream has ${chunks.length} chunks`)

      server.faults.enqueue({ reset: { afterEvents: 2 } })
      const cut = yield* Effect.flip(Stream.runDrain(Chat.stream(request, { retry: Retry.never })))
      yield* expectTrue(
        cut._tag === "ConnectionError" || cut._tag === "StreamTruncatedError",
        `the error of the reset is ${cut._tag}`
      )

      server.faults.enqueue({ stall: { afterEvents: 3 } })
      yield* Stream.runDrain(Stream.take(Chat.stream(request), 2))
      yield* Effect.sync(() => server.requests.at(-1)?.aborted === true).pipe(
        Effect.delay("20 millis"),
        Effect.repeat({ until: (isAborted) => isAborted }),
        Effect.timeoutFail({
          duration: "5 seconds",
          onTimeout: () => new Error("the emulator did not see the client disconnect in 5 seconds")
        })
      )
    }).pipe(Effect.provide(deployment(server.url)), Effect.provide(FetchTransport.layer))
  }).pipe(Effect.scoped)
}
