import * as Vectors from "effect-friendli-vectors"
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import type { ChatChunkLike, CompletionChunkLike, ToolCallDeltaLike } from "../../src/accumulators/chunks.js"
import { makeChatAccumulator, makeCompletionAccumulator } from "../../src/accumulators/chunks.js"

const vector = <A>(name: string): ReadonlyArray<A> => Vectors.json(`${name}.json`)

const merge = (chunks: Iterable<ChatChunkLike>) => {
  const accumulator = makeChatAccumulator()
  for (const chunk of chunks) accumulator.add(chunk)
  return accumulator.snapshot()
}

/** Merges tool call deltas, each list in a chunk of its own. */
const calls = (...lists: ReadonlyArray<ReadonlyArray<ToolCallDeltaLike | null> | null>) =>
  (
    merge(lists.map((tool_calls) => ({ choices: [{ index: 0, delta: { tool_calls } }] }))).choices[0]?.message
      .tool_calls ?? []
  ).map((call) => [call.id, call.function.name, call.function.arguments])

describe("contract vectors", () => {
  it("chat", () => {
    const chunks = vector<ChatChunkLike>("serverless.chat.stream.stream")
    assert.deepStrictEqual(merge(chunks), {
      id: "chatcmpl-0002",
      object: "chat.completion",
      created: 1_767_225_601,
      model: "example-lab/sparrow-7b",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: "Hi — 안녕 👋",
            tool_calls: [
              { id: "call_a", type: "function", function: { name: "get_weather", arguments: '{"city":"Oslo"}' } },
              { id: "call_b", type: "function", function: { name: "clock-now", arguments: "{}" } }
            ]
          },
          finish_reason: "tool_calls",
          logprobs: { content: chunks[1]!.choices![0]!.logprobs!.content! }
        }
      ],
      usage: {
        prompt_tokens: 41,
        completion_tokens: 23,
        total_tokens: 64,
        prompt_tokens_details: { cached_tokens: 16 }
      }
    })
  })

  it("completion", () => {
    const accumulator = makeCompletionAccumulator()
    for (const chunk of vector<CompletionChunkLike>("serverless.completions.stream.stream")) accumulator.add(chunk)
    assert.strictEqual(accumulator.events, 4)
    assert.deepStrictEqual(accumulator.snapshot(), {
      id: "cmpl-0002",
      object: "text_completion",
      created: 1_767_225_602,
      model: "example-lab/sparrow-7b",
      choices: [
        {
          index: 0,
          text: " there was",
          tokens: [727, 471],
          finish_reason: "length",
          logprobs: {
            text_offset: [0],
            token_logprobs: [-0.5],
            tokens: [" there"],
            top_logprobs: [{ " there": -0.5 }]
          }
        }
      ],
      usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 }
    })
  })
})

