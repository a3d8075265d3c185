/**
 * Converts the messages of a prompt to those of the API. In: a prompt of `@effect/ai`. Out: chat messages, or `MalformedInput` for content that the
 * API does not support.
 */
import type * as AiError from "@effect/ai/AiError"
import type * as Prompt from "@effect/ai/Prompt"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Chat from "effect-friendli/Chat"
import type { ContentPart } from "effect-friendli/schema/Message"
import type { Config, Sampling } from "./config.js"
import { malformedInput } from "./errors.js"

declare module "@effect/ai/Prompt" {
  interface SystemMessageOptions {
    readonly friendli?: MessageOptions | undefined
  }
  interface UserMessageOptions {
    readonly friendli?: UserOptions | undefined
  }
  interface AssistantMessageOptions {
    readonly friendli?: MessageOptions | undefined
  }
}

/** Provider options of a message: `options: { friendli: { … } }`. */
export interface MessageOptions {
  readonly [option: string]: unknown
  /** Distinguishes participants with the same role. */
  readonly name?: string | undefined
}

/** Provider options of a message of the user. */
export interface UserOptions extends MessageOptions {
  /** Fields of the request, if this is the last message of the user. They override the settings of the layer and the region. */
  readonly request?: Sampling | undefined
}

const named = (options: MessageOptions | undefined) => (options?.name === undefined ? {} : { name: options.name })

/** The kinds of media that the API accepts. */
const kinds = ["image", "audio", "video"] as const

/** The media types that are sent for `image/*` and the like. The server looks at the bytes; the type must only be valid. */
const defaults = { image: "image/jpeg", audio: "audio/wav", video: "video/mp4" } as const

/** The file as a URL: its own address, or its bytes. */
const urlOf = (data: string | Uint8Array | URL, mediaType: string): string => {
  if (data instanceof URL) return data.href
  if (typeof data !== "string") return `data:${mediaType};base64,${Encoding.encodeBase64(data)}`
  return /^(?:data|https?):/i.test(data) ? data : `data:${mediaType};base64,${data}`
}

const partOf = (part: Prompt.UserMessagePart, method: string): Effect.Effect<ContentPart, AiError.MalformedInput> => {
  if (part.type === "text") return Effect.succeed({ type: "text", text: part.text })
  const kind = kinds.find((each) => part.mediaType.toLowerCase().startsWith(`${each}/`))
  if (kind === undefined) {
    return Effect.fail(
      malformedInput(
        method,
        `The API takes images, audio and video; a file of the type "${part.mediaType}" cannot be sent.`
      )
    )
  }
  const url = urlOf(part.data, part.mediaType.endsWith("/*") ? defaults[kind] : part.mediaType)
  switch (kind) {
    case "image":
      return Effect.succeed({ type: "image_url", image_url: { url } })
    case "audio":
      return Effect.succeed({ type: "audio_url", audio_url: { url } })
    case "video":
      return Effect.succeed({ type: "video_url", video_url: { url } })
  }
}

const userMessage = (
  message: Prompt.UserMessage,
  method: string
): Effect.Effect<Chat.Message, AiError.MalformedInput> =>
  Effect.map(
    Effect.forEach(message.content, (part) => partOf(part, method)),
    (parts) => {
      const [only, ...others] = parts
      const isText = only?.type === "text" && others.length === 0
      return { role: "user", content: isText ? only.text : parts, ...named(message.options.friendli) }
    }
  )

/** A value as JSON text. A string is not changed. */
const textOf = (value: unknown, what: string, method: string): Effect.Effect<string, AiError.MalformedInput> =>
  typeof value === "string" ? Effect.succeed(value) : jsonOf(value, what, method)

const jsonOf = (value: unknown, what: string, method: string): Effect.Effect<string, AiError.MalformedInput> =>
  Effect.try({
    // `undefined`, the result of a tool without one, becomes null in JSON
    try: () => JSON.stringify(value) ?? "null",
    catch: () => malformedInput(method, `${what} is not a JSON value.`)
  })

const toolMessage = (
  part: Prompt.ToolResultPart,
  method: string
): Effect.Effect<Chat.Message, AiError.MalformedInput> =>
  Effect.map(textOf(part.result, `The result of the call of ${part.name}`, method), (content) => ({
    role: "tool",
    tool_call_id: part.id,
    content,
    name: part.name
  }))

/** One answer of the model: its text, its calls, and its reasoning if it is replayed. Tool results inside it follow as messages. */
const assistantMessages = (
  message: Prompt.AssistantMessage,
  config: Config.Service,
  method: string
): Effect.Effect<ReadonlyArray<Chat.Message>, AiError.MalformedInput> =>
  Effect.gen(function* () {
    let text = ""
    const reasoning: Array<string> = []
    const calls: Array<{ id: string; function: { name: string; arguments: string } }> = []
    const results: Array<Chat.Message> = []
    for (const part of message.content) {
      switch (part.type) {
        case "text":
          text += part.text
          break
        case "reasoning":
          reasoning.push(part.text)
          break
        case "tool-call": {
          const json = yield* jsonOf(part.params ?? {}, `The arguments of the call of ${part.name}`, method)
          calls.push({ id: part.id, function: { name: part.name, arguments: json } })
          break
        }
        case "tool-result":
          results.push(yield* toolMessage(part, method))
          break
        case "file":
          return yield* malformedInput(method, "A message of the assistant cannot have files.")
      }
    }
    const replay = config.replayReasoning ?? "toolTurns"
    const thought = reasoning.filter((each) => each !== "").join("\n")
    const isReplayed = thought !== "" && (replay === "always" || (replay === "toolTurns" && calls.length > 0))
    const sent = Chat.toAssistantMessage({
      content: text,
      tool_calls: calls,
      ...(isReplayed ? { [config.reasoningField ?? "reasoning_content"]: thought } : {})
    })
    return [{ ...sent, ...named(message.options.friendli) }, ...results]
  })

/** The messages of a request. */
export const messagesOf = (
  prompt: Prompt.Prompt,
  config: Config.Service,
  method: string
): Effect.Effect<ReadonlyArray<Chat.Message>, AiError.MalformedInput> =>
  Effect.map(
    Effect.forEach(prompt.content, (message): Effect.Effect<ReadonlyArray<Chat.Message>, AiError.MalformedInput> => {
      switch (message.role) {
        case "system":
          return Effect.succeed([{ role: "system", content: message.content, ...named(message.options.friendli) }])
        case "user":
          return Effect.map(userMessage(message, method), (sent) => [sent])
        case "assistant":
          return assistantMessages(message, config, method)
        case "tool":
          return Effect.forEach(message.content, (part) => toolMessage(part, method))
      }
    }),
    (messages) => messages.flat()
  )

/** The request fields that the last message of the user sets. */
export const fieldsOf = (prompt: Prompt.Prompt): Sampling | undefined => {
  const last = prompt.content.findLast((message) => message.role === "user")
  return last?.options.friendli?.request
}
