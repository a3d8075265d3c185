/** What the tests of batches share: the emulator in process, and requests to it. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { type Emulator, makeEmulator } from "effect-friendli-emulator/Emulator"
import * as EmulatorHttpClient from "effect-friendli-emulator/EmulatorHttpClient"
import * as Batch from "../src/Batch.js"
import * as Journal from "../src/Journal.js"

export const model = "meta-llama-3.1-8b-instruct"

/** A row that asks something short. */
export const row = (number: number) =>
  Batch.chat({ model, messages: [{ role: "user", content: `Question ${number}` }], max_tokens: 5 }, `row-${number}`)

export const rows = (count: number) => Stream.map(Stream.range(1, count), row)

/** A deployment over an emulator in process, without retries. */
export const over = (emulator: Emulator, settings: Partial<Parameters<typeof Serverless.layer>[0]> = {}) =>
  Serverless.layer({ token: "flp_token", retry: Retry.never, ...settings }).pipe(
    Layer.provide(EmulatorHttpClient.layer(emulator))
  )

/** Answers at once, with a text that does not depend on a model. */
export const quick = () => makeEmulator({ script: [{ when: { operation: "chat" }, say: "Yes." }] })

/** The calls that an emulator saw. */
export const calls = (emulator: Emulator): number =>
  emulator.requests.filter(({ path }) => path.endsWith("/chat/completions")).length

export const collect = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

/** Runs a batch to its end. */
export const runAll = <A, E, R>(requests: Stream.Stream<Batch.Request<A>, E, R>, options?: Batch.Options) =>
  Effect.gen(function* () {
    const batch = yield* Batch.run(requests, options)
    const outcomes = yield* collect(batch.rows)
    return { outcomes, summary: yield* batch.summary }
  })

export const memory = Journal.layerMemory
