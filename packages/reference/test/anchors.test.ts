import { describe, expect, it } from "vitest"
import { correctAnchors, numberedAnchors } from "../src/anchors.js"

describe("the anchors of the reference", () => {
  it("are numbered from the second heading with the same words", () => {
    expect([...numberedAnchors("# Chat\n\n## complete()\n\n## Chat\n\n```md\n## Chat\n```\n\n## Chat\n")]).toEqual([
      "chat",
      "complete",
      "chat-1",
      "chat-2"
    ])
  })

  it("are those of the last heading with these words, where a link counts further", () => {
    const texts = new Map([
      ["a/Chat.md", "# Chat\n\n[one](#chat-2) [two](../b/Tool.md#tool-1) [three](#chat)\n\n## Chat\n"],
      ["b/Tool.md", "# Tool\n\n[four](../a/Chat.md#chat-1)\n"]
    ])
    expect(correctAnchors(texts)).toEqual({
      changed: new Map([
        ["a/Chat.md", "# Chat\n\n[one](#chat-1) [two](../b/Tool.md#tool) [three](#chat)\n\n## Chat\n"]
      ]),
      broken: []
    })
  })

  it("are reported where there is no heading", () => {
    expect(
      correctAnchors(new Map([["Chat.md", "[one](#chat) [two](Tool.md#tool) [three](https://a.b/#c)"]])).broken
    ).toEqual(["Chat.md: #chat", "Chat.md: Tool.md#tool"])
  })
})