describe("chat", () => {
  it("is an empty answer before the first chunk", () => {
    assert.deepStrictEqual(merge([]), { object: "chat.completion", choices: [] })
  })

  it("takes the first id, created and model, the last usage and finish reason", () => {
    const answer = merge([
      { id: "", created: null, model: null, choices: [{ finish_reason: null }], usage: { total_tokens: 1 } },
      { id: "a", created: 1, model: "m", choices: [{ finish_reason: "stop" }], usage: { total_tokens: 2 } },
      { id: "b", created: 2, model: "n", choices: [{ finish_reason: "length" }], usage: null },
      { choices: [{ finish_reason: null }] },
      { choices: [{ finish_reason: "null" }] },
      { choices: [{ finish_reason: "" }] },
      { choices: [{ finish_reason: " " }] },
      {}
    ])
    assert.deepStrictEqual(answer, {
      id: "a",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: null }, finish_reason: "length" }],
      usage: { total_tokens: 2 }
    })
  })

  it('keeps finish_reason null while only "null" came', () => {
    assert.isNull(merge([{ choices: [{ index: 0, delta: {}, finish_reason: "null" }] }]).choices[0]!.finish_reason)
  })

  it("tells no text, empty text, and empty text with tool calls apart", () => {
    const content = (...deltas: ReadonlyArray<NonNullable<NonNullable<ChatChunkLike["choices"]>[number]["delta"]>>) =>
      merge(deltas.map((delta) => ({ choices: [{ index: 0, delta }] }))).choices[0]!.message.content
    assert.isNull(content({}))
    assert.isNull(content({ content: null }))
    assert.strictEqual(content({ content: "" }), "")
    assert.isNull(content({ content: "" }, { tool_calls: [{ index: 0, id: "a" }] }))
    assert.strictEqual(content({ content: "x" }, { tool_calls: [{ index: 0, id: "a" }] }), "x")
    assert.strictEqual(content({ content: "a" }, { content: null }, { content: "b" }), "ab")
  })

  it("keeps reasoning apart from the text", () => {
    const { message } = merge([
      { choices: [{ delta: { reasoning_content: "think " } }] },
      { choices: [{ delta: { reasoning_content: "hard", content: null } }] },
      { choices: [{ delta: { reasoning_content: null, content: "42" } }] }
    ]).choices[0]!
    assert.deepStrictEqual(message, { role: "assistant", content: "42", reasoning_content: "think hard" })
  })

  it("gives reasoning back under the name under which it came", () => {
    const message = (...deltas: ReadonlyArray<object>) =>
      merge(deltas.map((delta) => ({ choices: [{ index: 0, delta }] }))).choices[0]!.message
    assert.deepStrictEqual(message({ reasoning: "think " }, { reasoning: "hard" }, { content: "42" }), {
      role: "assistant",
      content: "42",
      reasoning: "think hard"
    })
    // One beside the other is not the other's continuation.
    const both = { reasoning: "think", reasoning_content: "think" }
    assert.deepStrictEqual(message(both, both), {
      role: "assistant",
      content: null,
      reasoning_content: "thinkthink",
      reasoning: "thinkthink"
    })
    assert.notProperty(message({ reasoning: null, reasoning_content: "a" }), "reasoning")
  })

  it("orders choices by index, negative and huge ones too", () => {
    const indexes = [2 ** 31, 0, -1, Number.MAX_SAFE_INTEGER, 7]
    const { choices } = merge(indexes.map((index) => ({ choices: [{ index, delta: { content: String(index) } }] })))
    assert.deepStrictEqual(
      choices.map((choice) => [choice.index, choice.message.content]),
      [-1, 0, 7, 2 ** 31, Number.MAX_SAFE_INTEGER].map((index) => [index, String(index)])
    )
  })

  it("concatenates log probabilities per choice", () => {
    const { choices } = merge([
      {
        choices: [
          { index: 1, logprobs: { content: ["c"] } },
          { index: 0, logprobs: { content: ["a"] } }
        ]
      },
      { choices: [{ index: 0, logprobs: null }] },
      { choices: [{ index: 0, logprobs: { content: null } }] },
      {
        choices: [
          { index: 0, logprobs: { content: ["b"] } },
          { index: 2, logprobs: { content: null } }
        ]
      }
    ])
    assert.deepStrictEqual(
      choices.map((choice) => choice.logprobs),
      [{ content: ["a", "b"] }, { content: ["c"] }, undefined]
    )
    assert.notProperty(choices[2]!, "logprobs")
  })

  it("takes null and absent parts, and fields it does not know", () => {
    const answer = merge([
      { choices: null, usage: undefined },
      { choices: [{ delta: null }] },
      { choices: [{}] },
      JSON.parse(
        '{"__proto__":{"x":1},"new":1,"choices":[{"index":0,"delta":{"content":"x","__proto__":{"y":1},"refusal":null},"seed":3}]}'
      ) as ChatChunkLike
    ])
    assert.deepStrictEqual(answer.choices, [
      { index: 0, message: { role: "assistant", content: "x" }, finish_reason: null }
    ])
  })

  it("takes choices without index by their place, each for itself", () => {
    const { choices } = merge([
      { choices: [{ delta: { content: "a" } }, { index: null, delta: { content: "b" } }] },
      { choices: [{ index: 1, delta: { content: "c" } }] },
      { choices: [{ delta: { content: "d" }, finish_reason: "stop" }] }
    ])
    assert.deepStrictEqual(
      choices.map((choice) => [choice.index, choice.message.content, choice.finish_reason]),
      [
        [0, "ad", "stop"],
        [1, "bc", null]
      ]
    )
  })

  it("never lets usage go down", () => {
    const counts = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 }
    const of = (...all: ReadonlyArray<unknown>) => merge(all.map((usage) => ({ choices: [], usage }))).usage
    assert.deepStrictEqual(of(counts, { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }), counts)
    assert.deepStrictEqual(of({ prompt_tokens: 9 }, null, { completion_tokens: 4 }, { total_tokens: 13 }), counts)
    assert.deepStrictEqual(of(counts, {}), counts)
  })

  it("counts chunks and gives copies at any time", () => {
    const accumulator = makeChatAccumulator()
    const chunk = (content: string): ChatChunkLike => ({
      choices: [
        {
          index: 0,
          delta: { content, tool_calls: [{ index: 0, id: "a", function: { arguments: content } }] },
          logprobs: { content: [content] }
        }
      ]
    })
    accumulator.add(chunk("a"))
    const first = accumulator.snapshot()
    const copy = structuredClone(first)
    assert.deepStrictEqual(accumulator.snapshot(), first)
    accumulator.add(chunk("b"))
    accumulator.add({})
    assert.deepStrictEqual(first, copy)
    assert.strictEqual(accumulator.events, 3)
    const { message, logprobs } = accumulator.snapshot().choices[0]!
    assert.strictEqual(message.content, "ab")
    assert.strictEqual(message.tool_calls![0]!.function.arguments, "ab")
    assert.deepStrictEqual(logprobs, { content: ["a", "b"] })
  })

  it("takes a long answer with many log probabilities in one chunk", () => {
    const content = Array.from({ length: 300_000 }, (_, i) => i)
    assert.strictEqual(merge([{ choices: [{ logprobs: { content } }] }]).choices[0]!.logprobs!.content.length, 300_000)
  })
})

