import { assert, describe, it } from "vitest"
import { type ToolCallDeltaLike, ToolCalls } from "../../src/accumulators/toolCalls.js"

type Row = readonly [index: number | undefined, id: string | undefined, name: string | undefined, text: string]

const delta = ([index, id, name, text]: Row): ToolCallDeltaLike => ({
  ...(index === undefined ? {} : { index }),
  ...(id === undefined ? {} : { id }),
  function: { ...(name === undefined ? {} : { name }), arguments: text }
})

/** The calls of these deltas, each in a chunk of its own. */
const merged = (...rows: ReadonlyArray<Row>) => {
  const calls = new ToolCalls()
  for (const row of rows) calls.add([delta(row)])
  return calls.read(false).map((call) => [call.id, call.function.name, call.function.arguments])
}

describe("a part with another id and no name", () => {
  it("continues the call while its arguments are open, also without text", () => {
    assert.deepStrictEqual(merged([0, "a", "f", '{"a"'], [0, "b", undefined, ""], [0, undefined, undefined, ":1}"]), [
      ["a", "f", '{"a":1}']
    ])
  })

  it("continues a complete call with blanks", () => {
    assert.deepStrictEqual(merged([0, "a", "f", "{}"], [0, "b", undefined, " "]), [["a", "f", "{} "]])
  })

  it("after a complete call is a call as soon as a name or arguments follow", () => {
    const before: ReadonlyArray<Row> = [
      [0, "a", "f", "{}"],
      [0, "b", undefined, ""]
    ]
    assert.deepStrictEqual(merged(...before), [["a", "f", "{}"]])
    assert.deepStrictEqual(merged(...before, [0, undefined, "g", ""]), [
      ["a", "f", "{}"],
      ["b", "g", ""]
    ])
    assert.deepStrictEqual(merged(...before, [0, undefined, undefined, "[1]"]), [
      ["a", "f", "{}"],
      ["b", "", "[1]"]
    ])
  })

  it("before any call, or while none is complete, is a call", () => {
    assert.deepStrictEqual(merged([0, "a", undefined, ""]), [["a", "", ""]])
    assert.deepStrictEqual(merged([0, "a", "f", "{"], [1, "b", undefined, ""]), [
      ["a", "f", "{"],
      ["b", "", ""]
    ])
    assert.deepStrictEqual(merged([0, "a", "f", "{}"], [1, "b", "g", ""], [2, "c", undefined, "{}"]), [
      ["a", "f", "{}"],
      ["b", "g", ""],
      ["c", "", "{}"]
    ])
  })
})

describe("a part of a complete call", () => {
  it("without id, name and text changes nothing", () => {
    assert.deepStrictEqual(merged([0, "a", "f", "{}"], [0, undefined, undefined, ""], [0, undefined, undefined, " "]), [
      ["a", "f", "{} "]
    ])
  })

  it("with its index and id belongs to it unless it has another name and text", () => {
    assert.deepStrictEqual(merged([0, "a", "f", "{}"], [0, "a", undefined, "x"]), [["a", "f", "{}x"]])
    assert.deepStrictEqual(merged([0, "a", "f", "{}"], [0, "a", "f", "x"]), [["a", "f", "{}x"]])
    assert.deepStrictEqual(merged([0, "a", undefined, "{}"], [0, "a", "f", "x"]), [["a", "f", "{}x"]])
    assert.deepStrictEqual(merged([0, "a", "f", "{}"], [0, "a", "g", " "]), [["a", "f", "{} "]])
    assert.deepStrictEqual(merged([0, "a", "f", "{"], [0, "a", "g", "}"]), [["a", "f", "{}"]])
  })
})

describe("a name", () => {
  it("at a new index begins a call, also after one without index", () => {
    assert.deepStrictEqual(merged([undefined, undefined, "f", "1"], [0, undefined, "g", "2"]), [
      ["", "g", "2"],
      ["", "f", "1"]
    ])
  })

  it("with another id names the open call that has neither", () => {
    assert.deepStrictEqual(merged([0, undefined, "f", ""], [0, "a", "f", "{}"]), [["a", "f", "{}"]])
  })

  it("without index and id names the last call if that has none, unless that is complete", () => {
    assert.deepStrictEqual(merged([undefined, undefined, undefined, "{"], [undefined, undefined, "f", "}"]), [
      ["", "f", "{}"]
    ])
    assert.deepStrictEqual(merged([undefined, undefined, undefined, "{}"], [undefined, undefined, "f", "[]"]), [
      ["", "", "{}"],
      ["", "f", "[]"]
    ])
    // two names in one chunk are two calls, but the first may name the call of the chunk
    const calls = new ToolCalls()
    calls.add([delta([undefined, undefined, undefined, ""]), delta([undefined, undefined, "f", "1"])])
    assert.strictEqual(calls.read(false).length, 1)
  })

  it("in pieces is one name where calls have an index or an id", () => {
    assert.deepStrictEqual(merged([0, undefined, "get_", ""], [undefined, undefined, "time", "{}"]), [
      ["", "get_time", "{}"]
    ])
    assert.deepStrictEqual(merged([undefined, "a", "get_", ""], [undefined, undefined, "time", "{}"]), [
      ["a", "get_time", "{}"]
    ])
  })
})

describe("calls without index", () => {
  it("follow those with one, each group in its order", () => {
    assert.deepStrictEqual(
      merged([undefined, "x", "f", "1"], [2, "c", "f", "2"], [undefined, "y", "f", "3"], [1, "b", "f", "4"]).map(
        ([id]) => id
      ),
      ["b", "c", "x", "y"]
    )
  })
})

describe("whoever follows the calls", () => {
  it("is told of each part after it has been added, and of no call that may be none", () => {
    const calls = new ToolCalls()
    const told: Array<unknown> = []
    const add = (...rows: ReadonlyArray<Row>): void =>
      calls.add(rows.map(delta), (call, piece) => told.push([call.id, call.name, piece]))
    add([0, "a", "f", "{"], [0, undefined, undefined, "}"])
    add([0, "b", undefined, ""])
    add([0, undefined, "g", "[]"])
    assert.deepStrictEqual(told, [
      ["a", "f", "{"],
      ["a", "f", "}"],
      ["b", "g", "[]"]
    ])
  })

  it("gets the same object for all parts of a call", () => {
    const calls = new ToolCalls()
    const told = new Set<unknown>()
    for (const text of ["{", "}"]) calls.add([delta([0, "a", "f", text])], (call) => told.add(call))
    assert.strictEqual(told.size, 1)
  })
})
