/** Speech to text. */
import * as Schema from "effect/Schema"
import { finiteNumber, Int, nullish, openEnum, openLiteral, Text } from "./primitives.js"
import { UploadSource } from "./UploadSource.js"

/**
 * Cuts the audio at silences that voice activity detection finds. Wire: `ServerVadChunkingStrategy`.
 * @category schemas
 */
export const ServerVad = Schema.Struct({
  /** Which strategy this is. */
  type: Schema.Literal("server_vad"),
  /** Audio to keep before the voice that was found, in milliseconds. */
  prefix_padding_ms: nullish(Int),
  /** How long a silence ends a chunk, in milliseconds. */
  silence_duration_ms: nullish(Int),
  /** How loud voice is, 0 to 1: a higher one needs louder audio, and helps where there is noise. */
  threshold: nullish(finiteNumber({ minimum: 0, maximum: 1 }))
}).annotations({ identifier: "ServerVad" })

/** @category models */
export interface ServerVad extends Schema.Schema.Type<typeof ServerVad> {
  readonly type: "server_vad"
}

/**
 * Asks for the text of spoken audio. Wire: `ServerlessAudioTranscriptionBody` and its twins.
 *
 * **When to use**: with `Audio.transcribe` and `Audio.stream`. `stream` is not a field: the function that is called decides.
 *
 * **Details**: `file` is a `File` or an `Upload`; a bare `Blob` has no name and is refused.
 * @category schemas
 */
export const TranscriptionRequest = Schema.Struct({
  /**
   * Which model listens. Serverless: a model code. Dedicated: an endpoint id, or `ENDPOINT_ID:ADAPTER_ROUTE`. Container: an
   * adapter route, or nothing. Absent or `null` takes the deployment's default.
   */
  model: nullish(Text),
  /** The audio, with a name whose extension tells the format. */
  file: UploadSource,
  /**
   * How the audio is cut into chunks: `"auto"` normalizes the loudness and then finds the borders by voice activity,
   * `{ type: "server_vad" }` does so with settings of yours. Absent: one block.
   */
  chunking_strategy: nullish(Schema.Union(ServerVad, openEnum("auto"))),
  /** The language that is spoken, as an ISO 639-1 code (`"en"`): makes the answer better and faster. */
  language: nullish(Text),
  /** How freely the model guesses, 0 to 1; 0 takes the likeliest words. */
  temperature: nullish(finiteNumber({ minimum: 0, maximum: 1 }))
}).annotations({ identifier: "TranscriptionRequest" })

/** @category models */
export interface TranscriptionRequest extends Schema.Schema.Type<typeof TranscriptionRequest> {
  readonly file: UploadSource
  readonly chunking_strategy?: ServerVad | "auto" | (string & {}) | null | undefined
}

/**
 * What the tokens that were read are. Wire: `AudioTranscriptionInputTokenDetails`.
 * @category schemas
 */
export const TranscriptionTokenDetails = Schema.Struct({
  /** Tokens of audio. */
  audio_tokens: nullish(Schema.Number),
  /** Tokens of text. */
  text_tokens: nullish(Schema.Number)
}).annotations({ identifier: "TranscriptionTokenDetails" })

/** @category models */
export interface TranscriptionTokenDetails extends Schema.Schema.Type<typeof TranscriptionTokenDetails> {
  readonly audio_tokens?: number | null | undefined
}

/**
 * How much a transcription listened to and wrote: the basis of its price. Wire: `AudioTranscriptionUsage`.
 *
 * **Details**: each count may be missing.
 * @category schemas
 */
export const TranscriptionUsage = Schema.Struct({
  /** What is counted: `"tokens"`. */
  type: nullish(openLiteral("tokens")),
  /** Tokens read. */
  input_tokens: nullish(Schema.Number),
  /** Tokens written. */
  output_tokens: nullish(Schema.Number),
  /** The sum of both. */
  total_tokens: nullish(Schema.Number),
  /** How long the audio is, in milliseconds. */
  input_audio_length_ms: nullish(Schema.Number),
  /** How much audio the model was given, in milliseconds. */
  processed_audio_length_ms: nullish(Schema.Number),
  /** What the tokens that were read are, where the server tells. */
  input_token_details: nullish(TranscriptionTokenDetails)
}).annotations({ identifier: "TranscriptionUsage" })

/** @category models */
export interface TranscriptionUsage extends Schema.Schema.Type<typeof TranscriptionUsage> {
  readonly input_token_details?: TranscriptionTokenDetails | null | undefined
}

/**
 * The text of spoken audio. Wire: `ContainerAudioTranscriptionSuccess`.
 * @category schemas
 */
export const Transcription = Schema.Struct({
  /** The text. */
  text: Text,
  /** How much was listened to and written, where the server tells. */
  usage: nullish(TranscriptionUsage)
}).annotations({ identifier: "Transcription" })

/** @category models */
export interface Transcription extends Schema.Schema.Type<typeof Transcription> {
  readonly text: string
  readonly usage?: TranscriptionUsage | null | undefined
}

/**
 * One event of a streamed transcription. Wire: `StreamedAudioTranscriptionData`.
 *
 * **Details**: `transcript.text.delta` brings a `delta`; `transcript.text.done`, the last, the whole `text` and the `usage`. Events
 * of types that come later are kept, with all their fields.
 * @category schemas
 */
export const TranscriptEvent = Schema.Struct({
  /** What the event brings. */
  type: openLiteral("transcript.text.delta", "transcript.text.done"),
  /** The next piece of the text. */
  delta: nullish(Text),
  /** The whole text. */
  text: nullish(Text),
  /** How much was listened to and written. */
  usage: nullish(TranscriptionUsage)
}).annotations({ identifier: "TranscriptEvent" })

/** @category models */
export interface TranscriptEvent extends Schema.Schema.Type<typeof TranscriptEvent> {
  readonly usage?: TranscriptionUsage | null | undefined
}
