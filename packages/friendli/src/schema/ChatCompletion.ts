/** The answer to a chat completion request. */
import * as Schema from "effect/Schema"
import { ChatLogprobs } from "./Logprobs.js"
import { atLeastOne, nullish, openLiteral, Text, WholeNumber } from "./primitives.js"
import { ToolCall } from "./Tool.js"
import { Usage } from "./Usage.js"

/**
 * Why a chat choice ended: `stop` (the model was done, or generated a stop text), `length` (a token limit),
 * `tool_calls`. New reasons pass as strings.
 */
export const ChatFinishReason = openLiteral("stop", "length", "tool_calls")

export type ChatFinishReason = Schema.Schema.Type<typeof ChatFinishReason>

/**
 * The message that the model generated. Wire: `ChatChoiceMessage`. `Chat.toAssistantMessage` converts it for the next
 * request.
 */
export const ChatMessage = Schema.Struct({
  /** `assistant`. */
  role: nullish(openLiteral("assistant")),
  /** The text; `null` or absent if the model only calls tools. */
  content: nullish(Text),
  /** The model's reasoning, with `parse_reasoning: true`. */
  reasoning_content: nullish(Text),
  /** Reasoning, under the name that other servers use. */
  reasoning: nullish(Text),
  /** The functions that the model wants to call. */
  tool_calls: nullish(Schema.Array(ToolCall))
}).annotations({ identifier: "ChatMessage" })

export interface ChatMessage extends Schema.Schema.Type<typeof ChatMessage> {
  readonly tool_calls?: ReadonlyArray<ToolCall> | null | undefined
}

/** One of the `n` answers. Wire: `ChatChoice`. */
export const ChatChoice = Schema.Struct({
  /** Which of the `n` answers this is, counted from 0. */
  index: WholeNumber,
  /** The model's message. `Chat.toAssistantMessage` converts it for the next request. */
  message: ChatMessage,
  /** Why it ended, if the server reports it. */
  finish_reason: nullish(ChatFinishReason),
  /** Log probabilities, if the request asked for them. */
  logprobs: nullish(ChatLogprobs)
}).annotations({ identifier: "ChatChoice" })

export interface ChatChoice extends Schema.Schema.Type<typeof ChatChoice> {
  /** The model's message. `Chat.toAssistantMessage` converts it for the next request. */
  readonly message: ChatMessage
  readonly logprobs?: ChatLogprobs | null | undefined
}

/**
 * The answer to a chat completion request. Wire: `ContainerChatCompleteSuccess` (the same on every deployment).
 *
 * **Details**: unknown fields are kept, and enums accept unknown values. `Chat.complete` adds a missing `index`, and to
 * a tool call `id` (`""`), `type` and `arguments` (`"{}"`), before it decodes; this schema does not.
 */
export const ChatCompletion = Schema.Struct({
  /** The id of the answer, if the server reports it. */
  id: nullish(Text),
  /** `chat.completion`. */
  object: nullish(openLiteral("chat.completion")),
  /** When it was created: Unix time in seconds, if the server reports it. */
  created: nullish(Schema.Number),
  /** The model; on dedicated endpoints, the endpoint id. */
  model: nullish(Text),
  /** The choices: one, or `n`. */
  choices: atLeastOne(ChatChoice, "choice"),
  /** Token counts, if the server reports them. */
  usage: nullish(Usage)
}).annotations({ identifier: "ChatCompletion" })

export interface ChatCompletion extends Schema.Schema.Type<typeof ChatCompletion> {
  /** The choices: one, or `n`. */
  readonly choices: ReadonlyArray<ChatChoice>
  readonly usage?: Usage | null | undefined
}
