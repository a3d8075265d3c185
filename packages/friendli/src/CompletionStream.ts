/** Consumers of a streamed completion: its text, the whole answer, or a stream for a browser. */
import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { FriendliStreamError } from "./errors/FriendliError.js"
import { choiceIndex } from "./accumulators/choices.js"
import { type CompletionAnswerLike, makeCompletionAccumulator } from "./accumulators/chunks.js"
import * as folds from "./accumulators/folds.js"
import type { ChoiceOptions } from "./ChatStream.js"
import type { CompletionChunk } from "./schema/CompletionChunk.js"
import type { LogprobRecord } from "./schema/Logprobs.js"
import type { Usage } from "./schema/Usage.js"

/**
 * A streamed completion, merged. It has the shape of `Completion`, but `usage` may be missing, `seed` is not streamed,
 * and `finish_reason` is `null` if the answer was cut short.
 */
export interface Answer extends CompletionAnswerLike<LogprobRecord | null, Usage> {}

/**
 * The text of one choice as it arrives, without empty strings.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { CompletionStream } from "effect-friendli"
 *
 * const chunks = Stream.make({ choices: [{ index: 0, text: " there" }] }, { choices: [{ index: 0, text: " was" }] })
 * Effect.runPromise(Stream.mkString(CompletionStream.text(chunks))).then(console.log)
 * // =>  there was
 * ```
 * @category folds
 */
export const text = <E, R>(
  stream: Stream.Stream<CompletionChunk, E, R>,
  options?: ChoiceOptions
): Stream.Stream<string, E, R> => {
  const wanted = options?.choice ?? 0
  return Stream.filterMap(stream, (chunk) => {
    let piece = ""
    let position = 0
    for (const choice of chunk.choices) if (choiceIndex(choice, position++) === wanted) piece += choice.text ?? ""
    return piece === "" ? Option.none() : Option.some(piece)
  })
}

/**
 * Runs the stream and gives the whole answer: text, tokens, finish reason and usage of every choice.
 *
 * **Details**: fails with the error of the stream, which has the answer so far in `received.partial` (read it with
 * `partial`).
 * @category folds
 */
export const fold = <E, R>(stream: Stream.Stream<CompletionChunk, E, R>): Effect.Effect<Answer, E, R> =>
  folds.fold(stream, () => makeCompletionAccumulator<LogprobRecord | null, Usage>())

/**
 * The answer that `fold` had merged before it failed.
 * @category getters
 */
export const partial = (error: FriendliStreamError): Option.Option<Answer> => folds.partial(error, "text_completion")

/**
 * The stream as server-sent events, for your own web response: `data:` frames and `[DONE]`. A failure becomes an error
 * frame that contains only the kind of the error, and no `[DONE]` follows.
 * @category conversions
 */
export const toSse = <E, R>(stream: Stream.Stream<CompletionChunk, E, R>): Stream.Stream<Uint8Array, never, R> =>
  folds.toSse(stream)

/**
 * The stream as a web `ReadableStream` of server-sent events. Cancelling it closes the connection to the API.
 * @category conversions
 */
export const toReadableStream = <E, R>(
  stream: Stream.Stream<CompletionChunk, E, R>
): Effect.Effect<ReadableStream<Uint8Array>, never, R> => Stream.toReadableStreamEffect(toSse(stream))
