/**
 * What can be done with a stream of response events, and what odd servers cannot break.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as ChatStream from "effect-friendli/ChatStream"
import * as FriendliError from "effect-friendli/FriendliError"
import * as MessageStream from "effect-friendli/MessageStream"
import * as Responses from "effect-friendli/Responses"
import * as ResponseStream from "effect-friendli/ResponseStream"
import { Wire } from "effect-friendli/testing"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { collect } from "./support.js"
import {
  added,
  args,
  argsDone,
  call,
  done,
  ended,
  type Event,
  event,
  folded,
  type Json,
  message,
  output,
  streamed,
  text,
  thought
} from "./ResponseStream.support.js"

/** The events of a vector, with the response that their last one has. */
const vector = (kind: string) => {
  const events = (Vectors.json(`serverless.responses.stream.stream${kind}.json`) as ReadonlyArray<Json>).map(
    (data): Event => ({ data })
  )
  const { response } = events.at(-1)!.data as { readonly response: Json }
  return { events, response }
}

/** The last event without its items: what remains was built from the others. */
const withoutOutput = (events: ReadonlyArray<Event>): ReadonlyArray<Event> =>
  events.map((each) => {
    const data = each.data as Json & { readonly response?: Json }
    if (data.response === undefined) return each
    const { output: _output, ...response } = data.response
    return { data: { ...data, response } }
  })

