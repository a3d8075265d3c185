/** Speech to text. */
import * as Schema from "effect/Schema"
import { finiteNumber, Int, ModelName, nullish, openEnum, openLiteral, Text } from "./primitives.js"
import { UploadSource } from "./UploadSource.js"

/** Cuts the audio at silences found by voice activity detection. Wire: `ServerVadChunkingStrategy`. */
export const ServerVad = Schema.Struct({
  /** The type of the strategy. */
  type: Schema.Literal("server_vad"),
  /** Audio to keep before detected speech, in milliseconds. Server default: 300. */
  prefix_padding_ms: nullish(Int),
  /** The duration of silence that ends a chunk, in milliseconds. Server default: 200. */
  silence_duration_ms: nullish(Int),
  /** The sensitivity threshold, 0 to 1: a higher value needs louder audio, and works better with noise. Server default: 0.5. */
  threshold: nullish(finiteNumber({ minimum: 0, maximum: 1 }))
}).annotations({ identifier: "ServerVad" })

export interface ServerVad extends Schema.Schema.Type<typeof ServerVad> {
  readonly type: "server_vad"
}

/**
 * A request for the text of spoken audio. Wire: `ServerlessAudioTranscriptionBody` and its twins.
 *
 * **When to use**: with `Audio.transcribe` and `Audio.stream`. `stream` is not a field: the function that is called decides.
 *
 * **Details**: `file` is a `File` or an `Upload`; a bare `Blob` is invalid, because it has no name.
 */
export const TranscriptionRequest = Schema.Struct({
  /**
   * The model. Serverless: a model code. Dedicated: an endpoint id, or `ENDPOINT_ID:ADAPTER_ROUTE`. Container: an
   * adapter route, or nothing. Absent or `null`: the deployment's default.
   */
  model: nullish(ModelName),
  /** The audio. The extension of its name tells the format. */
  file: UploadSource,
  /**
   * How the audio is cut into chunks: `"auto"` normalizes the loudness and then detects voice activity;
   * `{ type: "server_vad" }` does so with your settings. Without it the audio is one chunk.
   */
  chunking_strategy: nullish(Schema.Union(ServerVad, openEnum("auto"))),
  /** The spoken language as an ISO 639-1 code (`"en"`). It makes the answer better and faster. */
  language: nullish(Text),
  /** The sampling temperature, 0 to 1; 0 takes the most likely words. */
  temperature: nullish(finiteNumber({ minimum: 0, maximum: 1 }))
}).annotations({ identifier: "TranscriptionRequest" })

export interface TranscriptionRequest extends Schema.Schema.Type<typeof TranscriptionRequest> {
  readonly file: UploadSource
  readonly chunking_strategy?: ServerVad | "auto" | (string & {}) | null | undefined
}

/** The kinds of input tokens. Wire: `AudioTranscriptionInputTokenDetails`. */
export const TranscriptionTokenDetails = Schema.Struct({
  /** Tokens of audio. */
  audio_tokens: nullish(Schema.Number),
  /** Tokens of text. */
  text_tokens: nullish(Schema.Number)
}).annotations({ identifier: "TranscriptionTokenDetails" })

export interface TranscriptionTokenDetails extends Schema.Schema.Type<typeof TranscriptionTokenDetails> {
  readonly audio_tokens?: number | null | undefined
}

/**
 * The usage of a transcription: the basis of its price. Wire: `AudioTranscriptionUsage`.
 *
 * **Details**: each count may be missing.
 */
export const TranscriptionUsage = Schema.Struct({
  /** The unit: `"tokens"`. */
  type: nullish(openLiteral("tokens")),
  /** Input tokens. */
  input_tokens: nullish(Schema.Number),
  /** Output tokens. */
  output_tokens: nullish(Schema.Number),
  /** The sum of input and output tokens. */
  total_tokens: nullish(Schema.Number),
  /** The length of the audio in milliseconds. */
  input_audio_length_ms: nullish(Schema.Number),
  /** The length of the audio that the model processed, in milliseconds. */
  processed_audio_length_ms: nullish(Schema.Number),
  /** The kinds of input tokens, if the server reports them. */
  input_token_details: nullish(TranscriptionTokenDetails)
}).annotations({ identifier: "TranscriptionUsage" })

export interface TranscriptionUsage extends Schema.Schema.Type<typeof TranscriptionUsage> {
  readonly input_token_details?: TranscriptionTokenDetails | null | undefined
}

/** The text of spoken audio. Wire: `ContainerAudioTranscriptionSuccess`. */
export const Transcription = Schema.Struct({
  /** The text. */
  text: Text,
  /** The usage, if the server reports it. */
  usage: nullish(TranscriptionUsage)
}).annotations({ identifier: "Transcription" })

export interface Transcription extends Schema.Schema.Type<typeof Transcription> {
  readonly text: string
  readonly usage?: TranscriptionUsage | null | undefined
}

/**
 * One event of a streamed transcription. Wire: `StreamedAudioTranscriptionData`.
 *
 * **Details**: `transcript.text.delta` has a `delta`; `transcript.text.done`, the last event, has the whole `text` and
 * the `usage`. Events of unknown types are kept with all their fields.
 */
export const TranscriptEvent = Schema.Struct({
  /** The type of the event. */
  type: openLiteral("transcript.text.delta", "transcript.text.done"),
  /** The next piece of the text. */
  delta: nullish(Text),
  /** The whole text. */
  text: nullish(Text),
  /** The usage. */
  usage: nullish(TranscriptionUsage)
}).annotations({ identifier: "TranscriptEvent" })

export interface TranscriptEvent extends Schema.Schema.Type<typeof TranscriptEvent> {
  readonly usage?: TranscriptionUsage | null | undefined
}
