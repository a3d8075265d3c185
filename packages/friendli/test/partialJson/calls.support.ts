/**
 * What the unit tests and the exhaustive tests of `calls` share.
 */
import * as Schema from "effect/Schema"
import type * as PartialJson from "effect-friendli/PartialJson"
import type { ChatChunk } from "effect-friendli/schema/ChatChunk"

export const tools = {
  weather: Schema.Struct({ city: Schema.String, days: Schema.optional(Schema.Number) }),
  now: Schema.Struct({})
}

export type Call = PartialJson.ToolCall<typeof tools>

export type Delta = NonNullable<ChatChunk["choices"][number]["delta"]["tool_calls"]>

export const chunk = (tool_calls: Delta | null, index = 0): ChatChunk => ({
  choices: [{ index, delta: { tool_calls } }]
})

/** The last reading of each call, in order. */
export const lasts = (calls: ReadonlyArray<Call>): ReadonlyArray<Call> =>
  [...new Map(calls.map((call) => [call.position, call])).values()].sort((a, b) => a.position - b.position)