describe("fold", () => {
  for (const kind of ["", ".incomplete", ".failed"]) {
    it(`of the vector ${kind} is the response of its last event, and needs its items for nothing`, () => {
      const { events, response } = vector(kind)
      assert.deepStrictEqual<unknown>(folded(...events), response)
      assert.deepStrictEqual<unknown>(folded(...withoutOutput(events)), response)
    })
  }

  it("of what the test kit writes is the whole answer of the test kit", () => {
    for (const options of [
      undefined,
      { reasoning: "Let me think. Hm." },
      { toolCalls: [Wire.toolCall("now", { zone: "KST" }), Wire.toolCall("later", "")] },
      { customToolCalls: [{ call_id: "c", name: "shell", input: "ls" }] },
      { incomplete: "max_output_tokens", toolCalls: [Wire.toolCall("now", '{"zone":')] }
    ]) {
      const events = Wire.responseEvents("Hi there, you!", options).map((data): Event => ({ data }))
      const whole = Wire.response("Hi there, you!", options)
      assert.deepStrictEqual<unknown>(folded(...events), whole)
      assert.deepStrictEqual<unknown>(folded(...withoutOutput(events)), whole)
    }
  })

  it("an empty stream is an empty response", () => {
    assert.deepStrictEqual<unknown>(folded(), { id: "", object: "response", status: null, output: [] })
  })

  it("without parts, items and ends the deltas alone make the items", () => {
    assert.deepStrictEqual(output(thought("H"), thought("m"), text("Hi"), text(" there"), args('{"x":1}')), [
      { type: "reasoning", summary: [], content: [{ type: "reasoning_text", text: "Hm" }] },
      { type: "message", content: [{ type: "output_text", text: "Hi there" }] },
      { type: "function_call", call_id: "", name: "", arguments: '{"x":1}' }
    ])
  })

  it("interleaved items are told apart by id or by index, and come in the order of their indexes", () => {
    const interleaved = [
      added(call("b"), 2),
      added(message(), 0),
      args('{"x"', { index: 2 }),
      text("a", { index: 0, part: 0 }),
      added(call("a"), 1),
      args(":1}", { id: "fc_b" }),
      args("{}", { id: "fc_a" }),
      text("!", { index: 0, part: 0 })
    ]
    assert.deepStrictEqual(output(...interleaved), [
      message("a!"),
      call("a", { arguments: "{}" }),
      call("b", { arguments: '{"x":1}' })
    ])
  })

  it("items that all have the index 0 are told apart by their ids", () => {
    assert.deepStrictEqual(
      output(
        added(call("a"), 0),
        args("{}", { id: "fc_a", index: 0 }),
        added(call("b"), 0),
        args('{"x":', { id: "fc_b", index: 0 }),
        done(call("a", { arguments: "{}" }), 0),
        args("1}", { id: "fc_b", index: 0 })
      ),
      [call("a", { arguments: "{}" }), call("b", { arguments: '{"x":1}' })]
    )
  })

  it("an id that is new at the end belongs to the item of its index", () => {
    assert.deepStrictEqual(
      output(
        added({ ...message(), id: "msg_a" }, 0),
        text("Hi", { id: "msg_b", index: 0 }),
        done({ ...message("Hi"), id: "msg_c" }, 0),
        ended({ output: [{ ...message("Hi"), id: "msg_d" }] })
      ),
      [{ ...message("Hi"), id: "msg_d" }]
    )
  })

  it("parts are told apart by their index, and come in its order", () => {
    assert.deepStrictEqual(
      output(
        text("b", { index: 0, part: 1 }),
        text("a", { index: 0, part: 0 }),
        event("response.content_part.added", { output_index: 0, content_index: 2, part: { type: "later", x: 1 } }),
        text("!", { index: 0, part: 0 })
      ),
      [
        {
          type: "message",
          content: [
            { type: "output_text", text: "a!" },
            { type: "output_text", text: "b" },
            { type: "later", x: 1 }
          ]
        }
      ]
    )
  })

  it("what the end gives as a whole replaces what was built, and empty ends take nothing back", () => {
    const built = [added(call("f"), 0), args('{"x":', { index: 0 }), text("Hel", { index: 1, part: 0 })]
    const items = [call("f", { arguments: '{"x":' }), message("Hel")]
    assert.deepStrictEqual(output(...built, done(call("f", { arguments: '{"x":1}' }), 0), done(message("Hello"), 1)), [
      call("f", { arguments: '{"x":1}' }),
      message("Hello")
    ])
    const nothing = [
      done(call("f", { arguments: "", name: "", call_id: "" }), 0),
      done(message(), 1),
      argsDone("", null, { index: 0 }),
      event("response.output_text.done", { output_index: 1, content_index: 0, text: "" }),
      event("response.content_part.done", {
        output_index: 1,
        content_index: 0,
        part: { type: "output_text", text: "" }
      }),
      ended({ output: [] }),
      ended({ output: null }),
      ended()
    ]
    for (const end of nothing) assert.deepStrictEqual(output(...built, end), items)
    assert.deepStrictEqual(output(...built, ...nothing), items)
  })

  it("calls keep what only their start or their end says", () => {
    assert.deepStrictEqual(output(args("{}", { index: 0 }), argsDone("{}", "now", { index: 0 })), [
      { type: "function_call", call_id: "", name: "now", arguments: "{}" }
    ])
    assert.deepStrictEqual(output(done(call("now", { arguments: "{}", status: "completed" }), 0)), [
      call("now", { arguments: "{}", status: "completed" })
    ])
  })

  it("items that were never done have the status that the end gives them", () => {
    const open = added({ ...message(), status: "in_progress" }, 0)
    const statusAt = (type: string) => folded(open, text("Hi"), ended({}, type)).output
    assert.deepStrictEqual<unknown>(statusAt("completed"), [{ ...message("Hi"), status: "completed" }])
    assert.deepStrictEqual<unknown>(statusAt("incomplete"), [{ ...message("Hi"), status: "incomplete" }])
    assert.deepStrictEqual<unknown>(statusAt("failed"), [{ ...message("Hi"), status: "incomplete" }])
    assert.deepStrictEqual(output(open, text("Hi")), [{ ...message("Hi"), status: "in_progress" }])
  })

  it("items, fields and parts that are newer than the SDK stay", () => {
    const later = { type: "later_item", id: "x_1", of: [null] }
    const response = folded(
      event("response.created", { response: { id: "resp_1", container: { id: "c" }, output: [] } }),
      added({ ...later, of: [] }, 0),
      done(later, 0),
      added({ type: "custom_tool_call", id: "ctc", call_id: "c", name: "shell", input: "" }, 1),
      done({ type: "custom_tool_call", id: "ctc", call_id: "c", name: "shell", input: "ls" }, 1)
    )
    assert.deepStrictEqual<unknown>(response, {
      id: "resp_1",
      object: "response",
      status: null,
      container: { id: "c" },
      output: [later, { type: "custom_tool_call", id: "ctc", call_id: "c", name: "shell", input: "ls" }]
    })
  })

  it("usage and status are not taken back by nothing, and reasoning that is not shown stays so", () => {
    const response = folded(
      event("response.in_progress", { response: { usage: { input_tokens: 5, output_tokens: 9 } } }),
      added({ type: "reasoning", id: "rs", summary: [], content: [] }, 0),
      done({ type: "reasoning", id: "rs", summary: [], content: null }, 0),
      ended({ status: "completed", usage: { input_tokens: 5, output_tokens: 0, total_tokens: 14 } }),
      ended({ status: null, usage: null })
    )
    assert.strictEqual(response.status, "completed")
    assert.deepStrictEqual<unknown>(response.usage, { input_tokens: 5, output_tokens: 9, total_tokens: 14 })
    assert.deepStrictEqual<unknown>(response.output, [{ type: "reasoning", id: "rs", summary: [], content: null }])
  })

  it("events that are not known change nothing", () => {
    const known = [added(message(), 0), text("a", { index: 0 }), ended({ status: "completed" })] as const
    const odd: ReadonlyArray<Event> = [null, 7, "text", [], {}, { type: 1 }, { type: "later" }].map((data) => ({
      data
    }))
    const wrong = [
      text(5, { index: 0 }),
      text("b", { index: "0" as never }),
      added(null, 0),
      added({ type: "function_call" }, 0),
      event("response.content_part.added", { part: "x" }),
      ended({ output: 5 })
    ]
    assert.deepStrictEqual(folded(...odd, known[0], ...wrong, known[1], ...odd, ...wrong, known[2]), folded(...known))
  })

  it("keys named like the prototype change no prototype, and huge indexes allocate nothing", () => {
    const item: unknown = JSON.parse('{"type":"later","__proto__":{"polluted":true}}')
    const response: unknown = JSON.parse('{"id":"1","__proto__":{"status":"polluted"},"toString":null}')
    const all = folded(
      added(item, 2 ** 52),
      event("response.created", { response }),
      text("a", { index: -5, part: 2 ** 50 })
    )
    assert.isNull(all.status)
    assert.strictEqual(Object.getPrototypeOf(all), Object.prototype)
    assert.strictEqual(Object.getPrototypeOf(all.output[1]), Object.prototype)
    assert.strictEqual(Responses.outputText(all), "a")
    assert.notProperty({}, "polluted")
  })

  it("a failure from elsewhere is not changed", () => {
    const mine = { _tag: "Mine" } as const
    assert.strictEqual(Effect.runSync(Effect.flip(ResponseStream.fold(Stream.fail(mine)))), mine)
  })
})

