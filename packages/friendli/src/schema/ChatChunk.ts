/** The elements of a chat completion stream. */
import * as Schema from "effect/Schema"
import { ChatLogprobs } from "./Logprobs.js"
import { nullish, openLiteral, Text, WholeNumber } from "./primitives.js"
import { ToolCallDelta } from "./Tool.js"
import { Usage } from "./Usage.js"

/** The delta of a choice. Wire: `StreamedChatChoiceDelta`. */
export const ChatDelta = Schema.Struct({
  /** `assistant`, usually in the first chunk only. */
  role: nullish(openLiteral("assistant")),
  /** Text to append. */
  content: nullish(Text),
  /** Reasoning to append, with `parse_reasoning: true`. */
  reasoning_content: nullish(Text),
  /** Reasoning, under the name that other servers use. */
  reasoning: nullish(Text),
  /** Deltas of function calls, to merge by `index`. */
  tool_calls: nullish(Schema.Array(ToolCallDelta))
}).annotations({ identifier: "ChatDelta" })

export interface ChatDelta extends Schema.Schema.Type<typeof ChatDelta> {
  readonly tool_calls?: ReadonlyArray<ToolCallDelta> | null | undefined
}

/** The part of a chunk for one of the `n` answers. Wire: `StreamedChatChoice`. */
export const ChatChunkChoice = Schema.Struct({
  /** Which of the `n` answers this belongs to, counted from 0. */
  index: WholeNumber,
  /** The delta. */
  delta: ChatDelta,
  /** Why the answer ended, in its last chunk. Some servers write the string `null` before that. */
  finish_reason: nullish(openLiteral("stop", "length", "tool_calls", "null")),
  /** Log probabilities of the new tokens, if the request asked for them. */
  logprobs: nullish(ChatLogprobs)
}).annotations({ identifier: "ChatChunkChoice" })

export interface ChatChunkChoice extends Schema.Schema.Type<typeof ChatChunkChoice> {
  readonly delta: ChatDelta
  readonly logprobs?: ChatLogprobs | null | undefined
}

/**
 * An element of a chat completion stream. Wire: `StreamedChatData`.
 *
 * **Details**: the chunk with the token counts usually has no choices. Many fields may be absent, because a paid stream
 * should not fail over fields that a program can do without. `Chat.stream` adds a missing `delta`, the `index` of a
 * single choice, and missing `choices` of a chunk with only usage or cost, before it decodes; this schema does not.
 */
export const ChatChunk = Schema.Struct({
  /** The id of the answer, the same in all its chunks. */
  id: nullish(Text),
  /** `chat.completion.chunk`. */
  object: nullish(openLiteral("chat.completion.chunk")),
  /** When the answer began: Unix time in seconds. */
  created: nullish(Schema.Number),
  /** The model; on dedicated endpoints, the endpoint id. */
  model: nullish(Text),
  /** The deltas of the choices. May be empty. */
  choices: Schema.Array(ChatChunkChoice),
  /** Token counts, usually in the last chunk. */
  usage: nullish(Usage)
}).annotations({ identifier: "ChatChunk" })

export interface ChatChunk extends Schema.Schema.Type<typeof ChatChunk> {
  readonly choices: ReadonlyArray<ChatChunkChoice>
  readonly usage?: Usage | null | undefined
}
