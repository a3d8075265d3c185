/** Consumers of a streamed transcription: its text, the whole answer, or a stream for a browser. */
import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { FriendliStreamError } from "./errors/FriendliError.js"
import * as folds from "./accumulators/folds.js"
import { makeAccumulator, type TranscriptLike } from "./accumulators/transcript.js"
import type { TranscriptEvent, TranscriptionUsage } from "./schema/Audio.js"

/** A streamed transcription, merged. It has the shape of `Transcription`, but `usage` may be missing. */
export interface Answer extends TranscriptLike<TranscriptionUsage> {}

/**
 * The text as it arrives, without empty strings.
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
 * Runs the stream and gives the whole answer: the text of the last event (or the joined deltas, if the last event has
 * no text) and the usage.
 *
 * **Details**: fails with the error of the stream, which has the text so far in `received.partial` (read it with
 * `partial`).
 * @category folds
 */
export const fold = <E, R>(stream: Stream.Stream<TranscriptEvent, E, R>): Effect.Effect<Answer, E, R> =>
  folds.fold(stream, () => makeAccumulator<TranscriptionUsage>())

/**
 * The answer that `fold` had merged before it failed.
 * @category getters
 */
export const partial = (error: FriendliStreamError): Option.Option<Answer> => {
  const found = error.received?.partial
  // partial answers of chats and completions have an `object`
  return Predicate.isRecord(found) && typeof found["text"] === "string" && !("object" in found)
    ? Option.some(found as unknown as Answer)
    : Option.none()
}

/**
 * The stream as server-sent events, for your own web response: `data:` frames and `[DONE]`. A failure becomes an error
 * frame that contains only the kind of the error, and no `[DONE]` follows.
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
