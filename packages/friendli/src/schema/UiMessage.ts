/**
 * Messages of a front end that uses the AI SDK (`useChat` of version 5 and 6), and the chunks of its stream protocol. The names are those
 * of that protocol.
 */
import * as Schema from "effect/Schema"
import { openLiteral, Text } from "./primitives.js"

/** Fields that this version does not know are kept, so that a decoded message can be stored. */
const preserved = { parseOptions: { onExcessProperty: "preserve" } } as const

/**
 * Text.
 * @category parts
 */
export const UiTextPart = Schema.Struct({
  /** Always `text`. */
  type: Schema.Literal("text"),
  /** The text. */
  text: Text
}).annotations({ identifier: "UiTextPart", ...preserved })

export interface UiTextPart extends Schema.Schema.Type<typeof UiTextPart> {
  readonly type: "text"
}

/**
 * Reasoning of the model.
 * @category parts
 */
export const UiReasoningPart = Schema.Struct({
  /** Always `reasoning`. */
  type: Schema.Literal("reasoning"),
  /** The reasoning. */
  text: Text
}).annotations({ identifier: "UiReasoningPart", ...preserved })

export interface UiReasoningPart extends Schema.Schema.Type<typeof UiReasoningPart> {
  readonly type: "reasoning"
}

/**
 * A file: a URL, or the file itself as a `data:` URL.
 * @category parts
 */
export const UiFilePart = Schema.Struct({
  /** Always `file`. */
  type: Schema.Literal("file"),
  /** The media type, such as `image/png`. */
  mediaType: Text,
  /** Where it is, or the file itself as a `data:` URL. */
  url: Text,
  /** Its name. */
  filename: Schema.optional(Text)
}).annotations({ identifier: "UiFilePart", ...preserved })

export interface UiFilePart extends Schema.Schema.Type<typeof UiFilePart> {
  readonly type: "file"
}

/** The fields of a tool part. */
const toolFields = {
  /** The id of the call. */
  toolCallId: Text,
  /** The state of the call. Only `output-available`, `output-error` and `output-denied` have a result. */
  state: openLiteral(
    "input-streaming",
    "input-available",
    "approval-requested",
    "approval-responded",
    "output-available",
    "output-error",
    "output-denied"
  ),
  /** The arguments. */
  input: Schema.optional(Schema.Unknown),
  /** The result. */
  output: Schema.optional(Schema.Unknown),
  /** The reason why there is no result. */
  errorText: Schema.optional(Text),
  /** The question for approval, and the user's answer to it. */
  approval: Schema.optional(
    Schema.Struct({
      /** The id of the question. */
      id: Schema.optional(Text),
      /** Whether the call may be executed. Absent: there is no answer yet. */
      approved: Schema.optional(Schema.Boolean),
      /** The reason, in the user's words. */
      reason: Schema.optional(Text)
    }).annotations({ parseOptions: { onExcessProperty: "preserve" } })
  )
}

/**
 * A call of a tool, whose name is in the type: `tool-get_weather`.
 * @category parts
 */
export const UiToolPart = Schema.Struct({
  /** `tool-` and the name of the tool. */
  type: Schema.TemplateLiteral("tool-", Schema.String),
  ...toolFields
}).annotations({ identifier: "UiToolPart", ...preserved })

export interface UiToolPart extends Schema.Schema.Type<typeof UiToolPart> {
  readonly type: `tool-${string}`
}

/**
 * A call of a tool that the front end does not know.
 * @category parts
 */
export const UiDynamicToolPart = Schema.Struct({
  /** Always `dynamic-tool`. */
  type: Schema.Literal("dynamic-tool"),
  /** The name of the tool. */
  toolName: Text,
  ...toolFields
}).annotations({ identifier: "UiDynamicToolPart", ...preserved })

export interface UiDynamicToolPart extends Schema.Schema.Type<typeof UiDynamicToolPart> {
  readonly type: "dynamic-tool"
}

/**
 * The beginning of a step: one answer of the model. A message has several if tools were called in between.
 * @category parts
 */
export const UiStepStartPart = Schema.Struct({
  /** Always `step-start`. */
  type: Schema.Literal("step-start")
}).annotations({ identifier: "UiStepStartPart", ...preserved })

export interface UiStepStartPart extends Schema.Schema.Type<typeof UiStepStartPart> {
  readonly type: "step-start"
}

const knownTypes: ReadonlySet<string> = new Set(["text", "reasoning", "file", "dynamic-tool", "step-start"])

/**
 * A part of any other type: sources, data of the application, and types that are newer than this version. The model does not see it.
 * @category parts
 */
