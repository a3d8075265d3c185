/**
 * Audio: speech in, text out, whole or as it is written.
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
import { unwrap } from "./internal/streams.js"
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
  /** The schema of a way to cut audio. See `schema/Audio`. */
  ServerVad,
  /** The schema of one event of a streamed transcription. See `schema/Audio`. */
  TranscriptEvent,
  /** The schema of a whole transcription. See `schema/Audio`. */
  Transcription,
  /** The schema of the request. See `schema/Audio`. */
  TranscriptionRequest,
  /** The schema of what the tokens are that were read. See `schema/Audio`. */
  TranscriptionTokenDetails,
  /** The schema of what was listened to and written. See `schema/Audio`. */
  TranscriptionUsage
}

/**
 * The capability: what a program that listens needs in its `R`.
 *
 * **When to use**: through the accessors below; as a tag to provide a mock: `Layer.mock(Audio.Audio, { transcribe: … })`.
 * @category tags
 */
export class Audio extends Context.Tag("effect-friendli/Audio")<Audio, Audio.Service>() {}

export declare namespace Audio {
  /**
   * What `Audio.layer` provides, and what a mock replaces.
   *
   * @category models
   */
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
    /** The text as it is written. */
    readonly stream: (
      request: TranscriptionRequest,
      options?: RequestOptions
    ) => Stream.Stream<TranscriptEvent, FriendliStreamError>
    /** The opened stream with status, headers and request id; it lives as long as the scope and runs once. */
    readonly streamWithResponse: (
      request: TranscriptionRequest,
      options?: RequestOptions
    ) => Effect.Effect<
      WithResponse<Stream.Stream<TranscriptEvent, FriendliStreamError>>,
      FriendliStreamError,
      Scope.Scope
    >
    /** The events as they came, nothing decoded. */
    readonly events: (
      request: TranscriptionRequest,
      options?: RequestOptions
    ) => Stream.Stream<SseEvent, FriendliStreamError>
  }
}

/** `"auto"` is JSON on the wire too, quotes and all. */
const form = /*#__PURE__*/ Upload.multipart({ json: ["chunking_strategy"] })

/**
 * The operation behind `transcribe`, for `FriendliClient.execute`.
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
 * The operation behind `stream` and `events`, for `FriendliClient.stream` and `FriendliClient.events`.
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
 * Makes the capability out of a client.
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
 * The capability over whatever client is provided. The deployment layers hold it already.
 * @category layers
 */
export const layer: Layer.Layer<Audio, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Audio, make)

/**
 * Asks for the whole text of spoken audio.
 *
 * **When to use**: when nothing is shown before the text is complete. Otherwise `stream`.
 *
 * **Details**: `file` is a `File`, or an `Upload` of bytes, a blob, a path or a stream; it is sent again when a retry needs it.
 * `model` may be left out where the deployment has a default. The answer has the `text` and, in `usage`, tokens and
 * milliseconds of audio. Fails with `InvalidRequestError` about `file` when the file can not be read; see `FriendliError` for the
 * rest.
 *
 * **Gotchas**: the headers timeout (10 minutes) is reset by each piece of a path or stream that is sent, and at the end of an upload it
 * limits the wait for the answer. Long audio is better read with `stream`.
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
 * As `transcribe`, with what the response said besides: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const transcribeWithResponse = (
  request: TranscriptionRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<Transcription>, FriendliError, Audio> =>
  Effect.flatMap(Audio, (audio) => audio.transcribeWithResponse(request, options))

/**
 * Asks for the text of spoken audio as it is written.
 *
 * **When to use**: to show text as it comes; with `TranscriptStream.text` or `TranscriptStream.fold`.
 *
 * **Details**: the file is sent when the stream runs, each time it runs. Events are `transcript.text.delta` with a `delta`, and at last
 * `transcript.text.done` with the whole `text` and the `usage`. Leaving early closes the connection. A stream that ends without
 * the last event fails with `StreamTruncatedError`, after every event that had arrived.
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
  unwrap(Effect.map(Audio, (audio) => audio.stream(request, options)))

/**
 * As `stream`, opened: gives status, headers and request id once the first event is there. The stream belongs to the scope and
 * runs once.
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
 * The events of `stream` as they came, data as text: nothing is decoded and nothing is judged, a missing end neither.
 * @category accessors
 */
export const events = (
  request: TranscriptionRequest,
  options?: RequestOptions
): Stream.Stream<SseEvent, FriendliStreamError, Audio> =>
  unwrap(Effect.map(Audio, (audio) => audio.events(request, options)))
