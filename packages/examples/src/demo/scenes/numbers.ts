/** The batch of the scene: 200 questions with a journal. Any process can run it. */
import { Effect, Stream } from "effect"
import { Batch, Journal } from "effect-friendli-batch"

export const count = 200
export const atATime = 8

const requests = Stream.map(Stream.range(1, count), (number) =>
  Batch.chat(
    { messages: [{ role: "user", content: `Is ${number} a prime number? Answer with one word.` }], max_tokens: 4 },
    `number-${number}`
  )
)

/** Calls the rows that have no answer in the journal. */
export const askAll = (journal: string, onProgress: (progress: Batch.Progress) => Effect.Effect<void>) =>
  Effect.gen(function* () {
    const batch = yield* Batch.run(requests, { concurrency: atATime, budget: { cost: "$0.10" } })
    yield* Stream.runForEach(batch.rows, () => Effect.flatMap(batch.progress, onProgress))
    return yield* batch.summary
  }).pipe(Effect.provide(Journal.layerFile(journal)))