describe("tool calls", () => {
  const f = (name?: string | null, args?: string | null) => ({ name, arguments: args })

  it("the usual form: id and name once, then the index alone", () => {
    assert.deepStrictEqual(
      calls(
        [{ index: 0, id: "a", function: f("f", "") }],
        [{ index: 0, function: { arguments: "{" } }],
        [{ index: 0, function: f(null, "}") }],
        [{ index: 1, id: "b", function: f("g", "{}") }]
      ),
      [
        ["a", "f", "{}"],
        ["b", "g", "{}"]
      ]
    )
  })

  it("id and name repeated on every chunk", () => {
    const piece = (args: string) => [{ index: 0, id: "a", function: f("f", args) }]
    assert.deepStrictEqual(calls(piece("{"), piece('"x"'), piece(":1}")), [["a", "f", '{"x":1}']])
  })

  it("empty ids and names after the first", () => {
    assert.deepStrictEqual(
      calls([{ index: 0, id: "a", function: f("f", "{") }], [{ index: 0, id: "", function: f("", "}") }]),
      [["a", "f", "{}"]]
    )
  })

  it("id and name that come later", () => {
    assert.deepStrictEqual(
      calls(
        [{ index: 0, function: { arguments: "{" } }],
        [{ index: 0, id: "a" }],
        [{ index: 0, function: f("f", "}") }]
      ),
      [["a", "f", "{}"]]
    )
  })

  it("no id at all", () => {
    assert.deepStrictEqual(
      calls(
        [{ index: 0, function: f("f", "{") }],
        [{ index: 1, function: f("f", "[") }],
        [{ index: 0, function: f(null, "}") }]
      ),
      [
        ["", "f", "{}"],
        ["", "f", "["]
      ]
    )
  })

  it("interleaved indexes, which also give the order", () => {
    assert.deepStrictEqual(
      calls(
        [{ index: 1, id: "b", function: f("g", "1") }],
        [{ index: 0, id: "a", function: f("f", "2") }],
        [
          { index: 1, function: f(null, "3") },
          { index: 0, function: f(null, "4") }
        ]
      ),
      [
        ["a", "f", "24"],
        ["b", "g", "13"]
      ]
    )
  })

  it("two ids at one index are two calls, interleaved too", () => {
    assert.deepStrictEqual(
      calls(
        [{ index: 0, id: "a", function: f("f", "1") }],
        [{ index: 0, id: "b", function: f("g", "2") }],
        [{ index: 0, function: f(null, "3") }],
        [{ index: 0, id: "a", function: f(null, "4") }],
        [{ index: 0, function: f(null, "5") }]
      ),
      [
        ["a", "f", "145"],
        ["b", "g", "23"]
      ]
    )
  })

  it("one id at two indexes is two calls", () => {
    assert.deepStrictEqual(
      calls(
        [{ index: 0, id: "a", function: f("f", "1") }],
        [{ index: 1, id: "a", function: f("g", "2") }],
        [{ index: 0, id: "a", function: f("f", "3") }],
        [{ index: 1, id: "a", function: f("g", "4") }]
      ),
      [
        ["a", "f", "13"],
        ["a", "g", "24"]
      ]
    )
  })

  it("one id at two indexes, one of which changes its id in between", () => {
    assert.deepStrictEqual(
      calls(
        [{ index: 0, id: "a", function: f("f", "1") }],
        [{ index: 1, id: "a", function: f("g", "2") }],
        [{ index: 0, id: "b", function: f("h", "3") }],
        [{ index: 0, id: "a", function: f("f", "4") }]
      ),
      [
        ["a", "f", "14"],
        ["b", "h", "3"],
        ["a", "g", "2"]
      ]
    )
  })

  it("without index: by id, else the last", () => {
    assert.deepStrictEqual(
      calls(
        [{ id: "a", function: f("f", "1") }],
        [{ function: f(null, "2") }],
        [{ id: "b", function: f("g", "3") }],
        [{ id: "a", function: f("f", "4") }],
        [{ index: null, id: null, function: f(undefined, "5") }]
      ),
      [
        ["a", "f", "1245"],
        ["b", "g", "3"]
      ]
    )
  })

  it("without index and id: another name begins a call, the same name repeats", () => {
    assert.deepStrictEqual(
      calls(
        [{ function: f("f", "1") }],
        [{ function: f("f", "2") }],
        [{ function: f("g", "3") }],
        [{ function: f(null, "4") }]
      ),
      [
        ["", "f", "12"],
        ["", "g", "34"]
      ]
    )
  })

  it("without index and id: each named entry of one delta is a call", () => {
    assert.deepStrictEqual(calls([{ function: f("f", "1") }, { function: f("f", "2") }, { function: f("g", "3") }]), [
      ["", "f", "1"],
      ["", "f", "2"],
      ["", "g", "3"]
    ])
  })

  it("an index that only some chunks have", () => {
    assert.deepStrictEqual(
      calls(
        [{ index: 0, id: "a", function: f("f", "1") }],
        [{ function: f(null, "2") }],
        [{ id: "a", function: f(null, "3") }],
        [{ index: 0, function: f(null, "4") }]
      ),
      [["a", "f", "1234"]]
    )
    assert.deepStrictEqual(
      calls(
        [{ id: "a", function: f("f", "1") }],
        [{ index: 0, id: "a", function: f(null, "2") }],
        [{ index: 0, function: f(null, "3") }]
      ),
      [["a", "f", "123"]]
    )
    assert.deepStrictEqual(calls([{ function: f("f", "1") }], [{ index: 0, function: f(null, "2") }]), [
      ["", "f", "12"]
    ])
  })

  it("null lists, null entries, entries with nothing in them", () => {
    assert.deepStrictEqual(
      calls(
        null,
        [null],
        [],
        [{ index: 0, id: "a", function: f("f", "1") }],
        null,
        [{ index: 0, function: null }],
        [{ index: 0 }]
      ),
      [["a", "f", "1"]]
    )
    assert.notProperty(merge([{ choices: [{ delta: { tool_calls: [] } }] }]).choices[0]!.message, "tool_calls")
  })

  it("huge, negative, fractional and impossible indexes", () => {
    assert.deepStrictEqual(
      calls(
        [{ index: 4_294_967_296, id: "d", function: f("f", "1") }],
        [{ index: -5, id: "a", function: f("f", "2") }],
        [{ index: 0.5, id: "b", function: f("f", "3") }],
        [{ index: 1e300, id: "e", function: f("f", "4") }],
        [{ index: 1, id: "c", function: f("f", "5") }],
        [{ index: Number.NaN, id: "z", function: f("f", "6") }],
        [{ index: -5, function: f(null, "7") }]
      ).map(([id, , args]) => [id, args]),
      [
        ["a", "27"],
        ["b", "3"],
        ["c", "5"],
        ["d", "1"],
        ["e", "4"],
        ["z", "6"]
      ]
    )
  })

  it("names and ids of the prototype", () => {
    assert.deepStrictEqual(
      calls(
        [{ id: "__proto__", function: f("__proto__", "1") }],
        [{ id: "constructor", function: f("toString", "2") }],
        [{ id: "__proto__", function: f("__proto__", "3") }]
      ),
      [
        ["__proto__", "__proto__", "13"],
        ["constructor", "toString", "2"]
      ]
    )
    assert.notProperty({}, "id")
  })

  it("another id at the index without a name continues the call", () => {
    assert.deepStrictEqual(
      calls([{ index: 0, id: "A", function: f("f", "") }], [{ index: 0, id: "B", function: f("", '{"a":1}') }]),
      [["A", "f", '{"a":1}']]
    )
    // an id of its own for each piece
    assert.deepStrictEqual(
      calls(
        [{ index: 0, id: "A", function: f("f", "") }],
        [{ index: 0, id: "B", function: f(null, '{"a"') }],
        [{ index: 0, id: "C", function: f(undefined, ":1}") }],
        [{ index: 0, id: "D", function: f(null, "") }]
      ),
      [["A", "f", '{"a":1}']]
    )
    assert.deepStrictEqual(calls([{ id: "A", function: f("f", "") }], [{ id: "B", function: f(null, '{"a":1}') }]), [
      ["A", "f", '{"a":1}']
    ])
    // the id comes first, and another one with the name
    assert.deepStrictEqual(
      calls([{ index: 0, id: "A", function: f("", "") }], [{ index: 0, id: "B", function: f("f", "{}") }]),
      [["A", "f", "{}"]]
    )
  })

  it("another id without a name begins a call where nothing can follow", () => {
    assert.deepStrictEqual(
      calls(
        [{ index: 0, id: "a", function: f("f", "{}") }],
        [{ index: 0, id: "b", function: f(null, "") }],
        [{ index: 0, function: f("g", '{"a":1}') }]
      ),
      [
        ["a", "f", "{}"],
        ["b", "g", '{"a":1}']
      ]
    )
    assert.deepStrictEqual(
      calls([{ index: 0, id: "a", function: f("f", "{}") }], [{ index: 0, id: "b", function: f(null, "[1]") }]),
      [
        ["a", "f", "{}"],
        ["b", "", "[1]"]
      ]
    )
  })

  it("a name in pieces is joined", () => {
    const joined = (...pieces: ReadonlyArray<ToolCallDeltaLike>) =>
      assert.deepStrictEqual(
        calls(...pieces.map((piece) => [piece])).map(([, name, args]) => [name, args]),
        [["edit_existing_file", '{"a":1}']]
      )
    joined(
      { index: 0, id: "a", function: f("edit_ex", "") },
      { index: 0, function: f("isting_file", "") },
      { index: 0, function: f(null, '{"a":1}') }
    )
    joined(
      { index: 0, id: "a", function: f("edit", null) },
      { index: 0, id: "a", function: f("_ex", undefined) },
      { index: 0, id: "a", function: f("isting_file", '{"a":') },
      { index: 0, function: f(null, "1}") }
    )
    joined({ id: "a", function: f("edit_ex", "") }, { id: "a", function: f("isting_file", '{"a":1}') })
    joined({ id: "a", function: f("edit_ex", "") }, { function: f("isting_file", '{"a":1}') })
    joined(
      { index: 0, function: f("edit_ex") },
      { index: 0, function: f("isting_file") },
      // the whole name again, before the arguments and with them
      { index: 0, function: f("edit_existing_file") },
      { index: 0, function: f("edit_existing_file", '{"a"') },
      { index: 0, function: f("edit_existing_file", ":1}") }
    )
  })

  it("a name that comes again with arguments that are not whole changes nothing", () => {
    for (const name of ["f", "g"]) {
      assert.deepStrictEqual(calls([{ index: 0, function: f("f", "{") }], [{ index: 0, function: f(name, "}") }]), [
        ["", "f", "{}"]
      ])
    }
  })

  it("at one index without ids: a new name after whole arguments begins a call", () => {
    assert.deepStrictEqual(
      calls(
        [{ index: 0, function: f("f", '{"a":"}"') }],
        [{ index: 0, function: f(null, "}") }],
        [{ index: 0, function: f("g", "") }],
        [{ index: 0, function: f(null, '{"b":[{}]') }],
        [{ index: 0, function: f(null, "}") }],
        [{ index: 0, function: f("f", "[1]") }]
      ),
      [
        ["", "f", '{"a":"}"}'],
        ["", "g", '{"b":[{}]}'],
        ["", "f", "[1]"]
      ]
    )
    // the same name, where more text would spoil the arguments
    assert.deepStrictEqual(calls([{ index: 0, function: f("f", "{}") }], [{ index: 0, function: f("f", "{}") }]), [
      ["", "f", "{}"],
      ["", "f", "{}"]
    ])
    // the same name alone is a repetition, and blanks spoil nothing
    assert.deepStrictEqual(calls([{ index: 0, function: f("f", "{}") }], [{ index: 0, function: f("f", "\n") }]), [
      ["", "f", "{}\n"]
    ])
    // in one event, with an id that the second call lacks, and with one that both have
    assert.deepStrictEqual(
      calls([
        { index: 0, id: "a", function: f("f", "{}") },
        { index: 0, function: f("g", "{}") }
      ]),
      [
        ["a", "f", "{}"],
        ["", "g", "{}"]
      ]
    )
    assert.deepStrictEqual(
      calls([{ index: 0, id: "a", function: f("f", "{}") }], [{ index: 0, id: "a", function: f("g", "{}") }]),
      [
        ["a", "f", "{}"],
        ["a", "g", "{}"]
      ]
    )
  })

  it("whole calls without index and id stay apart, one an event or all in one", () => {
    const whole = [f("f", '{"a":1}'), f("f", '{"a":2}'), f("g", "{}"), f("g", "{}")].map((it) => ({ function: it }))
    const expected = [
      ["", "f", '{"a":1}'],
      ["", "f", '{"a":2}'],
      ["", "g", "{}"],
      ["", "g", "{}"]
    ]
    assert.deepStrictEqual(calls(...whole.map((one) => [one])), expected)
    assert.deepStrictEqual(calls(whole), expected)
    // without arguments
    assert.deepStrictEqual(calls([{ function: f("f", "") }], [{ function: f("g", "") }]), [
      ["", "f", ""],
      ["", "g", ""]
    ])
  })

  it("no arguments are `{}` as soon as the call is complete", () => {
    const one = (finish_reason: string | null, isWhole: boolean, args: string | undefined = "") => {
      const accumulator = makeChatAccumulator()
      accumulator.add({
        choices: [
          { delta: { tool_calls: [{ index: 0, id: "a", function: { name: "now", arguments: args } }] }, finish_reason }
        ]
      })
      return accumulator.snapshot(isWhole).choices[0]!.message.tool_calls![0]!.function.arguments
    }
    assert.strictEqual(one("tool_calls", true), "{}")
    assert.strictEqual(one("stop", true, undefined), "{}")
    assert.strictEqual(one("tool_calls", true, " "), "{}")
    // the stream has ended, the choice has said nothing of it
    assert.strictEqual(one(null, true), "{}")
    // the choice has ended, the stream has not
    assert.strictEqual(one("tool_calls", false), "{}")
    // the arguments may still have been to come
    assert.strictEqual(one(null, false), "")
    for (const reason of ["length", "content_filter"]) assert.strictEqual(one(reason, true), "")
  })

  it("belong to their choice", () => {
    const { choices } = merge([
      { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: "a", function: f("f", "1") }] } }] },
      { choices: [{ index: 1, delta: { tool_calls: [{ index: 0, id: "b", function: f("g", "2") }] } }] },
      { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: f(null, "3") }] } }] }
    ])
    assert.deepStrictEqual(
      choices.map((choice) => choice.message.tool_calls!.map((call) => call.function.arguments)),
      [["13"], ["2"]]
    )
  })
})

