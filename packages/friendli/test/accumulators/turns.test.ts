/**
 * Answers as a part of the next request: what is given back is what came, and always a message that the API takes.
 */
import { assert, describe, it } from "@effect/vitest"
import { back } from "./turns.support.js"

const call = { id: "a", type: "function", function: { name: "now", arguments: "{}" } } as const

describe("Chat.toAssistantMessage", () => {
  it("keeps text, reasoning and calls", () => {
    assert.deepStrictEqual(back({ role: "assistant", content: "Hi" }), { role: "assistant", content: "Hi" })
    assert.deepStrictEqual(back({ content: "Hi", reasoning_content: "Hm", tool_calls: [call] }), {
      role: "assistant",
      content: "Hi",
      reasoning_content: "Hm",
      tool_calls: [call]
    })
  })

  it("gives reasoning back under its name, and once where it came under both", () => {
    assert.deepStrictEqual(back({ content: "Hi", reasoning: "Hm" }), {
      role: "assistant",
      content: "Hi",
      reasoning: "Hm"
    })
    assert.deepStrictEqual(back({ content: "Hi", reasoning: "Hm", reasoning_content: "Hm" }), {
      role: "assistant",
      content: "Hi",
      reasoning_content: "Hm"
    })
    assert.deepStrictEqual(back({ content: "Hi", reasoning: "Hm", reasoning_content: "Well" }), {
      role: "assistant",
      content: "Hi",
      reasoning_content: "Well",
      reasoning: "Hm"
    })
    assert.deepStrictEqual(back({ content: "Hi", reasoning: "", reasoning_content: null }), {
      role: "assistant",
      content: "Hi"
    })
  })

  it("gives no empty list of calls, and no empty text together with calls", () => {
    assert.deepStrictEqual(back({ content: "Hi", tool_calls: [] }), { role: "assistant", content: "Hi" })
    for (const content of ["", null, undefined]) {
      assert.deepStrictEqual(back({ content, tool_calls: [call] }), { role: "assistant", tool_calls: [call] })
    }
  })

  it("gives an empty text where there is nothing else", () => {
    for (const nothing of [{}, { content: null }, { content: "" }, { content: null, tool_calls: [] }]) {
      assert.deepStrictEqual(back(nothing), { role: "assistant", content: "" })
    }
    assert.deepStrictEqual(back({ reasoning_content: "Hm", tool_calls: null }), {
      role: "assistant",
      content: "",
      reasoning_content: "Hm"
    })
  })

  it("gives arguments that are JSON for calls without arguments", () => {
    for (const arguments_ of ["", " ", "\n"]) {
      assert.deepStrictEqual(
        back({ tool_calls: [{ ...call, function: { name: "now", arguments: arguments_ } }] }).tool_calls,
        [call]
      )
    }
  })
})
