/**
 * The tokens of any conversation.
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { renderChat } from "../../src/engine/chatTemplate.js"
import { decode, isSpecial, SPECIAL } from "../../src/engine/tokenizer.js"

describe("renderChat", () => {
  it("has three control tokens for each message, one for the beginning, and two for the header of the answer", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ role: fc.constantFrom("user", "assistant"), content: fc.fullUnicodeString() }), {
          minLength: 1
        }),
        fc.boolean(),
        (messages, addGenerationPrompt) => {
          const { text, tokens } = renderChat(messages, { addGenerationPrompt })
          const special = tokens.filter(isSpecial)
          expect(special.length).toBe(1 + 3 * (messages.length + 1) + (addGenerationPrompt ? 2 : 0))
          expect(tokens.filter((id) => id === SPECIAL.eot).length).toBe(messages.length + 1)
          expect(decode(tokens)).toBe(
            text.replaceAll(/<\|(?:begin_of_text|start_header_id|end_header_id|eot_id)\|>/gu, "")
          )
        }
      ),
      { numRuns: 50 }
    )
  })
})
