/**
 * Streaming: print the answer as it arrives, and also get the whole answer.
 *
 * `chatCompletionStream` is a Stream of chunks. Tap it to show text. `ChatStream.fold` makes the answer, with finish reason
 * and usage. Stopping early (`Stream.take`, an interruption) closes the connection, and the server stops generating.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Stream } from "effect"
import { ChatStream, Inference, Serverless } from "effect-friendli"
import { realpathSync } from "node:fs"

const answer = Inference.chatCompletionStream({
  model: "meta-llama-3.1-8b-instruct",
  messages: [{ role: "user", content: "Hello!" }],
  max_tokens: 200
})

export const program = Effect.gen(function* () {
  const whole = yield* answer.pipe(
    Stream.tap((chunk) => Effect.sync(() => process.stdout.write(chunk.choices[0]?.delta.content ?? ""))),
    ChatStream.fold
  )
  yield* Console.log(`\n${whole.choices[0]?.finish_reason}, ${whole.usage?.completion_tokens} tokens`)

  // only the text, and only its start
  const beginning = yield* answer.pipe(ChatStream.text, Stream.take(3), Stream.mkString)
  yield* Console.log(`began with: ${beginning}`)
  return { whole, beginning }
})

export const runnable = program.pipe(Effect.provide(Serverless.layerConfig()), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
