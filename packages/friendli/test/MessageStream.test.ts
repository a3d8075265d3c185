/**
 * What can be done with a stream of messages events, and what odd servers cannot break.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as ChatStream from "effect-friendli/ChatStream"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import { it } from "./it.js"
import { content, delta, event, type Event, folded, input, start, text, thought, use } from "./MessageStream.support.js"

const uses = (...events: ReadonlyArray<Event>) => Effect.runSync(MessageStream.toolUses(Stream.fromIterable(events)))

describe("fold", () => {
  it("an empty stream is an empty message", () => {
    assert.deepStrictEqual<unknown>(folded(), {
      id: "",
      type: "message",
      role: "assistant",
      content: [],
      stop_reason: null,
      stop_sequence: null
    })
  })

  it("skips events whose type is an object that cannot become text", () => {
    const odd = JSON.parse('{"toString":null}') as "text"
    const events: ReadonlyArray<Event> = [
      { data: { type: odd } },
      { data: { type: "content_block_start", index: 0, content_block: { type: odd } } },
      text("Hi", 0)
    ]
    for (const given of events.slice(0, 2)) assert.isFalse(MessageStream.isKnown(given))
    assert.deepStrictEqual(content(...events), [{ type: "text", text: "Hi" }])
    assert.strictEqual(Messages.toAssistantMessage({ content: [{ type: odd, text: "" }] }).content, "")
  })

  it("no count of usage ever goes down", () => {
    const starting = (usage: unknown) => event({ type: "message_start", message: { id: "m", usage } })
    const ending = (usage: unknown) => event({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage })
    const counts = { input_tokens: 3, output_tokens: 1, cache_read_input_tokens: 2, cache_creation: { ephemeral: 7 } }
    const less = [
      { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation: { ephemeral: 0 } },
      { input_tokens: null, output_tokens: null, cache_read_input_tokens: null, cache_creation: null },
      { cache_creation: {} },
      {},
      null,
      undefined
    ]
    for (const usage of less) {
      assert.deepStrictEqual<unknown>(folded(starting(counts), ending(usage)).usage, counts)
      assert.deepStrictEqual<unknown>(folded(starting(usage), ending(counts), ending(usage)).usage, counts)
    }
    assert.deepStrictEqual<unknown>(
      folded(starting(counts), ending({ input_tokens: 0, output_tokens: 9, cache_creation_input_tokens: 4 })).usage,
      { ...counts, output_tokens: 9, cache_creation_input_tokens: 4 }
    )
  })

  it("an empty stop reason, or the word null, counts as no stop reason", () => {
    const ending = (stop_reason: string | null) => event({ type: "message_delta", delta: { stop_reason } })
    for (const none of ["", " ", "null"]) {
      assert.isNull(folded(ending(none)).stop_reason)
      assert.strictEqual(folded(ending("end_turn"), ending(none)).stop_reason, "end_turn")
      assert.strictEqual(folded(ending(none), ending("end_turn")).stop_reason, "end_turn")
    }
  })

  it("usage is merged: later counts replace, null says nothing, new fields stay", () => {
    const message = folded(
      event({
        type: "message_start",
        message: { id: "m", usage: { input_tokens: 5, output_tokens: 1, cache_read_input_tokens: null, tier: "x" } }
      }),
      event({ type: "message_delta", delta: { stop_reason: "stop_sequence", stop_sequence: "END" }, usage: null }),
      event({ type: "message_delta", usage: { input_tokens: null, output_tokens: 9 } })
    )
    assert.deepStrictEqual<unknown>(message.usage, {
      input_tokens: 5,
      output_tokens: 9,
      cache_read_input_tokens: null,
      tier: "x"
    })
    assert.strictEqual(message.stop_reason, "stop_sequence")
    assert.strictEqual(message.stop_sequence, "END")
  })

  it("a later null does not take a stop reason back, and fields of the message that are new stay", () => {
    const message = folded(
      event({ type: "message_start", message: { id: "m", model: "x", container: { id: "c" } } }),
      event({ type: "message_delta", delta: { stop_reason: "end_turn" } }),
      event({ type: "message_delta", delta: { stop_reason: null } })
    )
    assert.strictEqual(message.stop_reason, "end_turn")
    assert.deepInclude(message, { model: "x", container: { id: "c" } } as never)
  })

  it("the content that a block starts with belongs to it", () => {
    assert.deepStrictEqual(
      content(
        start({ type: "text", text: "Hel", citations: null }, 0),
        text("lo", 0),
        start({ type: "thinking", thinking: "H", signature: "s" }, 1),
        thought("m", 1)
      ),
      [
        { type: "text", text: "Hello", citations: null },
        { type: "thinking", thinking: "Hm", signature: "s" }
      ]
    )
    const begun = event({ type: "message_start", message: { content: [{ type: "text", text: "Hel" }] } })
    assert.deepStrictEqual(content(begun, text("lo", 0)), [{ type: "text", text: "Hello" }])
  })

  it("interleaved blocks are distinguished by index, and come in its order", () => {
    assert.deepStrictEqual(
      content(
        use("b", 2),
        start({ type: "text" }, 0),
        input('{"x"', 2),
        text("a", 0),
        use("a", 1),
        input(":1}", 2),
        text("!", 0)
      ),
      [
        { type: "text", text: "a!" },
        { type: "tool_use", id: "id_a", name: "a", input: {} },
        { type: "tool_use", id: "id_b", name: "b", input: { x: 1 } }
      ]
    )
  })

  for (const index of [undefined, null]) {
    it(`without an index (${index}) the latest block goes on`, () => {
      assert.deepStrictEqual(
        content(
          start({ type: "thinking" }, index),
          thought("Hm", index),
          delta({ type: "signature_delta", signature: "s" }, index),
          start({ type: "text" }, index),
          text("a", index),
          text("b", index),
          use("f", index),
          input('{"x":', index),
          input("[1]}", index)
        ),
        [
          { type: "thinking", thinking: "Hm", signature: "s" },
          { type: "text", text: "ab" },
          { type: "tool_use", id: "id_f", name: "f", input: { x: [1] } }
        ]
      )
    })
  }

  it("a block that began without an index takes the one of its deltas", () => {
    assert.deepStrictEqual(content(start({ type: "text" }), text("a", 0), text("b", 0), text("c")), [
      { type: "text", text: "abc" }
    ])
  })

  it("servers that give every block the index 0 keep their blocks", () => {
    assert.deepStrictEqual(
      content(start({ type: "text" }, 0), text("a", 0), use("f", 0), input("{}", 0), text("b", 0)),
      [
        { type: "text", text: "a" },
        { type: "tool_use", id: "id_f", name: "f", input: {} },
        { type: "text", text: "b" }
      ]
    )
  })

  it("deltas whose block never began make one", () => {
    assert.deepStrictEqual(content(thought("Hm"), text("a"), text("b"), input('{"x":1}', 7)), [
      { type: "tool_use", id: "", name: "", input: { x: 1 } },
      { type: "thinking", thinking: "Hm" },
      { type: "text", text: "ab" }
    ])
    assert.deepStrictEqual(content(delta({ type: "signature_delta", signature: "s" }, 0)), [
      { type: "thinking", thinking: "", signature: "s" }
    ])
  })

  it("blocks of unknown types stay, with an input when one comes", () => {
    assert.deepStrictEqual(
      content(
        start({ type: "server_tool_use", id: "s", name: "search", input: {} }, 0),
        input('{"query":"x"}', 0),
        start({ type: "redacted_thinking", data: "…" }, 1),
        delta({ type: "later_delta", text: "x" }, 1),
        text("a", 1)
      ),
      [
        { type: "server_tool_use", id: "s", name: "search", input: { query: "x" } },
        { type: "redacted_thinking", data: "…" },
        { type: "text", text: "a" }
      ]
    )
  })

  it("events that are not known change nothing", () => {
    const known = [start({ type: "text" }, 0), text("a", 0), event({ type: "message_stop" })] as const
    const odd = [null, 7, "text", [], {}, { type: 1 }, { type: "later" }, { type: "message_start" }].map(event)
    const wrong = [
      text("b", "0" as never),
      delta({ type: "text_delta" }, 0),
      start({ type: "text", text: 1 }, 0),
      start(null)
    ]
    assert.deepStrictEqual(folded(...odd, known[0], ...wrong, known[1], ...odd, ...wrong, known[2]), folded(...known))
  })

  it("a failure from elsewhere is not changed", () => {
    const mine = { _tag: "Mine" } as const
    assert.strictEqual(Effect.runSync(Effect.flip(MessageStream.fold(Stream.fail(mine)))), mine)
  })
})

describe("toolUses", () => {
  it("text that is not a JSON object is kept next to an empty input", () => {
    for (const json of ['{"x":', "[1]", "null", "7", "nonsense"]) {
      assert.deepStrictEqual<unknown>(uses(use("f", 0), input(json.slice(0, 2), 0), input(json.slice(2), 0)), [
        { type: "tool_use", id: "id_f", name: "f", input: {}, partial_json: json }
      ])
    }
  })

  it("an input that came complete with its block is kept", () => {
    const whole = { type: "tool_use", id: "1", name: "f", input: { x: 1 } }
    assert.deepStrictEqual<unknown>(uses(start(whole, 0), input("", 0)), [whole])
    assert.deepStrictEqual<unknown>(uses(start({ type: "tool_use", name: "f" }, 0)), [
      { type: "tool_use", id: "", name: "f", input: {} }
    ])
  })

  it("keys named like the prototype change no prototype", () => {
    const json = '{"__proto__":{"polluted":true},"constructor":1}'
    const [one] = uses(use("__proto__", 0), input(json, 0))
    // as in whole answers: copied further, the first one could become a prototype
    assert.strictEqual(JSON.stringify(one?.input), '{"constructor":1}')
    assert.strictEqual(Object.getPrototypeOf(one?.input), Object.prototype)
    assert.strictEqual(one?.name, "__proto__")
    const block: unknown = JSON.parse('{"type":"later","__proto__":{"polluted":true}}')
    const usage: unknown = JSON.parse('{"output_tokens":1,"__proto__":{"polluted":true}}')
    const message: unknown = JSON.parse('{"id":"1","__proto__":{"stop_reason":"polluted"},"toString":null}')
    const all = folded(
      event({ type: "message_start", message }),
      start(block, 0),
      event({ type: "message_delta", usage }),
      event({ type: "message_stop" })
    )
    assert.isNull(all.stop_reason)
    assert.strictEqual(Object.getPrototypeOf(all), Object.prototype)
    assert.strictEqual(Object.getPrototypeOf(all.usage), Object.prototype)
    assert.notProperty({}, "polluted")
  })

  it("huge and negative indexes allocate nothing", () => {
    const at = [2 ** 52, -5, 3].map((index) => text(String(index), index))
    assert.deepStrictEqual(content(...at), [
      { type: "text", text: "-5" },
      { type: "text", text: "3" },
      { type: "text", text: String(2 ** 52) }
    ])
  })
})

describe("partial", () => {
  const failing = new FriendliError.StreamTruncatedError({
    operation: "Messages.stream",
    deployment: "serverless",
    message: "cut short",
    received: { events: 1 }
  })
  const cut = Stream.concat(Stream.make(text("Hel", 0)), Stream.fail(failing))

  it.effect("is the message until the failure, and nothing of other kinds", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(MessageStream.fold(cut))
      assert.strictEqual(error._tag, "StreamTruncatedError")
      assert.deepStrictEqual(Option.getOrThrow(MessageStream.partial(error)).content, [{ type: "text", text: "Hel" }])
      assert.isTrue(Option.isNone(ChatStream.partial(error)))
      assert.isTrue(Option.isNone(MessageStream.partial(failing)))
      const chat = yield* Effect.flip(ChatStream.fold(Stream.fail(failing)))
      assert.isTrue(Option.isNone(MessageStream.partial(chat)))
    })
  )
})

describe("toAssistantMessage", () => {
  it("gives what a request takes", () => {
    const message = folded(
      start({ type: "thinking", signature: "" }, 0),
      thought("Hm", 0),
      start({ type: "text", citations: null }, 1),
      text("Hi", 1),
      use("f", 2),
      input('{"x"', 2),
      start({ type: "redacted_thinking", data: "…" }, 3),
      start({ type: "later", x: 1 }, 4)
    )
    const assistant = Messages.toAssistantMessage(message)
    assert.deepStrictEqual<unknown>(assistant, {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "Hm" },
        { type: "text", text: "Hi" },
        { type: "tool_use", id: "id_f", name: "f", input: {} },
        { type: "redacted_thinking", data: "…" }
      ]
    })
    Schema.encodeUnknownSync(Messages.MessagesInputMessage)(assistant, { onExcessProperty: "error" })
  })
})

describe("a turn that goes back", () => {
  const turn = (...content: Parameters<typeof Messages.toAssistantMessage>[0]["content"]): unknown =>
    Messages.toAssistantMessage({ content }).content

  const text = { type: "text", text: "Hi" } as const

  const use = { type: "tool_use", id: "t", name: "f", input: {} } as const

  it("has no empty blocks", () => {
    for (const nothing of ["", "\n\n", " "]) assert.deepStrictEqual(turn({ type: "text", text: nothing }, text), [text])
    for (const signature of ["", null, undefined]) {
      assert.deepStrictEqual(turn({ type: "thinking", thinking: "", signature }, text), [text])
      assert.deepStrictEqual(turn({ type: "thinking", thinking: "Hm", signature }, text), [
        { type: "thinking", thinking: "Hm" },
        text
      ])
    }
    assert.deepStrictEqual(turn({ type: "text", text: "" }, use), [use])
  })

  it("keeps signatures, of thinking that is not shown too", () => {
    for (const thinking of ["Hm", ""]) {
      const signed = { type: "thinking", thinking, signature: "sig" } as const
      assert.deepStrictEqual(turn(signed, text), [signed, text])
    }
  })

  it("is an empty text where nothing is left, and never an empty list", () => {
    assert.strictEqual(turn(), "")
    assert.strictEqual(turn({ type: "text", text: "" }, { type: "thinking", thinking: "" }), "")
  })
})
