/**
 * The call of each delta, for adapters: one object for each call, whatever identifies it.
 */
import { assert, describe, it } from "vitest"
import * as ChatStream from "../../src/ChatStream.js"

describe("assignToolCalls", () => {
  it("gives interleaved calls their own deltas", () => {
    const assign = ChatStream.assignToolCalls()
    const texts = new Map<ChatStream.OpenToolCall, string>()
    const use = (call: ChatStream.OpenToolCall, text: string) => void texts.set(call, (texts.get(call) ?? "") + text)
    assign([{ index: 0, id: "a", function: { name: "f", arguments: `{"x":` } }], use)
    assign([{ index: 1, id: "b", function: { name: "g", arguments: "{" } }], use)
    assign([{ index: 0, function: { arguments: "1}" } }], use)
    assign([{ index: 1, function: { arguments: "}" } }], use)
    assert.deepStrictEqual(
      [...texts].map(([{ id, name }, text]) => [id, name, text]),
      [
        ["a", "f", `{"x":1}`],
        ["b", "g", "{}"]
      ]
    )
  })

  it("takes deltas without calls", () => {
    const assign = ChatStream.assignToolCalls()
    assign(null, () => assert.fail("there is no call"))
    assign(undefined, () => assert.fail("there is no call"))
    assign([], () => assert.fail("there is no call"))
  })
})
