import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Responses } from "effect-friendli"
import * as responses from "../src/responses.js"
import { bodyOf, configured, emulator, printing } from "./support.js"

describe("responses", () => {
  it.scopedLive("calls the tool, sends the result back and prints the answer as it arrives", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server)(responses.runnable))
      const [call, ...more] = value.asked.output.flatMap((item) => (item.type === "function_call" ? [item] : []))
      assert.lengthOf(more, 0)
      const { city } = JSON.parse(call?.arguments ?? "") as { readonly city: string }
      assert.oneOf(city, ["Seoul", "Oslo"])
      const result = `${city}: clear, 21 °C`
      assert.strictEqual(lines[0], `get_weather(${call?.arguments}) = ${result}`)

      const text = Responses.outputText(value.answer)
      assert.isNotEmpty(text)
      assert.strictEqual(
        lines.slice(1).join("\n"),
        `${text}\n${value.answer.status}, ${value.answer.usage?.output_tokens} tokens`
      )

      assert.deepStrictEqual(
        server.requests.map((request) => request.path),
        ["/serverless/v1/responses", "/serverless/v1/responses"]
      )
      assert.deepInclude(bodyOf(server, 0), { stream: true, tool_choice: { type: "function", name: "get_weather" } })
      const { input } = bodyOf(server, 1) as { readonly input: ReadonlyArray<unknown> }
      assert.deepStrictEqual(input.slice(1), [
        {
          type: "function_call",
          id: call?.id,
          call_id: call?.call_id,
          name: "get_weather",
          arguments: call?.arguments
        },
        { type: "function_call_output", call_id: call?.call_id, output: result }
      ])
    })
  )
})
