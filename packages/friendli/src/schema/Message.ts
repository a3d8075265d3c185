/** The messages of a conversation, by role. */
import * as Schema from "effect/Schema"
import { nullish, Text } from "./primitives.js"

// ---------------------------------------------------------------------------
// content parts
// ---------------------------------------------------------------------------

const MediaUrl = Schema.Struct({
  /** Where the server fetches the file: an `https:` URL, or the file itself as a `data:` URL. */
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

/** @category models */
export interface TextPart extends Schema.Schema.Type<typeof TextPart> {
  readonly type: "text"
}

/**
 * An image as a part of a user message, for models that see. Wire: `ImageContent`.
 * @category content parts
 */
export const ImagePart = Schema.Struct({
  /** Always `image_url`. */
  type: Schema.Literal("image_url"),
  /** Where the image is. */
  image_url: MediaUrl
}).annotations({ identifier: "ImagePart" })

/** @category models */
export interface ImagePart extends Schema.Schema.Type<typeof ImagePart> {
  readonly type: "image_url"
}

/**
 * Sound as a part of a user message, for models that hear. Wire: `AudioContent`.
 * @category content parts
 */
export const AudioPart = Schema.Struct({
  /** Always `audio_url`. */
  type: Schema.Literal("audio_url"),
  /** Where the sound is. */
  audio_url: MediaUrl
}).annotations({ identifier: "AudioPart" })

/** @category models */
export interface AudioPart extends Schema.Schema.Type<typeof AudioPart> {
  readonly type: "audio_url"
}

/**
 * Video as a part of a user message, for models that watch. Wire: `VideoContent`.
 * @category content parts
 */
export const VideoPart = Schema.Struct({
  /** Always `video_url`. */
  type: Schema.Literal("video_url"),
  /** Where the video is. */
  video_url: MediaUrl
}).annotations({ identifier: "VideoPart" })

/** @category models */
export interface VideoPart extends Schema.Schema.Type<typeof VideoPart> {
  readonly type: "video_url"
}

/**
 * A part of a user message, told apart by `type`. Wire: `UserMessageContentMultiModal`.
 * @category content parts
 */
export const ContentPart = Schema.Union(TextPart, ImagePart, AudioPart, VideoPart).annotations({
  identifier: "ContentPart"
})

/**
 * A part of a user message.
 * @category models
 */
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
  /** Tells apart participants of the same role. */
  name: nullish(Text)
}).annotations({ identifier: "SystemMessage" })

/** @category models */
export interface SystemMessage extends Schema.Schema.Type<typeof SystemMessage> {
  readonly role: "system"
}

/**
 * Instructions of the developer, which some models tell apart from those of the system. The API accepts it without documenting it.
 *
 * **Gotchas**: models can refuse it together with other settings, as DeepSeek-V3.2 does with `enable_thinking: true`.
 * @category messages
 */
export const DeveloperMessage = Schema.Struct({
  /** Always `developer`. */
  role: Schema.Literal("developer"),
  /** The instructions. */
  content: Text,
  /** Tells apart participants of the same role. */
  name: nullish(Text)
}).annotations({ identifier: "DeveloperMessage" })

/** @category models */
export interface DeveloperMessage extends Schema.Schema.Type<typeof DeveloperMessage> {
  readonly role: "developer"
}

/**
 * What the user says: text, or parts with images, sound or video. Wire: `UserMessage`.
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
  /** Tells apart participants of the same role. */
  name: nullish(Text)
}).annotations({ identifier: "UserMessage" })

/** @category models */
export interface UserMessage extends Schema.Schema.Type<typeof UserMessage> {
  readonly role: "user"
  readonly content: string | ReadonlyArray<ContentPart>
}

/**
 * A function call that the model made earlier, given back to it. Wire: `AssistantMessageToolCall`.
 * @category messages
 */
export const AssistantToolCall = Schema.Struct({
  /** The id that the model gave the call; the tool message that answers it repeats it. */
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

/** @category models */
export interface AssistantToolCall extends Schema.Schema.Type<typeof AssistantToolCall> {
  readonly type: "function"
}

/**
 * What the model said earlier. Wire: `AssistantMessage`.
 *
 * **Gotchas**: the server wants at least one of `content` and `tool_calls`; this schema does not check it.
 * @category messages
 */
export const AssistantMessage = Schema.Struct({
  /** Always `assistant`. */
  role: Schema.Literal("assistant"),
  /** The text. May be absent when there are `tool_calls`. */
  content: nullish(Text),
  /** The model's thoughts, for models that want theirs back; as an answer's `reasoning_content` gave them. */
  reasoning_content: nullish(Text),
  /** The same under the name that other servers use. */
  reasoning: nullish(Text),
  /** Tells apart participants of the same role. */
  name: nullish(Text),
  /** The calls that the model made. Each wants a tool message with its result. */
  tool_calls: nullish(Schema.Array(AssistantToolCall))
}).annotations({ identifier: "AssistantMessage" })

/** @category models */
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
  /** What the function gave back, as text. */
  content: Text,
  /** The `id` of the call that this answers. */
  tool_call_id: Text,
  /** The function's name. */
  name: nullish(Text)
}).annotations({ identifier: "ToolMessage" })

/** @category models */
export interface ToolMessage extends Schema.Schema.Type<typeof ToolMessage> {
  readonly role: "tool"
}

/**
 * A message of a conversation, told apart by `role`. Wire: `Message`.
 * @category messages
 */
export const Message = Schema.Union(
  SystemMessage,
  DeveloperMessage,
  UserMessage,
  AssistantMessage,
  ToolMessage
).annotations({ identifier: "Message" })

/**
 * A message of a conversation.
 * @category models
 */
export type Message = SystemMessage | DeveloperMessage | UserMessage | AssistantMessage | ToolMessage