describe("properties", () => {
  const call = fc.record({
    id: fc.string({ minLength: 1 }),
    name: fc.string({ minLength: 1 }),
    args: fc.fullUnicodeString()
  })
  const message = fc.uniqueArray(call, { selector: ({ id }) => id, maxLength: 5 })
  const expected = (all: ReadonlyArray<{ readonly id: string; readonly name: string; readonly args: string }>) =>
    all.map(({ id, name, args }) => [id, name, args])

  /** Cuts a text into pieces of the given sizes, which repeat. */
  const pieces = (text: string, sizes: ReadonlyArray<number>): Array<string> => {
    const out: Array<string> = []
    for (let at = 0, i = 0; at < text.length; i++) {
      const size = sizes[i % sizes.length]!
      out.push(text.slice(at, at + size))
      at += size
    }
    return out
  }
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 })

  /** The deltas of one call: whatever a server may leave out or repeat, `index` or `id` names the call. */
  const deltasOf = (
    { id, name, args }: { readonly id: string; readonly name: string; readonly args: string },
    index: number,
    cuts: ReadonlyArray<number>,
    style: { readonly index: boolean; readonly repeat: boolean; readonly nulls: boolean }
  ): Array<ToolCallDeltaLike> => {
    const none = style.nulls ? null : undefined
    const at = style.index ? index : none
    const first: ToolCallDeltaLike = { index: at, id, function: { name, arguments: "" } }
    return [
      first,
      ...pieces(args, cuts).map((part) => ({
        index: at,
        id: style.repeat || !style.index ? id : none,
        function: { name: style.repeat ? name : none, arguments: part }
      }))
    ]
  }
  const style = fc.record({ index: fc.boolean(), repeat: fc.boolean(), nulls: fc.boolean() })

  it("any split of the tool calls, merged, is the message again", () => {
    fc.assert(
      fc.property(message, sizes, style, sizes, (all, cuts, how, groups) => {
        const deltas = all.flatMap((one, index) => deltasOf(one, index, cuts, how))
        // Several deltas in a chunk, as `groups` says.
        const lists: Array<Array<ToolCallDeltaLike>> = []
        for (let at = 0, i = 0; at < deltas.length; i++) {
          const size = groups[i % groups.length]!
          lists.push(deltas.slice(at, at + size))
          at += size
        }
        assert.deepStrictEqual(calls(...lists), expected(all))
      }),
      { numRuns: 300 }
    )
  })

  it("the interleaving of the indexes does not matter", () => {
    fc.assert(
      fc.property(
        message,
        sizes,
        fc.boolean(),
        fc.boolean(),
        fc.infiniteStream(fc.nat()),
        (all, cuts, repeat, nulls, picks) => {
          const queues = all.map((one, index) => deltasOf(one, index, cuts, { index: true, repeat, nulls }))
          const lists: Array<Array<ToolCallDeltaLike>> = []
          for (;;) {
            const open = queues.filter((queue) => queue.length > 0)
            if (open.length === 0) break
            lists.push([open[picks.next().value! % open.length]!.shift()!])
          }
          assert.deepStrictEqual(calls(...lists), expected(all))
        }
      ),
      { numRuns: 300 }
    )
  })

  it("texts of several choices in any order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ index: fc.integer({ min: 0, max: 3 }), text: fc.fullUnicodeString() })),
        (parts) => {
          const chat = makeChatAccumulator()
          const completion = makeCompletionAccumulator()
          for (const { index, text } of parts) {
            chat.add({ choices: [{ index, delta: { content: text } }] })
            completion.add({ choices: [{ index, text, token: text.length }] })
            // A snapshot in between changes nothing.
            if (text.length % 2 === 0) chat.snapshot()
          }
          const indexes = [...new Set(parts.map(({ index }) => index))].toSorted((a, b) => a - b)
          const of = (index: number) => parts.filter((part) => part.index === index).map((part) => part.text)
          assert.deepStrictEqual(
            chat.snapshot().choices.map((choice) => [choice.index, choice.message.content]),
            indexes.map((index) => [index, of(index).join("")])
          )
          assert.deepStrictEqual(
            completion.snapshot().choices.map(({ index, text, tokens }) => ({ index, text, tokens })),
            indexes.map((index) => ({ index, text: of(index).join(""), tokens: of(index).map((text) => text.length) }))
          )
        }
      ),
      { numRuns: 200 }
    )
  })

  it("accepts any deltas, and loses no argument", () => {
    const maybe = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(fc.option(arbitrary, { nil: undefined }))
    const key = fc.constantFrom("", "a", "b", "__proto__", "constructor")
    const delta = fc.record({
      index: maybe(fc.oneof(fc.integer({ min: -1, max: 2 }), fc.double())),
      id: maybe(key),
      function: maybe(fc.record({ name: maybe(key), arguments: maybe(fc.string({ maxLength: 3 })) }))
    })
    fc.assert(
      fc.property(fc.array(maybe(fc.array(fc.option(delta), { maxLength: 3 })), { maxLength: 8 }), (lists) => {
        const merged = calls(...lists.map((list) => list ?? null))
        const sent = lists.flatMap((list) => (list ?? []).map((one) => one?.function?.arguments ?? ""))
        const sorted = (text: string): string => [...text].toSorted().join("")
        assert.strictEqual(sorted(merged.map(([, , args]) => args).join("")), sorted(sent.join("")))
      }),
      { numRuns: 500 }
    )
  })

  it("joins a long argument once, whatever the number of its pieces", () => {
    const joined = { characters: 0 }
    const join = Array.prototype.join
    // oxlint-disable-next-line no-extend-native -- put back below
    Array.prototype.join = function (this: Array<unknown>, separator?: string) {
      const text = join.call(this, separator)
      joined.characters += text.length
      return text
    }
    let merged: ReadonlyArray<ReadonlyArray<string>>
    try {
      merged = calls(...Array.from({ length: 20_000 }, () => [{ index: 0, function: { arguments: "ab" } }]))
    } finally {
      // oxlint-disable-next-line no-extend-native -- as it was
      Array.prototype.join = join
    }
    assert.strictEqual(merged[0]![2], "ab".repeat(20_000))
    assert.strictEqual(joined.characters, 40_000)
  })
})

