/**
 * Turns of any answer.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as ChatStream from "effect-friendli/ChatStream"
import type { ChatChunk } from "effect-friendli/schema/ChatChunk"
import { AssistantMessage } from "effect-friendli/schema/Message"
import { Wire } from "effect-friendli/testing"
import * as fc from "fast-check"
import { back } from "./turns.support.js"

describe("Chat.toAssistantMessage", () => {
  it("gives what the request takes, and at least one of text and calls, whatever came", () => {
    const text = fc.option(fc.constantFrom("", "a"), { nil: undefined })
    const pieces = fc.array(
      fc.record({
        content: text,
        reasoning: text,
        reasoning_content: text,
        tool_calls: fc.option(
          fc.array(fc.record({ index: fc.constantFrom(0, 1), function: fc.record({ name: text, arguments: text }) }), {
            maxLength: 2
          }),
          { nil: undefined }
        )
      }),
      { maxLength: 4 }
    )
    fc.assert(
      fc.property(pieces, (deltas) => {
        const chunks = deltas.map((delta): ChatChunk => Wire.chatChunk(delta))
        const answer = Effect.runSync(ChatStream.fold(Stream.fromIterable(chunks)))
        const message = back(answer.choices[0]?.message ?? {})
        assert.isTrue(Schema.is(AssistantMessage)(message))
        assert.isTrue(message.content != null || message.tool_calls != null)
        assert.notDeepEqual(message.tool_calls, [])
        for (const value of [message.reasoning, message.reasoning_content]) assert.notStrictEqual(value, "")
        if (message.content === "") assert.isUndefined(message.tool_calls)
      }),
      { numRuns: 200 }
    )
  })
})
