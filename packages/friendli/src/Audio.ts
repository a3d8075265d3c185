/**
 * Audio: turns speech into text, whole or streamed.
 *
 * On every deployment. Source: "Audio transcriptions" of the API reference, `POST …/v1/audio/transcriptions`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { FriendliError, FriendliStreamError } from "./errors/FriendliError.js"
import { FriendliClient, type SseEvent, type WithResponse } from "./client/FriendliClient.js"
import * as streams from "./internal/streams.js"
import * as transcripts from "./accumulators/transcript.js"
import * as Operation from "./core/Operation.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import {
  ServerVad,
  TranscriptEvent,
  Transcription,
  TranscriptionRequest,
  TranscriptionTokenDetails,
  TranscriptionUsage
} from "./schema/Audio.js"
import * as Upload from "./Upload.js"

export {
  /** The schema of a strategy for cutting audio into chunks. See `schema/Audio`. */
  ServerVad,
  /** The schema of one event of a streamed transcription. See `schema/Audio`. */
  TranscriptEvent,
  /** The schema of a whole transcription. See `schema/Audio`. */
  Transcription,
  /** The schema of the request. See `schema/Audio`. */
  TranscriptionRequest,
  /** The schema of the kinds of input tokens. See `schema/Audio`. */
  TranscriptionTokenDetails,
  /** The schema of a transcription's usage. See `schema/Audio`. */
  TranscriptionUsage
}

/**
 * The capability: a program that transcribes audio has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock:
 * `Layer.mock(Audio.Audio, { transcribe: … })`.
 * @category tags
 */
export class Audio extends Context.Tag("effect-friendli/Audio")<Audio, Audio.Service>() {}

export declare namespace Audio {
  /** What `Audio.layer` provides, and what a mock replaces. */
  export interface Service {
    /** The whole text. */
    readonly transcribe: (
      request: TranscriptionRequest,
      options?: RequestOptions
    ) => Effect.Effect<Transcription, FriendliError>
    /** The whole text with status, headers and request id. */
    readonly transcribeWithResponse: (
      request: TranscriptionRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<Transcription>, FriendliError>
    /** The streamed text. */
    readonly stream: (
      request: TranscriptionRequest,
      options?: RequestOptions
    ) => Stream.Stream<TranscriptEvent, FriendliStreamError>
    /** The opened stream with status, headers and request id. It belongs to the scope and runs once. */
    readonly streamWithResponse: (
      request: TranscriptionRequest,
      options?: RequestOptions
    ) => Effect.Effect<
      WithResponse<Stream.Stream<TranscriptEvent, FriendliStreamError>>,
      FriendliStreamError,
      Scope.Scope
    >
    /** The server-sent events as they arrive, not decoded. */
    readonly events: (
      request: TranscriptionRequest,
      options?: RequestOptions
    ) => Stream.Stream<SseEvent, FriendliStreamError>
  }
}

/** `"auto"` is sent as JSON too, in quotes. */
const form = /*#__PURE__*/ Upload.multipart({ json: ["chunking_strategy"] })

/**
 * The operation of `transcribe`, for `FriendliClient.execute`.
 * @category operations
 */
export const transcribeOperation: Operation.Unary<TranscriptionRequest, Transcription> = /*#__PURE__*/ Operation.unary({
  name: "Audio.transcribe",
  path: "/audio/transcriptions",
  genAi: "transcription",
  generates: true,
  encodeBody: form,
  request: TranscriptionRequest,
  response: Transcription,
  observer: transcripts.observer
})

/**
 * The operation of `stream` and `events`, for `FriendliClient.stream` and `FriendliClient.events`.
 * @category operations
 */
export const streamOperation: Operation.Streaming<TranscriptionRequest, TranscriptEvent> =
  /*#__PURE__*/ Operation.streaming({
    name: "Audio.stream",
    path: "/audio/transcriptions",
    genAi: "transcription",
    generates: true,
    bodyOverrides: { stream: true },
    encodeBody: form,
    request: TranscriptionRequest,
    event: TranscriptEvent,
    observer: transcripts.observer,
    completion: transcripts.ending
  })

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<Audio.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): Audio.Service => ({
    transcribe: (request, options) => client.execute(transcribeOperation, request, options),
    transcribeWithResponse: (request, options) => client.executeWithResponse(transcribeOperation, request, options),
    stream: (request, options) => client.stream(streamOperation, request, options),
    streamWithResponse: (request, options) => client.streamWithResponse(streamOperation, request, options),
    events: (request, options) => client.events(streamOperation, request, options)
  })
)

/**
 * The capability over the provided client. The deployment layers include it.
 * @category layers
 */
export const layer: Layer.Layer<Audio, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Audio, make)

