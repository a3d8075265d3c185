/**
 * Messages of front ends that use the AI SDK (`useChat`, versions 5 and 6), as messages of a chat request.
 *
 * **When to use**: in the route that `useChat` calls, by default `POST /api/chat`. `UiStream` makes the answer.
 */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Schema from "effect/Schema"
import * as Chat from "./Chat.js"
import * as Conversation from "./Conversation.js"
import type { ContentPart, Message } from "./schema/Message.js"
import {
  type UiDynamicToolPart,
  type UiFilePart,
  UiMessage,
  type UiPart,
  UiRequest,
  type UiToolPart
} from "./schema/UiMessage.js"

export {
  /** A message of the front end: type and schema. See `schema/UiMessage`. */
  UiMessage,
  /** What `useChat` sends to the server: type and schema. See `schema/UiMessage`. */
  UiRequest
}
export type { UiPart }

/**
 * A message of the front end cannot be sent to the model: a file of a type that no model reads, or instructions that the front end may not
 * give. `message` says what is wrong, without the content.
 * @category errors
 */
export class UnsupportedUiMessageError extends Schema.TaggedError<UnsupportedUiMessageError>(
  "effect-friendli/UnsupportedUiMessageError"
)("UnsupportedUiMessageError", {
  message: Schema.String,
  /** The place: the index of the message, `"parts"`, the index of the part. */
  path: Schema.Array(Schema.Union(Schema.String, Schema.Number))
}) {}

/** The options of `toMessages`. */
export interface ToMessagesOptions extends Conversation.ReasoningOptions {
  /**
   * Whether messages of the role `system` are accepted. Default: false. Anyone who can call the route can send them, and so replace your
   * instructions; add yours on the server.
   */
  readonly allowSystem?: boolean | undefined
}

type Converted<A> = Either.Either<A, UnsupportedUiMessageError>

const unsupported = (
  message: string,
  path: ReadonlyArray<string | number>
): Either.Either<never, UnsupportedUiMessageError> => Either.left(new UnsupportedUiMessageError({ message, path }))

const dataUrl = /^data:[^,]*?(;base64)?,(.*)$/s

/** The text of a `data:` URL. */
const textOfUrl = (url: string): string | undefined => {
  const [, base64, data] = dataUrl.exec(url) ?? []
  if (data === undefined) return undefined
  if (base64 !== undefined) return Either.getOrUndefined(Encoding.decodeBase64String(data))
  try {
    return decodeURIComponent(data)
  } catch {
    return undefined
  }
}

/** A file as a part of a message. */
const toContentPart = (
  { mediaType, url }: UiFilePart,
  path: ReadonlyArray<string | number>
): Converted<ContentPart> => {
  const [kind] = mediaType.toLowerCase().split("/")
  switch (kind) {
    case "image":
      return Either.right({ type: "image_url", image_url: { url } })
    case "audio":
      return Either.right({ type: "audio_url", audio_url: { url } })
    case "video":
      return Either.right({ type: "video_url", video_url: { url } })
    case "text": {
      const text = textOfUrl(url)
      return text === undefined
        ? unsupported("a text file has to be a data: URL", path)
        : Either.right({ type: "text", text })
    }
    default:
      return unsupported("a file has to be an image, audio, video or text", path)
  }
}

const userMessage = ({ parts }: UiMessage, at: number): Converted<ReadonlyArray<Message>> => {
  const content: Array<ContentPart> = []
  for (const [index, part] of parts.entries()) {
    if (part.type === "text") content.push({ type: "text", text: (part as { readonly text: string }).text })
    else if (part.type === "file") {
      const made = toContentPart(part as UiFilePart, [at, "parts", index])
      if (Either.isLeft(made)) return Either.left(made.left)
      content.push(made.right)
    }
  }
  const [only, ...more] = content
  if (only === undefined) return Either.right([])
  return Either.right([{ role: "user", content: more.length === 0 && only.type === "text" ? only.text : content }])
}

/** A call of a tool, whether or not the front end knows the tool. */
export type AnyToolPart = UiToolPart | UiDynamicToolPart

/**
 * Whether a part is a call of a tool.
 * @category parts
 */
export const isToolPart = (part: UiPart): part is AnyToolPart =>
  part.type === "dynamic-tool" || part.type.startsWith("tool-")

/**
 * The name of the tool that a part calls.
 * @category parts
 */
