/** The elements of a chat completion stream. */
import * as Schema from "effect/Schema"
import { ChatLogprobs } from "./Logprobs.js"
import { nullish, openLiteral, Text, WholeNumber } from "./primitives.js"
import { ToolCallDelta } from "./Tool.js"
import { Usage } from "./Usage.js"

/**
 * What a chunk adds to the message. Wire: `StreamedChatChoiceDelta`.
 * @category schemas
 */
export const ChatDelta = Schema.Struct({
  /** `assistant`, usually in the first chunk only. */
  role: nullish(openLiteral("assistant")),
  /** Text to append. */
  content: nullish(Text),
  /** Thoughts to append, with `parse_reasoning: true`. */
  reasoning_content: nullish(Text),
  /** The same under the name that other servers use. */
  reasoning: nullish(Text),
  /** Pieces of function calls, to merge by `index`. */
  tool_calls: nullish(Schema.Array(ToolCallDelta))
}).annotations({ identifier: "ChatDelta" })

/** @category models */
export interface ChatDelta extends Schema.Schema.Type<typeof ChatDelta> {
  readonly tool_calls?: ReadonlyArray<ToolCallDelta> | null | undefined
}

/**
 * What a chunk adds to one of the `n` answers. Wire: `StreamedChatChoice`.
 * @category schemas
 */
export const ChatChunkChoice = Schema.Struct({
  /** Which of the `n` answers this belongs to, counted from 0. */
  index: WholeNumber,
  /** What is new. */
  delta: ChatDelta,
  /** Why the answer ended, in its last chunk. Some servers write the string `null` before that. */
  finish_reason: nullish(openLiteral("stop", "length", "tool_calls", "null")),
  /** Log probabilities of the new tokens, when the request asked for them. */
  logprobs: nullish(ChatLogprobs)
}).annotations({ identifier: "ChatChunkChoice" })

/** @category models */
export interface ChatChunkChoice extends Schema.Schema.Type<typeof ChatChunkChoice> {
  readonly delta: ChatDelta
  readonly logprobs?: ChatLogprobs | null | undefined
}

/**
 * An element of a chat completion stream. Wire: `StreamedChatData`.
 *
 * **Details**: the chunk with the token counts usually has no choices. A paid stream must not fail over what nobody needs, so
 * much may be absent. `Chat.stream` fills a missing `delta`, the `index` of a single choice, and `choices` where usage or cost came
 * without them, before it decodes; this schema does not.
 * @category schemas
 */
export const ChatChunk = Schema.Struct({
  /** Names the answer; the same in all its chunks. */
  id: nullish(Text),
  /** `chat.completion.chunk`. */
  object: nullish(openLiteral("chat.completion.chunk")),
  /** When the answer was begun: Unix time in seconds. */
  created: nullish(Schema.Number),
  /** Which model answers; on dedicated, the endpoint id. */
  model: nullish(Text),
  /** What is new, by answer. May be empty. */
  choices: Schema.Array(ChatChunkChoice),
  /** Token counts, usually in the last chunk. */
  usage: nullish(Usage)
}).annotations({ identifier: "ChatChunk" })

/** @category models */
export interface ChatChunk extends Schema.Schema.Type<typeof ChatChunk> {
  readonly choices: ReadonlyArray<ChatChunkChoice>
  readonly usage?: Usage | null | undefined
}