/**
 * Asks for the whole text of spoken audio.
 *
 * **When to use**: when nothing is shown before the text is complete. Otherwise use `stream`.
 *
 * **Details**: `file` is a `File`, or an `Upload` of bytes, a blob, a path or a stream; a retry sends it again. `model`
 * may be left out if the deployment has a default. The answer has the `text` and, in `usage`, tokens and
 * milliseconds of audio. Fails with an `InvalidRequestError` about `file` when the file cannot be read, and otherwise
 * with another `FriendliError`.
 *
 * **Gotchas**: the headers timeout (10 minutes) is reset by each chunk of a path or stream that is sent; after the
 * upload it limits the wait for the answer. Use `stream` for long audio.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Audio, Serverless, Upload } from "effect-friendli"
 *
 * const wav = Buffer.from("UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=", "base64")
 *
 * Audio.transcribe({
 *   model: "openai/whisper-large-v3",
 *   file: Upload.fromBytes(wav, { name: "hello.wav", type: "audio/wav" }),
 *   language: "en"
 * }).pipe(
 *   Effect.map(({ usage }) => usage?.type),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => tokens
 * ```
 * @category accessors
 */
export const transcribe = (
  request: TranscriptionRequest,
  options?: RequestOptions
): Effect.Effect<Transcription, FriendliError, Audio> =>
  Effect.flatMap(Audio, (audio) => audio.transcribe(request, options))

/**
 * As `transcribe`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const transcribeWithResponse = (
  request: TranscriptionRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<Transcription>, FriendliError, Audio> =>
  Effect.flatMap(Audio, (audio) => audio.transcribeWithResponse(request, options))

/**
 * Asks for the text of spoken audio as a stream.
 *
 * **When to use**: to show text as it arrives; combine it with `TranscriptStream.text` or `TranscriptStream.fold`.
 *
 * **Details**: the file is sent when the stream runs, each time it runs. Events are `transcript.text.delta` with a
 * `delta`, and at the end `transcript.text.done` with the whole `text` and the `usage`. Stopping early closes the
 * connection. A stream that ends without the last event fails with a `StreamTruncatedError` after the events that
 * arrived.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Stream } from "effect"
 * import { Audio, Serverless, TranscriptStream } from "effect-friendli"
 *
 * const wav = Buffer.from("UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=", "base64")
 *
 * Audio.stream({ model: "openai/whisper-large-v3", file: new File([wav], "hello.wav") }).pipe(
 *   TranscriptStream.text,
 *   Stream.runForEach((text) => Effect.sync(() => process.stdout.write(text))),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * )
 * ```
 * @category accessors
 */
export const stream = (
  request: TranscriptionRequest,
  options?: RequestOptions
): Stream.Stream<TranscriptEvent, FriendliStreamError, Audio> =>
  streams.unwrap(Effect.map(Audio, (audio) => audio.stream(request, options)))

/**
 * As `stream`, but runs it: calls `use` with each event, one after another, and succeeds when the stream has ended.
 *
 * **When to use**: in servers that have many streams at once. It costs a fraction of `Stream.runForEach`, because it does without the
 * parts that combinators need. To use combinators, use `stream`.
 *
 * **Details**: `use` returns nothing, or an effect that runs before the next event; while it runs, the server waits (back-pressure). A
 * failure of the effect ends the stream and closes the connection. Errors, retries, timeouts and interruption are those of `stream`.
 * @category accessors
 */
export const forEach = <E = never, R = never>(
  request: TranscriptionRequest,
  use: (event: TranscriptEvent) => Effect.Effect<unknown, E, R> | void,
  options?: RequestOptions
): Effect.Effect<void, FriendliStreamError | E, Audio | R> =>
  Effect.flatMap(Audio, (audio) => streams.forEach(audio.stream(request, options), use))

/**
 * As `stream`, but opened: gives status, headers and request id as soon as the first event has arrived. The stream
 * belongs to the scope and runs once.
 * @category accessors
 */
export const streamWithResponse = (
  request: TranscriptionRequest,
  options?: RequestOptions
): Effect.Effect<
  WithResponse<Stream.Stream<TranscriptEvent, FriendliStreamError>>,
  FriendliStreamError,
  Audio | Scope.Scope
> => Effect.flatMap(Audio, (audio) => audio.streamWithResponse(request, options))

/**
 * The server-sent events of `stream` as they arrive, with their data as text. Nothing is decoded or checked, not even that the stream is
 * complete.
 * @category accessors
 */
export const events = (
  request: TranscriptionRequest,
  options?: RequestOptions
): Stream.Stream<SseEvent, FriendliStreamError, Audio> =>
  streams.unwrap(Effect.map(Audio, (audio) => audio.events(request, options)))
