/**
 * Any message in any pieces, and any events in any order.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import { MessagesKnownEvent } from "effect-friendli/schema/MessagesEvent"
import { collect } from "./support.js"
import { content, event, type Event, folded, input, start, text, thought, use } from "./MessageStream.support.js"

describe("a turn that goes back", () => {
  it("of any answer is what a request takes, and has nothing empty in it", () => {
    const accepts = Schema.is(Messages.MessagesInputMessage)
    fc.assert(
      fc.property(Arbitrary.make(Messages.MessagesResponse), (answer) => {
        const message = Messages.toAssistantMessage(answer)
        assert.isTrue(accepts(message))
        if (typeof message.content === "string") return assert.strictEqual(message.content, "")
        assert.isNotEmpty(message.content)
        for (const block of message.content) {
          if (block.type === "text") assert.isNotEmpty(block.text)
          if (block.type === "thinking") assert.isTrue(block.thinking !== "" || Boolean(block.signature))
        }
      }),
      { numRuns: 30 }
    )
  })
})

describe("properties", () => {
  const pieces = fc.array(fc.string(), { maxLength: 5 })

  it("a message that is streamed in any pieces folds to itself", () => {
    const blocks = fc.array(
      fc.oneof(
        fc.record({ type: fc.constant("text" as const), pieces }),
        fc.record({ type: fc.constant("thinking" as const), pieces }),
        fc.record({
          type: fc.constant("tool_use" as const),
          input: fc.dictionary(fc.string(), fc.jsonValue()).filter((it) => !JSON.stringify(it).includes("__proto__")),
          size: fc.integer({ min: 1, max: 9 })
        })
      ),
      { maxLength: 5 }
    )
    fc.assert(
      fc.property(blocks, fc.boolean(), (message, indexed) => {
        const events: Array<Event> = []
        const expected = message.map((block, i): unknown => {
          const index = indexed ? i : undefined
          if (block.type === "tool_use") {
            const json = JSON.stringify(block.input)
            events.push(use("f", index))
            for (let at = 0; at < json.length; at += block.size)
              events.push(input(json.slice(at, at + block.size), index))
            return { type: "tool_use", id: "id_f", name: "f", input: JSON.parse(json) as unknown }
          }
          events.push(start({ type: block.type }, index))
          for (const piece of block.pieces) events.push((block.type === "text" ? text : thought)(piece, index))
          return { type: block.type, [block.type]: block.pieces.join("") }
        })
        assert.deepStrictEqual(content(...events), expected)
      })
    )
  })

  it("events in any order never lower a count", () => {
    const counts = fc.record(
      {
        input_tokens: fc.option(fc.nat()),
        output_tokens: fc.option(fc.nat()),
        cache_read_input_tokens: fc.option(fc.nat())
      },
      { requiredKeys: [] }
    )
    fc.assert(
      fc.property(fc.array(fc.option(counts), { minLength: 1 }), (all) => {
        const { usage } = folded(...all.map((usage) => event({ type: "message_delta", usage })))
        for (const name of ["input_tokens", "output_tokens", "cache_read_input_tokens"] as const) {
          const given = all.flatMap((one) => (one?.[name] == null ? [] : [one[name]]))
          assert.strictEqual(usage?.[name] ?? undefined, given.length === 0 ? undefined : Math.max(...given))
        }
      })
    )
  })

  it("nothing breaks a fold, and the text of its blocks is the text of the stream", () => {
    const anything = fc.oneof(
      Arbitrary.make(MessagesKnownEvent),
      fc.jsonValue().map(event),
      fc.record({
        data: fc.record({ type: fc.constantFrom("content_block_delta", "message_start"), index: fc.jsonValue() })
      })
    )
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 12 }), (events) => {
        const message = folded(...events)
        const sorted = (all: ReadonlyArray<string>) => [...all.join("")].toSorted().join("")
        const texts = message.content.flatMap((block) => (block.type === "text" ? [block.text] : []))
        const streamed = Effect.runSync(collect(MessageStream.text(Stream.fromIterable(events))))
        assert.strictEqual(sorted(texts), sorted(streamed))
        assert.notInclude(streamed, "")
        JSON.stringify(message)
      }),
      { numRuns: 80 }
    )
  })
})