describe("completion", () => {
  it("is an empty answer before the first chunk", () => {
    assert.deepStrictEqual(makeCompletionAccumulator().snapshot(), { object: "text_completion", choices: [] })
  })

  it("takes null and absent parts, the last usage and finish reason, and copies", () => {
    const accumulator = makeCompletionAccumulator()
    accumulator.add({ id: "a", created: 5, model: "m", usage: { total_tokens: 1 } })
    accumulator.add({
      id: "b",
      choices: [{ text: "x", token: 0, finish_reason: "stop", logprobs: { tokens: ["x"], token_logprobs: [null] } }]
    })
    accumulator.add({
      choices: [{ index: 0, text: null, token: null, finish_reason: "null", logprobs: null }],
      usage: null
    })
    const first = accumulator.snapshot()
    assert.deepStrictEqual(first, {
      id: "a",
      object: "text_completion",
      created: 5,
      model: "m",
      choices: [
        {
          index: 0,
          text: "x",
          tokens: [0],
          finish_reason: "stop",
          logprobs: { text_offset: [], token_logprobs: [null], tokens: ["x"], top_logprobs: [] }
        }
      ],
      usage: { total_tokens: 1 }
    })
    const copy = structuredClone(first)
    accumulator.add({
      choices: [{ index: 0, text: "y", token: 1, logprobs: { tokens: ["y"] } }],
      usage: { total_tokens: 2 }
    })
    assert.deepStrictEqual(first, copy)
    assert.deepStrictEqual(accumulator.snapshot().usage, { total_tokens: 2 })
    assert.strictEqual(accumulator.events, 4)
  })
})

