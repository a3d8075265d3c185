/** What to do with a streamed transcription: its text, the whole answer, or on to a browser. */
import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { FriendliStreamError } from "./errors/FriendliError.js"
import * as folds from "./accumulators/folds.js"
import { makeAccumulator, type TranscriptLike } from "./accumulators/transcript.js"
import type { TranscriptEvent, TranscriptionUsage } from "./schema/Audio.js"

/**
 * A streamed transcription put together again. The shape of `Transcription`, but `usage` may be missing.
 * @category models
 */
export interface Answer extends TranscriptLike<TranscriptionUsage> {}

/**
 * The text as it is written: non-empty pieces.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { TranscriptStream } from "effect-friendli"
 *
 * const events = Stream.make(
 *   { type: "transcript.text.delta", delta: "Hello" },
 *   { type: "transcript.text.delta", delta: " out there." },
 *   { type: "transcript.text.done", text: "Hello out there." }
 * )
 * Effect.runPromise(Stream.runFold(TranscriptStream.text(events), "", (all, text) => `${all}|${text}`)).then(console.log)
 * // => |Hello| out there.
 * ```
 * @category folds
 */
export const text = <E, R>(stream: Stream.Stream<TranscriptEvent, E, R>): Stream.Stream<string, E, R> =>
  Stream.filterMap(stream, (event) =>
    event.type === "transcript.text.delta" && event.delta ? Option.some(event.delta) : Option.none()
  )

/**
 * Runs the stream and gives the whole answer: the text of the last event (of its pieces, where the server leaves it out) and the usage.
 *
 * **Details**: a failure is the stream's own, with the text until then in `received.partial` (see `partial`): nothing that arrived
 * is lost.
 * @category folds
 */
export const fold = <E, R>(stream: Stream.Stream<TranscriptEvent, E, R>): Effect.Effect<Answer, E, R> =>
  folds.fold(stream, () => makeAccumulator<TranscriptionUsage>())

/**
 * What a failed `fold` had put together.
 * @category getters
 */
export const partial = (error: FriendliStreamError): Option.Option<Answer> => {
  const found = error.received?.partial
  // partial answers of chats and completions say what they are
  return Predicate.isRecord(found) && typeof found["text"] === "string" && !("object" in found)
    ? Option.some(found as unknown as Answer)
    : Option.none()
}

/**
 * The stream as server-sent events, for a web response of your own: `data:` frames and `[DONE]`. A failure becomes an error frame
 * that tells its kind and no more, and no `[DONE]` follows.
 * @category conversions
 */
export const toSse = <E, R>(stream: Stream.Stream<TranscriptEvent, E, R>): Stream.Stream<Uint8Array, never, R> =>
  folds.toSse(stream)

/**
 * The stream as a web `ReadableStream` of server-sent events. Cancelling it closes the connection to the API.
 * @category conversions
 */
export const toReadableStream = <E, R>(
  stream: Stream.Stream<TranscriptEvent, E, R>
): Effect.Effect<ReadableStream<Uint8Array>, never, R> => Stream.toReadableStreamEffect(toSse(stream))