describe("text and reasoning", () => {
  it("are the deltas, each once, and what only a start or an end says", () => {
    const at = { id: "msg", index: 0, part: 0 }
    assert.deepStrictEqual(
      streamed(
        added({ ...message(), id: "msg" }, 0),
        event("response.content_part.added", {
          item_id: "msg",
          content_index: 0,
          part: { type: "output_text", text: "" }
        }),
        thought("Hm", { index: 1 }),
        text("Hel", at),
        text("", at),
        text("lo", at),
        event("response.output_text.done", { item_id: "msg", content_index: 0, text: "Hello" }),
        done({ ...message("Hello"), id: "msg" }, 0),
        ended({ output: [{ ...message("Hello"), id: "msg" }] })
      ),
      { text: ["Hel", "lo"], reasoning: ["Hm"] }
    )
    const whole = { ...message("Hello"), id: "msg" }
    for (const alone of [
      [added(whole, 0)],
      [added({ ...message(), id: "msg" }, 0), done(whole, 0)],
      [event("response.content_part.added", { part: { type: "output_text", text: "Hello" } })],
      [event("response.output_text.done", { text: "Hello" })],
      [ended({ output: [whole] })]
    ]) {
      assert.deepStrictEqual(streamed(...alone, done(whole, 0), ended({ output: [whole] })).text, ["Hello"])
    }
  })
})

describe("calls", () => {
  it("of functions and of custom tools, in their order", () => {
    const events = Wire.responseEvents("Hi", {
      toolCalls: [Wire.toolCall("now", { zone: "KST" }), Wire.toolCall("stop", {})],
      customToolCalls: [{ call_id: "c", name: "shell", input: "ls" }]
    }).map((data): Event => ({ data }))
    const stream = Stream.fromIterable(events)
    assert.deepStrictEqual(
      Effect.runSync(ResponseStream.toolCalls(stream)).map(({ arguments: text, call_id, name }) => [
        call_id,
        name,
        text
      ]),
      [
        ["call-now", "now", '{"zone":"KST"}'],
        ["call-stop", "stop", "{}"]
      ]
    )
    assert.deepStrictEqual(
      Effect.runSync(ResponseStream.customToolCalls(stream)).map(({ input, name }) => [name, input]),
      [["shell", "ls"]]
    )
  })
})