describe("calls that differ in little", () => {
  const piece = (index: number | null, id?: string, name?: string, text = ""): ToolCallDeltaLike => ({
    index,
    ...(id === undefined ? {} : { id }),
    function: { ...(name === undefined ? {} : { name }), arguments: text }
  })

  it("another index alone is another call", () => {
    assert.deepStrictEqual(calls([piece(0, "a", "f", "{}")], [piece(1, undefined, undefined, "[]")]), [
      ["a", "f", "{}"],
      ["", "", "[]"]
    ])
  })

  it("two names without index and id are two calls", () => {
    assert.deepStrictEqual(calls([piece(null, undefined, "f")], [piece(null, undefined, "g")]), [
      ["", "f", ""],
      ["", "g", ""]
    ])
  })

  it("arguments first and the name later, without an id, are one call", () => {
    assert.deepStrictEqual(calls([piece(0, undefined, undefined, '{"a"')], [piece(0, undefined, "f", ":1}")]), [
      ["", "f", '{"a":1}']
    ])
  })

  it("an index that is not a number counts as missing", () => {
    assert.deepStrictEqual(calls([piece(Number.NaN, "a", "f", "{")], [piece(Number.NaN, "a", undefined, "}")]), [
      ["a", "f", "{}"]
    ])
  })
})

