/** The messages of a conversation, by role. */
import * as Schema from "effect/Schema"
import { nullish, Text } from "./primitives.js"

// ---------------------------------------------------------------------------
// content parts
// ---------------------------------------------------------------------------

const MediaUrl = Schema.Struct({
  /** An `https:` URL that the server fetches, or the file itself as a `data:` URL. */
  url: Text
})

/**
 * Text as a part of a user message. Wire: `TextContent`.
 * @category content parts
 */
export const TextPart = Schema.Struct({
  /** Always `text`. */
  type: Schema.Literal("text"),
  /** The text. */
  text: Text
}).annotations({ identifier: "TextPart" })

export interface TextPart extends Schema.Schema.Type<typeof TextPart> {
  readonly type: "text"
}

/**
 * An image as a part of a user message, for models with image input. Wire: `ImageContent`.
 * @category content parts
 */
export const ImagePart = Schema.Struct({
  /** Always `image_url`. */
  type: Schema.Literal("image_url"),
  /** The image. */
  image_url: MediaUrl
}).annotations({ identifier: "ImagePart" })

export interface ImagePart extends Schema.Schema.Type<typeof ImagePart> {
  readonly type: "image_url"
}

/**
 * Audio as a part of a user message, for models with audio input. Wire: `AudioContent`.
 * @category content parts
 */
export const AudioPart = Schema.Struct({
  /** Always `audio_url`. */
  type: Schema.Literal("audio_url"),
  /** The audio. */
  audio_url: MediaUrl
}).annotations({ identifier: "AudioPart" })

export interface AudioPart extends Schema.Schema.Type<typeof AudioPart> {
  readonly type: "audio_url"
}

/**
 * Video as a part of a user message, for models with video input. Wire: `VideoContent`.
 * @category content parts
 */
export const VideoPart = Schema.Struct({
  /** Always `video_url`. */
  type: Schema.Literal("video_url"),
  /** The video. */
  video_url: MediaUrl
}).annotations({ identifier: "VideoPart" })

export interface VideoPart extends Schema.Schema.Type<typeof VideoPart> {
  readonly type: "video_url"
}

/**
 * A part of a user message, distinguished by `type`. Wire: `UserMessageContentMultiModal`.
 * @category content parts
 */
export const ContentPart = Schema.Union(TextPart, ImagePart, AudioPart, VideoPart).annotations({
  identifier: "ContentPart"
})

/** A part of a user message. */
export type ContentPart = TextPart | ImagePart | AudioPart | VideoPart

// ---------------------------------------------------------------------------
// messages
// ---------------------------------------------------------------------------

/**
 * Instructions for the whole conversation, usually its first message. Wire: `SystemMessage`.
 * @category messages
 */
export const SystemMessage = Schema.Struct({
  /** Always `system`. */
  role: Schema.Literal("system"),
  /** The instructions. */
  content: Text,
  /** Distinguishes participants with the same role. */
  name: nullish(Text)
}).annotations({ identifier: "SystemMessage" })

export interface SystemMessage extends Schema.Schema.Type<typeof SystemMessage> {
  readonly role: "system"
}

/**
 * Instructions of the developer, which some models distinguish from those of the system. The API accepts them without
 * documenting them.
 *
 * **Gotchas**: models can reject it together with other settings, as DeepSeek-V3.2 does with `enable_thinking: true`.
 * @category messages
 */
export const DeveloperMessage = Schema.Struct({
  /** Always `developer`. */
  role: Schema.Literal("developer"),
  /** The instructions. */
  content: Text,
  /** Distinguishes participants with the same role. */
  name: nullish(Text)
}).annotations({ identifier: "DeveloperMessage" })

export interface DeveloperMessage extends Schema.Schema.Type<typeof DeveloperMessage> {
  readonly role: "developer"
}

/**
 * A message of the user: text, or parts with images, audio or video. Wire: `UserMessage`.
 *
 * @example
 * ```ts
 * import type { UserMessage } from "effect-friendli/schema/Message"
 *
 * const question: UserMessage = {
 *   role: "user",
 *   content: [
 *     { type: "text", text: "What is in this picture?" },
 *     { type: "image_url", image_url: { url: "https://files.example/cat.png" } }
 *   ]
 * }
 * console.log(question.content.length)
 * // 2
 * ```
 * @category messages
 */
export const UserMessage = Schema.Struct({
  /** Always `user`. */
  role: Schema.Literal("user"),
  /** Text, or a list of parts for a model that takes other media. */
  content: Schema.Union(Text, Schema.Array(ContentPart)),
  /** Distinguishes participants with the same role. */
  name: nullish(Text)
}).annotations({ identifier: "UserMessage" })

export interface UserMessage extends Schema.Schema.Type<typeof UserMessage> {
  readonly role: "user"
  readonly content: string | ReadonlyArray<ContentPart>
}

/**
 * A function call that the model made earlier, sent back to it. Wire: `AssistantMessageToolCall`.
 * @category messages
 */
export const AssistantToolCall = Schema.Struct({
  /** The id of the call; the tool message with the result repeats it. */
  id: Text,
  /** Always `function`. */
  type: Schema.Literal("function"),
  /** The name of the tool that was called. */
  function: Schema.Struct({
    /** The function's name. */
    name: Text,
    /** The arguments: JSON as text, as the model wrote them. */
    arguments: Text
  })
}).annotations({ identifier: "AssistantToolCall" })

export interface AssistantToolCall extends Schema.Schema.Type<typeof AssistantToolCall> {
  readonly type: "function"
}

/**
 * An earlier message of the model. Wire: `AssistantMessage`.
 *
 * **Gotchas**: the server requires at least one of `content` and `tool_calls`; this schema does not check it.
 * @category messages
 */
export const AssistantMessage = Schema.Struct({
  /** Always `assistant`. */
  role: Schema.Literal("assistant"),
  /** The text. May be absent when there are `tool_calls`. */
  content: nullish(Text),
  /** The model's reasoning, for models that need it back: the `reasoning_content` of the answer. */
  reasoning_content: nullish(Text),
  /** Reasoning, under the name that other servers use. */
  reasoning: nullish(Text),
  /** Distinguishes participants with the same role. */
  name: nullish(Text),
  /** The calls that the model made. Each needs a tool message with its result. */
  tool_calls: nullish(Schema.Array(AssistantToolCall))
}).annotations({ identifier: "AssistantMessage" })

export interface AssistantMessage extends Schema.Schema.Type<typeof AssistantMessage> {
  readonly role: "assistant"
  readonly tool_calls?: ReadonlyArray<AssistantToolCall> | null | undefined
}

/**
 * The result of a function call. Wire: `ToolMessage`.
 * @category messages
 */
export const ToolMessage = Schema.Struct({
  /** Always `tool`. */
  role: Schema.Literal("tool"),
  /** The result of the function, as text. */
  content: Text,
  /** The `id` of the call. */
  tool_call_id: Text,
  /** The function's name. */
  name: nullish(Text)
}).annotations({ identifier: "ToolMessage" })

export interface ToolMessage extends Schema.Schema.Type<typeof ToolMessage> {
  readonly role: "tool"
}

/**
 * A message of a conversation, distinguished by `role`. Wire: `Message`.
 * @category messages
 */
export const Message = Schema.Union(
  SystemMessage,
  DeveloperMessage,
  UserMessage,
  AssistantMessage,
  ToolMessage
).annotations({ identifier: "Message" })

/** A message of a conversation. */
export type Message = SystemMessage | DeveloperMessage | UserMessage | AssistantMessage | ToolMessage