describe("partialToolCalls", () => {
  const tools = { now: Schema.Struct({ zone: Schema.String }), stop: Schema.Struct({}) }

  const readings = <E>(stream: Stream.Stream<Event, E>) =>
    Effect.map(collect(ResponseStream.partialToolCalls(stream, tools)), (all) =>
      all.map(({ id, name, reading }): unknown => [id, name, reading._tag, reading.value])
    )

  const of = (...events: ReadonlyArray<Event>) => Effect.runSync(readings(Stream.fromIterable(events)))

  it("grow, and are complete when their item has ended", () => {
    assert.deepStrictEqual(
      of(
        added(call("now"), 0),
        args('{"zone":"K', { index: 0 }),
        added(call("stop"), 1),
        args('ST"}', { index: 0 }),
        argsDone('{"zone":"KST"}', "now", { index: 0 }),
        done(call("now", { arguments: '{"zone":"KST"}' }), 0),
        done(call("stop"), 1),
        ended({ output: [call("now", { arguments: '{"zone":"KST"}' }), call("stop")] })
      ),
      [
        ["call_now", "now", "Growing", { zone: "K" }],
        ["call_now", "now", "Growing", { zone: "KST" }],
        ["call_now", "now", "Complete", { zone: "KST" }],
        ["call_stop", "stop", "Complete", {}]
      ]
    )
  })

  it("whose name comes last, or whose text comes at once, are read as well", () => {
    const late = of(args('{"zone":"KST"}', { index: 0 }), argsDone('{"zone":"KST"}', "now", { index: 0 }))
    assert.deepStrictEqual(late.at(-1), ["", "now", "Complete", { zone: "KST" }])
    assert.deepStrictEqual(of(done(call("now", { arguments: '{"zone":"KST"}' }), 0)).at(-1), [
      "call_now",
      "now",
      "Complete",
      { zone: "KST" }
    ])
  })

  it("of a response that was cut are not complete, and have no arguments that nobody wrote", () => {
    const cut = of(
      added(call("now"), 0),
      args('{"zone":"K', { index: 0 }),
      added(call("stop"), 1),
      ended(
        {
          output: [
            call("now", { arguments: '{"zone":"K', status: "incomplete" }),
            call("stop", { status: "incomplete" })
          ]
        },
        "incomplete"
      )
    ) as ReadonlyArray<ReadonlyArray<unknown>>
    assert.deepStrictEqual(
      cut.map(([, name, tag]) => [name, tag]),
      [
        ["now", "Growing"],
        ["now", "Invalid"],
        ["stop", "Invalid"]
      ]
    )
  })

  it("of tools without a schema have another name", () => {
    const [reading] = Effect.runSync(
      collect(
        ResponseStream.partialToolCalls(Stream.fromIterable([added(call("other"), 0), args("{}", { index: 0 })]), tools)
      )
    )
    assert.deepInclude(reading, { name: undefined, unknownName: "other" })
  })

  it("come before the failure of their stream", () => {
    const seen: Array<unknown> = []
    const failing = Stream.concat(
      Stream.make(added(call("now"), 0), args('{"zone":"K', { index: 0 })),
      Stream.fail("no" as const)
    )
    const error = Effect.runSync(
      Effect.flip(
        Stream.runForEach(ResponseStream.partialToolCalls(failing, tools), ({ reading }) =>
          Effect.sync(() => void seen.push(reading.value))
        )
      )
    )
    assert.strictEqual(error, "no")
    assert.deepStrictEqual(seen[0], { zone: "K" })
  })
})

describe("partial", () => {
  const failing = new FriendliError.StreamTruncatedError({
    operation: "Responses.stream",
    deployment: "serverless",
    message: "cut short",
    received: { events: 1 }
  })
  const cut = Stream.concat(Stream.make(text("Hel", { index: 0 })), Stream.fail(failing))

  it.effect("is the response until the failure, and nothing of other kinds", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ResponseStream.fold(cut))
      assert.strictEqual(error._tag, "StreamTruncatedError")
      assert.strictEqual(Responses.outputText(Option.getOrThrow(ResponseStream.partial(error))), "Hel")
      assert.isTrue(Option.isNone(ChatStream.partial(error)))
      assert.isTrue(Option.isNone(MessageStream.partial(error)))
      assert.isTrue(Option.isNone(ResponseStream.partial(failing)))
      const chat = yield* Effect.flip(ChatStream.fold(Stream.fail(failing)))
      assert.isTrue(Option.isNone(ResponseStream.partial(chat)))
    })
  )
})
