import { assert, it } from "vitest"
import { makeChatAccumulator } from "../../src/accumulators/chunks.js"

it("takes a million pieces of a call in time that grows with them", () => {
  const time = (count: number): number => {
    const accumulator = makeChatAccumulator()
    const chunk = {
      choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { name: "f", arguments: "a" } }] } }]
    }
    accumulator.add({
      choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: '{"a":"' } }] } }]
    })
    const start = performance.now()
    for (let at = 0; at < count; at++) accumulator.add(chunk)
    assert.strictEqual(accumulator.snapshot().choices[0]!.message.tool_calls![0]!.function.arguments.length, count + 6)
    return performance.now() - start
  }
  time(10_000)
  assert.isBelow(time(1_000_000), 20_000)
})
