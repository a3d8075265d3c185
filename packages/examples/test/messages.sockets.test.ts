import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as messages from "../src/messages.js"
import { bodyOf, configured, emulator, printing } from "./support.js"

describe("messages", () => {
  it.scopedLive("calls the tool, sends the result back and prints the answer as it arrives", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server)(messages.runnable))
      const [use, ...more] = value.asked.content.flatMap((block) => (block.type === "tool_use" ? [block] : []))
      assert.lengthOf(more, 0)
      assert.strictEqual(value.asked.stop_reason, "tool_use")
      assert.oneOf(use?.input["city"], ["Seoul", "Oslo"])
      const result = `${String(use?.input["city"])}: clear, 21 °C`
      assert.strictEqual(lines[0], `get_weather(${JSON.stringify(use?.input)}) = ${result}`)

      const text = value.answer.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("")
      assert.isNotEmpty(text)
      assert.strictEqual(
        lines.slice(1).join("\n"),
        `${text}\n${value.answer.stop_reason}, ${value.answer.usage?.output_tokens} tokens`
      )

      assert.deepStrictEqual(
        server.requests.map((request) => request.path),
        ["/serverless/v1/messages", "/serverless/v1/messages"]
      )
      assert.deepInclude(bodyOf(server, 0), { stream: true, tool_choice: { type: "tool", name: "get_weather" } })
      const { messages: sent } = bodyOf(server, 1) as { readonly messages: ReadonlyArray<unknown> }
      assert.deepStrictEqual(sent.slice(1), [
        { role: "assistant", content: [{ type: "tool_use", id: use?.id, name: "get_weather", input: use?.input }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: use?.id, content: result }] }
      ])
    })
  )
})