export const UiOtherPart = Schema.Struct({
  type: Text.pipe(
    // A part of a known type with a wrong field must not pass as an unknown one.
    Schema.filter((type) => !knownTypes.has(type) && !type.startsWith("tool-"), {
      description: "another type",
      jsonSchema: {}
    })
  )
}).annotations({ identifier: "UiOtherPart", ...preserved })

export interface UiOtherPart extends Schema.Schema.Type<typeof UiOtherPart> {
  readonly type: string
}

/**
 * A part of a message, distinguished by `type`.
 * @category parts
 */
export const UiPart = Schema.Union(
  UiTextPart,
  UiReasoningPart,
  UiFilePart,
  UiToolPart,
  UiDynamicToolPart,
  UiStepStartPart,
  UiOtherPart
).annotations({ identifier: "UiPart" })

/** A part of a message. */
export type UiPart =
  | UiTextPart
  | UiReasoningPart
  | UiFilePart
  | UiToolPart
  | UiDynamicToolPart
  | UiStepStartPart
  | UiOtherPart

/**
 * A message of the front end: `UIMessage` of the AI SDK.
 * @category messages
 */
export const UiMessage = Schema.Struct({
  /** The id that the front end gave it. */
  id: Text,
  role: Schema.Literal("system", "user", "assistant"),
  /** Metadata that the application added. */
  metadata: Schema.optional(Schema.Unknown),
  parts: Schema.Array(UiPart)
}).annotations({ identifier: "UiMessage", ...preserved })

export interface UiMessage extends Schema.Schema.Type<typeof UiMessage> {
  readonly parts: ReadonlyArray<UiPart>
}

/**
 * What `useChat` sends to the server, with fields that the application adds.
 * @category messages
 */
export const UiRequest = Schema.Struct({
  /** The id of the chat. */
  id: Schema.optional(Text),
  /** The whole conversation. */
  messages: Schema.Array(UiMessage),
  /** `submit-message`, or `regenerate-message`. */
  trigger: Schema.optional(openLiteral("submit-message", "regenerate-message")),
  /** The message to generate again. */
  messageId: Schema.optional(Schema.NullOr(Text))
}).annotations({ identifier: "UiRequest", ...preserved })

export interface UiRequest extends Schema.Schema.Type<typeof UiRequest> {
  readonly messages: ReadonlyArray<UiMessage>
}

/** Why an answer ended, in the words of the AI SDK. */
export type UiFinishReason = "stop" | "length" | "content-filter" | "tool-calls" | "error" | "other"

/**
 * A chunk of the UI message stream, distinguished by `type`. It has only the fields that versions 5 and 6 of the AI SDK both accept:
 * version 5 rejects any other. `tool-approval-request` and `tool-output-denied` are for version 6 alone.
 */
export type UiChunk =
  | { readonly type: "start"; readonly messageId?: string; readonly messageMetadata?: unknown }
  | { readonly type: "start-step" }
  | { readonly type: "text-start"; readonly id: string }
  | { readonly type: "text-delta"; readonly id: string; readonly delta: string }
  | { readonly type: "text-end"; readonly id: string }
  | { readonly type: "reasoning-start"; readonly id: string }
  | { readonly type: "reasoning-delta"; readonly id: string; readonly delta: string }
  | { readonly type: "reasoning-end"; readonly id: string }
  | {
      readonly type: "tool-input-start"
      readonly toolCallId: string
      readonly toolName: string
      readonly dynamic?: boolean
    }
  | { readonly type: "tool-input-delta"; readonly toolCallId: string; readonly inputTextDelta: string }
  | {
      readonly type: "tool-input-available"
      readonly toolCallId: string
      readonly toolName: string
      readonly input: unknown
      readonly dynamic?: boolean
    }
  | {
      readonly type: "tool-input-error"
      readonly toolCallId: string
      readonly toolName: string
      readonly input: unknown
      readonly errorText: string
      readonly dynamic?: boolean
    }
  | { readonly type: "tool-output-available"; readonly toolCallId: string; readonly output: unknown }
  | { readonly type: "tool-output-error"; readonly toolCallId: string; readonly errorText: string }
  | { readonly type: "tool-approval-request"; readonly approvalId: string; readonly toolCallId: string }
  | { readonly type: "tool-output-denied"; readonly toolCallId: string }
  | {
      readonly type: "source-url"
      readonly sourceId: string
      readonly url: string
      readonly title?: string
    }
  | { readonly type: "file"; readonly url: string; readonly mediaType: string }
  | { readonly type: `data-${string}`; readonly id?: string; readonly data: unknown; readonly transient?: boolean }
  | { readonly type: "message-metadata"; readonly messageMetadata: unknown }
  | { readonly type: "error"; readonly errorText: string }
  | { readonly type: "finish-step" }
  | { readonly type: "finish"; readonly finishReason?: UiFinishReason; readonly messageMetadata?: unknown }
