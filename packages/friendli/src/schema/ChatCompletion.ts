/** The answer to a chat completion request. */
import * as Schema from "effect/Schema"
import { ExpectedId } from "../internal/annotations.js"
import { ChatLogprobs } from "./Logprobs.js"
import { nullish, openLiteral, Text, WholeNumber } from "./primitives.js"
import { ToolCall } from "./Tool.js"
import { Usage } from "./Usage.js"

/**
 * Why a chat choice ended: `stop` (the model was done, or a stop text came), `length` (a token limit), `tool_calls`.
 * Newer reasons pass as strings.
 * @category schemas
 */
export const ChatFinishReason = openLiteral("stop", "length", "tool_calls")

/** @category models */
export type ChatFinishReason = Schema.Schema.Type<typeof ChatFinishReason>

/**
 * The message that the model wrote. Wire: `ChatChoiceMessage`. `Chat.toAssistantMessage` makes it a message of the next request.
 * @category schemas
 */
export const ChatMessage = Schema.Struct({
  /** `assistant`. */
  role: nullish(openLiteral("assistant")),
  /** The text; `null` or absent when the model only calls tools. */
  content: nullish(Text),
  /** The model's thoughts, with `parse_reasoning: true`. */
  reasoning_content: nullish(Text),
  /** The same under the name that other servers use. */
  reasoning: nullish(Text),
  /** The functions that the model wants called. */
  tool_calls: nullish(Schema.Array(ToolCall))
}).annotations({ identifier: "ChatMessage" })

/** @category models */
export interface ChatMessage extends Schema.Schema.Type<typeof ChatMessage> {
  readonly tool_calls?: ReadonlyArray<ToolCall> | null | undefined
}

/**
 * One of the `n` answers. Wire: `ChatChoice`.
 * @category schemas
 */
export const ChatChoice = Schema.Struct({
  /** Which of the `n` answers this is, counted from 0. */
  index: WholeNumber,
  /** What the model wrote. `Chat.toAssistantMessage` makes it a message of the next request. */
  message: ChatMessage,
  /** Why it ended, where the server tells. */
  finish_reason: nullish(ChatFinishReason),
  /** Log probabilities, when the request asked for them. */
  logprobs: nullish(ChatLogprobs)
}).annotations({ identifier: "ChatChoice" })

/** @category models */
export interface ChatChoice extends Schema.Schema.Type<typeof ChatChoice> {
  /** What the model wrote. `Chat.toAssistantMessage` makes it a message of the next request. */
  readonly message: ChatMessage
  readonly logprobs?: ChatLogprobs | null | undefined
}

/**
 * The answer to a chat completion request. Wire: `ContainerChatCompleteSuccess` (the same on every deployment).
 *
 * **Details**: fields that this version does not know are kept; enums are open. `Chat.complete` fills a missing `index`, and of a
 * tool call `id` (`""`), `type` and `arguments` (`"{}"`), before it decodes; this schema does not.
 * @category schemas
 */
export const ChatCompletion = Schema.Struct({
  /** Names this answer, where the server tells. */
  id: nullish(Text),
  /** `chat.completion`. */
  object: nullish(openLiteral("chat.completion")),
  /** When it was made: Unix time in seconds, where the server tells. */
  created: nullish(Schema.Number),
  /** Which model answered; on dedicated, the endpoint id. */
  model: nullish(Text),
  /** The answers: one, or as many as `n` asked for. */
  choices: Schema.Array(ChatChoice).pipe(
    Schema.minItems(1, { [ExpectedId]: "at least one choice", message: () => "expected at least one choice" })
  ),
  /** Token counts, where the server tells. */
  usage: nullish(Usage)
}).annotations({ identifier: "ChatCompletion" })

/** @category models */
export interface ChatCompletion extends Schema.Schema.Type<typeof ChatCompletion> {
  /** The answers: one, or as many as `n` asked for. */
  readonly choices: ReadonlyArray<ChatChoice>
  readonly usage?: Usage | null | undefined
}