describe("what a chunk may lack", () => {
  it("null tokens and top log probabilities do not throw", () => {
    const accumulator = makeCompletionAccumulator()
    accumulator.add({
      choices: [
        {
          index: 0,
          text: "a",
          logprobs: { text_offset: null, token_logprobs: null, tokens: null, top_logprobs: null }
        }
      ]
    })
    assert.deepStrictEqual(accumulator.snapshot().choices[0]?.logprobs, {
      text_offset: [],
      token_logprobs: [],
      tokens: [],
      top_logprobs: []
    })
    assert.deepStrictEqual(
      merge([{ choices: [{ index: 0, delta: { content: "a" }, logprobs: { content: null } }] }]).choices[0],
      { index: 0, message: { role: "assistant", content: "a" }, finish_reason: null }
    )
  })

  it("a chunk without choices adds no choice", () => {
    for (const choices of [undefined, null, []]) assert.deepStrictEqual(merge([{ choices }]).choices, [])
    const accumulator = makeCompletionAccumulator()
    for (const choices of [undefined, null, []]) accumulator.add({ choices })
    assert.deepStrictEqual(accumulator.snapshot().choices, [])
  })
})

describe("a snapshot", () => {
  it("is a copy that later chunks do not change, nor does it change what is merged", () => {
    const accumulator = makeChatAccumulator<string>()
    const add = (content: string) =>
      accumulator.add({ choices: [{ index: 0, delta: { content }, logprobs: { content: [content] } }] })
    add("a")
    const first = accumulator.snapshot()
    const before = JSON.stringify(first)
    add("b")
    assert.strictEqual(JSON.stringify(first), before)
    const tokens = first.choices[0]!.logprobs!.content as Array<string>
    tokens.push("changed")
    assert.deepStrictEqual(accumulator.snapshot().choices[0]?.logprobs?.content, ["a", "b"])
  })

  it("of a completion is a copy too", () => {
    const accumulator = makeCompletionAccumulator<string>()
    const add = (token: number) =>
      accumulator.add({
        choices: [
          {
            index: 0,
            text: "a",
            token,
            logprobs: { text_offset: [token], token_logprobs: [-1], tokens: ["a"], top_logprobs: ["t"] }
          }
        ]
      })
    add(1)
    const first = accumulator.snapshot()
    const before = JSON.stringify(first)
    add(2)
    assert.strictEqual(JSON.stringify(first), before)
    const [choice] = first.choices
    for (const list of [choice!.tokens, ...Object.values(choice!.logprobs!)] as Array<Array<unknown>>)
      list.push("changed")
    assert.notInclude(JSON.stringify(accumulator.snapshot()), "changed")
  })
})
