/** What the tests of merged chunks share. */
import type { ChatChunkLike, ToolCallDeltaLike } from "../../src/accumulators/chunks.js"
import { makeChatAccumulator } from "../../src/accumulators/chunks.js"

export const merge = (chunks: Iterable<ChatChunkLike>) => {
  const accumulator = makeChatAccumulator()
  for (const chunk of chunks) accumulator.add(chunk)
  return accumulator.snapshot()
}

/** Merges tool call deltas, each list in a chunk of its own. */
export const calls = (...lists: ReadonlyArray<ReadonlyArray<ToolCallDeltaLike | null> | null>) =>
  (
    merge(lists.map((tool_calls) => ({ choices: [{ index: 0, delta: { tool_calls } }] }))).choices[0]?.message
      .tool_calls ?? []
  ).map((call) => [call.id, call.function.name, call.function.arguments])
