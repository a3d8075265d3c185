/**
 * Samples of datasets: conversations to train on. Their messages differ from those of chat: images have more forms, and media may be in
 * the storage of the API (`s3:`).
 */
import * as Schema from "effect/Schema"
import { AssistantMessage, SystemMessage, TextPart, ToolMessage } from "./Message.js"
import { atLeastOne, nullish, Text } from "./primitives.js"

const MediaUrl = Schema.Struct({
  /** An `https:`, `s3:` or `data:` URL. */
  url: Text
})

/**
 * An image as a part of a user message. This is the form that the API stores.
 * @category content parts
 */
export const SampleImage = Schema.Struct({
  /** Always `image`. */
  type: Schema.Literal("image"),
  /** An `https:`, `s3:` or `data:` URL. */
  image: Text
}).annotations({ identifier: "SampleImage" })

export interface SampleImage extends Schema.Schema.Type<typeof SampleImage> {
  readonly type: "image"
}

/**
 * An image as a part of a user message, as in chat, or with only the URL.
 * @category content parts
 */
export const SampleImageUrl = Schema.Struct({
  /** Always `image_url`. */
  type: Schema.Literal("image_url"),
  /** The image. */
  image_url: Schema.Union(Text, MediaUrl)
}).annotations({ identifier: "SampleImageUrl" })

export interface SampleImageUrl extends Schema.Schema.Type<typeof SampleImageUrl> {
  readonly type: "image_url"
}

/**
 * Audio as a part of a user message.
 * @category content parts
 */
export const SampleAudio = Schema.Struct({
  /** Always `audio_url`. */
  type: Schema.Literal("audio_url"),
  /** The audio. */
  audio_url: MediaUrl
}).annotations({ identifier: "SampleAudio" })

export interface SampleAudio extends Schema.Schema.Type<typeof SampleAudio> {
  readonly type: "audio_url"
}

/**
 * Video as a part of a user message.
 * @category content parts
 */
export const SampleVideo = Schema.Struct({
  /** Always `video_url`. */
  type: Schema.Literal("video_url"),
  /** The video. */
  video_url: MediaUrl
}).annotations({ identifier: "SampleVideo" })

export interface SampleVideo extends Schema.Schema.Type<typeof SampleVideo> {
  readonly type: "video_url"
}

/** A part of a user message of a sample, distinguished by `type`. */
export type SamplePart = TextPart | SampleImage | SampleImageUrl | SampleAudio | SampleVideo

/**
 * A part of a user message of a sample, distinguished by `type`.
 * @category content parts
 */
export const SamplePart: Schema.Schema<SamplePart> = Schema.Union(
  TextPart,
  SampleImage,
  SampleImageUrl,
  SampleAudio,
  SampleVideo
).annotations({ identifier: "SamplePart" })

/**
 * A message of the user: text, or parts with images, audio or video.
 * @category messages
 */
export const SampleUserMessage = Schema.Struct({
  /** Always `user`. */
  role: Schema.Literal("user"),
  /** Text, or a list of parts. */
  content: Schema.Union(Text, Schema.Array(SamplePart)),
  /** Distinguishes participants with the same role. */
  name: nullish(Text)
}).annotations({ identifier: "SampleUserMessage" })

export interface SampleUserMessage extends Schema.Schema.Type<typeof SampleUserMessage> {
  readonly role: "user"
  readonly content: string | ReadonlyArray<SamplePart>
}

/** A message of a sample, distinguished by `role`. */
export type SampleMessage = SystemMessage | SampleUserMessage | AssistantMessage | ToolMessage

/**
 * A message of a sample, distinguished by `role`. Only user messages have media.
 * @category messages
 */
export const SampleMessage: Schema.Schema<SampleMessage> = Schema.Union(
  SystemMessage,
  SampleUserMessage,
  AssistantMessage,
  ToolMessage
).annotations({ identifier: "SampleMessage" })

/**
 * A sample: one conversation.
 *
 * **When to use**: with `Datasets.addSamples` and `DatasetUpload`. Each line of a dataset file is the JSON of a sample.
 *
 * @example
 * ```ts
 * import type { Sample } from "effect-friendli/schema/Sample"
 *
 * const sample: Sample = {
 *   messages: [
 *     { role: "user", content: [{ type: "text", text: "What is it?" }, { type: "image", image: "s3://bucket/cat.png" }] },
 *     { role: "assistant", content: "A cat." }
 *   ]
 * }
 * console.log(sample.messages.length)
 * // 2
 * ```
 * @category samples
 */
export const Sample = Schema.Struct({
  /** The messages of the conversation, at least one. */
  messages: atLeastOne(SampleMessage, "message")
}).annotations({ identifier: "Sample" })

export interface Sample extends Schema.Schema.Type<typeof Sample> {
  readonly messages: ReadonlyArray<SampleMessage>
}