export const toolName = (part: AnyToolPart): string =>
  part.type === "dynamic-tool" ? (part as UiDynamicToolPart).toolName : part.type.slice("tool-".length)

const asText = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? "null"))

/** The result of a call for the model; `undefined` if there is none yet. */
const resultOf = (part: AnyToolPart): string | undefined => {
  switch (part.state) {
    case "output-available":
      return asText(part.output)
    case "output-error":
      return JSON.stringify({ error: part.errorText ?? "The tool failed." })
    case "output-denied":
      return JSON.stringify({ error: part.approval?.reason ?? "The user did not allow this call." })
    default:
      return undefined
  }
}

/** One step of the model: what it said, the calls that have a result, and the results. A call without a result is left out. */
const stepMessages = (parts: ReadonlyArray<UiPart>): ReadonlyArray<Message> => {
  const text: Array<string> = []
  const reasoning: Array<string> = []
  const calls: Array<{
    readonly id: string
    readonly function: { readonly name: string; readonly arguments: string }
  }> = []
  const results: Array<Message> = []
  for (const part of parts) {
    if (isToolPart(part)) {
      const result = resultOf(part)
      if (result === undefined) continue
      calls.push({ id: part.toolCallId, function: { name: toolName(part), arguments: asText(part.input ?? {}) } })
      results.push({ role: "tool", tool_call_id: part.toolCallId, content: result })
    } else if (part.type === "text") text.push((part as { readonly text: string }).text)
    else if (part.type === "reasoning") reasoning.push((part as { readonly text: string }).text)
  }
  if (text.length === 0 && calls.length === 0) return []
  const said = Chat.toAssistantMessage({
    content: text.join(""),
    reasoning_content: reasoning.join("\n"),
    tool_calls: calls
  })
  return [said, ...results]
}

const assistantMessages = ({ parts }: UiMessage): ReadonlyArray<Message> => {
  const steps: Array<Array<UiPart>> = [[]]
  for (const part of parts) {
    if (part.type === "step-start") steps.push([])
    else steps.at(-1)!.push(part)
  }
  return steps.flatMap(stepMessages)
}

/**
 * The messages of a front end as messages of a chat request.
 *
 * **Details**: text and files of the user become content (images, audio, video; text files as text). Each step of the assistant becomes
 * one message, followed by the results of its tools. A call that has no result yet is left out, since a request with it is invalid.
 * Reasoning is kept if the model needs it (`Conversation.dropReasoning`). Sources, data of the application, and unknown parts are left
 * out, and so are messages without anything that a model reads. Fails with an `UnsupportedUiMessageError` for files of other types, and
 * for messages of the role `system` unless `allowSystem` is set.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import { UiMessages } from "effect-friendli"
 *
 * const messages = UiMessages.toMessages([
 *   { id: "1", role: "user", parts: [{ type: "text", text: "How warm is it in Seoul?" }] },
 *   {
 *     id: "2",
 *     role: "assistant",
 *     parts: [
 *       { type: "step-start" },
 *       { type: "tool-get_weather", toolCallId: "c1", state: "output-available", input: { city: "Seoul" }, output: { celsius: 21 } },
 *       { type: "step-start" },
 *       { type: "text", text: "21 degrees." }
 *     ]
 *   }
 * ])
 * console.log(Either.getOrThrow(messages).map(({ role }) => role).join(" "))
 * // => user assistant tool assistant
 * ```
 * @category conversions
 */
export const toMessages = (
  messages: ReadonlyArray<UiMessage>,
  options?: ToMessagesOptions
): Either.Either<Conversation.Conversation, UnsupportedUiMessageError> => {
  const out: Array<Message> = []
  for (const [at, message] of messages.entries()) {
    if (message.role === "assistant") {
      out.push(...assistantMessages(message))
      continue
    }
    if (message.role === "system" && options?.allowSystem !== true) {
      return unsupported("a message of the role system is not accepted from a front end", [at])
    }
    const converted = userMessage(message, at)
    if (Either.isLeft(converted)) return Either.left(converted.left)
    for (const { content } of converted.right) {
      out.push(
        message.role === "system"
          ? { role: "system", content: typeof content === "string" ? content : textOfParts(message) }
          : ({ role: "user", content } as Message)
      )
    }
  }
  return Either.right(Conversation.dropReasoning(out, options))
}

const textOfParts = ({ parts }: UiMessage): string =>
  parts.map((part) => (part.type === "text" ? (part as { readonly text: string }).text : "")).join("")
