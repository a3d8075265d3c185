/**
 * Deltas of tool calls, merged: which call a delta belongs to, whatever a server leaves out, repeats or mixes up.
 */
import { assert, describe, it } from "vitest"
import type { ToolCallDeltaLike } from "../../src/accumulators/chunks.js"
import { makeChatAccumulator } from "../../src/accumulators/chunks.js"
import { merge, calls } from "./merging.js"

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
